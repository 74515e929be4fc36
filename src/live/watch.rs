//! When systems are asked what changed: every so often, by one process at a time, slower while they are down.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::AbortHandle;

use super::Live;
use super::mark::Mark;
use super::poll::{End, Found, Purpose, Round, Unseen, Watched};
use crate::clock::Clock;
use crate::error::Result;
use crate::store::{Lease, State, lease};

/// The longest pause after a failure, where the usual one is shorter.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest pause that a system may ask for.
const LONGEST_TOLD: Duration = Duration::from_secs(3_600);
/// How soon it goes on where there was more than one round reads, or where it was interrupted.
const SOON: Duration = Duration::from_secs(1);
/// How long a process may be silent until another one asks in its place, beside two of the usual waits.
const SILENT: Duration = Duration::from_secs(120);

/// Asks a tenant's systems what changed.
pub struct Watch {
    /// What is told of it.
    pub live: Arc<Live>,
    /// Where it is kept how far a poll came.
    pub state: Arc<dyn State>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What webhooks brought.
    pub unseen: Arc<dyn Unseen>,
    /// The tenant's name.
    pub tenant: Arc<str>,
    /// What is asked for.
    pub all: Vec<Watched>,
    /// What became of it.
    pub counts: Counts,
}

/// What became of all rounds so far.
#[derive(Debug, Default)]
pub struct Counts {
    rounds: AtomicU64,
    failed: AtomicU64,
    new: AtomicU64,
    again: AtomicU64,
    told: AtomicU64,
    unusable: AtomicU64,
    gaps: AtomicU64,
}

/// A moment's [`Counts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Rounds that were read to their end.
    pub rounds: u64,
    /// Rounds that failed.
    pub failed: u64,
    /// What they found.
    pub found: Found,
    /// How often something could not be asked for any more: caches forgot all of it, and open pages were told to read again.
    pub gaps: u64,
}

/// The tasks that ask; they end when this is dropped.
#[derive(Debug, Default)]
pub struct Watching(Mutex<Vec<AbortHandle>>);

impl Watching {
    /// Begins to ask. What was begun before ends.
    pub fn begin(&self, watch: &Arc<Watch>) {
        let now = (watch.clock.now(), watch.clock.elapsed());
        let begun = |at| tokio::spawn(watching(Arc::clone(watch), at, now)).abort_handle();
        self.replace((0..watch.all.len()).map(begun).collect());
    }

    fn replace(&self, tasks: Vec<AbortHandle>) {
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), tasks);
        before.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.replace(Vec::new());
    }
}

impl Watch {
    /// What became of all rounds so far.
    #[must_use]
    pub fn counts(&self) -> Counted {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { rounds, failed, new, again, told, unusable, gaps } = &self.counts;
        let found = Found { new: read(new), again: read(again), told: read(told), unusable: read(unusable) };
        Counted { rounds: read(rounds), failed: read(failed), found, gaps: read(gaps) }
    }
}

fn add(count: &AtomicU64, number: u64) {
    count.fetch_add(number, Ordering::Relaxed);
}

/// A wait that differs by a tenth either way, so that many processes and polls do not ask at the same moment.
fn about(wait: Duration) -> Duration {
    wait.mul_f64(0.9 + 0.2 * rand::random::<f64>())
}

/// How long nothing is asked after so many failures, one after the other.
fn after_failures(every: Duration, failures: u32, told: Option<Duration>) -> Duration {
    let longest = every.max(LONGEST);
    let told = told.unwrap_or_default().min(LONGEST_TOLD);
    every.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(longest).max(told)
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_sub(by).ok()).unwrap_or(Timestamp::MIN)
}

async fn watching(watch: Arc<Watch>, at: usize, (began, mut woke): (Timestamp, Duration)) {
    let Some(of) = watch.all.get(at) else { return };
    let name = format!("{}\0{}", watch.tenant, of.label());
    let mark = Mark::new(Arc::clone(&watch.state), &name);
    let one = One { watch: &watch, of, mark: &mark, began };
    // Where an earlier process left off, it goes on at once; otherwise what is to come begins now.
    let goes_on = mark.read(began).await.is_ok_and(|mark| mark < began);
    let mut wait = if goes_on { of.every.min(SOON) } else { of.every };
    let (mut held, mut failures, mut resume): (Option<Lease>, u32, Option<Timestamp>) = (None, 0, None);
    loop {
        // Counted from when the last one began: what takes its time does not make it more seldom.
        let due = woke.saturating_add(about(wait));
        watch.clock.sleep(due.saturating_sub(watch.clock.elapsed())).await;
        woke = watch.clock.elapsed();
        wait = of.every;
        held = one.turn(held, &name).await;
        let Some(lease) = &held else { continue };
        match one.round(lease, resume.take()).await {
            Ok(more) => {
                failures = 0;
                resume = more;
                if more.is_some() {
                    wait = of.every.min(SOON);
                }
                add(&watch.counts.rounds, 1);
            }
            Err(error) => {
                failures += 1;
                wait = after_failures(of.every, failures, error.wait());
                add(&watch.counts.failed, 1);
                let (source, poll) = (&*of.name, of.poll().map_or("", |poll| &poll.name));
                tracing::warn!(source, poll, %error, again_in = ?wait, "what changed could not be asked for");
            }
        }
    }
}

/// One thing that is asked for.
struct One<'a> {
    watch: &'a Watch,
    of: &'a Watched,
    mark: &'a Mark,
    began: Timestamp,
}

impl One<'_> {
    /// The right to ask, where no other process has it.
    async fn turn(&self, held: Option<Lease>, name: &str) -> Option<Lease> {
        if let Some(held) = held
            && held.extend().await.is_ok_and(|held| held)
        {
            return Some(held);
        }
        let lasts = self.of.every.saturating_mul(2) + SILENT;
        let key = Arc::from(format!("poll\0{name}").as_bytes());
        lease(&self.watch.state, key, lasts).await.ok().flatten()
    }

    /// One round; where it goes on at once, from when.
    async fn round(&self, lease: &Lease, resume: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let Self { watch, of, mark, began } = self;
        let Some(poll) = of.poll() else { return Ok(None) };
        let now = watch.clock.now();
        let farthest = earlier(now, of.back);
        let known = mark.read(now).await?;
        if known < farthest {
            self.lost("what changed is too long ago to be asked for");
            mark.set(farthest).await?;
        }
        let overlap = match of.purpose {
            Purpose::Poll => poll.overlap,
            // What is found late, by a search that lags, is found as well.
            Purpose::Reconcile => of.back,
        };
        let since = resume.unwrap_or_else(|| earlier(known, overlap)).max(farthest);
        let (live, clock, unseen) = (&*watch.live, &*watch.clock, &*watch.unseen);
        let mut found = Found::default();
        let round = Round { live, clock, unseen, of, lease, since, began: *began };
        let (until, end) = round.run(&mut found).await;
        self.tell(&found);
        let more = match end {
            Ok(End::Whole) => {
                mark.set(now).await?;
                None
            }
            Ok(End::Until(until)) => {
                mark.set(until).await?;
                Some(until)
            }
            Ok(End::Beyond) => {
                self.lost("more changed than can be asked for");
                mark.set(now).await?;
                None
            }
            Err(error) => {
                // What was read in order need not be read again.
                if let Some(until) = until {
                    mark.set(until).await?;
                }
                return Err(error);
            }
        };
        Ok(more)
    }

    /// What cannot be asked for may be anything: nothing of it that was read before is used any more.
    fn lost(&self, why: &str) {
        let Some(poll) = self.of.poll() else { return };
        add(&self.watch.counts.gaps, 1);
        tracing::warn!(source = &*self.of.name, poll = &*poll.name, why, "changes were lost; everything is read again");
        self.watch.live.lost(self.of.source, &poll.entities);
    }

    fn tell(&self, found: &Found) {
        let Counts { new, again, told, unusable, .. } = &self.watch.counts;
        for (count, number) in [(new, found.new), (again, found.again), (told, found.told), (unusable, found.unusable)]
        {
            add(count, number);
        }
        let (source, poll) = (&*self.of.name, self.of.poll().map_or("", |poll| &poll.name));
        if found.unusable > 0 {
            tracing::warn!(source, poll, rows = found.unusable, "rows of a poll have no key or no time");
        }
        match self.of.purpose {
            Purpose::Reconcile if found.new > 0 => {
                tracing::warn!(source, poll, missed = found.new, "changes that no webhook told of: are they lost?");
            }
            _ if found.new + found.again > 0 => {
                tracing::debug!(source, poll, new = found.new, again = found.again, "a poll found changes");
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_that_is_down_is_asked_more_and_more_seldom_and_never_too_seldom() {
        let every = Duration::from_secs(30);
        let waits: Vec<u64> = (1..=7).map(|failures| after_failures(every, failures, None).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 300, 300, 300]);
        let hour = Duration::from_secs(3600);
        assert_eq!(after_failures(hour, 5, None), hour, "never more seldom than usual, where that is seldom");
        assert_eq!(after_failures(every, 1, Some(hour)), hour, "the system said when");
        assert_eq!(after_failures(every, 1, Some(24 * hour)), hour, "as long as an hour");
        assert_eq!(after_failures(every, u32::MAX, None), LONGEST);
    }

    #[test]
    fn waits_differ_by_a_tenth_at_most() {
        for _ in 0..1000 {
            let wait = about(Duration::from_secs(100));
            assert!((90.0..=110.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }
}
