//! One source's side of a list: its pages for all parents at once, checked row by row.

use super::beyond::Through;
use super::run::{How, Run};
use super::scope::{Expect, Known, Verdict};
use crate::error::Error;
use crate::model::{EntityId, Extent, FieldId, FieldSet, ListOf, ListPage, ListRead, Order, Parent, Record, SourceId};
use crate::plan::{Child, ListArguments};

/// One source's side of a list, and how it is read.
pub(super) struct Side<'s, 'b> {
    pub(super) child: &'s Child,
    pub(super) of: EntityId,
    pub(super) source: SourceId,
    pub(super) list: &'s ListOf,
    pub(super) arguments: &'s ListArguments,
    pub(super) order: Option<Order>,
    /// The field by which it is merged with other sides: read, whoever may see it.
    pub(super) ranked: Option<FieldId>,
    pub(super) total: bool,
    /// Whether it has to be known for certain that there is more.
    pub(super) more: bool,
    /// How far it is read.
    pub(super) extent: Extent,
    pub(super) how: &'s How,
    /// Parents that are read and checked anyway.
    pub(super) known: Option<Known<'b>>,
}

/// What is asked of a side for one parent.
pub(super) struct Wanted {
    /// `None` where there is nothing without asking.
    pub(super) parent: Result<Option<Parent>, Error>,
    /// Whose the rows have to be.
    pub(super) expect: Expect,
    /// Whether an earlier page of the list was in doubt.
    pub(super) doubt: bool,
}

/// The parents that are asked, each once, and the place of each wanted one among them.
pub(super) fn each_once(
    wanted: impl Iterator<Item = Result<Option<Parent>, Error>>,
) -> (Vec<Parent>, Vec<Result<Option<usize>, Error>>) {
    let mut parents: Vec<Parent> = Vec::new();
    let place = |wanted: Result<Option<Parent>, Error>| {
        let Some(parent) = wanted? else { return Ok(None) };
        let known = parents.iter().position(|known| *known == parent);
        Ok(Some(known.unwrap_or_else(|| {
            parents.push(parent);
            parents.len() - 1
        })))
    };
    let places = wanted.map(place).collect();
    (parents, places)
}

impl<'a> Run<'a> {
    /// A page of the side for each parent; `None` where nobody was asked.
    pub(super) async fn side(&self, side: &Side<'_, '_>, wanted: Vec<Wanted>) -> Vec<Result<Option<Through>, Error>> {
        let (parents, places) = each_once(wanted.iter().map(|wanted| wanted.parent.clone()));
        let pages = self.pages(side, parents).await;
        let page = |at: Result<Option<usize>, Error>| match at?.and_then(|at| pages.get(at)) {
            Some(page) => page.as_ref().map(Some).map_err(Clone::clone),
            None => Ok(None),
        };
        let opened: Vec<Result<Option<&ListPage>, Error>> = places.into_iter().map(page).collect();
        let mut records = Vec::with_capacity(opened.iter().flatten().flatten().map(|page| page.records.len()).sum());
        for (wanted, page) in wanted.iter().zip(&opened) {
            if let Ok(Some(page)) = page {
                records.extend(page.records.iter().map(|(record, _)| (&**record, wanted.expect)));
            }
        }
        let mut verdicts = self.verdicts(side, &records).await.into_iter();
        let mut answers = Vec::with_capacity(opened.len());
        for (wanted, page) in wanted.iter().zip(opened) {
            let through = page.map(|page| {
                page.map(|page| {
                    let mut through = Through::of(page.total, wanted.doubt);
                    through.take(page, &mut verdicts);
                    through
                })
            });
            answers.push(match through {
                Ok(Some(mut through)) if through.fell_out => {
                    self.beyond(side, wanted, &mut through).await.map(|()| Some(through))
                }
                other => other,
            });
        }
        answers
    }

    pub(super) async fn pages(&self, side: &Side<'_, '_>, parents: Vec<Parent>) -> Vec<Result<ListPage, Error>> {
        let count = parents.len();
        if count == 0 {
            return Vec::new();
        }
        let mut fields = side.child.place.plan_of(side.of, side.source).map_or(FieldSet::EMPTY, |(_, plan)| {
            let part = plan.parts.iter().find(|(source, _)| *source == side.source);
            part.map_or(FieldSet::EMPTY, |(_, fields)| fields.intersection(self.wanted(plan)))
        });
        side.ranked.into_iter().for_each(|field| fields.insert(field));
        let read = ListRead {
            source: side.source,
            entity: side.of,
            list: side.list.clone(),
            parents,
            fields,
            extent: side.extent,
            first: side.arguments.first,
            filter: side.arguments.filter.clone(),
            search: side.arguments.search.clone(),
            order: side.order,
            total: side.total,
            more: side.more,
            context: self.context(side.source, side.how),
        };
        self.within(side.source, count, self.executor.reads.list(read)).await
    }

    /// Checks the rows of one page, each of which has to be whose it is expected to be.
    pub(super) async fn checked(&self, side: &Side<'_, '_>, page: &ListPage, expect: Expect) -> Vec<Verdict> {
        let records: Vec<_> = page.records.iter().map(|(record, _)| (&**record, expect)).collect();
        self.verdicts(side, &records).await
    }

    /// Checks rows: each has to be of the side's own source and kind, and the caller's.
    async fn verdicts(&self, side: &Side<'_, '_>, records: &[(&Record, Expect)]) -> Vec<Verdict> {
        let mut verdicts = self.check(records, side.known.as_ref(), side.how).await;
        let hub = self.executor.planner.graph.hub;
        for (verdict, (record, _)) in verdicts.iter_mut().zip(records) {
            if (record.source, record.entity) != (side.source, side.of) {
                *verdict = Verdict::Denied;
            } else if record.entity == hub {
                // An account is reached through itself.
                let own = self.account_at(record.source, &record.key);
                *verdict = own.map_or(Verdict::Denied, |at| Verdict::Granted(Some(at)));
            }
        }
        self.report(side.of, side.source, &verdicts);
        verdicts
    }
}
