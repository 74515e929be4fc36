//! Tokens that were checked a moment ago: checking a signature costs more than everything else of a request together.
//!
//! Kept is what a token said, under the digest of its text, so that no token stands in memory. It is used for a minute; from
//! then on the signature is checked again, with the keys that the issuer has then. Whether the token has ended is asked of
//! the clock at every use.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use moka::future::Cache;

use super::authority::Found;
use super::claims::Claims;
use super::tokens::Issuer;
use crate::clock::Clock;

/// How long a signature counts as checked: what a key's withdrawal may take longer than without.
const CHECKED: Duration = Duration::from_secs(60);
/// The most tokens that are kept; those beyond cost a check at each request.
const TOKENS: u64 = 20_000;

/// A token that was checked.
pub(super) struct Verified {
    pub(super) issuer: Arc<Issuer>,
    /// The issuer's name.
    pub(super) issued_by: Arc<str>,
    pub(super) claims: Claims,
    /// When it ends, and from when on it is good, by its own word.
    pub(super) times: Times,
    /// What its claim of authority came to, once that was read: as old as the token itself.
    pub(super) signed: OnceLock<Arc<Found>>,
}

/// When a token is good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) begin: Option<Timestamp>,
    pub(super) end: Timestamp,
}

/// Tokens by the digest of their text.
pub(super) struct Checked {
    tokens: Cache<[u8; 32], (Arc<Verified>, Duration)>,
    clock: Arc<dyn Clock>,
}

impl Checked {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { tokens: Cache::builder().max_capacity(TOKENS).time_to_live(CHECKED).build(), clock }
    }

    /// What a token's text is kept under.
    pub(super) fn name(token: &str) -> [u8; 32] {
        let mut name = [0; 32];
        name.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        name
    }

    /// The token, where its signature was checked a moment ago, and until when that counts.
    pub(super) async fn find(&self, name: &[u8; 32]) -> Option<(Arc<Verified>, Duration)> {
        self.tokens.get(name).await.filter(|(_, until)| self.clock.elapsed() < *until)
    }

    /// Keeps a token whose signature was checked just now; answers until when that counts.
    pub(super) async fn keep(&self, name: [u8; 32], verified: &Arc<Verified>) -> Duration {
        let until = self.clock.elapsed() + CHECKED;
        self.tokens.insert(name, (Arc::clone(verified), until)).await;
        until
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified")
    }
}
