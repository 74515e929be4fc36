//! Notifications at work: for each change, who is told; for each of them, what they see of it now; and a mail where that is news.
//!
//! The query of a rule is run as its reader, each time anew and at each attempt, with the reader's rights of that moment. What was
//! last told to somebody is kept as a digest of the letter, so that nothing is told twice, and nothing that nobody could see. A
//! letter is claimed before it is sent, so that of several nodes one sends it.

mod claims;
mod counts;
mod look;
mod notice;
mod seen;
mod told;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc;

pub(super) use self::claims::Claims;
pub(super) use self::counts::Counts;
pub use self::counts::Mails;
use self::look::Looked;
pub(super) use self::notice::Notice;
use self::notice::{About, Reader};
pub(super) use self::told::{Looking, Told};
use super::post::Post;
use super::rules::{Notices, Rule, To};
use super::schedule::{self, Waiting};
use super::whose::Whose;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::execute::Executor;
use crate::identity::Identity;
use crate::model::RecordId;
use crate::store::Memory;

/// How many notices are worked on at once.
const AT_ONCE: usize = 4;
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(30);
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
    pub(super) claims: Claims,
    pub(super) looking: Looking,
    pub(super) counts: Counts,
}

/// A notice that is looked into: in the end, what it is about, and what is to be looked into again, and when.
type UnderWay = BoxFuture<'static, (About, Vec<(Duration, Notice)>)>;

impl Mailing {
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
            Ok((Some(id), mut readers)) => {
                // Who made the change comes first: another node may hear of it from the system, and know nothing of them.
                readers.sort_by_key(|(contact, _)| notice.by.as_ref() != Some(contact));
                (id, readers)
            }
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
        let person = match &rule.to {
            To::Itself => Some(Some(id.clone())),
            To::Field(field) => Some(self.whose.person(id, *field).await?),
            To::Permission(_) | To::Role(_) => None,
        };
        if let Some(person) = person {
            return Ok(person.map(|person| (person, None)).into_iter().collect());
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
}
