//! Lists: read for all parents of a place at once; those of several sources merged into one.

use std::sync::Arc;

use futures::future::join_all;
use smallvec::{SmallVec, smallvec};

use super::batch::{ChildBatch, Gap, Page, PageRow, ParentId, Part, Slot, Way};
use super::beyond::{Row, Through};
use super::merge::{Interleave, Place, Places, Strand, merge};
use super::records::{Reading, Seed};
use super::run::Run;
use super::scope::{Checked, Expect, Known};
use super::sides::{Side, Wanted};
use crate::error::{Code, Error};
use crate::model::{Behind, Extent, FieldId, Key, ListOf, Order, Parent, Position, Record, RecordId, SourceId};
use crate::plan::{Bound, Child, ListArguments, ListPlan, resolve};
use crate::seal::{self, CursorPlace};

/// A list and how it is read.
pub(super) type Listed<'b> = (&'b Child, &'b ListPlan);
/// What a side answered for one parent.
pub(super) type Answered = Result<Option<Through>, Error>;

/// Whose list is wanted.
pub(super) struct ListOwner {
    /// The keys by which each of the list's sources knows the parent, parallel to the plan's.
    pub(super) keys: SmallVec<[Result<Arc<[Key]>, Error>; 1]>,
    /// The caller may not see this parent's list.
    pub(super) barred: bool,
    /// The parent's id, for cursors.
    pub(super) id: ParentId,
    /// Whose the rows have to be.
    pub(super) expect: Expect,
    /// Through which account it is reached.
    pub(super) access: Option<usize>,
    /// The caller's own: no permission is asked for the rows.
    pub(super) own: bool,
}

/// Where a page begins.
struct Begun {
    places: Places,
    /// Whether an earlier page was in doubt.
    doubt: bool,
}

/// A page before its records are read on.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) rows: Vec<Row>,
    pub(super) has_next: bool,
    pub(super) doubt: bool,
    pub(super) total: Option<u64>,
    pub(super) gaps: Vec<Gap>,
    pub(super) end: Option<Behind>,
}

impl<'a> Run<'a> {
    /// The list of every record of a place.
    pub(super) async fn list_of<'b>(&'b self, of: Listed<'b>, reading: &Reading<'b>) -> ChildBatch {
        let (owners, known) = self.owners((of.0, &self.named(of.1)), reading).await;
        self.list(of, owners, known).await
    }

    /// The sources of a list, each with the field by whose value its records name the parent, where that is not its key.
    pub(super) fn named(&self, list: &ListPlan) -> Vec<(SourceId, Option<FieldId>)> {
        let catalog = &self.executor.planner.catalog;
        list.sources.iter().map(|source| (*source, catalog.named_by(*source, list.of, &list.list))).collect()
    }

    /// Whose lists a list of every record of a place is, and what is known of these records.
    pub(super) async fn owners<'b>(
        &'b self,
        of: (&'b Child, &[(SourceId, Option<FieldId>)]),
        reading: &Reading<'b>,
    ) -> (Vec<ListOwner>, Option<Known<'b>>) {
        let each = of.1.iter().map(|source| self.keys_of(reading, *source));
        let mut keys: SmallVec<[_; 1]> = join_all(each).await.into_iter().map(Vec::into_iter).collect();
        let owners = reading.seeds.iter().map(|seed| ListOwner {
            keys: keys.iter_mut().filter_map(Iterator::next).collect(),
            barred: seed.barred || self.closed(of.0, seed.access),
            id: ParentId::of(Some(seed.id.clone())),
            expect: match seed.access {
                Some(at) if reading.plan.hub => Expect::Account(at),
                _ => Expect::Any,
            },
            access: seed.access,
            own: false,
        });
        let parents = reading.parts.first().zip(reading.plan.owner).filter(|_| !reading.plan.hub);
        let known = parents.map(|(answers, source)| Known {
            entity: reading.plan.entity,
            source,
            seeds: Arc::clone(&reading.seeds),
            answers: answers.clone(),
        });
        (owners.collect(), known)
    }

    /// Reads a list for each owner.
    pub(super) async fn list<'b>(
        &'b self,
        of: Listed<'b>,
        owners: Vec<ListOwner>,
        known: Option<Known<'b>>,
    ) -> ChildBatch {
        let (child, list) = of;
        let how = self.how(child.place.live, child.locale.as_ref());
        let given = resolve(&list.arguments, self.variables);
        let planner = &self.executor.planner;
        let mut arguments = match ListArguments::read(&planner.graph, list.of, given, &self.today) {
            Ok(arguments) => arguments,
            Err(error) => return ChildBatch::refused(owners.len(), &error),
        };
        arguments.order = arguments.order.or(list.order);
        if list.sources.len() > 1 {
            arguments.bound = Arc::new(Bound::to(self.merged_digest(list, &arguments)));
        }
        let begun: Vec<Result<Begun, Error>> = owners.iter().map(|owner| self.begun(of, owner, &arguments)).collect();
        let side = |source| Side {
            child,
            of: list.of,
            source,
            list: &list.list,
            arguments: &arguments,
            order: arguments.order,
            ranked: arguments.order.filter(|_| list.sources.len() > 1).map(|order| order.field),
            total: list.total,
            more: list.more || list.sources.len() > 1,
            extent: Extent::Page,
            how: &how,
            known: known.clone().filter(|known| known.source == source),
        };
        let sides: Vec<Side<'_, '_>> = list.sources.iter().copied().map(side).collect();
        let reads = sides.iter().enumerate().map(|(at, side)| {
            let wanted = owners.iter().zip(&begun).map(|(owner, begun)| {
                let begun = begun.as_ref().ok();
                let from = begun.and_then(|begun| begun.places.each.get(at));
                let doubt = begun.is_some_and(|begun| begun.doubt);
                Wanted { doubt, ..wanted(owner, (at, &list.list), from) }
            });
            self.side(side, wanted.collect())
        });
        let mut answers: SmallVec<[_; 1]> = join_all(reads).await.into_iter().map(Vec::into_iter).collect();
        let drawn = begun.into_iter().map(|begun| {
            let sides: SmallVec<[Answered; 1]> = answers.iter_mut().filter_map(Iterator::next).collect();
            self.drawn(list, sides, (begun?, &arguments))
        });
        let drawn: Vec<Result<Drawn, Error>> = drawn.collect();
        self.shown(child, (owners, drawn), &arguments).await
    }

    /// Cursors of a merged list are good for these sources only: their places are told apart by their order.
    fn merged_digest(&self, list: &ListPlan, arguments: &ListArguments) -> [u8; 32] {
        let known = &self.executor.planner.catalog.sources;
        let names = list.sources.iter().filter_map(|source| known.get(usize::from(source.0)));
        let names = names.map(|info| info.name.as_bytes());
        seal::digest(std::iter::once(arguments.bound.digest().as_slice()).chain(names))
    }

    /// Whether the caller may see the owner's list at all.
    pub(super) fn granted(&self, child: &Child, owner: &ListOwner) -> Result<(), Error> {
        let permission = child.place.entities.first().and_then(|plan| plan.permission.as_ref());
        let may = match owner.access {
            Some(_) => self.may(permission, owner.access),
            None => self.may_somewhere(permission),
        };
        if owner.barred || (!owner.own && !may) { Err(super::forbidden()) } else { Ok(()) }
    }

    /// Where an owner's page begins, if the caller may see it.
    fn begun(&self, of: Listed<'_>, owner: &ListOwner, arguments: &ListArguments) -> Result<Begun, Error> {
        let (child, list) = of;
        self.granted(child, owner)?;
        let count = list.sources.len();
        let Some(text) = &arguments.after else { return Ok(Begun { places: Places::begin(count), doubt: false }) };
        let open = |digest: &[u8]| {
            let place =
                CursorPlace { field: &child.coordinate, parent: owner.id.text(|id| self.seal(id)), arguments: digest };
            let (token, skip) = self.executor.sealer.open_cursor(place, text)?;
            Ok::<_, Error>(Position { token: token.map(Arc::from), skip })
        };
        let sure = open(arguments.bound.digest()).map(|position| (position, false));
        let opened = sure.or_else(|refused| {
            open(&in_doubt(*arguments.bound.digest())).map(|place| (place, true)).map_err(|_| refused)
        });
        let (position, doubt) = opened?;
        if count == 1 {
            return Ok(Begun { places: Places { each: smallvec![Place::Behind(position)], turn: 0 }, doubt });
        }
        let strange = || Error::public(Code::BadUserInput, "This is not a cursor of this list.");
        Ok(Begun { places: Places::read(&position, count).ok_or_else(strange)?, doubt })
    }

    /// One owner's page out of what its sides answered.
    fn drawn(
        &self,
        list: &ListPlan,
        sides: SmallVec<[Answered; 1]>,
        of: (Begun, &ListArguments),
    ) -> Result<Drawn, Error> {
        let (Begun { places, doubt }, arguments) = of;
        if list.sources.len() == 1 {
            let Some(through) = sides.into_iter().next().transpose()?.flatten() else {
                return Ok(Drawn { total: Some(0), ..Drawn::default() });
            };
            let Through { rows, has_next, doubt, total, .. } = through;
            return Ok(Drawn { rows, has_next, doubt, total, ..Drawn::default() });
        }
        let mut drawn = Drawn { doubt, total: Some(0), ..Drawn::default() };
        let mut strands = Vec::with_capacity(sides.len());
        let mut answered = false;
        for ((side, source), place) in sides.into_iter().zip(&list.sources).zip(&places.each) {
            let mut strand = Strand { rows: std::collections::VecDeque::new(), more: false, missing: false };
            match side {
                // What is over is not counted again.
                Ok(None) if *place == Place::Over => drawn.total = None,
                Ok(None) => {}
                Ok(Some(through)) => {
                    answered = true;
                    drawn.doubt |= through.doubt;
                    drawn.total = drawn.total.zip(through.total).map(|(all, these)| all.saturating_add(these));
                    strand.more = through.has_next;
                    let ranked = through.rows.into_iter().map(|row| {
                        let rank = arguments.order.and_then(|order| self.rank(&row.record, order.field));
                        let position = row.behind.named();
                        (row, rank, position)
                    });
                    strand.rows = ranked.collect();
                }
                Err(error) if error.code() == Code::BadUserInput => return Err(error),
                Err(error) => {
                    strand.missing = true;
                    drawn.total = None;
                    drawn.gaps.push(Gap { source: *source, entities: vec![list.of], error });
                }
            }
            strands.push(strand);
        }
        if let (false, Some(gap)) = (answered, drawn.gaps.first()) {
            return Err(gap.error.clone());
        }
        let first = usize::try_from(arguments.first).unwrap_or(usize::MAX);
        let by_rank = |order: Order| Interleave::ByRank { descending: order.descending };
        let interleave = arguments.order.map_or(Interleave::InTurn, by_rank);
        let merged = merge(strands, places, (interleave, first));
        drawn.has_next = merged.has_next;
        drawn.end = (!drawn.gaps.is_empty()).then(|| merged.end.position().into());
        drawn.rows =
            merged.rows.into_iter().map(|(row, places)| Row { behind: places.position().into(), ..row }).collect();
        Ok(drawn)
    }

    /// Reads what hangs on the rows of every page.
    pub(super) async fn shown<'b>(
        &'b self,
        child: &'b Child,
        lists: (Vec<ListOwner>, Vec<Result<Drawn, Error>>),
        arguments: &ListArguments,
    ) -> ChildBatch {
        let how = self.how(child.place.live, child.locale.as_ref());
        let mut seeds = Vec::with_capacity(lists.1.iter().flatten().map(|drawn| drawn.rows.len()).sum());
        let mut pages = Vec::with_capacity(lists.1.len());
        for (owner, drawn) in lists.0.into_iter().zip(lists.1) {
            pages.push(drawn.map(|drawn| {
                let mut page = Page { parent: owner.id, later: arguments.after.is_some(), ..Page::default() };
                page.has_next = drawn.has_next;
                page.gaps = drawn.gaps;
                page.end = drawn.end;
                // In doubt, the system counted what is not this list's.
                page.total = drawn.total.filter(|_| !drawn.doubt);
                (page.bound, page.doubt) = (Arc::clone(&arguments.bound), drawn.doubt);
                let rows = drawn.rows.into_iter().map(|Row { record, freshness, granted, behind, view }| {
                    // Where it stands is known once it is read on.
                    let slot = match granted {
                        Ok(access) => {
                            let id = identify(&record);
                            let given = Some(Checked { part: Part::one(record, freshness), access });
                            seeds.push(Seed { access, given, own: owner.own, ..Seed::of(id) });
                            Slot::Absent
                        }
                        Err(error) => Slot::Failed(error),
                    };
                    PageRow { slot, behind, view }
                });
                page.rows = rows.collect();
                page
            }));
        }
        let (place, stands) = self.place(&child.place, how, seeds).await;
        let rows = pages.iter_mut().flatten().flat_map(|page: &mut Page| &mut page.rows);
        let seeded = rows.filter(|row| matches!(row.slot, Slot::Absent));
        seeded.zip(stands).for_each(|(row, stand)| row.slot = Slot::at(stand));
        ChildBatch { way: Way::Pages(pages), place }
    }
}

/// What is asked of one side of a list for an owner, from there on; nothing where the side is over or not wanted.
pub(super) fn wanted(owner: &ListOwner, (at, list): (usize, &ListOf), from: Option<&Place>) -> Wanted {
    let nothing = Wanted { parent: Ok(None), expect: owner.expect, doubt: false };
    let after = match from {
        None | Some(Place::Over) => return nothing,
        Some(Place::Begin) => None,
        Some(Place::Behind(position)) => Some(position.clone()),
    };
    let keys = owner.keys.get(at).cloned().unwrap_or_else(|| Ok(Arc::from([])));
    let parent = keys.map(|keys| {
        let nobody = keys.is_empty() && *list != ListOf::All;
        (!nobody).then_some(Parent { keys, after })
    });
    Wanted { parent, ..nothing }
}

/// What cursors of a list are bound to once a page of it had rows of others: what the system says of the list as a whole is
/// not believed on later pages either.
pub(super) fn in_doubt(mut digest: [u8; 32]) -> [u8; 32] {
    digest[0] ^= 0x80;
    digest
}

pub(super) fn identify(record: &Record) -> RecordId {
    RecordId { entity: record.entity, source: record.source, key: record.key.clone() }
}
