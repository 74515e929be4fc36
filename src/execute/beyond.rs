//! Pages out of which rows fell because they are somebody else's: read on, until the page is full or the list is over.
//!
//! A system that narrows as it is asked never comes here. One that does not would otherwise answer with short pages, the
//! last of them without a cursor, and what is one's own would be out of reach behind what is not.

use std::sync::Arc;

use super::run::Run;
use super::scope::Verdict;
use super::sides::{Side, Wanted};
use crate::error::{Code, Error};
use crate::model::{Behind, Freshness, ListPage, Parent, Record};

/// How many more pages are read for one of ours.
const MORE: u8 = 8;

/// What stands in a place of a page: a record, with what the check says of it.
pub(super) struct Row {
    pub(super) record: Arc<Record>,
    pub(super) freshness: Freshness,
    /// Through which account it may be shown, if it belongs to any.
    pub(super) granted: Result<Option<usize>, Error>,
    pub(super) behind: Behind,
    /// The first of the views of its kind that show it: several lists in one place have views of their own.
    pub(super) view: usize,
}

/// The rows of one page that came through the check.
#[derive(Default)]
pub(super) struct Through {
    pub(super) rows: Vec<Row>,
    /// Whether there is more of the list.
    pub(super) has_next: bool,
    /// Rows were not this list's: the system did not narrow as it was asked.
    pub(super) doubt: bool,
    /// How many there are in all, by the system's word.
    pub(super) total: Option<u64>,
    /// Rows fell out of what was read for this page.
    pub(super) fell_out: bool,
    /// Behind the last row that was looked at.
    last: Option<Behind>,
}

impl Through {
    /// No row yet, of a list of that many in all.
    pub(super) fn of(total: Option<u64>, doubt: bool) -> Self {
        Self { total, doubt, ..Self::default() }
    }

    /// Takes the rows of a page of the system's; `verdicts` begin with theirs.
    pub(super) fn take(&mut self, page: &ListPage, verdicts: &mut impl Iterator<Item = Verdict>) {
        self.has_next = page.has_next;
        self.last = page.last().or(self.last.take());
        self.rows.reserve(page.records.len());
        for (record, position) in page.records.iter() {
            let granted = match verdicts.next() {
                Some(Verdict::Granted(access)) => Ok(access),
                Some(Verdict::Failed(error)) => Err(error),
                Some(Verdict::Denied) | None => {
                    self.fell_out = true;
                    self.doubt = true;
                    continue;
                }
            };
            let behind = Behind { read: page.read, position: position.clone() };
            self.rows.push(Row { record: Arc::clone(record), freshness: page.freshness, granted, behind, view: 0 });
        }
    }
}

impl<'a> Run<'a> {
    /// Reads on where rows fell out of a page.
    ///
    /// # Errors
    /// What the system answers; `UPSTREAM_REJECTED` where nothing of the list is found among very many rows of others.
    pub(super) async fn beyond(
        &self,
        side: &Side<'_, '_>,
        wanted: &Wanted,
        through: &mut Through,
    ) -> Result<(), Error> {
        let first = usize::try_from(side.arguments.first).unwrap_or(usize::MAX);
        let Some(Parent { keys, .. }) = wanted.parent.clone()? else { return Ok(()) };
        let mut left = MORE;
        // One row more than the page has says whether there is a next one.
        while through.has_next && through.rows.len() <= first && left > 0 {
            left -= 1;
            let parent = Parent { keys: Arc::clone(&keys), after: through.last.as_ref().map(Behind::named) };
            let pages = self.pages(side, vec![parent]).await;
            let Some(page) = pages.into_iter().next().transpose()? else { break };
            let mut verdicts = self.checked(side, &page, wanted.expect).await.into_iter();
            through.take(&page, &mut verdicts);
        }
        if through.rows.len() > first {
            through.rows.truncate(first);
            through.has_next = true;
        } else if through.has_next {
            // The next page begins behind everything that was looked at.
            match (through.rows.last_mut(), through.last.take()) {
                (Some(row), Some(last)) => row.behind = last,
                _ => {
                    let detail =
                        "the system does not narrow the list: none of very many rows is of who it was asked for";
                    return Err(Error::new(Code::UpstreamRejected, detail));
                }
            }
        }
        Ok(())
    }
}
