//! How far a poll came, in the state store: a restart goes on from there.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::error::{Code, Error, Result};
use crate::store::{State, StoreKey};

/// How long it is known how far a poll came.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How far a poll came: everything of before has been read.
pub(super) struct Mark {
    state: Arc<dyn State>,
    key: StoreKey,
}

impl Mark {
    pub(super) fn new(state: Arc<dyn State>, name: &str) -> Self {
        Self { state, key: Arc::from(format!("poll mark\0{name}").as_bytes()) }
    }

    /// How far it came; where nobody knows, it begins at `now`.
    pub(super) async fn read(&self, now: Timestamp) -> Result<Timestamp> {
        let there = self.state.claim(&self.key, written(now), KEPT).await?;
        Ok(there.map_or(now, |bytes| parsed(&bytes).unwrap_or(now)))
    }

    /// Says how far it came. It never goes back, and of two that say it the later one stays.
    pub(super) async fn set(&self, to: Timestamp) -> Result<()> {
        for _ in 0..8 {
            let Some(there) = self.state.claim(&self.key, written(to), KEPT).await? else { return Ok(()) };
            if parsed(&there).is_some_and(|known| known >= to) {
                return Ok(());
            }
            if self.state.replace(&self.key, (there, Some(written(to))), KEPT).await? {
                return Ok(());
            }
        }
        Err(Error::new(Code::UpstreamUnavailable, "the mark of a poll is changed by others all the time"))
    }
}

fn written(at: Timestamp) -> Bytes {
    Bytes::from(at.to_string())
}

fn parsed(bytes: &[u8]) -> Option<Timestamp> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::store::Kept;

    fn state() -> (Arc<ManualClock>, Arc<dyn State>) {
        let clock = Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
        (Arc::clone(&clock), Arc::new(Kept::new(clock, 100)))
    }

    #[tokio::test]
    async fn a_mark_is_where_it_was_after_a_restart_and_never_goes_back() {
        let (clock, state) = state();
        let begun = clock.now();
        let later = begun + jiff::SignedDuration::from_secs(60);
        let mark = Mark::new(Arc::clone(&state), "crm Account");
        assert_eq!(mark.read(begun).await.unwrap(), begun);
        mark.set(later).await.unwrap();
        mark.set(begun).await.unwrap();
        assert_eq!(Mark::new(Arc::clone(&state), "crm Account").read(begun).await.unwrap(), later);
        assert_eq!(Mark::new(state, "crm Contact").read(begun).await.unwrap(), begun, "each poll has its own");
    }
}
