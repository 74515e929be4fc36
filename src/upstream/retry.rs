//! Tries safe reads again, with jitter, inside a budget, and never sooner than the system asks.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderName;

use super::budget::Budget;
use super::layer::{Body, Layer};
use super::transport::{Call, Reply};
use crate::clock::Clock;
use crate::connector::{ErrorKind, Errors};
use crate::error::Error;

/// Attempts at one call, the first included.
const ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt; it doubles for the third.
const PAUSE: Duration = Duration::from_millis(100);

/// Which answers of a system may be tried again.
pub(super) struct RetryRules {
    statuses: Vec<u16>,
    header: Option<HeaderName>,
}

impl RetryRules {
    /// The usual ones (408, 425, 429, 502, 503, 504), and those the manifest names as limited, locked, unavailable.
    pub(super) fn new(errors: &Errors) -> Self {
        let mut statuses = vec![408, 425, 429, 502, 503, 504];
        for (name, kind) in &errors.kinds {
            let again = matches!(kind, ErrorKind::Limited | ErrorKind::Locked | ErrorKind::Unavailable);
            match name.parse::<u16>() {
                Ok(status) if again && !statuses.contains(&status) => statuses.push(status),
                Ok(status) if !again => statuses.retain(|known| *known != status),
                _ => {}
            }
        }
        let header = errors.retry.as_ref().and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        Self { statuses, header }
    }

    /// Whether the system may be asked again after this answer. Its own word, where it gives one, counts more than the
    /// status.
    fn again<B>(&self, reply: &Reply<B>) -> bool {
        let word = self.header.as_ref().and_then(|name| reply.headers.get(name)).and_then(|word| word.to_str().ok());
        match word {
            Some("true") => reply.status >= 400,
            Some("false") => false,
            _ => self.statuses.contains(&reply.status),
        }
    }
}

/// Tries a safe call again where that may help.
pub(super) struct Retry<L> {
    rules: RetryRules,
    inner: L,
    clock: Arc<dyn Clock>,
    budget: Budget,
}

impl<L> Retry<L> {
    pub(super) fn new(rules: RetryRules, inner: L, clock: Arc<dyn Clock>) -> Self {
        Self { rules, inner, clock, budget: Budget::default() }
    }

    /// How long to wait before the next attempt; `None` where there is to be none.
    fn pause<B>(&self, attempt: u32, outcome: Result<&Reply<B>, &Error>, deadline: Duration) -> Option<Duration> {
        let asked = match outcome {
            Ok(reply) if self.rules.again(reply) => reply.retry_after(self.clock.now()),
            Err(error) if error.may_retry() => error.wait(),
            _ => return None,
        };
        let longest = PAUSE * 2u32.saturating_pow(attempt - 1);
        let pause = asked.unwrap_or_else(|| longest.mul_f64(rand::random::<f64>()));
        let in_time = self.clock.elapsed() + pause < deadline;
        (attempt < ATTEMPTS && in_time && self.budget.spend()).then_some(pause)
    }
}

impl<L: Layer> Layer for Retry<L> {
    async fn ask<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        if !call.safe {
            return self.inner.ask(call).await;
        }
        self.budget.earn();
        let mut attempt = 1;
        loop {
            // The answer is let go before the pause, and is no part of what waits.
            let pause = {
                let outcome = self.inner.ask(call).await;
                let Some(pause) = self.pause(attempt, outcome.as_ref(), call.deadline) else { return outcome };
                pause
            };
            tracing::debug!(template = %call.template, attempt, pause_ms = pause.as_millis(), "trying again");
            self.clock.sleep(pause).await;
            attempt += 1;
        }
    }
}
