//! What must not be forgotten: claims that one of several takes, for as long as they last.
//!
//! A cache may lose anything at any time; here a lost entry would be a second effect of one write. So nothing is pushed
//! out: where there is no room, or no answer, nobody is told that they have a claim. A store that answers too late may have
//! done what it was asked all the same: whoever cannot wait until such a claim ends knows by its value that it is their own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::StoreKey;
use crate::clock::Clock;
use crate::error::{Code, Error};

/// Keeps claims. All of them are atomic: of several at the same moment one wins.
pub trait State: Send + Sync {
    /// Keeps `value` under `key` for so long unless something is there; what is there, where something is.
    ///
    /// # Errors
    /// [`Code::UpstreamUnavailable`] where it cannot be kept, or nobody said in time that it is: it may be there all the same.
    /// To know it again, `value` has to be nobody else's; [`State::replace`] then changes it, or takes it away.
    fn claim<'a>(
        &'a self,
        key: &'a StoreKey,
        value: Bytes,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Option<Bytes>, Error>>;

    /// Puts `to` in the place of `from`, or nothing; whether `from` was what was there.
    ///
    /// # Errors
    /// [`Code::UpstreamUnavailable`] where that cannot be done, or nobody said in time that it is: it may be done all the same.
    fn replace<'a>(
        &'a self,
        key: &'a StoreKey,
        change: (Bytes, Option<Bytes>),
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool, Error>>;
}

/// Claims in the memory of this process: good for one process, and gone with it.
pub struct Kept {
    clock: Arc<dyn Clock>,
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    by_key: HashMap<StoreKey, (Bytes, Duration)>,
    /// Every key, the one that ends first before the others; on the clock's `elapsed` scale.
    ends: BTreeSet<(Duration, StoreKey)>,
}

impl Kept {
    /// How many claims are kept where nothing else is said.
    pub const MOST: usize = 200_000;

    /// Keeps at most so many claims.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, most: usize) -> Self {
        Self { clock, most, held: Mutex::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Held, Duration) -> T) -> T {
        let now = self.clock.elapsed();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.expire(now);
        act(&mut held, now)
    }
}

impl Held {
    fn expire(&mut self, now: Duration) {
        while self.ends.first().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, key)) = self.ends.pop_first() {
                self.by_key.remove(&key);
            }
        }
    }

    fn put(&mut self, key: &StoreKey, value: Option<Bytes>, end: Duration) {
        if let Some((_, old)) = self.by_key.remove(key) {
            self.ends.remove(&(old, Arc::clone(key)));
        }
        if let Some(value) = value {
            self.by_key.insert(Arc::clone(key), (value, end));
            self.ends.insert((end, Arc::clone(key)));
        }
    }
}

impl State for Kept {
    fn claim<'a>(
        &'a self,
        key: &'a StoreKey,
        value: Bytes,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Option<Bytes>, Error>> {
        let claimed = self.with(|held, now| {
            if let Some((there, _)) = held.by_key.get(key) {
                return Ok(Some(there.clone()));
            }
            if held.by_key.len() >= self.most {
                let detail = format!("the state store holds its most of {} claims", self.most);
                return Err(Error::new(Code::UpstreamUnavailable, detail));
            }
            held.put(key, Some(value), now.saturating_add(lasts));
            Ok(None)
        });
        async { claimed }.boxed()
    }

    fn replace<'a>(
        &'a self,
        key: &'a StoreKey,
        (from, to): (Bytes, Option<Bytes>),
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        let replaced = self.with(|held, now| {
            let is_there = held.by_key.get(key).is_some_and(|(there, _)| *there == from);
            if is_there {
                held.put(key, to, now.saturating_add(lasts));
            }
            is_there
        });
        async move { Ok(replaced) }.boxed()
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn key(text: &str) -> StoreKey {
        Arc::from(text.as_bytes())
    }

    fn bytes(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[tokio::test]
    async fn of_several_claims_the_first_stays_until_it_ends() {
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
        let state = Kept::new(clock.clone(), 10);
        assert_eq!(state.claim(&key("a"), bytes("one"), HOUR).await.unwrap(), None);
        assert_eq!(state.claim(&key("a"), bytes("two"), HOUR).await.unwrap(), Some(bytes("one")));
        clock.advance(HOUR);
        assert_eq!(state.claim(&key("a"), bytes("two"), HOUR).await.unwrap(), None);
    }

    #[tokio::test]
    async fn only_what_is_there_is_replaced() {
        let state = Kept::new(Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)), 10);
        assert!(!state.replace(&key("a"), (bytes("one"), Some(bytes("two"))), HOUR).await.unwrap());
        state.claim(&key("a"), bytes("one"), HOUR).await.unwrap();
        assert!(state.replace(&key("a"), (bytes("one"), Some(bytes("two"))), HOUR).await.unwrap());
        assert!(!state.replace(&key("a"), (bytes("one"), Some(bytes("three"))), HOUR).await.unwrap());
        assert!(state.replace(&key("a"), (bytes("two"), None), HOUR).await.unwrap());
        assert_eq!(state.claim(&key("a"), bytes("four"), HOUR).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_claimed_is_never_pushed_out() {
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
        let state = Kept::new(clock.clone(), 2);
        for name in ["a", "b"] {
            state.claim(&key(name), bytes("x"), HOUR).await.unwrap();
        }
        let full = state.claim(&key("c"), bytes("x"), HOUR).await.unwrap_err();
        assert_eq!(full.code(), Code::UpstreamUnavailable);
        assert_eq!(state.claim(&key("a"), bytes("y"), HOUR).await.unwrap(), Some(bytes("x")));
        clock.advance(HOUR);
        assert_eq!(state.claim(&key("c"), bytes("x"), HOUR).await.unwrap(), None);
    }
}
