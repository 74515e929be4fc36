//! `extensions.freshness`: which source each field of the answer that holds records, or a figure over them, came from, and how fresh it is.

use std::io::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::answer::{Step, write_text};
use super::batch::{Part, Tally};
use super::record::Of;
use crate::error::{Code, Error};
use crate::model::{Freshness, SourceId};

/// How fresh it is; of several records, the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Live,
    Cached,
    Stale,
    Unavailable,
}

impl From<Freshness> for State {
    fn from(freshness: Freshness) -> Self {
        match freshness {
            Freshness::Live => Self::Live,
            Freshness::Cached => Self::Cached,
            Freshness::Stale => Self::Stale,
        }
    }
}

/// By the field's path without the places in lists, and the source: as many as the query has such fields, however many
/// records there are.
#[derive(Debug, Default)]
pub(super) struct Origins(IndexMap<(Vec<Arc<str>>, Arc<str>), Origin>);

#[derive(Clone, Debug)]
struct Origin {
    state: State,
    /// When the oldest of its records was read.
    fetched_at: Option<Timestamp>,
}

impl Origins {
    /// Notes what a record at `path` was made from.
    pub(super) fn record(&mut self, path: &[Step<'_>], of: Of<'_>, name: impl Fn(SourceId) -> Option<Arc<str>>) {
        for (number, (source, _)) in of.plan.parts.iter().enumerate() {
            let Some(part) = of.part(number) else { continue };
            match part {
                Part::Rows(rows) => {
                    for (record, freshness) in rows {
                        let origin = Origin { state: (*freshness).into(), fetched_at: Some(record.fetched_at) };
                        self.note(path, name(*source), origin);
                    }
                }
                Part::Failed(error) => self.failure(path, error),
                Part::Absent => {}
            }
        }
    }

    /// Notes what a figure at `path` was worked out from; over an empty list there is no time.
    pub(super) fn figure(&mut self, path: &[Step<'_>], tally: &Tally, source: Option<Arc<str>>) {
        let fetched_at = tally.records.iter().map(|record| record.fetched_at).min();
        for freshness in &tally.pages {
            self.note(path, source.clone(), Origin { state: (*freshness).into(), fetched_at });
        }
    }

    /// Notes that a system did not answer for what is at `path`.
    pub(super) fn failure(&mut self, path: &[Step<'_>], error: &Error) {
        let silent = matches!(error.code(), Code::UpstreamUnavailable | Code::UpstreamTimeout | Code::RateLimited);
        if let Some(source) = error.source_name().filter(|_| silent) {
            self.note(path, Some(Arc::clone(source)), Origin { state: State::Unavailable, fetched_at: None });
        }
    }

    fn note(&mut self, path: &[Step<'_>], source: Option<Arc<str>>, origin: Origin) {
        let Some(source) = source else { return };
        let keys = path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(Arc::clone(*key)),
            Step::Index(_) => None,
        });
        let known = self.0.entry((keys.collect(), source)).or_insert_with(|| origin.clone());
        known.state = known.state.max(origin.state);
        known.fetched_at = known.fetched_at.into_iter().chain(origin.fetched_at).min();
    }

    /// `[{"path":["viewer","account","orders","nodes"],"source":"erp","fetchedAt":"…","state":"cached"}]`
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (number, ((path, source), origin)) in self.0.iter().enumerate() {
            out.extend_from_slice(if number > 0 { b",{\"path\":[" } else { b"{\"path\":[" });
            for (number, key) in path.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_text(out, key);
            }
            out.extend_from_slice(b"],\"source\":");
            write_text(out, source);
            if let Some(at) = origin.fetched_at {
                // Writing to memory does not fail.
                let _ = write!(out, ",\"fetchedAt\":\"{at}\"");
            }
            let state = match origin.state {
                State::Live => "live",
                State::Cached => "cached",
                State::Stale => "stale",
                State::Unavailable => "unavailable",
            };
            let _ = write!(out, ",\"state\":\"{state}\"}}");
        }
        out.push(b']');
    }
}
