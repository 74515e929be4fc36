//! A list that its system does not give in the order wanted: read to its end within the bound of figures, and ordered here.
//!
//! A position in it is what the row was ordered by: the list is read anew for the next page, which begins behind that.

use std::cmp::Ordering;
use std::collections::HashSet;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::beyond::Through;
use super::lists::Answered;
use super::merge::{Rank, ordered};
use super::run::Run;
use super::sides::{Side, Wanted, each_once};
use crate::error::{Code, Error};
use crate::model::{FieldId, Key, Parent, Position};
use crate::plan::FIGURE_ROWS;

/// By what a list is ordered.
#[derive(Clone, Copy)]
pub(super) struct By {
    pub(super) field: FieldId,
    pub(super) descending: bool,
}

/// What a row is ordered by; ties are broken by key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    rank: Option<Rank>,
    key: Key,
}

impl<'a> Run<'a> {
    /// The rows of a side behind each wanted position, in order.
    pub(super) async fn whole(&self, side: &Side<'_, '_>, wanted: Vec<Wanted>, by: By) -> Vec<Answered> {
        let from_the_beginning = wanted.iter().map(|wanted| {
            let parent = wanted.parent.clone()?;
            Ok(parent.map(|parent| Parent { after: None, ..parent }))
        });
        let (parents, places) = each_once(from_the_beginning);
        let pages = self.pages(side, parents).await;
        let mut answers = Vec::with_capacity(wanted.len());
        for (wanted, at) in wanted.iter().zip(places) {
            let page = at.and_then(|at| at.and_then(|at| pages.get(at).cloned()).transpose());
            answers.push(match page {
                Ok(None) => Ok(None),
                Err(error) => Err(error),
                Ok(Some(page)) => {
                    let mut verdicts = self.checked(side, &page, wanted.expect).await.into_iter();
                    let mut through = Through::of(None, wanted.doubt);
                    through.take(&page, &mut verdicts);
                    self.in_order(through, wanted, by).map(Some)
                }
            });
        }
        answers
    }

    /// The rows in order, from the wanted position on.
    fn in_order(&self, mut through: Through, wanted: &Wanted, by: By) -> Result<Through, Error> {
        if through.has_next {
            return Err(past_the_bound());
        }
        let strange = || Error::public(Code::BadUserInput, "This is not a cursor of this list.");
        let after = wanted.parent.as_ref().ok().and_then(|parent| parent.as_ref()?.after.as_ref());
        let after = after.map(|position| Spot::read(position).ok_or_else(strange)).transpose()?;
        // A list that moves between two of its pages may show a row twice.
        let mut seen = HashSet::new();
        let mut rows: Vec<_> = std::mem::take(&mut through.rows)
            .into_iter()
            .filter(|row| seen.insert(row.record.key.clone()))
            .map(|row| (Spot { rank: self.rank(&row.record, by.field), key: row.record.key.clone() }, row))
            .filter(|(spot, _)| after.as_ref().is_none_or(|after| spot.compare(after, by) == Ordering::Greater))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.compare(other, by));
        through.rows = rows
            .into_iter()
            .map(|(spot, mut row)| {
                row.behind = spot.position().into();
                row
            })
            .collect();
        Ok(through)
    }
}

impl Spot {
    fn compare(&self, other: &Self, by: By) -> Ordering {
        let ranks = ordered(self.rank.as_ref(), other.rank.as_ref(), by.descending);
        ranks.then_with(|| self.key.as_str().cmp(other.key.as_str()))
    }

    fn position(&self) -> Position {
        let key = self.key.as_str();
        let text = match &self.rank {
            None => format!("-;{key}"),
            Some(Rank::At(at)) => format!("a{};{key}", at.as_nanosecond()),
            Some(Rank::Number(number)) => format!("n{number};{key}"),
        };
        Position { token: Some(text.into()), skip: 0 }
    }

    fn read(position: &Position) -> Option<Self> {
        let (rank, key) = position.token.as_deref()?.split_once(';')?;
        let key = Key::read(key)?;
        let rank = match rank.split_at_checked(1)? {
            ("-", "") => None,
            ("a", nanoseconds) => Some(Rank::At(Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok()?)),
            ("n", number) => Some(Rank::Number(number.parse::<Decimal>().ok()?)),
            _ => return None,
        };
        Some(Self { rank, key })
    }
}

fn past_the_bound() -> Error {
    let message = format!(
        "One of the lists has more than {FIGURE_ROWS} records, and its system does not give them in order of time; ask for \
         that list itself, page by page."
    );
    Error::public(Code::QueryTooCostly, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_position_comes_back(nanoseconds: i64, digits: i64, which in 0u8..3, key in "[a-z;\\-]{1,20}") {
            let rank = match which {
                0 => None,
                1 => Some(Rank::At(Timestamp::from_nanosecond(nanoseconds.into()).unwrap())),
                _ => Some(Rank::Number(Decimal::new(digits, 2))),
            };
            let spot = Spot { rank, key: Key::new(&key).unwrap() };
            prop_assert_eq!(Spot::read(&spot.position()), Some(spot));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-an;0-9é]{0,40}") {
            Spot::read(&Position { token: Some(text.into()), skip: 0 });
        }
    }
}
