//! Things in the order they came, each once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many are told apart by looking at each of them; more than that by a map.
const FEW: usize = 24;

/// Things in the order they came, each once, by their number.
#[derive(Debug)]
pub(super) struct Once<T> {
    all: Vec<T>,
    /// Empty as long as they are few.
    numbers: HashMap<T, usize>,
    /// Behind the last one that was found: mostly they are looked for in the order they came.
    next: AtomicUsize,
}

impl<T: Clone + Eq + Hash> Once<T> {
    /// None yet, with room for so many.
    pub(super) fn with_room(count: usize) -> Self {
        Self { all: Vec::with_capacity(count), numbers: HashMap::new(), next: AtomicUsize::new(0) }
    }

    /// The number of a thing, and whether it is new here.
    pub(super) fn take(&mut self, thing: &T) -> (usize, bool) {
        if let Some(number) = self.known(thing) {
            return (number, false);
        }
        let number = self.all.len();
        self.all.push(thing.clone());
        if number >= FEW {
            let known = self.numbers.len();
            let new = self.all.iter().enumerate().skip(known);
            self.numbers.extend(new.map(|(number, thing)| (thing.clone(), number)));
        }
        (number, true)
    }

    /// The number of a thing, where it is here.
    pub(super) fn find(&self, thing: &T) -> Option<usize> {
        let next = self.next.load(Ordering::Relaxed);
        let number = if self.all.get(next) == Some(thing) { next } else { self.known(thing)? };
        self.next.store(number + 1, Ordering::Relaxed);
        Some(number)
    }

    fn known(&self, thing: &T) -> Option<usize> {
        match self.numbers.is_empty() {
            true => self.all.iter().position(|known| known == thing),
            false => self.numbers.get(thing).copied(),
        }
    }

    /// All of them, by their numbers.
    pub(super) fn all(&self) -> &[T] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_told_apart_alike() {
        let mut once = Once::with_room(0);
        for round in 0..2 {
            for thing in 0..3 * FEW {
                assert_eq!(once.take(&thing), (thing, round == 0));
                assert_eq!(once.find(&(thing + 1)).is_some(), round > 0 && thing + 1 < 3 * FEW, "{thing}");
            }
        }
        assert!(once.all().iter().copied().eq(0..3 * FEW));
    }
}
