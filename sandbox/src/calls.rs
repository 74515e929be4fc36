//! Counts and remembers the requests that reach the systems.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::SYSTEMS;

/// How many requests the log keeps.
pub const KEPT: usize = 1000;

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Name of the system.
    pub system: &'static str,
    /// HTTP method.
    pub method: String,
    /// Path with query, as sent.
    pub path: String,
    /// Status of the answer; `None` while there is none.
    pub status: Option<u16>,
    #[serde(skip)]
    sequence: u64,
}

#[derive(Debug, Default)]
struct Book {
    counts: BTreeMap<&'static str, u64>,
    log: VecDeque<Call>,
    sequence: u64,
}

/// The requests since the start or the last reset.
#[derive(Debug, Default)]
pub struct Calls(Mutex<Book>);

impl Calls {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Books a request on its arrival; gives the number under which [`Calls::answered`] knows it.
    pub fn arrived(&self, system: &'static str, method: String, path: String) -> u64 {
        let mut book = self.lock();
        book.sequence += 1;
        let sequence = book.sequence;
        *book.counts.entry(system).or_default() += 1;
        if book.log.len() == KEPT {
            book.log.pop_front();
        }
        book.log.push_back(Call { system, method, path, status: None, sequence });
        sequence
    }

    /// Books the answer to a request, if a reset has not forgotten it.
    pub fn answered(&self, sequence: u64, status: u16) {
        let mut book = self.lock();
        if let Some(call) = book.log.iter_mut().rev().find(|call| call.sequence == sequence) {
            call.status = Some(status);
        }
    }

    /// Requests per system; every system is listed.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let book = self.lock();
        SYSTEMS.iter().map(|system| (*system, book.counts.get(system).copied().unwrap_or_default())).collect()
    }

    /// The last [`KEPT`] requests, newest last.
    pub fn log(&self) -> Vec<Call> {
        self.lock().log.iter().cloned().collect()
    }

    /// Forgets all requests; numbers go on, so that a late answer never lands on another request.
    pub fn reset(&self) {
        let mut book = self.lock();
        book.counts.clear();
        book.log.clear();
    }
}
