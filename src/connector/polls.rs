//! How a system is asked what changed, as declared: what stands in for webhooks, and finds what they lost.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::convert::{Moment, Zone, written};
use super::map::{RowView, lookup};
use super::mapping::{Path, WireForm};
use super::request::Read;
use super::webhooks::{ChangeRule, Unit};
use crate::model::{EntityId, Wire};

/// How a system is asked what changed since a time.
#[derive(Debug)]
pub struct Poll {
    /// What it is called: the entity's name, or `webhooks` where it tells their events again.
    pub name: Arc<str>,
    /// Whose changes it tells.
    pub entities: Vec<EntityId>,
    /// How it asks.
    pub way: PollWay,
    /// How the system writes the time that is asked for.
    pub since: WireForm,
    /// Where a row says when it changed, and how that is written. Of events it is said by `webhooks`.
    pub at: Option<(Path, Unit)>,
    /// Where a row has the record's version.
    pub version: Option<Path>,
    /// How far back it is asked anew: what clocks, and a search that lags, may differ by.
    pub overlap: Duration,
    /// Whether rows come in the order of their times, the oldest first.
    pub ordered: bool,
    /// What a row means: the first that holds. None where rows are events, whose meaning `webhooks` says.
    pub changes: Vec<ChangeRule>,
}

/// How a poll asks.
#[derive(Debug)]
pub enum PollWay {
    /// With a request that is spelled out.
    Read(Box<Read>),
    /// A set of the query family, by one of its columns.
    Set {
        /// The set.
        set: Arc<str>,
        /// The column with the time of the last change.
        by: Arc<str>,
        /// The columns that are read.
        columns: Vec<Arc<str>>,
    },
}

impl Poll {
    /// Whether rows are the events that webhooks told, or lost.
    #[must_use]
    pub fn retells(&self) -> bool {
        self.at.is_none()
    }

    /// When a row changed, by the system's own word.
    #[must_use]
    pub fn changed_at(&self, row: &Wire, zone: &str) -> Option<Timestamp> {
        let (path, unit) = self.at.as_ref()?;
        let found = lookup(path, &RowView::bare(row, None));
        let text = found.as_text()?;
        match unit {
            Unit::Seconds => Timestamp::from_second(text.parse().ok()?).ok(),
            Unit::Millis => Timestamp::from_millisecond(text.parse().ok()?).ok(),
            Unit::Rfc3339 => match Moment::read(&text, &Zone(zone))? {
                Moment::Instant(instant) => Some(instant),
                Moment::Day(_) => None,
            },
        }
    }

    /// The time that is asked for, as the system writes it.
    #[must_use]
    pub fn written(&self, since: Timestamp, zone: &str) -> Wire {
        let text = since.to_string();
        written::instant(&text, &self.since, zone).unwrap_or(Wire::Text(text.into()))
    }

    /// Everything of a row that is looked at.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let rules = self.changes.iter().flat_map(|rule| {
            let when = rule.when.iter().flat_map(|when| &when.0).map(|(path, _)| path);
            when.chain(&rule.key).chain(rule.parents.iter().map(|(.., path)| path))
        });
        self.at.iter().map(|(path, _)| path).chain(&self.version).chain(rules)
    }

    /// The request in the manifest's own words.
    #[must_use]
    pub fn template(&self) -> Arc<str> {
        match &self.way {
            PollWay::Read(read) => Arc::clone(&read.request.template),
            PollWay::Set { set, by, .. } => Arc::from(format!("GET {set} by {by}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::Root;

    fn poll(since: WireForm, unit: Unit) -> Poll {
        let at = Path { root: Root::Row, steps: [crate::connector::Step::Name("at".into())].into(), text: "at".into() };
        Poll {
            name: "Order".into(),
            entities: Vec::new(),
            way: PollWay::Set { set: "Orders".into(), by: "at".into(), columns: Vec::new() },
            since,
            at: Some((at, unit)),
            version: None,
            overlap: Duration::ZERO,
            ordered: true,
            changes: Vec::new(),
        }
    }

    fn row(at: Wire) -> Wire {
        Wire::Object(vec![("at".into(), at)])
    }

    #[test]
    fn a_time_is_read_as_the_system_writes_it() {
        let text = |text: &str| row(Wire::Text(text.into()));
        let number = |text: &str| row(Wire::Number(text.into()));
        let at: Timestamp = "2026-03-01T12:00:00.25Z".parse().unwrap();
        let second: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (unit, row, read) in [
            (Unit::Rfc3339, text("2026-03-01T12:00:00.250Z"), Some(at)),
            (Unit::Rfc3339, text("2026-03-01T13:00:00.250+01:00"), Some(at)),
            (Unit::Rfc3339, text("/Date(1772366400250+0000)/"), Some(at)),
            (Unit::Seconds, number("1772366400"), Some(second)),
            (Unit::Millis, text("1772366400250"), Some(at)),
            // A day is no moment: what changed later on it would be left out.
            (Unit::Rfc3339, text("2026-03-01"), None),
            (Unit::Seconds, text("yesterday"), None),
            (Unit::Millis, number("9999999999999999999"), None),
            (Unit::Rfc3339, row(Wire::Null), None),
        ] {
            assert_eq!(poll(WireForm::Plain, unit).changed_at(&row, "UTC"), read, "{row:?}");
        }
    }

    #[test]
    fn the_time_that_is_asked_for_is_written_as_the_system_reads_it() {
        let since: Timestamp = "2026-03-01T12:00:00.25Z".parse().unwrap();
        for (form, expected) in [
            (WireForm::Plain, Wire::Text("2026-03-01T12:00:00.25Z".into())),
            (WireForm::Unix, Wire::Number("1772366400".into())),
            (WireForm::UnixMillis, Wire::Number("1772366400250".into())),
            (WireForm::Pattern("YYYY-MM-DD hh:mm:ss".into()), Wire::Text("2026-03-01 13:00:00".into())),
        ] {
            assert_eq!(poll(form, Unit::Rfc3339).written(since, "Europe/Berlin"), expected);
        }
    }
}
