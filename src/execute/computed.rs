//! Computed fields: worked out by a system for all records of a place that ask with the same arguments.

use std::sync::Arc;

use super::batch::{ChildBatch, Part, PlaceBatch, Way};
use super::parts::absent;
use super::records::Reading;
use super::run::{Ask, Run};
use super::scope::{Expect, Verdict};
use crate::error::Error;
use crate::model::{Arguments, GetRead, Key, Record, SourceId};
use crate::plan::{Child, Input};

impl<'a> Run<'a> {
    /// The values of a computed field for every record of a place.
    pub(super) async fn computed<'b>(
        &'b self,
        with: (&Child, Ask<'_>),
        arguments: Vec<(Arc<str>, Input)>,
        reading: &Reading<'b>,
    ) -> ChildBatch {
        let (child, Ask { source, entity, fields, how }) = with;
        if let Some(values) = self.without_account((child, source), reading) {
            return ChildBatch { place: PlaceBatch::default(), way: Way::Values(values) };
        }
        let arguments: Arguments = arguments.iter().map(|(name, value)| (Arc::clone(name), value.to_value())).collect();
        let keys = self.keys_of(reading, (source, None)).await;
        let mut asked: Vec<Key> = Vec::new();
        for (keys, seed) in keys.iter().zip(reading.seeds.iter()) {
            let closed = seed.barred || self.closed(child, seed.access);
            let first = keys.as_ref().ok().and_then(|keys| keys.first()).filter(|_| !closed);
            asked.extend(first.filter(|key| !asked.contains(key)).cloned().into_iter().collect::<Vec<_>>());
        }
        let read =
            GetRead { source, entity, keys: asked.clone(), fields, arguments, context: self.context(source, how) };
        let answers = match asked.len() {
            0 => Vec::new(),
            count => self.within(source, count, self.executor.reads.get(read)).await,
        };
        let same =
            |record: &Record, key: &Key| (record.source, record.entity) == (source, entity) && record.key == *key;
        let found: Vec<_> = asked
            .iter()
            .zip(&answers)
            .filter_map(|(key, answer)| {
                let (record, freshness) = answer.as_ref().ok()?.as_ref()?;
                same(record, key).then(|| (key, Arc::clone(record), *freshness))
            })
            .collect();
        let records: Vec<_> = found.iter().map(|(_, record, _)| (&**record, Expect::Any)).collect();
        let verdicts = self.check(&records, None, how).await;
        self.report(entity, source, &verdicts);
        let value = |keys: &Result<Arc<[Key]>, Error>| -> Part {
            let key = match keys {
                Ok(keys) => keys.first(),
                Err(error) => return Part::Failed(error.clone()),
            };
            let Some(at) = key.and_then(|key| asked.iter().position(|asked| asked == key)) else {
                return absent().part;
            };
            if let Some(Err(error)) = answers.get(at) {
                return Part::Failed(error.clone());
            }
            let row = found.iter().zip(&verdicts).find(|((key, ..), _)| Some(*key) == asked.get(at));
            match row {
                Some(((_, record, freshness), Verdict::Granted(_))) => Part::one(Arc::clone(record), *freshness),
                Some((_, Verdict::Failed(error))) => Part::Failed(error.clone()),
                _ => Part::Absent,
            }
        };
        let values = keys.iter().map(value).collect();
        ChildBatch { place: PlaceBatch::default(), way: Way::Values(values) }
    }

    /// The values of what is for the account in use where that is none, or one the source does not know: nobody is asked.
    fn without_account(&self, of: (&Child, SourceId), reading: &Reading<'_>) -> Option<Vec<Part>> {
        let (child, source) = of;
        if !child.per_account {
            return None;
        }
        let keys = self.account().map_or_else(|| Ok(Arc::from([])), |access| Self::account_keys(access, source));
        let part = match keys {
            Ok(keys) if !keys.is_empty() => return None,
            Ok(_) => Part::Absent,
            Err(error) => Part::Failed(error),
        };
        Some(vec![part; reading.seeds.len()])
    }
}
