//! What follows from a change, whoever tells of it: caches forget what it touches, and whoever listens is told.
//!
//! A change is noted in a ring with a number; behind that, one task reads each record that somebody listens for, once, and
//! hands the change to the listeners it may be for. Each of them looks at it as itself ([`Following`]): what it may see, and
//! whether anything of that is different. Those who ask for the same with the same rights are a group, and share one look.

mod echo;
mod following;
mod group;
mod hub;
mod index;
mod purge;
mod read;
mod ring;

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

pub use self::following::{Follower, Following};
use self::hub::Hub;
use crate::cache::{Cache, Purge};
use crate::clock::Clock;
use crate::graph::Graph;
use crate::model::{Change, Changes};
use crate::source::Sources;

/// Takes in the changes of one tenant.
pub struct Live {
    graph: Arc<Graph>,
    cache: Arc<Cache>,
    hub: Arc<Hub>,
}

impl Live {
    /// For the caches of one tenant.
    #[must_use]
    pub fn new(graph: Arc<Graph>, cache: Arc<Cache>, clock: Arc<dyn Clock>) -> Self {
        Self { hub: Arc::new(Hub::new(Arc::clone(&graph), clock)), graph, cache }
    }

    /// Says what changed records are read from; before that nobody is told of anything.
    pub fn read_from(&self, sources: Arc<Sources>) {
        self.hub.read_from(sources);
    }

    /// How many follow a subscription: each from when on it misses nothing.
    #[must_use]
    pub fn following(&self) -> watch::Receiver<usize> {
        self.hub.following.subscribe()
    }
}

impl Changes for Live {
    /// What was read before is not used any more, by nobody: whoever is told of a change and reads again gets what is there
    /// now, not once more what was.
    fn note(&self, change: Change) {
        self.cache.purge(&purge::tags(&self.graph, &change), Purge::Hard);
        self.hub.note(change);
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}
