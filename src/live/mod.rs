//! What follows from a change, whoever tells of it: caches forget what it touches, and whoever listens is told.
//!
//! A change is noted in a ring with a number; behind that, one task reads each record that somebody listens for, once, and
//! hands the change to the listeners it may be for. Each of them looks at it as itself ([`Following`]): what it may see, and
//! whether anything of that is different.

mod echo;
mod following;
mod hub;
mod purge;
mod read;
mod relay;
mod ring;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use self::following::{Follower, Following};
use self::hub::Hub;
use self::relay::Relay;
use crate::cache::{Cache, Purge};
use crate::clock::Clock;
use crate::graph::Graph;
use crate::model::{Change, Changes};
use crate::source::Sources;
use crate::store::Line;

/// Takes in the changes of one tenant.
pub struct Live {
    graph: Arc<Graph>,
    cache: Arc<Cache>,
    hub: Arc<Hub>,
    relay: OnceLock<Relay>,
}

impl Live {
    /// For the caches of one tenant.
    #[must_use]
    pub fn new(graph: Arc<Graph>, cache: Arc<Cache>, clock: Arc<dyn Clock>) -> Self {
        Self { hub: Arc::new(Hub::new(Arc::clone(&graph), clock)), graph, cache, relay: OnceLock::new() }
    }

    /// Says what changed records are read from; before that nobody is told of anything.
    pub fn read_from(&self, sources: Arc<Sources>) {
        self.hub.read_from(sources);
    }

    /// Tells the other nodes of this tenant from now on what changes here, and hears what changes there. Has to be called on a
    /// Tokio runtime, and once.
    pub fn join(self: &Arc<Self>, line: Line, sources: Arc<Sources>) {
        let _ = self.relay.set(Relay::begin(self, line, sources));
    }

    /// Whether it hears just now what changes on other nodes; also where there are none.
    #[must_use]
    pub fn hears_others(&self) -> bool {
        self.relay.get().is_none_or(Relay::hears)
    }

    /// What follows from a change on this node.
    fn took(&self, change: Change) {
        self.cache.purge(&purge::tags(&self.graph, &change), Purge::Hard);
        self.hub.note(change);
    }

    /// What follows where it is not known what has changed.
    fn missed(&self) {
        self.cache.purge_all();
        self.hub.missed();
    }

    /// How many listen just now.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.hub.listeners()
    }
}

impl Changes for Live {
    /// What was read before is not used any more, by nobody: whoever is told of a change and reads again gets what is there
    /// now, not once more what was.
    fn note(&self, change: Change) {
        if let Some(relay) = self.relay.get() {
            relay.tell(&change);
        }
        self.took(change);
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}
