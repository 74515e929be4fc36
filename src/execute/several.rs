//! Several lists of a record shown as one: each read page by page from its own source, and merged by time or taken in turn.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};

use super::batch::{ChildBatch, Gap};
use super::beyond::{Row, Through};
use super::lists::{Answered, Drawn, ListOwner, wanted};
use super::merge::{Interleave, Places, Rank, Strand, merge, ordered};
use super::records::Reading;
use super::run::{How, Run};
use super::scope::Known;
use super::sides::{Side, Wanted};
use super::whole::By;
use crate::error::{Code, Error};
use crate::model::{Extent, ListOf, Parent, Position, SourceId, Value};
use crate::plan::{Bound, Child, FIGURE_ROWS, ListArguments, MergePlan, MergedSide, Taken, resolve};
use crate::seal::{self, CursorPlace};

/// A merged list and how it is read.
type Several<'b> = (&'b Child, &'b MergePlan);

/// What is asked of all sides.
struct Asked<'b> {
    arguments: ListArguments,
    /// Each side's own arguments.
    own: Vec<ListArguments>,
    /// Whether the request asks for it.
    sides: Vec<bool>,
    how: How,
    known: Option<Known<'b>>,
}

/// Where one owner's page begins.
struct Begun {
    places: Places,
    /// Which sides the request asks for and the caller may see.
    open: Vec<bool>,
}

impl<'a> Run<'a> {
    /// The merged list of every record of a place.
    pub(super) async fn several_of<'b>(&'b self, of: Several<'b>, reading: &Reading<'b>) -> ChildBatch {
        let catalog = &self.executor.planner.catalog;
        let sides = of.1.sides.iter();
        let sources = sides.map(|side| (side.source, catalog.named_by(side.source, side.of, &side.list)));
        let sources: Vec<_> = sources.collect();
        let (owners, known) = self.owners((of.0, &sources), reading).await;
        self.several(of, owners, known).await
    }

    /// Reads a merged list for each owner, whose keys are parallel to the sides.
    pub(super) async fn several<'b>(
        &'b self,
        of: Several<'b>,
        owners: Vec<ListOwner>,
        known: Option<Known<'b>>,
    ) -> ChildBatch {
        let (child, plan) = of;
        let asked = match self.asked(of, known) {
            Ok(asked) => asked,
            Err(error) => return ChildBatch::refused(owners.len(), &error),
        };
        let begun: Vec<Result<Begun, Error>> = owners.iter().map(|owner| self.begins(of, owner, &asked)).collect();
        let reads = plan.sides.iter().enumerate().map(|(at, side)| {
            let wanted = owners.iter().zip(&begun).map(|(owner, begun)| {
                let open = begun.as_ref().ok().filter(|begun| begun.open.get(at) == Some(&true));
                wanted(owner, (at, &side.list), open.and_then(|begun| begun.places.each.get(at)))
            });
            self.one_side(of, (at, side), (&asked, wanted.collect()))
        });
        let mut answers: Vec<_> = join_all(reads).await.into_iter().map(Vec::into_iter).collect();
        let drawn = begun.into_iter().map(|begun| {
            let sides: Vec<Answered> = answers.iter_mut().filter_map(Iterator::next).collect();
            self.woven(plan, sides, (begun?, &asked.arguments))
        });
        let drawn: Vec<Result<Drawn, Error>> = drawn.collect();
        self.shown(child, (owners, drawn), &asked.arguments).await
    }

    fn asked<'b>(&self, of: Several<'b>, known: Option<Known<'b>>) -> Result<Asked<'b>, Error> {
        let (child, plan) = of;
        let given = resolve(&plan.arguments, self.variables);
        let mut arguments = ListArguments::page(given.clone())?;
        let sides = plan.asked(&given);
        let own = plan.sides.iter().map(|side| {
            let given = resolve(&side.arguments, self.variables);
            let read = ListArguments::read(&self.executor.planner.graph, side.of, given, &self.today)?;
            let first = if side.is_whole() { FIGURE_ROWS } else { arguments.first };
            Ok(ListArguments { first, order: plan.order(side), ..read })
        });
        let own = own.collect::<Result<_, Error>>()?;
        arguments.bound = Arc::new(Bound::to(self.sides_digest(plan, &arguments)));
        Ok(Asked { arguments, own, sides, how: self.how(child.place.live, child.locale.as_ref()), known })
    }

    /// Cursors are good for these lists of these sources only, each read in the same way: their places are told apart by
    /// their order.
    fn sides_digest(&self, plan: &MergePlan, arguments: &ListArguments) -> [u8; 32] {
        let known = &self.executor.planner.catalog.sources;
        let sides = plan.sides.iter().flat_map(|side| {
            let source = known.get(usize::from(side.source.0)).map_or(&b""[..], |info| info.name.as_bytes());
            let way = if side.is_whole() { &b"whole"[..] } else { &b"pages"[..] };
            [side.coordinate.as_bytes(), source, way]
        });
        seal::digest(std::iter::once(arguments.bound.digest().as_slice()).chain(sides))
    }

    /// Where an owner's page begins. A list that the caller may not see is not in it; without any that may be seen, there
    /// is no page.
    fn begins(&self, of: Several<'_>, owner: &ListOwner, asked: &Asked<'_>) -> Result<Begun, Error> {
        let (child, plan) = of;
        let may = |side: &MergedSide| {
            side.permissions.iter().all(|permission| match owner.access {
                Some(_) => self.may(Some(permission), owner.access),
                None => self.may_somewhere(Some(permission)),
            })
        };
        // Without an account in use, what is for that account is not there.
        let own = &self.executor.planner.graph.lists_per_account;
        let nobodys =
            |side: &MergedSide| side.list == ListOf::All && own.contains(&side.of) && self.account().is_none();
        let seen = plan.sides.iter().zip(&asked.sides);
        let seen = seen.map(|(side, asked)| *asked && (owner.own || may(side)) && !nobodys(side));
        let open: Vec<bool> = seen.collect();
        // A search is of all that may be seen: in what may not, nothing is found.
        let searched = plan.taken == Taken::InTurn;
        let hidden = !searched && asked.sides.contains(&true) && !open.contains(&true);
        if owner.barred || hidden {
            return Err(super::forbidden());
        }
        let count = plan.sides.len();
        let Some(text) = &asked.arguments.after else { return Ok(Begun { places: Places::begin(count), open }) };
        let digest = asked.arguments.bound.digest();
        let place =
            CursorPlace { field: &child.coordinate, parent: owner.id.text(|id| self.seal(id)), arguments: digest };
        let (token, skip) = self.executor.sealer.open_cursor(place, text)?;
        let position = Position { token: token.map(Arc::from), skip };
        let strange = || Error::public(Code::BadUserInput, "This is not a cursor of this list.");
        Ok(Begun { places: Places::read(&position, count).ok_or_else(strange)?, open })
    }

    fn one_side<'s>(
        &'s self,
        of: Several<'s>,
        (at, of_side): (usize, &'s MergedSide),
        (asked, wanted): (&'s Asked<'_>, Vec<Wanted>),
    ) -> BoxFuture<'s, Vec<Answered>> {
        async move {
            let (child, plan) = of;
            let Some(arguments) = asked.own.get(at) else { return Vec::new() };
            let begin: Vec<bool> =
                wanted.iter().map(|one| matches!(&one.parent, Ok(Some(Parent { after: None, .. })))).collect();
            let side = Side {
                child,
                of: of_side.of,
                source: of_side.source,
                list: &of_side.list,
                arguments,
                order: arguments.order,
                ranked: of_side.at,
                total: false,
                more: true,
                extent: if of_side.is_whole() { Extent::Whole } else { Extent::Page },
                how: &asked.how,
                known: asked.known.clone().filter(|known| known.source == of_side.source),
            };
            match (plan.taken, of_side.at) {
                (Taken::ByTime { descending }, Some(field)) => {
                    let by = By { field, descending };
                    if of_side.is_whole() {
                        return self.whole(&side, wanted, by).await;
                    }
                    let answers = self.side(&side, wanted).await.into_iter().zip(begin);
                    answers.map(|(answer, begin)| self.believed(answer?, (by, begin), side.source)).collect()
                }
                _ => self.side(&side, wanted).await,
            }
        }
        .boxed()
    }

    /// A page whose rows are in the order that was asked for; one that is not would put the merged list out of order.
    fn believed(&self, through: Option<Through>, (by, begin): (By, bool), source: SourceId) -> Answered {
        let Some(through) = through else { return Ok(None) };
        let mut last: Option<Option<Rank>> = None;
        let mut fits = true;
        for row in &through.rows {
            // What does not fit stands where the system has put it.
            if matches!(row.record.value(by.field), Value::Fault(_)) {
                continue;
            }
            let rank = self.rank(&row.record, by.field);
            let after = last.as_ref().is_none_or(|last| ordered(last.as_ref(), rank.as_ref(), by.descending).is_le());
            // Where the very first has no date and there are more, those with one come last.
            let first = last.is_some() || rank.is_some() || !(begin && through.has_next);
            fits &= after && first;
            last = Some(rank);
        }
        if fits {
            return Ok(Some(through));
        }
        let detail = "the system does not give the list in the order of time that it was asked for";
        Err(self.at_source(Error::new(Code::UpstreamRejected, detail), source))
    }

    /// One owner's page out of what its sides answered.
    fn woven(&self, plan: &MergePlan, sides: Vec<Answered>, of: (Begun, &ListArguments)) -> Result<Drawn, Error> {
        let (Begun { places, open }, arguments) = of;
        let mut drawn = Drawn::default();
        let mut strands = Vec::with_capacity(sides.len());
        let mut answered = false;
        for ((answer, side), open) in sides.into_iter().zip(&plan.sides).zip(open) {
            // A list that is not shown stays where it is.
            let mut strand = Strand { rows: VecDeque::new(), more: false, missing: !open };
            match answer {
                Ok(None) => {}
                Ok(Some(through)) => {
                    answered = true;
                    strand.more = through.has_next;
                    strand.rows = self.ranked(through, side);
                }
                Err(error) if error.code() == Code::BadUserInput => return Err(error),
                Err(error) => {
                    strand.missing = true;
                    gap(&mut drawn.gaps, side, error);
                }
            }
            strands.push(strand);
        }
        if let (false, Some(gap)) = (answered, drawn.gaps.first()) {
            return Err(gap.error.clone());
        }
        let first = usize::try_from(arguments.first).unwrap_or(usize::MAX);
        let interleave = match plan.taken {
            Taken::ByTime { descending } => Interleave::ByRank { descending },
            Taken::InTurn => Interleave::InTurn,
        };
        let merged = merge(strands, places, (interleave, first));
        drawn.has_next = merged.has_next;
        drawn.end = (!drawn.gaps.is_empty() || merged.has_next).then(|| merged.end.position().into());
        drawn.rows =
            merged.rows.into_iter().map(|(row, places)| Row { behind: places.position().into(), ..row }).collect();
        Ok(drawn)
    }

    fn ranked(&self, through: Through, side: &MergedSide) -> VecDeque<(Row, Option<Rank>, Position)> {
        let mut last = None;
        let rows = through.rows.into_iter().map(|row| {
            let rank = side.at.and_then(|at| match row.record.value(at) {
                Value::Fault(_) if side.ordered => last.clone(),
                _ => self.rank(&row.record, at),
            });
            last.clone_from(&rank);
            let position = row.behind.named();
            (Row { view: side.view, ..row }, rank, position)
        });
        rows.collect()
    }
}

/// Notes a list that is missing; lists of one source with the same trouble are told together.
fn gap(gaps: &mut Vec<Gap>, side: &MergedSide, error: Error) {
    let known = gaps.iter_mut().find(|gap| gap.source == side.source && gap.error.code() == error.code());
    match known {
        Some(gap) if gap.entities.contains(&side.of) => {}
        Some(gap) => gap.entities.push(side.of),
        None => gaps.push(Gap { source: side.source, entities: vec![side.of], error }),
    }
}
