//! What keeps receivers from being told of one change twice: by our own write and by the system's webhook, or by the several
//! webhooks that a system has for one change.
//!
//! A version that is a time in whole seconds may stand for several changes. What is told when that second is over, and the
//! receiver reads then, covers all of them: so it waits that long, and whatever tells of the same version again is dropped.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::live::{Echoes, is_fine};
use crate::model::{Change, ChangeKind};

/// The rest of the second, and how far a system's clock and this one may be apart.
const SETTLES: SignedDuration = SignedDuration::from_secs(3);
/// The longest that anything waits: a version further ahead is of another clock than ours.
const LONGEST: Duration = Duration::from_secs(6);

/// Remembers what receivers have been told of.
pub(super) struct Once {
    clock: Arc<dyn Clock>,
    told: Echoes,
}

/// How a change is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Telling {
    /// After how long.
    pub(super) pause: Duration,
    /// Whether its version stands for everything that can still be told under it.
    pub(super) settled: bool,
}

impl Once {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self { clock: Arc::clone(clock), told: Echoes::new(Arc::clone(clock)) }
    }

    /// How a change is to be told; `None` where it has been, or soon will be.
    pub(super) fn telling(&self, change: &Change) -> Option<Telling> {
        let Some((version, pause)) = settles(change, self.clock.now()) else {
            return Some(Telling { pause: Duration::ZERO, settled: false });
        };
        // That a record is gone is said beside that it was different in the same second.
        let version = format!("{version}, {}", change.kind == ChangeKind::Deleted);
        let told = Change { version: Some(version.into()), parents: Vec::new(), touches: Vec::new(), ..change.clone() };
        self.told.is_new(&told).then_some(Telling { pause, settled: true })
    }
}

/// The version of a change, and how long it is until nothing else can have it.
fn settles(change: &Change, now: Timestamp) -> Option<(&str, Duration)> {
    let version = change.version.as_deref()?;
    if is_fine(version) {
        return Some((version, Duration::ZERO));
    }
    let over = version.parse::<Timestamp>().ok()?.checked_add(SETTLES).ok()?;
    let pause = Duration::try_from(over.duration_since(now)).unwrap_or_default();
    (pause <= LONGEST).then_some((version, pause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::model::{EntityId, Key, SourceId};

    const NOW: &str = "2026-03-10T12:00:00.25Z";

    fn change(version: &str, kind: ChangeKind) -> Change {
        Change {
            source: SourceId(1),
            entity: EntityId(2),
            key: Key::new("4711").unwrap(),
            kind,
            version: Some(version).filter(|version| !version.is_empty()).map(Into::into),
            parents: Vec::new(),
            touches: Vec::new(),
            at: NOW.parse().unwrap(),
        }
    }

    fn once() -> Once {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW.parse().unwrap()));
        Once::new(&clock)
    }

    #[test]
    fn a_version_of_a_whole_second_is_told_once_and_when_that_second_is_over() {
        let once = once();
        let telling = |version, kind| once.telling(&change(version, kind));
        let pause = Duration::from_millis(2_750);
        assert_eq!(telling("2026-03-10T12:00:00Z", ChangeKind::Created), Some(Telling { pause, settled: true }));
        assert_eq!(telling("2026-03-10T12:00:00Z", ChangeKind::Updated), None);
        assert!(telling("2026-03-10T12:00:01Z", ChangeKind::Updated).is_some());
        assert!(telling("2026-03-10T12:00:00Z", ChangeKind::Deleted).is_some());
        let at_once = Some(Telling { pause: Duration::ZERO, settled: true });
        assert_eq!(telling("2026-03-10T11:00:00Z", ChangeKind::Updated), at_once, "its second is long over");
        assert_eq!(telling("2026-03-10T11:00:00Z", ChangeKind::Updated), None);
    }

    #[test]
    fn what_no_version_tells_apart_is_told_every_time_and_at_once() {
        let once = once();
        let always = Some(Telling { pause: Duration::ZERO, settled: false });
        // The last is of a clock that is not ours.
        for version in ["", "2026-03-10T12:01:00Z"] {
            for _ in 0..2 {
                assert_eq!(once.telling(&change(version, ChangeKind::Updated)), always, "{version}");
            }
        }
        let fine = || once.telling(&change("2026-03-10T12:00:00.125Z", ChangeKind::Updated));
        assert_eq!(fine(), Some(Telling { pause: Duration::ZERO, settled: true }));
        assert_eq!(fine(), None);
    }
}
