//! Where problems go, and the checks that every part of a manifest shares: forms, keys, numbers, words.

use std::cell::RefCell;
use std::time::Duration;

use super::codes::{M001, M002, M008};
use super::format::Map;
use super::yaml::{Entry, Node};
use crate::diagnostic::{Diagnostic, Place, Report, Severity};

/// Collects diagnostics: a file is read on past every problem, so that all of them are told at once.
#[derive(Debug, Default)]
pub(super) struct Sink(RefCell<Report>);

impl Sink {
    fn push(&self, severity: Severity, (code, place): (&'static str, &Place), (message, remedy): (String, String)) {
        self.0.borrow_mut().push(Diagnostic { code, severity, place: place.clone(), message, remedy });
    }

    /// A problem that stops the start.
    pub(super) fn error(&self, at: (&'static str, &Place), message: impl Into<String>, remedy: impl Into<String>) {
        self.push(Severity::Error, at, (message.into(), remedy.into()));
    }

    /// A problem that something is served in spite of.
    pub(super) fn warn(&self, at: (&'static str, &Place), message: impl Into<String>, remedy: impl Into<String>) {
        self.push(Severity::Warning, at, (message.into(), remedy.into()));
    }

    pub(super) fn into_report(self) -> Report {
        self.0.into_inner()
    }

    /// The entries of a map, without the null ones.
    pub(super) fn entries<'n>(&self, node: &'n Node, what: &str) -> Vec<&'n Entry> {
        match node.entries() {
            Some(entries) => entries.iter().filter(|entry| !entry.value.is_null()).collect(),
            None => {
                self.error((M001, &node.place), format!("{what} must be a map"), "write `name: value` pairs");
                Vec::new()
            }
        }
    }

    /// Checks that a node is a map of no other keys than the format's.
    pub(super) fn keys(&self, node: &Node, what: &str, format: &Map) -> bool {
        let known = &format.names();
        for entry in self.entries(node, what) {
            // A merge key was reported when the file was parsed.
            if !known.contains(&&*entry.key) && &*entry.key != "<<" {
                self.unknown(entry, what, known);
            }
        }
        node.entries().is_some()
    }

    /// Reports a key that is not known.
    pub(super) fn unknown(&self, entry: &Entry, what: &str, known: &[&str]) {
        let message = format!("{what} has no key `{}`", entry.key);
        self.error((M002, &entry.at), message, suggestion(&entry.key, known.iter().copied()));
    }

    /// The text of a scalar.
    pub(super) fn text<'n>(&self, node: &'n Node, what: &str) -> Option<&'n std::sync::Arc<str>> {
        let text = node.text();
        if text.is_none() {
            self.error((M001, &node.place), format!("{what} must be a text"), "write one value");
        }
        text
    }

    /// A list of texts; one text is a list of one.
    pub(super) fn texts(&self, node: &Node, what: &str) -> Vec<std::sync::Arc<str>> {
        let one = std::slice::from_ref(node);
        node.list().unwrap_or(one).iter().filter_map(|item| self.text(item, what).cloned()).collect()
    }

    /// A whole number from 0.
    pub(super) fn number(&self, node: &Node, what: &str) -> Option<u32> {
        let number = self.text(node, what)?.parse().ok();
        if number.is_none() {
            self.error((M008, &node.place), format!("{what} must be a whole number"), "such as `100`");
        }
        number
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, node: &Node, what: &str) -> Option<bool> {
        self.word(node, what, &[("true", true), ("false", false)])
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == &**text).map(|(_, value)| *value);
        if found.is_none() {
            let message = format!("{what} cannot be `{text}`");
            self.error((M001, &node.place), message, suggestion(text, words.iter().map(|(word, _)| *word)));
        }
        found
    }

    /// A duration such as `5s`, `10m`, `2h`, `1d`.
    pub(super) fn duration(&self, node: &Node, what: &str) -> Option<Duration> {
        let found = duration(self.text(node, what)?);
        if found.is_none() {
            self.error((M008, &node.place), format!("{what} must be a duration"), "such as `5s`, `10m`, `2h` or `1d`");
        }
        found
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    count.checked_mul(unit).map(Duration::from_secs)
}

/// What to do about a word that is not known: the nearest one, or all of them.
pub(super) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known.iter().map(|candidate| (distance(word, candidate), *candidate)).min();
    match near {
        None => "there is none here; remove it".to_owned(),
        Some((steps, candidate)) if steps <= 1 + word.chars().count() / 3 => format!("did you mean `{candidate}`?"),
        Some(_) => format!("one of {}", listed(&known)),
    }
}

/// Names in backticks, with commas.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// How many letters have to be changed, added or left out to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = row.get(j).copied().unwrap_or(i) + usize::from(x != *y);
            let drop = row.get(j + 1).copied().unwrap_or(i) + 1;
            let insert = next.last().copied().unwrap_or(i) + 1;
            next.push(change.min(drop).min(insert));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Some(Duration::from_secs(172_800)));
        for wrong in ["", "s", "5", "5 m", "-5s", "1.5h", "5ü", "99999999999999999999d"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(suggestion("feilds", ["fields", "facets"]), "did you mean `fields`?");
        assert_eq!(suggestion("zzzzz", ["fields", "key"]), "one of `fields`, `key`");
    }
}
