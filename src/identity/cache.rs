//! What people may reach, kept for a minute: never longer than a withdrawn right may last, and nowhere else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::authority::{Finder, Found, Lookup, Named};
use super::wait;
use crate::clock::Clock;
use crate::config::AuthorityConfig;
use crate::error::{Code, Error, Result};
use crate::model::{Authority, Links, RecordId};

/// How long a refusal is kept: somebody who was just linked should not have to wait.
const DENIED: Duration = Duration::from_secs(5);
/// How long authority is kept in which a link could not be found out: the system may be back soon, and until it is, the
/// others should not be asked much more often for it.
const PARTIAL: Duration = Duration::from_secs(15);
/// After a failure, how long the source is left alone for this person.
const PAUSE: Duration = Duration::from_secs(2);
/// How long finding out may take, whoever still waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a caller waits where there is an older answer that may still be used.
const PATIENCE_MEANWHILE: Duration = Duration::from_secs(2);
/// The most people; beyond it those who have not been here the longest are asked for again.
const PEOPLE: u64 = 50_000;
/// Memory of people who left is given back; what may be used is the gateway's own clock's to say, not this.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// Who it is, and how their contact is found. One cache is of one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Person {
    pub(super) issuer: Arc<str>,
    pub(super) subject: Arc<str>,
    /// With the e-mail address, where that is how: another address is another contact.
    pub(super) lookup: Lookup,
}

/// Finds out what people may reach, once for everybody who asks at the same time.
pub(super) struct Authorities {
    finder: Arc<Finder>,
    clock: Arc<dyn Clock>,
    fresh: Duration,
    if_error: Duration,
    people: moka::future::Cache<Person, Arc<Slot>>,
    /// Counts what was forgotten of anybody.
    purges: AtomicU64,
}

/// One person's place.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    /// Held by whoever is asking the source.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Counts purges: what was read before one is not kept after it.
    epoch: u64,
    good: Option<Good>,
    /// The last answer in which every link could be found out, and when its reading began.
    whole: Option<(Arc<Found>, Duration)>,
    failed: Option<Failed>,
}

/// The last good answer.
struct Good {
    found: Arc<Found>,
    /// When its reading began.
    read_at: Duration,
    fresh_until: Duration,
}

/// The last failure, since the last good answer.
struct Failed {
    error: Error,
    until: Duration,
}

/// What a person may reach, and until when that is fresh.
pub(super) type Dated = (Arc<Found>, Duration);

/// What is known without asking.
enum Known {
    Is(Result<Dated>),
    Ask { meanwhile: Option<Dated> },
}

impl Authorities {
    pub(super) fn new(finder: Finder, config: &AuthorityConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            finder: Arc::new(finder),
            clock,
            fresh: config.fresh.0,
            if_error: config.if_error.0,
            people: moka::future::Cache::builder().max_capacity(PEOPLE).time_to_idle(IDLE).build(),
            purges: AtomicU64::new(0),
        }
    }

    /// What the person may reach, and until when that is fresh, unless something is forgotten before ([`Self::purges`]).
    ///
    /// # Errors
    /// `FORBIDDEN` where it is nothing; `UPSTREAM_UNAVAILABLE` where it cannot be found out and has not been lately.
    pub(super) async fn get(&self, person: Person, deadline: Duration) -> Result<Dated> {
        let slot = self.people.get_with_by_ref(&person, async { Arc::new(Slot::default()) }).await;
        let meanwhile = match slot.known(self.clock.elapsed(), self.if_error) {
            Known::Is(outcome) => return outcome,
            Known::Ask { meanwhile } => meanwhile,
        };
        let soon = self.clock.elapsed() + PATIENCE_MEANWHILE;
        let until = if meanwhile.is_some() { deadline.min(soon) } else { deadline };
        // On its own task: a caller who leaves must not end what others wait for.
        let asked = tokio::spawn(self.ask(Arc::clone(&slot), person.lookup));
        match wait::until(&*self.clock, until, asked).await {
            Some(outcome) => outcome,
            // A right that was taken away while this waited is not given from before.
            None => match slot.known(self.clock.elapsed(), self.if_error) {
                Known::Is(outcome) => outcome,
                Known::Ask { meanwhile: Some(found) } => Ok(found),
                Known::Ask { meanwhile: None } => Err(unavailable("no answer before the deadline", None)),
            },
        }
    }

    /// Asks the source, when it is this one's turn, and keeps the answer.
    fn ask(&self, slot: Arc<Slot>, lookup: Lookup) -> impl Future<Output = Result<Dated>> + Send + use<> {
        let (finder, clock) = (Arc::clone(&self.finder), Arc::clone(&self.clock));
        let (fresh, if_error) = (self.fresh, self.if_error);
        async move {
            let _turn = slot.turn.lock().await;
            let read_at = clock.elapsed();
            if let Known::Is(outcome) = slot.known(read_at, if_error) {
                return outcome;
            }
            let epoch = slot.state().epoch;
            let patience = read_at + PATIENCE;
            let outcome = finder.find(lookup, patience).await;
            let now = clock.elapsed();
            let mut state = slot.state();
            let kept = state.epoch == epoch;
            match outcome {
                Ok(mut found) => {
                    let is_whole = found.is_whole();
                    let fresh_until = read_at + if is_whole { fresh } else { fresh.min(PARTIAL) };
                    let older = state.whole.take_if(|_| kept).filter(|(_, read_at)| now < *read_at + if_error);
                    if let Some((older, _)) = older.as_ref().filter(|_| !is_whole) {
                        found.complete_from(older);
                    }
                    let found = Arc::new(found);
                    if kept {
                        let good = Some(Good { found: Arc::clone(&found), read_at, fresh_until });
                        let whole = if is_whole { Some((Arc::clone(&found), read_at)) } else { older };
                        *state = State { epoch, good, whole, failed: None };
                    }
                    Ok((found, fresh_until))
                }
                Err(error) if error.code() == Code::Forbidden => {
                    if kept {
                        let failed = Failed { error: error.clone(), until: now + DENIED };
                        *state = State { epoch, failed: Some(failed), ..State::default() };
                    }
                    Err(error)
                }
                Err(error) => {
                    tracing::warn!(%error, "a person's accounts cannot be found out");
                    let error = unavailable("a person's accounts cannot be found out", Some(&error));
                    if kept {
                        state.failed = Some(Failed { error: error.clone(), until: now + PAUSE });
                    }
                    state.good.as_ref().and_then(|good| good.usable(now, if_error)).ok_or(error)
                }
            }
        }
    }

    /// Forgets everybody, at once.
    pub(super) fn purge(&self) {
        self.purge_where(|_| true);
    }

    /// Forgets everybody whose authority has this contact or account, or is known by it elsewhere, and everybody who is being
    /// asked for now. Who was not known in its source may be known there by this very record.
    pub(super) fn purge_record(&self, id: &RecordId) {
        let Named { person, hub, .. } = self.finder.graph;
        let leads = |(own, links): (&RecordId, &Links)| match links.keys(id.source) {
            Ok(keys) => own.source != id.source && (keys.is_empty() || keys.contains(&id.key)),
            Err(_) => true,
        };
        self.purge_where(|authority| {
            let contact = authority.contact.as_ref().filter(|_| id.entity == person);
            let mut accounts = authority.accounts.iter().filter(|_| id.entity == hub);
            contact.is_some_and(|contact| contact.id == *id || leads((&contact.id, &contact.links)))
                || accounts.any(|access| access.id == *id || leads((&access.id, &access.links)))
        });
    }

    /// How often something was forgotten: where it is the same as before, nobody's rights were.
    pub(super) fn purges(&self) -> u64 {
        self.purges.load(Ordering::SeqCst)
    }

    fn purge_where(&self, applies: impl Fn(&Authority) -> bool) {
        for (_, slot) in &self.people {
            let mut state = slot.state();
            // The last whole answer may know by an old link an account that the good one has not.
            let whole = state.whole.as_ref().is_some_and(|(found, _)| applies(&found.authority));
            if whole || state.good.as_ref().is_none_or(|good| applies(&good.found.authority)) {
                *state = State { epoch: state.epoch + 1, ..State::default() };
            } else if slot.turn.try_lock().is_err() {
                // What is being read now may have it, though what was known before does not.
                state.epoch += 1;
            }
        }
        // Only now: who counts before, and reads what is forgotten here, counts something else afterwards.
        self.purges.fetch_add(1, Ordering::SeqCst);
    }
}

impl Slot {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, now: Duration, if_error: Duration) -> Known {
        let state = self.state();
        let good = state.good.as_ref();
        if let Some(good) = good.filter(|good| now < good.fresh_until) {
            return Known::Is(Ok((Arc::clone(&good.found), good.fresh_until)));
        }
        let meanwhile = good.and_then(|good| good.usable(now, if_error));
        match state.failed.as_ref().filter(|failed| now < failed.until) {
            Some(failed) => Known::Is(meanwhile.ok_or_else(|| failed.error.clone())),
            None => Known::Ask { meanwhile },
        }
    }
}

impl Good {
    /// The answer, while it may still be used though the source does not answer.
    fn usable(&self, now: Duration, if_error: Duration) -> Option<Dated> {
        (now < self.read_at + if_error).then(|| (Arc::clone(&self.found), self.fresh_until))
    }
}

fn unavailable(what: &str, cause: Option<&Error>) -> Error {
    let detail = cause.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"));
    let error = Error::new(Code::UpstreamUnavailable, detail)
        .with_message("Your accounts cannot be looked up at the moment; try again.");
    match cause.and_then(Error::source_name) {
        Some(source) => error.at_source(source),
        None => error,
    }
}
