//! What operators see of each call: the manifest's own words for it, status, time, and the system's request id.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::transport::{Call, Reply, Streamed, Transport};
use crate::clock::Clock;
use crate::error::Error;

/// Headers in which systems put their own id of a request, for their support to find it.
const REQUEST_IDS: [&str; 4] = ["request-id", "x-request-id", "x-correlation-id", "x-trace-id"];

/// The system's own id of a request.
fn id(reply: &Reply) -> &str {
    REQUEST_IDS.iter().find_map(|name| reply.header(name)).unwrap_or_default()
}

/// Logs each call once, when it has ended. Never an address, a body or a value.
pub(super) struct Trace {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
}

impl Trace {
    pub(super) fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, source: Arc<str>) -> Self {
        Self { inner, clock, source }
    }
}

impl Trace {
    fn log(&self, template: &str, begun: Duration, outcome: Result<&Reply, &Error>) {
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

impl Transport for Trace {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            let begun = self.clock.elapsed();
            let template = Arc::clone(&call.template);
            let outcome = self.inner.send(call).await;
            self.log(&template, begun, outcome.as_ref());
            outcome
        })
    }

    fn open(&self, call: Call) -> BoxFuture<'_, Result<Streamed, Error>> {
        Box::pin(async move {
            let begun = self.clock.elapsed();
            let template = Arc::clone(&call.template);
            let outcome = self.inner.open(call).await;
            let head = outcome.as_ref().map(Streamed::head);
            self.log(&template, begun, head.as_ref().map_err(|error| *error));
            outcome
        })
    }
}
