//! The records that an input names: each read and checked like any other, before anything is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::validate::Named;
use super::{Path, UserError};
use crate::error::Error;
use crate::execute::run::{Ask, How, Run};
use crate::execute::scope::{Expect, Verdict};
use crate::model::{EntityId, FieldId, FieldSet, Key, Record, RecordId, RefusalCode, SourceId};

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
            let fault = |code| UserError { code, path: named.path.clone(), message: None };
            let Ok(opened) = self.open(&named.id) else {
                faults.push(fault(RefusalCode::Invalid));
                continue;
            };
            let Some(id) = opened.filter(|id| named.entity.is_none_or(|entity| entity == id.entity)) else {
                faults.push(fault(RefusalCode::NotFound));
                continue;
            };
            if id.entity == self.executor.planner.graph.hub {
                match self.caller().authority.accounts.iter().position(|access| access.id == id) {
                    Some(at) => found.push(Found::of(named, id, (Some(at), None))),
                    None => faults.push(fault(RefusalCode::NotFound)),
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
            let mut keys: Vec<Key> = Vec::with_capacity(asked.len());
            for (id, _) in &asked {
                if !keys.contains(&id.key) {
                    keys.push(id.key.clone());
                }
            }
            let answers = self.get(Ask { source, entity, fields: wanted, how: &how }, keys.clone()).await;
            let mut records: BTreeMap<Key, Arc<Record>> = BTreeMap::new();
            for (key, answer) in keys.into_iter().zip(answers) {
                if let Some((record, _)) = answer? {
                    records.insert(key, record);
                }
            }
            let read: Vec<_> = records.into_values().map(|record| (record, Expect::Any)).collect();
            let verdicts = self.check(&read, None, &how).await;
            for (id, named) in asked {
                let at = read.iter().position(|(record, _)| record.key == id.key);
                match at.and_then(|at| Some((read.get(at)?, verdicts.get(at)?))) {
                    Some((_, Verdict::Failed(error))) => return Err(error.clone()),
                    Some(((record, _), Verdict::Granted(access))) => {
                        found.push(Found::of(named, id, (*access, Some(Arc::clone(record)))));
                    }
                    _ => {
                        faults.push(UserError { code: RefusalCode::NotFound, path: named.path.clone(), message: None })
                    }
                }
            }
        }
        Ok(found)
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

impl Found {
    fn of(named: &Named, id: RecordId, (access, record): (Option<usize>, Option<Arc<Record>>)) -> Self {
        Self { path: named.path.clone(), id, itself: named.itself, access, record }
    }
}
