//! A cache on a clock that stands still, over a system whose answers can be held back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::cache::{Batch, Depends, How, KeyWriter, Load, On, Policy, Purge, Purges, Served, Shelf, Tag, Want};
use crate::clock::{Clock, ManualClock};
use crate::error::{Code, Error};
use crate::model::{EntityId, Evidence, FieldId, FieldSet, Freshness, Key, Record, SourceId, Value};
use crate::store::Memory;

pub const ENTITY: EntityId = EntityId(0);
pub const SOURCE: SourceId = SourceId(0);
pub const A: FieldId = FieldId(0);
pub const B: FieldId = FieldId(1);

pub const POLICY: Policy = Policy {
    fresh: Duration::from_secs(10),
    stale: Duration::from_secs(20),
    if_error: Duration::from_secs(60),
    negative: Duration::from_secs(5),
};

/// What the system has, and what it does next.
#[derive(Default)]
pub struct System {
    /// What field values are made of.
    pub content: Mutex<u64>,
    /// The version it tells; `None` tells none.
    pub version: Mutex<Option<u64>>,
    pub missing: Mutex<bool>,
    pub down: Mutex<Option<Code>>,
    /// The wants and fields of each call.
    pub calls: Mutex<Vec<(Vec<usize>, FieldSet)>>,
    gates: Mutex<VecDeque<oneshot::Receiver<()>>>,
}

pub struct World {
    pub clock: Arc<ManualClock>,
    pub purges: Arc<Purges>,
    pub shelf: Arc<Shelf<Arc<Record>>>,
    pub memory: Arc<Memory<Arc<crate::cache::Entry<Arc<Record>>>>>,
    pub system: Arc<System>,
}

impl World {
    pub fn new() -> Self {
        Self::with_live_window(Duration::ZERO)
    }

    pub fn with_live_window(window: Duration) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let purges = Arc::new(Purges::default());
        let memory = Arc::new(Memory::new(clock.clone() as Arc<dyn Clock>, 1 << 20, crate::cache::weight::of_entry));
        let shelf = Shelf::new(memory.clone(), clock.clone(), purges.clone());
        let shelf = Arc::new(shelf.with_live_window(window));
        Self { clock, purges, shelf, memory, system: Arc::default() }
    }

    pub fn how(&self, fields: &[FieldId]) -> How {
        let deadline = self.clock.elapsed() + Duration::from_secs(5);
        How { fields: fields.iter().copied().collect(), policy: POLICY, live: false, deadline }
    }

    /// Reads one record, as a task of its own.
    pub fn begin(&self, key: &str, how: How) -> tokio::task::JoinHandle<Served<Arc<Record>>> {
        let (shelf, wants, load) = (self.shelf.clone(), Arc::from([want(key)]), self.system.loader(&[key], how.fields));
        tokio::spawn(async move { shelf.read(wants, how, load).await.remove(0) })
    }

    pub async fn read(&self, key: &str, how: How) -> Served<Arc<Record>> {
        self.begin(key, how).await.unwrap()
    }

    /// The content and where it came from.
    pub async fn content(&self, key: &str) -> Option<(i64, Freshness)> {
        content(self.read(key, self.how(&[A])).await)
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn purge(&self, key: &str, how: Purge) {
        self.purges.purge(&[Tag::Record(SOURCE, ENTITY, Key::new(key).unwrap())], how);
    }

    pub fn calls(&self) -> usize {
        self.system.calls.lock().unwrap().len()
    }
}

impl System {
    /// Holds the next call back until the gate is opened.
    pub fn hold(&self) -> oneshot::Sender<()> {
        let (open, gate) = oneshot::channel();
        self.gates.lock().unwrap().push_back(gate);
        open
    }

    pub fn loader(self: &Arc<Self>, keys: &[&str], fields: FieldSet) -> Load<Arc<Record>> {
        let system = Arc::clone(self);
        let keys: Arc<[Key]> = keys.iter().map(|key| Key::new(key).unwrap()).collect();
        Arc::new(move |batch: Batch| {
            let (system, keys) = (system.clone(), keys.clone());
            Box::pin(async move {
                system.calls.lock().unwrap().push((batch.wants.clone(), fields));
                // What the system has when it is asked: the answer may arrive long after.
                let content = *system.content.lock().unwrap();
                let version = *system.version.lock().unwrap();
                let (missing, down) = (*system.missing.lock().unwrap(), *system.down.lock().unwrap());
                let gate = system.gates.lock().unwrap().pop_front();
                if let Some(gate) = gate {
                    gate.await.ok();
                }
                let answer = |at: &usize| match (down, missing) {
                    (Some(code), _) => Err(Error::new(code, "as the test wants it")),
                    (None, true) => Ok(None),
                    (None, false) => Ok(Some(record(&keys[*at], (content, version), fields))),
                };
                batch.wants.iter().map(answer).collect()
            })
        })
    }
}

pub fn want(key: &str) -> Want {
    let depends = Depends { source: SOURCE, entity: ENTITY, on: On::Record(Key::new(key).unwrap()) };
    Want { key: KeyWriter::new("record").text(key).finish(), depends }
}

pub fn record(key: &Key, (content, version): (u64, Option<u64>), fields: FieldSet) -> Arc<Record> {
    Arc::new(Record {
        entity: ENTITY,
        source: SOURCE,
        key: key.clone(),
        version: version.map(|version| version.to_string().into()),
        loaded: fields,
        values: fields.without_links().iter().map(|_| Value::Int(content.try_into().unwrap())).collect(),
        evidence: Evidence::Tenant,
        links: Arc::from([]),
        visible: true,
        fetched_at: Timestamp::UNIX_EPOCH,
    })
}

pub fn content(served: Served<Arc<Record>>) -> Option<(i64, Freshness)> {
    served.unwrap().map(|(record, freshness)| match record.value(A) {
        Value::Int(content) => (*content, freshness),
        other => panic!("no content: {other:?}"),
    })
}

/// Lets every other task run until it waits for something of the test.
pub async fn calm() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
