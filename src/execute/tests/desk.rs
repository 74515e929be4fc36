//! Where writes land in tests: a log of them, what comes of the next ones, and a gate.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::portal::key;
use crate::model::*;

type Came = Result<Written, Unwritten>;

/// Takes every write, and does what it was told to answer.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) writes: Mutex<Vec<Write>>,
    pub(super) changes: Mutex<Vec<Change>>,
    pub(super) doubts: Mutex<Vec<Doubt>>,
    /// What comes of the next writes; after these each is written.
    pub(super) next: Mutex<VecDeque<Came>>,
    pub(super) gate: Mutex<Option<Arc<Semaphore>>>,
}

/// A write that made, or changed, the record of that key.
pub(super) fn written(text: &str) -> Came {
    Ok(Written { key: Some(key(text)), record: None, gives: Vec::new(), touches: Vec::new() })
}

impl Desk {
    pub(super) fn answer(&self, came: Came) {
        self.next.lock().unwrap().push_back(came);
    }

    /// What was written: operation, key, and the input as JSON.
    pub(super) fn log(&self) -> Vec<String> {
        let line = |write: &Write| {
            let key = write.key.as_ref().map_or("-", Key::first);
            format!("{} {key} {}", write.operation, json(&write.input))
        };
        self.writes.lock().unwrap().iter().map(line).collect()
    }

    pub(super) fn last(&self) -> Write {
        self.writes.lock().unwrap().last().cloned().unwrap()
    }
}

fn json(value: &Wire) -> serde_json::Value {
    match value {
        Wire::Null => serde_json::Value::Null,
        Wire::Bool(value) => (*value).into(),
        Wire::Number(text) => serde_json::from_str(text).unwrap(),
        Wire::Text(text) => (&**text).into(),
        Wire::List(items) => items.iter().map(json).collect(),
        Wire::Object(members) => members.iter().map(|(name, value)| (name.to_string(), json(value))).collect(),
    }
}

impl Writes for Desk {
    fn write(&self, write: Write) -> BoxFuture<'_, Came> {
        let gate = self.gate.lock().unwrap().clone();
        async move {
            let key = write.key.as_ref().map_or("10", |key| key.first()).to_owned();
            self.writes.lock().unwrap().push(write);
            if let Some(gate) = gate {
                gate.acquire().await.unwrap().forget();
            }
            self.next.lock().unwrap().pop_front().unwrap_or_else(|| written(&key))
        }
        .boxed()
    }
}

impl Changes for Desk {
    fn note(&self, change: Change) {
        self.changes.lock().unwrap().push(change);
    }

    fn doubt(&self, doubt: Doubt) {
        self.doubts.lock().unwrap().push(doubt);
    }
}
