//! References: collected from the records of a place, each once, and what hangs on the caller or on arguments.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;

use super::batch::{ChildBatch, ParentId, Part, PlaceBatch, Slot, Way};
use super::lists::{ListOwner, identify};
use super::once::Once;
use super::records::{Reading, Seed};
use super::run::{Ask, How, Run};
use super::scope::{Checked, Expect, Verdict};
use crate::error::{Code, Error};
use crate::model::{Answer, EntityId, FieldId, FieldSet, Key, ListOf, RecordId, Reference, SourceId, Value};
use crate::plan::{Child, Hangs, Hop, Input, MOST, MergePlan, MergedSide};
use crate::source::Reverse;

/// What a reference leads to: a record to be read, or none, or an error.
type Led = Result<Option<Seed>, Error>;

/// In whose terms references are: of what, by which source's key, or value of which field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Terms {
    entity: EntityId,
    source: SourceId,
    by: Option<FieldId>,
}

impl<'a> Run<'a> {
    /// The records that a slot of every record of a place refers to.
    pub(super) async fn references<'b>(
        &'b self,
        child: &'b Child,
        path: &'b [Hop],
        reading: &Reading<'b>,
    ) -> ChildBatch {
        let mut found: Once<Reference> = Once::with_room(reading.seeds.len());
        let part =
            path.first().and_then(|hop| reading.plan.parts.iter().position(|(_, fields)| fields.contains(hop.field)));
        if let Some(part) = part.and_then(|part| reading.parts.get(part)) {
            let shown: Vec<Shown> = path.iter().map(|hop| self.shown_of(hop)).collect();
            for checked in part.all().await.iter() {
                let Part::Rows(rows) = &checked.part else { continue };
                for (record, _) in rows {
                    if let Some(((field, most), rest)) = shown.split_first() {
                        collect(record.value(*field), (*most, rest), &mut |reference| {
                            found.take(reference);
                        });
                    }
                }
            }
        }
        let how = self.how(child.place.live, child.locale.as_ref());
        let led = self.lead(child, found.all(), &how).await;
        let (place, slots) = self.slots(child, how, led).await;
        ChildBatch { way: Way::References(found, slots), place }
    }

    /// Reads what references lead to; their slots are parallel to them.
    async fn slots<'b>(&'b self, child: &'b Child, how: How, led: Vec<Led>) -> (PlaceBatch, Vec<Slot>) {
        let mut seeds = Vec::with_capacity(led.len());
        let mut slots = Vec::with_capacity(led.len());
        let mut numbers = Vec::with_capacity(led.len());
        for led in led {
            slots.push(match led {
                Ok(seed) => {
                    numbers.extend(seed.is_some().then_some(slots.len()));
                    seeds.extend(seed);
                    Slot::Absent
                }
                Err(error) => Slot::Failed(error),
            });
        }
        let (place, stands) = self.place(&child.place, how, seeds).await;
        for (number, stand) in numbers.into_iter().zip(stands) {
            if let Some(slot) = slots.get_mut(number) {
                *slot = Slot::at(stand);
            }
        }
        (place, slots)
    }

    /// How much of a list is gone into on the way to references: what is not shown need not be read.
    fn shown_of(&self, hop: &Hop) -> Shown {
        let most = match hop.first.as_ref().and_then(|first| first.resolve(self.variables)) {
            Some(Input::Int(most)) => usize::try_from(most).unwrap_or(0),
            _ => usize::MAX,
        };
        (hop.field, most)
    }

    /// Finds out which records references mean, parallel to them.
    async fn lead(&self, child: &Child, references: &[Reference], how: &How) -> Vec<Led> {
        let mut led: Vec<Option<Led>> = references.iter().map(|reference| self.direct(reference)).collect();
        let mut groups: HashMap<Terms, Vec<usize>> = HashMap::new();
        for (at, (reference, known)) in references.iter().zip(&led).enumerate() {
            if known.is_none() {
                let Reference { entity, source, by, .. } = *reference;
                groups.entry(Terms { entity, source, by }).or_default().push(at);
            }
        }
        if groups.is_empty() {
            return led.into_iter().flatten().collect();
        }
        let groups: Vec<_> = groups.into_iter().collect();
        let answers = join_all(groups.iter().map(|(terms, at)| {
            let asked: Vec<&Reference> = at.iter().filter_map(|at| references.get(*at)).collect();
            self.look_up(*terms, asked, (child, how))
        }));
        for ((_, places), answers) in groups.iter().zip(answers.await) {
            for (at, answer) in places.iter().zip(answers) {
                if let Some(slot) = led.get_mut(*at) {
                    *slot = Some(answer);
                }
            }
        }
        led.into_iter().map(|led| led.unwrap_or(Ok(None))).collect()
    }

    /// What a reference means where that is known without asking.
    fn direct(&self, reference: &Reference) -> Option<Led> {
        let planner = &self.executor.planner;
        if reference.entity == planner.graph.hub && reference.by.is_none() {
            return Some(Ok(self.account_at(reference.source, &reference.key).and_then(|at| self.account_seed(at))));
        }
        let of = planner.catalog.of(reference.entity).filter(|of| !of.owners.is_empty());
        match (of, reference.by) {
            (None, _) => Some(Ok(None)),
            (Some(of), None) if of.owns(reference.source) => {
                let id = RecordId { entity: reference.entity, source: reference.source, key: reference.key.clone() };
                Some(Ok(Some(Seed::of(id))))
            }
            _ => None,
        }
    }

    /// Looks references up at the source they are in the terms of, where that owns the entity; else at every owner.
    async fn look_up(&self, of: Terms, asked: Vec<&Reference>, with: (&Child, &How)) -> Vec<Led> {
        let planner = &self.executor.planner;
        let owners: Vec<SourceId> = match planner.catalog.owners(of.entity) {
            [only] => vec![only.source],
            several if several.iter().any(|owner| owner.source == of.source) => vec![of.source],
            several => several.iter().map(|owner| owner.source).filter(|owner| self.may_know(*owner, of)).collect(),
        };
        let led = join_all(owners.into_iter().map(|owner| self.look_up_at(owner, (of, asked.clone()), with))).await;
        let mut led: Vec<_> = led.into_iter().map(Vec::into_iter).collect();
        asked.iter().map(|_| only(led.iter_mut().filter_map(Iterator::next).collect())).collect()
    }

    /// Whether one of several owners can be asked for references in these terms.
    fn may_know(&self, owner: SourceId, of: Terms) -> bool {
        let planner = &self.executor.planner;
        let Some(by) = of.by else { return true };
        let field = planner.graph.entity(of.entity).and_then(|entity| entity.field(by));
        field.is_some_and(|field| planner.catalog.finds(owner, of.entity, (by, &field.name)))
    }

    async fn look_up_at(&self, owner: SourceId, of: (Terms, Vec<&Reference>), with: (&Child, &How)) -> Vec<Led> {
        let (child, how) = with;
        let (Terms { entity, source, by }, asked) = of;
        let planner = &self.executor.planner;
        let plan = child.place.plan_of(entity, owner).map(|(_, plan)| plan);
        let fields = plan.map_or(FieldSet::EMPTY, |plan| {
            let part = plan.parts.iter().find(|(source, _)| *source == owner);
            part.map_or(FieldSet::EMPTY, |(_, fields)| fields.intersection(self.wanted(plan)))
        });
        if !self.may_somewhere(plan.and_then(|plan| plan.permission.as_ref())) {
            return asked.iter().map(|_| Err(super::forbidden())).collect();
        }
        let field = by.and_then(|by| planner.graph.entity(entity)?.field(by));
        let answers = match field {
            Some(field) => {
                let values: Vec<Key> = asked.iter().map(|reference| reference.key.clone()).collect();
                self.find(Ask { source: owner, entity, fields, how }, &field.name, values).await
            }
            None => {
                let contexts = |source: SourceId| self.context(source, how);
                let references: Vec<Reference> = asked.into_iter().cloned().collect();
                let count = references.len();
                let reversed = self.executor.linker.reverse(Reverse { references, owner, fields }, &contexts);
                let answers = self.within(source, count, reversed).await;
                let owned = |answer: Answer| {
                    answer.map(|found| found.filter(|(record, _)| (record.source, record.entity) == (owner, entity)))
                };
                answers.into_iter().map(owned).collect()
            }
        };
        let records: Vec<_> = answers
            .iter()
            .filter_map(|answer| answer.as_ref().ok()?.as_ref())
            .map(|(record, _)| (&**record, Expect::Any))
            .collect();
        let verdicts = self.check(&records, None, how).await;
        self.report(entity, owner, &verdicts);
        let mut verdicts = verdicts.into_iter();
        let hub = planner.graph.hub;
        let led = |answer: Answer| -> Led {
            let Some((record, freshness)) = answer? else { return Ok(None) };
            match verdicts.next() {
                Some(Verdict::Granted(_)) if entity == hub => {
                    Ok(self.account_at(record.source, &record.key).and_then(|at| self.account_seed(at)))
                }
                Some(Verdict::Granted(access)) => {
                    let id = identify(&record);
                    let checked = Checked { part: Part::one(record, freshness), access };
                    Ok(Some(Seed { access, given: Some(checked), ..Seed::of(id) }))
                }
                Some(Verdict::Failed(error)) => Err(error),
                Some(Verdict::Denied) | None => Ok(None),
            }
        };
        answers.into_iter().map(led).collect()
    }

    /// The record that was written, or that the answer to a write shows besides.
    fn written_seed(&self, name: Option<&Arc<str>>) -> Option<Seed> {
        let (_, id) = self.written.iter().find(|(shown, _)| shown.as_ref() == name)?;
        if id.entity != self.executor.planner.graph.hub {
            return Some(Seed::of(id.clone()));
        }
        self.account_seed(self.accounts().iter().position(|access| access.id == *id)?)
    }

    fn account_seed(&self, at: usize) -> Option<Seed> {
        let access = self.access(at)?;
        Some(Seed { access: Some(at), ..Seed::of(access.id.clone()) })
    }

    /// A child that hangs on the caller or on arguments alone.
    pub(super) async fn caller_child(&self, child: &Child) -> ChildBatch {
        if !self.may(child.permission.as_ref(), None) {
            return ChildBatch { place: PlaceBatch::default(), way: Way::Slots(Vec::new()) };
        }
        let how = self.how(child.place.live, child.locale.as_ref());
        let led: Vec<Led> = match &child.hangs {
            Hangs::CurrentAccount => vec![Ok(self.current().and_then(|at| self.account_seed(at)))],
            Hangs::Memberships => (0..self.accounts().len()).map(|at| Ok(self.account_seed(at))).collect(),
            Hangs::Contact => {
                let own = self.contact();
                vec![Ok(own.map(|own| Seed { own: true, ..Seed::of(own.id.clone()) }))]
            }
            Hangs::Ids(template) => match self.ids(child, template.resolve(self.variables)) {
                Ok(led) => led,
                Err(error) => return ChildBatch { place: PlaceBatch::default(), way: Way::Refused(error) },
            },
            Hangs::Written(name) => vec![Ok(self.written_seed(name.as_ref()))],
            // Without an account in use, what is for that account is null.
            Hangs::List(_) if child.per_account && self.account().is_none() => {
                return ChildBatch { place: PlaceBatch::default(), way: Way::Values(Vec::new()) };
            }
            Hangs::List(list) => {
                let owner = match list.list {
                    ListOf::All => ListOwner {
                        keys: list.sources.iter().map(|_| Ok(Arc::from([]))).collect(),
                        barred: false,
                        id: ParentId::default(),
                        expect: Expect::Any,
                        access: None,
                        own: false,
                    },
                    ListOf::Parent(_) => ListOwner {
                        keys: list.sources.iter().map(|own| self.contact_keys(*own).map(Arc::from)).collect(),
                        barred: false,
                        id: ParentId::of(self.contact().map(|own| own.id.clone())),
                        expect: Expect::Any,
                        access: self.current(),
                        own: false,
                    },
                };
                return self.list((child, list), vec![owner], None).await;
            }
            Hangs::Lists(merge) => return self.several((child, merge), vec![self.seeker(merge)], None).await,
            Hangs::Reference(_) | Hangs::Computed { .. } | Hangs::Figures { .. } => {
                vec![Err(Error::new(Code::Internal, "a place of a record stands under the caller"))]
            }
        };
        let (place, slots) = self.slots(child, how, led).await;
        ChildBatch { way: Way::Slots(slots), place }
    }

    /// Who searches: everybody in what is everybody's, and in what belongs to accounts the account in use.
    fn seeker(&self, merge: &MergePlan) -> ListOwner {
        let account = self.account();
        let keys = |side: &MergedSide| match (&side.list, account) {
            (ListOf::Parent(_), Some(access)) => Run::account_keys(access, side.source),
            _ => Ok(Arc::from([])),
        };
        ListOwner {
            keys: merge.sides.iter().map(keys).collect(),
            barred: false,
            id: ParentId::of(account.map(|account| account.id.clone())),
            expect: self.current().map_or(Expect::Any, Expect::Account),
            access: self.current(),
            own: false,
        }
    }

    /// The records that ids in the arguments stand for, each on its own; an error where the argument is refused whole.
    fn ids(&self, child: &Child, given: Option<Input>) -> Result<Vec<Led>, Error> {
        let ids = match given {
            Some(Input::List(ids)) => ids,
            Some(id) => vec![id],
            None => Vec::new(),
        };
        if ids.len() > MOST as usize {
            let message = format!("At most {MOST} ids can be asked for at once.");
            return Err(Error::public(Code::BadUserInput, message));
        }
        let one = |id: Input| -> Led {
            let text = id.as_text().unwrap_or_else(|| Arc::from(""));
            let Some(id) = self.open(&text)? else { return Ok(None) };
            if !child.place.entities.iter().any(|plan| plan.entity == id.entity) {
                return Err(Error::public(Code::BadUserInput, "This id is of another kind of record."));
            }
            if id.entity == self.executor.planner.graph.hub {
                let own = self.accounts().iter().position(|access| access.id == id);
                return Ok(own.and_then(|at| self.account_seed(at)));
            }
            Ok(Some(Seed::of(id)))
        };
        Ok(ids.into_iter().map(one).collect())
    }

    /// Every child that hangs on the caller, at the same time.
    pub(super) async fn all(&self, children: &[Child]) -> PlaceChildren {
        join_all(children.iter().map(|child| self.caller_child(child))).await
    }
}

/// What one reference leads to at several owners: one record, or none; two would be a guess.
fn only(led: Vec<Led>) -> Led {
    let (mut found, mut failed) = (None, None);
    for one in led {
        match one {
            Ok(Some(_)) if found.is_some() => {
                return Err(Error::new(Code::Conflict, "a reference leads to records in several sources"));
            }
            Ok(Some(seed)) => found = Some(seed),
            Ok(None) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (found, failed) {
        (None, Some(error)) => Err(error),
        (found, _) => Ok(found),
    }
}

/// Parallel to the plan's children.
pub(super) type PlaceChildren = Vec<ChildBatch>;

/// A field on the way to references, and how many elements of a list in it are shown.
type Shown = (FieldId, usize);

/// The references under a path through value objects and lists, as far as the lists are shown.
fn collect<'v>(value: &'v Value, (most, rest): (usize, &[Shown]), to: &mut impl FnMut(&'v Reference)) {
    match value {
        Value::List(items) => items.iter().take(most).for_each(|item| collect(item, (usize::MAX, rest), to)),
        Value::Reference(reference) if rest.is_empty() => to(reference),
        Value::Object(fields) => {
            if let Some(((field, most), rest)) = rest.split_first()
                && let Some(value) = fields.get(usize::from(field.0))
            {
                collect(value, (*most, rest), to);
            }
        }
        _ => {}
    }
}
