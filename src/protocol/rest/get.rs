//! Rows by key: many with one call where the system can, one call each where it cannot.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Answer, Core, Wanted, abreast, group_by};
use super::super::errors::{Failure, unusable};
use super::super::facets::Facets;
use super::super::names::{self, Names};
use super::super::needed::How;
use super::super::request::{Reading, failure_of, wants_page};
use super::super::stage::{Stage, answered};
use super::super::wants::Wants;
use super::super::{GetRows, Row};
use crate::connector::{EntityMapping, ErrorKind, Read, Root, RowView, key_of};
use crate::error::{Code, Error};
use crate::model::{Arguments, Key, ReadContext, Wire};

/// What a read by key is made with.
pub(super) struct ByKey<'a> {
    pub(super) core: &'a Core,
    pub(super) of: &'a EntityMapping,
    pub(super) stage: &'a Stage<'a>,
    pub(super) context: &'a ReadContext,
    pub(super) arguments: &'a Arguments,
}

/// What was found, by key; a key that is not in it is no record.
pub(super) type Found = HashMap<Key, Result<Row, Error>>;

pub(super) async fn get(core: &Core, of: &EntityMapping, read: &GetRows) -> Vec<Result<Option<Row>, Error>> {
    let stage = core.stage(of, (read.fields, How::Get), None);
    let by_key = ByKey { core, of, stage: &stage, context: &read.context, arguments: &read.arguments };
    let mut found = by_key.rows(&read.keys).await;
    let located = |error: Error| core.located(of, error);
    read.keys.iter().map(|key| found.remove(key).transpose().map_err(located)).collect()
}

impl ByKey<'_> {
    /// Rows with their facets.
    pub(super) async fn rows(&self, keys: &[Key]) -> Found {
        let together = self.of.get.first().is_some_and(|read| read.many.is_some());
        let can_be_sent =
            |key: &Key| names::fits(self.of, key) && (!together || key.parts().all(|part| self.core.listable(part)));
        let keys: Vec<Key> = keys.iter().filter(|key| can_be_sent(key)).cloned().collect();
        let Some(read) = self.of.get.first() else {
            let error = Error::new(Code::Internal, "the manifest does not say how records are read by key (`get`)");
            return keys.into_iter().map(|key| (key, Err(error.clone()))).collect();
        };
        let found = match read.many.and_then(|many| usize::try_from(many).ok()) {
            Some(many) => self.batches(read, &keys, many.max(1)).await,
            None => self.one_by_one(read, keys).await,
        };
        let mut all = Found::new();
        let mut rows = Vec::new();
        for (key, row) in found {
            match row {
                Ok(row) => rows.push((key, row)),
                Err(failure) => drop(all.insert(key, Err(failure.error))),
            }
        }
        let facets = Facets { core: self.core, stage: self.stage, context: self.context, arguments: self.arguments };
        let mut errors = facets.attach(&mut rows).await;
        let joined = rows.into_iter().enumerate();
        all.extend(joined.map(|(at, (key, row))| (key, errors.take(at).map_or(Ok(row), Err))));
        all
    }

    async fn batches(&self, read: &Read, keys: &[Key], many: usize) -> Vec<(Key, Result<Row, Failure>)> {
        let calls = keys.chunks(many).map(|chunk| -> BoxFuture<'_, _> {
            Box::pin(async move {
                let names = self.names(chunk);
                let answer = match self.reading(read, &names) {
                    Ok(reading) => reading.once(&names, self.wanted(read)).await,
                    Err(failure) => Err(failure),
                };
                match answer {
                    Ok(answer) => self.matched(read, chunk, answer.into_iter().collect()),
                    Err(failure) if failure.kind == ErrorKind::Missing && chunk.len() == 1 => Vec::new(),
                    Err(failure) => everybodys(chunk, &failure.of_all()),
                }
            })
        });
        abreast(calls.collect()).await.into_iter().flatten().collect()
    }

    /// One call for each key, but only one for keys whose call is the same.
    async fn one_by_one(&self, read: &Read, keys: Vec<Key>) -> Vec<(Key, Result<Row, Failure>)> {
        let mut failed = Vec::new();
        let groups = if keys.len() == 1 { vec![keys] } else { self.same_calls(read, keys, &mut failed) };
        let calls = groups.into_iter().map(|keys| -> BoxFuture<'_, _> {
            Box::pin(async move {
                let Some(first) = keys.first() else { return Vec::new() };
                let names = self.names(std::slice::from_ref(first));
                let answers = match self.reading(read, &names) {
                    Ok(reading) if read.single => {
                        reading.once(&names, self.wanted(read)).await.map(|answer| answer.into_iter().collect())
                    }
                    Ok(reading) => reading.whole(&names, self.wanted(read), true).await,
                    Err(failure) => Err(failure),
                };
                match answers {
                    Ok(answers) => self.matched(read, &keys, answers),
                    Err(failure) if failure.kind == ErrorKind::Missing => Vec::new(),
                    Err(failure) => everybodys(&keys, &failure),
                }
            })
        });
        let found = abreast(calls.collect()).await;
        failed.into_iter().chain(found.into_iter().flatten()).collect()
    }

    /// The keys whose call is the same, together.
    fn same_calls(&self, read: &Read, keys: Vec<Key>, failed: &mut Vec<(Key, Result<Row, Failure>)>) -> Vec<Vec<Key>> {
        let mut asked = Vec::new();
        for key in keys {
            let names = self.names(std::slice::from_ref(&key));
            match self.reading(read, &names).and_then(|reading| reading.same_call(&names)) {
                Ok(Some(call)) => asked.push((call, key)),
                // A key that cannot stand in an address is no record's.
                Ok(None) => {}
                Err(failure) => failed.push((key, Err(failure))),
            }
        }
        group_by(asked)
    }

    /// Rows for the keys that were asked for, by the key in the row; what nobody asked for is dropped.
    fn matched(&self, read: &Read, keys: &[Key], answers: Vec<Answer>) -> Vec<(Key, Result<Row, Failure>)> {
        let mut found: HashMap<Key, Result<Row, Failure>> = HashMap::new();
        let mut nobodys = false;
        for answer in answers {
            for key in keys {
                if let Some(failure) = failure_of(&answer.partial, key.first()) {
                    found.entry(key.clone()).or_insert(Err(failure));
                }
            }
            let beside = self.stage.beside(&answer.body);
            let parents = self.parents(keys);
            for row in answered(read, answer.body) {
                for parent in &parents {
                    let Some(key) = key_of(self.of, &RowView::bare(&row, parent.as_ref())) else {
                        nobodys = true;
                        continue;
                    };
                    if keys.contains(&key) {
                        found.insert(key, Ok(self.stage.row(row, parent.clone(), &beside)));
                        break;
                    }
                }
            }
        }
        // Whose a row without a key is, nobody knows: it may be that of any key without a row.
        let missing = || nobodys.then(|| Err(unusable(format!("a row of `{}` has no key", named(read)))));
        keys.iter().filter_map(|key| found.remove(key).or_else(missing).map(|row| (key.clone(), row))).collect()
    }

    /// The parents that the keys themselves name (a ticket's key is part of its comment's); `None` where none does.
    fn parents(&self, keys: &[Key]) -> Vec<Option<Key>> {
        let Some(at) = self.of.key.iter().position(|part| part.from.root == Root::Parent) else { return vec![None] };
        let mut all: Vec<Option<Key>> = Vec::new();
        for parent in keys.iter().filter_map(|key| key.parts().nth(at).and_then(Key::new)).map(Some) {
            if !all.contains(&parent) {
                all.push(parent);
            }
        }
        all
    }

    fn names<'b>(&'b self, keys: &'b [Key]) -> Names<'b> {
        let mut names = self.core.names(self.context, false).called_with(self.arguments);
        names.ask_for(self.of, keys);
        names.lend("fields", &self.stage.needed.fields);
        if let ([_], Some(Some(parent))) = (keys, self.parents(keys).into_iter().next()) {
            names.set("parent", Wire::Text(parent.first().into()));
        }
        names
    }

    fn reading<'b>(&'b self, read: &'b Read, names: &Names<'_>) -> Result<Reading<'b>, Failure> {
        let query = self.stage.query(names)?;
        Ok(Reading { core: self.core, read, context: self.context, query, placed: Vec::new() })
    }

    fn wanted(&self, read: &Read) -> &Wanted {
        self.stage.needed.wanted.get_or_init(|| {
            let mut wants = Wants::default();
            self.stage.wants_row(wants.node(&read.rows.steps));
            self.stage.wants_beside(&mut wants);
            wants_page(&read.page, &mut wants);
            self.core.wanted(wants)
        })
    }
}

fn everybodys(keys: &[Key], failure: &Failure) -> Vec<(Key, Result<Row, Failure>)> {
    keys.iter().map(|key| (key.clone(), Err(failure.clone()))).collect()
}

/// For errors that concern a whole read.
pub(super) fn internal(detail: impl Into<String>) -> Failure {
    Error::new(Code::Internal, detail).into()
}

/// The name of the request, for messages.
pub(super) fn named(read: &Read) -> Arc<str> {
    Arc::clone(&read.request.template)
}
