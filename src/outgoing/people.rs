//! Which people a changed record is of: of its account, or by a field of its own.

use std::sync::Arc;

use super::whose::Whose;
use crate::error::Result;
use crate::model::{
    Evidence, Extent, FieldId, FieldSet, GetRead, Key, ListOf, ListRead, Parent, Reads as _, Record, RecordId,
    Reference, SourceId, Value,
};

/// How many parents above a record are looked at.
const DEEPEST: usize = 4;
/// How many people of one account are told of one change, at most.
const MOST_PEOPLE: usize = 300;

impl Whose {
    /// The accounts that a record belongs to, by its own evidence or that of what it belongs to.
    pub(super) async fn accounts(&self, id: &RecordId) -> Result<Vec<RecordId>> {
        let mut at = id.clone();
        for _ in 0..DEEPEST {
            let Some(record) = self.record(&at, FieldSet::EMPTY).await? else { return Ok(Vec::new()) };
            match &record.evidence {
                Evidence::Parent(entity, key) if *entity != self.graph.hub => {
                    at = RecordId { entity: *entity, source: record.source, key: key.clone() };
                }
                Evidence::Parent(_, key) => return self.owned_accounts(record.source, [key.clone()]).await,
                Evidence::Accounts(all) => {
                    let keys: Vec<Key> = all.iter().map(|one| one.account.clone()).collect();
                    return self.owned_accounts(record.source, keys).await;
                }
                Evidence::Tenant | Evidence::Viewer(_) => return Ok(Vec::new()),
            }
        }
        Ok(Vec::new())
    }

    async fn owned_accounts(&self, source: SourceId, keys: impl IntoIterator<Item = Key>) -> Result<Vec<RecordId>> {
        let mut found = Vec::new();
        for key in keys {
            let reference = Reference { entity: self.graph.hub, source, by: None, key };
            found.extend(self.owned(reference).await?);
        }
        Ok(found)
    }

    /// The person that a field of the record leads to.
    pub(super) async fn person(&self, id: &RecordId, field: FieldId) -> Result<Option<RecordId>> {
        let Some(record) = self.record(id, FieldSet::from_iter([field])).await? else { return Ok(None) };
        match record.value(field) {
            Value::Reference(to) if to.entity == self.graph.person => self.owned(to.clone()).await,
            _ => Ok(None),
        }
    }

    /// The people of an account.
    pub(super) async fn people(&self, account: &RecordId) -> Result<Vec<RecordId>> {
        let person = self.graph.person;
        let Some(of) = self.graph.entity(person) else { return Ok(Vec::new()) };
        let mut fields = (0..=u8::MAX).map(FieldId).take(of.fields.len());
        let Some(field) = fields.find(|field| of.target(*field) == Some(self.graph.hub)) else {
            return Ok(Vec::new());
        };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let read = ListRead {
                source: account.source,
                entity: person,
                list: ListOf::Parent(field),
                parents: vec![Parent { keys: Arc::from([account.key.clone()]), after }],
                fields: FieldSet::EMPTY,
                extent: Extent::Page,
                first: 100,
                filter: Vec::new(),
                search: None,
                order: None,
                total: false,
                more: false,
                context: self.context(),
            };
            let Some(page) = self.sources.list(read).await.into_iter().next().transpose()? else { break };
            let id = |record: &Record| RecordId { entity: person, source: record.source, key: record.key.clone() };
            found.extend(page.records.iter().map(|(record, _)| id(record)));
            after = page.last().map(|behind| behind.named());
            if !page.has_next || after.is_none() || found.len() >= MOST_PEOPLE {
                break;
            }
        }
        if found.len() > MOST_PEOPLE {
            tracing::warn!(most = MOST_PEOPLE, "an account has more people than are told of a change");
            found.truncate(MOST_PEOPLE);
        }
        Ok(found)
    }

    async fn record(&self, id: &RecordId, fields: FieldSet) -> Result<Option<Arc<Record>>> {
        let read = GetRead {
            source: id.source,
            entity: id.entity,
            keys: vec![id.key.clone()],
            fields,
            arguments: Arc::default(),
            context: self.context(),
        };
        let answer = self.sources.get(read).await.into_iter().next().transpose()?.flatten();
        Ok(answer.map(|(record, _)| record))
    }
}
