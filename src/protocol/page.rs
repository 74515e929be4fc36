//! Paging: every style a system may have, read as "so many rows behind this position".
//!
//! Whether there is more is always the system's own word: its token, its flag, its total. A system that has none of these
//! is asked for one row more than wanted, and that row is the evidence; where nobody wants to know, a full page counts as if
//! there were more.

use std::collections::HashSet;
use std::sync::Arc;

use super::errors::{Failure, unusable};
use crate::connector::{ErrorKind, Page, PageStyle};
use crate::error::{Code, Error};
use crate::model::Position;

/// The most calls for one page: a system whose pages are all empty must not be asked for ever.
const CALLS: usize = 50;

/// What is asked of a system for one of its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageAsk {
    /// Where the page begins, in the system's terms; `None` is its first page.
    pub(super) at: Option<Arc<str>>,
    /// How many rows at most.
    pub(super) size: u32,
}

/// One page of a system.
#[derive(Clone, Debug)]
pub(super) struct Fetched<T> {
    /// The rows, each with its key (for [`PageStyle::LastKey`]).
    pub(super) rows: Vec<(T, Option<Arc<str>>)>,
    /// The token of the next page.
    pub(super) next: Option<Arc<str>>,
    /// What the system says of there being more.
    pub(super) more: Option<bool>,
    /// How many there are in all.
    pub(super) total: Option<u64>,
}

/// Rows behind a position.
#[derive(Clone, Debug)]
pub(super) struct Paged<T> {
    pub(super) rows: Vec<(T, Position)>,
    pub(super) has_next: bool,
    pub(super) total: Option<u64>,
}

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// At most so many rows.
    pub(super) first: u32,
    /// Whether there is more has to be certain.
    pub(super) more: bool,
}

/// Reads rows behind `after`; `fetch` asks the system for one of its pages.
pub(super) async fn pages<T, F: Future<Output = Result<Fetched<T>, Failure>>>(
    page: &Page,
    after: Option<&Position>,
    span: Span,
    fetch: impl Fn(PageAsk) -> F,
) -> Result<Paged<T>, Failure> {
    let mut reader = Reader::new(page, after, span)?;
    for _ in 0..CALLS {
        let Some(ask) = reader.next_ask()? else { break };
        let fetched = fetch(ask.clone()).await?;
        reader.take(&ask, fetched)?;
    }
    Ok(reader.done())
}

struct Reader<'a, T> {
    page: &'a Page,
    first: usize,
    /// Rows that are asked for beyond these, to see whether there are any.
    beyond: usize,
    rows: Vec<(T, Position)>,
    at: Option<Arc<str>>,
    offset: u64,
    skip: u32,
    seen: HashSet<Arc<str>>,
    end: bool,
    more: bool,
    total: Option<u64>,
}

impl<'a, T> Reader<'a, T> {
    fn new(page: &'a Page, after: Option<&Position>, span: Span) -> Result<Self, Failure> {
        let at = after.and_then(|position| position.token.clone());
        let skip = after.map_or(0, |position| position.skip);
        let counted = matches!(page.style, PageStyle::Offset | PageStyle::Number);
        let begins: u64 = match &at {
            Some(token) if counted => token.parse().map_err(|_| stale())?,
            _ => 0,
        };
        // Where rows are counted, so many behind a place are a place themselves.
        let (offset, skip) = if counted { (begins.saturating_add(u64::from(skip)), 0) } else { (0, skip) };
        let (rows, seen) = (Vec::new(), HashSet::new());
        let first = usize::try_from(span.first).unwrap_or(usize::MAX);
        let beyond = usize::from(span.more && !has_evidence(page));
        Ok(Self { page, first, beyond, rows, at, offset, skip, seen, end: false, more: false, total: None })
    }

    fn next_ask(&mut self) -> Result<Option<PageAsk>, Failure> {
        let need = self.first + self.beyond;
        if self.end || (self.rows.len() >= need) {
            return Ok(None);
        }
        let missing = u32::try_from(need - self.rows.len()).unwrap_or(u32::MAX).saturating_add(self.skip);
        let mut size = missing.clamp(1, self.page.max.max(1));
        let at = match self.page.style {
            PageStyle::Offset => {
                size = size.min(self.reachable(self.offset)?);
                (self.offset > 0).then(|| Arc::from(self.offset.to_string()))
            }
            PageStyle::Number => {
                let (number, window) = numbered(self.offset, size, self.page.max.max(1));
                let begins = (number - 1) * u64::from(window);
                self.reachable(begins)?;
                self.skip = u32::try_from(self.offset - begins).unwrap_or(0);
                size = window;
                Some(Arc::from(number.to_string()))
            }
            PageStyle::Cursor | PageStyle::LastKey => self.at.clone(),
            PageStyle::None => None,
        };
        Ok(Some(PageAsk { at, size }))
    }

    /// How many rows can be reached from an offset.
    fn reachable(&self, offset: u64) -> Result<u32, Failure> {
        let Some(cap) = self.page.rows else { return Ok(u32::MAX) };
        let left = u64::from(cap).saturating_sub(offset);
        if left > 0 {
            return Ok(u32::try_from(left).unwrap_or(u32::MAX));
        }
        let message = format!("This list cannot be read past its first {cap} records: narrow the filter.");
        Err(Failure { kind: ErrorKind::Invalid, error: Error::public(Code::BadUserInput, message), said: None })
    }

    fn take(&mut self, ask: &PageAsk, fetched: Fetched<T>) -> Result<(), Failure> {
        let Fetched { rows, next, more, total } = fetched;
        self.total = total.or(self.total);
        let count = rows.len();
        let last_key = rows.last().and_then(|(_, key)| key.clone());
        let full = u64::try_from(count).unwrap_or(u64::MAX) >= u64::from(ask.size);
        let full_whole = count >= usize::try_from(self.page.max.max(1)).unwrap_or(usize::MAX);
        if self.page.style == PageStyle::None && (full_whole || more == Some(true)) {
            return Err(too_long(self.page));
        }
        let goes_on = self.goes_on((more, full), count, next.as_ref());
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX);
        let here = self.here();
        self.rows.reserve(count.saturating_sub(skipped));
        for (index, (row, key)) in rows.into_iter().enumerate() {
            if index >= skipped {
                let own = match self.page.style {
                    PageStyle::Cursor if index + 1 == count => next.clone(),
                    PageStyle::LastKey => key,
                    _ => None,
                };
                self.rows.push((row, behind(index, own, here.as_ref())));
            }
        }
        let advanced = u64::try_from(count.saturating_sub(skipped)).unwrap_or(0);
        self.offset += advanced;
        self.skip = u32::try_from(skipped.saturating_sub(count)).unwrap_or(0);
        self.more = goes_on;
        self.end = !goes_on;
        match self.page.style {
            PageStyle::Cursor if goes_on => self.turn(next)?,
            PageStyle::LastKey if goes_on => self.turn(last_key)?,
            PageStyle::Offset | PageStyle::Number if goes_on && advanced == 0 => self.end = true,
            _ => {}
        }
        // At the most that can be reached, the system's word stands, but nobody asks for what it does not show.
        if self.page.rows.is_some_and(|cap| self.offset >= u64::from(cap)) {
            self.end = true;
        }
        Ok(())
    }

    fn goes_on(&self, (more, full): (Option<bool>, bool), count: usize, next: Option<&Arc<str>>) -> bool {
        let by_total = || self.total.map(|total| self.begins() + u64::try_from(count).unwrap_or(0) < total);
        match self.page.style {
            PageStyle::None => false,
            PageStyle::Cursor => more.unwrap_or(true) && (next.is_some() || more == Some(true)),
            PageStyle::LastKey => more.unwrap_or(full) && count > 0,
            PageStyle::Offset | PageStyle::Number => more.or_else(by_total).unwrap_or(full || next.is_some()),
        }
    }

    fn begins(&self) -> u64 {
        self.offset.saturating_sub(u64::from(self.skip))
    }

    /// Moves to the next page; one that was seen before would be read for ever.
    fn turn(&mut self, to: Option<Arc<str>>) -> Result<(), Failure> {
        let Some(to) = to else {
            return Err(unusable("the system says that there is more, and not where"));
        };
        if self.at.as_ref() == Some(&to) || !self.seen.insert(Arc::clone(&to)) {
            return Err(unusable(
                "the system's pages go in a circle: a page names itself or an earlier one as the next",
            ));
        }
        self.at = Some(to);
        Ok(())
    }

    /// What the page that is read is called: where rows are counted, how many come before it.
    fn here(&self) -> Option<Arc<str>> {
        match (self.page.style, self.begins()) {
            (PageStyle::Offset | PageStyle::Number, 0) => None,
            (PageStyle::Offset | PageStyle::Number, begins) => Some(Arc::from(begins.to_string())),
            _ => self.at.clone(),
        }
    }

    fn done(mut self) -> Paged<T> {
        let has_next = self.more || self.rows.len() > self.first;
        self.rows.truncate(self.first);
        Paged { rows: self.rows, has_next, total: self.total }
    }
}

/// Whether the system says by itself that there is more.
fn has_evidence(page: &Page) -> bool {
    match page.style {
        PageStyle::Cursor | PageStyle::None => true,
        PageStyle::LastKey => page.more.is_some() || page.last.is_some(),
        PageStyle::Offset | PageStyle::Number => page.more.is_some() || page.last.is_some() || page.total.is_some(),
    }
}

/// The position behind a row: a place of its own, or so many rows of the page `here`.
fn behind(index: usize, own: Option<Arc<str>>, here: Option<&Arc<str>>) -> Position {
    match own {
        Some(own) => Position { token: Some(own), skip: 0 },
        None => Position { token: here.cloned(), skip: u32::try_from(index + 1).unwrap_or(u32::MAX) },
    }
}

/// A list without pages that was cut: never served as if it were all.
pub(super) fn too_long(page: &Page) -> Failure {
    let max = page.max;
    unusable(format!("a list that has no pages is as long as it can be ({max}), or says so: rows are missing"))
}

fn stale() -> Failure {
    let error = Error::public(Code::BadUserInput, "The cursor does not belong to this list.");
    Failure { kind: ErrorKind::Invalid, error, said: None }
}

/// Which numbered page, of which size, holds the rows behind an offset: the smallest size whose pages do not cut them.
fn numbered(offset: u64, size: u32, max: u32) -> (u64, u32) {
    let whole = |window: &u32| {
        let window = u64::from(*window);
        offset / window == (offset + u64::from(size) - 1) / window
    };
    let window = (size..=max).find(whole).unwrap_or(max);
    (offset / u64::from(window) + 1, window)
}

#[cfg(test)]
mod tests;
