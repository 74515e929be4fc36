//! Which events of systems were taken already, here or by another node.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::store::{Memory, State, Store, StoreKey};

/// How long an event is known again: systems send for a day or three what was not taken.
const REMEMBERED: Duration = Duration::from_secs(3 * 24 * 3600);
/// How long a node may be at an event before it counts as lost with it.
const TAKING: Duration = Duration::from_secs(30);
/// What is kept of an event that a node is at, and of one that was taken.
const MARKS: [&[u8]; 2] = [b"taking", b"taken"];

/// Marks of events.
pub(super) enum Seen {
    /// In the memory of this process; what is pushed out is taken again, which is no harm.
    Here {
        marks: Memory<()>,
        /// Whether an event was seen, and that it is seen now, is one step.
        turn: tokio::sync::Mutex<()>,
    },
    /// In the store of all nodes.
    Everywhere(Arc<dyn State>),
}

impl Seen {
    /// In this process, in at most so many bytes.
    pub(super) fn here(clock: &Arc<dyn Clock>, bytes: u64) -> Self {
        Self::Here { marks: Memory::new(Arc::clone(clock), bytes, |()| 64), turn: tokio::sync::Mutex::default() }
    }

    /// For each event of a source whether it is new; who is told so has to take it, and say so with [`Seen::taken`].
    ///
    /// # Errors
    /// Of each: it cannot be known, or another node is at it. It has to be sent again.
    pub(super) async fn begin(&self, source: &str, ids: &[Arc<[u8]>]) -> Vec<Result<bool>> {
        let keys: Vec<StoreKey> = ids.iter().map(|id| key(source, id)).collect();
        match self {
            Self::Here { marks, turn } => {
                let _turn = turn.lock().await;
                let known = marks.get(&keys).await;
                let mut within = std::collections::HashSet::new();
                let new: Vec<_> = keys
                    .iter()
                    .zip(known)
                    .map(|(key, known)| Ok(known.is_none() && within.insert(Arc::clone(key))))
                    .collect();
                marks.put(within.into_iter().map(|key| (key, (), REMEMBERED)).collect()).await;
                new
            }
            Self::Everywhere(state) => {
                // An event that stands in one delivery twice is claimed once.
                let mut within = std::collections::HashSet::new();
                let claims = keys.iter().map(|key| (key, within.insert(key))).collect::<Vec<_>>();
                futures::future::join_all(claims.into_iter().map(|(key, first)| claimed(state, key, first))).await
            }
        }
    }

    /// That an event was taken: what follows from it goes on.
    pub(super) async fn taken(&self, source: &str, id: &Arc<[u8]>) {
        let Self::Everywhere(state) = self else { return };
        let [taking, taken] = MARKS.map(Bytes::from_static);
        match state.replace(&key(source, id), (taking, Some(taken)), REMEMBERED).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(source, "an event took longer than its mark lasts"),
            Err(error) => tracing::warn!(source, why = error.detail(), "that an event was taken could not be kept"),
        }
    }
}

/// Whether an event is new to all nodes, where it is the first of its delivery.
async fn claimed(state: &Arc<dyn State>, key: &StoreKey, first: bool) -> Result<bool> {
    if !first {
        return Ok(false);
    }
    let [taking, taken] = MARKS;
    match state.claim(key, Bytes::from_static(taking), TAKING).await? {
        None => Ok(true),
        Some(there) if there == taken => Ok(false),
        Some(_) => Err(Error::new(Code::UpstreamUnavailable, "another node is at this event")),
    }
}

/// By the source's name: another node may number its sources otherwise.
fn key(source: &str, id: &[u8]) -> StoreKey {
    let length = (source.len() as u64).to_be_bytes();
    Arc::from([b"event".as_slice(), length.as_slice(), source.as_bytes(), id].concat())
}
