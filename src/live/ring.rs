//! The last changes, by number: what a subscriber missed that was away for a moment.

use std::collections::VecDeque;

use crate::model::Change;

/// How many changes are kept.
pub(super) const MOST: usize = 4_096;

/// The last changes of a tenant. Numbers begin at 1 and never repeat in a process.
#[derive(Default)]
pub(super) struct Ring {
    last: u64,
    changes: VecDeque<Change>,
}

impl Ring {
    /// Adds a change; answers its number.
    pub(super) fn push(&mut self, change: Change) -> u64 {
        if self.changes.len() >= MOST {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
        self.last += 1;
        self.last
    }

    /// Something was missed: nobody who was here before is told what happened since.
    pub(super) fn cut(&mut self) {
        self.changes.clear();
        self.last += 1;
    }

    /// The number of the newest change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Everything behind that number, oldest first; `None` where some of it is not kept any more, or was never told.
    pub(super) fn after(&self, number: u64) -> Option<Vec<(u64, Change)>> {
        let missed = usize::try_from(self.last.checked_sub(number)?).ok()?;
        let from = self.changes.len().checked_sub(missed)?;
        Some((number + 1..).zip(self.changes.iter().skip(from).cloned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChangeKind, EntityId, Key, SourceId};

    fn change(number: usize) -> Change {
        Change {
            source: SourceId(0),
            entity: EntityId(0),
            key: Key::new(&number.to_string()).unwrap(),
            kind: ChangeKind::Updated,
            version: None,
            parents: Vec::new(),
            touches: Vec::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_was_missed_is_told_or_that_it_cannot_be() {
        let mut ring = Ring::default();
        assert_eq!(ring.after(0).map(|all| all.len()), Some(0));
        assert!(ring.after(1).is_none(), "a number that was never given");
        for number in 1..=MOST + 10 {
            assert_eq!(ring.push(change(number)), number as u64);
        }
        let behind = |number: usize| ring.after(number as u64);
        assert_eq!(behind(MOST + 10), Some(Vec::new()));
        let two: Vec<_> = behind(MOST + 8).unwrap().into_iter().map(|(number, change)| (number, change.key)).collect();
        let expected = [MOST + 9, MOST + 10].map(|number| (number as u64, Key::new(&number.to_string()).unwrap()));
        assert_eq!(two, expected);
        assert_eq!(behind(10).map(|all| all.len()), Some(MOST));
        assert_eq!(behind(9), None);
        ring.cut();
        assert_eq!(ring.after(MOST as u64 + 10), None, "something was missed since");
        assert_eq!(ring.after(MOST as u64 + 11), Some(Vec::new()), "nothing was since");
    }
}
