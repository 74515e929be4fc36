//! Between the nodes of one tenant: what changes on one is told to all.
//!
//! A node keeps what it has to tell while it cannot say it, and its place on the line while it cannot hear. Where something was
//! lost on the way nevertheless, whoever may have missed it forgets all it has read, and tells its subscribers to look again.

mod named;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use self::named::{Names, Said, What};
use super::Live;
use super::heard::WhoseClock;
use crate::model::{Change, Doubt, RecordId};
use crate::source::Sources;
use crate::store::{Heard, Line};

/// How many changes may wait to be told; past it, the others are told that something was lost.
const WAITING: usize = 8_192;
/// How many are told at once.
const AT_ONCE: usize = 256;
/// How long is waited before the line is tried again.
const BREATH: Duration = Duration::from_millis(250);

/// One node's end of the line.
pub(super) struct Relay {
    own: u64,
    names: Names,
    waiting: mpsc::Sender<Bytes>,
    state: Arc<RelayState>,
}

#[derive(Default)]
struct RelayState {
    /// The others have not been told of something.
    lost: AtomicBool,
    /// What others say is heard.
    hears: AtomicBool,
}

impl Relay {
    /// Begins to tell and to hear; both end with the tenant.
    pub(super) fn begin(live: &Arc<Live>, line: Line, sources: Arc<Sources>) -> Self {
        let line = Arc::new(line);
        let (waiting, queue) = mpsc::channel(WAITING);
        let state = Arc::new(RelayState::default());
        let names = Names { graph: Arc::clone(&live.graph), sources };
        let own = rand::random();
        tokio::spawn(tell(own, (Arc::clone(&line), queue), Arc::clone(&state)));
        let hearing = Hearing { own, names: names.clone(), state: Arc::clone(&state) };
        tokio::spawn(hearing.hear(Arc::downgrade(live), line));
        Self { own, names, waiting, state }
    }

    pub(super) fn hears(&self) -> bool {
        self.state.hears.load(Ordering::SeqCst)
    }

    /// Tells the others of a change, as soon as that can be done.
    pub(super) fn changed(&self, change: &Change, clock: WhoseClock) {
        self.tell(self.names.change(change, clock));
    }

    /// Tells the others of what may have changed.
    pub(super) fn doubt(&self, doubt: &Doubt) {
        self.tell(self.names.doubt(doubt));
    }

    /// Tells the others that who this is has to be asked anew.
    pub(super) fn introduced(&self, person: &RecordId) {
        self.tell(self.names.introduced(person));
    }

    fn tell(&self, what: Option<What>) {
        let said = what.and_then(|what| Said { by: self.own, what }.bytes());
        let told = said.is_some_and(|said| self.waiting.try_send(said).is_ok());
        if !told {
            self.state.lost.store(true, Ordering::SeqCst);
        }
    }
}

/// Says what waits, in its order, for as long as it takes; what has been said twice does no harm.
async fn tell(own: u64, (line, mut queue): (Arc<Line>, mpsc::Receiver<Bytes>), state: Arc<RelayState>) {
    while let Some(first) = queue.recv().await {
        let mut said = vec![first];
        while said.len() < AT_ONCE
            && let Ok(next) = queue.try_recv()
        {
            said.push(next);
        }
        if state.lost.swap(false, Ordering::SeqCst) {
            said.extend(Said { by: own, what: What::Lost }.bytes());
        }
        while let Err(error) = line.say(&said).await {
            tracing::warn!(why = error.detail(), "other nodes cannot be told what changed");
            if queue.is_closed() {
                return;
            }
            tokio::time::sleep(BREATH).await;
        }
    }
}

/// What one node hears with.
struct Hearing {
    own: u64,
    names: Names,
    state: Arc<RelayState>,
}

impl Hearing {
    /// Hears what others say, until the tenant is gone.
    async fn hear(self, live: Weak<Live>, line: Arc<Line>) {
        let mut listening = line.listen();
        loop {
            let heard = listening.next().await;
            let Some(live) = live.upgrade() else { return };
            match heard {
                Ok(Heard::Anew) => live.missed(),
                Ok(Heard::Said(said)) => said.iter().for_each(|said| self.take(&live, said)),
                Err(error) => {
                    if self.state.hears.swap(false, Ordering::SeqCst) {
                        tracing::warn!(why = error.detail(), "what changes on other nodes is not heard");
                    }
                    drop(live);
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            }
            if !self.state.hears.swap(true, Ordering::SeqCst) {
                tracing::info!("what changes on other nodes is heard");
            }
        }
    }

    fn take(&self, live: &Live, said: &[u8]) {
        match Said::read(said) {
            Some(said) if said.by == self.own => {}
            Some(Said { what: What::Changed(change), .. }) => {
                if let Some(of) = self.names.changes(&change) {
                    live.heard_elsewhere(of, change.clock);
                }
            }
            Some(Said { what: What::Doubt(doubt), .. }) => {
                self.names.doubted(&doubt).iter().for_each(|doubt| live.doubts(doubt));
            }
            Some(Said { what: What::Introduced(person), .. }) => {
                self.names.person(&person).iter().for_each(|person| live.known_anew(person));
            }
            // Something was lost there, or it is said in words of a later version.
            Some(Said { what: What::Lost, .. }) | None => live.missed(),
        }
    }
}
