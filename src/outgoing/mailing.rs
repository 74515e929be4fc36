//! Notifications at work: for each change, who is told; for each of them, what they see of it now; and a mail where that is news.
//!
//! The query of a rule is run as its reader, each time anew and at each attempt, with the reader's rights of that moment. What was
//! last told to somebody is kept as a digest of the letter, so that nothing is told twice, and nothing that nobody could see.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::event::kind;
use super::post::{Letter, Post, Sent, line};
use super::rules::{CHANGE, HTML, Notices, RECORD, Rule, To, context, name};
use super::schedule::{self, Waiting};
use super::whose::Whose;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::execute::{Executor, GraphRequest};
use crate::identity::Identity;
use crate::model::{Caller, Change, ChangeKind, EntityId, Key, RecordId, SourceId, Touch, Wire};
use crate::seal;
use crate::store::{Memory, Store as _, StoreKey};
use crate::webhook;

/// How many notices are worked on at once.
const AT_ONCE: usize = 4;
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long before a change something may have happened that it is about: systems tell a little late.
const EARLIER: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);
/// How long it is remembered what somebody was told of a record.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How much is remembered, in bytes.
const MEMORY: u64 = 16 * 1024 * 1024;
/// How long a notice waits for another one of the same record that is under way.
const TURN: Duration = Duration::from_secs(1);

/// Sends the mails of one tenant.
pub(super) struct Mailing {
    pub(super) notices: Arc<Notices>,
    pub(super) post: Post,
    pub(super) executor: Arc<Executor>,
    pub(super) identity: Arc<Identity>,
    pub(super) whose: Arc<Whose>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) locale: Arc<str>,
    pub(super) queue: usize,
    pub(super) told: Memory<Told>,
    pub(super) looking: Looking,
    pub(super) counts: Counts,
}

/// How the mails of a tenant do.
#[derive(Default)]
pub(super) struct Counts {
    sent: AtomicU64,
    failed: AtomicU64,
    lost: AtomicU64,
    silent: AtomicU64,
    under_way: AtomicU64,
}

/// What became of notices so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mails {
    /// Letters that the mail server has taken on.
    pub sent: u64,
    /// Attempts that failed; most are made again.
    pub failed: u64,
    /// Notices that will not be sent any more: no room, refused for good, or no attempt left.
    pub lost: u64,
    /// Looks at a record that led to no letter: nothing to be seen, or nothing new.
    pub silent: u64,
    /// Notices that are worked on just now, or wait for their turn and not for a time.
    pub under_way: u64,
}

/// What somebody was last told of a record by a rule.
#[derive(Clone, Copy)]
pub(super) struct Told {
    digest: [u8; 32],
    /// When, on the clock's `elapsed` scale; none where it was seen, and not told.
    sent: Option<Duration>,
}

impl Told {
    /// Where it is remembered.
    pub(super) fn memory(clock: &Arc<dyn Clock>) -> Memory<Self> {
        Memory::new(Arc::clone(clock), MEMORY, |_| 128)
    }
}

/// Where it is being looked just now: two looks for one person at one record would else both find news, and both send it.
#[derive(Default)]
pub(super) struct Looking(Mutex<HashSet<StoreKey>>);

/// One place where it is being looked, until it is dropped.
struct Look<'a>(&'a Looking, StoreKey);

impl Looking {
    fn at(&self, place: &StoreKey) -> Option<Look<'_>> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(place));
        is_first.then(|| Look(self, Arc::clone(place)))
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// Somebody who is told, and through which account.
type Reader = (RecordId, Option<RecordId>);

/// A change that a rule is for.
#[derive(Clone)]
pub(super) struct Notice {
    rule: usize,
    change: Arc<Change>,
    /// The contact whose own write it was.
    by: Option<RecordId>,
    /// Whether it is only looked at for whoever made the change: what they then know of it is no news to them.
    only_own: bool,
    /// For this one alone; without, it is found out who is told.
    to: Option<Reader>,
    attempts: usize,
    /// It waits for a time, and is not worked on before.
    later: bool,
}

/// What a notice is about: of the same, one is under way at a time, and one waits.
type About = (usize, SourceId, EntityId, Key, Option<RecordId>, Option<RecordId>);

/// A notice that is looked into: in the end, what it is about, and what is to be looked into again, and when.
type UnderWay = BoxFuture<'static, (About, Vec<(Duration, Notice)>)>;

/// What a look at a record for somebody came to.
enum Looked {
    Done,
    /// Not yet: after this time again; with a failure that counts as an attempt, or without.
    Later(Duration),
    Failed(String),
}

impl Notice {
    fn about(&self) -> About {
        let Change { source, entity, key, .. } = &*self.change;
        let to = self.to.as_ref().map(|(contact, _)| contact.clone());
        (self.rule, *source, *entity, key.clone(), to, self.by.clone())
    }
}

impl Mailing {
    /// The notices that a change leads to.
    pub(super) fn notices(&self, change: &Change, by: Option<&RecordId>) -> Vec<Notice> {
        let mut found = Vec::new();
        let mut shared = None;
        for (rule, of) in self.notices.rules.iter().enumerate() {
            if of.entity == change.entity && of.kinds.contains(&change.kind) {
                let change = Arc::clone(shared.get_or_insert_with(|| Arc::new(change.clone())));
                found.push(Notice {
                    rule,
                    change,
                    by: by.cloned(),
                    only_own: false,
                    to: None,
                    attempts: 0,
                    later: false,
                });
            }
            // What somebody's own write touches will be told of by its system, as if it were news.
            let touched = change.touches.iter().filter_map(|touch| match touch {
                Touch::Record(entity, key) if *entity == of.entity && by.is_some() => Some(key),
                _ => None,
            });
            for key in touched {
                let change = Arc::new(Change {
                    entity: of.entity,
                    key: key.clone(),
                    kind: ChangeKind::Updated,
                    parents: Vec::new(),
                    touches: Vec::new(),
                    version: None,
                    ..change.clone()
                });
                found.push(Notice {
                    rule,
                    change,
                    by: by.cloned(),
                    only_own: true,
                    to: None,
                    attempts: 0,
                    later: false,
                });
            }
        }
        found
    }

    /// Counts some that cannot be kept.
    pub(super) fn lose(&self, count: usize, why: &str) {
        if count > 0 {
            tracing::warn!(count, why, "notices are lost");
            self.counts.lost.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    /// One more is worked on.
    pub(super) fn began(&self) {
        self.counts.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// One less is.
    pub(super) fn ended(&self) {
        self.counts.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn mails(&self) -> Mails {
        let Counts { sent, failed, lost, silent, under_way } = &self.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Mails {
            sent: read(sent),
            failed: read(failed),
            lost: read(lost),
            silent: read(silent),
            under_way: read(under_way),
        }
    }

    /// Works off what comes, until nothing comes any more.
    pub(super) async fn run(self: Arc<Self>, mut coming: mpsc::Receiver<Notice>) {
        let mut waiting: Waiting<Notice> = Waiting::default();
        let mut known: HashSet<About> = HashSet::new();
        let mut busy: HashSet<About> = HashSet::new();
        let mut under_way: FuturesUnordered<UnderWay> = FuturesUnordered::new();
        loop {
            let due = waiting.due().filter(|_| under_way.len() < AT_ONCE);
            let next = async {
                match due {
                    Some(due) => self.clock.sleep(due.saturating_sub(self.clock.elapsed())).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                come = coming.recv() => {
                    let Some(notice) = come else { break };
                    if waiting.len() >= self.queue {
                        self.lose(1, "too many wait");
                        self.ended();
                    } else if known.insert(notice.about()) {
                        waiting.put(self.clock.elapsed(), notice);
                    } else {
                        self.ended();
                    }
                },
                Some((about, again)) = under_way.next(), if !under_way.is_empty() => {
                    busy.remove(&about);
                    for (pause, notice) in again {
                        if known.insert(notice.about()) {
                            waiting.put(self.clock.elapsed() + pause, Notice { later: true, ..notice });
                        }
                    }
                    self.ended();
                }
                () = next => if let Some(notice) = waiting.take(self.clock.elapsed()) {
                    let about = notice.about();
                    if notice.later {
                        self.began();
                    }
                    if busy.contains(&about) {
                        waiting.put(self.clock.elapsed() + TURN, Notice { later: true, ..notice });
                        self.ended();
                    } else {
                        known.remove(&about);
                        busy.insert(about.clone());
                        let mailing = Arc::clone(&self);
                        under_way.push(Box::pin(async move { (about, mailing.work(notice).await) }));
                    }
                }
            }
        }
        self.lose(waiting.len() + under_way.len(), "the gateway ends");
    }

    /// Works on one notice; what of it is to be done later.
    async fn work(&self, notice: Notice) -> Vec<(Duration, Notice)> {
        let Some(rule) = self.notices.rules.get(notice.rule) else { return Vec::new() };
        let found = async {
            let id = self.whose.record_id(&notice.change).await?;
            let readers = match (&id, &notice.to) {
                (None, _) => Vec::new(),
                (Some(_), Some(to)) => vec![to.clone()],
                (Some(_), None) if notice.only_own => notice.by.iter().map(|own| (own.clone(), None)).collect(),
                (Some(id), None) => self.readers(rule, id).await?,
            };
            Ok::<_, Error>((id, readers))
        };
        let (id, readers) = match found.await {
            Ok((Some(id), readers)) => (id, readers),
            Ok((None, _)) => return Vec::new(),
            Err(error) => return self.again(rule, notice, &error.to_string()).into_iter().collect(),
        };
        let mut later = Vec::new();
        for reader in readers {
            let to = Some(reader.clone());
            match self.look(rule, &notice, (&id, &reader)).await {
                Looked::Done => {}
                Looked::Later(pause) => later.push((pause, Notice { to, ..notice.clone() })),
                Looked::Failed(why) => later.extend(self.again(rule, Notice { to, ..notice.clone() }, &why)),
            }
        }
        later
    }

    /// Who is told of a record, as far as that can be said without their rights.
    async fn readers(&self, rule: &Rule, id: &RecordId) -> Result<Vec<Reader>> {
        if let To::Field(field) = &rule.to {
            return Ok(self.whose.person(id, *field).await?.map(|person| (person, None)).into_iter().collect());
        }
        let mut readers: Vec<Reader> = Vec::new();
        for account in self.whose.accounts(id).await? {
            for person in self.whose.people(&account).await? {
                if !readers.iter().any(|(known, _)| *known == person) {
                    readers.push((person, Some(account.clone())));
                }
            }
        }
        Ok(readers)
    }

    fn again(&self, rule: &Rule, notice: Notice, why: &str) -> Option<(Duration, Notice)> {
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        tracing::info!(rule = &*rule.name, attempt = notice.attempts + 1, why, "a notice was not sent");
        let attempts = notice.attempts + 1;
        let pause = schedule::pause(attempts);
        if pause.is_none() {
            self.lose(1, "no attempt is left");
        }
        pause.map(|pause| (pause, Notice { attempts, ..notice }))
    }

    /// Looks at the record as its reader does, and sends what is news.
    async fn look(&self, rule: &Rule, notice: &Notice, (id, reader): (&RecordId, &Reader)) -> Looked {
        let (contact, account) = reader;
        let own = notice.by.as_ref() == Some(contact);
        let place = place(rule, id, contact);
        let Some(_look) = self.looking.at(&place) else { return Looked::Later(TURN) };
        let told = self.told.get(std::slice::from_ref(&place)).await.into_iter().next().flatten();
        let now = self.clock.elapsed();
        let next = told.and_then(|told| told.sent).map(|sent| sent + rule.window).filter(|next| *next > now && !own);
        if let Some(next) = next {
            return Looked::Later(next.saturating_sub(now));
        }
        let caller = match self.identity.person(&contact.key, account.as_ref(), now + PATIENCE).await {
            Ok(caller) => caller,
            Err(error) if error.code() == Code::Forbidden => return self.silent(),
            Err(error) => return Looked::Failed(error.to_string()),
        };
        if !may(rule, &caller, account.as_ref()) {
            return self.silent();
        }
        let language = self.notices.language([&caller.locale, &self.locale]).cloned().unwrap_or_default();
        let seen = match self.seen(rule, notice, (id, &caller, &language)).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return self.silent(),
            Err(looked) => return looked,
        };
        let digest = seen.digest();
        let known = told.map(|told| told.digest);
        // Without a word of the rule, an update counts only where it is known what the person saw before.
        let unsure = known.is_none() && notice.change.kind == ChangeKind::Updated && rule.when.is_none();
        if own || unsure || known == Some(digest) {
            self.remember(place, Told { digest, sent: told.and_then(|told| told.sent) }).await;
            return self.silent();
        }
        let Some(address) = &caller.email else { return self.silent() };
        let letter = Letter {
            from: &self.notices.from,
            to: (&caller.name, address),
            language: &language,
            subject: &seen.subject,
            text: seen.text,
            html: seen.html,
            id: &seal::digest([&place[..], &digest])
                .iter()
                .take(16)
                .fold(String::new(), |id, byte| id + &format!("{byte:02x}")),
            at: self.clock.now(),
        };
        match self.post.send(letter).await {
            Sent::Taken => {
                self.counts.sent.fetch_add(1, Ordering::Relaxed);
                self.remember(place, Told { digest, sent: Some(self.clock.elapsed()) }).await;
                Looked::Done
            }
            Sent::Again(why) => Looked::Failed(why),
            Sent::Refused(why) => {
                tracing::warn!(rule = &*rule.name, why, "a letter is refused");
                self.lose(1, "it is refused");
                self.remember(place, Told { digest, sent: told.and_then(|told| told.sent) }).await;
                Looked::Done
            }
        }
    }

    fn silent(&self) -> Looked {
        self.counts.silent.fetch_add(1, Ordering::Relaxed);
        Looked::Done
    }

    async fn remember(&self, place: StoreKey, told: Told) {
        self.told.put(vec![(place, told, REMEMBERED)]).await;
    }

    /// What the reader sees, as a letter; `None` where there is nothing that the rule would tell.
    async fn seen(
        &self,
        rule: &Rule,
        notice: &Notice,
        (id, caller, language): (&RecordId, &Caller, &str),
    ) -> std::result::Result<Option<Seen>, Looked> {
        let variables = Map::from_iter([("id".to_owned(), json!(self.executor.seal(id)))]);
        let request = GraphRequest {
            query: rule.query.clone(),
            variables,
            deadline: Some(self.clock.elapsed() + PATIENCE),
            ..GraphRequest::default()
        };
        let answer = self.executor.execute(caller, request).await;
        let broken = |why: &str| Looked::Failed(why.to_owned());
        let read: Value = serde_json::from_slice(&answer.body).map_err(|_| broken("the answer cannot be read"))?;
        // A letter with a hole in it, because a system did not answer, would tell what is not so.
        if let Some(code) = passing(&read) {
            return Err(Looked::Failed(format!("a system did not answer ({code})")));
        }
        let Some(Value::Object(data)) = read.get("data").cloned() else {
            return Err(Looked::Failed(format!(
                "the query is refused: {}",
                codes(&read).collect::<Vec<_>>().join(", ")
            )));
        };
        if data.get(RECORD).is_none_or(Value::is_null) {
            return Ok(None);
        }
        let at = notice.change.at;
        let since = at.checked_sub(EARLIER).unwrap_or(at);
        let change = json!({ "kind": kind(notice.change.kind), "at": at.to_string(), "since": since.to_string() });
        if let Some(when) = &rule.when {
            let wire = |value: &Value| webhook::parse(value.to_string().as_bytes()).unwrap_or(Wire::Null);
            let mut names: Vec<(&str, Wire)> =
                rule.names.iter().filter_map(|name| Some((name.as_str(), wire(data.get(name)?)))).collect();
            names.push((CHANGE, wire(&change)));
            let names: Vec<(&str, &Wire)> = names.iter().map(|(name, value)| (*name, value)).collect();
            let holds = when.evaluate(&names).map_err(|error| broken(&format!("its condition fails: {error}")))?;
            if holds != Wire::Bool(true) {
                return Ok(None);
            }
        }
        let values = context(data, &change, (&caller.name, language));
        let render = |form: &str| {
            let name = name(&rule.template, language, form);
            self.notices
                .templates
                .render(&name, &values)
                .map_err(|why| broken(&format!("the template `{name}` fails: {why}")))
        };
        let html =
            self.notices.templates.has(&name(&rule.template, language, HTML)).then(|| render(HTML)).transpose()?;
        Ok(Some(Seen { subject: line(&render("subject")?), text: render("txt")?, html }))
    }
}

/// A letter's content.
struct Seen {
    subject: String,
    text: String,
    html: Option<String>,
}

impl Seen {
    fn digest(&self) -> [u8; 32] {
        let parts = [&self.subject, &self.text, self.html.as_ref().unwrap_or(&self.subject)];
        seal::digest(parts.map(String::as_bytes))
    }
}

/// Whether the rule is for this person, by the rights of now.
fn may(rule: &Rule, caller: &Caller, account: Option<&RecordId>) -> bool {
    let through = caller.authority.accounts.iter().find(|access| Some(&access.id) == account);
    match &rule.to {
        To::Field(_) => true,
        To::Permission(name) => through.is_some_and(|access| access.permissions.contains(name)),
        To::Role(name) => through.is_some_and(|access| access.roles.contains(name)),
    }
}

fn place(rule: &Rule, id: &RecordId, contact: &RecordId) -> StoreKey {
    let number = |id: &RecordId| [id.source.0.to_be_bytes(), id.entity.0.to_be_bytes()].concat();
    let (record, person) = (number(id), number(contact));
    let parts: [&[u8]; 5] =
        [rule.name.as_bytes(), &record, id.key.as_str().as_bytes(), &person, contact.key.as_str().as_bytes()];
    Arc::from(seal::digest(parts).as_slice())
}

/// The codes of an answer's errors.
fn codes(answer: &Value) -> impl Iterator<Item = &str> {
    let errors = answer.get("errors").and_then(Value::as_array).into_iter().flatten();
    errors.filter_map(|error| error.pointer("/extensions/code")?.as_str())
}

/// An error of an answer that may be gone later.
fn passing(answer: &Value) -> Option<&str> {
    let passing =
        [Code::UpstreamUnavailable, Code::UpstreamTimeout, Code::UpstreamRejected, Code::RateLimited, Code::Internal];
    codes(answer).find(|code| passing.iter().any(|one| one.name() == *code))
}
