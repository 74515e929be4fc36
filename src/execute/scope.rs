//! Scope: whether a record is this caller's, by what the system's own answer says. Every record that comes out of
//! [`Reads`](crate::model::Reads) passes here before anything of it is used. What was asked for is never evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::batch::Part;
use super::parts::PartRead;
use super::records::Seed;
use super::run::{Ask, How, Run};
use crate::error::Error;
use crate::graph::Scope;
use crate::model::{EntityId, Evidence, FieldSet, Key, Membership, Record, SourceId};

/// How many parents above a record are looked at: a message's ticket, its project; deeper is no portal's.
const DEEPEST: u8 = 4;

/// Whose a record has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// Of any account of the caller.
    Any,
    /// Of this account of the caller.
    Account(usize),
}

/// What the check says.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// It may be used, through this account (or it belongs to none).
    Granted(Option<usize>),
    /// As if it were not there.
    Denied,
    /// It could not be checked.
    Failed(Error),
}

/// Parents that are being read and checked already: those a list hangs on.
#[derive(Clone)]
pub(super) struct Known<'a> {
    pub(super) entity: EntityId,
    pub(super) source: SourceId,
    pub(super) seeds: Arc<Vec<Seed>>,
    /// Parallel to `seeds`.
    pub(super) answers: PartRead<'a>,
}

/// A part of a record, with the check's result.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) part: Part,
    pub(super) access: Option<usize>,
}

enum Judgement {
    Done(Verdict),
    /// It is its parent's to say.
    Parent(EntityId, Key),
}

impl<'a> Run<'a> {
    /// Checks records. `known` are parents that are being checked anyway.
    pub(super) async fn check(
        &self,
        records: &[(&Record, Expect)],
        known: Option<&Known<'_>>,
        how: &How,
    ) -> Vec<Verdict> {
        let judged: Vec<Judgement> = records.iter().map(|(record, expect)| self.judge(record, *expect)).collect();
        self.settle(judged, records, (known, how, 0)).await
    }

    /// What the check says of judged records; parents are only asked where one of them is its parent's to tell.
    async fn settle(
        &self,
        judged: Vec<Judgement>,
        records: &[(&Record, Expect)],
        from: (Option<&Known<'_>>, &How, u8),
    ) -> Vec<Verdict> {
        if judged.iter().any(|judgement| matches!(judgement, Judgement::Parent(..))) {
            return self.above(judged, records, from).await;
        }
        let done = |judgement| match judgement {
            Judgement::Done(verdict) => verdict,
            Judgement::Parent(..) => Verdict::Denied,
        };
        judged.into_iter().map(done).collect()
    }

    fn above<'b>(
        &'b self,
        judged: Vec<Judgement>,
        records: &'b [(&'b Record, Expect)],
        from: (Option<&'b Known<'_>>, &'b How, u8),
    ) -> BoxFuture<'b, Vec<Verdict>> {
        async move {
            let mut wanted: BTreeMap<(EntityId, SourceId), Vec<Key>> = BTreeMap::new();
            for (judgement, (record, _)) in judged.iter().zip(records) {
                if let Judgement::Parent(entity, key) = judgement {
                    let keys = wanted.entry((*entity, record.source)).or_default();
                    if !keys.contains(key) {
                        keys.push(key.clone());
                    }
                }
            }
            let mut parents: BTreeMap<(EntityId, SourceId, Key), Verdict> = BTreeMap::new();
            for (of, keys) in wanted {
                let verdicts = self.parents(of, &keys, from).await;
                parents.extend(keys.into_iter().map(|key| (of.0, of.1, key)).zip(verdicts));
            }
            let settle = |(judgement, (record, expect)): (Judgement, &(&Record, Expect))| match judgement {
                Judgement::Done(verdict) => verdict,
                Judgement::Parent(entity, key) => match parents.get(&(entity, record.source, key)) {
                    Some(Verdict::Granted(access)) if fits(*access, *expect) => Verdict::Granted(*access),
                    Some(Verdict::Failed(error)) => Verdict::Failed(error.clone()),
                    _ => Verdict::Denied,
                },
            };
            judged.into_iter().zip(records).map(settle).collect()
        }
        .boxed()
    }

    /// Whose the parents are: from those that are being read anyway, or read for this.
    async fn parents(
        &self,
        of: (EntityId, SourceId),
        keys: &[Key],
        from: (Option<&Known<'_>>, &How, u8),
    ) -> Vec<Verdict> {
        let (known, how, depth) = from;
        let mut verdicts: Vec<Option<Verdict>> = vec![None; keys.len()];
        if let Some(known) = known.filter(|known| (known.entity, known.source) == of) {
            let answers = known.answers.all().await;
            for (verdict, key) in verdicts.iter_mut().zip(keys) {
                let at = known.seeds.iter().position(|seed| seed.id.key == *key);
                *verdict = at.and_then(|at| answers.get(at)).map(|checked| match &checked.part {
                    Part::Rows(_) => Verdict::Granted(checked.access),
                    Part::Absent => Verdict::Denied,
                    Part::Failed(error) => Verdict::Failed(error.clone()),
                });
            }
        }
        if depth < DEEPEST {
            let missing: Vec<usize> =
                (0..keys.len()).filter(|at| verdicts.get(*at).is_some_and(Option::is_none)).collect();
            let ask = Ask { source: of.1, entity: of.0, fields: FieldSet::EMPTY, how };
            let asked = missing.iter().filter_map(|at| keys.get(*at).cloned()).collect();
            let answers = self.get(ask, asked).await;
            let mut found = Vec::new();
            for (at, answer) in missing.into_iter().zip(answers) {
                match answer {
                    Ok(Some((record, _))) => found.push((at, record)),
                    Ok(None) => {}
                    Err(error) => set(&mut verdicts, at, Verdict::Failed(error)),
                }
            }
            let (places, found): (Vec<usize>, Vec<Arc<Record>>) = found.into_iter().unzip();
            let records: Vec<_> = found.iter().map(|record| (&**record, Expect::Any)).collect();
            let judged = records.iter().map(|(record, expect)| self.judge(record, *expect)).collect();
            let above = self.settle(judged, &records, (None, how, depth + 1)).await;
            places.into_iter().zip(above).for_each(|(at, verdict)| set(&mut verdicts, at, verdict));
        }
        verdicts.into_iter().map(|verdict| verdict.unwrap_or(Verdict::Denied)).collect()
    }

    fn judge(&self, record: &Record, expect: Expect) -> Judgement {
        let graph = &self.executor.planner.graph;
        let Some(entity) = graph.entity(record.entity).filter(|_| record.visible) else {
            return Judgement::Done(Verdict::Denied);
        };
        // Whose own record it may be is looked at only where it is a person's.
        let own = (record.entity == graph.person).then(|| self.contact()).flatten();
        let oneself = own.is_some_and(|own| {
            own.id.entity == record.entity && own.id.source == record.source && own.id.key == record.key
        });
        if oneself && expect == Expect::Any {
            return Judgement::Done(Verdict::Granted(self.current()));
        }
        Judgement::Done(match (&record.evidence, entity.scope) {
            // A parent proves no more than is proven of itself: the account's say does not make a record one person's.
            (Evidence::Parent(parent, _), scope) if !graph.entity(*parent).is_some_and(|of| of.scope.proves(scope)) => {
                Verdict::Denied
            }
            (Evidence::Parent(parent, key), _) if *parent == graph.hub => {
                let membership = Membership { account: key.clone(), labels: Arc::default() };
                self.member(record.source, &[membership], expect)
            }
            (Evidence::Parent(parent, key), _) => return Judgement::Parent(*parent, key.clone()),
            (Evidence::Accounts(accounts), Scope::Account | Scope::Tenant) => {
                self.member(record.source, accounts, expect)
            }
            (Evidence::Tenant, Scope::Tenant) => Verdict::Granted(None),
            (Evidence::Viewer(key), Scope::Viewer) => match self.contact_keys(record.source) {
                Ok(keys) if keys.contains(key) => Verdict::Granted(self.current()),
                Ok(_) => Verdict::Denied,
                Err(error) => Verdict::Failed(error),
            },
            // Evidence of another kind than the entity's scope proves nothing.
            _ => Verdict::Denied,
        })
    }

    /// Whether one of `accounts` is the caller's. As long as one of the caller's might be and nobody knows, it is not denied:
    /// whoever was shown the record would be told that it is gone.
    fn member(&self, source: SourceId, accounts: &[Membership], expect: Expect) -> Verdict {
        let (first, others) = match expect {
            Expect::Account(at) => (Some(at), 0..0),
            // The account in use first, or the one that is asked about: what belongs to several is seen through that one.
            Expect::Any => (self.through.or(self.current()), 0..self.accounts().len()),
        };
        let mut possible = first.into_iter().chain(others).filter_map(|at| Some((at, self.access(at)?)));
        let holds = |access| accounts.iter().any(|membership| Run::known_by(access, source, &membership.account));
        let found = possible.clone().find(|(_, access)| holds(access));
        let mut unknown = || possible.find_map(|(_, access)| access.links.keys(source).err());
        match found {
            Some((at, _)) => Verdict::Granted(Some(at)),
            None => unknown().map_or(Verdict::Denied, Verdict::Failed),
        }
    }

    /// The caller's account that `source` knows by `key`.
    pub(super) fn account_at(&self, source: SourceId, key: &Key) -> Option<usize> {
        self.accounts().iter().position(|access| Run::known_by(access, source, key))
    }
}

fn fits(access: Option<usize>, expect: Expect) -> bool {
    match expect {
        Expect::Any => true,
        Expect::Account(at) => access == Some(at),
    }
}

fn set(verdicts: &mut [Option<Verdict>], at: usize, verdict: Verdict) {
    if let Some(slot) = verdicts.get_mut(at) {
        *slot = Some(verdict);
    }
}

/// Says that a source gave out what is not this caller's: a sign of a wrong manifest. No value is in it.
pub(super) fn foreign(entity: &str, source: &str, count: usize) {
    if count > 0 {
        tracing::warn!(entity, source, count, "foreign record dropped");
    }
}
