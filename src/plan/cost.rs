//! What a plan costs: the upstream calls of every read and the rows that come back, never more than this, before anything is
//! read. One formula, for limits and for `explain`; how it is worked out by hand stands in `docs/limits.md`.

use std::collections::BTreeSet;
use std::sync::Arc;

use apollo_compiler::response::JsonMap;

use super::arguments::{ListArguments, MOST, resolve};
use super::explain::{Calls, Explained, ListShape, Stage, StageCall};
use super::figures::{FIGURE_PAGES, FIGURE_ROWS};
use super::input::Input;
use super::mutation::{MutationPlan, PayloadField};
use super::prepare::Planner;
use super::tree::{
    Child, EntityPlan, Form, GatewayField, Hangs, Hop, ItemField, ListPlan, MergePlan, Output, PageField, Plan, What,
};
use crate::connector::EvidenceRule;
use crate::graph::{FieldKind, Member, MemberKind, Shape, Target};
use crate::model::{EntityId, FieldSet, ListOf, SourceId};
use crate::protocol::PlannedCall;
use crate::source::spare;

/// Parents of parents that are read as evidence, at most.
const DEEPEST: u32 = 12;
/// What one upstream call counts for, beside its rows.
const CALL: u64 = 10;

/// For whom a plan is explained.
#[derive(Clone, Copy, Debug)]
pub struct Assumed<'a> {
    /// The coerced variables.
    pub variables: &'a JsonMap,
    /// How many accounts the caller has.
    pub accounts: u64,
    /// By how many keys a source knows an account, at most.
    pub keys: u64,
    /// How many times a read past the cache counts.
    pub live: u64,
}

/// Explains a plan for the arguments of one request.
#[must_use]
pub fn explain(planner: &Planner, plan: &Plan, calls: &dyn Calls, assumed: Assumed<'_>) -> Explained {
    let Assumed { variables, accounts, keys: by, live } = assumed;
    let mut walk = Walk {
        planner,
        calls,
        variables,
        by: by.max(1),
        live: live.max(1),
        explained: Explained::default(),
        permissions: BTreeSet::new(),
    };
    walk.outputs(&plan.root);
    for write in &plan.mutations {
        walk.write(write);
    }
    for child in plan.children.iter().chain(plan.mutations.iter().flat_map(|write| &write.children)) {
        let (hangs, keys) = match &child.hangs {
            Hangs::CurrentAccount => ("the account in use", 1),
            Hangs::Memberships => ("the caller's accounts", accounts),
            Hangs::Contact => ("the caller's contact", 1),
            Hangs::Written(_) => ("what is written", 1),
            Hangs::Ids(template) => match template.resolve(variables) {
                Some(Input::List(ids)) => ("ids", (ids.len() as u64).min(u64::from(MOST))),
                _ => ("an id", 1),
            },
            Hangs::List(_) | Hangs::Lists(_) | Hangs::Figures { .. } | Hangs::Reference(_) | Hangs::Computed { .. } => {
                ("the caller", 1)
            }
        };
        walk.child(child, At { keys, round: 0, depth: 0, hangs: Arc::from(hangs), above: None, spread: 1 });
    }
    walk.explained.permissions = walk.permissions.into_iter().collect();
    walk.explained
}

struct Walk<'a> {
    planner: &'a Planner,
    calls: &'a dyn Calls,
    variables: &'a JsonMap,
    /// Keys of an account in one source, at most.
    by: u64,
    /// How many times a read past the cache counts.
    live: u64,
    explained: Explained,
    permissions: BTreeSet<Arc<str>>,
}

/// Where the walk is: how many keys come in at most, after how many calls, hanging on what.
#[derive(Clone)]
struct At {
    keys: u64,
    round: u32,
    depth: u32,
    hangs: Arc<str>,
    /// The kind of record it hangs on: that is read and checked anyway.
    above: Option<EntityId>,
    /// How many of the keys are one parent's, at most.
    spread: u64,
}

impl Walk<'_> {
    /// A write, and what is read so that it may be done: the record that it changes, and every kind of record it names.
    fn write(&mut self, plan: &MutationPlan) {
        self.outputs(&plan.payload);
        let MutationPlan { mutation, .. } = plan;
        self.permissions.extend(mutation.permission.clone());
        let named = mutation.members.iter().map(|member| self.named(mutation.entity, member, 1));
        let named = named.fold(Named::default(), Named::and);
        let source = plan.sources.first().and_then(|source| self.planner.catalog.sources.get(usize::from(source.0)));
        let explained = &mut self.explained;
        let template = Arc::from(format!("write {}", mutation.operation));
        let call = StageCall { template, unit: "writes", many: 1, pages: 1, kept: false, bound: 1 };
        let calls = named.calls.saturating_add(1);
        explained.calls = explained.calls.saturating_add(calls);
        explained.usual += 1 + named.kinds;
        explained.rows = explained.rows.saturating_add(named.rows);
        let cost = calls.saturating_mul(CALL).saturating_add(named.rows);
        explained.cost = explained.cost.saturating_add(cost);
        explained.stages.push(Stage {
            depth: 0,
            field: Arc::from(format!("Mutation.{}", mutation.name)),
            source: source.map_or_else(|| Arc::from("?"), |source| Arc::clone(&source.name)),
            entity: self
                .planner
                .graph
                .entity(mutation.entity)
                .map_or_else(|| Arc::from("?"), |of| Arc::clone(&of.name)),
            hangs: Arc::from("the input"),
            fields: Vec::new(),
            keys: 1,
            rows: named.rows,
            live: false,
            cost,
            calls: vec![call],
            round: 0,
        });
    }

    /// What is read of the records that a member of an input names, in a write of `entity`; the member may stand there so many
    /// times.
    fn named(&self, entity: EntityId, member: &Member, times: u64) -> Named {
        // Of a list, all that it may have; one without a bound counts as one of its elements, since a member does not say
        // whether it is a list.
        let most = member.bounds.items.most.map_or(1, |most| u64::try_from(most).unwrap_or(u64::MAX));
        let times = times.saturating_mul(most);
        let calls = match &member.kind {
            MemberKind::Object(members) => {
                let inside = members.iter().map(|member| self.named(entity, member, times));
                return inside.fold(Named::default(), Named::and);
            }
            MemberKind::Itself => self.batches(entity, times),
            MemberKind::Record(Target::Entity(of)) => self.batches(*of, times),
            // What it will be is not known: each may be of another kind.
            MemberKind::Record(Target::Any) => times,
            MemberKind::Version | MemberKind::IdempotencyKey | MemberKind::File | MemberKind::Plain => {
                return Named::default();
            }
        };
        Named { kinds: 1, calls, rows: times }
    }

    /// The calls that so many records of an entity take, read by key, in whichever of its owners they live.
    fn batches(&self, entity: EntityId, records: u64) -> u64 {
        let owners = self.planner.catalog.owners(entity);
        let calls = |source: SourceId, records: u64| {
            let planned = self.calls.get(source, entity, FieldSet::EMPTY);
            let each = planned.iter().map(|call| match call.keep {
                Some(_) => records.min(1),
                None => records.div_ceil(u64::from(call.many.max(1))),
            });
            each.fold(0, u64::saturating_add)
        };
        // Each of the records lives in one owner: it is never more than all of them asked of every owner, nor than each of
        // them asked for by itself.
        let together = owners.iter().map(|owner| calls(owner.source, records)).fold(0, u64::saturating_add);
        let single = owners.iter().map(|owner| calls(owner.source, 1)).max().unwrap_or(0);
        together.min(single.saturating_mul(records))
    }

    fn child(&mut self, child: &Child, at: At) {
        match &child.hangs {
            Hangs::List(list) => self.list(child, list, at),
            Hangs::Lists(merge) => self.merged(child, merge, at),
            Hangs::Figures { list, .. } => self.figures(child, list, at),
            // Its read is a stage of the records it hangs on.
            Hangs::Computed { .. } => {}
            Hangs::CurrentAccount
            | Hangs::Memberships
            | Hangs::Contact
            | Hangs::Ids(_)
            | Hangs::Written(_)
            | Hangs::Reference(_) => {
                for plan in &child.place.entities {
                    self.entity((child, plan), at.clone(), None);
                }
            }
        }
    }

    fn list(&mut self, child: &Child, list: &ListPlan, at: At) {
        let given = resolve(&list.arguments, self.variables);
        // The day is part of conditions, not of the calls.
        let arguments = ListArguments::read(&self.planner.graph, list.of, given, "2000-01-01").ok();
        let first = u64::from(arguments.as_ref().map_or(MOST, |arguments| arguments.first));
        self.explained.page = self.explained.page.max(first);
        let order = arguments.as_ref().and_then(|arguments| arguments.order).or(list.order);
        for source in &list.sources {
            let Some((_, plan)) = child.place.plan_of(list.of, *source) else { continue };
            let fields = plan.parts.iter().find(|(part, _)| part == source).map(|(_, fields)| *fields);
            let mut fields = fields.unwrap_or_default();
            // What several sides are merged by is read from each.
            order.filter(|_| list.sources.len() > 1).into_iter().for_each(|order| fields.insert(order.field));
            let shape = ListShape { list: &list.list, fields, arguments: arguments.as_ref(), total: list.total };
            let calls = self.calls.list(*source, list.of, &shape);
            let more = self.planner.catalog.mapping(*source, list.of);
            let more = more.map_or(0, |of| spare(of, u32::try_from(first).unwrap_or(u32::MAX)));
            let rows = at.keys.saturating_mul(first + u64::from(more));
            let after = self.stage((child, plan, ("parents", rows)), (*source, fields, calls), at.clone());
            let evidence = At { keys: rows, round: after, ..at.clone() };
            self.evidence(child, (*source, list.of), evidence);
            // A page is cut to its length over all keys of its parent; all its rows may be of one source.
            let page = (at.keys / at.spread.max(1)).saturating_mul(first);
            self.entity((child, plan), At { keys: page, round: after, spread: 1, ..at.clone() }, Some(*source));
        }
    }

    /// Several lists shown as one: each as a list of its own, or read to its end where its order is not known otherwise.
    fn merged(&mut self, child: &Child, merge: &MergePlan, at: At) {
        let given = resolve(&merge.arguments, self.variables);
        let first = ListArguments::page(given.clone()).map_or(MOST, |page| page.first);
        self.explained.page = self.explained.page.max(u64::from(first));
        for (side, _) in merge.sides.iter().zip(merge.asked(&given)).filter(|(_, asked)| *asked) {
            self.permissions.extend(side.permissions.iter().cloned());
            let Some((_, plan)) = child.place.plan_of(side.of, side.source) else { continue };
            let own = resolve(&side.arguments, self.variables);
            let arguments = ListArguments::read(&self.planner.graph, side.of, own, "2000-01-01").ok();
            let arguments = arguments.map(|read| ListArguments {
                first: if side.is_whole() { MOST } else { first },
                order: merge.order(side),
                ..read
            });
            let fields = plan.parts.iter().find(|(part, _)| *part == side.source).map(|(_, fields)| *fields);
            let mut fields = fields.unwrap_or_default();
            side.at.into_iter().for_each(|at| fields.insert(at));
            let shape = ListShape { list: &side.list, fields, arguments: arguments.as_ref(), total: false };
            let calls = self.calls.list(side.source, side.of, &shape);
            // Under no record, the lists are those of the account in use.
            let at = match (&side.list, at.depth) {
                (ListOf::Parent(_), 0) => At { keys: self.by, spread: self.by, ..at.clone() },
                _ => at.clone(),
            };
            let spare = self.planner.catalog.mapping(side.source, side.of).map_or(0, |of| spare(of, first));
            let (rows, pages) = match side.is_whole() {
                true => (FIGURE_ROWS, FIGURE_PAGES),
                false => (first.saturating_add(spare), 1),
            };
            let rows = at.keys.saturating_mul(u64::from(rows));
            let after = self.pages(
                (child, plan, ("parents", rows), u64::from(pages)),
                (side.source, fields, calls),
                at.clone(),
            );
            self.evidence(child, (side.source, side.of), At { keys: rows, round: after, ..at.clone() });
            // All rows of a page may be of one side.
            let page = (at.keys / at.spread.max(1)).saturating_mul(u64::from(first));
            self.entity((child, plan), At { keys: page, round: after, spread: 1, ..at.clone() }, Some(side.source));
        }
    }

    /// A list that is read to its end, within the bound of figures.
    fn figures(&mut self, child: &Child, list: &ListPlan, at: At) {
        let given = resolve(&list.arguments, self.variables);
        let arguments = ListArguments::read(&self.planner.graph, list.of, given, "2000-01-01").ok();
        let arguments = arguments.map(|arguments| ListArguments { first: MOST, ..arguments });
        for (source, plan) in list.sources.iter().zip(&child.place.entities) {
            self.permissions.extend(plan.permission.clone());
            let fields = plan.fields;
            let shape = ListShape { list: &list.list, fields, arguments: arguments.as_ref(), total: list.total };
            let calls = self.calls.list(*source, list.of, &shape);
            let rows = at.keys.saturating_mul(u64::from(FIGURE_ROWS));
            let pages = u64::from(FIGURE_PAGES);
            let after = self.pages((child, plan, ("parents", rows), pages), (*source, fields, calls), at.clone());
            self.evidence(child, (*source, list.of), At { keys: rows, round: after, ..at.clone() });
        }
    }

    /// The parts of records, and what hangs on them; `given` came with the list.
    fn entity(&mut self, of: (&Child, &EntityPlan), at: At, given: Option<SourceId>) {
        let (child, plan) = of;
        self.permissions.extend(plan.permission.clone());
        plan.views.iter().for_each(|view| self.outputs(view));
        let mut ready = Vec::new();
        for (number, (source, fields)) in plan.parts.iter().enumerate() {
            if given == Some(*source) {
                ready.push((*fields, at.round));
                continue;
            }
            let calls = self.calls.get(*source, plan.entity, *fields);
            // A contributor is asked by the owner's link; the hub's links are known.
            let from =
                if number > 0 && !plan.hub { ready.first().map_or(at.round, |(_, round)| *round) } else { at.round };
            let keys = if plan.hub { at.keys.saturating_mul(self.by) } else { at.keys };
            let part = At { round: from, keys, ..at.clone() };
            let after = self.stage((child, plan, ("keys", keys)), (*source, *fields, calls), part.clone());
            if !plan.hub {
                self.evidence(child, (*source, plan.entity), At { round: after, above: None, ..part });
            }
            ready.push((*fields, after));
        }
        let owner = ready.first().map_or(at.round, |(_, round)| *round);
        let source = plan.parts.first().map(|(source, _)| *source);
        for below in &plan.children {
            let waits = |other: SourceId| if plan.hub || Some(other) == source { at.round } else { owner };
            let (round, hangs) = match &below.hangs {
                Hangs::Reference(path) => {
                    let part =
                        ready.iter().find(|(fields, _)| path.first().is_some_and(|hop| fields.contains(hop.field)));
                    (
                        part.map_or(at.round, |(_, round)| *round),
                        format!("{} of {}", below.coordinate, child.coordinate),
                    )
                }
                Hangs::List(list) | Hangs::Figures { list, .. } => {
                    let what = if plan.hub { "links" } else { "keys" };
                    let round = list.sources.iter().map(|source| waits(*source)).max();
                    let end = if matches!(below.hangs, Hangs::Figures { .. }) { ", for figures" } else { "" };
                    (round.unwrap_or(owner), format!("{what} of {}{end}", child.coordinate))
                }
                Hangs::Lists(merge) => {
                    let what = if plan.hub { "links" } else { "keys" };
                    let round = merge.sides.iter().map(|side| waits(side.source)).max();
                    (round.unwrap_or(owner), format!("{what} of {}, merged", child.coordinate))
                }
                Hangs::Computed { source, .. } => (waits(*source), format!("keys of {}", child.coordinate)),
                Hangs::CurrentAccount | Hangs::Memberships | Hangs::Contact | Hangs::Ids(_) | Hangs::Written(_) => {
                    (at.round, child.coordinate.to_string())
                }
            };
            let several = match &below.hangs {
                Hangs::Reference(path) => self.several(plan, path),
                _ => None,
            };
            let keys = at.keys.saturating_mul(several.unwrap_or(1));
            let lists = matches!(below.hangs, Hangs::List(_) | Hangs::Lists(_) | Hangs::Figures { .. });
            let spread = if plan.hub && lists { self.by } else { 1 };
            let keys = keys.saturating_mul(spread);
            let above = (!plan.hub).then_some(plan.entity);
            let next = At { keys, round, depth: at.depth + 1, hangs: Arc::from(hangs), above, spread };
            if let Hangs::Computed { fields, source, .. } = &below.hangs {
                let calls = self.calls.get(*source, plan.entity, *fields);
                self.stage((below, plan, ("keys", next.keys)), (*source, *fields, calls), next);
            } else {
                self.child(below, next);
            }
        }
    }

    /// Where a record's parent is its evidence, the parent is read, too, unless that is what the list hangs on.
    fn evidence(&mut self, child: &Child, of: (SourceId, EntityId), at: At) {
        let Some(EvidenceRule::Parent(field, _)) = self.planner.catalog.mapping(of.0, of.1).map(|m| &m.evidence) else {
            return;
        };
        let graph = Arc::clone(&self.planner.graph);
        let Some(parent) = graph.entity(of.1).and_then(|entity| entity.target(*field)) else { return };
        if parent == graph.hub || at.above == Some(parent) || at.depth > DEEPEST {
            return;
        }
        let name = graph.entity(parent).map_or_else(|| Arc::from("?"), |entity| Arc::clone(&entity.name));
        let plan = EntityPlan {
            entity: parent,
            owner: Some(of.0),
            name,
            permission: None,
            hub: false,
            views: Vec::new(),
            fields: FieldSet::EMPTY,
            guarded: Vec::new(),
            record: true,
            parts: Vec::new(),
            children: Vec::new(),
        };
        let calls = self.calls.get(of.0, parent, FieldSet::EMPTY);
        let next = At { depth: at.depth + 1, hangs: Arc::from("evidence"), ..at };
        let after = self.stage((child, &plan, ("keys", next.keys)), (of.0, FieldSet::EMPTY, calls), next.clone());
        self.evidence(child, (of.0, parent), At { round: after, above: None, ..next });
    }

    /// How many references a path leads to where it begins with a list: as many as are shown, and a page of them where
    /// nobody says, since such a list has no bound of its own.
    fn several(&self, plan: &EntityPlan, path: &[Hop]) -> Option<u64> {
        let Hop { field, first } = path.first()?;
        let field = self.planner.graph.entity(plan.entity)?.field(*field)?;
        let is_list = matches!(field.kind, FieldKind::References(_) | FieldKind::Stored(Shape::List { .. }));
        let shown = first.as_ref().and_then(|first| first.resolve(self.variables));
        let shown = match shown {
            Some(Input::Int(shown)) => u64::try_from(shown).unwrap_or(0).min(u64::from(MOST)),
            _ => u64::from(MOST),
        };
        is_list.then_some(shown)
    }

    /// Writes a stage down; answers after how many calls in sequence it is there.
    fn stage(
        &mut self,
        of: (&Child, &EntityPlan, (&'static str, u64)),
        from: (SourceId, FieldSet, Vec<PlannedCall>),
        at: At,
    ) -> u32 {
        self.pages((of.0, of.1, of.2, 1), from, at)
    }

    /// The same for a read of several pages, one after the other.
    fn pages(
        &mut self,
        of: (&Child, &EntityPlan, (&'static str, u64), u64),
        from: (SourceId, FieldSet, Vec<PlannedCall>),
        at: At,
    ) -> u32 {
        let (child, plan, (first, rows), pages) = of;
        let (source, fields, calls) = from;
        let entity = self.planner.graph.entity(plan.entity);
        let names = fields.iter().filter_map(|field| entity?.field(field).map(|field| Arc::clone(&field.name)));
        let planned = calls.iter().enumerate().map(|(number, call)| {
            // A list's first call is by parent; what follows is by the keys of its rows.
            let (unit, keys) = if number == 0 { (first, at.keys) } else { ("keys", rows) };
            let many = u64::from(call.many.max(1));
            let kept = call.keep.is_some();
            // The keys are those of all pages.
            let pages = if number == 0 { pages } else { 1 };
            let planned = StageCall { template: Arc::clone(&call.template), unit, many, pages, kept, bound: 0 };
            StageCall { bound: planned.at(keys).saturating_mul(pages), ..planned }
        });
        let planned: Vec<StageCall> = planned.collect();
        let turns = calls.len().saturating_mul(usize::try_from(pages).unwrap_or(usize::MAX));
        let after = at.round.saturating_add(u32::try_from(turns).unwrap_or(u32::MAX));
        let explained = &mut self.explained;
        explained.usual += planned.iter().map(|call| call.bound.min(1)).sum::<u64>();
        let bound = planned.iter().fold(0_u64, |all, call| all.saturating_add(call.bound));
        let live = child.place.live && !planned.is_empty();
        let cost = bound.saturating_mul(CALL).saturating_add(rows).saturating_mul(if live { self.live } else { 1 });
        explained.calls = explained.calls.saturating_add(bound);
        explained.rows = explained.rows.saturating_add(rows);
        explained.live += u64::from(live);
        explained.cost = explained.cost.saturating_add(cost);
        explained.rounds = explained.rounds.max(after);
        let source = self.planner.catalog.sources.get(usize::from(source.0));
        explained.stages.push(Stage {
            depth: at.depth,
            field: Arc::clone(&child.coordinate),
            source: source.map_or_else(|| Arc::from("?"), |source| Arc::clone(&source.name)),
            entity: Arc::clone(&plan.name),
            hangs: at.hangs,
            fields: names.collect(),
            keys: at.keys,
            rows,
            live,
            cost,
            calls: planned,
            round: at.round,
        });
        after
    }

    fn outputs(&mut self, outputs: &[Output]) {
        for output in outputs {
            self.permissions.extend(output.permission.clone());
            match &output.what {
                What::Provenance(inner) | What::Figures(inner) | What::Connection { outputs: inner, .. } => {
                    self.outputs(inner);
                }
                What::Figure(figure) => {
                    self.permissions.extend(figure.permissions.iter().cloned());
                    self.form(&figure.form);
                }
                What::Item(ItemField::Record(inner)) => self.outputs(inner),
                What::Page(field) => self.page_field(field),
                What::Gateway(
                    GatewayField::Viewer(inner)
                    | GatewayField::Memberships(inner)
                    | GatewayField::Changed { outputs: inner, .. },
                ) => self.outputs(inner),
                What::Slot(slot) | What::Computed { slot, .. } => self.form(&slot.form),
                // These cost nothing of their own: what is read for them is a child of the plan or of an entity.
                What::Payload(PayloadField::Errors(inner)) => self.outputs(inner),
                What::Typename(_)
                | What::Introspection
                | What::Id
                | What::Version
                | What::Derived(_)
                | What::Record { .. }
                | What::Records { .. }
                | What::Mutation(_)
                | What::Payload(_)
                | What::Gateway(_)
                | What::Item(_)
                | What::File(_)
                | What::Absent
                | What::Refused(_) => {}
            }
        }
    }

    fn page_field(&mut self, field: &PageField) {
        if let PageField::Edges(inner) | PageField::Info(inner) | PageField::Incomplete(inner) = field {
            self.outputs(inner);
        }
    }

    fn form(&mut self, form: &Form) {
        match form {
            Form::Object(inner) => self.outputs(inner),
            Form::List { of, .. } => self.form(of),
            Form::Leaf | Form::Reference(_) => {}
        }
    }
}

/// What is read, at most, of the records that an input names.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    /// The members that name any.
    kinds: u64,
    calls: u64,
    rows: u64,
}

impl Named {
    fn and(self, other: Self) -> Self {
        Self {
            kinds: self.kinds.saturating_add(other.kinds),
            calls: self.calls.saturating_add(other.calls),
            rows: self.rows.saturating_add(other.rows),
        }
    }
}
