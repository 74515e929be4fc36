//! Dictionaries: small tables of a system that many rows point into, kept for as long as the manifest says and read by
//! one task at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::Wire;

/// The most words one dictionary keeps: it is for small tables, and keys come from the system's own rows.
const WORDS: usize = 10_000;
/// The most dictionaries: one for each facet, and for each person or language it depends on.
const DICTIONARIES: usize = 1_000;

/// The dictionaries of one source.
#[derive(Default)]
pub(super) struct Dictionaries(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Dictionary>>>>);

/// One dictionary: words by key, each until a moment of the clock's `elapsed` scale. It is locked while it is loaded, so
/// that it is loaded once.
#[derive(Default)]
pub(super) struct Dictionary {
    words: HashMap<String, (Duration, Arc<[Wire]>)>,
    whole_until: Option<Duration>,
}

impl Dictionaries {
    /// The dictionary of that name.
    pub(super) fn entry(&self, name: &str) -> Arc<tokio::sync::Mutex<Dictionary>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= DICTIONARIES && !all.contains_key(name) {
            all.clear();
        }
        Arc::clone(all.entry(name.to_owned()).or_default())
    }
}

impl Dictionary {
    /// Whether all of it was read, and still counts.
    pub(super) fn is_whole(&self, now: Duration) -> bool {
        self.whole_until.is_some_and(|until| now < until)
    }

    /// What it has under a key: nothing is known of a key that was never read or has aged.
    pub(super) fn word(&self, key: &str, now: Duration) -> Option<Arc<[Wire]>> {
        let fresh = |(until, rows): &(Duration, Arc<[Wire]>)| (now < *until).then(|| Arc::clone(rows));
        let missing = || self.is_whole(now).then(|| Arc::from([]));
        self.words.get(key).and_then(fresh).or_else(missing)
    }

    /// Keeps one word.
    pub(super) fn keep(&mut self, key: String, rows: Vec<Wire>, (now, until): (Duration, Duration)) {
        if self.words.len() >= WORDS {
            self.words.retain(|_, (until, _)| now < *until);
        }
        if self.words.len() < WORDS {
            self.words.insert(key, (until, Arc::from(rows)));
        }
    }

    /// Replaces all of it.
    pub(super) fn keep_whole(&mut self, words: HashMap<String, Vec<Wire>>, until: Duration) {
        self.words = words.into_iter().map(|(key, rows)| (key, (until, Arc::from(rows)))).collect();
        self.whole_until = Some(until);
    }
}
