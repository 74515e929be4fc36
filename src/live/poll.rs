//! One round of a poll: what changed since a time is read page by page, and goes the way of what webhooks tell.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::Live;
use super::heard::Known;
use crate::clock::Clock;
use crate::connector::{Connector, Poll};
use crate::error::{Code, Error, Result};
use crate::model::{ReadContext, SourceId};
use crate::protocol::{ChangedPage, ChangedRows, Protocol};
use crate::store::Lease;
use crate::webhook::{self, Basis, Event};

/// The most pages of one round; where rows come in order, the next round goes on behind them.
const PAGES: usize = 100;
/// How long one page may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Knows the events that webhooks brought.
pub trait Unseen: Send + Sync {
    /// Which of the events of a source have not been seen; from now on they have.
    fn unseen<'a>(&'a self, source: &'a str, events: &'a [Event]) -> BoxFuture<'a, Vec<bool>>;
}

/// What is asked for again and again.
pub struct Watched {
    /// The source that is asked.
    pub source: SourceId,
    /// Its name.
    pub name: Arc<str>,
    /// Its connector.
    pub connector: Arc<Connector>,
    /// Its protocol.
    pub protocol: Arc<dyn Protocol>,
    /// Which of the connector's polls.
    pub poll: usize,
    /// What for.
    pub purpose: Purpose,
    /// How often.
    pub every: Duration,
    /// How far back at most.
    pub back: Duration,
}

/// What a system is asked for what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// In place of webhooks.
    Poll,
    /// To find what webhooks lost.
    Reconcile,
}

impl Watched {
    pub(super) fn poll(&self) -> Option<&Poll> {
        self.connector.polls.get(self.poll)
    }

    /// Tells it from every other of the tenant.
    pub(super) fn label(&self) -> String {
        let purpose = match self.purpose {
            Purpose::Poll => "poll",
            Purpose::Reconcile => "reconcile",
        };
        format!("{purpose}\0{}\0{}", self.name, self.poll().map_or("", |poll| &poll.name))
    }
}

/// What a round found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Changes that nobody had told of.
    pub new: u64,
    /// Changes that were told again, since it is not certain that they are the ones that had been told of.
    pub again: u64,
    /// Changes that had been told of: nothing follows from them.
    pub told: u64,
    /// Rows that say nothing that can be used: no key, no time.
    pub unusable: u64,
}

impl Found {
    fn count(&mut self, known: Known) {
        match known {
            Known::New => self.new += 1,
            Known::Perhaps => self.again += 1,
            Known::Told => self.told += 1,
        }
    }
}

/// How a round ended.
#[derive(Debug)]
pub(super) enum End {
    /// Everything until it began has been read.
    Whole,
    /// Everything until then has been read, and there is more.
    Until(Timestamp),
    /// There is more, and it cannot be told where.
    Beyond,
}

/// One round.
pub(super) struct Round<'a> {
    pub(super) live: &'a Live,
    pub(super) clock: &'a dyn Clock,
    pub(super) unseen: &'a dyn Unseen,
    pub(super) of: &'a Watched,
    pub(super) lease: &'a Lease,
    pub(super) since: Timestamp,
    /// What happened before is nothing that a webhook could have told this process of.
    pub(super) began: Timestamp,
}

impl Round<'_> {
    /// Reads to the end. Beside what was found, until where everything has been read, whatever came afterwards.
    pub(super) async fn run(&self, found: &mut Found) -> (Option<Timestamp>, Result<End>) {
        let Some(poll) = self.of.poll() else { return (None, Ok(End::Whole)) };
        let started = self.clock.now();
        let mut after: Option<Arc<str>> = None;
        let mut until = None;
        for _ in 0..PAGES {
            let page = match self.page(poll, after.take()).await {
                Ok(page) => page,
                Err(error) => return (until, Err(error)),
            };
            let last = self.take(poll, page.rows, found).await;
            if poll.ordered {
                until = until.max(last.map(|last| last.min(started)));
            }
            match (page.next, page.cut) {
                (None, false) => return (until, Ok(End::Whole)),
                (None, true) => break,
                (next, _) => after = next,
            }
        }
        let end = until.filter(|until| *until > self.since).map_or(End::Beyond, End::Until);
        (until, Ok(end))
    }

    async fn page(&self, poll: &Poll, after: Option<Arc<str>>) -> Result<ChangedPage> {
        if !self.lease.extend().await? {
            return Err(Error::new(Code::UpstreamUnavailable, "another process asks in this one's place"));
        }
        let context = ReadContext {
            locale: Arc::from("en"),
            account: Arc::from([]),
            contact: None,
            live: true,
            deadline: self.clock.elapsed() + PATIENCE,
            timings: None,
        };
        let ask = ChangedRows { poll, since: self.since, after, context: Arc::new(context) };
        self.of.protocol.changed(&ask).await
    }

    /// Hands on what the rows tell; when the last of them changed.
    async fn take(&self, poll: &Poll, rows: Vec<crate::model::Wire>, found: &mut Found) -> Option<Timestamp> {
        let now = self.clock.now();
        if poll.retells() {
            self.events(poll, &rows, found).await;
            return None;
        }
        let mut last = None;
        for row in &rows {
            match webhook::polled(self.of.source, (&self.of.connector, poll), (row, now)) {
                Some(change) => {
                    last = last.max(Some(change.at));
                    self.hand(poll, change, found);
                }
                None => found.unusable += 1,
            }
        }
        last
    }

    async fn events(&self, poll: &Poll, rows: &[crate::model::Wire], found: &mut Found) {
        let Some(webhooks) = &self.of.connector.webhooks else { return };
        let basis = Basis { source: self.of.source, connector: &self.of.connector, webhooks };
        let events = webhook::retold(&basis, rows, self.clock.now()).own;
        let unseen = self.unseen.unseen(&self.of.name, &events).await;
        for (event, unseen) in events.into_iter().zip(unseen) {
            for change in event.changes {
                if unseen {
                    self.hand(poll, change, found);
                } else {
                    found.told += 1;
                }
            }
        }
    }

    fn hand(&self, poll: &Poll, change: crate::model::Change, found: &mut Found) {
        let before = change.at < self.began;
        let known = self.live.found(change, poll.overlap);
        // Of what happened before this process began nobody can say whether a webhook told of it.
        found.count(if before && known == Known::New { Known::Perhaps } else { known });
    }
}
