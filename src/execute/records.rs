//! Places: every part of every record read at once, and each child begun as soon as the keys it hangs on are there.

use std::collections::HashMap;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, join, join_all};

use super::batch::{ChildBatch, EntityBatch, Node, Part, PlaceBatch, State, Way};
use super::run::{Ask, How, Run};
use super::scope::{Checked, Expect, Verdict, foreign};
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
}

/// Where each record stands in a place.
pub(super) type Standing = HashMap<RecordId, (usize, usize)>;

/// A part of the records of a place, shared by everything that hangs on it.
pub(super) type PartRead<'b> = Shared<BoxFuture<'b, Arc<Vec<Checked>>>>;

/// The records of one kind in a place, while they are read.
pub(super) struct Reading<'b> {
    pub(super) plan: &'b EntityPlan,
    pub(super) how: How,
    pub(super) seeds: Arc<[Seed]>,
    /// Parallel to `seeds`: the caller may not see it, and nothing is read for it.
    pub(super) barred: Arc<[bool]>,
    /// Parallel to the plan's parts.
    pub(super) parts: Vec<PartRead<'b>>,
}

impl Seed {
    pub(super) fn of(id: RecordId) -> Self {
        Self { id, access: None, given: None, own: false }
    }
}

impl<'a> Run<'a> {
    /// Reads the records of a place, each once.
    pub(super) fn place<'b>(
        &'b self,
        place: &'b Place,
        how: How,
        seeds: Vec<Seed>,
    ) -> BoxFuture<'b, (PlaceBatch, Standing)> {
        let mut standing = Standing::new();
        let mut kinds: Vec<Vec<Seed>> = place.entities.iter().map(|_| Vec::new()).collect();
        for seed in seeds {
            let kind = place.plan_of(seed.id.entity, seed.id.source);
            let Some((kind, group)) = kind.and_then(|(kind, _)| Some((kind, kinds.get_mut(kind)?))) else { continue };
            standing.entry(seed.id.clone()).or_insert_with(|| {
                group.push(seed);
                (kind, group.len() - 1)
            });
        }
        async move {
            let kinds = place.entities.iter().zip(kinds);
            let entities = join_all(kinds.map(|(plan, seeds)| self.entity(plan, how.clone(), seeds))).await;
            (PlaceBatch { entities }, standing)
        }
        .boxed()
    }

    async fn entity<'b>(&'b self, plan: &'b EntityPlan, how: How, mut seeds: Vec<Seed>) -> EntityBatch {
        if seeds.is_empty() {
            return EntityBatch::default();
        }
        if let Some(contact) = &self.caller.authority.contact {
            seeds.iter_mut().filter(|seed| seed.id == contact.id).for_each(|seed| seed.own = true);
        }
        let permission = plan.permission.as_ref();
        let barred = seeds.iter().map(|seed| {
            let may = match seed.access {
                Some(_) => self.may(permission, seed.access),
                None => self.may_somewhere(permission),
            };
            !seed.own && !may
        });
        let barred: Arc<[bool]> = barred.collect();
        let mut reading = Reading { plan, how, seeds: Arc::from(seeds), barred, parts: Vec::new() };
        let wanted = self.wanted(plan);
        for (at, (source, fields)) in plan.parts.iter().enumerate() {
            let part = self.part(&reading, at, (*source, fields.intersection(wanted)));
            reading.parts.push(part);
        }
        let children = join_all(plan.children.iter().map(|child| self.child(child, &reading)));
        let (parts, children) = join(join_all(reading.parts.iter().cloned()), children).await;
        let node = |seed: (usize, &Seed)| self.node(&reading, seed, &parts);
        let nodes = reading.seeds.iter().enumerate().map(node).collect();
        EntityBatch { nodes, children }
    }

    /// The fields that this caller may have; `LINKS` is no field of anybody's.
    pub(super) fn wanted(&self, plan: &EntityPlan) -> FieldSet {
        let granted = plan.guarded.iter().filter(|(permission, _)| self.may_somewhere(Some(permission)));
        let mut wanted = granted.fold(plan.fields, |all, (_, fields)| all.union(*fields));
        wanted.insert(FieldId::LINKS);
        wanted
    }

    fn part<'b>(&'b self, reading: &Reading<'b>, at: usize, of: (SourceId, FieldSet)) -> PartRead<'b> {
        let (plan, how) = (reading.plan, reading.how.clone());
        let (seeds, barred) = (Arc::clone(&reading.seeds), Arc::clone(&reading.barred));
        let optional = plan.hub || at > 0;
        if optional && of.1.is_empty() && !(at == 0 && plan.record) {
            let nothing = seeds.iter().map(|_| absent()).collect();
            return futures::future::ready(Arc::new(nothing)).boxed().shared();
        }
        let owner = reading.parts.first().cloned();
        async move {
            let asked: Vec<Asked> = match owner {
                _ if plan.hub => seeds.iter().map(|seed| self.hub_keys(seed, of.0)).collect(),
                None => seeds.iter().map(|seed| Asked::keys([seed.id.key.clone()], Expect::Any)).collect(),
                Some(owner) => {
                    let owner = owner.await;
                    join_all(owner.iter().map(|checked| self.linked(checked, of.0, &how))).await
                }
            };
            let asked = asked.into_iter().zip(seeds.iter().zip(barred.iter()));
            let asked = asked.map(|(asked, (seed, barred))| match &seed.given {
                Some(given) if seed.id.source == of.0 => Asked::Given(given.clone()),
                _ if *barred => Asked::Given(absent()),
                _ => asked,
            });
            let ask = Ask { source: of.0, entity: plan.entity, fields: of.1, how: &how };
            Arc::new(self.read(ask, asked.collect()).await)
        }
        .boxed()
        .shared()
    }

    fn hub_keys(&self, seed: &Seed, source: SourceId) -> Asked {
        let Some((at, access)) = seed.access.and_then(|at| Some((at, self.access(at)?))) else {
            return Asked::Given(absent());
        };
        match Run::account_keys(access, source) {
            Ok(keys) => Asked::Keys(keys.to_vec(), Expect::Account(at)),
            Err(error) => Asked::Given(failed(error)),
        }
    }

    /// What is asked of a contributor: the keys by which it knows the owner's record.
    async fn linked(&self, owner: &Checked, source: SourceId, how: &How) -> Asked {
        let record = match &owner.part {
            Part::Rows(rows) => rows.first(),
            Part::Absent => None,
            Part::Failed(error) => return Asked::Given(failed(error.clone())),
        };
        let Some((record, _)) = record else { return Asked::Given(absent()) };
        match self.keys_in(record, source, how).await {
            Ok(keys) => Asked::Keys(keys.to_vec(), owner.access.map_or(Expect::Any, Expect::Account)),
            Err(error) => Asked::Given(failed(error)),
        }
    }

    /// Reads and checks one part of every record, in one read.
    async fn read(&self, ask: Ask<'_>, asked: Vec<Asked>) -> Vec<Checked> {
        let mut keys: Vec<Key> = Vec::new();
        for key in asked.iter().flat_map(Asked::iter) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        let answers = self.get(ask, keys.clone()).await;
        let by_key: HashMap<&Key, _> = keys.iter().zip(answers).collect();
        let mut records = Vec::new();
        for one in &asked {
            if let Asked::Keys(keys, expect) = one {
                let found = keys.iter().filter_map(|key| by_key.get(key)?.as_ref().ok()?.as_ref());
                records.extend(found.map(|(record, _)| (Arc::clone(record), *expect)));
            }
        }
        let verdicts = self.check(&records, None, ask.how).await;
        self.report(ask.entity, ask.source, &verdicts);
        let mut verdicts = verdicts.into_iter();
        let settle = |one: Asked| match one {
            Asked::Given(checked) => checked,
            Asked::Keys(keys, _) => {
                let mut rows = smallvec::SmallVec::new();
                let mut access = None;
                let mut error = None;
                for key in &keys {
                    match by_key.get(key) {
                        Some(Ok(Some((record, freshness)))) => match verdicts.next() {
                            Some(Verdict::Granted(through)) => {
                                access = access.or(through);
                                rows.push((Arc::clone(record), *freshness));
                            }
                            Some(Verdict::Failed(failure)) => error = error.or(Some(failure)),
                            Some(Verdict::Denied) | None => {}
                        },
                        Some(Err(failure)) => error = error.or_else(|| Some(failure.clone())),
                        _ => {}
                    }
                }
                match error {
                    // Of several records that make one, all are needed: a part of the truth could mislead.
                    Some(error) => failed(error),
                    None if rows.is_empty() => absent(),
                    None => Checked { part: Part::Rows(rows), access },
                }
            }
        };
        asked.into_iter().map(settle).collect()
    }

    /// Tells operators of records that were not the caller's.
    pub(super) fn report(&self, entity: EntityId, source: SourceId, verdicts: &[Verdict]) {
        let planner = &self.executor.planner;
        let entity = planner.graph.entity(entity).map_or("", |entity| &entity.name);
        let source = planner.catalog.sources.get(usize::from(source.0)).map_or("", |source| &source.name);
        foreign(entity, source, verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Denied)).count());
    }

    fn node(&self, reading: &Reading<'_>, (at, seed): (usize, &Seed), parts: &[Arc<Vec<Checked>>]) -> Node {
        let plan = reading.plan;
        let checked: Vec<Checked> = parts.iter().map(|part| part.get(at).cloned().unwrap_or_else(absent)).collect();
        let owner = checked.first().filter(|_| !plan.hub);
        let access = seed.access.or_else(|| owner.and_then(|owner| owner.access));
        let barred = reading.barred.get(at).copied().unwrap_or(true);
        let forbidden = barred || (!seed.own && access.is_some() && !self.may(plan.permission.as_ref(), access));
        let state = match owner.map(|owner| &owner.part) {
            _ if barred => State::Failed(super::forbidden()),
            Some(Part::Absent) => State::Absent,
            Some(Part::Failed(error)) => State::Failed(error.clone()),
            _ if forbidden => State::Failed(super::forbidden()),
            _ => State::Present,
        };
        let parts = checked.into_iter().map(|checked| checked.part).collect();
        Node { id: seed.id.clone(), access, parts, state }
    }

    async fn child<'b>(&'b self, child: &'b Child, reading: &Reading<'b>) -> ChildBatch {
        match &child.hangs {
            Hangs::Reference(path) => self.references(child, path, reading).await,
            Hangs::List(list) => self.list_of((child, list), reading).await,
            Hangs::Lists(merge) => self.several_of((child, merge), reading).await,
            Hangs::Figures { list, counts } => self.tallies((child, list), *counts, reading).await,
            Hangs::Computed { fields, source, arguments } => {
                let how = self.how(child.place.live, child.locale.as_ref());
                let ask = Ask { source: *source, entity: reading.plan.entity, fields: *fields, how: &how };
                self.computed((child, ask), crate::plan::resolve(arguments, self.variables), reading).await
            }
            Hangs::CurrentAccount | Hangs::Memberships | Hangs::Contact | Hangs::Ids(_) => {
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
            None => Ok(Arc::from([])),
        };
        if reading.plan.hub {
            return reading.seeds.iter().map(hub).collect();
        }
        if named_by.is_none() && reading.seeds.iter().all(|seed| seed.id.source == source) {
            return reading.seeds.iter().map(|seed| Ok(Arc::from([seed.id.key.clone()]))).collect();
        }
        let Some(owner) = reading.parts.first() else {
            return reading.seeds.iter().map(|_| Ok(Arc::from([]))).collect();
        };
        let owner = owner.clone().await;
        if let Some(field) = named_by {
            return owner.iter().map(|checked| name_of(checked, field)).collect();
        }
        let keys = owner.iter().map(|checked| async {
            match self.linked(checked, source, &reading.how).await {
                Asked::Keys(keys, _) => Ok(Arc::from(keys)),
                Asked::Given(Checked { part: Part::Failed(error), .. }) => Err(error),
                Asked::Given(_) => Ok(Arc::from([])),
            }
        });
        join_all(keys).await
    }
}

/// The value by which another source names a record, as a key; none where the record has none.
fn name_of(checked: &Checked, field: FieldId) -> Result<Arc<[Key]>, Error> {
    match &checked.part {
        Part::Failed(error) => Err(error.clone()),
        Part::Absent => Ok(Arc::from([])),
        Part::Rows(rows) => {
            let names = rows.iter().filter_map(|(record, _)| Key::new(record.value(field).as_text()?));
            Ok(names.collect())
        }
    }
}

/// What is asked for one record of a place.
enum Asked {
    Keys(Vec<Key>, Expect),
    /// Nothing: it is there, or cannot be had.
    Given(Checked),
}

impl Asked {
    fn keys(keys: impl IntoIterator<Item = Key>, expect: Expect) -> Self {
        Self::Keys(keys.into_iter().collect(), expect)
    }

    fn iter(&self) -> std::slice::Iter<'_, Key> {
        match self {
            Self::Keys(keys, _) => keys.iter(),
            Self::Given(_) => [].iter(),
        }
    }
}

pub(super) fn absent() -> Checked {
    Checked { part: Part::Absent, access: None }
}

fn failed(error: Error) -> Checked {
    Checked { part: Part::Failed(error), access: None }
}
