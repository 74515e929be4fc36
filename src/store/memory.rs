//! The store in the process: bounded by weight, on moka.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use moka::Expiry;
use moka::future::Cache;

use super::{Store, StoreKey};
use crate::clock::Clock;

/// Values in the memory of this process; nothing of it ever reaches a disk.
pub struct Memory<V> {
    cache: Cache<StoreKey, Held<V>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Held<V> {
    value: V,
    lifetime: Duration,
    /// On the clock's `elapsed` scale.
    until: Duration,
}

/// Lets moka give memory back when a lifetime ends; whether a value may be answered is decided by our own clock.
struct Lifetimes;

impl<V> Expiry<StoreKey, Held<V>> for Lifetimes {
    fn expire_after_create(&self, _: &StoreKey, held: &Held<V>, _: Instant) -> Option<Duration> {
        Some(held.lifetime)
    }

    fn expire_after_update(&self, _: &StoreKey, held: &Held<V>, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(held.lifetime)
    }
}

impl<V: Clone + Send + Sync + 'static> Memory<V> {
    /// A store of at most `bytes`; `weigh` tells roughly how many bytes a value takes.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, bytes: u64, weigh: fn(&V) -> u32) -> Self {
        let weigher = move |key: &StoreKey, held: &Held<V>| {
            weigh(&held.value).saturating_add(u32::try_from(key.len()).unwrap_or(u32::MAX))
        };
        let cache = Cache::builder().max_capacity(bytes).weigher(weigher).expire_after(Lifetimes).build();
        Self { cache, clock }
    }

    /// How many values are held, roughly: expired and refused ones leave a little later.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.cache.entry_count()
    }

    /// Does the housekeeping that otherwise happens now and then, so that [`Memory::count`] is exact.
    pub async fn settle(&self) {
        self.cache.run_pending_tasks().await;
    }
}

impl<V: Clone + Send + Sync + 'static> Store<V> for Memory<V> {
    fn get<'a>(&'a self, keys: &'a [StoreKey]) -> BoxFuture<'a, Vec<Option<V>>> {
        Box::pin(async move {
            let now = self.clock.elapsed();
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                let held = self.cache.get(key).await;
                if held.as_ref().is_some_and(|held| held.until <= now) {
                    self.cache.invalidate(key).await;
                }
                values.push(held.filter(|held| held.until > now).map(|held| held.value));
            }
            values
        })
    }

    fn put(&self, entries: Vec<(StoreKey, V, Duration)>) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let now = self.clock.elapsed();
            for (key, value, lifetime) in entries {
                self.cache.insert(key, Held { value, lifetime, until: now.saturating_add(lifetime) }).await;
            }
        })
    }

    fn remove<'a>(&'a self, keys: &'a [StoreKey]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for key in keys {
                self.cache.invalidate(key).await;
            }
        })
    }
}

impl<V> fmt::Debug for Memory<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}
