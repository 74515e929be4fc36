//! What writes need beside reads.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::model::{Change, Changes, Unwritten, Write, Writes, Written};
use crate::store::{Kept, State};

/// What writes need.
#[derive(Clone)]
pub struct Writing {
    /// Does them.
    pub writes: Arc<dyn Writes>,
    /// Is told of each.
    pub changes: Arc<dyn Changes>,
    /// Where it is kept which of them were done.
    pub state: Arc<dyn State>,
}

impl Writing {
    /// Of sources that only read: every write fails, and nothing is written.
    #[must_use]
    pub fn none(clock: Arc<dyn Clock>) -> Self {
        Self { writes: Arc::new(ReadOnly), changes: Arc::new(ReadOnly), state: Arc::new(Kept::new(clock, 0)) }
    }
}

/// Sources that nothing is written to.
#[derive(Clone, Copy, Debug)]
struct ReadOnly;

impl Writes for ReadOnly {
    fn write(&self, _: Write) -> BoxFuture<'_, Result<Written, Unwritten>> {
        async { Err(Unwritten::Failed(Error::new(Code::Internal, "these sources are only read"))) }.boxed()
    }
}

impl Changes for ReadOnly {
    fn note(&self, _: Change) {}
}
