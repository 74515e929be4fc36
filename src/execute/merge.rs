//! Several lists shown as one: page by page from each, with a cursor that says how far each of them has come.
//!
//! Which list the next row is taken from is a strategy ([`Interleave`]); nothing else here knows of orders. The merged
//! rows do not depend on where pages are cut: a row is only taken while the next row of every list is known.

use std::cmp::Ordering;
use std::collections::VecDeque;

use jiff::Timestamp;
use rust_decimal::Decimal;
use smallvec::{SmallVec, smallvec};

use crate::model::Position;

/// Which list the next row is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interleave {
    /// The one whose next row ranks first; of equals the first list. Rows without a rank come last.
    ByRank {
        /// Greatest first.
        descending: bool,
    },
    /// One after the other: they have no order in common.
    InTurn,
}

/// What a row is ordered by, where several systems are to agree on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    At(Timestamp),
    Number(Decimal),
}

/// How far one list has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing of it was taken.
    Begin,
    /// Everything up to there was taken.
    Behind(Position),
    /// It is over.
    Over,
}

/// How far all of them have come, and whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) each: SmallVec<[Place; 1]>,
    pub(super) turn: usize,
}

/// One of the lists, as far as it was read.
pub(super) struct Strand<T> {
    /// The rows that were read, each with the position behind it.
    pub(super) rows: VecDeque<(T, Option<Rank>, Position)>,
    /// Whether there are more behind them.
    pub(super) more: bool,
    /// It did not answer: it stays where it is.
    pub(super) missing: bool,
}

/// A page of the merged list.
pub(super) struct Merged<T> {
    /// Each row with how far all lists have come behind it.
    pub(super) rows: Vec<(T, Places)>,
    /// Whether the lists that answered have more.
    pub(super) has_next: bool,
    /// How far all lists have come behind the page.
    pub(super) end: Places,
}

/// Takes a page of at most `first` rows; `strands` are parallel to the places they were read from.
pub(super) fn merge<T>(mut strands: Vec<Strand<T>>, from: Places, by: (Interleave, usize)) -> Merged<T> {
    let (interleave, first) = by;
    let mut places = from;
    for (strand, place) in strands.iter().zip(&mut places.each) {
        if !strand.missing && strand.rows.is_empty() && !strand.more {
            *place = Place::Over;
        }
    }
    let mut rows = Vec::new();
    while rows.len() < first {
        // The next row could be of a list that has to be read on first.
        if strands.iter().any(|strand| strand.rows.is_empty() && strand.more) {
            break;
        }
        let Some(at) = interleave.next(&strands, places.turn) else { break };
        let Some((strand, place)) = strands.get_mut(at).zip(places.each.get_mut(at)) else { break };
        let Some((row, _, position)) = strand.rows.pop_front() else { break };
        let over = strand.rows.is_empty() && !strand.more;
        *place = if over { Place::Over } else { Place::Behind(position) };
        places.turn = at + 1;
        rows.push((row, places.clone()));
    }
    let has_next = strands.iter().any(|strand| strand.more || !strand.rows.is_empty());
    Merged { rows, has_next, end: places }
}

impl Interleave {
    fn next<T>(self, strands: &[Strand<T>], turn: usize) -> Option<usize> {
        let ready = |at: &usize| strands.get(*at).is_some_and(|strand| !strand.rows.is_empty());
        match self {
            Self::InTurn => {
                let begin = turn % strands.len().max(1);
                (begin..strands.len()).chain(0..begin).find(ready)
            }
            Self::ByRank { descending } => {
                let rank = |at: usize| strands.get(at)?.rows.front()?.1.as_ref();
                // Of equals, the first is the least.
                (0..strands.len()).filter(ready).min_by(|one, other| ordered(rank(*one), rank(*other), descending))
            }
        }
    }
}

/// Which of two rows comes first by their ranks; those without one come last.
pub(super) fn ordered(one: Option<&Rank>, other: Option<&Rank>, descending: bool) -> Ordering {
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) if descending => other.cmp(one),
        (Some(one), Some(other)) => one.cmp(other),
    }
}

impl Places {
    /// All of them at their beginning.
    pub(super) fn begin(count: usize) -> Self {
        Self { each: smallvec![Place::Begin; count], turn: 0 }
    }

    /// The same as one position: each list's own inside it, with its length before it.
    pub(super) fn position(&self) -> Position {
        let mut text = format!("{};", self.turn);
        for place in &self.each {
            match place {
                Place::Begin => text.push('b'),
                Place::Over => text.push('o'),
                Place::Behind(Position { token: None, skip }) => text.push_str(&format!("n{skip};")),
                Place::Behind(Position { token: Some(token), skip }) => {
                    text.push_str(&format!("t{skip};{};{token}", token.len()));
                }
            }
        }
        Position { token: Some(text.into()), skip: 0 }
    }

    /// The places in a position of a merged list of `count` lists; `None` where it is none.
    pub(super) fn read(position: &Position, count: usize) -> Option<Self> {
        let mut rest = position.token.as_deref()?;
        let turn = number(&mut rest)?;
        let mut each = SmallVec::with_capacity(count);
        while let Some(kind) = rest.chars().next() {
            rest = rest.get(kind.len_utf8()..)?;
            each.push(match kind {
                'b' => Place::Begin,
                'o' => Place::Over,
                'n' => Place::Behind(Position { token: None, skip: number(&mut rest)?.try_into().ok()? }),
                't' => {
                    let skip = number(&mut rest)?.try_into().ok()?;
                    let length = number(&mut rest)?;
                    let (token, after) = rest.split_at_checked(length)?;
                    rest = after;
                    Place::Behind(Position { token: Some(token.into()), skip })
                }
                _ => return None,
            });
        }
        (each.len() == count).then_some(Self { each, turn })
    }
}

/// The number before the next semicolon.
fn number(rest: &mut &str) -> Option<usize> {
    let (number, after) = rest.split_once(';')?;
    *rest = after;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn behind(skip: u32) -> Position {
        Position { token: None, skip }
    }

    fn strand(rows: &[&'static str], more: bool) -> Strand<&'static str> {
        let rows = rows.iter().zip(1u32..).map(|(row, skip)| (*row, None, behind(skip)));
        Strand { rows: rows.collect(), more, missing: false }
    }

    fn taken(merged: &Merged<&'static str>) -> Vec<&'static str> {
        merged.rows.iter().map(|(row, _)| *row).collect()
    }

    #[test]
    fn rows_are_taken_in_turn_and_the_next_page_goes_on_with_whose_turn_it_is() {
        let strands = vec![strand(&["a1", "a2", "a3"], false), strand(&[], false), strand(&["c1"], false)];
        let first = merge(strands, Places::begin(3), (Interleave::InTurn, 3));
        assert_eq!((taken(&first), first.has_next), (vec!["a1", "c1", "a2"], true));
        assert_eq!(*first.end.each, [Place::Behind(behind(2)), Place::Over, Place::Over]);
        let one = merge(vec![strand(&["a"], false), strand(&["b"], false)], Places::begin(2), (Interleave::InTurn, 1));
        assert_eq!(taken(&one), ["a"]);
        let two = merge(vec![strand(&[], false), strand(&["b"], false)], one.end, (Interleave::InTurn, 1));
        assert_eq!((taken(&two), two.has_next), (vec!["b"], false));
    }

    #[test]
    fn a_page_ends_where_the_next_row_is_not_known_yet() {
        let strands = vec![strand(&["a"], true), strand(&["b"], false)];
        let merged = merge(strands, Places::begin(2), (Interleave::ByRank { descending: true }, 9));
        assert_eq!((taken(&merged), merged.has_next), (vec!["a"], true));
    }

    fn place() -> impl Strategy<Value = Place> {
        let behind = (proptest::option::of("\\PC{0,40}"), any::<u32>());
        let behind = behind.prop_map(|(token, skip)| Place::Behind(Position { token: token.map(Into::into), skip }));
        prop_oneof![Just(Place::Begin), Just(Place::Over), behind]
    }

    proptest! {
        #[test]
        fn places_come_back(each in proptest::collection::vec(place(), 1..12), turn in 0usize..12) {
            let places = Places { each: each.into(), turn };
            let position = places.position();
            prop_assert_eq!(Places::read(&position, places.each.len() + 1), None);
            prop_assert_eq!(Places::read(&position, places.each.len()), Some(places));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[bnot;0-9é]{0,40}") {
            Places::read(&Position { token: Some(text.into()), skip: 0 }, 2);
        }
    }
}
