//! What was shown to those who left: whoever comes back has to learn of its end.

use std::collections::HashSet;

use crate::model::RecordId;

/// How many records are known; with more than that, nobody who is away is told what changed, but to look again.
const MOST: usize = 16_384;

/// Records that were shown to somebody who listens no more.
#[derive(Default)]
pub(super) struct Left(HashSet<RecordId>);

impl Left {
    /// Adds a record. Where there is no room, all are forgotten, and the answer is `false`.
    #[must_use]
    pub(super) fn add(&mut self, id: RecordId) -> bool {
        let room = self.0.len() < MOST || self.0.contains(&id);
        if !room {
            self.0.clear();
        }
        self.0.insert(id);
        room
    }

    /// Whether the record was shown to somebody who left.
    pub(super) fn has(&self, id: &RecordId) -> bool {
        self.0.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntityId, Key, SourceId};

    #[test]
    fn so_many_are_known_and_then_none_but_the_newest() {
        let id = |number: usize| RecordId {
            entity: EntityId(0),
            source: SourceId(0),
            key: Key::new(&number.to_string()).unwrap(),
        };
        let mut left = Left::default();
        assert!((0..MOST).all(|number| left.add(id(number))));
        assert!(left.add(id(7)), "it is known already");
        assert!(!left.add(id(MOST)));
        assert!(left.has(&id(MOST)) && !left.has(&id(7)));
    }
}
