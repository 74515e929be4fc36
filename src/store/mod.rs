//! Key-value with lifetimes: what the cache keeps its answers in ([`Store`]), and what must not be lost ([`State`]).
//!
//! Only what is used stands here; counters and publish/subscribe come with the code that needs them.
//!
//! # A second tier
//! In the process, values are shared pointers and cost nothing to hand out, so the trait is generic in its value instead
//! of demanding bytes. A tier outside the process is one more implementation, `Store<Bytes>`, behind a store that asks
//! [`Memory`] first and turns values into bytes and back with a codec of its own. The trait is made for that: it is
//! asynchronous and takes all keys of a read at once (one round trip), keys are plain bytes, and every value has a
//! lifetime. What has to be told between nodes besides is which tags were purged: purges are marks held by the cache
//! (see `cache`), never deletions in a store, so that a slow or lost deletion cannot bring an old value back.

mod lease;
mod memory;
mod redis;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

pub use lease::{Lease, lease};
pub use memory::Memory;
pub use redis::{Heard, Line, Listening, Redis};
pub use state::{Kept, State};

/// A key: bytes that tell everything the value depends on.
pub type StoreKey = Arc<[u8]>;

/// Keeps values for a while. It may forget anything at any time, and never answers a value past its lifetime.
pub trait Store<V>: Send + Sync {
    /// The values of `keys`, in their order; `None` where there is none (any more).
    fn get<'a>(&'a self, keys: &'a [StoreKey]) -> BoxFuture<'a, Vec<Option<V>>>;

    /// Keeps each value for its lifetime, in place of whatever was there.
    fn put(&self, entries: Vec<(StoreKey, V, Duration)>) -> BoxFuture<'_, ()>;

    /// Forgets the values of `keys`.
    fn remove<'a>(&'a self, keys: &'a [StoreKey]) -> BoxFuture<'a, ()>;
}
