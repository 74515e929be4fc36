//! One request while it runs: who asks, until when, and reads that never outlast it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use apollo_compiler::response::JsonMap;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, Shared, select};

use super::Executor;
use super::record::Of;
use super::write::Shown;
use crate::error::{Code, Error};
use crate::files;
use crate::model::{
    Access, Answer, Caller, ContactAccess, EntityId, FieldSet, GetRead, Key, ReadContext, RecordId, SourceId, Timing,
    Timings,
};
use crate::plan::{Child, Output, Template};

/// How long a request may take where it does not say; and a write, whoever waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// One request while it runs.
pub(super) struct Run<'a> {
    pub(super) executor: &'a Executor,
    /// Looked at by the methods below alone: what goes past accounts and language is noted.
    caller: &'a Caller,
    /// Whether anything of the caller was looked at but the accounts and the language.
    personal: AtomicBool,
    pub(super) variables: &'a JsonMap,
    /// The day in the portal's time zone.
    pub(super) today: Arc<str>,
    /// Through which of the accounts records are seen that belong to several, where it is not the one in use.
    pub(super) through: Option<usize>,
    /// When links that are given out now stop working.
    pub(super) links_until: jiff::Timestamp,
    /// What was written, and what the answer to that shows besides.
    pub(super) written: Vec<Shown>,
    deadline: Duration,
    /// Resolves when the deadline is over: one timer for the whole request.
    over: Shared<BoxFuture<'static, ()>>,
    /// How long each source was waited for.
    timings: Arc<Timings>,
}

/// How the records of a place are read, beside which.
#[derive(Clone)]
pub(super) struct How {
    /// Past the cache.
    pub(super) live: bool,
    /// Another language than the caller's.
    pub(super) locale: Option<Arc<str>>,
}

/// What is asked of a source.
#[derive(Clone, Copy)]
pub(super) struct Ask<'h> {
    pub(super) source: SourceId,
    pub(super) entity: EntityId,
    pub(super) fields: FieldSet,
    pub(super) how: &'h How,
}

impl<'a> Run<'a> {
    pub(super) fn new(executor: &'a Executor, caller: &'a Caller, variables: &'a JsonMap, deadline: Duration) -> Self {
        let left = deadline.saturating_sub(executor.clock.elapsed());
        let now = executor.clock.now();
        let today = now.to_zoned(executor.zone.clone()).date().to_string();
        Self {
            executor,
            caller,
            personal: AtomicBool::new(false),
            variables,
            today: Arc::from(today),
            through: None,
            links_until: files::until(now),
            written: Vec::new(),
            deadline,
            over: executor.clock.sleep(left).shared(),
            timings: Arc::default(),
        }
    }

    /// The rest of the same request, after a write.
    pub(super) fn after(&self, written: Vec<Shown>) -> Self {
        Self {
            executor: self.executor,
            caller: self.caller,
            personal: AtomicBool::new(self.is_personal()),
            variables: self.variables,
            today: Arc::clone(&self.today),
            through: self.through,
            links_until: self.links_until,
            written,
            deadline: self.deadline,
            over: self.over.clone(),
            timings: Arc::clone(&self.timings),
        }
    }

    /// The accounts that the caller may act for, with what may be done there.
    pub(super) fn accounts(&self) -> &'a [Access] {
        &self.caller.authority.accounts
    }

    /// Which of the accounts is in use.
    pub(super) const fn current(&self) -> Option<usize> {
        self.caller.current
    }

    /// The account in use.
    pub(super) fn account(&self) -> Option<&'a Access> {
        self.caller.account()
    }

    /// The caller's language.
    pub(super) const fn locale(&self) -> &'a Arc<str> {
        &self.caller.locale
    }

    /// The caller's own contact. What comes of it is this person's.
    pub(super) fn contact(&self) -> Option<&'a ContactAccess> {
        self.caller().authority.contact.as_ref()
    }

    /// Everything of the caller. What comes of it is this person's.
    pub(super) fn caller(&self) -> &'a Caller {
        self.personal.store(true, Ordering::Relaxed);
        self.caller
    }

    /// Whether what was found out so far is this person's alone. Where it is not, it is the same for everybody with the same
    /// accounts, the same one of them in use, and the same language.
    pub(super) fn is_personal(&self) -> bool {
        self.personal.load(Ordering::Relaxed)
    }

    /// When the client stops waiting, on the clock's `elapsed` scale.
    pub(super) const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Resolves when the deadline is over.
    pub(super) fn over(&self) -> Shared<BoxFuture<'static, ()>> {
        self.over.clone()
    }

    /// How long each source was waited for.
    pub(super) fn timings(&self) -> Vec<Timing> {
        self.timings.all()
    }

    /// How a child is read.
    pub(super) fn how(&self, live: bool, locale: Option<&Template>) -> How {
        let locale = locale.and_then(|template| template.resolve(self.variables)).and_then(|value| value.as_text());
        How { live, locale }
    }

    /// The context of a read of `source`.
    pub(super) fn context(&self, source: SourceId, how: &How) -> Arc<ReadContext> {
        let account = self.account().and_then(|access| access.links.shared(source).ok());
        Arc::new(ReadContext {
            locale: how.locale.clone().unwrap_or_else(|| Arc::clone(self.locale())),
            account: account.unwrap_or_default(),
            // It is looked at only where a read may use it.
            contact: self.executor.reads.uses_contact(source).then(|| self.contact_key(source)).flatten(),
            live: how.live,
            deadline: self.deadline,
            timings: Some(Arc::clone(&self.timings)),
        })
    }

    /// The first of the keys of the caller's contact in `source`.
    fn contact_key(&self, source: SourceId) -> Option<Key> {
        let contact = self.contact()?;
        let linked = contact.links.keys(source).ok()?.first();
        linked.or((contact.id.source == source).then_some(&contact.id.key)).cloned()
    }

    /// The keys of the caller's contact in `source`.
    pub(super) fn contact_keys(&self, source: SourceId) -> Result<Vec<Key>, Error> {
        let Some(contact) = self.contact() else { return Ok(Vec::new()) };
        let mut keys = contact.links.keys(source)?.to_vec();
        if contact.id.source == source && !keys.contains(&contact.id.key) {
            keys.push(contact.id.key.clone());
        }
        Ok(keys)
    }

    /// The keys of an account in `source`.
    pub(super) fn account_keys(access: &Access, source: SourceId) -> Result<Arc<[Key]>, Error> {
        let keys = access.links.shared(source)?;
        if keys.is_empty() && access.id.source == source {
            return Ok(Arc::from([access.id.key.clone()]));
        }
        Ok(keys)
    }

    /// Whether `source` knows an account by `key`.
    pub(super) fn known_by(access: &Access, source: SourceId, key: &Key) -> bool {
        match access.links.keys(source) {
            Ok([]) => access.id.source == source && access.id.key == *key,
            Ok(keys) => keys.contains(key),
            Err(_) => false,
        }
    }

    /// The caller's account of that number.
    pub(super) fn access(&self, at: usize) -> Option<&'a Access> {
        self.accounts().get(at)
    }

    /// Whether the caller may, through that account; without one, through the account in use.
    pub(super) fn may(&self, permission: Option<&Arc<str>>, access: Option<usize>) -> bool {
        let Some(permission) = permission else { return true };
        match access.and_then(|at| self.access(at)) {
            Some(access) => access.permissions.contains(permission),
            None => self.caller.can(permission),
        }
    }

    /// Whether the caller may have a field of that record, or of a value in it.
    pub(super) fn may_see(&self, output: &Output, of: Of<'_>) -> bool {
        output.permission.is_none() || self.may(output.permission.as_ref(), of.access())
    }

    /// Whether the caller may through any of the accounts: what is read is checked for its own account afterwards.
    pub(super) fn may_somewhere(&self, permission: Option<&Arc<str>>) -> bool {
        let Some(permission) = permission else { return true };
        self.accounts().iter().any(|access| access.permissions.contains(permission))
    }

    /// Whether a child is closed to the caller, for a record reached through that account; nothing is then read.
    pub(super) fn closed(&self, child: &Child, access: Option<usize>) -> bool {
        let permission = child.permission.as_ref();
        !if access.is_some() { self.may(permission, access) } else { self.may_somewhere(permission) }
    }

    /// Awaits a read of `count` answers from `source`, and not past the deadline.
    pub(super) async fn within<T>(
        &self,
        source: SourceId,
        count: usize,
        read: impl Future<Output = Vec<Result<T, Error>>> + Send,
    ) -> Vec<Result<T, Error>> {
        let begun = self.executor.clock.elapsed();
        let read = pin!(read);
        // Past the deadline nothing is begun any more.
        let mut answers = match begun < self.deadline {
            true => match select(read, self.over.clone()).await {
                Either::Left((answers, _)) => answers,
                Either::Right(_) => Vec::new(),
            },
            false => Vec::new(),
        };
        let late = answers.is_empty();
        // An answer for every question, whatever the source did.
        answers.truncate(count);
        answers.resize_with(count, || {
            let (code, detail) = match late {
                true => (Code::UpstreamTimeout, "the request's deadline passed before the read was answered"),
                false => (Code::Internal, "a read answered fewer questions than it was asked"),
            };
            Err(self.at_source(Error::new(code, detail), source))
        });
        answers
    }

    /// The error, as one of that source.
    pub(super) fn at_source(&self, error: Error, source: SourceId) -> Error {
        match self.executor.planner.catalog.sources.get(usize::from(source.0)) {
            Some(info) => error.at_source(&info.name),
            None => error,
        }
    }

    /// Reads records by key; an answer with another record than the one asked for counts as none.
    pub(super) async fn get(&self, ask: Ask<'_>, keys: Vec<Key>) -> Vec<Answer> {
        if keys.is_empty() {
            return Vec::new();
        }
        let Ask { source, entity, fields, how } = ask;
        let read = GetRead {
            source,
            entity,
            keys: keys.clone(),
            fields,
            arguments: Arc::default(),
            context: self.context(source, how),
        };
        let answers = self.within(source, keys.len(), self.executor.reads.get(read)).await;
        let matched = |(answer, key): (Answer, &Key)| {
            answer.map(|found| {
                found.filter(|(record, _)| record.source == source && record.entity == entity && record.key == *key)
            })
        };
        answers.into_iter().zip(&keys).map(matched).collect()
    }

    /// The sealed id of a record.
    pub(super) fn seal(&self, id: &RecordId) -> String {
        self.executor.seal(id)
    }

    /// The record a sealed id stands for; `None` where its kind or its source is no longer there.
    pub(super) fn open(&self, text: &str) -> Result<Option<RecordId>, Error> {
        let catalog = &self.executor.planner.catalog;
        let owned = |id: &RecordId| catalog.of(id.entity).is_some_and(|sources| sources.owns(id.source));
        Ok(self.executor.open_id(text)?.filter(owned))
    }
}
