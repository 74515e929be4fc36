//! Leases: of several nodes one at a time does something, for as long as it says so, and another one where it dies.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{State, StoreKey};
use crate::error::Error;

/// The right to do something alone, for a while. It ends by itself, so that a holder that died keeps nobody waiting.
///
/// A holder may be slower than it thinks: what it does last must bear that somebody else has begun already.
pub struct Lease {
    state: Arc<dyn State>,
    key: StoreKey,
    /// Tells this holder from every other.
    holder: Bytes,
    lasts: Duration,
}

/// Takes the lease of that name for so long; `None` where somebody else holds it.
///
/// # Errors
/// As [`State::claim`]: whether anybody holds it is not known, and it is not taken.
pub async fn lease(state: &Arc<dyn State>, key: StoreKey, lasts: Duration) -> Result<Option<Lease>, Error> {
    let holder = Bytes::copy_from_slice(&rand::random::<[u8; 16]>());
    let there = state.claim(&key, holder.clone(), lasts).await?;
    let state = Arc::clone(state);
    Ok(there.is_none().then_some(Lease { state, key, holder, lasts }))
}

impl Lease {
    /// Holds it as long again, from now on; whether it was still held. Where it was not, somebody else may have it.
    ///
    /// # Errors
    /// As [`State::replace`]: it may end.
    pub async fn extend(&self) -> Result<bool, Error> {
        let same = (self.holder.clone(), Some(self.holder.clone()));
        self.state.replace(&self.key, same, self.lasts).await
    }

    /// Gives it back before it ends; whether it was still held.
    ///
    /// # Errors
    /// As [`State::replace`]: it ends by itself.
    pub async fn release(self) -> Result<bool, Error> {
        self.state.replace(&self.key, (self.holder.clone(), None), self.lasts).await
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("lasts", &self.lasts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::Kept;

    const MINUTE: Duration = Duration::from_secs(60);

    fn world() -> (Arc<ManualClock>, Arc<dyn State>) {
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
        let state = Arc::new(Kept::new(clock.clone(), 10));
        (clock, state)
    }

    async fn take(state: &Arc<dyn State>) -> Option<Lease> {
        lease(state, Arc::from(&b"poll"[..]), MINUTE).await.unwrap()
    }

    #[tokio::test]
    async fn one_at_a_time_holds_it_until_it_gives_it_back() {
        let (_, state) = world();
        let first = take(&state).await.unwrap();
        assert!(take(&state).await.is_none());
        assert!(first.release().await.unwrap());
        assert!(take(&state).await.is_some());
    }

    #[tokio::test]
    async fn whoever_dies_holds_it_no_longer_than_it_lasts() {
        let (clock, state) = world();
        let first = take(&state).await.unwrap();
        clock.advance(MINUTE / 2);
        assert!(first.extend().await.unwrap());
        clock.advance(MINUTE / 2);
        assert!(take(&state).await.is_none(), "it was extended");
        clock.advance(MINUTE / 2);
        let second = take(&state).await.unwrap();
        assert!(!first.extend().await.unwrap(), "somebody else has it");
        assert!(!first.release().await.unwrap());
        assert!(second.extend().await.unwrap(), "what the first gave back was not its own");
    }
}
