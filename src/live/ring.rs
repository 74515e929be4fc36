//! The last changes, by number: what a subscriber missed that was away for a moment.

use std::collections::{HashMap, VecDeque};

use crate::model::{Change, ChangeKind, EntityId, Key, SourceId};

/// How many changes are kept.
pub(super) const MOST: usize = 4_096;

/// The last changes of a tenant. Numbers begin at 1 and never repeat in a process.
#[derive(Default)]
pub(super) struct Ring {
    last: u64,
    changes: VecDeque<Kept>,
}

struct Kept {
    change: Change,
    /// With it, or before it, the record came to its end for somebody who had it: it is gone, or others' by now.
    ended: bool,
}

/// What was missed: the last change of each record, in their order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missed {
    pub(super) number: u64,
    pub(super) change: Change,
    /// The record came to its end for somebody who had it.
    pub(super) ended: bool,
}

impl Ring {
    /// Adds a change; answers its number.
    pub(super) fn push(&mut self, change: Change) -> u64 {
        if self.changes.len() >= MOST {
            self.changes.pop_front();
        }
        self.changes.push_back(Kept { change, ended: false });
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

    /// What happened behind that number, oldest first; `None` where some of it is not kept any more, or was never told.
    pub(super) fn after(&self, number: u64) -> Option<Vec<Missed>> {
        let from = self.place(number)?;
        let mut new: HashMap<_, bool> = HashMap::new();
        for Kept { change, .. } in self.changes.iter().skip(from) {
            *new.entry(id(change)).or_default() |= change.kind == ChangeKind::Created;
        }
        let mut all = Vec::with_capacity(new.len());
        // Of each record the last one comes first.
        for (number, Kept { change, ended }) in (number + 1..=self.last).rev().zip(self.changes.iter().rev()) {
            let Some(is_new) = new.remove(&id(change)) else { continue };
            let kind = if is_new { ChangeKind::Created } else { change.kind };
            all.push(Missed { number, change: Change { kind, ..change.clone() }, ended: *ended });
        }
        all.reverse();
        Some(all)
    }

    /// Notes that with that change the record came to its end for somebody.
    pub(super) fn end(&mut self, number: u64) {
        let Some(at) = number.checked_sub(1).and_then(|before| self.place(before)) else { return };
        let mut behind = self.changes.iter_mut().skip(at);
        let Some(Kept { change, ended }) = behind.next() else { return };
        *ended = true;
        behind.filter(|kept| id(&kept.change) == id(change)).for_each(|kept| kept.ended = true);
    }

    /// Whether with that change, or before it, the record came to its end for somebody.
    pub(super) fn has_ended(&self, number: u64) -> bool {
        let at = number.checked_sub(1).and_then(|before| self.place(before));
        at.and_then(|at| self.changes.get(at)).is_some_and(|kept| kept.ended)
    }

    /// Where what stands behind that number begins.
    fn place(&self, number: u64) -> Option<usize> {
        let behind = usize::try_from(self.last.checked_sub(number)?).ok()?;
        self.changes.len().checked_sub(behind)
    }
}

const fn id(change: &Change) -> (SourceId, EntityId, &Key) {
    (change.source, change.entity, &change.key)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let two: Vec<_> = behind(MOST + 8).unwrap().into_iter().map(|one| (one.number, one.change.key)).collect();
        let expected = [MOST + 9, MOST + 10].map(|number| (number as u64, Key::new(&number.to_string()).unwrap()));
        assert_eq!(two, expected);
        assert_eq!(behind(10).map(|all| all.len()), Some(MOST));
        assert_eq!(behind(9), None);
        ring.cut();
        assert_eq!(ring.after(MOST as u64 + 10), None, "something was missed since");
        assert_eq!(ring.after(MOST as u64 + 11), Some(Vec::new()), "nothing was since");
    }

    #[test]
    fn of_a_record_that_changed_often_the_last_change_is_told_and_that_it_is_new() {
        let mut ring = Ring::default();
        ring.push(Change { kind: ChangeKind::Created, ..change(1) });
        ring.push(change(2));
        ring.push(change(1));
        let told = |ring: &Ring, after| {
            let all = ring.after(after).unwrap().into_iter();
            all.map(|one| (one.number, one.change.kind)).collect::<Vec<_>>()
        };
        assert_eq!(told(&ring, 0), [(2, ChangeKind::Updated), (3, ChangeKind::Created)]);
        assert_eq!(told(&ring, 1), [(2, ChangeKind::Updated), (3, ChangeKind::Updated)], "that it is new was heard");
    }

    #[test]
    fn an_end_stays_with_the_record_for_whoever_was_away() {
        let mut ring = Ring::default();
        for number in [1, 2, 1] {
            ring.push(change(number));
        }
        ring.end(1);
        assert_eq!([1, 2, 3].map(|number| ring.has_ended(number)), [true, false, true]);
        let ended: Vec<_> = ring.after(0).unwrap().into_iter().map(|one| one.ended).collect();
        assert_eq!(ended, [false, true]);
        ring.cut();
        ring.end(1);
        assert!(!ring.has_ended(1) && !ring.has_ended(0) && !ring.has_ended(9));
    }
}
