//! The records that an input names: each read and checked like any other, before anything is written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::validate::{Named, tell};
use super::{Path, UserError};
use crate::error::Error;
use crate::execute::run::{Ask, How, Run};
use crate::execute::scope::{Expect, Verdict};
use crate::model::{EntityId, FieldId, FieldSet, Freshness, Key, Record, RecordId, RefusalCode, SourceId};

/// A record of the caller's that an input names.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: Path,
    pub(super) id: RecordId,
    pub(super) itself: bool,
    /// The account it is reached through; none where it belongs to none.
    pub(super) access: Option<usize>,
    /// As it was read; of an account there is none, since who asks has it already.
    pub(super) record: Option<Arc<Record>>,
}

/// What is read of one kind of record in one source.
#[derive(Default)]
struct Asked<'n> {
    fields: FieldSet,
    records: Vec<(RecordId, &'n Named)>,
}

impl Run<'_> {
    /// Reads and checks what an input names; what is not there for this caller is a fault of the input.
    ///
    /// # Errors
    /// A system did not say whether a record is there, or whose it is.
    pub(super) async fn find_named(
        &self,
        named: &[Named],
        fields: impl Fn(&Named) -> FieldSet,
        faults: &mut Vec<UserError>,
    ) -> Result<Vec<Found>, Error> {
        let mut found = Vec::with_capacity(named.len());
        let mut reads: BTreeMap<(SourceId, EntityId), Asked<'_>> = BTreeMap::new();
        for named in named {
            let Ok(opened) = self.open(&named.id) else {
                tell(faults, RefusalCode::Invalid, &named.path);
                continue;
            };
            let Some(id) = opened.filter(|id| named.entity.is_none_or(|entity| entity == id.entity)) else {
                tell(faults, RefusalCode::NotFound, &named.path);
                continue;
            };
            if id.entity == self.executor.planner.graph.hub {
                match self.caller().authority.accounts.iter().position(|access| access.id == id) {
                    Some(at) => found.push(Found::of(named, id, (Some(at), None))),
                    None => tell(faults, RefusalCode::NotFound, &named.path),
                }
                continue;
            }
            let read = reads.entry((id.source, id.entity)).or_default();
            read.fields = read.fields.union(fields(named));
            read.records.push((id, named));
        }
        let how = How { live: false, locale: None };
        for ((source, entity), Asked { fields, records: asked }) in reads {
            let mut wanted = fields;
            wanted.insert(FieldId::LINKS);
            let ask = Ask { source, entity, fields: wanted, how: &how };
            let records = self.as_they_are(ask, distinct(&asked)).await?;
            let read: Vec<_> = records.iter().map(|record| (&**record, Expect::Any)).collect();
            let verdicts = self.check(&read, None, &how).await;
            let judged = records.iter().zip(&verdicts).map(|(record, verdict)| (&record.key, (record, verdict)));
            let judged: HashMap<&Key, (&Arc<Record>, &Verdict)> = judged.collect();
            for (id, named) in asked {
                match judged.get(&id.key).copied() {
                    Some((_, Verdict::Failed(error))) => return Err(error.clone()),
                    Some((record, Verdict::Granted(access))) => {
                        found.push(Found::of(named, id, (*access, Some(Arc::clone(record)))));
                    }
                    _ => tell(faults, RefusalCode::NotFound, &named.path),
                }
            }
        }
        Ok(found)
    }

    /// Reads the records of these keys, without those that are not there.
    ///
    /// What was kept past its time may still be the answer, as when the system fails, but does not say whose a record is now:
    /// such records are read again, past the cache.
    ///
    /// # Errors
    /// A system did not say whether a record is there.
    async fn as_they_are(&self, ask: Ask<'_>, keys: Vec<Key>) -> Result<Vec<Arc<Record>>, Error> {
        let answers = self.get(ask, keys.clone()).await;
        let mut records = Vec::with_capacity(keys.len());
        let mut old = Vec::new();
        for (key, answer) in keys.into_iter().zip(answers) {
            match answer? {
                Some((_, Freshness::Stale)) => old.push(key),
                Some((record, Freshness::Live | Freshness::Cached)) => records.push(record),
                None => {}
            }
        }
        let live = How { live: true, locale: ask.how.locale.clone() };
        for answer in self.get(Ask { how: &live, ..ask }, old).await {
            records.extend(answer?.map(|(record, _)| record));
        }
        Ok(records)
    }

    /// The key by which a source knows a record that an input names.
    ///
    /// # Errors
    /// The link could not be found out.
    pub(super) async fn key_in(&self, found: &Found, source: SourceId) -> Result<Option<Key>, Error> {
        if found.id.source == source {
            return Ok(Some(found.id.key.clone()));
        }
        let how = How { live: false, locale: None };
        let keys = match (&found.record, found.access.and_then(|at| self.access(at))) {
            (Some(record), _) => self.keys_in(record, source, &how).await?,
            (None, Some(access)) => Run::account_keys(access, source)?,
            (None, None) => Arc::default(),
        };
        Ok(keys.first().cloned())
    }
}

/// The keys that are asked for, none twice.
fn distinct(asked: &[(RecordId, &Named)]) -> Vec<Key> {
    let mut seen = HashSet::with_capacity(asked.len());
    asked.iter().map(|(id, _)| &id.key).filter(|key| seen.insert(*key)).cloned().collect()
}

impl Found {
    fn of(named: &Named, id: RecordId, (access, record): (Option<usize>, Option<Arc<Record>>)) -> Self {
        Self { path: named.path.clone(), id, itself: named.itself, access, record }
    }
}
