//! Rows by another unique value: whoever does not have it in the row was not asked for.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Answer, Core, Wanted, abreast};
use super::super::errors::{Failure, unusable};
use super::super::facets::Facets;
use super::super::names::Names;
use super::super::needed::How;
use super::super::path::texts;
use super::super::request::{Reading, failure_of};
use super::super::stage::{Stage, answered};
use super::super::wants::Wants;
use super::super::{FindRows, Row};
use super::get::internal;
use crate::connector::{EntityMapping, ErrorKind, FindMapping, Read, RowView, key_of};
use crate::error::Error;
use crate::model::{Arguments, Key, Wire};

type ByValue = HashMap<String, Result<Vec<(Key, Row)>, Failure>>;

pub(super) async fn find(core: &Core, of: &EntityMapping, read: &FindRows) -> Vec<Result<Vec<Row>, Error>> {
    let Some(FindMapping { read: Some(way), path }) = of.find.get(&read.by) else {
        let error = internal(format!("the manifest has no `find` named `{}`", read.by)).error;
        return read.values.iter().map(|_| Err(core.located(of, error.clone()))).collect();
    };
    let stage = core.stage(of, (read.fields, How::Find(Arc::clone(&read.by))), Some(path));
    let finding = Finding { core, of, stage: &stage, read, way, path };
    let many = way.many.and_then(|many| usize::try_from(many).ok()).unwrap_or(1).max(1);
    let values: Vec<Key> =
        read.values.iter().filter(|value| way.many.is_none() || core.listable(value.first())).cloned().collect();
    let calls = values.chunks(many).map(|values| -> BoxFuture<'_, ByValue> { Box::pin(finding.chunk(values)) });
    let mut found: ByValue = abreast(calls.collect()).await.into_iter().flatten().collect();
    let (mut rows, mut owners) = (Vec::new(), Vec::new());
    let mut answers: Vec<Result<Vec<Row>, Error>> = Vec::with_capacity(read.values.len());
    for (at, value) in read.values.iter().enumerate() {
        answers.push(match found.remove(value.first()) {
            None => Ok(Vec::new()),
            Some(Err(failure)) => Err(core.located(of, failure.error)),
            Some(Ok(more)) => {
                owners.extend(more.iter().map(|_| at));
                rows.extend(more);
                Ok(Vec::new())
            }
        });
    }
    let arguments = Arguments::from([]);
    let facets = Facets { core, stage: &stage, context: &read.context, arguments: &arguments };
    facets.give((owners, rows), &mut answers).await;
    answers
}

struct Finding<'a> {
    core: &'a Core,
    of: &'a EntityMapping,
    stage: &'a Stage<'a>,
    read: &'a FindRows,
    way: &'a Read,
    path: &'a crate::connector::Path,
}

impl Finding<'_> {
    async fn chunk(&self, values: &[Key]) -> ByValue {
        let texts_of = |values: &[Key]| values.iter().map(|value| Wire::Text(value.first().into())).collect();
        let mut names = self.core.names(&self.read.context, true).with("values", Wire::List(texts_of(values)));
        names.lend("fields", &self.stage.needed.fields);
        if let [value] = values {
            names.set("value", Wire::Text(value.first().into()));
        }
        let answer = match self.asked(&names).await {
            Ok(Some(answer)) => answer,
            Ok(None) => return ByValue::new(),
            Err(failure) if failure.kind == ErrorKind::Missing && values.len() == 1 => return ByValue::new(),
            Err(failure) => return values.iter().map(|v| (v.first().to_owned(), Err(failure.clone()))).collect(),
        };
        let mut found = ByValue::new();
        for value in values {
            if let Some(failure) = failure_of(&answer.partial, value.first()) {
                found.insert(value.first().to_owned(), Err(failure));
            }
        }
        let beside = self.stage.beside(&answer.body);
        let mut nobodys = false;
        for row in answered(self.way, answer.body) {
            let Some(key) = key_of(self.of, &RowView::bare(&row, None)) else {
                nobodys = true;
                continue;
            };
            let has: Vec<String> = texts(self.path, &row).into_iter().map(std::borrow::Cow::into_owned).collect();
            if let Some(value) = values.iter().find(|value| has.iter().any(|text| text == value.first())) {
                let row = (key, self.stage.row(row, None, &beside));
                match found.entry(value.first().to_owned()).or_insert_with(|| Ok(Vec::new())) {
                    Ok(rows) => rows.push(row),
                    failed => *failed = Ok(vec![row]),
                }
            }
        }
        if nobodys {
            // Whose a row without a key is, nobody knows: it may be that of any value without a row.
            let failure = unusable(format!("a row of `{}` has no key", super::get::named(self.way)));
            for value in values {
                found.entry(value.first().to_owned()).or_insert_with(|| Err(failure.clone()));
            }
        }
        found
    }

    async fn asked(&self, names: &Names<'_>) -> Result<Option<Answer>, Failure> {
        let wanted = self.stage.needed.wanted.get_or_init(|| self.wanted());
        let query = self.stage.query(names)?;
        let placed = Vec::new();
        let reading = Reading { core: self.core, read: self.way, context: &self.read.context, query, placed };
        reading.once(names, wanted).await
    }

    fn wanted(&self) -> Wanted {
        let mut wants = Wants::default();
        self.stage.wants_row(wants.node(&self.way.rows.steps));
        self.stage.wants_beside(&mut wants);
        self.core.wanted(wants)
    }
}
