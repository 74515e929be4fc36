//! The names a request may use: in slots (`{key.ticket}`) and in CEL (`keys`, `caller.account`).

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::page::PageAsk;
use super::path::last_name;
use crate::connector::{Computed, Connector, EntityMapping, KeyPart, KeyWire};
use crate::error::{Code, Error};
use crate::model::{Arguments, Key, ReadContext, Value, Wire};

/// What every request may name, whatever it reads.
const ALWAYS: [&str; 6] = ["settings", "caller", "now", "today", "list", "args"];

/// What is made of the keys, the parent or the page of a request.
const MADE: [&str; 5] = ["keys", "key", "parent", "parents", "page"];

/// The values of one request, by name. Hardly a request names more than one or two of them: what has to be written out
/// (`caller`, `today`, `keys`…) is kept as what it is made of until it is named.
#[derive(Default)]
pub(super) struct Names<'a> {
    always: Option<Always<'a>>,
    keys: Option<(&'a EntityMapping, &'a [Key])>,
    arguments: Option<&'a Arguments>,
    parent: Option<&'a Key>,
    page: Option<&'a PageAsk>,
    own: Vec<(&'static str, Cow<'a, Wire>)>,
}

/// What the names of every request are made of.
#[derive(Clone, Copy)]
pub(super) struct Always<'a> {
    pub(super) connector: &'a Connector,
    pub(super) context: &'a ReadContext,
    pub(super) now: Timestamp,
    /// Whether it is a list that is read.
    pub(super) list: bool,
}

impl<'a> Names<'a> {
    /// Those of every request.
    pub(super) fn of(always: Always<'a>) -> Self {
        Self { always: Some(always), ..Self::default() }
    }

    /// Names the keys that are asked for: `keys`, and `key` where there is one.
    pub(super) fn ask_for(&mut self, of: &'a EntityMapping, keys: &'a [Key]) {
        self.keys = Some((of, keys));
    }

    /// Names the parent whose list is read: `parent`, and `parents` with this one alone.
    pub(super) fn list_of(&mut self, parent: &'a Key) {
        self.parent = Some(parent);
    }

    /// Names a computed field's arguments.
    #[must_use]
    pub(super) fn called_with(self, arguments: &'a Arguments) -> Self {
        Self { arguments: Some(arguments), ..self }
    }

    /// Names the page of a list.
    #[must_use]
    pub(super) fn of_page(self, page: &'a PageAsk) -> Self {
        Self { page: Some(page), ..self }
    }

    /// Sets a name.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: Wire) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a name.
    pub(super) fn set(&mut self, name: &'static str, value: Wire) {
        self.put(name, Cow::Owned(value));
    }

    /// Sets a name to what somebody else keeps.
    pub(super) fn lend(&mut self, name: &'static str, value: &'a Wire) {
        self.put(name, Cow::Borrowed(value));
    }

    fn put(&mut self, name: &'static str, value: Cow<'a, Wire>) {
        match self.own.iter_mut().find(|(n, _)| *n == name) {
            Some(place) => place.1 = value,
            None => self.own.push((name, value)),
        }
    }

    /// What a name stands for; `None` where a request of this kind has no such name.
    fn named(&self, name: &str) -> Option<Cow<'_, Wire>> {
        if let Some((_, value)) = self.own.iter().find(|(n, _)| *n == name) {
            return Some(Cow::Borrowed(value));
        }
        if let Some(made) = self.made(name) {
            return Some(Cow::Owned(made));
        }
        let Always { connector, context, now, list } = self.always?;
        Some(match name {
            "settings" => Cow::Borrowed(&connector.settings),
            "caller" => Cow::Owned(caller(context, &connector.locales)),
            "now" => Cow::Owned(Wire::Text(now.to_string().into())),
            "today" => Cow::Owned(today(now, &connector.zone)),
            "list" => Cow::Owned(Wire::Bool(list)),
            "args" => self.arguments.map_or(Cow::Borrowed(&Wire::Null), |all| Cow::Owned(arguments(all))),
            _ => return None,
        })
    }

    /// What is made of the keys, the parent or the page of this request.
    fn made(&self, name: &str) -> Option<Wire> {
        match name {
            "keys" => self.keys.map(|(of, keys)| Wire::List(keys.iter().map(|one| key(of, one)).collect())),
            "key" => match self.keys? {
                (of, [one]) => Some(key(of, one)),
                _ => None,
            },
            "parent" => self.parent.map(parent),
            "parents" => self.parent.map(|one| Wire::List(vec![parent(one)])),
            "page" => self.page.map(position),
            _ => None,
        }
    }

    /// What is at a dotted name; a name that is none of a request's is a setting's.
    pub(super) fn get(&self, dotted: &str) -> Cow<'_, Wire> {
        let (head, rest) = dotted.split_once('.').map_or((dotted, None), |(head, rest)| (head, Some(rest)));
        let setting = || Some(inside(self.named("settings")?, head));
        let start = self.named(head).or_else(setting).unwrap_or(Cow::Borrowed(&Wire::Null));
        match rest {
            None => start,
            Some(rest) => inside(start, rest),
        }
    }

    /// The text for a slot of a pattern.
    pub(super) fn slot(&self, name: &str) -> Option<String> {
        self.get(name).as_text().map(Cow::into_owned)
    }

    /// Evaluates CEL. A bare name needs no evaluation: most of what manifests compute is one.
    ///
    /// # Errors
    /// `INTERNAL`: the expression failed.
    pub(super) fn evaluate(&self, computed: &Computed) -> Result<Wire, Error> {
        let text = computed.program.text().trim().trim_start_matches('=').trim();
        let is_name = |word: &str| {
            word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && word.starts_with(|c: char| c.is_alphabetic())
        };
        let head = text.split('.').next().unwrap_or_default();
        if text.split('.').all(is_name) && self.named(head).is_some() {
            return Ok(self.get(text).into_owned());
        }
        let made = MADE.iter().chain(if self.always.is_some() { &ALWAYS[..] } else { &[] });
        let made = made.filter(|name| !self.own.iter().any(|(own, _)| own == *name) && mentions(text, name));
        let made: Vec<(&str, Cow<'_, Wire>)> = made.filter_map(|name| Some((*name, self.named(name)?))).collect();
        let own = self.own.iter().map(|(name, value)| (*name, &**value));
        let names: Vec<(&str, &Wire)> = own.chain(made.iter().map(|(name, value)| (*name, &**value))).collect();
        let failed = |error| Error::new(Code::Internal, format!("`{}` in a request failed: {error}", computed.text));
        computed.program.evaluate(&names).map_err(failed)
    }
}

/// Whether a word stands somewhere in an expression.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == name)
}

fn inside<'w>(wire: Cow<'w, Wire>, dotted: &str) -> Cow<'w, Wire> {
    fn at<'w>(wire: &'w Wire, dotted: &str) -> &'w Wire {
        dotted.split('.').fold(wire, |wire, word| wire.get(word))
    }
    match wire {
        Cow::Borrowed(wire) => Cow::Borrowed(at(wire, dotted)),
        Cow::Owned(wire) => Cow::Owned(at(&wire, dotted).clone()),
    }
}

/// A parent's key as requests see it.
pub(super) fn parent(key: &Key) -> Wire {
    Wire::Text(key.first().into())
}

/// A page as requests see it.
fn position(page: &PageAsk) -> Wire {
    Wire::Object(vec![
        ("at".into(), page.at.as_ref().map_or(Wire::Null, |at| Wire::Text(Arc::clone(at).into()))),
        ("size".into(), number(page.size)),
    ])
}

/// A count as requests write it.
pub(super) fn number(count: u32) -> Wire {
    Wire::Number(itoa::Buffer::new().format(count).into())
}

/// The system's language that is nearest to the reader's: the same, or else the same without its region, or else the usual one.
fn nearest<'a>(locales: &'a [Arc<str>], wanted: &'a str) -> &'a str {
    let plain = |tag: &str| tag.replace('_', "-").to_ascii_lowercase();
    let language = |tag: &str| plain(tag).split('-').next().map(str::to_owned);
    let same = locales.iter().find(|known| plain(known) == plain(wanted));
    let close = || locales.iter().find(|known| language(known) == language(wanted));
    same.or_else(close).or(locales.first()).map_or(wanted, |known| known)
}

/// What a request may know of who asks.
pub(super) fn caller(context: &ReadContext, locales: &[Arc<str>]) -> Wire {
    let locale = nearest(locales, &context.locale);
    let text = |text: &str| Wire::Text(text.into());
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    let key = |key: Option<&Key>| key.map_or(Wire::Null, |key| text(key.first()));
    Wire::Object(vec![
        ("account".into(), key(context.account.first())),
        ("contact".into(), key(context.contact.as_ref())),
        ("locale".into(), text(locale)),
        ("language".into(), text(language)),
    ])
}

/// The day in the connector's zone.
fn today(now: Timestamp, zone: &str) -> Wire {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Wire::Text(now.to_zoned(zone).date().to_string().into())
}

/// A key as requests see it: a scalar, or an object of its parts by their last words.
pub(super) fn key(of: &EntityMapping, key: &Key) -> Wire {
    match &*of.key {
        [part] => key_part(part, key.first()),
        parts => {
            let named = parts.iter().zip(key.parts());
            Wire::Object(named.map(|(part, text)| (last_name(&part.from).into(), key_part(part, text))).collect())
        }
    }
}

fn key_part(part: &KeyPart, text: &str) -> Wire {
    match part.wire {
        KeyWire::Int => Wire::Number(text.into()),
        KeyWire::Text | KeyWire::Guid => Wire::Text(text.into()),
    }
}

/// Whether a key, which came from a client, may be sent to the system at all.
pub(super) fn fits(of: &EntityMapping, key: &Key) -> bool {
    let mut texts = key.parts();
    of.key.iter().all(|part| texts.next().is_some_and(|text| part_fits(part, text))) && texts.next().is_none()
}

fn part_fits(part: &KeyPart, text: &str) -> bool {
    let typed = match part.wire {
        KeyWire::Text => true,
        KeyWire::Int => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let leads = digits.len() > 1 && digits.starts_with('0');
            !digits.is_empty() && !leads && digits.bytes().all(|b| b.is_ascii_digit())
        }
        KeyWire::Guid => is_guid(text),
    };
    typed && part.pattern.as_ref().is_none_or(|pattern| pattern.is_whole(text))
}

/// Whether a text is a GUID in its usual form.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|b| b.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}

/// The arguments of a computed field.
pub(super) fn arguments(arguments: &Arguments) -> Wire {
    Wire::Object(arguments.iter().map(|(name, value)| (Arc::clone(name), wire(value))).collect())
}

/// A value of the graph, as requests see it; objects have no names any more, so they are lists.
pub(super) fn wire(value: &Value) -> Wire {
    match value {
        Value::Null | Value::File(_) | Value::Fault(_) => Wire::Null,
        Value::Bool(b) => Wire::Bool(*b),
        Value::Int(n) => Wire::Number(n.to_string().into()),
        Value::Text(text) => Wire::Text(text.clone()),
        Value::List(items) | Value::Object(items) => Wire::List(items.iter().map(wire).collect()),
        Value::Reference(reference) => Wire::Text(reference.key.first().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_nearest_language_there_is() {
        let known: Vec<Arc<str>> = ["en-us", "de", "pt-BR"].map(Arc::from).to_vec();
        for (wanted, given) in [
            ("en-US", "en-us"),
            ("en", "en-us"),
            ("en-GB", "en-us"),
            ("de-AT", "de"),
            ("pt_br", "pt-BR"),
            ("ja", "en-us"),
        ] {
            assert_eq!(nearest(&known, wanted), given, "{wanted}");
        }
        assert_eq!(nearest(&[], "ja"), "ja");
    }
}
