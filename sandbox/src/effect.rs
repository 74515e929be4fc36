//! What a change did: what the ledger books, and what the system tells the world of it.

use serde::Serialize;
use serde_json::Value;

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A request to the system.
    Api,
    /// The control port, or a test.
    Control,
    /// The business's own people, whom the demo acts for.
    Agent,
}

/// One effect on one record.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Name of the system.
    pub system: &'static str,
    /// Kind of record, as the system names it, such as `A_SalesOrder`.
    pub entity: &'static str,
    /// Its key there.
    pub key: String,
    /// `create`, `update`, `delete`, or a word of the system's own.
    pub operation: &'static str,
    /// The idempotency key that came with the request, or the stamp that was set.
    pub reference: Option<String>,
    /// What was set.
    pub set: Value,
    /// Whether anything is different for it: not where every value that was set stood there already.
    pub changed: bool,
    /// What the system tells those who listen.
    pub events: Vec<Event>,
}

/// One event of a system, before it is wrapped and signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its type in the vendor's words, such as `invoice.paid`.
    pub kind: String,
    /// The part of the payload that is its own.
    pub body: Value,
}

impl Effect {
    /// An effect that nobody is told of yet.
    pub fn new(system: &'static str, entity: &'static str, key: impl Into<String>, operation: &'static str) -> Self {
        let key = key.into();
        Self { system, entity, key, operation, reference: None, set: Value::Null, changed: true, events: Vec::new() }
    }

    /// With what was set.
    pub fn set(self, set: Value) -> Self {
        Self { set, ..self }
    }

    /// One that changed something, or one that only set what stood there already.
    pub fn changed(self, changed: bool) -> Self {
        Self { changed, ..self }
    }

    /// With the key or stamp that it was known by.
    pub fn reference(self, reference: Option<String>) -> Self {
        Self { reference, ..self }
    }

    /// With what is told of it.
    pub fn tells(self, events: Vec<Event>) -> Self {
        Self { events, ..self }
    }
}

impl Event {
    /// An event.
    pub fn new(kind: impl Into<String>, body: Value) -> Self {
        Self { kind: kind.into(), body }
    }
}
