//! The store in the process: bounded by weight, on quick_cache.

use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::{Store, StoreKey};
use crate::clock::Clock;

/// What a value weighs on the average, for the size of the tables that the cache keeps of what it let go.
const USUAL: u64 = 1_024;

/// Values in the memory of this process; nothing of it ever reaches a disk.
///
/// What has passed its lifetime is never answered; its memory is given back when it is asked for, or when room is wanted.
pub struct Memory<V> {
    /// Keys hold what clients choose, so that they are hashed with the standard library's keyed hash.
    cache: Cache<StoreKey, Held<V>, Weights, RandomState>,
    weigh: fn(&V) -> u32,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Held<V> {
    value: V,
    weight: u32,
    /// On the clock's `elapsed` scale.
    until: Duration,
}

#[derive(Clone)]
struct Weights;

impl<V> Weighter<StoreKey, Held<V>> for Weights {
    fn weight(&self, key: &StoreKey, held: &Held<V>) -> u64 {
        // What weighs nothing would never leave.
        (u64::from(held.weight) + key.len() as u64).max(1)
    }
}

impl<V: Clone + Send + Sync + 'static> Memory<V> {
    /// A store of at most `bytes`; `weigh` tells roughly how many bytes a value takes.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, bytes: u64, weigh: fn(&V) -> u32) -> Self {
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).max(1);
        let cache = Cache::with(items, bytes, Weights, RandomState::new(), DefaultLifecycle::default());
        Self { cache, weigh, clock }
    }

    /// How many values are held, those that have passed their lifetime among them (see [`Memory::settle`]).
    #[must_use]
    pub fn count(&self) -> usize {
        self.cache.len()
    }

    /// Gives back the memory of everything that has passed its lifetime. It looks at every value.
    pub fn settle(&self) {
        let now = self.clock.elapsed();
        self.cache.retain(|_, held| held.until > now);
    }

    fn value(&self, key: &StoreKey, now: Duration) -> Option<V> {
        let held = self.cache.get(key)?;
        if held.until > now {
            return Some(held.value);
        }
        // Another value may have come in its place just now.
        self.cache.remove_if(key, |held| held.until <= now);
        None
    }
}

impl<V: Clone + Send + Sync + 'static> Store<V> for Memory<V> {
    fn get<'a>(&'a self, keys: &'a [StoreKey]) -> BoxFuture<'a, Vec<Option<V>>> {
        let now = self.clock.elapsed();
        let values = keys.iter().map(|key| self.value(key, now)).collect();
        Box::pin(std::future::ready(values))
    }

    fn put(&self, entries: Vec<(StoreKey, V, Duration)>) -> BoxFuture<'_, ()> {
        let now = self.clock.elapsed();
        for (key, value, lifetime) in entries {
            let weight = (self.weigh)(&value);
            self.cache.insert(key, Held { value, weight, until: now.saturating_add(lifetime) });
        }
        Box::pin(std::future::ready(()))
    }

    fn remove<'a>(&'a self, keys: &'a [StoreKey]) -> BoxFuture<'a, ()> {
        for key in keys {
            self.cache.remove(key);
        }
        Box::pin(std::future::ready(()))
    }
}

impl<V> fmt::Debug for Memory<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}
