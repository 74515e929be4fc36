//! Nothing waits longer than its caller.

use std::sync::Arc;
use std::time::Duration;

use super::layer::{Body, Layer};
use super::transport::{Call, Reply};
use crate::clock::Clock;
use crate::error::{Code, Error};

/// Ends a call when nobody waits for it any more, or when it has taken the longest a call to its source may take. The
/// layers inside see the sooner of the two as the call's deadline, so that no attempt is begun that could not end in time.
pub(super) struct Deadline<L> {
    inner: L,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
    timeout: Duration,
}

impl<L> Deadline<L> {
    pub(super) fn new(inner: L, clock: Arc<dyn Clock>, source: Arc<str>, timeout: Duration) -> Self {
        Self { inner, clock, source, timeout }
    }

    fn late(&self, template: &str, left: Duration) -> Error {
        let what = format!("{template}: no answer in the {} ms that were left for it", left.as_millis());
        Error::new(Code::UpstreamTimeout, what).at_source(&self.source)
    }
}

impl<L: Layer> Layer for Deadline<L> {
    /// A body in pieces has no deadline once it has begun: a large file takes the time it takes.
    async fn ask<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        let now = self.clock.elapsed();
        let left = call.deadline.saturating_sub(now).min(self.timeout);
        call.deadline = now.saturating_add(left);
        if left.is_zero() {
            return Err(self.late(&call.template, left).unsent());
        }
        tokio::select! {
            biased;
            answer = self.inner.ask(call) => return answer,
            () = self.clock.sleep(left) => {}
        }
        Err(self.late(&call.template, left))
    }
}
