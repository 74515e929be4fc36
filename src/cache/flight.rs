//! Reads under way: who may join which, and how they end whatever happens to those who wait.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{Purges, Stamp, Tag};
use crate::error::{Code, Error};
use crate::model::FieldSet;
use crate::store::StoreKey;

/// How a read ended.
#[derive(Clone)]
pub(super) struct Landed<T> {
    pub value: Result<Option<T>, Error>,
    /// What the value turned out to depend on.
    pub tags: Arc<[Tag]>,
}

/// A read somebody waits for.
pub(super) struct Waiting<T> {
    pub receiver: watch::Receiver<Option<Landed<T>>>,
    /// When its read began.
    pub begun: Stamp,
    /// When its read gives up.
    pub deadline: Duration,
    /// Somebody else began it.
    pub joined: bool,
}

/// A read that was just begun, with everybody who will wait for it.
pub(super) struct Flight<T> {
    pub key: StoreKey,
    pub number: Stamp,
    pub sender: watch::Sender<Option<Landed<T>>>,
}

struct Under<T> {
    number: Stamp,
    /// When it began, on the clock's `elapsed` scale.
    since: Duration,
    fields: FieldSet,
    deadline: Duration,
    receiver: watch::Receiver<Option<Landed<T>>>,
}

/// Every read under way.
pub(super) struct Flights<T>(Mutex<HashMap<StoreKey, Vec<Under<T>>>>);

/// What is asked for, for joining.
pub(super) struct Asked<'a> {
    pub key: &'a StoreKey,
    pub tags: &'a [Tag],
    pub fields: FieldSet,
    pub deadline: Duration,
    /// A read that began then or later is good enough; `None` where none is.
    pub join: Option<Duration>,
}

impl<T: Clone> Flights<T> {
    pub fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StoreKey, Vec<Under<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For each of `asked`: the read to wait for, and the ones that have to be made for it. A read is joined only where it
    /// reads every wanted field and nothing it depends on was purged since it began.
    pub fn board(&self, asked: &[Asked<'_>], with: (&Purges, Duration)) -> Vec<(Waiting<T>, Option<Flight<T>>)> {
        let (purges, since) = with;
        let mut flights = self.lock();
        let begun = purges.stamp();
        let mut boarded = Vec::with_capacity(asked.len());
        for one in asked {
            let under = flights.entry(Arc::clone(one.key)).or_default();
            let fits = |flight: &&Under<T>| {
                let young = one.join.is_some_and(|earliest| flight.since >= earliest);
                young && flight.fields.covers(one.fields) && purges.since(flight.number, one.tags).is_none()
            };
            if let Some(flight) = under.iter().find(fits) {
                let receiver = flight.receiver.clone();
                let (begun, deadline) = (flight.number, flight.deadline);
                boarded.push((Waiting { receiver, begun, deadline, joined: true }, None));
                continue;
            }
            let (sender, receiver) = watch::channel(None);
            let (fields, deadline) = (one.fields, one.deadline);
            under.push(Under { number: begun, since, fields, deadline, receiver: receiver.clone() });
            let flight = Flight { key: Arc::clone(one.key), number: begun, sender };
            boarded.push((Waiting { receiver, begun, deadline, joined: false }, Some(flight)));
        }
        boarded
    }

    /// Takes reads out, so that nobody joins them any more.
    pub fn leave<'a>(&self, ended: impl Iterator<Item = (&'a StoreKey, Stamp)>) {
        let mut flights = self.lock();
        for (key, number) in ended {
            if let Some(under) = flights.get_mut(key) {
                under.retain(|flight| flight.number != number);
                if under.is_empty() {
                    flights.remove(key);
                }
            }
        }
    }

    /// How many keys are being read.
    pub fn count(&self) -> usize {
        self.lock().len()
    }
}

impl<T: Clone> Waiting<T> {
    /// Whether the read has ended already.
    pub fn landed(&self) -> bool {
        self.receiver.borrow().is_some()
    }

    /// How the read ends.
    pub async fn end(&mut self) -> Landed<T> {
        let landed = match self.receiver.wait_for(Option::is_some).await {
            Ok(landed) => landed.clone(),
            Err(_) => None,
        };
        landed.unwrap_or_else(|| Landed {
            value: Err(Error::new(Code::Internal, "a read ended without an answer")),
            tags: Arc::from([]),
        })
    }
}

impl<T> fmt::Debug for Flights<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flights")
    }
}
