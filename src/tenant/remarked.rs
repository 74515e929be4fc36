//! What operators are told once of each kind: a system that goes on sending what nobody wants fills no log.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The most kinds that are told apart; a system may name as many as it likes.
const MOST: usize = 500;

/// The kinds that have been told of.
#[derive(Debug, Default)]
pub(super) struct Remarked(Mutex<HashSet<Box<str>>>);

impl Remarked {
    /// Whether this is the first of its kind.
    pub(super) fn is_new(&self, kind: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.len() < MOST && !known.contains(kind) && known.insert(kind.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_new_once_and_there_are_only_so_many() {
        let remarked = Remarked::default();
        assert!(remarked.is_new("0") && !remarked.is_new("0"));
        let new = (0..2 * MOST).filter(|number| remarked.is_new(&number.to_string())).count();
        assert_eq!(new, MOST - 1);
    }
}
