//! Nothing waits longer than its caller.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};

use super::transport::{Call, Reply, Streamed, Transport};
use crate::clock::Clock;
use crate::error::{Code, Error};

/// Ends a call when nobody waits for it any more, or when it has taken the longest a call to its source may take. The
/// layers inside see the sooner of the two as the call's deadline, so that no attempt is begun that could not end in time.
pub(super) struct Deadline {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
    timeout: Duration,
}

impl Deadline {
    pub(super) fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, source: Arc<str>, timeout: Duration) -> Self {
        Self { inner, clock, source, timeout }
    }
}

impl Deadline {
    /// Awaits an answer, or the head of one, as long as is left for it.
    async fn within<'a, T>(
        &'a self,
        mut call: Call,
        send: impl FnOnce(&'a dyn Transport, Call) -> BoxFuture<'a, Result<T, Error>>,
    ) -> Result<T, Error> {
        let now = self.clock.elapsed();
        let left = call.deadline.saturating_sub(now).min(self.timeout);
        call.deadline = now.saturating_add(left);
        let template = Arc::clone(&call.template);
        let late = || {
            let what = format!("{template}: no answer in the {} ms that were left for it", left.as_millis());
            Error::new(Code::UpstreamTimeout, what).at_source(&self.source)
        };
        if left.is_zero() {
            return Err(late().unsent());
        }
        match select(send(&*self.inner, call), self.clock.sleep(left)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(late()),
        }
    }
}

impl Transport for Deadline {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(self.within(call, |inner, call| inner.send(call)))
    }

    /// The body has no deadline: a large file takes the time it takes.
    fn open(&self, call: Call) -> BoxFuture<'_, Result<Streamed, Error>> {
        Box::pin(self.within(call, |inner, call| inner.open(call)))
    }
}
