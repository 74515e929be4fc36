//! Keeps to a system's limits: so many calls at once, so many in a time, and what its answers say is left.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;

use super::layer::{Body, Layer};
use super::transport::{Call, Reply};
use crate::clock::{Clock, Ticks};
use crate::connector::Limits;
use crate::error::{Code, Error};

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>;

/// One quota of a system.
struct Counted {
    name: Option<Arc<str>>,
    limiter: Limiter,
    /// What calls may take of it that nobody waits for.
    share: Limiter,
    per: Duration,
    remaining: Option<Arc<str>>,
    reset: Option<Arc<str>>,
    /// Milliseconds on the clock's `elapsed` scale before which the system wants no call.
    closed_until: AtomicU64,
}

impl Counted {
    fn holds_for(&self, call: &Call) -> bool {
        self.name.is_none() || self.name == call.limit
    }

    /// What the answer says is left: where that is nothing, calls wait until the count begins anew.
    fn learn<B>(&self, reply: &Reply<B>, clock: &dyn Clock) {
        let number = |name: &Option<Arc<str>>| name.as_deref().and_then(|n| reply.header(n)?.parse::<u64>().ok());
        if number(&self.remaining) == Some(0) {
            let wait = number(&self.reset).map_or(self.per, Duration::from_secs).min(self.per);
            // Rounded up: a wait that seems to end just before the deadline would be begun in vain.
            let until = u64::try_from((clock.elapsed() + wait).as_millis()).unwrap_or(u64::MAX);
            self.closed_until.fetch_max(until.saturating_add(1), Ordering::Relaxed);
        }
    }
}

/// The part of a quota that calls may take which nobody waits for: one in so many.
const SHARE: u32 = 4;

/// Waits for its turn; a call whose turn comes after its deadline is refused at once.
pub(super) struct Quotas<L> {
    concurrent: Option<Semaphore>,
    /// Calls that nobody waits for go out one after the other.
    background: Semaphore,
    quotas: Vec<Counted>,
    inner: L,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
}

impl<L> Quotas<L> {
    pub(super) fn new(limits: &Limits, inner: L, clock: Arc<dyn Clock>, source: Arc<str>) -> Self {
        let counted = |quota: &crate::connector::Quota| {
            let limiter = |max: u32| {
                let rate = Quota::with_period(quota.per / NonZeroU32::new(max)?.get())?;
                let rate = rate.allow_burst(NonZeroU32::new(max)?);
                Some(RateLimiter::direct_with_clock(rate, Ticks(Arc::clone(&clock))))
            };
            Some(Counted {
                name: quota.name.clone(),
                limiter: limiter(quota.max)?,
                share: limiter((quota.max / SHARE).max(1))?,
                per: quota.per,
                remaining: quota.remaining.as_deref().map(|name| Arc::from(name.to_ascii_lowercase())),
                reset: quota.reset.as_deref().map(|name| Arc::from(name.to_ascii_lowercase())),
                closed_until: AtomicU64::new(0),
            })
        };
        let quotas = limits.quotas.iter().filter_map(counted).collect();
        let concurrent = limits.concurrent.and_then(|most| usize::try_from(most).ok()).map(Semaphore::new);
        Self { concurrent, background: Semaphore::new(1), quotas, inner, clock, source }
    }

    fn refusal(&self, call: &Call, wait: Duration) -> Error {
        Error::new(Code::RateLimited, format!("{}: the quota has no room before the deadline", call.template))
            .at_source(&self.source)
            .retry_after(wait)
            .unsent()
    }

    /// Waits until every quota of the call has room.
    async fn turn(&self, call: &Call) -> Result<(), Error> {
        for quota in self.quotas.iter().filter(|quota| quota.holds_for(call)) {
            if call.background {
                self.room(call, (quota, &quota.share)).await?;
            }
            self.room(call, (quota, &quota.limiter)).await?;
        }
        Ok(())
    }

    /// Waits until one quota has room.
    async fn room(&self, call: &Call, (quota, limiter): (&Counted, &Limiter)) -> Result<(), Error> {
        loop {
            let now = self.clock.elapsed();
            let closed = Duration::from_millis(quota.closed_until.load(Ordering::Relaxed)).saturating_sub(now);
            let wait = if closed.is_zero() {
                match limiter.check() {
                    Ok(()) => return Ok(()),
                    Err(later) => later.wait_time_from(Ticks(Arc::clone(&self.clock)).now()),
                }
            } else {
                closed
            };
            if now + wait >= call.deadline {
                return Err(self.refusal(call, wait));
            }
            self.clock.sleep(wait).await;
        }
    }
}

impl<L: Layer> Layer for Quotas<L> {
    /// A place is held until the answer is there, of one in pieces until it begins: how long its body takes hangs on who
    /// reads it.
    async fn ask<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        // The semaphores are never closed, so that waiting for a place cannot fail.
        let _alone = if call.background { self.background.acquire().await.ok() } else { None };
        self.turn(call).await?;
        let _place = match &self.concurrent {
            Some(places) => places.acquire().await.ok(),
            None => None,
        };
        let reply = self.inner.ask(call).await?;
        for quota in &self.quotas {
            quota.learn(&reply, &*self.clock);
        }
        Ok(reply)
    }
}
