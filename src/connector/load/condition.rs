//! Conditions: `{ status: [open, new], due: { before: now }, note: present }`. Every path must pass.

use std::sync::Arc;

use super::codes::M001;
use super::format;
use super::here::Here;
use super::sink::suggestion;
use super::yaml::{Node, Yaml, is_number};
use crate::connector::{Bound, Condition, Test};

impl Here<'_> {
    /// A condition; `None` where there is nothing sound in it.
    pub(super) fn condition(&self, node: &Node, what: &str) -> Option<Condition> {
        let Some(entries) = node.entries().filter(|entries| !entries.is_empty()) else {
            let remedy = "write `path: value`, `path: [one, of]`, `path: present` or `path: null`";
            self.ctx.sink.error((M001, &node.place), format!("{what} must be a condition"), remedy);
            return None;
        };
        let mut all = Vec::new();
        for entry in entries {
            let written =
                Node { place: entry.at.clone(), value: Yaml::Scalar { text: Arc::clone(&entry.key), plain: false } };
            let path = self.path(&written, "a condition's path")?;
            all.extend(self.tests(&entry.value)?.into_iter().map(|test| (path.clone(), test)));
        }
        // Which events are one's own may be left open; whether a record may be seen may not.
        if all.is_empty() && what != "`only`" {
            let remedy = "add a test that always counts: `asSet` leaves none where its setting has no value";
            self.ctx.sink.error((M001, &node.place), format!("{what} tests nothing"), remedy);
            return None;
        }
        Some(Condition(all))
    }

    fn tests(&self, node: &Node) -> Option<Vec<Test>> {
        match &node.value {
            Yaml::Scalar { .. } if node.is_null() => Some(vec![Test::Absent]),
            Yaml::Scalar { text, plain: true } if &**text == "present" => Some(vec![Test::Present]),
            Yaml::Scalar { .. } => Some(vec![Test::In(vec![self.literal(node)?])]),
            Yaml::List(items) => {
                let values: Option<Vec<Arc<str>>> = items.iter().map(|item| self.listed_literal(item)).collect();
                Some(vec![Test::In(values?)])
            }
            Yaml::Map(entries) => {
                let mut tests = Vec::new();
                for entry in entries {
                    if &*entry.key == "asSet" {
                        // Without a value there is nothing to hold it against.
                        let set = self.literal(&entry.value)?;
                        tests.extend((!set.is_empty()).then(|| Test::In(vec![set])));
                        continue;
                    }
                    match self.test(&entry.key, &entry.value) {
                        Ok(test) => tests.push(test?),
                        Err(()) => self.ctx.sink.unknown(entry, "a condition", &format::TEST.names()),
                    }
                }
                Some(tests)
            }
        }
    }

    fn listed_literal(&self, node: &Node) -> Option<Arc<str>> {
        if node.text().is_none() {
            let remedy = "a list has texts; absence is a test of its own: `null`";
            self.ctx.sink.error((M001, &node.place), "a condition's list must have texts", remedy);
        }
        self.literal(node)
    }

    /// `Err` where there is no such test.
    fn test(&self, name: &str, node: &Node) -> Result<Option<Test>, ()> {
        Ok(match name {
            "not" => self.tests(node).and_then(|tests| {
                let one = <[Test; 1]>::try_from(tests);
                if one.is_err() {
                    let remedy =
                        "one test, and not `asSet`, which may be none; several paths and tests must all pass anyway";
                    self.ctx.sink.error((M001, &node.place), "`not` turns one test round", remedy);
                }
                one.ok().map(|[test]| Test::Not(Box::new(test)))
            }),
            "before" => self.bound(node).map(Test::Before),
            "after" => self.bound(node).map(Test::After),
            "above" => self.amount(node).map(Test::Above),
            "below" => self.amount(node).map(Test::Below),
            "starts" => self.literal(node).map(Test::Starts),
            _ => return Err(()),
        })
    }

    fn bound(&self, node: &Node) -> Option<Bound> {
        let text = self.literal(node)?;
        let time = text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
        match &*text {
            "now" => Some(Bound::Now),
            "today" => Some(Bound::Today),
            _ if time => Some(Bound::At(text)),
            _ => {
                let message = format!("`{text}` is no time");
                self.ctx.sink.error((M001, &node.place), message, suggestion(&text, ["now", "today", "2026-03-01"]));
                None
            }
        }
    }

    fn amount(&self, node: &Node) -> Option<Arc<str>> {
        let text = self.literal(node)?;
        if !is_number(&text) {
            self.ctx.sink.error((M001, &node.place), format!("`{text}` is no number"), "such as `0` or `12.50`");
            return None;
        }
        Some(text)
    }
}
