//! The last changes, by number: what a subscriber missed that was away for a moment.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

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
    /// When it came, by this process's clock: what was read later has it.
    came: Timestamp,
    /// What the record was before has been compared with what it is: if that was its end for somebody, `ended` says so.
    compared: bool,
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
    /// Adds a change, and when it came; answers its number.
    pub(super) fn push(&mut self, change: Change, came: Timestamp) -> u64 {
        if self.changes.len() >= MOST {
            self.changes.pop_front();
        }
        self.changes.push_back(Kept { change, came, compared: false, ended: false });
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
        let mut records: HashMap<_, (bool, bool)> = HashMap::new();
        for Kept { change, ended, .. } in self.changes.iter().skip(from) {
            let (is_new, has_ended) = records.entry(id(change)).or_default();
            *is_new |= change.kind == ChangeKind::Created;
            // Whoever it was the end for has not heard of it by a later change either.
            *has_ended |= *ended;
        }
        let mut all = Vec::with_capacity(records.len());
        // Of each record the last one comes first.
        for (number, Kept { change, .. }) in (number + 1..=self.last).rev().zip(self.changes.iter().rev()) {
            let Some((is_new, ended)) = records.remove(&id(change)) else { continue };
            let kind = if is_new { ChangeKind::Created } else { change.kind };
            all.push(Missed { number, change: Change { kind, ..change.clone() }, ended });
        }
        all.reverse();
        Some(all)
    }

    /// Notes that with that change the record came to its end for somebody.
    pub(super) fn end(&mut self, number: u64) {
        let Some(at) = number.checked_sub(1).and_then(|before| self.place(before)) else { return };
        let mut behind = self.changes.iter_mut().skip(at);
        let Some(Kept { change, ended, .. }) = behind.next() else { return };
        *ended = true;
        behind.filter(|kept| id(&kept.change) == id(change)).for_each(|kept| kept.ended = true);
    }

    /// Whether with that change, or before it, the record came to its end for somebody.
    pub(super) fn has_ended(&self, number: u64) -> bool {
        let at = number.checked_sub(1).and_then(|before| self.place(before));
        at.and_then(|at| self.changes.get(at)).is_some_and(|kept| kept.ended)
    }

    /// Whether what was read of a record at that time is what it was before its changes behind one number, up to another. It
    /// is, where it is from before the first of them that has not been compared.
    pub(super) fn is_before(&self, (after, number): (u64, u64), change: &Change, read: Timestamp) -> bool {
        let (Some(from), Some(to)) = (self.place(after), self.place(number)) else { return false };
        let mut own = self.changes.iter().take(to).skip(from).filter(|kept| id(&kept.change) == id(change));
        own.find(|kept| !kept.compared).is_none_or(|kept| read <= kept.came)
    }

    /// Notes that what the record was before these changes of it has been compared with what it is.
    pub(super) fn compare(&mut self, (after, number): (u64, u64), change: &Change) {
        let (Some(from), Some(to)) = (self.place(after), self.place(number)) else { return };
        let own = self.changes.iter_mut().take(to).skip(from).filter(|kept| id(&kept.change) == id(change));
        own.for_each(|kept| kept.compared = true);
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
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Changes of these records; each came a second after the one before.
    fn ring(records: &[usize]) -> Ring {
        let mut ring = Ring::default();
        for (second, number) in (1..).zip(records) {
            ring.push(change(*number), at(second));
        }
        ring
    }

    #[test]
    fn what_was_missed_is_told_or_that_it_cannot_be() {
        let mut ring = Ring::default();
        assert_eq!(ring.after(0).map(|all| all.len()), Some(0));
        assert!(ring.after(1).is_none(), "a number that was never given");
        for number in 1..=MOST + 10 {
            assert_eq!(ring.push(change(number), at(0)), number as u64);
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
        ring.push(Change { kind: ChangeKind::Created, ..change(1) }, at(0));
        ring.push(change(2), at(0));
        ring.push(change(1), at(0));
        let told = |ring: &Ring, after| {
            let all = ring.after(after).unwrap().into_iter();
            all.map(|one| (one.number, one.change.kind)).collect::<Vec<_>>()
        };
        assert_eq!(told(&ring, 0), [(2, ChangeKind::Updated), (3, ChangeKind::Created)]);
        assert_eq!(told(&ring, 1), [(2, ChangeKind::Updated), (3, ChangeKind::Updated)], "that it is new was heard");
    }

    #[test]
    fn an_end_stays_with_the_record_for_whoever_was_away() {
        let mut ring = ring(&[1, 2, 1]);
        ring.end(1);
        assert_eq!([1, 2, 3].map(|number| ring.has_ended(number)), [true, false, true]);
        let ended = |ring: &Ring, after| {
            ring.after(after).unwrap().into_iter().map(|one| (one.number, one.ended)).collect::<Vec<_>>()
        };
        assert_eq!(ended(&ring, 0), [(2, false), (3, true)]);
        ring.cut();
        ring.end(1);
        assert!(!ring.has_ended(1) && !ring.has_ended(0) && !ring.has_ended(9));
    }

    #[test]
    fn an_end_stays_with_the_record_though_it_changed_again_since() {
        let mut ring = ring(&[1, 2]);
        ring.end(1);
        ring.push(change(1), at(3));
        let ended =
            |after| ring.after(after).unwrap().into_iter().map(|one| (one.number, one.ended)).collect::<Vec<_>>();
        assert_eq!(ended(0), [(2, false), (3, true)]);
        assert_eq!(ended(1), [(2, false), (3, false)], "of the end was heard");
    }

    #[test]
    fn what_was_read_behind_a_change_is_not_what_was_before_it() {
        let mut ring = ring(&[1, 2, 1, 2]);
        let is_before = |ring: &Ring, behind, second| ring.is_before(behind, &change(1), at(second));
        assert!(is_before(&ring, (2, 3), 3), "before the one change");
        assert!(!is_before(&ring, (2, 3), 4));
        assert!(is_before(&ring, (0, 4), 1), "before the first of both");
        assert!(!is_before(&ring, (0, 4), 2));
        ring.compare((0, 1), &change(1));
        assert!(is_before(&ring, (0, 4), 3), "the first makes no difference any more");
        assert!(!is_before(&ring, (0, 4), 4));
        ring.compare((0, 4), &change(1));
        assert!(is_before(&ring, (0, 4), 9), "neither does the second");
        assert!(!ring.is_before((0, 4), &change(2), at(3)), "another record's do");
        ring.cut();
        assert!(!is_before(&ring, (0, 4), 1), "nothing is known any more");
    }
}
