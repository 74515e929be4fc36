//! Whether two answers are the same, in everything that the specification pins.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// JSON whose members keep their order, and all of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordered {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    List(Vec<Ordered>),
    Object(Vec<(String, Ordered)>),
}

/// Stands for any text: a cursor is sealed.
const ANY: &str = "\u{1}any";

impl Ordered {
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => members.iter_mut().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// What is different, in words; `None` where nothing is.
pub fn difference(ours: &str, theirs: &str) -> Option<String> {
    let (ours, theirs) = (Ordered::parse(ours), Ordered::parse(theirs));
    match (ours.get("data"), theirs.get("data")) {
        (None, None) => return None,
        (None, Some(_)) => return Some(format!("ours refuses what theirs answers: {}", messages(&ours))),
        (Some(_), None) => return Some(format!("ours answers what theirs refuses: {}", messages(&theirs))),
        (Some(one), Some(other)) => {
            if let Some(place) = differs(one, other, "data") {
                return Some(place);
            }
        }
    }
    let (one, other) = (paths(&ours), paths(&theirs));
    (one != other).then(|| format!("errors at {one:?}, and theirs at {other:?}"))
}

/// The errors' messages.
fn messages(answer: &Ordered) -> String {
    let errors = answer.get("errors").map(Ordered::items).unwrap_or_default();
    let told = errors.iter().filter_map(|error| error.get("message")).map(|message| format!("{message:?}"));
    told.collect::<Vec<_>>().join("; ")
}

/// The paths of the errors, sorted: their order is nobody's business.
///
/// Where several fields that may not be null fail under one parent, the specification asks for one of their errors only.
/// Both sides here go through the selection in its order and stop at the first such failure, so that even then the
/// paths are the same, and all of them are compared.
pub fn paths(answer: &Ordered) -> Vec<String> {
    let errors = answer.get("errors").map(Ordered::items).unwrap_or_default();
    let path = |error: &Ordered| {
        let steps = error.get("path").map(Ordered::items).unwrap_or_default();
        let step = |step: &Ordered| match step {
            Ordered::Text(text) | Ordered::Number(text) => text.clone(),
            other => format!("{other:?}"),
        };
        steps.iter().map(step).collect::<Vec<_>>().join(".")
    };
    let mut paths: Vec<String> = errors.iter().map(path).collect();
    paths.sort();
    paths
}

/// Whether an error took more than its own place: the place itself is no longer there.
pub fn propagated(answer: &Ordered) -> usize {
    let Some(data) = answer.get("data") else { return 0 };
    let gone = |path: &&String| {
        let mut at = data;
        let steps: Vec<&str> = path.split('.').collect();
        steps[..steps.len().saturating_sub(1)].iter().any(|step| {
            let next = match at {
                Ordered::Object(_) => at.get(step),
                Ordered::List(items) => step.parse::<usize>().ok().and_then(|step| items.get(step)),
                _ => None,
            };
            at = next.unwrap_or(&Ordered::Null);
            *at == Ordered::Null
        }) || *data == Ordered::Null
    };
    paths(answer).iter().filter(gone).count()
}

fn differs(ours: &Ordered, theirs: &Ordered, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Ordered::Text(_), Ordered::Text(any)) if any == ANY => None,
        (Ordered::List(one), Ordered::List(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(number, (one, other))| differs(one, other, &format!("{at}.{number}"))),
        (Ordered::Object(one), Ordered::Object(other)) => {
            let names =
                |members: &[(String, Ordered)]| members.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            if names(one) != names(other) {
                return Some(format!("{at} has {:?}, and theirs {:?}", names(one), names(other)));
            }
            one.iter().zip(other).find_map(|((name, one), (_, other))| {
                // Of the schema's types, fields and the like the specification pins no order.
                if at == "data" && is_introspection(one, other) {
                    return differs(&sorted(one), &sorted(other), &format!("introspection.{name}"));
                }
                differs(one, other, &format!("{at}.{name}"))
            })
        }
        _ => (ours != theirs).then(|| format!("{at} is {ours:?}, and theirs {theirs:?}")),
    }
}

/// What the specification brings along: the reference implementation has some of the next one's already.
fn is_builtin(of: &Ordered) -> bool {
    const OF_THE_LANGUAGE: [&str; 4] = ["deprecated", "specifiedBy", "skip", "include"];
    matches!(of.get("name"), Some(Ordered::Text(name)) if name.starts_with("__") || OF_THE_LANGUAGE.contains(&name.as_str()))
}

fn is_introspection(ours: &Ordered, theirs: &Ordered) -> bool {
    let is =
        |of: &Ordered| of.get("types").is_some() || of.get("possibleTypes").is_some() || of.get("enumValues").is_some();
    is(ours) && is(theirs)
}

fn sorted(of: &Ordered) -> Ordered {
    match of {
        Ordered::List(items) => {
            let mut items: Vec<Ordered> = items.iter().filter(|item| !is_builtin(item)).map(sorted).collect();
            items.sort_by_cached_key(|item| format!("{item:?}"));
            Ordered::List(items)
        }
        Ordered::Object(members) => {
            // A default is told as it is written here, and with the defaults inside it filled in there: both are right.
            let is_default = |name: &str, value: &Ordered| name == "defaultValue" && *value != Ordered::Null;
            let member = |(name, value): &(String, Ordered)| match is_default(name, value) {
                true => (name.clone(), Ordered::Bool(true)),
                false => (name.clone(), sorted(value)),
            };
            Ordered::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(digits) => f.write_str(digits),
            Self::Text(value) => f.write_str(&text(value)),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("{}:{value}", text(name))).collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Ordered, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Ordered::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Ordered, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry()? {
            members.push(member);
        }
        Ok(Ordered::Object(members))
    }
}
