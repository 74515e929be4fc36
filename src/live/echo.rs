//! The same change told twice: by our own write, and by the system's webhook a moment later.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::{Change, EntityId, Key, SourceId};

/// How long a change is remembered: webhooks of a system under load come minutes later.
const WINDOW: Duration = Duration::from_secs(600);
/// How many changes are remembered at most; an echo of an older one is one push too many, and no harm.
const MOST: usize = 16_384;

/// A record in one version of it.
type Seen = (SourceId, EntityId, Key, Arc<str>);

/// The changes of the last minutes whose version is known.
pub struct Echoes {
    clock: Arc<dyn Clock>,
    seen: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    by_change: HashMap<Seen, Duration>,
    order: VecDeque<(Duration, Seen)>,
}

impl Echoes {
    /// Nothing has been told yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seen: Mutex::default() }
    }

    /// Whether this change has not been told of in this version. One without a version is always new, and so is one whose
    /// version is a time in whole seconds: two changes could else be taken for one.
    pub fn is_new(&self, change: &Change) -> bool {
        let Some(version) = change.version.as_ref().filter(|version| is_fine(version)) else { return true };
        let seen = (change.source, change.entity, change.key.clone(), Arc::clone(version));
        let now = self.clock.elapsed();
        let mut memory = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while memory.order.len() >= MOST || memory.order.front().is_some_and(|(at, _)| *at + WINDOW < now) {
            let Some((at, old)) = memory.order.pop_front() else { break };
            if memory.by_change.get(&old) == Some(&at) {
                memory.by_change.remove(&old);
            }
        }
        memory.order.push_back((now, seen.clone()));
        memory.by_change.insert(seen, now).is_none()
    }
}

/// Whether a version is finer than whole seconds, which two changes can share.
#[must_use]
pub fn is_fine(version: &str) -> bool {
    version.parse::<jiff::Timestamp>().map_or(true, |time| time.subsec_nanosecond() != 0)
}
