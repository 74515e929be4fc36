//! Reads under way: who may join which, and how they end whatever happens to those who wait.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use smallvec::SmallVec;
use tokio::sync::Notify;

use super::{Purges, Stamp, Want};
use crate::error::{Code, Error};
use crate::model::FieldSet;
use crate::store::StoreKey;

/// How a read ended: what it answers for each of its keys.
pub(super) type Landed<T> = Vec<Result<Option<T>, Error>>;

/// One read of several keys, for everybody who waits for any of them.
pub(super) struct Flight<T> {
    /// When it began, among reads and purges.
    pub number: Stamp,
    /// When it gives up.
    pub deadline: Duration,
    /// When it began, on the clock's `elapsed` scale.
    since: Duration,
    fields: FieldSet,
    landed: OnceLock<Landed<T>>,
    over: Notify,
}

/// An answer somebody waits for.
pub(super) struct Waiting<T> {
    pub flight: Arc<Flight<T>>,
    /// Which of the flight's answers it is.
    place: usize,
    /// Somebody else began it.
    pub joined: bool,
}

/// What is to be waited for, for each that was asked, and the read that has to be made for those that are not under way.
pub(super) struct Boarded<T> {
    pub waiting: Vec<Waiting<T>>,
    pub begun: Option<Begun<T>>,
}

/// A read that was just begun.
pub(super) struct Begun<T> {
    pub flight: Arc<Flight<T>>,
    pub keys: Vec<FlightKey>,
    /// Which of the asked they are, by their place.
    pub asked: Vec<usize>,
}

/// A key with its hash, so that it is worked out once.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FlightKey {
    hash: u64,
    key: StoreKey,
}

/// Takes the hash that a [`FlightKey`] has already.
#[derive(Default)]
struct Known(u64);

/// Flights with a key, each with the key's place in it.
type Under<T> = SmallVec<[(Arc<Flight<T>>, usize); 1]>;
type Table<T> = HashMap<FlightKey, Under<T>, BuildHasherDefault<Known>>;

/// Every read under way.
pub(super) struct Flights<T> {
    table: Mutex<Table<T>>,
    /// Keyed at random: keys have in them what clients send.
    hasher: RandomState,
}

/// How it is asked for.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub fields: FieldSet,
    pub deadline: Duration,
    /// A read that began then or later is good enough; `None` where none is.
    pub join: Option<Duration>,
    /// Now.
    pub since: Duration,
}

impl Hash for FlightKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Hasher for Known {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl<T: Clone> Flights<T> {
    pub fn new() -> Self {
        Self { table: Mutex::default(), hasher: RandomState::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Table<T>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For each of `asked`: the read to wait for. A read is joined only where it reads every wanted field and nothing it
    /// depends on was purged since it began; one read is begun for all the others.
    pub fn board<'a>(&self, asked: impl Iterator<Item = &'a Want>, how: Terms, purges: &Purges) -> Boarded<T> {
        let hashed = asked.map(|want| {
            let key = FlightKey { hash: self.hasher.hash_one(&want.key), key: Arc::clone(&want.key) };
            (want, key)
        });
        let hashed: Vec<_> = hashed.collect();
        let mut waiting = Vec::with_capacity(hashed.len());
        let count = hashed.len();
        let mut begun: Option<Begun<T>> = None;
        let mut table = self.lock();
        let number = purges.stamp();
        for (at, (want, key)) in hashed.into_iter().enumerate() {
            let under = table.entry(key.clone()).or_default();
            let fits = |flight: &Flight<T>| {
                let young = how.join.is_some_and(|earliest| flight.since >= earliest);
                young
                    && flight.fields.covers(how.fields)
                    && purges.since(flight.number, || want.depends.tags()).is_none()
            };
            if let Some((flight, place)) = under.iter().find(|(flight, _)| fits(flight)) {
                waiting.push(Waiting { flight: Arc::clone(flight), place: *place, joined: true });
                continue;
            }
            let read = begun.get_or_insert_with(|| Begun::new(number, how, count));
            let place = read.keys.len();
            under.push((Arc::clone(&read.flight), place));
            read.keys.push(key);
            read.asked.push(at);
            waiting.push(Waiting { flight: Arc::clone(&read.flight), place, joined: false });
        }
        Boarded { waiting, begun }
    }

    /// Takes a read out, so that nobody joins it any more.
    pub fn leave(&self, keys: Vec<FlightKey>, number: Stamp) {
        if keys.is_empty() {
            return;
        }
        let mut table = self.lock();
        for key in keys {
            let Entry::Occupied(mut under) = table.entry(key) else { continue };
            under.get_mut().retain(|(flight, _)| flight.number != number);
            if under.get().is_empty() {
                under.remove();
            }
        }
    }

    /// How many keys are being read.
    pub fn count(&self) -> usize {
        self.lock().len()
    }
}

impl<T> Begun<T> {
    fn new(number: Stamp, how: Terms, count: usize) -> Self {
        let Terms { fields, deadline, since, .. } = how;
        let (landed, over) = (OnceLock::new(), Notify::new());
        let flight = Arc::new(Flight { number, deadline, since, fields, landed, over });
        Self { flight, keys: Vec::with_capacity(count), asked: Vec::with_capacity(count) }
    }
}

impl<T> Flight<T> {
    /// Tells everybody who waits how it ended; what is told first counts.
    pub fn land(&self, answers: Landed<T>) {
        if self.landed.set(answers).is_ok() {
            self.over.notify_waiters();
        }
    }
}

impl<T: Clone> Waiting<T> {
    /// The answer, where the read has ended already.
    pub fn landed(&self) -> Option<Result<Option<T>, Error>> {
        let answer = self.flight.landed.get()?.get(self.place).cloned();
        Some(answer.unwrap_or_else(|| Err(Error::new(Code::Internal, "a read ended without an answer"))))
    }

    /// The answer, once the read ends.
    pub async fn end(&self) -> Result<Option<T>, Error> {
        loop {
            let over = self.flight.over.notified();
            if let Some(answer) = self.landed() {
                return answer;
            }
            over.await;
        }
    }
}

impl<T> fmt::Debug for Flights<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flights")
    }
}
