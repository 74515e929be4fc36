//! Faults that can be switched on for one system at a time, as the control port names them.

pub(crate) mod shape;
pub mod write;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// How a system misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// 503 in the system's error shape.
    Down,
    /// Never answers.
    Hang,
    /// Answers after [`Fault::ms`].
    Slow,
    /// 200 with bytes that are not JSON.
    Garbage,
    /// 429 in the system's shape, with its headers.
    RateLimited,
    /// Ignores every filter and answers with rows of several accounts.
    Hostile,
    /// The right body, cut in the middle, with the `Content-Length` of what is left.
    Truncated,
    /// A chunked body that never ends.
    Endless,
    /// 200 with the HTML of a login page.
    Html,
}

/// One fault of one system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What goes wrong.
    pub mode: Mode,
    /// Milliseconds, for [`Mode::Slow`]; the pause that `Retry-After` asks for, for [`Mode::RateLimited`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// Only every n-th request fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    #[serde(skip)]
    seen: u64,
}

impl Fault {
    /// A fault of every request.
    pub fn new(mode: Mode, ms: Option<u64>, every: Option<u64>) -> Self {
        Self { mode, ms, every, seen: 0 }
    }
}

/// The faults that are switched on, at most one per system.
#[derive(Debug, Default)]
pub struct Switches(Mutex<BTreeMap<String, Fault>>);

impl Switches {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches a fault on, in place of the system's last one.
    pub fn set(&self, system: &str, fault: Fault) {
        self.lock().insert(system.to_owned(), fault);
    }

    /// Switches everything off.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What is switched on, by system.
    pub fn all(&self) -> BTreeMap<String, Fault> {
        self.lock().clone()
    }

    /// Whether the system ignores its filters.
    pub fn hostile(&self, system: &str) -> bool {
        self.lock().get(system).is_some_and(|fault| fault.mode == Mode::Hostile)
    }

    /// The fault that hits the request now arriving at `system`, which is counted.
    pub fn strike(&self, system: &str) -> Option<Fault> {
        let mut faults = self.lock();
        let fault = faults.get_mut(system)?;
        fault.seen += 1;
        let hit = fault.every.is_none_or(|every| fault.seen.is_multiple_of(every.max(1)));
        hit.then(|| fault.clone())
    }
}
