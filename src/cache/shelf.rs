//! Reading through the cache: what is there, what is being read already, and one read for all the rest.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::entry::Use;
use super::flight::{Begun, Flights, Terms, Waiting};
use super::landing::Airborne;
use super::{Cached, Depends, Entry, Policy, Purge, Purges, Stamp};
use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::model::{FieldSet, Freshness};
use crate::store::{Store, StoreKey};

/// One thing that is wanted.
#[derive(Clone, Debug)]
pub struct Want {
    /// Every input of its read.
    pub key: StoreKey,
    /// What its answer will depend on, as far as that is known beforehand.
    pub depends: Depends,
}

/// How a read is made.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// The fields that are wanted.
    pub fields: FieldSet,
    /// The lifetimes.
    pub policy: Policy,
    /// Go past what is kept, and past what is under way unless it began just now; what is read is kept nevertheless.
    pub live: bool,
    /// When the caller stops waiting, on the clock's `elapsed` scale.
    pub deadline: Duration,
}

/// What a loader is to read.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Which of the wants, by their place.
    pub wants: Vec<usize>,
    /// The number of this read, for what it keeps besides its answers.
    pub begun: Stamp,
    /// When it began, on the clock's `elapsed` scale.
    pub since: Duration,
}

/// Reads what is missing: one answer for each of [`Batch::wants`], in that order. It may be called several times, also
/// after the caller has gone. `None` is kept as "there is none", so it has to be the system's own word; anything less
/// certain is an error.
pub type Load<T> = Arc<dyn Fn(Batch) -> BoxFuture<'static, Vec<Result<Option<T>, Error>>> + Send + Sync>;

/// What the cache answers for one want.
pub type Served<T> = Result<Option<(T, Freshness)>, Error>;

/// Something to keep that was read besides what was asked for.
#[derive(Debug)]
pub struct Keep<T> {
    /// Under which key, depending on what.
    pub want: Want,
    /// What was read; `None` where there is no such record.
    pub value: Option<T>,
}

/// A cache of one kind of answer.
pub struct Shelf<T> {
    store: Arc<dyn Store<Arc<Entry<T>>>>,
    clock: Arc<dyn Clock>,
    purges: Arc<Purges>,
    pub(super) flights: Flights<T>,
    /// Looking at what is kept and replacing it is one step: two reads that end at once must not overwrite each other.
    keeping: tokio::sync::Mutex<()>,
    /// How long a read past what is kept may have been under way for another one to join it; zero for not at all.
    window: Duration,
}

/// What a read consists of.
#[derive(Clone)]
pub(super) struct Reading<T> {
    pub wants: Arc<[Want]>,
    pub how: How,
    pub load: Load<T>,
}

/// What a caller has left of its time.
enum Patience {
    /// It has not had to wait yet.
    Left,
    /// It waits no longer than this.
    Timed(BoxFuture<'static, ()>),
    /// Nothing.
    Over,
}

/// How often a caller waits for somebody else's read before making its own.
const JOINS: usize = 3;

impl<T: Cached> Shelf<T> {
    /// An empty cache on a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store<Arc<Entry<T>>>>, clock: Arc<dyn Clock>, purges: Arc<Purges>) -> Self {
        Self {
            store,
            clock,
            purges,
            flights: Flights::new(),
            keeping: tokio::sync::Mutex::new(()),
            window: Duration::ZERO,
        }
    }

    /// The same, with reads past what is kept sharing one that began at most `window` ago and is still under way.
    #[must_use]
    pub fn with_live_window(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// How many keys are being read from systems right now.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.flights.count()
    }

    /// An answer for each of `wants`, in their order: from what is kept, from a read under way, or by `load`, which is
    /// called once for everything else. Has to be called on a Tokio runtime: reads are tasks of their own.
    pub async fn read(self: &Arc<Self>, wants: Arc<[Want]>, how: How, load: Load<T>) -> Vec<Served<T>> {
        let reading = Reading { wants, how, load };
        let count = reading.wants.len();
        let mut served: Vec<Option<Served<T>>> = Vec::new();
        served.resize_with(count, || None);
        let (missing, mut old) = match how.live || !how.policy.keeps() {
            true => ((0..count).collect(), Vec::new()),
            false => self.look(&reading, &mut served).await,
        };
        for (at, landed) in self.fetch(&reading, missing).await {
            let entry = old.get_mut(at).and_then(Option::take);
            if let Some(place) = served.get_mut(at) {
                *place = Some(landed.or_else(|error| self.instead(entry, &how, error)));
            }
        }
        let lost = || Err(Error::new(Code::Internal, "a read of the cache was left out"));
        served.into_iter().map(|one| one.unwrap_or_else(lost)).collect()
    }

    /// Serves what is kept and may be used; answers what is missing, and the old entries that serve where a system is down.
    async fn look(
        self: &Arc<Self>,
        reading: &Reading<T>,
        served: &mut [Option<Served<T>>],
    ) -> (Vec<usize>, Vec<Option<Arc<Entry<T>>>>) {
        let how = &reading.how;
        let keys: Vec<_> = reading.wants.iter().map(|want| Arc::clone(&want.key)).collect();
        let mut kept = self.store.get(&keys).await;
        let now = self.clock.elapsed();
        let (mut missing, mut refresh) = (Vec::new(), Vec::new());
        for (at, (place, entry)) in served.iter_mut().zip(&mut kept).enumerate() {
            let usable = entry.as_ref().map_or(Use::None, |e| e.usable(how.fields, &how.policy, (now, &self.purges)));
            let value = |freshness| entry.as_ref().map(|e| Ok(e.value.clone().map(|value| (value, freshness))));
            match usable {
                Use::Fresh => *place = value(Freshness::Cached),
                Use::Refresh => {
                    *place = value(Freshness::Stale);
                    refresh.push(at);
                }
                Use::IfError => missing.push(at),
                Use::None => {
                    *entry = None;
                    missing.push(at);
                }
            }
        }
        if !refresh.is_empty() {
            self.begin(reading, refresh, Some(Duration::ZERO));
        }
        (missing, kept)
    }

    /// What was last kept under these keys, whether or not it may still be used: to compare with, never to answer with.
    pub async fn last(&self, wants: &[Want]) -> Vec<Option<T>> {
        let keys: Vec<_> = wants.iter().map(|want| Arc::clone(&want.key)).collect();
        let kept = self.store.get(&keys).await;
        kept.into_iter().map(|entry| entry.and_then(|entry| entry.value.clone())).collect()
    }

    /// Keeps what was read on the way, under the number of the read it came from; older and purged values are not kept.
    pub async fn keep(&self, values: Vec<Keep<T>>, read: (Stamp, Duration), policy: &Policy) {
        if !policy.keeps() {
            return;
        }
        let (begun, since) = read;
        let _one_at_a_time = self.keeping.lock().await;
        let keys: Vec<_> = values.iter().map(|keep| Arc::clone(&keep.want.key)).collect();
        let kept = self.store.get(&keys).await;
        let now = self.clock.elapsed();
        let (mut put, mut remove) = (Vec::new(), Vec::new());
        for (Keep { want, value }, kept) in values.into_iter().zip(kept) {
            let mut tags = want.depends.tags();
            let known = tags.len();
            for further in value.as_ref().map(Cached::tags).unwrap_or_default() {
                if !tags.iter().take(known).any(|tag| *tag == further) {
                    tags.push(further);
                }
            }
            if self.purges.since(begun, || tags.iter()).is_some() {
                continue;
            }
            let new = Entry::new(value, Arc::from(tags), begun, since);
            let new = match kept {
                Some(kept) => kept.replaced_by(new, policy, (now, &self.purges)),
                None => Some(new),
            };
            let Some(new) = new else { continue };
            let lifetime = if new.value.is_some() { policy.lifetime() } else { policy.negative_lifetime() };
            let left = new.since.saturating_add(lifetime).saturating_sub(now);
            if left.is_zero() {
                remove.push(want.key);
            } else {
                put.push((want.key, Arc::new(new), left));
            }
        }
        self.store.remove(&remove).await;
        self.store.put(put).await;
    }

    /// Waits for the reads of `missing`, begun or joined.
    async fn fetch(self: &Arc<Self>, reading: &Reading<T>, mut missing: Vec<usize>) -> Vec<(usize, Served<T>)> {
        let how = &reading.how;
        let mut ended = Vec::with_capacity(missing.len());
        let mut patience = Patience::Left;
        for round in 0..=JOINS {
            if missing.is_empty() {
                break;
            }
            let join = if round < JOINS { self.earliest(how) } else { None };
            let boarded = self.begin(reading, std::mem::take(&mut missing), join);
            for (at, waiting) in boarded {
                let landed = match waiting.landed() {
                    Some(landed) => landed,
                    None => self.wait(&waiting, how.deadline, &mut patience).await,
                };
                if waiting.joined && self.unusable(&landed, &waiting, how.deadline) {
                    missing.push(at);
                } else {
                    ended.push((at, landed.map(|found| found.map(|value| (value, Freshness::Live)))));
                }
            }
        }
        ended
    }

    /// Since when a read may have been under way that is to be joined.
    fn earliest(&self, how: &How) -> Option<Duration> {
        match how.live {
            false => Some(Duration::ZERO),
            true if self.window.is_zero() => None,
            true => Some(self.clock.elapsed().saturating_sub(self.window)),
        }
    }

    /// Whether an answer somebody else asked for is not good enough: something in it was purged while it was read, or its
    /// reader had less time.
    fn unusable(&self, landed: &Result<Option<T>, Error>, waiting: &Waiting<T>, deadline: Duration) -> bool {
        let flight = &waiting.flight;
        match landed {
            Ok(value) => {
                let tags = || value.as_ref().map(Cached::tags).unwrap_or_default();
                self.purges.since(flight.number, tags).is_some()
            }
            Err(error) => error.code() == Code::UpstreamTimeout && flight.deadline < deadline,
        }
    }

    /// Waits for an answer, until the deadline: one timer for all that a caller waits for.
    async fn wait(
        &self,
        waiting: &Waiting<T>,
        deadline: Duration,
        patience: &mut Patience,
    ) -> Result<Option<T>, Error> {
        if let Patience::Left = patience {
            *patience = Patience::Timed(self.clock.sleep(deadline.saturating_sub(self.clock.elapsed())));
        }
        if let Patience::Timed(timer) = patience {
            tokio::select! {
                biased;
                landed = waiting.end() => return landed,
                () = timer => {}
            }
            *patience = Patience::Over;
        }
        Err(Error::new(Code::UpstreamTimeout, "no answer inside the request's deadline"))
    }

    /// Joins reads under way, and begins one for all that are not, in a task of its own.
    fn begin(
        self: &Arc<Self>,
        reading: &Reading<T>,
        which: Vec<usize>,
        join: Option<Duration>,
    ) -> Vec<(usize, Waiting<T>)> {
        let How { fields, deadline, .. } = reading.how;
        let terms = Terms { fields, deadline, join, since: self.clock.elapsed() };
        let asked = which.iter().filter_map(|at| reading.wants.get(*at));
        let boarded = self.flights.board(asked, terms, &self.purges);
        if let Some(Begun { flight, keys, asked }) = boarded.begun {
            let wants = asked.iter().filter_map(|at| which.get(*at).copied()).collect();
            let batch = Batch { wants, begun: flight.number, since: terms.since };
            let airborne = Airborne { shelf: Arc::clone(self), flight, keys };
            tokio::spawn(airborne.land(batch, reading.clone()));
        }
        which.into_iter().zip(boarded.waiting).collect()
    }

    /// What is served where the read failed.
    fn instead(&self, old: Option<Arc<Entry<T>>>, how: &How, error: Error) -> Served<T> {
        let down = matches!(error.code(), Code::UpstreamUnavailable | Code::UpstreamTimeout | Code::RateLimited);
        let Some(old) = old.filter(|_| down) else { return Err(error) };
        let in_time =
            self.clock.elapsed() < old.since.saturating_add(how.policy.fresh).saturating_add(how.policy.if_error);
        match &old.value {
            Some(value) if in_time && self.purges.since(old.begun, || old.tags.iter()) != Some(Purge::Hard) => {
                Ok(Some((value.clone(), Freshness::Stale)))
            }
            _ => Err(error),
        }
    }
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}
