//! What the nodes of a tenant know together of letters: one is claimed before it is sent, so that one node sends it.
//!
//! A claim says what somebody was told last, as a digest, and when. It lasts as long as several nodes may come to hear of one
//! change, or the rule's window, and no longer; for days, each node remembers by itself what it was told (`told`).

#[cfg(test)]
mod tests;

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::told::Told;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::seal;
use crate::store::{Memory, State, Store as _, StoreKey};

/// How long a claim lasts at least: webhooks of a system under load come minutes later.
const LEAST: Duration = Duration::from_secs(600);
/// How often it is tried to say what somebody has seen, where others say something of the same all the time.
const TRIES: usize = 8;
/// How much is remembered of what could not be given back, in bytes.
const MEMORY: u64 = 1024 * 1024;

/// The claims of one node.
pub(in crate::outgoing) struct Claims {
    state: Arc<dyn State>,
    clock: Arc<dyn Clock>,
    /// Tells this node from every other.
    node: u64,
    /// Where a claim of this node may stand under which nothing was sent: the store did not answer, or did too late.
    unsent: Memory<()>,
}

/// What somebody is to be told.
pub(super) struct News<'a> {
    /// Where it is remembered what they were told.
    pub(super) place: &'a StoreKey,
    /// The letter's digest.
    pub(super) digest: [u8; 32],
    /// How much time lies between two letters.
    pub(super) window: Duration,
}

/// What came of claiming a letter.
pub(super) enum Claimed {
    /// It is this node's to send.
    Mine(Claim),
    /// They were told this already, or have seen it.
    Told(Told),
    /// They were told this other thing just now: the letter has to wait so long.
    Held(Told, Duration),
    /// Another node was quicker: what it did is not known yet.
    Busy,
}

/// The right to send one letter.
pub(super) struct Claim {
    key: StoreKey,
    mine: Known,
    /// What stood there.
    before: Option<Known>,
    lasts: Duration,
}

/// What is kept of what somebody knows.
#[derive(Clone, Copy)]
struct Known {
    digest: [u8; 32],
    /// The node that says it.
    node: u64,
    /// When they were last told, in whole milliseconds; none where they have only seen it.
    sent: Option<Timestamp>,
}

impl Claims {
    /// Claims in this store.
    pub(in crate::outgoing) fn new(state: Arc<dyn State>, clock: &Arc<dyn Clock>) -> Self {
        let unsent = Memory::new(Arc::clone(clock), MEMORY, |_| 64);
        Self { state, clock: Arc::clone(clock), node: rand::random(), unsent }
    }

    /// Claims a letter, which is then sent, given back, or refused.
    ///
    /// # Errors
    /// As [`State::claim`]: it must not be sent, since another node may have sent it.
    pub(super) async fn take(&self, news: &News<'_>) -> Result<Claimed> {
        let key = news.key();
        let claimed = self.claimed(&key, news).await;
        if claimed.is_ok() {
            self.unsent.remove(slice::from_ref(&key)).await;
        } else {
            // The claim may be there all the same. Taken for another's later on, it would keep the letter from being sent at all.
            self.unsent.put(vec![(key, (), news.lasts())]).await;
        }
        claimed
    }

    async fn claimed(&self, key: &StoreKey, news: &News<'_>) -> Result<Claimed> {
        let lasts = news.lasts();
        let mine = Known { digest: news.digest, node: self.node, sent: Some(self.clock.now()) };
        let claim = Claim { key: Arc::clone(key), mine, before: None, lasts };
        let Some(there) = self.state.claim(key, mine.bytes(), lasts).await? else { return Ok(Claimed::Mine(claim)) };
        let known = Known::read(&there)?;
        let unsent = known.node == self.node && self.is_unsent(key).await;
        if !unsent {
            if known.digest == news.digest {
                return Ok(Claimed::Told(self.told(known)));
            }
            let left = known.sent.and_then(|sent| news.window.checked_sub(self.since(sent)));
            if let Some(left) = left.filter(|left| !left.is_zero()) {
                return Ok(Claimed::Held(self.told(known), left));
            }
        }
        let is_mine = self.state.replace(key, (there, Some(mine.bytes())), lasts).await?;
        let before = (!unsent).then_some(known);
        Ok(if is_mine { Claimed::Mine(Claim { before, ..claim }) } else { Claimed::Busy })
    }

    /// Says that somebody has seen this: no node tells them of it. When they were last told stays as it is.
    ///
    /// # Errors
    /// As [`State::claim`]: no other node knows of it.
    pub(super) async fn saw(&self, news: &News<'_>) -> Result<()> {
        let (key, lasts) = (news.key(), news.lasts());
        let seen = Known { digest: news.digest, node: self.node, sent: None };
        for _ in 0..TRIES {
            let Some(there) = self.state.claim(&key, seen.bytes(), lasts).await? else { return Ok(()) };
            let known = Known::read(&there)?;
            let seen = Known { sent: known.sent, ..seen };
            if known.digest == news.digest || self.state.replace(&key, (there, Some(seen.bytes())), lasts).await? {
                return Ok(());
            }
        }
        Err(Error::new(Code::UpstreamUnavailable, "what somebody knows is changed by others all the time"))
    }

    /// Gives back a claim under which nothing was sent: the letter can be sent later, here or elsewhere.
    pub(super) async fn give_back(&self, claim: Claim) {
        let change = (claim.mine.bytes(), claim.before.map(|known| known.bytes()));
        let given = self.state.replace(&claim.key, change, claim.lasts).await;
        if let Err(error) = given {
            tracing::warn!(why = error.detail(), "the claim of a letter could not be given back");
            self.unsent.put(vec![(claim.key, (), claim.lasts)]).await;
        }
    }

    /// Says that a letter is not to be sent again, though nobody got it: the next one need not wait for it.
    pub(super) async fn refused(&self, claim: Claim) {
        let known = Known { sent: claim.before.and_then(|known| known.sent), ..claim.mine };
        let change = (claim.mine.bytes(), Some(known.bytes()));
        if let Err(error) = self.state.replace(&claim.key, change, claim.lasts).await {
            tracing::warn!(why = error.detail(), "that a letter is refused could not be kept");
        }
    }

    async fn is_unsent(&self, key: &StoreKey) -> bool {
        self.unsent.get(slice::from_ref(key)).await.iter().any(Option::is_some)
    }

    /// How long ago that was. What lies ahead is of another node's clock, and is now.
    fn since(&self, then: Timestamp) -> Duration {
        Duration::try_from(self.clock.now().duration_since(then)).unwrap_or_default()
    }

    /// The same as this node remembers it.
    fn told(&self, known: Known) -> Told {
        let sent = known.sent.and_then(|sent| self.clock.elapsed().checked_sub(self.since(sent)));
        Told { digest: known.digest, sent }
    }
}

impl News<'_> {
    fn key(&self) -> StoreKey {
        Arc::from(seal::digest([b"mail".as_slice(), &self.place[..]]).as_slice())
    }

    fn lasts(&self) -> Duration {
        self.window.max(LEAST)
    }
}

impl Known {
    fn bytes(&self) -> Bytes {
        let mut bytes = self.digest.to_vec();
        bytes.extend_from_slice(&self.node.to_be_bytes());
        if let Some(sent) = self.sent {
            bytes.extend_from_slice(&sent.as_millisecond().to_be_bytes());
        }
        Bytes::from(bytes)
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let strange = || Error::new(Code::Internal, "the claim of a letter cannot be read");
        let (digest, rest) = bytes.split_first_chunk::<32>().ok_or_else(strange)?;
        let (node, rest) = rest.split_first_chunk::<8>().ok_or_else(strange)?;
        let sent = rest.first_chunk::<8>().map(|sent| Timestamp::from_millisecond(i64::from_be_bytes(*sent)));
        let sent = sent.transpose().map_err(|_| strange())?;
        Ok(Self { digest: *digest, node: u64::from_be_bytes(*node), sent })
    }
}
