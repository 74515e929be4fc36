//! The ledger: every write that was committed, once, and whether it changed anything.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::effect::{By, Effect};
use crate::late::is_late;

/// One write that was committed, to one record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Counts from 1.
    pub number: u64,
    /// When, Unix seconds of the business's clock.
    pub at: i64,
    /// Who did it.
    pub by: By,
    /// Name of the system.
    pub system: &'static str,
    /// Kind of record, as the system names it.
    pub entity: &'static str,
    /// Its key there.
    pub key: String,
    /// `create`, `update`, `delete`, or a word of the system's own.
    pub operation: &'static str,
    /// The idempotency key or stamp that came with it.
    pub reference: Option<String>,
    /// What was set.
    pub set: Value,
    /// Whether anything is different for it: not where every value that was set stood there already.
    pub changed: bool,
    /// Whether it was done after its connection was cut.
    pub late: bool,
}

/// All of them since the start, oldest first. It never forgets: tests count in it.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Vec<Entry>>);

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Books a write.
    pub(crate) fn book(&self, by: By, at: i64, effect: &Effect) {
        let mut entries = self.lock();
        let number = u64::try_from(entries.len()).unwrap_or(u64::MAX) + 1;
        let Effect { system, entity, operation, changed, .. } = *effect;
        let (key, reference, set) = (effect.key.clone(), effect.reference.clone(), effect.set.clone());
        entries.push(Entry {
            number,
            at,
            by,
            system,
            entity,
            key,
            operation,
            reference,
            set,
            changed,
            late: is_late(),
        });
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// The entries after the one of that number, oldest first.
    pub fn after(&self, number: u64) -> Vec<Entry> {
        let seen = usize::try_from(number).unwrap_or(usize::MAX);
        self.lock().iter().skip(seen).cloned().collect()
    }

    /// The entries of a key or stamp.
    pub fn of(&self, reference: &str) -> Vec<Entry> {
        self.lock().iter().filter(|entry| entry.reference.as_deref() == Some(reference)).cloned().collect()
    }
}
