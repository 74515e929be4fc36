//! The same change told twice: by our own write, and by the system's webhook a moment later.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use smol_str::SmolStr;

use crate::clock::Clock;
use crate::model::{Change, ChangeKind, EntityId, FINGERPRINT, Key, SourceId};

/// How long a change is remembered: webhooks of a system under load come minutes later.
const WINDOW: Duration = Duration::from_secs(600);
/// How many changes are remembered at most; an echo of an older one is one push too many, and no harm.
const MOST: usize = 16_384;

/// A record in one version of it, and whether it was deleted: what tells of that may have the last version there was.
type Seen = (SourceId, EntityId, Key, SmolStr, bool);

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
        let seen = (change.source, change.entity, change.key.clone(), version.clone(), is_end(change));
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

/// Whether the record is gone with it.
pub(super) fn is_end(change: &Change) -> bool {
    change.kind == ChangeKind::Deleted
}

/// Whether a version is of one change alone: two can share a whole second, and a fingerprint comes again when a record is as
/// it was before.
#[must_use]
pub fn is_fine(version: &str) -> bool {
    !version.starts_with(FINGERPRINT)
        && version.parse::<jiff::Timestamp>().map_or(true, |time| time.subsec_nanosecond() != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn change(source: u16, key: &str, version: Option<&str>) -> Change {
        Change {
            source: SourceId(source),
            entity: EntityId(0),
            key: Key::new(key).unwrap(),
            kind: ChangeKind::Updated,
            version: version.map(Into::into),
            parents: Vec::new(),
            touches: Vec::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn echoes() -> (Arc<ManualClock>, Echoes) {
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
        (Arc::clone(&clock), Echoes::new(clock))
    }

    #[test]
    fn the_same_version_of_the_same_record_is_an_echo() {
        let (_, echoes) = echoes();
        assert!(echoes.is_new(&change(0, "1", Some("7"))));
        assert!(!echoes.is_new(&change(0, "1", Some("7"))));
        for other in [change(0, "1", Some("8")), change(0, "2", Some("7")), change(1, "1", Some("7"))] {
            assert!(echoes.is_new(&other), "{other:?}");
        }
    }

    #[test]
    fn an_end_is_no_echo_of_the_last_change_though_it_has_its_version() {
        let (_, echoes) = echoes();
        let end = Change { kind: ChangeKind::Deleted, ..change(0, "1", Some("7")) };
        assert!(echoes.is_new(&change(0, "1", Some("7"))));
        assert!(echoes.is_new(&end));
        assert!(!echoes.is_new(&end));
    }

    #[test]
    fn what_has_no_version_or_one_of_a_whole_second_is_never_an_echo() {
        let (_, echoes) = echoes();
        for version in [None, Some("2026-03-01T12:00:00Z"), Some("~00ff")] {
            assert!(echoes.is_new(&change(0, "1", version)));
            assert!(echoes.is_new(&change(0, "1", version)));
        }
        assert!(echoes.is_new(&change(0, "1", Some("2026-03-01T12:00:00.25Z"))));
        assert!(!echoes.is_new(&change(0, "1", Some("2026-03-01T12:00:00.25Z"))));
    }

    #[test]
    fn an_echo_is_known_for_ten_minutes() {
        let (clock, echoes) = echoes();
        assert!(echoes.is_new(&change(0, "1", Some("7"))));
        clock.advance(WINDOW + Duration::from_secs(1));
        assert!(echoes.is_new(&change(0, "1", Some("7"))));
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let (_, echoes) = echoes();
        for number in 0..=MOST {
            assert!(echoes.is_new(&change(0, &number.to_string(), Some("7"))));
        }
        assert!(!echoes.is_new(&change(0, &MOST.to_string(), Some("7"))));
        assert!(echoes.is_new(&change(0, "0", Some("7"))), "the oldest made room");
    }
}
