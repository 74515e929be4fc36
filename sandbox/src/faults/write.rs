//! Faults in the middle of writes: cut before the effect, in the answer or after the effect, done late, or refused.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::data::seed::random::Random;

/// How a write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteMode {
    /// The connection is cut, and nothing is done.
    CutBefore,
    /// It is done, and the connection is cut in the middle of the answer.
    CutDuring,
    /// It is done, and the connection is cut without an answer.
    CutAfter,
    /// The connection is cut, and it is done when the clock has moved on by [`WriteFault::seconds`].
    Late,
    /// Refused, since somebody else has the record: in the system's own words.
    Locked,
    /// 503 in the system's shape.
    Down,
    /// 429 in the system's shape.
    RateLimited,
}

/// Which writes of a system fail, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteFault {
    /// What goes wrong.
    pub mode: WriteMode,
    /// How late, for [`WriteMode::Late`].
    #[serde(default = "soon")]
    pub seconds: u32,
    /// Only every n-th write fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// Only so many writes fail, the next ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Only writes with this in their method and path (`POST /api/v2/tickets`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Writes that fail by chance, the same for the same seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chances {
    /// Where the chance begins.
    pub seed: u64,
    /// How many of a hundred writes fail in each way; at most a hundred together.
    pub rates: BTreeMap<WriteMode, u8>,
    /// The longest that a late one takes; each takes its own time.
    #[serde(default = "soon")]
    pub seconds: u32,
}

/// A refusal of the next write, as the system's own rules would have it: for rules that the demo business does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The status of the answer: 400 or more.
    pub status: u16,
    /// The system's code, such as `V1/045`.
    pub code: String,
    /// Its words.
    pub message: String,
    /// What it is about, as the system calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Only a write with this in its method and path is refused (`POST /api/v2/uploads`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// How late a write is where nothing else is said.
fn soon() -> u32 {
    30
}

impl WriteFault {
    /// A fault of every write.
    pub fn new(mode: WriteMode) -> Self {
        Self { mode, seconds: soon(), every: None, times: None, path: None }
    }

    /// A fault of the next write.
    pub fn once(mode: WriteMode) -> Self {
        Self { times: Some(1), ..Self::new(mode) }
    }
}

#[derive(Debug)]
enum Plan {
    Fixed { fault: WriteFault, seen: u64 },
    Chance { chances: Chances, random: Random },
    Refusal(Refusal),
}

/// What happens to a write.
#[derive(Debug)]
pub(crate) enum Struck {
    /// It fails so, and is so late.
    Fails(WriteMode, u32),
    /// It is refused.
    Refused(Refusal),
}

/// What is planned for a system, as the control port shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Planned {
    /// Writes that fail by rule.
    Fixed(WriteFault),
    /// Writes that fail by chance.
    Chance(Chances),
    /// The next write is refused.
    Refusal(Refusal),
}

/// The faults of writes that are switched on, at most one per system.
#[derive(Debug, Default)]
pub struct WriteSwitches(Mutex<BTreeMap<String, Plan>>);

impl WriteSwitches {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Plan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets writes of a system fail by rule, in place of what was planned.
    pub fn set(&self, system: &str, fault: WriteFault) {
        self.lock().insert(system.to_owned(), Plan::Fixed { fault, seen: 0 });
    }

    /// Lets writes of a system fail by chance, in place of what was planned.
    pub fn chance(&self, system: &str, chances: Chances) {
        let random = Random::new(chances.seed);
        self.lock().insert(system.to_owned(), Plan::Chance { chances, random });
    }

    /// Has a system refuse its next write, in place of what was planned.
    pub fn refuse(&self, system: &str, refusal: Refusal) {
        self.lock().insert(system.to_owned(), Plan::Refusal(refusal));
    }

    /// Switches everything off.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What is planned, by system.
    pub fn all(&self) -> BTreeMap<String, Planned> {
        let shown = |(system, plan): (&String, &Plan)| {
            let planned = match plan {
                Plan::Fixed { fault, .. } => Planned::Fixed(fault.clone()),
                Plan::Chance { chances, .. } => Planned::Chance(chances.clone()),
                Plan::Refusal(refusal) => Planned::Refusal(refusal.clone()),
            };
            (system.clone(), planned)
        };
        self.lock().iter().map(shown).collect()
    }

    /// What happens to the write now arriving at `system`; mostly nothing.
    pub(crate) fn strike(&self, system: &str, line: &str) -> Option<Struck> {
        let mut plans = self.lock();
        let other = |path: &Option<String>| path.as_ref().is_some_and(|path| !line.contains(path.as_str()));
        match plans.get_mut(system)? {
            Plan::Refusal(refusal) => {
                let struck = (!other(&refusal.path)).then(|| Struck::Refused(refusal.clone()))?;
                plans.remove(system);
                Some(struck)
            }
            Plan::Fixed { fault, seen } => {
                if other(&fault.path) {
                    return None;
                }
                *seen += 1;
                let due = fault.every.is_none_or(|every| seen.is_multiple_of(every.max(1)));
                let left = fault.times.is_none_or(|times| times > 0);
                if !(due && left) {
                    return None;
                }
                fault.times = fault.times.map(|times| times - 1);
                Some(Struck::Fails(fault.mode, fault.seconds))
            }
            Plan::Chance { chances, random } => {
                // Both are drawn for every write, so that one rate does not shift the rest of the run.
                let (mut drawn, seconds) =
                    (random.between(0, 99), random.between(1, i64::from(chances.seconds.max(1))));
                let seconds = u32::try_from(seconds).unwrap_or(1);
                for (mode, rate) in &chances.rates {
                    drawn -= i64::from(*rate);
                    if drawn < 0 {
                        return Some(Struck::Fails(*mode, seconds));
                    }
                }
                None
            }
        }
    }
}
