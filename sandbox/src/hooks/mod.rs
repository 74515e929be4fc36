//! Webhooks: what the systems tell the world of every change, whoever made it.
//!
//! Each system has a queue of its own, which is bounded, and one address on this machine. A control call can hold a queue,
//! and drop, delay, repeat, reorder and cut what goes out.

mod payload;
mod send;
mod sign;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

use crate::SYSTEMS;
use crate::effect::{Effect, Event};

pub use payload::{ACCOUNT, PORTAL};
pub(crate) use send::run;
pub use sign::secret;

/// Most deliveries that wait for one system; what comes beyond is lost, and counted.
pub const MOST: usize = 1000;
/// Most outcomes that are remembered.
const LOGGED: usize = 1000;
/// Events in one request of HubSpot.
const BATCH: usize = 100;

/// Where the webhooks of a system go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// An `http` address on this machine.
    pub url: String,
    /// What is signed with; the demo's own where it is left out.
    #[serde(default, skip_serializing)]
    pub secret: Option<String>,
    /// The address that is signed, where the receiver is known by another one.
    #[serde(default)]
    pub signed_url: Option<String>,
    /// The header of the secret, for a system that signs nothing.
    #[serde(default)]
    pub header: Option<String>,
    /// Milliseconds before the first retry; each further one waits twice as long.
    #[serde(default = "usual_retry")]
    pub retry_ms: u64,
}

/// Half a second.
fn usual_retry() -> u64 {
    500
}

impl Target {
    /// An address, with the secret of the demo.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), secret: None, signed_url: None, header: None, retry_ms: usual_retry() }
    }
}

/// What is done to the webhooks of a system on their way out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Handling {
    /// Holds the queue.
    pub pause: bool,
    /// Loses every n-th delivery; 0 is none.
    pub drop: u64,
    /// Waits so long before each.
    pub delay_ms: u64,
    /// Sends each so many times more.
    pub repeat: u32,
    /// Sends the last of so many that wait first; 0 is in order.
    pub reorder: usize,
    /// Cuts the connection of every n-th attempt in the middle of the request; 0 is none.
    pub cut: u64,
}

/// One request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// Counts from 1 within the system.
    pub(crate) number: u64,
    /// When the change was made, Unix seconds of the business's clock.
    pub(crate) at: i64,
    /// The idempotency key of the change.
    pub(crate) reference: Option<String>,
    /// The number of the first of its events.
    pub(crate) first: u64,
    pub(crate) events: Vec<Event>,
    /// Attempts that failed.
    pub(crate) attempt: u32,
    due: Instant,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Name of the system.
    pub system: &'static str,
    /// Number of the delivery within its system.
    pub delivery: u64,
    /// Types of its events.
    pub kinds: Vec<String>,
    /// Attempts before this one.
    pub attempt: u32,
    /// The status of the answer; none where there was no answer.
    pub status: Option<u16>,
    /// Whether it was dropped on purpose.
    pub dropped: bool,
}

#[derive(Debug, Default)]
struct Lane {
    target: Option<Target>,
    handling: Handling,
    queue: VecDeque<Delivery>,
    busy: bool,
    deliveries: u64,
    events: u64,
    /// What was told last, whether or not anybody listened.
    told: VecDeque<Delivery>,
    attempts: u64,
    overflowed: u64,
}

/// What the control port shows of one system.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Where its webhooks go.
    pub target: Option<Target>,
    /// What is done to them.
    pub handling: Handling,
    /// Deliveries that wait.
    pub waiting: usize,
    /// Deliveries that were lost, since too many waited.
    pub overflowed: u64,
}

/// The webhooks of all systems.
#[derive(Debug, Default)]
pub struct Hooks {
    lanes: Mutex<BTreeMap<&'static str, Lane>>,
    log: Mutex<VecDeque<Outcome>>,
    /// Something may be sent.
    come: Notify,
    /// Something was sent, or given up.
    gone: Notify,
}

/// What a sender does next.
pub(crate) enum Next {
    Send(Box<Delivery>, Target, Handling),
    Wait(Option<Instant>),
}

impl Hooks {
    fn lanes(&self) -> MutexGuard<'_, BTreeMap<&'static str, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, system: &str, change: impl FnOnce(&mut Lane)) {
        if let Some(name) = SYSTEMS.into_iter().find(|name| *name == system) {
            change(self.lanes().entry(name).or_default());
            self.come.notify_waiters();
        }
    }

    /// Sends the webhooks of a system somewhere, from the next change on.
    ///
    /// # Errors
    /// When the address is not on this machine.
    pub fn target(&self, system: &str, target: Target) -> Result<(), String> {
        send::place(&target.url)?;
        self.lane(system, |lane| lane.target = Some(target));
        Ok(())
    }

    /// Ends all webhooks, and forgets what waits.
    pub fn clear(&self) {
        self.lanes().clear();
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.gone.notify_waiters();
    }

    /// Does something to the webhooks of a system on their way out.
    pub fn handle(&self, system: &str, handling: Handling) {
        self.lane(system, |lane| lane.handling = handling);
        self.gone.notify_waiters();
    }

    /// Queues what is told of an effect.
    pub(crate) fn tell(&self, at: i64, effect: &Effect) {
        if effect.events.is_empty() {
            return;
        }
        self.lane(effect.system, |lane| {
            let size = if effect.system == "hubspot" { BATCH } else { 1 };
            for events in effect.events.chunks(size) {
                let first = lane.events + 1;
                lane.events += u64::try_from(events.len()).unwrap_or(1);
                let delivery = Delivery {
                    number: lane.deliveries + 1,
                    at,
                    reference: effect.reference.clone(),
                    first,
                    events: events.to_vec(),
                    attempt: 0,
                    due: Instant::now() + Duration::from_millis(lane.handling.delay_ms),
                };
                if lane.told.len() == LOGGED {
                    lane.told.pop_front();
                }
                lane.told.push_back(delivery.clone());
                if lane.target.is_none() {
                    continue;
                }
                if lane.queue.len() >= MOST {
                    lane.overflowed += 1;
                    continue;
                }
                lane.deliveries += 1;
                lane.queue.push_back(delivery);
            }
        });
    }

    /// What the sender of a system does next.
    pub(crate) fn next(&self, system: &'static str) -> Next {
        let mut lanes = self.lanes();
        let lane = lanes.entry(system).or_default();
        let Some(target) = lane.target.clone().filter(|_| !lane.handling.pause) else {
            return Next::Wait(None);
        };
        let now = Instant::now();
        let ready: Vec<usize> =
            lane.queue.iter().enumerate().filter(|(_, one)| one.due <= now).map(|(place, _)| place).collect();
        let last = ready.len().min(lane.handling.reorder.max(1)).checked_sub(1);
        match last.and_then(|last| lane.queue.remove(ready[last])) {
            Some(delivery) => {
                lane.busy = true;
                Next::Send(Box::new(delivery), target, lane.handling.clone())
            }
            None => Next::Wait(lane.queue.iter().map(|one| one.due).min()),
        }
    }

    /// Counts an attempt of a system.
    pub(crate) fn attempted(&self, system: &'static str) -> u64 {
        let mut lanes = self.lanes();
        let lane = lanes.entry(system).or_default();
        lane.attempts += 1;
        lane.attempts
    }

    /// Remembers what became of an attempt.
    pub(crate) fn note(&self, outcome: Outcome) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == LOGGED {
            log.pop_front();
        }
        log.push_back(outcome);
    }

    /// The sender has done with a delivery, or tries it again after a while.
    pub(crate) fn done(&self, system: &'static str, again: Option<(Delivery, Duration)>) {
        {
            let mut lanes = self.lanes();
            let lane = lanes.entry(system).or_default();
            lane.busy = false;
            if let Some((mut delivery, after)) = again {
                delivery.attempt += 1;
                delivery.due = Instant::now() + after;
                lane.queue.push_back(delivery);
            }
        }
        self.gone.notify_waiters();
    }

    /// Ends when something may be sent.
    pub(crate) fn come(&self) -> &Notify {
        &self.come
    }

    /// Waits until nothing is on its way any more; what is held does not count.
    pub async fn idle(&self) {
        loop {
            let mut gone = pin!(self.gone.notified());
            gone.as_mut().enable();
            let idle = self
                .lanes()
                .values()
                .all(|lane| !lane.busy && (lane.queue.is_empty() || lane.handling.pause || lane.target.is_none()));
            if idle {
                return;
            }
            gone.await;
        }
    }

    /// What there is of each system.
    pub fn all(&self) -> BTreeMap<&'static str, Shown> {
        let shown = |lane: &Lane| Shown {
            target: lane.target.clone(),
            handling: lane.handling.clone(),
            waiting: lane.queue.len(),
            overflowed: lane.overflowed,
        };
        self.lanes().iter().map(|(system, lane)| (*system, shown(lane))).collect()
    }

    /// The last events of a system in its own words, newest last: also those that nobody was sent.
    pub fn told(&self, system: &str) -> Vec<serde_json::Value> {
        let lanes = self.lanes();
        let told = lanes.get(system).into_iter().flat_map(|lane| &lane.told);
        told.filter_map(|delivery| serde_json::from_slice(&payload::body(system, delivery).0).ok()).collect()
    }

    /// The last attempts, newest last.
    pub fn log(&self) -> Vec<Outcome> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
