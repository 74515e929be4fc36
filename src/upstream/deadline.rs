//! Nothing waits longer than its caller.

use std::sync::Arc;

use futures::future::{BoxFuture, Either, select};

use super::transport::{Call, Reply, Transport};
use crate::clock::Clock;
use crate::error::{Code, Error};

/// Ends a call when nobody waits for it any more.
pub(super) struct Deadline {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
}

impl Deadline {
    pub(super) fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, source: Arc<str>) -> Self {
        Self { inner, clock, source }
    }
}

impl Transport for Deadline {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            let left = call.deadline.saturating_sub(self.clock.elapsed());
            let template = Arc::clone(&call.template);
            let late = || {
                Error::new(Code::UpstreamTimeout, format!("{template}: no answer before the deadline"))
                    .at_source(&self.source)
            };
            if left.is_zero() {
                return Err(late());
            }
            match select(self.inner.send(call), self.clock.sleep(left)).await {
                Either::Left((reply, _)) => reply,
                Either::Right(((), _)) => Err(late()),
            }
        })
    }
}
