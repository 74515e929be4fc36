//! Where a tenant keeps what must not be forgotten, and how its nodes tell each other what changed.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::error::Result;
use crate::live::Live;
use crate::seal::Sealer;
use crate::secret::Secret;
use crate::source::Sources;
use crate::store::{Kept, Redis, State};

use super::intake::Intake;

/// The address of the shared store, where there is one; it may have a password in it.
///
/// # Errors
/// It has no value.
pub(super) fn address(
    config: &Config,
    environment: &dyn Environment,
    folder: &Path,
) -> std::result::Result<Option<Secret>, String> {
    let url = config.stores.state.as_ref().map(|state| state.url.resolve(environment, folder));
    url.transpose().map_err(|why| format!("`stores.state.url`: {why}"))
}

/// The stores of one tenant: shared with other nodes, or in the memory of this process.
pub(super) struct Stores {
    /// What must not be forgotten.
    pub(super) state: Arc<dyn State>,
    shared: Option<Redis>,
}

impl Stores {
    /// Nothing is called: a dead store never keeps the gateway from starting.
    ///
    /// # Errors
    /// `INTERNAL`: the address is none.
    pub(super) fn open(
        config: &Config,
        url: Option<&Secret>,
        (sealer, clock): (&Sealer, &Arc<dyn Clock>),
    ) -> Result<Self> {
        match config.stores.state.as_ref().zip(url) {
            Some((state, url)) => {
                let redis = Redis::new(state, url, (sealer, &config.tenant))?;
                Ok(Self { state: redis.state(), shared: Some(redis) })
            }
            None => Ok(Self { state: Arc::new(Kept::new(Arc::clone(clock), Kept::MOST)), shared: None }),
        }
    }

    /// The intake, with what it has taken known to all nodes, where there are several.
    pub(super) fn known_to_all(&self, intake: Intake) -> Intake {
        match &self.shared {
            Some(_) => intake.sharing(Arc::clone(&self.state)),
            None => intake,
        }
    }

    /// What changes here is told to all nodes from now on, and what changes there is heard.
    pub(super) fn join(&self, live: &Arc<Live>, sources: &Arc<Sources>) {
        if let Some(redis) = &self.shared {
            live.join(redis.line("changes"), Arc::clone(sources));
        }
    }
}
