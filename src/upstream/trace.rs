//! What operators see of each call: the manifest's own words for it, status, time, and the system's request id.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::layer::{Body, Layer};
use super::transport::{Call, Reply, Streamed, Transport};
use crate::clock::Clock;
use crate::error::Error;

/// Headers in which systems put their own id of a request, for their support to find it.
const REQUEST_IDS: [&str; 4] = ["request-id", "x-request-id", "x-correlation-id", "x-trace-id"];

/// The system's own id of a request.
fn id<B>(reply: &Reply<B>) -> &str {
    REQUEST_IDS.iter().find_map(|name| reply.header(name)).unwrap_or_default()
}

/// Logs each call once, when it has ended. Never an address, a body or a value.
pub(super) struct Trace<L> {
    inner: L,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
}

impl<L: Layer> Trace<L> {
    pub(super) fn new(inner: L, clock: Arc<dyn Clock>, source: Arc<str>) -> Self {
        Self { inner, clock, source }
    }

    async fn traced<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        let begun = self.clock.elapsed();
        let outcome = self.inner.ask(call).await;
        self.log(&call.template, begun, outcome.as_ref());
        outcome
    }

    fn log<B>(&self, template: &str, begun: Duration, outcome: Result<&Reply<B>, &Error>) {
        let took_ms = self.clock.elapsed().saturating_sub(begun).as_millis();
        let source = &*self.source;
        match outcome {
            Ok(reply) => {
                let status = reply.status;
                if status >= 400 {
                    tracing::warn!(source, %template, status, took_ms, request_id = id(reply), "upstream call refused");
                } else {
                    tracing::debug!(source, %template, status, took_ms, request_id = id(reply), "upstream call");
                }
            }
            Err(error) => {
                tracing::warn!(source, %template, took_ms, code = error.code().name(), %error, "upstream call failed");
            }
        }
    }
}

/// The outermost layer, where the futures of all of them are put on the heap as one.
impl<L: Layer> Transport for Trace<L> {
    fn send(&self, mut call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move { self.traced(&mut call).await })
    }

    fn open(&self, mut call: Call) -> BoxFuture<'_, Result<Streamed, Error>> {
        Box::pin(async move { self.traced(&mut call).await })
    }
}
