//! Places: every part of every record read at once, and each child begun as soon as the keys it hangs on are there.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join, join_all};
use smallvec::SmallVec;

use super::batch::{ChildBatch, EntityBatch, Part, PlaceBatch, Way};
use super::once::Once;
use super::parts::{Asked, PartRead, given};
use super::run::{Ask, How, Run};
use super::scope::{Checked, Verdict, foreign};
use crate::error::{Code, Error};
use crate::model::{EntityId, FieldId, FieldSet, Key, RecordId, SourceId};
use crate::plan::{Child, EntityPlan, Hangs, Place};

/// A record that is to stand in a place.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    pub(super) id: RecordId,
    /// The account it is reached through, where that is known before it is read.
    pub(super) access: Option<usize>,
    /// Its owner's part, read and checked already.
    pub(super) given: Option<Checked>,
    /// It is the caller's own contact: no permission is asked for that.
    pub(super) own: bool,
    /// The caller may not see it, and nothing is read for it.
    pub(super) barred: bool,
}

/// Where a record stands in a place: the number of its kind, and its own in the batch; nowhere, where the place has none of
/// its kind.
pub(super) type Stand = Option<(usize, usize)>;

/// The records of one kind in a place, while they are read.
pub(super) struct Reading<'b> {
    pub(super) plan: &'b EntityPlan,
    pub(super) how: How,
    pub(super) seeds: Arc<Vec<Seed>>,
    /// Parallel to the plan's parts.
    pub(super) parts: SmallVec<[PartRead<'b>; 1]>,
}

impl Seed {
    pub(super) fn of(id: RecordId) -> Self {
        Self { id, access: None, given: None, own: false, barred: false }
    }
}

impl<'a> Run<'a> {
    /// Reads the records of a place, each once; where each of `seeds` stands is parallel to them.
    pub(super) fn place<'b>(
        &'b self,
        place: &'b Place,
        how: How,
        seeds: Vec<Seed>,
    ) -> BoxFuture<'b, (PlaceBatch, Vec<Stand>)> {
        let kind = |_| (Once::with_room(seeds.len()), Vec::with_capacity(seeds.len()));
        let mut kinds: SmallVec<[(Once<RecordId>, Vec<Seed>); 1]> = place.entities.iter().map(kind).collect();
        let stand = |seed: Seed| {
            let (kind, _) = place.plan_of(seed.id.entity, seed.id.source)?;
            let (known, seeds) = kinds.get_mut(kind)?;
            let (number, is_new) = known.take(&seed.id);
            if is_new {
                seeds.push(seed);
            }
            Some((kind, number))
        };
        let each: Vec<Stand> = seeds.into_iter().map(stand).collect();
        async move {
            let mut kinds = place.entities.iter().zip(kinds);
            let entities = match (kinds.next(), kinds.len()) {
                // Most places have one kind: nothing is put together then.
                (Some((plan, (_, seeds))), 0) => vec![self.entity(plan, how, seeds).await],
                (first, _) => {
                    let all = first.into_iter().chain(kinds);
                    join_all(all.map(|(plan, (_, seeds))| self.entity(plan, how.clone(), seeds))).await
                }
            };
            (PlaceBatch { entities }, each)
        }
        .boxed()
    }

    async fn entity<'b>(&'b self, plan: &'b EntityPlan, how: How, mut seeds: Vec<Seed>) -> EntityBatch {
        if seeds.is_empty() {
            return EntityBatch::default();
        }
        let person = self.executor.planner.graph.person;
        if let Some(contact) = Some(person).filter(|person| *person == plan.entity).and_then(|_| self.contact()) {
            seeds.iter_mut().filter(|seed| seed.id == contact.id).for_each(|seed| seed.own = true);
        }
        let permission = plan.permission.as_ref();
        for seed in &mut seeds {
            let may = match seed.access {
                Some(_) => self.may(permission, seed.access),
                None => self.may_somewhere(permission),
            };
            seed.barred = !seed.own && !may;
        }
        let owner = given(plan, &mut seeds);
        let mut reading = Reading { plan, how, seeds: Arc::new(seeds), parts: owner.into_iter().collect() };
        let wanted = self.wanted(plan);
        for (at, (source, fields)) in plan.parts.iter().enumerate().skip(reading.parts.len()) {
            let part = self.part(&reading, at, (*source, fields.intersection(wanted)));
            reading.parts.push(part);
        }
        let children = join_all(plan.children.iter().map(|child| self.child(child, &reading)));
        let read = reading.parts.iter().filter_map(|part| match part {
            PartRead::Given(_) => None,
            PartRead::Read(part) => Some(part.clone()),
        });
        let (_, children) = join(join_all(read), children).await;
        let mut parts = SmallVec::new();
        for part in reading.parts {
            parts.push(part.all().await);
        }
        EntityBatch { seeds: reading.seeds, parts, children }
    }

    /// The fields that this caller may have; `LINKS` is no field of anybody's.
    pub(super) fn wanted(&self, plan: &EntityPlan) -> FieldSet {
        let granted = plan.guarded.iter().filter(|(permission, _)| self.may_somewhere(Some(permission)));
        let mut wanted = granted.fold(plan.fields, |all, (_, fields)| all.union(*fields));
        wanted.insert(FieldId::LINKS);
        wanted
    }

    /// Tells operators of records that were not the caller's.
    pub(super) fn report(&self, entity: EntityId, source: SourceId, verdicts: &[Verdict]) {
        let planner = &self.executor.planner;
        let entity = planner.graph.entity(entity).map_or("", |entity| &entity.name);
        let source = planner.catalog.sources.get(usize::from(source.0)).map_or("", |source| &source.name);
        foreign(entity, source, verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Denied)).count());
    }

    async fn child<'b>(&'b self, child: &'b Child, reading: &Reading<'b>) -> ChildBatch {
        match &child.hangs {
            Hangs::Reference(path) => self.references(child, path, reading).await,
            Hangs::List(list) => self.list_of((child, list), reading).await,
            // What is rare is boxed, so that the usual child is small.
            Hangs::Lists(merge) => self.several_of((child, merge), reading).boxed().await,
            Hangs::Figures { list, counts } => self.tallies((child, list), *counts, reading).boxed().await,
            Hangs::Computed { fields, source, arguments } => {
                let how = self.how(child.place.live, child.locale.as_ref());
                let ask = Ask { source: *source, entity: reading.plan.entity, fields: *fields, how: &how };
                self.computed((child, ask), crate::plan::resolve(arguments, self.variables), reading).boxed().await
            }
            Hangs::CurrentAccount | Hangs::Memberships | Hangs::Contact | Hangs::Ids(_) | Hangs::Written(_) => {
                let error = Error::new(Code::Internal, "a place of the caller stands under a record");
                let values = reading.seeds.iter().map(|_| Part::Failed(error.clone())).collect();
                ChildBatch { place: PlaceBatch::default(), way: Way::Values(values) }
            }
        }
    }

    /// The keys of every record in a source: at once where they are known, otherwise from the owner's records.
    pub(super) async fn keys_of(
        &self,
        reading: &Reading<'_>,
        (source, named_by): (SourceId, Option<FieldId>),
    ) -> Vec<Result<Arc<[Key]>, Error>> {
        let hub = |seed: &Seed| match seed.access.and_then(|at| self.access(at)) {
            Some(access) => Run::account_keys(access, source),
            None => Ok(Arc::default()),
        };
        if reading.plan.hub {
            return reading.seeds.iter().map(hub).collect();
        }
        if named_by.is_none() && reading.seeds.iter().all(|seed| seed.id.source == source) {
            return reading.seeds.iter().map(|seed| Ok(Arc::from([seed.id.key.clone()]))).collect();
        }
        let Some(owner) = reading.parts.first() else {
            return reading.seeds.iter().map(|_| Ok(Arc::default())).collect();
        };
        let owner = owner.all().await;
        if let Some(field) = named_by {
            return owner.iter().map(|checked| name_of(checked, field)).collect();
        }
        let keys = owner.iter().map(|checked| async {
            match self.linked(checked, source, &reading.how).await {
                Asked::Keys(keys, _) => Ok(keys),
                Asked::Key(key) => Ok(Arc::from([key])),
                Asked::Given(Checked { part: Part::Failed(error), .. }) => Err(error),
                Asked::Given(_) => Ok(Arc::default()),
            }
        });
        join_all(keys).await
    }
}

/// The value by which another source names a record, as a key; none where the record has none.
fn name_of(checked: &Checked, field: FieldId) -> Result<Arc<[Key]>, Error> {
    match &checked.part {
        Part::Failed(error) => Err(error.clone()),
        Part::Absent => Ok(Arc::default()),
        Part::Rows(rows) => {
            let names = rows.iter().filter_map(|(record, _)| Key::new(record.value(field).as_text()?));
            Ok(names.collect())
        }
    }
}
