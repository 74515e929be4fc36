//! One address that signed webhooks are sent to: what waits for it, what was tried, and whether it is still there.
//!
//! Each has a queue, a task and a few connections of its own, so that a slow one holds up nobody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, Either, select};
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc;

use super::event::{self, Told};
use super::schedule::{self, Waiting};
use super::sign::Signing;
use super::whose::Whose;
use crate::clock::Clock;
use crate::connector::Method;
use crate::error::{Error, Result};
use crate::execute::Executor;
use crate::model::{Change, ChangeKind, EntityId};
use crate::spool::Content;
use crate::upstream::{Call, HeaderMap, HeaderName, HeaderValue, Reply, Transport, Uri, header};

/// How many deliveries to one address are under way at once.
const AT_ONCE: usize = 4;
/// The longest that a receiver may ask for to be left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// How long an address is left alone that says it is too much, and not for how long.
const BREATH: Duration = Duration::from_secs(30);

/// What an endpoint is made of.
pub(super) struct Endpoint {
    pub(super) name: Arc<str>,
    pub(super) url: Uri,
    /// What it is told of.
    pub(super) events: Vec<(EntityId, Vec<ChangeKind>)>,
    pub(super) signing: Signing,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) timeout: Duration,
    pub(super) disable_after: Duration,
    pub(super) queue: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) executor: Arc<Executor>,
    pub(super) whose: Arc<Whose>,
    pub(super) state: State,
}

/// How an endpoint does.
#[derive(Default)]
pub(super) struct State {
    disabled: AtomicBool,
    delivered: AtomicU64,
    failed: AtomicU64,
    lost: AtomicU64,
    /// Since when every attempt has failed.
    failing: Mutex<Option<Duration>>,
}

/// What became of an endpoint's deliveries so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// They were taken.
    pub delivered: u64,
    /// Attempts that failed; most are made again.
    pub failed: u64,
    /// They will not be made any more: no room, no attempt left, or the endpoint is disabled.
    pub lost: u64,
    /// Nothing is sent there any more.
    pub disabled: bool,
}

/// A change on its way to one endpoint.
pub(super) struct Delivery {
    pub(super) change: Arc<Change>,
    pub(super) id: Arc<str>,
    /// How long it waits before the first attempt.
    pause: Duration,
    /// The body, once it is known which record the graph knows it as.
    body: Option<Bytes>,
    attempts: usize,
}

/// What came of an attempt.
enum Came {
    Taken,
    /// The receiver wants nothing any more.
    Gone,
    /// The record is none that the graph knows.
    Nobody,
    /// Not yet; the whole endpoint is left alone for that long.
    Failed {
        why: String,
        pause: Option<Duration>,
    },
    /// It could not be found out what to say: nothing was sent.
    Unknown(Error),
}

impl Delivery {
    pub(super) fn new(change: Arc<Change>, id: Arc<str>, pause: Duration) -> Self {
        Self { change, id, pause, body: None, attempts: 0 }
    }
}

impl Endpoint {
    /// Whether it is told of this.
    pub(super) fn wants(&self, change: &Change) -> bool {
        let wanted = self.events.iter().find(|(entity, _)| *entity == change.entity);
        wanted.is_some_and(|(_, kinds)| kinds.contains(&change.kind))
    }

    /// Counts one that cannot be kept.
    pub(super) fn lose(&self, count: usize, why: &str) {
        if count > 0 {
            tracing::warn!(webhook = &*self.name, count, why, "deliveries of a webhook are lost");
            self.state.lost.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    pub(super) fn deliveries(&self) -> Deliveries {
        let State { disabled, delivered, failed, lost, .. } = &self.state;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Deliveries {
            delivered: read(delivered),
            failed: read(failed),
            lost: read(lost),
            disabled: disabled.load(Ordering::Relaxed),
        }
    }

    /// Delivers what comes, until nothing comes any more.
    pub(super) async fn run(self: Arc<Self>, mut coming: mpsc::Receiver<Delivery>) {
        let mut waiting = Waiting::default();
        let mut under_way: FuturesUnordered<BoxFuture<'static, (Delivery, Came)>> = FuturesUnordered::new();
        let mut not_before = Duration::ZERO;
        loop {
            let due = waiting.due().filter(|_| under_way.len() < AT_ONCE).map(|due| due.max(not_before));
            let next = async {
                match due {
                    Some(due) => self.clock.sleep(due.saturating_sub(self.clock.elapsed())).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                come = coming.recv() => match come {
                    None => break,
                    Some(_) if self.state.disabled.load(Ordering::Relaxed) => self.lose(1, "it is disabled"),
                    Some(_) if waiting.len() >= self.queue => self.lose(1, "too many wait"),
                    Some(delivery) => waiting.put(self.clock.elapsed() + delivery.pause, delivery),
                },
                Some((delivery, came)) = under_way.next(), if !under_way.is_empty() => {
                    if let Some(pause) = self.settle(delivery, came, &mut waiting) {
                        not_before = self.clock.elapsed() + pause;
                    }
                }
                () = next => {
                    if let Some(delivery) = waiting.take(self.clock.elapsed()) {
                        let endpoint = Arc::clone(&self);
                        under_way.push(Box::pin(async move { endpoint.attempt(delivery).await }));
                    }
                }
            }
        }
        self.lose(waiting.len() + under_way.len(), "the gateway ends");
    }

    /// Books what came of an attempt; how long the endpoint is left alone, where it asks for that.
    fn settle(&self, delivery: Delivery, came: Came, waiting: &mut Waiting<Delivery>) -> Option<Duration> {
        let failing = || self.state.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.elapsed();
        let (why, pause) = match came {
            Came::Taken => {
                *failing() = None;
                self.state.delivered.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Came::Nobody => return None,
            Came::Gone => {
                self.disable("it answered 410 Gone", waiting.clear() + 1);
                return None;
            }
            Came::Unknown(error) => (error.to_string(), None),
            Came::Failed { why, pause } => {
                let since = *failing().get_or_insert(now);
                self.state.failed.fetch_add(1, Ordering::Relaxed);
                if now.saturating_sub(since) >= self.disable_after {
                    self.disable("it has not taken anything for too long", waiting.clear() + 1);
                    return None;
                }
                (why, pause)
            }
        };
        tracing::info!(webhook = &*self.name, id = &*delivery.id, attempt = delivery.attempts, why, "not delivered");
        if self.state.disabled.load(Ordering::Relaxed) {
            self.lose(1, "it is disabled");
            return None;
        }
        match schedule::pause(delivery.attempts) {
            Some(again) => waiting.put(now + again, delivery),
            None => self.lose(1, "no attempt is left"),
        }
        pause
    }

    fn disable(&self, why: &str, lost: usize) {
        if !self.state.disabled.swap(true, Ordering::Relaxed) {
            tracing::warn!(webhook = &*self.name, why, "a webhook is disabled until the gateway is started again");
        }
        self.lose(lost, "it is disabled");
    }

    async fn attempt(&self, mut delivery: Delivery) -> (Delivery, Came) {
        delivery.attempts += 1;
        let body = match &delivery.body {
            Some(body) => body.clone(),
            None => match self.body(&delivery.change).await {
                Ok(Some(body)) => delivery.body.insert(body).clone(),
                Ok(None) => return (delivery, Came::Nobody),
                Err(error) => return (delivery, Came::Unknown(error)),
            },
        };
        let came = self.send(&delivery.id, body).await;
        (delivery, came)
    }

    /// What is told of a change, by the ids of the graph; `None` where the graph does not know the record.
    async fn body(&self, change: &Change) -> Result<Option<Bytes>> {
        let Some(id) = self.whose.record_id(change).await? else { return Ok(None) };
        let account = match self.whose.account_of(change).await {
            Ok(account) => account.map(|account| self.executor.seal(&account)),
            Err(error) => {
                tracing::debug!(webhook = &*self.name, %error, "whose record it is cannot be told");
                None
            }
        };
        let entity = self.executor.planner.graph.entity(id.entity).map_or("", |entity| &entity.name);
        let told = Told { entity, id: &self.executor.seal(&id), account: account.as_deref() };
        Ok(Some(event::body(change, &told)))
    }

    async fn send(&self, id: &str, body: Bytes) -> Came {
        let timestamp = self.clock.now().as_second();
        let Some(headers) = headers(id, timestamp, &self.signing.sign(id, timestamp, &body)) else {
            return Came::Failed { why: "its headers cannot be written".to_owned(), pause: None };
        };
        let call = Call {
            method: Method::Post,
            url: self.url.clone(),
            headers,
            body: Content::from(body),
            template: Arc::from(format!("POST webhook {}", self.name)),
            limit: None,
            safe: false,
            background: true,
            deadline: self.clock.elapsed() + self.timeout,
        };
        match select(self.transport.send(call), self.clock.sleep(self.timeout)).await {
            Either::Left((Ok(reply), _)) => self.read(&reply),
            Either::Left((Err(error), _)) => Came::Failed { why: error.to_string(), pause: None },
            Either::Right(_) => Came::Failed { why: "no answer in time".to_owned(), pause: None },
        }
    }

    fn read(&self, reply: &Reply) -> Came {
        match reply.status {
            200..=299 => Came::Taken,
            410 => Came::Gone,
            status => {
                let asked = reply.retry_after(self.clock.now()).map(|asked| asked.min(LONGEST_PAUSE));
                let slower = matches!(status, 429 | 502 | 503 | 504);
                let pause = slower.then(|| asked.unwrap_or(BREATH)).or(asked);
                Came::Failed { why: format!("it answered {status}"), pause }
            }
        }
    }
}

fn headers(id: &str, timestamp: i64, signature: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("webhook-id"), HeaderValue::from_str(id).ok()?);
    headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(timestamp));
    headers.insert(HeaderName::from_static("webhook-signature"), HeaderValue::from_str(signature).ok()?);
    Some(headers)
}
