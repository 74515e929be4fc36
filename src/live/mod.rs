//! What follows from a change, whoever tells of it: caches forget what it touches, and whoever listens is told.
//!
//! A change is noted in a ring with a number; behind that, one task reads each record that somebody listens for, once, and
//! hands the change to the listeners it may be for. Each of them looks at it as itself ([`Following`]): what it may see, and
//! whether anything of that is different. Those who ask for the same with the same rights are a group, and share one look.

mod echo;
mod following;
mod group;
mod heard;
mod hub;
mod inbox;
mod index;
mod interned;
mod left;
mod mark;
mod poll;
mod purge;
mod read;
mod relay;
mod ring;
mod watch;
mod work;

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::watch::Receiver;

pub use self::echo::{Echoes, is_fine};
pub use self::following::{Follower, Following, Looked};
use self::heard::{Heard, Known, WhoseClock};
use self::hub::Hub;
pub use self::poll::{Found, Purpose, Unseen, Watched};
use self::relay::Relay;
pub use self::watch::{Counted, Counts, Watch, Watching};
use crate::cache::{Cache, Purge, Tag};
use crate::clock::Clock;
use crate::graph::Graph;
use crate::identity::Identity;
use crate::model::{Change, Changes, Doubt, EntityId, RecordId, SourceId};
use crate::source::Sources;
use crate::store::Line;

/// Takes in the changes of one tenant.
pub struct Live {
    graph: Arc<Graph>,
    cache: Arc<Cache>,
    hub: Arc<Hub>,
    identity: OnceLock<Arc<Identity>>,
    relay: OnceLock<Relay>,
    outgoing: OnceLock<Weak<dyn Hears>>,
    heard: Heard,
}

/// Hears of the changes that came in here: by a webhook, a poll, or a write of ours. Of those that another node tells of it does
/// not, so that one node of several sends what is to be sent.
pub trait Hears: Send + Sync {
    /// Hears of one. It returns at once. `by` is the contact whose own write it was.
    fn hear(&self, change: &Change, by: Option<&RecordId>);
}

impl Live {
    /// For the caches of one tenant.
    #[must_use]
    pub fn new(graph: Arc<Graph>, cache: Arc<Cache>, clock: Arc<dyn Clock>) -> Self {
        let hub = Arc::new(Hub::new(Arc::clone(&graph), clock));
        let (identity, relay, outgoing) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { hub, graph, cache, identity, relay, outgoing, heard: Heard::default() }
    }

    /// Says who remembers what people may reach; before that nobody is made to forget any of it.
    pub fn rights_of(&self, identity: Arc<Identity>) {
        // It is said once, when the tenant is opened.
        let _ = self.identity.set(identity);
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

    /// Takes in a change that another node tells of.
    fn heard_elsewhere(&self, change: Change, clock: WhoseClock) {
        self.heard.remember(&change, self.hub.clock.now(), clock);
        self.took(change);
    }

    /// What follows from a change on this node.
    fn took(&self, change: Change) {
        self.cache.purge(&purge::tags(&self.graph, &change), Purge::Hard);
        self.known_anew(&change.id());
        self.hub.note(change);
    }

    /// What follows from a doubt on this node.
    fn doubts(&self, doubt: &Doubt) {
        let Doubt { source, record, touches } = doubt;
        let itself = record.iter().map(|(entity, key)| Tag::Record(*source, *entity, key.clone()));
        let tags: Vec<Tag> = purge::touched(*source, touches).chain(itself).collect();
        self.cache.purge(&tags, Purge::Hard);
        if let Some((entity, key)) = record {
            self.known_anew(&RecordId { entity: *entity, source: *source, key: key.clone() });
        }
    }

    /// What people may reach who are this contact, or act for this account, is asked anew; of other records nothing depends on it.
    fn known_anew(&self, record: &RecordId) {
        if let Some(identity) = self.identity.get()
            && [self.graph.hub, self.graph.person].contains(&record.entity)
        {
            identity.purge_record(record);
        }
    }

    /// What follows where it is not known what has changed.
    fn missed(&self) {
        self.cache.purge_all();
        if let Some(identity) = self.identity.get() {
            identity.purge();
        }
        self.hub.missed();
    }

    /// Says who hears of changes beside open pages, as long as it is there.
    pub fn heard_by(&self, outgoing: Weak<dyn Hears>) {
        // It is said once, when the tenant is opened.
        let _ = self.outgoing.set(outgoing);
    }

    /// How many follow a subscription just now.
    #[must_use]
    pub fn listeners(&self) -> usize {
        *self.hub.following.borrow()
    }

    /// The same, as it changes: each is counted from when on it misses nothing.
    #[must_use]
    pub fn following(&self) -> Receiver<usize> {
        self.hub.following.subscribe()
    }
}

impl Live {
    /// Takes in a change of our own making: when it happened is by this clock, not by the system's.
    pub fn wrote(&self, change: Change, by: Option<&RecordId>) {
        self.follow_from(change, by, WhoseClock::Ours);
    }

    /// Takes in a change that was asked for, unless it has been told of; clocks may differ by `lag`.
    fn found(&self, change: Change, lag: Duration) -> Known {
        let known = self.heard.knows(&change, lag);
        if known != Known::Told {
            self.note(change);
        }
        known
    }

    /// Says that anything of these may have changed, and that nobody can tell what.
    fn lost(&self, source: SourceId, entities: &[EntityId]) {
        let tags: Vec<Tag> = entities.iter().map(|entity| Tag::Entity(source, *entity)).collect();
        self.cache.purge(&tags, Purge::Hard);
        self.hub.missed();
    }

    /// What was read before is not used any more, by nobody: whoever is told of a change and reads again gets what is there
    /// now, not once more what was.
    fn follow_from(&self, change: Change, by: Option<&RecordId>, clock: WhoseClock) {
        self.heard.remember(&change, self.hub.clock.now(), clock);
        if let Some(relay) = self.relay.get() {
            relay.changed(&change, clock);
        }
        let outgoing = self.outgoing.get().and_then(Weak::upgrade).map(|outgoing| (outgoing, change.clone()));
        self.took(change);
        // Whoever is told reads again, and must not get what was.
        if let Some((outgoing, change)) = outgoing {
            outgoing.hear(&change, by);
        }
    }
}

impl Changes for Live {
    fn note(&self, change: Change) {
        self.note_by(change, None);
    }

    fn note_by(&self, change: Change, by: Option<&RecordId>) {
        self.follow_from(change, by, WhoseClock::TheSystems);
    }

    fn doubt(&self, doubt: Doubt) {
        if let Some(relay) = self.relay.get() {
            relay.doubt(&doubt);
        }
        self.doubts(&doubt);
    }

    fn introduced(&self, person: &RecordId, _: SourceId) {
        if let Some(relay) = self.relay.get() {
            relay.introduced(person);
        }
        self.known_anew(person);
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}
