//! Limits of a request that is about to be run: what its plan costs, how much of the schema it asks for, and how many reads
//! past the cache its caller has left. Nothing has been fetched yet.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use apollo_compiler::executable::Operation;
use apollo_compiler::response::JsonMap;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use serde_json::json;

use super::Executor;
use super::answer::Whole;
use crate::clock::{Clock, Ticks};
use crate::config::{LimitMode, LimitsConfig};
use crate::error::{Code, Counted, Error};
use crate::model::Caller;
use crate::plan::{Assumed, Calls, Explained, GraphqlError, Plan, Prepared, explained, introspected, limits};

/// A caller: the token's issuer and subject.
type Who = (Arc<str>, Arc<str>);
type Live = RateLimiter<Who, HashMapStateStore<Who>, Ticks, NoOpMiddleware<Nanos>>;

/// Callers whose reads past the cache are remembered before those with nothing left to remember are dropped.
const CALLERS: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);

/// What callers have left, and what went over limits.
pub struct Allowance {
    /// Tells what reads come to; without it a plan costs nothing.
    calls: Option<Arc<dyn Calls>>,
    limits: LimitsConfig,
    live: Live,
    clock: Ticks,
    over: Mutex<BTreeMap<&'static str, u64>>,
}

/// What a request comes to.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    counted: Vec<Counted>,
    explained: Arc<Explained>,
}

impl Allowance {
    /// Allows what `limits` says; `calls` tells what reads come to.
    #[must_use]
    pub fn new(limits: LimitsConfig, calls: Option<Arc<dyn Calls>>, clock: &Arc<dyn Clock>) -> Self {
        let each = u32::try_from(limits.live.per_minute).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        // A minute's worth may come at once.
        let quota = Quota::with_period(MINUTE / each.get()).unwrap_or(Quota::per_minute(each)).allow_burst(each);
        let clock = Ticks(Arc::clone(clock));
        let live = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { calls, limits, live, clock, over: Mutex::default() }
    }

    /// What is allowed.
    #[must_use]
    pub fn limits(&self) -> &LimitsConfig {
        &self.limits
    }

    /// How many requests went over each limit, refused or measured.
    #[must_use]
    pub fn over(&self) -> BTreeMap<&'static str, u64> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a request that is over a limit, and tells the operator.
    pub(super) fn note(&self, counted: Counted) {
        let Counted { limit, allowed, actual } = counted;
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        let times = over.entry(limit).or_default();
        *times += 1;
        tracing::warn!(limit, allowed, actual, times = *times, mode = mode(&self.limits), "over a limit");
    }

    /// Takes reads past the cache from what the caller has left.
    fn take(&self, caller: &Caller, reads: u64) -> Result<(), Error> {
        let Some(reads) = u32::try_from(reads).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        if self.live.len() > CALLERS {
            self.live.retain_recent();
        }
        match self.live.check_key_n(&caller.subject, reads) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(later)) => {
                let wait = later.wait_time_from(self.clock.now());
                let message = "Too many reads past the cache; leave out `@live`, or try again later.";
                Err(Error::public(Code::RateLimited, message).retry_after(wait))
            }
            Err(_) => {
                let (allowed, actual) = (self.limits.live.per_minute, u64::from(reads.get()));
                Err(limits::refused(Counted { limit: "liveReads", allowed, actual }))
            }
        }
    }
}

impl Executor {
    /// What a request comes to.
    ///
    /// # Errors
    /// It is over a limit.
    pub(super) fn weigh(
        &self,
        caller: &Caller,
        of: (&Prepared, &Operation, &Plan),
        variables: &JsonMap,
    ) -> Result<Weighed, Vec<GraphqlError>> {
        let (prepared, operation, plan) = of;
        let allowance = &self.allowance;
        let enforced = allowance.limits.enforced();
        let mut counted = limits::of_document(&allowance.limits, &prepared.measures);
        let mut refusing = Vec::new();
        let explained = match &allowance.calls {
            Some(calls) => explained(&self.planner, plan, &**calls, assumed(caller, variables, &allowance.limits)),
            None => Arc::default(),
        };
        counted.extend(limits::of_plan(&allowance.limits, &explained));
        refusing.extend(limits::of_plan(&enforced, &explained));
        if plan.introspection {
            let most = enforced.introspection;
            let actual = introspected(&self.planner, (&prepared.document, operation), variables, most);
            counted.push(Counted { limit: "introspection", allowed: allowance.limits.introspection, actual });
            refusing.push(Counted { limit: "introspection", allowed: most, actual });
        }
        limits::keep(&refusing)?;
        if let Err(error) = allowance.take(caller, explained.live) {
            let (allowed, actual) =
                (allowance.limits.live.per_minute, allowance.limits.live.per_minute + explained.live);
            match allowance.limits.mode {
                LimitMode::Enforce => return Err(vec![error.into()]),
                LimitMode::Measure => counted.push(Counted { limit: "liveReads", allowed, actual }),
            }
        }
        counted.iter().filter(|one| one.is_over()).for_each(|one| allowance.note(*one));
        Ok(Weighed { counted, explained })
    }
}

/// For this very caller: its own number of accounts, and the most keys by which any system knows one of them.
fn assumed<'a>(caller: &Caller, variables: &'a JsonMap, limits: &LimitsConfig) -> Assumed<'a> {
    let accounts = &caller.authority.accounts;
    let keys = accounts.iter().flat_map(|access| access.links.iter());
    let keys = keys.filter_map(|(_, keys)| keys.as_ref().ok()).map(|keys| keys.len() as u64).max();
    Assumed { variables, accounts: accounts.len() as u64, keys: keys.unwrap_or(1), live: limits.live.weight }
}

const fn mode(limits: &LimitsConfig) -> &'static str {
    match limits.mode {
        LimitMode::Enforce => "enforce",
        LimitMode::Measure => "measure",
    }
}

impl Weighed {
    /// Ends an answer: with `extensions.cost` where that was asked for, or something is over a limit that is only measured.
    pub(super) fn settle(&mut self, written: Whole, allowance: &Allowance, asked: bool) -> Vec<u8> {
        let Whole { mut body, origins, bytes, errors, .. } = written;
        let limits = &allowance.limits;
        let of_answer = [
            Counted { limit: "answerBytes", allowed: limits.answer_bytes, actual: bytes },
            Counted { limit: "errors", allowed: limits.errors, actual: errors },
        ];
        of_answer.iter().filter(|one| one.is_over()).for_each(|one| allowance.note(*one));
        self.counted.extend(of_answer);
        let measured = limits.mode == LimitMode::Measure && self.counted.iter().any(|one| one.is_over());
        let cost = (asked || measured).then(|| self.report(limits));
        if cost.is_some() || origins.is_some() {
            body.extend_from_slice(b",\"extensions\":{");
        }
        if let Some(origins) = &origins {
            body.extend_from_slice(b"\"freshness\":");
            origins.write(&mut body);
        }
        if let Some(cost) = &cost {
            let separator = if origins.is_some() { "," } else { "" };
            body.extend_from_slice(format!("{separator}\"cost\":{cost}").as_bytes());
        }
        if cost.is_some() || origins.is_some() {
            body.push(b'}');
        }
        body.push(b'}');
        body
    }

    /// `extensions.cost`.
    fn report(&self, limits: &LimitsConfig) -> serde_json::Value {
        let each = self.counted.iter().map(|Counted { limit, allowed, actual }| {
            ((*limit).to_owned(), json!({ "actual": actual, "allowed": allowed }))
        });
        let over: Vec<&str> = self.counted.iter().filter(|one| one.is_over()).map(|one| one.limit).collect();
        let Explained { calls, rows, live, .. } = &*self.explained;
        json!({
            "mode": mode(limits), "calls": calls, "rows": rows, "liveReads": live,
            "limits": each.collect::<serde_json::Map<_, _>>(), "over": over,
        })
    }
}

impl std::fmt::Debug for Allowance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allowance").field("limits", &self.limits).finish_non_exhaustive()
    }
}
