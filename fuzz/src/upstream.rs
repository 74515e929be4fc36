//! Answers of systems: read by the engine of a connector, and mapped to records.
//!
//! An input begins with a line that says which read it answers: `STATUS SOURCE ENTITY get KEY…`,
//! `… list FIELD|all KEY…` or `… find NAME VALUE…`; parts of a key stand between slashes. Below it is the answer; where
//! the read makes several calls, further answers stand behind lines `%%`. The last answers every further call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::executor::block_on;
use futures::future::BoxFuture;
use vestibule::connector::{Connector, EntityMapping, MapInput, key_of, map_record};
use vestibule::error::{Code, Error};
use vestibule::model::{Arguments, Condition, EntityId, FieldId, FieldSet, Key, ListOf, Parent, SourceId};
use vestibule::protocol::{Binding, FindRows, GetRows, ListRows, Row, RowPage, engine};
use vestibule::upstream::{Call, Reply, Transport};

use super::{parts, world};

/// The most calls that one read may make, whatever the answers say.
const CALLS: usize = 250;

/// Reads what the first line says, from the answers below it.
pub fn run(bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (head, rest) = bytes.split_at(line);
    let Some(asked) = std::str::from_utf8(head).ok().and_then(Asked::read) else { return };
    let rest = rest.get(1..).unwrap_or_default();
    let bodies = match std::str::from_utf8(rest) {
        Ok(text) => parts(text).into_iter().map(|(_, body)| Bytes::copy_from_slice(body.as_bytes())).collect(),
        Err(_) => vec![Bytes::copy_from_slice(rest)],
    };
    let transport = Arc::new(Scripted { status: asked.status, bodies, calls: AtomicUsize::new(0) });
    for answer in asked.rows(Arc::clone(&transport) as _) {
        asked.checked(answer);
    }
    let calls = transport.calls.load(Ordering::Relaxed);
    assert!(calls <= CALLS, "a read made {calls} calls");
}

/// Every read of a connector, with answers that have nothing in them.
pub fn every_read(connector: &Arc<Connector>) {
    for asked in reads(connector) {
        let bodies = vec![Bytes::from_static(b"{}")];
        let transport = Arc::new(Scripted { status: 200, bodies, calls: AtomicUsize::new(0) });
        asked.rows(transport).into_iter().for_each(|answer| asked.checked(answer));
    }
}

/// The reads of a connector, each for the key `1`.
pub fn reads(connector: &Arc<Connector>) -> Vec<Asked> {
    let mut all = Vec::new();
    for (of, mapping) in &connector.entities {
        let mut read = |what: What, words: Option<Key>| {
            let (connector, words) = (Arc::clone(connector), words.into_iter().collect());
            all.push(Asked { status: 200, connector, of: *of, what, words, filter: Vec::new(), search: None });
        };
        read(What::Get, Key::from_parts(mapping.key.iter().map(|_| "1")));
        for list in &mapping.lists {
            read(
                What::List(list.parent.map_or(ListOf::All, ListOf::Parent)),
                Key::new("1").filter(|_| list.parent.is_some()),
            );
        }
        for name in mapping.find.keys() {
            read(What::Find(Arc::clone(name)), Key::new("1"));
        }
    }
    all
}

/// In which way something is read.
#[derive(Clone)]
pub enum What {
    /// By key.
    Get,
    /// By parent.
    List(ListOf),
    /// By a unique value.
    Find(Arc<str>),
}

/// A read.
#[derive(Clone)]
pub struct Asked {
    status: u16,
    /// The connector that is read with.
    pub connector: Arc<Connector>,
    /// Of which entity.
    pub of: EntityId,
    /// In which way.
    pub what: What,
    /// Keys, keys of the one parent, or values.
    pub words: Vec<Key>,
    /// Conditions on a list.
    pub filter: Vec<Condition>,
    /// What is searched for in a list.
    pub search: Option<Arc<str>>,
}

impl Asked {
    /// The read that a line says; `None` where there is no such read.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let status = words.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
        let connector = world::connector(words.next()?)?;
        let graph = &world::demo().graph;
        let of = graph.entity_id(words.next()?).filter(|of| connector.entities.contains_key(of))?;
        let mapping = connector.entities.get(&of)?;
        // Reads that the manifest does not have are never made.
        let what = match (words.next()?, mapping) {
            ("get", _) => What::Get,
            ("list", EntityMapping { lists, .. }) => {
                let parent = match words.next()? {
                    "all" => None,
                    field => Some(graph.entity(of)?.field_id(field)?),
                };
                lists.iter().find(|list| list.parent == parent)?;
                What::List(parent.map_or(ListOf::All, ListOf::Parent))
            }
            ("find", EntityMapping { find, .. }) => What::Find(Arc::clone(find.get_key_value(words.next()?)?.0)),
            _ => return None,
        };
        let mut keys: Vec<Key> = words.filter_map(|word| Key::from_parts(word.split('/'))).take(8).collect();
        // No key is asked for twice.
        keys.sort();
        keys.dedup();
        Some(Self { status, connector, of, what, words: keys, filter: Vec::new(), search: None })
    }

    fn checked(&self, answer: Result<Vec<Row>, Error>) {
        match answer {
            Ok(rows) => rows.iter().for_each(|row| self.mapped(row)),
            Err(error) => told(&error),
        }
    }

    /// The rows that come of the answers of a transport.
    pub fn rows(&self, transport: Arc<dyn Transport>) -> Vec<Result<Vec<Row>, Error>> {
        let of = self.mapping();
        let engine = engine(Binding {
            source: Arc::from("source"),
            connector: Arc::clone(&self.connector),
            transport,
            clock: world::clock(),
            graph: Arc::clone(&world::demo().graph),
        });
        let (fields, context) = (everything(of), world::context());
        match &self.what {
            What::Get => {
                let arguments = Arguments::from([]);
                let read = GetRows { keys: self.words.clone(), fields, arguments, context };
                let found = block_on(engine.get(of, read));
                assert_eq!(found.len(), self.words.len(), "one answer for each key");
                for (key, row) in self.words.iter().zip(&found) {
                    if let Ok(Some(row)) = row {
                        assert_eq!(key_of(of, &row.view()).as_ref(), Some(key), "a row of another key");
                    }
                }
                found.into_iter().map(|row| row.map(|row| row.into_iter().collect())).collect()
            }
            What::List(list) => {
                let parent = Parent { keys: self.words.clone().into(), after: None };
                let read = ListRows {
                    list: list.clone(),
                    parents: vec![parent],
                    fields,
                    first: 3,
                    filter: self.filter.clone(),
                    search: self.search.clone(),
                    order: None,
                    total: true,
                    more: true,
                    context,
                };
                let found = block_on(engine.list(of, read));
                assert_eq!(found.len(), 1, "one page for each parent");
                let rows = |page: RowPage| page.rows.into_iter().map(|(row, _)| row).collect();
                found.into_iter().map(|page| page.map(rows)).collect()
            }
            What::Find(by) => {
                let read = FindRows { by: Arc::clone(by), values: self.words.clone(), fields, context };
                let found = block_on(engine.find(of, read));
                assert_eq!(found.len(), self.words.len(), "one answer for each value");
                found
            }
        }
    }

    /// The manifest of the entity that is read.
    pub fn mapping(&self) -> &EntityMapping {
        &self.connector.entities[&self.of]
    }

    fn mapped(&self, row: &Row) {
        let of = self.mapping();
        let record = map_record(
            &MapInput {
                connector: &self.connector,
                of,
                graph: &world::demo().graph,
                source: SourceId(0),
                source_name: &Arc::from("source"),
                now: jiff::Timestamp::constant(1_788_000_000, 0),
                fields: everything(of),
                arguments: &Arguments::from([]),
                context: &world::context(),
            },
            &row.view(),
        );
        match record {
            Ok(Some(record)) => assert_eq!(Some(record.key), key_of(of, &row.view()), "a record has its row's key"),
            Ok(None) => {}
            Err(error) => told(&error),
        }
    }
}

fn everything(of: &EntityMapping) -> FieldSet {
    of.mapped().union(FieldSet::from_iter([FieldId::LINKS]))
}

/// Whatever a system answers is no fault of the gateway, and a customer reads nothing of it.
fn told(error: &Error) {
    assert_ne!(error.code(), Code::Internal, "{error}");
    assert_eq!(error.message(), error.code().public_message(), "{error}");
}

/// Answers with what it was given.
struct Scripted {
    status: u16,
    bodies: Vec<Bytes>,
    calls: AtomicUsize,
}

impl Transport for Scripted {
    fn send(&self, _: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let at = self.calls.fetch_add(1, Ordering::Relaxed);
        let body = self.bodies.get(at).or(self.bodies.last()).cloned().unwrap_or_default();
        Box::pin(std::future::ready(Ok(Reply { status: self.status, headers: Default::default(), body })))
    }
}
