//! A parent that a system knows by several keys: their lists, read one by one, as one list.

use std::cmp::Ordering;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::page::Paged;
use crate::model::{Key, Position, Wire};

/// Where the list of one key goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind this position; at the beginning where there is none.
    Behind(Option<Position>),
    /// Nowhere: it was read to its end.
    End,
}

/// One key's rows.
pub(super) struct PartList<T> {
    pub(super) key: Key,
    pub(super) from: Place,
    pub(super) paged: Paged<T>,
}

/// Which of two rows comes first.
pub(super) type Before<'a, T> = dyn Fn(&T, &T) -> Ordering + 'a;

/// Where each key's list goes on, behind a composite position.
pub(super) fn places(keys: &[Key], after: Option<&Position>) -> Vec<Place> {
    let token = after.and_then(|position| position.token.as_deref());
    let map: serde_json::Value = token.and_then(|token| serde_json::from_str(token).ok()).unwrap_or_default();
    let place = |key: &Key| match map.get(key.as_str()) {
        None => Place::Behind(None),
        Some(serde_json::Value::Null) => Place::End,
        Some(place) => {
            let token = place.get(0).and_then(|token| token.as_str()).map(Arc::from);
            let skip = place.get(1).and_then(serde_json::Value::as_u64).and_then(|skip| u32::try_from(skip).ok());
            Place::Behind(Some(Position { token, skip: skip.unwrap_or(0) }))
        }
    };
    keys.iter().map(place).collect()
}

/// The first rows of several lists. With an order, the least row comes first; without one, one list comes after another.
pub(super) fn merge<T>(parts: Vec<PartList<T>>, first: u32, order: Option<&Before<T>>) -> Paged<T> {
    let mut state: Vec<(Key, Place)> = Vec::new();
    let mut lists = Vec::new();
    let mut total = Some(0);
    for part in parts {
        total = total.and_then(|sum: u64| Some(sum + part.paged.total?));
        let ended = part.paged.rows.is_empty() && !part.paged.has_next;
        state.push((part.key, if ended { Place::End } else { part.from }));
        let mut rows: std::collections::VecDeque<(T, Position)> = part.paged.rows.into();
        rows.make_contiguous();
        lists.push((rows, part.paged.has_next));
    }
    let mut rows = Vec::new();
    let wanted = usize::try_from(first).unwrap_or(usize::MAX);
    while rows.len() < wanted {
        let Some(at) = least(&lists, order) else { break };
        let Some((list, more)) = lists.get_mut(at) else { break };
        let Some((row, position)) = list.pop_front() else { break };
        if let Some((_, place)) = state.get_mut(at) {
            *place = if list.is_empty() && !*more { Place::End } else { Place::Behind(Some(position)) };
        }
        rows.push((row, Position { token: Some(token(&state)), skip: 0 }));
    }
    let has_next = lists.iter().any(|(list, more)| *more || !list.is_empty());
    Paged { rows, has_next, total }
}

type Lists<T> = [(std::collections::VecDeque<(T, Position)>, bool)];

/// Which list the next row is taken from; none where the next row of a list that may come first is not known yet.
fn least<T>(lists: &Lists<T>, order: Option<&Before<T>>) -> Option<usize> {
    let mut best: Option<(usize, &T)> = None;
    for (at, (list, more)) in lists.iter().enumerate() {
        match (list.front(), order) {
            (None, _) if *more => return None,
            (None, _) => {}
            (Some(_), None) => return Some(at),
            (Some((row, _)), Some(order)) => {
                if best.is_none_or(|(_, other)| order(row, other) == Ordering::Less) {
                    best = Some((at, row));
                }
            }
        }
    }
    best.map(|(at, _)| at)
}

fn token(state: &[(Key, Place)]) -> Arc<str> {
    let mut map = serde_json::Map::new();
    for (key, place) in state {
        let value = match place {
            Place::Behind(None) => continue,
            Place::End => serde_json::Value::Null,
            Place::Behind(Some(position)) => serde_json::json!([position.token, position.skip]),
        };
        map.insert(key.as_str().to_owned(), value);
    }
    Arc::from(serde_json::Value::Object(map).to_string())
}

/// Compares two values of a column as the system orders them: numbers (and times that are numbers) by size, other text by
/// its characters; what is not there comes last.
pub(super) fn compare(a: &Wire, b: &Wire, descending: bool) -> Ordering {
    let (a, b) = (a.as_text(), b.as_text());
    let (a, b) = match (a.filter(|text| !text.is_empty()), b.filter(|text| !text.is_empty())) {
        (Some(a), Some(b)) => (a, b),
        (None, Some(_)) => return Ordering::Greater,
        (Some(_), None) => return Ordering::Less,
        (None, None) => return Ordering::Equal,
    };
    let up = match (number(&a), number(&b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(&b),
    };
    if descending { up.reverse() } else { up }
}

/// The number in a text, or in `/Date(1770076800000+0060)/`: there the offset says only where the time was written.
fn number(text: &str) -> Option<Decimal> {
    let inner = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/"));
    let offset = |inner: &str| inner.get(1..).and_then(|rest| rest.find(['+', '-'])).map(|at| at + 1);
    let digits = inner.map(|inner| offset(inner).and_then(|at| inner.get(..at)).unwrap_or(inner));
    digits.unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(key: &str, rows: &[&str], has_next: bool) -> PartList<Wire> {
        let position = |at: usize| Position { token: Some(Arc::from(format!("{key}{at}"))), skip: 0 };
        let rows = rows.iter().enumerate().map(|(at, row)| (Wire::Text((*row).into()), position(at))).collect();
        let paged = Paged { rows, has_next, total: Some(5) };
        PartList { key: Key::new(key).unwrap(), from: Place::Behind(None), paged }
    }

    fn texts(paged: &Paged<Wire>) -> Vec<String> {
        paged.rows.iter().map(|(row, _)| row.as_text().unwrap().into_owned()).collect()
    }

    #[test]
    fn the_least_row_comes_first() {
        let order = |a: &Wire, b: &Wire| compare(a, b, true);
        let parts = vec![list("a", &["9", "4"], true), list("b", &["10", "7"], false)];
        let paged = merge(parts, 3, Some(&order));
        assert_eq!(texts(&paged), ["10", "9", "7"]);
        assert_eq!((paged.has_next, paged.total), (true, Some(10)));
    }

    #[test]
    fn every_row_is_a_cursor_into_each_list() {
        let keys = [Key::new("a").unwrap(), Key::new("b").unwrap()];
        let paged = merge(vec![list("a", &["1"], false), list("b", &["2", "3"], true)], 2, None);
        let behind = places(&keys, Some(&paged.rows[1].1));
        let b0 = Position { token: Some(Arc::from("b0")), skip: 0 };
        assert_eq!(behind, [Place::End, Place::Behind(Some(b0))]);
        assert_eq!(places(&keys, None), [Place::Behind(None), Place::Behind(None)]);
    }

    #[test]
    fn nothing_is_taken_past_what_is_not_known_yet() {
        let paged = merge(vec![list("a", &["1"], true), list("b", &["2"], false)], 5, None);
        assert_eq!((texts(&paged), paged.has_next), (vec!["1".to_owned()], true));
    }

    #[test]
    fn times_compare_as_numbers() {
        let wire = |text: &str| Wire::Text(text.into());
        assert_eq!(compare(&wire("/Date(999)/"), &wire("/Date(1000+0060)/"), false), Ordering::Less);
        assert_eq!(compare(&wire("2026-02-01"), &wire("2026-01-31"), false), Ordering::Greater);
        assert_eq!(compare(&Wire::Null, &wire("1"), true), Ordering::Greater);
        for odd in ["/Date()/", "/Date(é)/", "/Date(é+1)/", "/Date(", "/Date()/+"] {
            assert_eq!(compare(&wire(odd), &wire(odd), false), Ordering::Equal, "{odd}");
        }
    }
}
