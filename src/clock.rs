//! Time as a trait, so that expiry, deadlines and races can be tested without waiting.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// A clock that never goes back: the time since some fixed moment of this process.
    fn elapsed(&self) -> Duration;

    /// Resolves after `wait` of this clock's time.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;
}

/// A clock in the rate limiter's terms, so that tests can move it.
#[derive(Clone)]
pub struct Ticks(pub Arc<dyn Clock>);

impl governor::clock::Clock for Ticks {
    type Instant = governor::nanos::Nanos;

    fn now(&self) -> governor::nanos::Nanos {
        self.0.elapsed().into()
    }
}

impl std::fmt::Debug for Ticks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticks")
    }
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    start: tokio::time::Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock {
    start: Timestamp,
    gone: tokio::sync::watch::Sender<Duration>,
    order: Mutex<()>,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { start, gone: tokio::sync::watch::Sender::new(Duration::ZERO), order: Mutex::new(()) }
    }

    /// Moves the clock on, and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let _order = self.order.lock();
        self.gone.send_modify(|gone| *gone += by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start.checked_add(*self.gone.borrow()).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        *self.gone.borrow()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let mut gone = self.gone.subscribe();
        let until = *gone.borrow() + wait;
        Box::pin(async move {
            // An error means that the clock itself is gone, and with it everybody who could still ask for the time.
            let _ = gone.wait_for(|now| *now >= until).await;
        })
    }
}
