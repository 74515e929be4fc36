//! The arguments of a list: bounds, cursor, filter and order, in the terms of a read (rules L1 to L3 of the schema).

use std::sync::{Arc, OnceLock};

use apollo_compiler::response::JsonMap;

use super::input::{Input, Template};
use crate::error::{Code, Error};
use crate::expr::words;
use crate::graph::{Entity, FieldKind, Graph, Scalar, Shape, conditions};
use crate::model::{Condition, EntityId, Order, Test, Value};
use crate::seal;

/// The most records of one page.
pub const MOST: u32 = 100;
/// The page's size where neither request nor schema names one.
const USUAL: u32 = 20;

/// The longest text that is searched for, in letters.
const LONGEST: usize = 200;

/// What a request asks of a list.
#[derive(Clone, Debug)]
pub struct ListArguments {
    /// At most this many (1 to 100).
    pub first: u32,
    /// The cursor, still sealed.
    pub after: Option<Arc<str>>,
    /// Every condition must hold.
    pub filter: Vec<Condition>,
    /// Full text.
    pub search: Option<Arc<str>>,
    /// The order.
    pub order: Option<Order>,
    /// What a cursor is bound to.
    pub bound: Arc<Bound>,
}

/// What a cursor is bound to: every argument besides `first` and `after`.
#[derive(Debug, Default)]
pub struct Bound {
    given: Given,
    digest: OnceLock<[u8; 32]>,
}

impl Bound {
    /// To a digest that is known already.
    #[must_use]
    pub fn to(digest: [u8; 32]) -> Self {
        Self { given: Vec::new(), digest: OnceLock::from(digest) }
    }

    /// The digest, worked out once a cursor needs it.
    pub fn digest(&self) -> &[u8; 32] {
        self.digest.get_or_init(|| digest(&self.given))
    }
}

/// The values of arguments by name.
pub type Given = Vec<(Arc<str>, Input)>;

/// Values of arguments by name, for a request.
#[must_use]
pub fn resolve(templates: &[(Arc<str>, Template)], variables: &JsonMap) -> Given {
    templates.iter().filter_map(|(name, value)| Some((Arc::clone(name), value.resolve(variables)?))).collect()
}

impl ListArguments {
    /// Reads the arguments of a list of `of`; `today` is the day in the portal's time zone.
    ///
    /// # Errors
    /// [`Code::BadUserInput`]: `first` out of bounds, or a filter or order that cannot be.
    pub fn read(graph: &Graph, of: EntityId, given: Given, today: &str) -> Result<Self, Error> {
        let entity = graph.entity(of).ok_or_else(|| Error::new(Code::Internal, "a list of an unknown entity"))?;
        let mut read = Self::page(given)?;
        let bound = Arc::clone(&read.bound);
        for (name, value) in bound.given.iter().filter(|(_, value)| *value != Input::Null) {
            match &**name {
                "filter" => read.filter(entity, value, today)?,
                "sort" => read.order = Some(order(entity, value)?),
                // `locale` and the like are read by the place itself.
                _ => {}
            }
        }
        Ok(read)
    }

    /// Reads which page is wanted, of whatever list.
    ///
    /// # Errors
    /// [`Code::BadUserInput`]: `first` out of bounds.
    pub fn page(given: Given) -> Result<Self, Error> {
        let (mut of_page, mut after) = (USUAL, None);
        for (name, value) in given.iter().filter(|(_, value)| *value != Input::Null) {
            match &**name {
                "first" => of_page = first(value)?,
                "after" => after = value.as_text(),
                _ => {}
            }
        }
        let bound = Arc::new(Bound { given, digest: OnceLock::new() });
        Ok(Self { first: of_page, after, filter: Vec::new(), search: None, order: None, bound })
    }

    fn filter(&mut self, entity: &Entity, value: &Input, today: &str) -> Result<(), Error> {
        let Input::Object(members) = value else { return Err(bad("`filter` is not an object.")) };
        for (name, value) in members.iter().filter(|(_, value)| *value != Input::Null) {
            let unserved = || bad(format!("{} cannot be filtered by `{name}`.", entity.name));
            let Some(id) = entity.field_id(name) else {
                if &**name == "search" {
                    self.search = value.as_text().map_or(Ok(None), |text| phrase(&text))?;
                    continue;
                }
                return Err(unserved());
            };
            let field = entity.field(id).ok_or_else(unserved)?;
            match (&field.kind, value) {
                (FieldKind::Derived(expression), Input::Bool(wanted)) => {
                    self.filter.extend(conditions((expression, *wanted), entity, today).ok_or_else(unserved)?);
                }
                (FieldKind::Stored(Shape::Scalar(scalar)), Input::Object(_)) => {
                    self.filter.push(Condition { field: id, test: between(name, *scalar, value)? });
                }
                (FieldKind::Stored(_), Input::List(items)) => {
                    let values = items.iter().map(Input::to_value).collect();
                    self.filter.push(Condition { field: id, test: Test::In(values) });
                }
                (FieldKind::Stored(_), Input::Bool(_) | Input::Int(_) | Input::Text(_)) => {
                    let one: Arc<[Value]> = Arc::from([value.to_value()]);
                    self.filter.push(Condition { field: id, test: Test::In(one) });
                }
                _ => return Err(unserved()),
            }
        }
        Ok(())
    }
}

fn first(value: &Input) -> Result<u32, Error> {
    let Input::Int(number) = value else { return Err(bad("`first` is not a number.")) };
    u32::try_from(*number)
        .ok()
        .filter(|first| (1..=MOST).contains(first))
        .ok_or_else(|| bad(format!("`first` is from 1 to {MOST}; ask for the next page with `after`.")))
}

fn order(entity: &Entity, sort: &Input) -> Result<Order, Error> {
    let name = sort.get("field").and_then(Input::as_text).unwrap_or_else(|| Arc::from(""));
    let field = entity
        .field_id(&camel_case(&name))
        .ok_or_else(|| bad(format!("{} cannot be sorted by `{name}`.", entity.name)))?;
    let descending = sort.get("direction").and_then(Input::as_text).is_some_and(|direction| &*direction == "DESC");
    Ok(Order { field, descending })
}

fn between(name: &str, scalar: Scalar, range: &Input) -> Result<Test, Error> {
    let bound = |side: &str| -> Result<Option<Arc<str>>, Error> {
        let Some(text) = range.get(side).and_then(Input::as_text) else { return Ok(None) };
        let normal = match scalar {
            Scalar::Date => text.parse::<jiff::civil::Date>().ok().map(|day| day.to_string()),
            Scalar::DateTime => text.parse::<jiff::Timestamp>().ok().map(|instant| instant.to_string()),
            _ => None,
        };
        let wrong = || bad(format!("`filter.{name}.{side}` is not a {}.", word(scalar)));
        normal.map(|text| Some(Arc::from(text))).ok_or_else(wrong)
    };
    Ok(Test::Between { from: bound("from")?, to: bound("to")?, inclusive: scalar == Scalar::Date })
}

const fn word(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Date => "day (`2026-03-01`)",
        Scalar::DateTime => "moment (`2026-03-01T08:15:30Z`)",
        _ => "range that this field has",
    }
}

/// What is searched for: on one line, and with a word in it; nothing where it is blank.
///
/// # Errors
/// [`Code::BadUserInput`]: it is too long, or has no word.
fn phrase(text: &str) -> Result<Option<Arc<str>>, Error> {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let parts: Vec<&str> = text.split(blank).filter(|part| !part.is_empty()).collect();
    let line = parts.join(" ");
    if line.is_empty() {
        return Ok(None);
    }
    if line.chars().count() > LONGEST {
        return Err(bad(format!("A text that is searched for has at most {LONGEST} letters.")));
    }
    match words(&line, 1).is_empty() {
        true => Err(bad("There is no word in the text that is searched for.")),
        false => Ok(Some(Arc::from(line))),
    }
}

/// `PLACED_ON` is the field `placedOn`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_ascii_lowercase();
    for word in words {
        let lower = word.to_ascii_lowercase();
        let mut letters = lower.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

fn digest(given: &[(Arc<str>, Input)]) -> [u8; 32] {
    let mut sorted: Vec<_> = given.iter().filter(|(name, _)| !matches!(&**name, "first" | "after")).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut bytes = Vec::new();
    for (name, value) in sorted {
        Input::Text(Arc::clone(name)).write_canonical(&mut bytes);
        value.write_canonical(&mut bytes);
    }
    seal::digest([bytes.as_slice()])
}

fn bad(message: impl Into<String>) -> Error {
    Error::public(Code::BadUserInput, message)
}
