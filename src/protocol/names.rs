//! The names a request may use: in slots (`{key.ticket}`) and in CEL (`keys`, `caller.account`).

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::path::last_name;
use crate::connector::{Computed, EntityMapping, KeyPart, KeyWire};
use crate::error::{Code, Error};
use crate::model::{Arguments, Key, ReadContext, Value, Wire};

/// The values of one request, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<(&'static str, Wire)>);

impl Names {
    /// Sets a name.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: Wire) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a name.
    pub(super) fn set(&mut self, name: &'static str, value: Wire) {
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some(place) => place.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// What is at a dotted name; a name that is none of a request's is a setting's.
    pub(super) fn get(&self, dotted: &str) -> &Wire {
        let mut words = dotted.split('.');
        let head = words.next().unwrap_or_default();
        let value = |name: &str| self.0.iter().find(|(n, _)| *n == name).map(|(_, value)| value);
        let start = value(head).or_else(|| value("settings").map(|settings| settings.get(head))).unwrap_or(&Wire::Null);
        words.fold(start, |wire, word| wire.get(word))
    }

    /// The text for a slot of a pattern.
    pub(super) fn slot(&self, name: &str) -> Option<String> {
        self.get(name).as_text().map(std::borrow::Cow::into_owned)
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
        if text.split('.').all(is_name) && self.0.iter().any(|(name, _)| *name == head) {
            return Ok(self.get(text).clone());
        }
        let names: Vec<(&str, &Wire)> = self.0.iter().map(|(name, value)| (*name, value)).collect();
        let failed = |error| Error::new(Code::Internal, format!("`{}` in a request failed: {error}", computed.text));
        computed.program.evaluate(&names).map_err(failed)
    }
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

/// The moment and, in the connector's zone, the day.
pub(super) fn now_and_today(now: Timestamp, zone: &str) -> (Wire, Wire) {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let today = now.to_zoned(zone).date();
    (Wire::Text(now.to_string().into()), Wire::Text(today.to_string().into()))
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
    let parts: Vec<&str> = key.parts().collect();
    parts.len() == of.key.len() && of.key.iter().zip(parts).all(|(part, text)| part_fits(part, text))
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
    // The pattern is anchored here: one that only finds something inside would let the rest through.
    let whole = |pattern: &regex::Regex| pattern.find_iter(text).any(|found| found.len() == text.len());
    typed && part.pattern.as_ref().is_none_or(|pattern| whole(&pattern.0))
}

/// Whether a text is a GUID in its usual form.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|b| b.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}

/// The arguments of a computed field.
pub(super) fn arguments(arguments: &Arguments) -> Wire {
    Wire::Object(arguments.iter().map(|(name, value)| (Arc::from(&**name), wire(value))).collect())
}

/// A value of the graph, as requests see it; objects have no names any more, so they are lists.
pub(super) fn wire(value: &Value) -> Wire {
    match value {
        Value::Null | Value::Fault(_) => Wire::Null,
        Value::Bool(b) => Wire::Bool(*b),
        Value::Int(n) => Wire::Number(n.to_string().into()),
        Value::Text(text) => Wire::Text(Arc::clone(text)),
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
