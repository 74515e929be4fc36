//! Records by key and by a unique value.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::reads::{Inner, Mapping, Target};
use crate::cache::{Batch, Keep, Load, Served, Stamp};
use crate::error::{Code, Error};
use crate::model::{Answer, Arguments, FindRead, Freshness, GetRead, Key, Record};
use crate::protocol::{FindRows, GetRows, Row};

type Loaded = Vec<Result<Option<Arc<Record>>, Error>>;

/// One answer for each key of the read.
pub(super) async fn get(inner: &Arc<Inner>, read: GetRead) -> Vec<Answer> {
    let target = match inner.target(read.source, read.entity) {
        Ok(target) => target,
        Err(error) => return vec![Err(error); read.keys.len()],
    };
    let wants = target.names.records(&read);
    let how = target.how(read.fields, &read.context);
    let context = Arc::clone(&read.context);
    let (loading, read) = (Arc::clone(inner), Arc::new(read));
    let load: Load<Arc<Record>> = Arc::new(move |batch| load_keys(loading.clone(), read.clone(), batch));
    let from = inner.setup.clock.elapsed();
    let served = inner.setup.cache.records.read(wants, how, load).await;
    inner.time(&target, &context, (from, served.iter().any(is_live)));
    served.into_iter().map(|one| answer(&target, one)).collect()
}

/// What the cache last had of the records of a read, whether or not it may still be used.
pub(super) async fn last(inner: &Arc<Inner>, read: &GetRead) -> Vec<Option<Arc<Record>>> {
    match inner.target(read.source, read.entity) {
        Ok(target) => inner.setup.cache.records.last(&target.names.records(read)).await,
        Err(_) => vec![None; read.keys.len()],
    }
}

/// One answer for each value of the read.
pub(super) async fn find(inner: &Arc<Inner>, read: FindRead) -> Vec<Answer> {
    let target = match inner.target(read.source, read.entity) {
        Ok(target) => target,
        Err(error) => return vec![Err(error); read.values.len()],
    };
    let wants = target.names.finds(&read);
    let how = target.how(read.fields, &read.context);
    let context = Arc::clone(&read.context);
    let (loading, read) = (Arc::clone(inner), Arc::new(read));
    let load: Load<Arc<Record>> = Arc::new(move |batch| load_values(loading.clone(), read.clone(), batch));
    let from = inner.setup.clock.elapsed();
    let served = inner.setup.cache.records.read(wants, how, load).await;
    inner.time(&target, &context, (from, served.iter().any(is_live)));
    served.into_iter().map(|one| answer(&target, one)).collect()
}

fn is_live<T>(served: &Served<T>) -> bool {
    !matches!(served, Ok(Some((_, Freshness::Cached | Freshness::Stale))))
}

/// What may be seen of it: a record that is not visible is not there.
fn answer(target: &Target<'_>, served: Served<Arc<Record>>) -> Answer {
    match served {
        Ok(found) => Ok(found.filter(|(record, _)| record.visible)),
        Err(error) => Err(target.at(error)),
    }
}

fn load_keys(inner: Arc<Inner>, read: Arc<GetRead>, batch: Batch) -> BoxFuture<'static, Loaded> {
    Box::pin(async move {
        let keys: Vec<Key> = batch.wants.iter().filter_map(|at| read.keys.get(*at).cloned()).collect();
        let target = match inner.target(read.source, read.entity) {
            Ok(target) => target,
            Err(error) => return vec![Err(error); keys.len()],
        };
        let rows = GetRows {
            keys: keys.clone(),
            fields: read.fields,
            arguments: Arc::clone(&read.arguments),
            context: Arc::clone(&read.context),
        };
        let rows = target.protocol.get(target.of, rows).await;
        let now = inner.setup.clock.now();
        let mapping = Mapping { fields: read.fields, arguments: &read.arguments, context: &read.context, now };
        let one = |(key, row): (Key, Result<Option<Row>, Error>)| {
            let Some(row) = row? else { return Ok(None) };
            match inner.map(&target, &mapping, &row)? {
                Some(record) if record.key != key => Err(Error::new(
                    Code::UpstreamRejected,
                    "the system answered another record than the one that was asked for by key",
                )),
                found => Ok(found.map(Arc::new)),
            }
        };
        keys.into_iter().zip(rows).map(one).collect()
    })
}

fn load_values(inner: Arc<Inner>, read: Arc<FindRead>, batch: Batch) -> BoxFuture<'static, Loaded> {
    Box::pin(async move {
        let values: Vec<Key> = batch.wants.iter().filter_map(|at| read.values.get(*at).cloned()).collect();
        let target = match inner.target(read.source, read.entity) {
            Ok(target) => target,
            Err(error) => return vec![Err(error); values.len()],
        };
        let context = Arc::clone(&read.context);
        let rows = FindRows { by: Arc::clone(&read.by), values, fields: read.fields, context };
        let found = target.protocol.find(target.of, rows).await;
        let none: Arguments = Arc::default();
        let now = inner.setup.clock.now();
        let mapping = Mapping { fields: read.fields, arguments: &none, context: &read.context, now };
        let one = |rows: Result<Vec<Row>, Error>| {
            let mut records = Vec::new();
            for row in rows? {
                let record = inner.map(&target, &mapping, &row)?.filter(|record| record.visible);
                records.extend(record.map(Arc::new));
            }
            match &*records {
                [] => Ok(None),
                [one] => Ok(Some(Arc::clone(one))),
                [one, others @ ..] if others.iter().all(|other| other.key == one.key) => Ok(Some(Arc::clone(one))),
                several => {
                    let detail = format!("`{}` is ambiguous: {} records have the value", read.by, several.len());
                    Err(Error::new(Code::Conflict, detail))
                }
            }
        };
        let answers: Loaded = found.into_iter().map(one).collect();
        let records = answers.iter().filter_map(|answer| answer.as_ref().ok()?.clone());
        also_keep(&inner, &target, (&read.context, batch.begun, batch.since), records).await;
        answers
    })
}

/// Keeps records that were read by another way under their own keys, too.
pub(super) async fn also_keep(
    inner: &Inner,
    target: &Target<'_>,
    read: (&crate::model::ReadContext, Stamp, std::time::Duration),
    records: impl Iterator<Item = Arc<Record>>,
) {
    if !target.policy.keeps() {
        return;
    }
    let (context, begun, since) = read;
    let none: Arguments = Arc::default();
    let keep = |record: Arc<Record>| Keep {
        want: target.names.record((&record.key, record.loaded), &none, context),
        value: Some(record),
    };
    inner.setup.cache.records.keep(records.map(keep).collect(), (begun, since), &target.policy).await;
}
