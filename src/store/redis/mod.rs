//! Redis: what several nodes of one tenant must know together.
//!
//! What is kept there is encrypted under the tenant's sealing key, and its names are HMACs: whoever can read the store learns
//! how much happens, and nothing else. A name never means anything to another tenant.

mod line;
mod link;
mod state;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use line::{Heard, Line, Listening};
use link::Link;

use super::State;
use crate::config::RedisConfig;
use crate::error::Result;
use crate::seal::{Place, Sealer};
use crate::secret::Secret;

/// A Redis that the nodes of one tenant share.
pub struct Redis {
    link: Arc<Link>,
    space: Space,
}

/// One tenant's part of a Redis.
#[derive(Clone)]
struct Space {
    sealer: Sealer,
    /// What every name begins with.
    prefix: String,
}

impl Redis {
    /// The part of one tenant. Nothing is called yet: a dead store never keeps the gateway from starting.
    ///
    /// # Errors
    /// `INTERNAL`: the address is none.
    pub fn new(config: &RedisConfig, url: &Secret, (sealer, tenant): (&Sealer, &str)) -> Result<Self> {
        let space = Space { sealer: sealer.clone(), prefix: format!("{}:{tenant}", config.prefix) };
        Ok(Self { link: Arc::new(Link::new(url, config.timeout.0)?), space })
    }

    /// What must not be forgotten.
    #[must_use]
    pub fn state(&self) -> Arc<dyn State> {
        Arc::new(state::RedisState::new(Arc::clone(&self.link), self.space.clone()))
    }

    /// The line of that name.
    #[must_use]
    pub fn line(&self, name: &str) -> Line {
        Line::new(Arc::clone(&self.link), self.space.clone(), name)
    }
}

impl Space {
    /// The name that something of a kind is kept under: it says nothing of the key.
    fn name(&self, kind: &str, key: &[u8]) -> String {
        let hidden = self.sealer.fingerprint(b"name of what is kept", &[kind.as_bytes(), key]);
        format!("{}:{kind}:{}", self.prefix, URL_SAFE_NO_PAD.encode(hidden))
    }

    fn conceal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>> {
        self.sealer.conceal(Place { purpose: b"redis", name: name.as_bytes() }, plain)
    }

    fn reveal(&self, name: &str, hidden: &[u8]) -> Result<Vec<u8>> {
        self.sealer.reveal(Place { purpose: b"redis", name: name.as_bytes() }, hidden)
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.space.prefix).finish_non_exhaustive()
    }
}
