//! One write to one system: compared with what is there, done once, looked for where an answer was lost, confirmed.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::made_sure::Found;
use super::reads::{Inner, Mapping, Target};
use super::{Sources, made_sure, told};
use crate::connector::{Back, Basis, FileRules, Once, Version, WriteMapping, holds};
use crate::error::{Code, Error};
use crate::model::{
    Arguments, Attachment, Attempt, FieldSet, Key, Refusal, RefusalCode, Touch, Unwritten, Wire, Write, Writes, Written,
};
use crate::protocol::{GetRows, Row, WriteRow, WroteRow};

/// How often a write is begun anew because somebody else changed what it was prepared from, and nobody asked to be told.
const ANEW: usize = 3;

impl Writes for Sources {
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, Unwritten>> {
        Box::pin(one(&self.0, write))
    }

    fn touches(&self, write: &Write) -> Vec<Touch> {
        let Ok(target) = self.0.target(write.source, write.entity) else { return Vec::new() };
        let Some(mapping) = target.of.writes.get(&write.operation) else { return Vec::new() };
        told::touches(&Doing { inner: &self.0, target, mapping, write }, None)
    }
}

/// A write, with everything that does it.
pub(super) struct Doing<'a> {
    pub inner: &'a Inner,
    pub target: Target<'a>,
    pub mapping: &'a WriteMapping,
    pub write: &'a Write,
}

async fn one(inner: &Arc<Inner>, write: Write) -> Result<Written, Unwritten> {
    let target = inner.target(write.source, write.entity).map_err(Unwritten::Failed)?;
    let Some(mapping) = target.of.writes.get(&write.operation) else {
        let error = Error::new(Code::Internal, format!("the manifest has no write `{}`", write.operation));
        return Err(Unwritten::Failed(target.at(error)));
    };
    let doing = Doing { inner, target, mapping, write: &write };
    let from = inner.setup.clock.elapsed();
    let done = doing.run().await;
    inner.time(&doing.target, &write.context, (from, true));
    done
}

impl<'a> Doing<'a> {
    async fn run(&self) -> Result<Written, Unwritten> {
        self.files_fit()?;
        let values = self.values()?;
        let before = self.before().await?;
        let done = self.is_done(&values, before.as_ref());
        if !done {
            made_sure::quiet(self)?;
        }
        let row = self.row(values, before);
        let wrote = if done { self.by_key(self.write.key.clone()) } else { self.once(&row).await? };
        self.confirm(wrote.key.as_ref()).await?;
        Ok(told::written(self, (&row, wrote)))
    }

    /// Files that the system would not take are told before anything is sent.
    fn files_fit(&self) -> Result<(), Unwritten> {
        let FileRules { most, largest, kinds } = &self.mapping.files;
        let files = self.write.files.iter().filter(|file| !file.path.is_empty());
        let fault = |(at, file): (usize, &Attachment)| {
            let code = if largest.is_some_and(|largest| file.content.len() > largest) {
                RefusalCode::FileTooLarge
            } else if kinds.as_ref().is_some_and(|kinds| file.kind.is_none_or(|kind| !kinds.contains(&kind))) {
                RefusalCode::FileTypeRefused
            } else if most.is_some_and(|most| at >= most) {
                RefusalCode::OutOfRange
            } else {
                return None;
            };
            Some(Refusal { code, path: file.path.clone(), message: None })
        };
        let faults: Vec<Refusal> = files.enumerate().filter_map(fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(Unwritten::Refused(faults)) }
    }

    fn back(&self) -> Back<'a> {
        let Target { connector, of, .. } = self.target;
        Back { connector, of, graph: &self.inner.setup.graph, creates: self.mapping.creates }
    }

    /// The input as a row of the system, with whose it is and with our reference where that is written.
    fn values(&self) -> Result<Wire, Unwritten> {
        let back = self.back();
        let mut values = back.values(self.mapping, &self.write.input).map_err(Unwritten::Refused)?;
        if self.mapping.creates {
            if let Some(account) = self.write.context.account.first() {
                back.sign(&mut values, account);
            } else if back.has_owner() {
                let error = Error::new(Code::NotFound, "the account is not known in the system that is written to");
                return Err(Unwritten::Failed(self.target.at(error)));
            }
        }
        if let Some(column) = made_sure::stamped(self.mapping) {
            back.stamp(&mut values, column, &self.write.reference);
        }
        Ok(values)
    }

    /// The row as it is now, where anything is compared with it or sent of it.
    async fn before(&self) -> Result<Option<Row>, Unwritten> {
        let Some(key) = &self.write.key else { return Ok(None) };
        let tagged = matches!(self.target.of.version, Some(Version::ETag));
        let again = self.write.attempt != Attempt::First && matches!(self.mapping.once, Once::Natural);
        if !(self.write.version.is_some() || self.mapping.looks_before || tagged || again) {
            return Ok(None);
        }
        let fields = self.back().fields(&self.write.input);
        match self.live(key, fields).await {
            Ok(Some(row)) => Ok(Some(row)),
            Ok(None) => {
                let path = vec![Arc::from("id")];
                Err(Unwritten::Refused(vec![Refusal { code: RefusalCode::NotFound, path, message: None }]))
            }
            Err(error) => Err(Unwritten::Failed(self.target.at(error))),
        }
    }

    /// A row straight from the system.
    pub(super) async fn live(&self, key: &Key, fields: FieldSet) -> Result<Option<Row>, Error> {
        let (keys, context) = (vec![key.clone()], Arc::clone(&self.write.context));
        let rows = GetRows { keys, fields, arguments: Arguments::default(), context };
        self.target.protocol.get(self.target.of, rows).await.pop().unwrap_or(Ok(None))
    }

    /// Whether what was asked for is there already: somebody asks again, and the first time did it.
    fn is_done(&self, values: &Wire, before: Option<&Row>) -> bool {
        let again = self.write.attempt != Attempt::First && matches!(self.mapping.once, Once::Natural);
        let Some(row) = before.filter(|_| again) else { return false };
        let changes = matches!(values, Wire::Object(members) if !members.is_empty());
        let basis = self.basis();
        let confirmed = self.mapping.confirm.as_ref().map(|confirm| holds(confirm, &row.view(), &basis));
        match confirmed {
            Some(confirmed) => confirmed,
            None => changes && made_sure::contains(&row.row, values, &self.target.connector.empty),
        }
    }

    pub(super) fn basis(&self) -> Basis<'_> {
        Basis { connector: self.target.connector, now: self.inner.setup.clock.now() }
    }

    /// The record must be in the version that the person has seen.
    fn same_version(&self, before: Option<&Row>) -> Result<(), Unwritten> {
        let (Some(seen), Some(row)) = (&self.write.version, before) else { return Ok(()) };
        let none = Arguments::default();
        let now = self.inner.setup.clock.now();
        let mapping = Mapping { fields: FieldSet::EMPTY, arguments: &none, context: &self.write.context, now };
        match self.inner.map(&self.target, &mapping, row) {
            Ok(Some(record)) if record.version.as_ref() == Some(seen) => Ok(()),
            Ok(_) => Err(Unwritten::Conflict),
            Err(error) => Err(Unwritten::Failed(self.target.at(error))),
        }
    }

    fn row(&self, values: Wire, before: Option<Row>) -> WriteRow<'a> {
        let write = self.write;
        WriteRow {
            write: self.mapping,
            key: write.key.clone(),
            input: write.input.clone(),
            values,
            before,
            version: write.version.clone(),
            reference: Arc::clone(&write.reference),
            files: &write.files,
            person: write.person.clone(),
            context: Arc::clone(&write.context),
        }
    }

    /// Writes, after it was made sure that it is not there already.
    async fn once(&self, row: &WriteRow<'_>) -> Result<WroteRow, Unwritten> {
        if let Found::There(key) = made_sure::before(self, row).await? {
            return Ok(self.by_key(Some(key)));
        }
        // Only now: what is found to be ours already has moved the record by itself.
        self.same_version(row.before.as_ref())?;
        let mut outcome = self.target.protocol.write(self.target.of, row).await;
        for _ in 1..ANEW {
            let Err(unwritten) = &outcome else { break };
            if !made_sure::may_be_ours(self, unwritten) {
                break;
            }
            if self.write.attempt != Attempt::First
                && let Found::There(key) = made_sure::look(self, row).await?
            {
                return Ok(self.by_key(Some(key)));
            }
            if !matches!(unwritten, Unwritten::Conflict) {
                break;
            }
            outcome = self.target.protocol.write(self.target.of, row).await;
        }
        match outcome {
            Err(unwritten) if made_sure::may_be_under_way(self, &unwritten) => {
                let error = Error::new(Code::WriteUncertain, "the system is still at the same write").retryable();
                Err(Unwritten::Uncertain(self.target.at(error)))
            }
            // Nobody named a version: the others were faster too often, which is for the person to try again.
            Err(Unwritten::Conflict) if self.write.version.is_none() && self.write.key.is_none() => {
                let error = Error::new(Code::UpstreamUnavailable, "others change the same again and again").retryable();
                Err(Unwritten::Failed(self.target.at(error)))
            }
            outcome => outcome,
        }
    }

    fn by_key(&self, key: Option<Key>) -> WroteRow {
        WroteRow { row: None, key, gives: Vec::new() }
    }

    /// Reads the record again where the manifest says what must hold of it.
    async fn confirm(&self, key: Option<&Key>) -> Result<(), Unwritten> {
        let (Some(confirm), Some(key)) = (&self.mapping.confirm, key) else { return Ok(()) };
        match self.live(key, FieldSet::EMPTY).await {
            Ok(Some(row)) if holds(confirm, &row.view(), &self.basis()) => Ok(()),
            Ok(_) => Err(Unwritten::Unconfirmed),
            Err(error) => Err(Unwritten::Uncertain(self.target.at(error))),
        }
    }
}
