//! What follows from a change, whoever tells of it: caches forget what it touches, and whoever listens is told.

mod echo;
mod purge;

use std::fmt;
use std::sync::Arc;

use self::echo::Echoes;
use crate::cache::{Cache, Purge};
use crate::clock::Clock;
use crate::graph::Graph;
use crate::model::{Change, Changes};

/// Takes in the changes of one tenant.
pub struct Live {
    graph: Arc<Graph>,
    cache: Arc<Cache>,
    echoes: Echoes,
}

impl Live {
    /// For the caches of one tenant.
    #[must_use]
    pub fn new(graph: Arc<Graph>, cache: Arc<Cache>, clock: Arc<dyn Clock>) -> Self {
        Self { graph, cache, echoes: Echoes::new(clock) }
    }
}

impl Changes for Live {
    /// What was read before is not used any more, by nobody: whoever is told of a change and reads again gets what is there
    /// now, not once more what was.
    fn note(&self, change: Change) {
        self.cache.purge(&purge::tags(&self.graph, &change), Purge::Hard);
        if self.echoes.is_new(&change) {
            tracing::debug!(source = change.source.0, entity = change.entity.0, kind = ?change.kind, "a record changed");
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}
