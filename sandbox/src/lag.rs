//! Search that lags behind: what a system's search sees is what was true some seconds ago.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::data::Business;

/// Most states of the business that are kept; with more changes within the lag, search is a little less behind.
const KEPT: usize = 32;

#[derive(Debug, Default)]
struct Past {
    seconds: BTreeMap<String, u32>,
    /// The business before each change, with the time of the change.
    before: VecDeque<(i64, Arc<Business>)>,
}

/// The lags of all systems, and the past that they need.
#[derive(Debug, Default)]
pub struct Lag(Mutex<Past>);

impl Lag {
    fn lock(&self) -> MutexGuard<'_, Past> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the search of a system lag so many seconds behind from the next change on; 0 ends it.
    pub fn set(&self, system: &str, seconds: u32) {
        let mut past = self.lock();
        past.seconds.insert(system.to_owned(), seconds);
        past.seconds.retain(|_, seconds| *seconds > 0);
        if past.seconds.is_empty() {
            past.before.clear();
        }
    }

    /// The lags, by system.
    pub fn all(&self) -> BTreeMap<String, u32> {
        self.lock().seconds.clone()
    }

    /// Whether anything lags, so that the past has to be kept.
    pub(crate) fn on(&self) -> bool {
        !self.lock().seconds.is_empty()
    }

    /// Keeps what was true before the change at `at`.
    pub(crate) fn keep(&self, at: i64, before: Arc<Business>) {
        let mut past = self.lock();
        if past.before.len() == KEPT {
            past.before.pop_front();
        }
        past.before.push_back((at, before));
    }

    /// What the search of `system` sees at `now`; none where that is what is true.
    pub(crate) fn seen(&self, system: &str, now: i64) -> Option<Arc<Business>> {
        let past = self.lock();
        let seconds = i64::from(*past.seconds.get(system)?);
        let first = past.before.iter().find(|(changed, _)| *changed > now - seconds);
        first.map(|(_, before)| Arc::clone(before))
    }
}
