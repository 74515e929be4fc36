//! One effect: a write is claimed under its key before it is done, and what came of it is kept for whoever repeats it.
//!
//! What is kept is the outcome, keys and faults, never values: a repeat reads the record again. The key is an HMAC over
//! tenant, person, account, mutation, place in the answer and the client's own key, so that nobody meets another's write.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::model::{Attempt, Key, Refusal, RefusalCode, Unwritten, Written};
use crate::store::{State, StoreKey};

/// How long what came of a write is known.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How long a write may be under way at least before it counts as lost with its process.
const LEASE: Duration = Duration::from_secs(90);
/// How long it may be under way behind its caller's deadline, where that is far.
const GRACE: Duration = Duration::from_secs(30);
/// How often a write that somebody else is doing is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A claim to do one write.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// The write.
    pub(super) key: StoreKey,
    /// Which input it is for.
    pub(super) input: Arc<str>,
    /// When its caller stops waiting, on the clock's `elapsed` scale.
    pub(super) deadline: Duration,
}

/// What came of a write.
#[derive(Debug)]
pub(super) enum Came {
    /// It was done now.
    Written(Written),
    /// It was done before.
    Before(Option<Key>),
    /// It was refused, now or before.
    Refused(Vec<Refusal>),
    /// Somebody else had changed the record, now or before.
    Conflict,
}

/// What is kept of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    input: Arc<str>,
    begun: Timestamp,
    /// When it was last tried.
    last: Timestamp,
    /// Tells this claim from every other, of the same write at the same moment too. What was kept before there were marks has
    /// none.
    #[serde(default)]
    mark: u64,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    /// Somebody is doing it, at the latest until then.
    UnderWay(Timestamp),
    /// What came of it is not known.
    Unknown,
    Written {
        key: Option<Arc<str>>,
        /// Its answer had values that are not kept: the system is asked for them again.
        gave: bool,
    },
    Refused(Vec<Refusal>),
    Conflict,
}

/// Where claims are kept, and by what time.
#[derive(Clone)]
pub(super) struct Claims {
    pub(super) state: Arc<dyn State>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Claims {
    /// Does a write under a claim: once, whoever asks how often.
    ///
    /// # Errors
    /// [`Code::Conflict`] where the key was used for another input, [`Code::WriteUncertain`] where it cannot be known what came
    /// of it, and the error that kept it from being done.
    pub(super) async fn once<F>(&self, claim: &Claim, write: impl Fn(Attempt) -> F) -> Result<Came, Error>
    where
        F: Future<Output = Result<Written, Unwritten>>,
    {
        loop {
            let mine = self.entry(claim, self.clock.now());
            let bytes = mine.bytes()?;
            let there = match self.state.claim(&claim.key, bytes, DAY).await {
                Ok(Some(there)) => there,
                Ok(None) => return self.end(claim, mine, (Attempt::First, write(Attempt::First).await)).await,
                Err(error) => {
                    tracing::warn!(why = error.detail(), "a write could not be claimed");
                    return self.unclaimed(claim, mine, write(Attempt::Unkept).await).await;
                }
            };
            let known = Entry::read(&there)?;
            if known.input != claim.input {
                let message = "This idempotency key was used for another input: take a new key for a new write.";
                return Err(Error::public(Code::Conflict, message));
            }
            let (again, answered) = (known.again(), known.answered());
            match known.stage {
                Stage::UnderWay(until) if self.clock.now() < until => {
                    if self.clock.elapsed() + LOOK >= claim.deadline {
                        return Err(uncertain("the same write is under way already"));
                    }
                    self.clock.sleep(LOOK).await;
                    continue;
                }
                Stage::UnderWay(_) | Stage::Unknown => {}
                Stage::Written { key, gave: false } => return Ok(Came::Before(key.as_deref().and_then(Key::read))),
                Stage::Written { key, gave: true } => {
                    // The system knows the write by its key, or repeating it changes nothing: else it would not have given.
                    let came = write(answered).await;
                    return Ok(came.map_or_else(|_| Came::Before(key.as_deref().and_then(Key::read)), Came::Written));
                }
                Stage::Refused(refusals) => return Ok(Came::Refused(refusals)),
                Stage::Conflict => return Ok(Came::Conflict),
            }
            let mine = self.entry(claim, known.begun);
            let bytes = mine.bytes()?;
            match self.state.replace(&claim.key, (there.clone(), Some(bytes.clone())), DAY).await {
                Ok(true) => return self.end(claim, mine, (again, write(again).await)).await,
                Ok(false) => {}
                Err(error) => {
                    // It may be ours all the same. Nothing was sent, so that whoever comes next need not wait for us.
                    if let Err(error) = self.state.replace(&claim.key, (bytes, Some(there)), DAY).await {
                        tracing::warn!(why = error.detail(), "a claim could not be given back");
                    }
                    // Of the first attempt nothing is known, whatever becomes of this one.
                    return Err(doubt(error));
                }
            }
        }
    }

    /// Keeps what came of a write of which nobody said that it was claimed, where the store answers again meanwhile.
    ///
    /// The store may have taken the claim and answered too late: what is there is then ours to end, and nobody else does. Both
    /// are asked at once, since one that is still too late does what it was asked in the end, and either order will do.
    async fn unclaimed(&self, claim: &Claim, mine: Entry, came: Result<Written, Unwritten>) -> Result<Came, Error> {
        let ours = mine.bytes()?;
        let (stage, came) = outcome(Attempt::Unkept, came);
        let last = self.clock.now();
        let to = stage.map(|stage| Entry { stage, last, ..mine }.bytes()).transpose()?;
        let ended = self.state.replace(&claim.key, (ours, to.clone()), DAY);
        let taken = async {
            match to {
                Some(to) => self.state.claim(&claim.key, to, DAY).await,
                // Nothing was sent, and nothing is kept of that.
                None => Ok(None),
            }
        };
        let (ended, taken) = futures::join!(ended, taken);
        if let Some(error) = ended.err().or(taken.err()) {
            tracing::warn!(why = error.detail(), "what came of a write could not be kept");
        }
        came
    }

    fn entry(&self, claim: &Claim, begun: Timestamp) -> Entry {
        let last = self.clock.now();
        let left = claim.deadline.saturating_sub(self.clock.elapsed());
        let until = last.checked_add(LEASE.max(left.saturating_add(GRACE))).unwrap_or(Timestamp::MAX);
        let (input, mark) = (Arc::clone(&claim.input), rand::random());
        Entry { input, begun, last, mark, stage: Stage::UnderWay(until) }
    }

    /// Keeps what came of a write.
    async fn end(
        &self,
        claim: &Claim,
        mine: Entry,
        (attempt, came): (Attempt, Result<Written, Unwritten>),
    ) -> Result<Came, Error> {
        // What it did may take some time until it can be found, from its end on.
        let last = match (&came, attempt) {
            (Err(Unwritten::Uncertain(error)), Attempt::Again { last, .. }) if error.is_unsent() => last,
            _ => self.clock.now(),
        };
        let (stage, came) = outcome(attempt, came);
        let from = mine.bytes()?;
        let to = stage.map(|stage| Entry { stage, last, ..mine }.bytes()).transpose()?;
        match self.state.replace(&claim.key, (from, to), DAY).await {
            Ok(true) => {}
            // It was done all the same; a repeat makes sure by the system.
            Ok(false) => tracing::warn!("a write took longer than its claim lasts"),
            Err(error) => tracing::warn!(why = error.detail(), "what came of a write could not be kept"),
        }
        came
    }
}

/// What is kept of what came of an attempt, and what is answered.
fn outcome(attempt: Attempt, came: Result<Written, Unwritten>) -> (Option<Stage>, Result<Came, Error>) {
    match came {
        Ok(written) => {
            let key = written.key.as_ref().map(|key| Arc::from(key.as_str()));
            (Some(Stage::Written { key, gave: !written.gives.is_empty() }), Ok(Came::Written(written)))
        }
        Err(Unwritten::Uncertain(error)) => (Some(Stage::Unknown), Err(doubt(error))),
        // The source did not even begin, since nobody could tell a second effect from the first.
        Err(Unwritten::Failed(error)) if attempt == Attempt::Unkept && error.is_unsent() => (None, Err(error)),
        // Of an earlier attempt nothing is known: what kept this one from writing does not say that the other did not.
        Err(Unwritten::Failed(error)) if attempt != Attempt::First => (Some(Stage::Unknown), Err(doubt(error))),
        Err(Unwritten::Conflict) if attempt != Attempt::First => {
            (Some(Stage::Unknown), Err(uncertain("the record has changed since the first attempt")))
        }
        Err(Unwritten::Failed(error)) => (None, Err(error)),
        Err(Unwritten::Refused(refusals)) if refusals.iter().any(|refusal| refusal.code.passes()) => match attempt {
            // Kept, it would be the answer to this key when there is no reason for it any more.
            Attempt::First => (None, Ok(Came::Refused(refusals))),
            Attempt::Again { .. } | Attempt::Unkept => {
                (Some(Stage::Unknown), Err(uncertain("the record is locked, and the first attempt may have been done")))
            }
        },
        Err(Unwritten::Refused(refusals)) => (Some(Stage::Refused(refusals.clone())), Ok(Came::Refused(refusals))),
        Err(Unwritten::Unconfirmed) => {
            let refusals = vec![Refusal::whole(RefusalCode::RejectedBySystem)];
            (Some(Stage::Refused(refusals.clone())), Ok(Came::Refused(refusals)))
        }
        Err(Unwritten::Conflict) => (Some(Stage::Conflict), Ok(Came::Conflict)),
    }
}

impl Entry {
    /// The next attempt.
    const fn again(&self) -> Attempt {
        Attempt::Again { begun: self.begun, last: self.last }
    }

    /// The same after one that was answered: nothing of that is on its way any more.
    const fn answered(&self) -> Attempt {
        Attempt::Again { begun: self.begun, last: Timestamp::UNIX_EPOCH }
    }

    fn bytes(&self) -> Result<Bytes, Error> {
        serde_json::to_vec(self).map(Bytes::from).map_err(|error| Error::new(Code::Internal, error.to_string()))
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let strange =
            |error: serde_json::Error| Error::new(Code::Internal, format!("a kept claim cannot be read: {error}"));
        serde_json::from_slice(bytes).map_err(strange)
    }
}

/// The error of a write that may have been done.
fn doubt(error: Error) -> Error {
    match error.code() {
        Code::WriteUncertain => error,
        _ => {
            let wait = error.wait();
            let doubt = uncertain(error.detail());
            wait.map_or(doubt.clone(), |wait| doubt.retry_after(wait))
        }
    }
}

fn uncertain(why: &str) -> Error {
    Error::new(Code::WriteUncertain, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::Kept;

    fn claims() -> Claims {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        Claims { state: Arc::new(Kept::new(clock.clone(), 10)), clock }
    }

    /// A claim of the first moment, whose caller waits for so many seconds.
    fn entry(seconds: u64) -> Entry {
        let deadline = Duration::from_secs(seconds);
        let claim = Claim { key: Arc::from(&b"one write"[..]), input: Arc::from("its input"), deadline };
        claims().entry(&claim, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn two_claims_of_the_same_moment_are_told_apart() {
        assert_ne!(entry(15).bytes().unwrap(), entry(15).bytes().unwrap());
    }

    #[test]
    fn a_claim_lasts_longer_than_its_write() {
        let until = |seconds| Stage::UnderWay(Timestamp::from_second(seconds).unwrap());
        assert_eq!(entry(15).stage, until(90));
        assert_eq!(entry(600).stage, until(630));
    }

    #[test]
    fn what_was_kept_before_there_were_marks_is_read() {
        let then = "1970-01-01T00:00:00Z";
        let kept = format!(r#"{{"input":"its input","begun":"{then}","last":"{then}","stage":"Unknown"}}"#);
        assert_eq!(Entry::read(kept.as_bytes()).unwrap().stage, Stage::Unknown);
    }
}
