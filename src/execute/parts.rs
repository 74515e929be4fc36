//! Parts of records: what one source tells of every record of a place, read at once and checked.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, join_all};
use smallvec::SmallVec;

use super::batch::Part;
use super::once::Once;
use super::records::{Reading, Seed};
use super::run::{Ask, How, Run};
use super::scope::{Checked, Expect, Verdict};
use crate::error::Error;
use crate::model::{FieldSet, Key, SourceId};
use crate::plan::EntityPlan;

/// A part of the records of a place, for everything that hangs on it.
#[derive(Clone)]
pub(super) enum PartRead<'b> {
    /// It is there already.
    Given(Arc<Vec<Checked>>),
    /// It is being read.
    Read(Shared<BoxFuture<'b, Arc<Vec<Checked>>>>),
}

impl PartRead<'_> {
    /// The part of every record.
    pub(super) async fn all(&self) -> Arc<Vec<Checked>> {
        match self {
            Self::Given(all) => Arc::clone(all),
            Self::Read(all) => all.clone().await,
        }
    }
}

/// What is asked for one record of a place.
pub(super) enum Asked {
    /// The record of that key, whoever's.
    Key(Key),
    /// The records that make it.
    Keys(Arc<[Key]>, Expect),
    /// Nothing: it is there, or cannot be had.
    Given(Checked),
}

impl Asked {
    fn keys(&self) -> &[Key] {
        match self {
            Self::Key(key) => std::slice::from_ref(key),
            Self::Keys(keys, _) => keys,
            Self::Given(_) => &[],
        }
    }

    fn expect(&self) -> Expect {
        match self {
            Self::Keys(_, expect) => *expect,
            Self::Key(_) | Self::Given(_) => Expect::Any,
        }
    }
}

/// The owner's part of all records, where every one of them was read already.
pub(super) fn given<'b>(plan: &EntityPlan, seeds: &mut [Seed]) -> Option<PartRead<'b>> {
    let (owner, _) = plan.parts.first().filter(|_| !plan.hub)?;
    let is_there = |seed: &Seed| seed.given.is_some() && seed.id.source == *owner;
    let all = seeds.iter().all(is_there).then(|| seeds.iter_mut().filter_map(|seed| seed.given.take()).collect());
    all.map(|all| PartRead::Given(Arc::new(all)))
}

impl<'a> Run<'a> {
    /// Begins to read a part of every record.
    pub(super) fn part<'b>(&'b self, reading: &Reading<'b>, at: usize, of: (SourceId, FieldSet)) -> PartRead<'b> {
        let (plan, how) = (reading.plan, reading.how.clone());
        let seeds = Arc::clone(&reading.seeds);
        let optional = plan.hub || at > 0;
        if optional && of.1.is_empty() && !(at == 0 && plan.record) {
            return PartRead::Given(Arc::new(vec![absent(); seeds.len()]));
        }
        let owner = reading.parts.first().cloned();
        let read = async move {
            let asked: Vec<Asked> = match owner {
                _ if plan.hub => seeds.iter().map(|seed| self.hub_keys(seed, of.0)).collect(),
                None => seeds.iter().map(|seed| Asked::Key(seed.id.key.clone())).collect(),
                Some(owner) => {
                    let owner = owner.all().await;
                    join_all(owner.iter().map(|checked| self.linked(checked, of.0, &how))).await
                }
            };
            let asked = asked.into_iter().zip(seeds.iter()).map(|(asked, seed)| match &seed.given {
                Some(given) if seed.id.source == of.0 => Asked::Given(given.clone()),
                _ if seed.barred => Asked::Given(absent()),
                _ => asked,
            });
            let ask = Ask { source: of.0, entity: plan.entity, fields: of.1, how: &how };
            Arc::new(self.read(ask, asked.collect()).await)
        };
        PartRead::Read(read.boxed().shared())
    }

    fn hub_keys(&self, seed: &Seed, source: SourceId) -> Asked {
        let Some((at, access)) = seed.access.and_then(|at| Some((at, self.access(at)?))) else {
            return Asked::Given(absent());
        };
        match Run::account_keys(access, source) {
            Ok(keys) => Asked::Keys(keys, Expect::Account(at)),
            Err(error) => Asked::Given(failed(error)),
        }
    }

    /// What is asked of a contributor: the keys by which it knows the owner's record.
    pub(super) async fn linked(&self, owner: &Checked, source: SourceId, how: &How) -> Asked {
        let record = match &owner.part {
            Part::Rows(rows) => rows.first(),
            Part::Absent => None,
            Part::Failed(error) => return Asked::Given(failed(error.clone())),
        };
        let Some((record, _)) = record else { return Asked::Given(absent()) };
        match self.keys_in(record, source, how).await {
            Ok(keys) => Asked::Keys(keys, owner.access.map_or(Expect::Any, Expect::Account)),
            Err(error) => Asked::Given(failed(error)),
        }
    }

    /// Reads and checks one part of every record, in one read.
    async fn read(&self, ask: Ask<'_>, asked: Vec<Asked>) -> Vec<Checked> {
        let mut keys = Once::with_room(asked.len());
        // One after the other, as they stand in `asked`.
        let numbers: Vec<usize> = asked.iter().flat_map(Asked::keys).map(|key| keys.take(key).0).collect();
        let answers = self.get(ask, keys.all().to_vec()).await;
        let mut records = Vec::with_capacity(numbers.len());
        let expected = asked.iter().flat_map(|one| one.keys().iter().map(|_| one.expect()));
        for (number, expect) in numbers.iter().zip(expected) {
            if let Some(Ok(Some((record, _)))) = answers.get(*number) {
                records.push((&**record, expect));
            }
        }
        let verdicts = self.check(&records, None, ask.how).await;
        self.report(ask.entity, ask.source, &verdicts);
        let mut verdicts = verdicts.into_iter();
        let mut numbers = numbers.into_iter();
        let settle = |one: Asked| {
            if let Asked::Given(checked) = one {
                return checked;
            }
            let mut rows = SmallVec::new();
            let mut access = None;
            let mut error = None;
            for number in numbers.by_ref().take(one.keys().len()) {
                match answers.get(number) {
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
        };
        asked.into_iter().map(settle).collect()
    }
}

pub(super) fn absent() -> Checked {
    Checked { part: Part::Absent, access: None }
}

fn failed(error: Error) -> Checked {
    Checked { part: Part::Failed(error), access: None }
}
