//! From a person to what they may reach: exactly one contact, its accounts, how both are known elsewhere.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::access::Rights;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::graph::Graph;
use crate::model::{
    Access, Answer, Authority, ContactAccess, EntityId, Evidence, FieldId, FieldSet, FindRead, GetRead, Key, Links,
    ReadContext, Reads, Record, RecordId, SourceId,
};

/// What a client is told who is signed in, and yet nobody's customer.
pub(super) const NOT_LINKED: &str = "Your sign-in is not linked to a customer account.";

/// How long finding out links may take: one system that hangs must not keep people out of the others.
const PATIENCE_LINKS: Duration = Duration::from_secs(3);

/// Finds out how records are known in the other sources.
pub trait ResolveLinks: Send + Sync {
    /// For each record, read with [`FieldId::LINKS`], its keys in the other sources, in the order of `records`. A link
    /// that cannot be found out is an error inside [`Links`], at its source only.
    fn resolve(
        &self,
        records: Vec<Arc<Record>>,
        entity: EntityId,
        context: Arc<ReadContext>,
    ) -> BoxFuture<'_, Vec<Links>>;
}

/// Stands in the place of a `find`: the value is the contact's own key.
pub(super) const BY_KEY: &str = "";

/// How a person's contact is found: the name of a `find` or [`BY_KEY`], and the value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lookup {
    pub(super) by: Arc<str>,
    pub(super) value: Key,
}

/// A person's authority, with what the contact says of them.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) authority: Arc<Authority>,
    pub(super) name: Option<Arc<str>>,
    pub(super) locale: Option<Arc<str>>,
    /// Where the contact was found by its key: the address that the system has for it.
    pub(super) email: Option<Arc<str>>,
}

impl Found {
    /// Whether every link could be found out.
    pub(super) fn is_whole(&self) -> bool {
        let whole = |links: &Links| links.iter().all(|(_, keys)| keys.is_ok());
        let contact = self.authority.contact.as_ref();
        contact.is_none_or(|contact| whole(&contact.links))
            && self.authority.accounts.iter().all(|access| whole(&access.links))
    }

    /// Takes links that could not be found out from an older answer, where that was of the same records.
    pub(super) fn complete_from(&mut self, older: &Self) {
        let authority = Arc::make_mut(&mut self.authority);
        if let (Some(contact), Some(older)) = (&mut authority.contact, &older.authority.contact)
            && contact.id == older.id
        {
            contact.links.complete_from(&older.links);
        }
        for access in &mut authority.accounts {
            let older = older.authority.accounts.iter().find(|older| older.id == access.id);
            older.into_iter().for_each(|older| access.links.complete_from(&older.links));
        }
    }
}

/// Asks the source that knows who may act for which account.
pub(super) struct Finder {
    pub(super) reads: Arc<dyn Reads>,
    pub(super) links: Arc<dyn ResolveLinks>,
    pub(super) source: SourceId,
    pub(super) graph: Named,
    pub(super) rights: Arc<Rights>,
    /// The tenant's language, for reading.
    pub(super) locale: Arc<str>,
    pub(super) clock: Arc<dyn Clock>,
}

/// The entities and fields of the graph that are needed here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) hub: EntityId,
    pub(super) person: EntityId,
    name: Option<FieldId>,
    locale: Option<FieldId>,
    email: Option<FieldId>,
}

impl Named {
    pub(super) fn of(graph: &Graph) -> Self {
        let field = |name| graph.entity(graph.person).and_then(|person| person.field_id(name));
        Self {
            hub: graph.hub,
            person: graph.person,
            name: field("name"),
            locale: field("locale"),
            email: field("email"),
        }
    }
}

impl Finder {
    /// What the person may reach.
    ///
    /// # Errors
    /// `FORBIDDEN` where it is nothing; else what kept the systems from saying.
    pub(super) async fn find(&self, lookup: Lookup, deadline: Duration) -> Result<Found> {
        // Past the cache of records: rights have a cache of their own, with shorter times, and theirs must not add up.
        let context = Arc::new(ReadContext {
            locale: Arc::clone(&self.locale),
            account: Arc::from([]),
            contact: None,
            live: true,
            deadline,
            timings: None,
        });
        let by_key = &*lookup.by == BY_KEY;
        let contact = self.contact(lookup, &context).await?;
        let granted = self.memberships(&contact)?;
        let keys: Vec<Key> = granted.iter().map(|(key, _)| key.clone()).collect();
        let person = self.graph.person;
        let contact_links = self.links.resolve(vec![Arc::clone(&contact)], person, self.for_links(&context));
        let (accounts, contact_links) = futures::join!(self.accounts(keys, &context), contact_links);
        let accounts = accounts?;
        let own = contact_links.into_iter().next().ok_or_else(|| broken("no links of the contact"))?;
        let accounts: Vec<Access> = granted
            .into_iter()
            .zip(accounts)
            .filter_map(|((key, granted), links)| {
                let id = RecordId { entity: self.graph.hub, source: self.source, key: key.clone() };
                let links = with_own(links?, self.source, key);
                Some(Access { id, links, roles: granted.roles, permissions: granted.permissions })
            })
            .collect();
        if accounts.is_empty() {
            return Err(denied(format!("none of the accounts of contact {:?} is there any more", contact.key)));
        }
        let text =
            |field: Option<FieldId>| Some(contact.value(field?).as_text()?.trim()).filter(|text| !text.is_empty());
        let (name, locale) = (text(self.graph.name), text(self.graph.locale));
        let email = text(self.graph.email).filter(|_| by_key);
        let id = RecordId { entity: person, source: self.source, key: contact.key.clone() };
        let links = with_own(own, self.source, contact.key.clone());
        Ok(Found {
            authority: Arc::new(Authority { contact: Some(ContactAccess { id, links }), accounts }),
            name: name.map(Arc::from),
            locale: locale.and_then(super::claims::locale),
            email: email.map(Arc::from),
        })
    }

    async fn contact(&self, lookup: Lookup, context: &Arc<ReadContext>) -> Result<Arc<Record>> {
        let wanted = [Some(FieldId::LINKS), self.graph.name, self.graph.locale];
        if &*lookup.by == BY_KEY {
            return self.known(lookup.value, wanted.into_iter().chain([self.graph.email]), context).await;
        }
        let read = FindRead {
            source: self.source,
            entity: self.graph.person,
            by: Arc::clone(&lookup.by),
            values: vec![lookup.value],
            fields: wanted.into_iter().flatten().collect(),
            context: Arc::clone(context),
        };
        let mut answers = self.reads.find(read).await.into_iter();
        match answers.next() {
            None => Err(broken("no answer to the search for the contact")),
            Some(Err(error)) if error.code() == Code::Conflict => {
                Err(denied(format!("several contacts have this `{}`: {}", lookup.by, error.detail())))
            }
            Some(answer) => match self.usable(answer, self.graph.person)? {
                Some(contact) => Ok(contact),
                None => Err(denied(format!("no contact has this `{}`", lookup.by))),
            },
        }
    }

    /// The contact of that key.
    async fn known(
        &self,
        key: Key,
        wanted: impl Iterator<Item = Option<FieldId>>,
        context: &Arc<ReadContext>,
    ) -> Result<Arc<Record>> {
        let read = GetRead {
            source: self.source,
            entity: self.graph.person,
            keys: vec![key.clone()],
            fields: wanted.flatten().collect(),
            arguments: Arc::from([]),
            context: Arc::clone(context),
        };
        let answer = self.reads.get(read).await.into_iter().next();
        let answer = answer.ok_or_else(|| broken("no answer to the read of the contact"))?;
        let found = self.usable(answer, self.graph.person)?.filter(|contact| contact.key == key);
        found.ok_or_else(|| denied("there is no such contact"))
    }

    /// The accounts that the contact's own associations name, in their order, with what their labels give; those whose
    /// labels give nothing are out of reach.
    fn memberships(&self, contact: &Record) -> Result<Vec<(Key, super::access::Granted)>> {
        let Evidence::Accounts(memberships) = &contact.evidence else {
            return Err(broken("the contact's manifest proves no memberships: its `evidence` has to be `membership`"));
        };
        let mut accounts: Vec<(Key, Vec<Arc<str>>)> = Vec::new();
        for membership in memberships.iter() {
            let labels = membership.labels.iter().cloned();
            match accounts.iter_mut().find(|(key, _)| *key == membership.account) {
                Some((_, known)) => known.extend(labels),
                None => accounts.push((membership.account.clone(), labels.collect())),
            }
        }
        let granted: Vec<_> =
            accounts.into_iter().filter_map(|(key, labels)| Some((key, self.rights.of(&labels)?))).collect();
        if granted.is_empty() {
            let count = memberships.len();
            let what = format!("contact {:?}: none of {count} associations has a configured label", contact.key);
            return Err(denied(what));
        }
        Ok(granted)
    }

    /// The links of each account; `None` for an account that is not there or may not be seen.
    async fn accounts(&self, keys: Vec<Key>, context: &Arc<ReadContext>) -> Result<Vec<Option<Links>>> {
        let read = GetRead {
            source: self.source,
            entity: self.graph.hub,
            keys: keys.clone(),
            fields: FieldSet::from_iter([FieldId::LINKS]),
            arguments: Arc::from([]),
            context: Arc::clone(context),
        };
        let answers = self.reads.get(read).await;
        if answers.len() != keys.len() {
            return Err(broken("not one answer for each account"));
        }
        let mut records = Vec::new();
        let mut there = Vec::new();
        for (answer, key) in answers.into_iter().zip(&keys) {
            let record = self.usable(answer, self.graph.hub)?.filter(|record| record.key == *key);
            there.push(record.is_some());
            records.extend(record);
        }
        let count = records.len();
        let resolved = self.links.resolve(records, self.graph.hub, self.for_links(context)).await;
        if resolved.len() != count {
            return Err(broken("not one answer for the links of each account"));
        }
        let mut resolved = resolved.into_iter();
        Ok(there.into_iter().map(|there| if there { resolved.next() } else { None }).collect())
    }

    fn for_links(&self, context: &ReadContext) -> Arc<ReadContext> {
        let soon = self.clock.elapsed() + PATIENCE_LINKS;
        Arc::new(ReadContext { deadline: context.deadline.min(soon), ..context.clone() })
    }

    /// The record, where it is one of ours to see.
    fn usable(&self, answer: Answer, entity: EntityId) -> Result<Option<Arc<Record>>> {
        let record = answer?.map(|(record, _)| record);
        Ok(record.filter(|record| record.visible && record.entity == entity && record.source == self.source))
    }
}

/// The links with the record's own source in them.
pub(super) fn with_own(mut links: Links, source: SourceId, key: Key) -> Links {
    links.insert(source, Ok(Arc::from([key])));
    links
}

/// The person may reach nothing; `what` says why, for operators.
pub(super) fn denied(what: impl Into<String>) -> Error {
    Error::new(Code::Forbidden, what).with_message(NOT_LINKED)
}

fn broken(what: &str) -> Error {
    Error::new(Code::Internal, format!("authority: {what}"))
}
