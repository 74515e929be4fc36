//! Searches. OData has no words: a column holds a text or does not, and most services know capitals from small letters.
//! So each word is looked for as it was typed, in small letters, in capitals, and with one capital.
//!
//! Texts in several languages stand in a set of their own (one row for each language): it is searched for keys, by key from
//! the last one on, so that a record with two texts is found once, and then the records are read. Such a page is in the order
//! of its keys, rising or falling: no other can be had.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::abreast;
use super::super::errors::Failure;
use super::super::page::{Paged, Span};
use super::super::path::first;
use super::super::push::{Term, TermKind};
use super::super::wants::Wants;
use super::super::{Row, encode};
use super::filter::{ADDRESS, any, literal, property, write_literal};
use super::keyed::records;
use super::list::Listing;
use super::query::{Query, switches};
use super::read::{kind, made};
use super::selected::Selected;
use crate::connector::{Path, Read};
use crate::expr::words;
use crate::model::{Key, Parent, Position, Wire};

/// The most words that are looked for.
const WORDS: usize = 6;
/// The letters that are looked for of a word that no address holds.
const LETTERS: usize = 40;
/// The most pages of keys that are read for one page of records.
const PAGES: u32 = 5;
/// The fewest keys that are read at once.
const FEWEST: u32 = 20;
/// What of an address the words leave for everything else.
const REST: usize = 1536;

/// A test for each word, as far as the address holds them: what is left out makes the answer wider.
pub(super) fn tests((columns, phrase): (&[Arc<str>], &str), version: u8) -> Vec<String> {
    let mut room = ADDRESS - REST;
    let mut tests: Vec<String> = Vec::new();
    for word in words(phrase, WORDS) {
        let ways = [written(word), vec![word.to_owned()], vec![word.chars().take(LETTERS).collect()]];
        let ways = ways.map(|ways| test(columns, &ways, version));
        let fits = ways.iter().find(|test| encode::length(test) <= room);
        let Some(test) = fits.or_else(|| ways.last().filter(|_| tests.is_empty())) else { break };
        room = room.saturating_sub(encode::length(test));
        tests.push(test.clone());
    }
    tests
}

/// The ways in which a word may be written.
fn written(word: &str) -> Vec<String> {
    let mut letters = word.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let mut ways = vec![word.to_owned()];
    for way in [word.to_lowercase(), word.to_uppercase(), capital] {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn test(columns: &[Arc<str>], ways: &[String], version: u8) -> String {
    let holds = |column: &Arc<str>, way: &String| {
        let text = literal(&Term { text: way.clone(), kind: TermKind::Text }, version);
        if version < 4 { format!("substringof({text},{column})") } else { format!("contains({column},{text})") }
    };
    any(&columns.iter().flat_map(|column| ways.iter().map(move |way| holds(column, way))).collect::<Vec<_>>())
}

/// What one parent's search found: keys, and whether there are more.
type Found = Result<(Vec<Key>, bool), Failure>;

/// A page of rows for each parent, out of the keys that stand beside the words in another set.
pub(super) async fn pages(listing: &Listing<'_>, way: &Read) -> Vec<Result<Paged<(Key, Row)>, Failure>> {
    let parents = listing.read.parents.iter();
    let each = parents.map(|parent| -> BoxFuture<'_, _> { Box::pin(keys(listing, way, parent)) });
    let found: Vec<Found> = abreast(each.collect()).await;
    let rows = records(listing, found.iter().flatten().flat_map(|(keys, _)| keys)).await;
    let page = |found: Found| {
        let (keys, has_next) = found?;
        let mut page = Vec::with_capacity(keys.len());
        for key in keys {
            let position = Position { token: Some(Arc::from(key.first())), skip: 0 };
            match rows.get(&key) {
                Some(Ok(row)) => page.push(((key, made(listing.stage, row.clone(), None)), position)),
                Some(Err(failure)) => return Err(failure.clone()),
                // A text whose record is not there (any more).
                None => {}
            }
        }
        Ok(Paged { rows: page, has_next, total: None })
    };
    found.into_iter().map(page).collect()
}

async fn keys(listing: &Listing<'_>, way: &Read, parent: &Parent) -> Found {
    let (Some(path), Some(phrase)) = (&way.keys, &listing.read.search) else { return Ok((Vec::new(), false)) };
    let version = switches(listing.core).version;
    let column = property(path).unwrap_or_default();
    let names = listing.core.names(&listing.read.context, true);
    let mut row = Wants::default();
    row.path(path);
    let descending = listing.read.order.is_some_and(|order| order.descending);
    let (falling, beyond) = if descending { (" desc", "lt") } else { ("", "gt") };
    let options = [("$select", column.to_string()), ("$orderby", format!("{column}{falling}"))];
    let selected = Selected::of(listing.core, &way.request.path.text, (&options, &row));
    let wire = listing.of.key.first().map(|part| part.wire).unwrap_or_default();
    let mut behind = parent.after.as_ref().and_then(|position| position.token.clone());
    let most = usize::try_from(listing.read.first).unwrap_or(usize::MAX);
    // Some of the rows are of one record, in another language.
    let size = listing.read.first.saturating_mul(2).clamp(FEWEST, 1000);
    let (mut found, mut more): (Vec<Key>, bool) = (Vec::new(), true);
    for _ in 0..PAGES {
        if found.len() > most || !more {
            break;
        }
        let mut tests = tests((&way.columns, phrase), version);
        tests.extend(behind.iter().map(|key| {
            let mut test = format!("{column} {beyond} ");
            write_literal(&mut test, (key, kind(wire)), version);
            test
        }));
        let mut filter = String::new();
        encode::value(&mut filter, &tests.join(" and "));
        let query = Query {
            core: listing.core,
            context: &listing.read.context,
            names: &names,
            selected: &selected,
            filter: filter.into(),
            total: false,
        };
        let paged = query
            .rows(None, Span { first: size, more: true }, size.saturating_add(1))
            .await
            .map_err(Failure::of_all)?;
        more = paged.has_next;
        for key in paged.rows.iter().filter_map(|(row, _)| key_in(path, row)) {
            behind = Some(Arc::from(key.first()));
            if !found.contains(&key) {
                found.push(key);
            }
        }
    }
    more |= found.len() > most;
    found.truncate(most);
    Ok((found, more))
}

fn key_in(path: &Path, row: &Wire) -> Option<Key> {
    first(path, row).as_text().and_then(|text| Key::new(&text))
}

#[cfg(test)]
mod written_words {
    use super::*;

    fn of(phrase: &str, version: u8) -> Vec<String> {
        tests((&["Text".into(), "Number".into()], phrase), version)
    }

    #[test]
    fn every_word_is_looked_for_in_every_column_and_as_it_may_be_written() {
        let both = "(substringof('E-17',Text) or substringof('e-17',Text) \
            or substringof('E-17',Number) or substringof('e-17',Number))";
        assert_eq!(of("E-17", 2), [both]);
        assert_eq!(
            of("12 \"14\"", 4),
            ["12", "14"].map(|n| format!("(contains(Text,'{n}') or contains(Number,'{n}'))"))
        );
        let pump = of("pumpe", 2).concat();
        assert!(["'pumpe'", "'PUMPE'", "'Pumpe'"].iter().all(|way| pump.contains(way)), "{pump}");
    }

    #[test]
    fn a_quote_in_a_word_is_doubled_so_that_it_ends_nothing() {
        assert_eq!(of("1'", 4), ["(contains(Text,'1''') or contains(Number,'1'''))"]);
    }

    #[test]
    fn what_an_address_cannot_hold_is_left_out() {
        for phrase in ["ü".repeat(200), "🦊".repeat(200), "ü ".repeat(99), "ab".repeat(20_000)] {
            let tests = of(&phrase, 2);
            let length: usize = tests.iter().map(|test| encode::length(test)).sum();
            assert!((1..=WORDS).contains(&tests.len()) && length <= ADDRESS - REST, "{} {length}", tests.len());
        }
    }
}
