//! What has been heard of each record: a poll that finds it again has nothing to tell.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::echo::{is_end, is_fine};
use crate::model::{Change, EntityId, Key, SourceId};

/// How many records are remembered at most; what is told again of an older one is a read too many, and no harm.
const MOST: usize = 65_536;
/// The grain of systems that count in whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// How far a system's clock and this one may be apart for a change of a whole second to be known for certain.
const APART: SignedDuration = SignedDuration::from_secs(2);

type Id = (SourceId, EntityId, Key);

/// What was last heard of a record.
#[derive(Clone)]
struct Last {
    /// When it changed, by the system's own clock, where whoever told said so.
    at: Option<Timestamp>,
    version: Option<SmolStr>,
    /// The record was gone with it.
    ended: bool,
    /// When it was heard, by this clock: what is read afterwards has everything of before.
    heard: Timestamp,
    turn: u64,
}

#[derive(Default)]
struct Memory {
    by_record: HashMap<Id, Last>,
    order: VecDeque<(u64, Id)>,
    turn: u64,
}

/// By whose clock it is said when something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum WhoseClock {
    /// A gateway's: times of the system are not compared with it.
    #[default]
    Ours,
    /// The system's own.
    TheSystems,
}

/// The records of which something was heard lately.
#[derive(Default)]
pub(super) struct Heard(Mutex<Memory>);

/// Whether a change that was found has been told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has.
    Told,
    /// Something close to it has, and it may have been this: it is told again, and nobody is to blame.
    Perhaps,
    /// Nobody told of it.
    New,
}

impl Heard {
    /// Remembers a change that is heard `now`; by whose clock its time is is for the caller to say.
    pub(super) fn remember(&self, change: &Change, now: Timestamp, clock: WhoseClock) {
        let id = (change.source, change.entity, change.key.clone());
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = &mut *memory;
        memory.turn += 1;
        let turn = memory.turn;
        // A time that is still to come would let later changes pass for known.
        let at = (clock == WhoseClock::TheSystems).then(|| change.at.min(now));
        let last = memory.by_record.get(&id);
        let at = at.max(last.and_then(|last| last.at));
        let version = change.version.clone().or_else(|| last.and_then(|last| last.version.clone()));
        memory.order.push_back((turn, id.clone()));
        memory.by_record.insert(id, Last { at, version, ended: is_end(change), heard: now, turn });
        while memory.by_record.len() > MOST || memory.order.len() > 2 * MOST {
            let Some((turn, id)) = memory.order.pop_front() else { break };
            if memory.by_record.get(&id).is_some_and(|last| last.turn == turn) {
                memory.by_record.remove(&id);
            }
        }
    }

    /// Whether a change that was found has been told of; clocks, and what is found, may be behind by `lag`.
    pub(super) fn knows(&self, change: &Change, lag: Duration) -> Known {
        let id = (change.source, change.entity, change.key.clone());
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = memory.by_record.get(&id) else { return Known::New };
        let lag = SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX);
        // An end may have the version, and the time, of the last change before it.
        let is_other = is_end(change) && !last.ended;
        let same_version = last.version == change.version && !is_other;
        if same_version && change.version.as_deref().is_some_and(is_fine) {
            return Known::Told;
        }
        // A change of a whole second may have happened at its very end.
        let whole = change.at.subsec_nanosecond() == 0;
        let end = if whole { later(change.at, SECOND) } else { change.at };
        let covered = last.at.is_some_and(|at| end < at || (end == at && !is_other)) || later(end, lag) <= last.heard;
        let same_second = last.at == Some(change.at) && same_version && later(end, APART) <= last.heard;
        if covered || same_second {
            return Known::Told;
        }
        let close = last.at.is_some_and(|at| change.at <= later(at, lag)) || change.at <= later(last.heard, lag);
        if close { Known::Perhaps } else { Known::New }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChangeKind;

    const LAG: Duration = Duration::from_secs(60);

    fn change(key: &str, at: &str, version: Option<&str>) -> Change {
        Change {
            source: SourceId(0),
            entity: EntityId(0),
            key: Key::new(key).unwrap(),
            kind: ChangeKind::Updated,
            version: version.map(Into::into),
            parents: Vec::new(),
            touches: Vec::new(),
            at: time(at),
        }
    }

    fn time(at: &str) -> Timestamp {
        format!("2026-03-01T{at}Z").parse().unwrap()
    }

    /// What is known of a change, after one was told of by the system's own time and heard at a moment.
    fn known(told: (&str, &str), found: &str) -> Known {
        let heard = Heard::default();
        heard.remember(&change("1", told.0, None), time(told.1), WhoseClock::TheSystems);
        heard.knows(&change("1", found, None), LAG)
    }

    #[test]
    fn of_a_record_that_nobody_spoke_of_every_change_is_new() {
        let heard = Heard::default();
        heard.remember(&change("1", "12:00:00.5", Some("3")), time("12:00:01"), WhoseClock::TheSystems);
        assert_eq!(heard.knows(&change("2", "12:00:00.5", Some("3")), LAG), Known::New);
    }

    #[test]
    fn what_happened_before_or_at_the_moment_that_was_told_of_is_told() {
        assert_eq!(known(("12:00:00.5", "12:00:01"), "12:00:00.5"), Known::Told);
        assert_eq!(known(("12:00:00.5", "12:00:01"), "11:59:59.9"), Known::Told);
    }

    #[test]
    fn what_happened_long_after_is_new_and_soon_after_it_may_be_the_same() {
        assert_eq!(known(("12:00:00.5", "12:00:01"), "12:01:01.5"), Known::New);
        assert_eq!(known(("12:00:00.5", "12:00:01"), "12:00:00.6"), Known::Perhaps);
    }

    #[test]
    fn what_was_read_long_after_a_change_has_it() {
        assert_eq!(known(("12:00:00.5", "12:10:00"), "12:08:59.9"), Known::Told);
        assert_eq!(known(("12:00:00.5", "12:10:00"), "12:09:01.1"), Known::Perhaps, "clocks may differ by a minute");
    }

    #[test]
    fn two_changes_of_one_whole_second_are_not_taken_for_one() {
        assert_eq!(known(("12:00:00", "12:00:00.8"), "12:00:00"), Known::Perhaps);
        assert_eq!(known(("12:00:00", "12:00:03"), "12:00:00"), Known::Told, "heard when the second was over");
        assert_eq!(known(("12:00:01", "12:00:01"), "12:00:00"), Known::Told, "the second after it was told of");
    }

    #[test]
    fn the_same_version_is_the_same_change_unless_it_is_a_whole_second() {
        let heard = Heard::default();
        heard.remember(&change("1", "12:00:00", Some("7")), time("12:00:00"), WhoseClock::Ours);
        assert_eq!(heard.knows(&change("1", "12:00:00", Some("7")), LAG), Known::Told);
        assert_eq!(heard.knows(&change("1", "12:30:00", Some("8")), LAG), Known::New);
        heard.remember(
            &change("2", "12:00:00", Some("2026-03-01T12:00:00Z")),
            time("12:00:00"),
            WhoseClock::TheSystems,
        );
        let again = change("2", "12:00:00", Some("2026-03-01T12:00:00Z"));
        assert_eq!(heard.knows(&again, LAG), Known::Perhaps);
    }

    #[test]
    fn an_end_is_not_taken_for_the_last_change_though_it_has_its_version_and_its_time() {
        let heard = Heard::default();
        for version in [None, Some("7")] {
            let end = Change { kind: ChangeKind::Deleted, ..change("1", "12:00:00.5", version) };
            heard.remember(&change("1", "12:00:00.5", version), time("12:00:01"), WhoseClock::TheSystems);
            assert_eq!(heard.knows(&end, LAG), Known::Perhaps);
            heard.remember(&end, time("12:00:02"), WhoseClock::TheSystems);
            assert_eq!(heard.knows(&end, LAG), Known::Told);
        }
    }

    #[test]
    fn a_time_that_is_still_to_come_hides_nothing() {
        assert_eq!(known(("23:59:59.5", "12:00:00"), "12:01:00.5"), Known::New);
    }

    #[test]
    fn a_time_of_our_own_clock_is_not_compared_with_the_systems() {
        let heard = Heard::default();
        heard.remember(&change("1", "12:00:10.5", None), time("12:00:10.5"), WhoseClock::Ours);
        // The system's clock is ten seconds behind: this happened after ours.
        assert_eq!(heard.knows(&change("1", "12:00:05.5", None), LAG), Known::Perhaps);
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let heard = Heard::default();
        for number in 0..=MOST {
            heard.remember(&change(&number.to_string(), "12:00:00.5", None), time("12:00:01"), WhoseClock::TheSystems);
        }
        assert_eq!(heard.knows(&change("0", "12:00:00.5", None), LAG), Known::New);
        assert_eq!(heard.knows(&change("1", "12:00:00.5", None), LAG), Known::Told);
        let memory = heard.0.lock().unwrap();
        assert_eq!((memory.by_record.len(), memory.order.len()), (MOST, MOST));
    }

    #[test]
    fn one_record_that_changes_all_the_time_does_not_grow_the_memory() {
        let heard = Heard::default();
        for _ in 0..3 * MOST {
            heard.remember(&change("1", "12:00:00.5", None), time("12:00:01"), WhoseClock::TheSystems);
        }
        let memory = heard.0.lock().unwrap();
        assert_eq!(memory.by_record.len(), 1);
        assert!(memory.order.len() <= 2 * MOST);
    }
}
