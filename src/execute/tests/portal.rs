//! Sources in memory, for the portal of the fixture: data tables, a log of reads, gates, faults, and hostility.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::desk::Desk;
use crate::clock::ManualClock;
use crate::config::LimitsConfig;
use crate::error::{Code, Error};
use crate::execute::{Allowance, Contexts, Executor, GraphRequest, GraphResponse, Linker, Writing};
use crate::model::*;
use crate::plan::Planner;
use crate::plan::fixture::{self, BILLING, CRM, DESK, ERP};
use crate::seal::Sealer;
use crate::secret::Secret;
use crate::source::Reverse;
use crate::store::Kept;

/// A row of a table: the fields by name, and whose it is.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) fields: Vec<(&'static str, Value)>,
    pub(super) evidence: Evidence,
    pub(super) links: Vec<(&'static str, LinkValue)>,
}

/// All sources in one.
pub(super) struct Tables {
    planner: Arc<Planner>,
    pub(super) rows: Mutex<HashMap<(SourceId, EntityId), Vec<Row>>>,
    pub(super) log: Mutex<Vec<String>>,
    pub(super) faults: Mutex<HashMap<(SourceId, EntityId), Error>>,
    pub(super) gates: Mutex<HashMap<(SourceId, EntityId), Arc<Semaphore>>>,
    /// Lists ignore whose they should be.
    pub(super) hostile: Mutex<bool>,
    /// Positions in lists have tokens of that length.
    pub(super) long: Mutex<usize>,
    /// Lists say how many there are in all, where that is asked for.
    pub(super) counts: Mutex<bool>,
}

pub(super) fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

pub(super) fn text(text: &str) -> Value {
    Value::text(text)
}

pub(super) fn of_account(account: &str) -> Evidence {
    Evidence::Accounts(Arc::from([Membership { account: key(account), labels: Arc::from([]) }]))
}

pub(super) fn row(key: &'static str, evidence: Evidence, fields: Vec<(&'static str, Value)>) -> Row {
    Row { key, fields, evidence, links: Vec::new() }
}

impl Tables {
    fn wait(&self, of: (SourceId, EntityId), line: String) -> BoxFuture<'static, ()> {
        self.log.lock().unwrap().push(line);
        let gate = self.gates.lock().unwrap().get(&of).cloned();
        async move {
            if let Some(gate) = gate {
                drop(gate.acquire().await);
            }
        }
        .boxed()
    }

    fn name(&self, of: (SourceId, EntityId)) -> String {
        let source = &self.planner.catalog.sources[usize::from(of.0.0)].name;
        format!("{source} {}", self.planner.graph.entity(of.1).unwrap().name)
    }

    fn names(&self, entity: EntityId, fields: FieldSet) -> String {
        let entity = self.planner.graph.entity(entity).unwrap();
        let name = |field: FieldId| entity.field(field).map_or("links", |field| &*field.name);
        fields.iter().map(name).collect::<Vec<_>>().join(",")
    }

    fn record(&self, of: (SourceId, EntityId), row: &Row, wanted: FieldSet) -> Arc<Record> {
        let entity = self.planner.graph.entity(of.1).unwrap();
        let id = |name: &str| entity.field_id(name).unwrap_or_else(|| panic!("no field {name}"));
        let given: HashMap<FieldId, &Value> = row.fields.iter().map(|(name, value)| (id(name), value)).collect();
        let value = |field| given.get(&field).map_or(Value::Null, |value| Value::clone(value));
        Arc::new(Record {
            entity: of.1,
            source: of.0,
            key: key(row.key),
            version: Some("v1".into()),
            loaded: wanted,
            values: wanted.without_links().iter().map(value).collect(),
            evidence: row.evidence.clone(),
            links: row.links.iter().map(|(source, link)| (Arc::from(*source), link.clone())).collect(),
            visible: true,
            fetched_at: "2026-03-01T08:00:00Z".parse().unwrap(),
        })
    }

    fn rows(&self, of: (SourceId, EntityId)) -> Result<Vec<Row>, Error> {
        if let Some(error) = self.faults.lock().unwrap().get(&of) {
            return Err(error.clone());
        }
        Ok(self.rows.lock().unwrap().get(&of).cloned().unwrap_or_default())
    }
}

impl Reads for Tables {
    fn get(&self, read: GetRead) -> BoxFuture<'_, Vec<Answer>> {
        let of = (read.source, read.entity);
        let keys = read.keys.iter().map(|key| key.first().to_owned()).collect::<Vec<_>>().join(",");
        let arguments: String =
            read.arguments.iter().map(|(name, value)| format!(" {name}={}", value.as_text().unwrap_or("?"))).collect();
        let live = if read.context.live { " live" } else { "" };
        let line = format!("get {} [{keys}] ({}){arguments}{live}", self.name(of), self.names(of.1, read.fields));
        let wait = self.wait(of, line);
        async move {
            wait.await;
            let answer = |wanted: &Key| -> Answer {
                let rows = self.rows(of)?;
                let found = rows.iter().find(|row| key(row.key) == *wanted);
                Ok(found.map(|row| (self.record(of, row, read.fields), Freshness::Live)))
            };
            read.keys.iter().map(answer).collect()
        }
        .boxed()
    }

    fn list(&self, read: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>> {
        let of = (read.source, read.entity);
        let parents = read
            .parents
            .iter()
            .map(|parent| parent.keys.iter().map(|key| key.first().to_owned()).collect::<Vec<_>>().join("+"));
        let parents = parents.collect::<Vec<_>>().join(",");
        let filter: String = read.filter.iter().map(|condition| format!(" {:?}", condition.test)).collect();
        let live = if read.context.live { " live" } else { "" };
        let extent =
            if read.extent == Extent::Page { String::new() } else { format!(" {:?}", read.extent).to_lowercase() };
        let order = read.order.map_or("", |order| if order.descending { " desc" } else { " asc" });
        let line = format!(
            "list {} [{parents}] ({}) {}{filter}{order}{live}{extent}",
            self.name(of),
            self.names(of.1, read.fields),
            read.first
        );
        let wait = self.wait(of, line);
        async move {
            wait.await;
            let hostile = *self.hostile.lock().unwrap();
            let page = |parent: &Parent| -> Result<ListPage, Error> {
                let entity = self.planner.graph.entity(of.1).unwrap();
                let belongs = |row: &Row| match read.list {
                    ListOf::All => true,
                    ListOf::Parent(field) => {
                        let name = &entity.field(field).unwrap().name;
                        let value = row.fields.iter().find(|(own, _)| **own == **name).map(|(_, value)| value);
                        matches!(value, Some(Value::Reference(to)) if parent.keys.contains(&to.key))
                    }
                };
                let says = |row: &Row, text: &str| {
                    row.fields.iter().any(|(_, value)| value.as_text().is_some_and(|own| own.contains(text)))
                };
                let found = |row: &Row| read.search.as_ref().is_none_or(|text| says(row, text));
                let fits = |row: &Row| hostile || (belongs(row) && found(row));
                let all: Vec<Row> = self.rows(of)?.into_iter().filter(fits).collect();
                let skip = parent.after.as_ref().map_or(0, |after| after.skip as usize);
                // A system that counts: its first rows are enough.
                let counts = read.total && *self.counts.lock().unwrap();
                let enough = if read.extent == Extent::Counted && counts { 100 } else { read.first };
                let token =
                    Some(*self.long.lock().unwrap()).filter(|long| *long > 0).map(|long| Arc::from("x".repeat(long)));
                let records = all.iter().enumerate().skip(skip).take(enough as usize).map(|(at, row)| {
                    (self.record(of, row, read.fields), Position { token: token.clone(), skip: at as u32 + 1 })
                });
                let records: Vec<_> = records.collect();
                Ok(ListPage {
                    has_next: skip + records.len() < all.len(),
                    records: records.into(),
                    read: None,
                    total: counts.then_some(all.len() as u64),
                    freshness: Freshness::Live,
                })
            };
            read.parents.iter().map(page).collect()
        }
        .boxed()
    }

    fn find(&self, read: FindRead) -> BoxFuture<'_, Vec<Answer>> {
        let of = (read.source, read.entity);
        let line = format!("find {} by {} ({})", self.name(of), read.by, self.names(of.1, read.fields));
        let wait = self.wait(of, line);
        async move {
            wait.await;
            let answer = |wanted: &Key| -> Answer {
                let rows = self.rows(of)?;
                let holds = |row: &&Row| {
                    row.fields.iter().any(|(name, value)| *name == &*read.by && value.as_text() == Some(wanted.first()))
                };
                Ok(rows.iter().find(holds).map(|row| (self.record(of, row, read.fields), Freshness::Live)))
            };
            read.values.iter().map(answer).collect()
        }
        .boxed()
    }

    /// No row here hangs on who reads it.
    fn uses_contact(&self, _: SourceId) -> bool {
        false
    }
}

/// `u1` of the desk is `c1` of the CRM, and so on.
pub(super) struct Backwards(pub(super) Arc<Tables>);

impl Linker for Backwards {
    fn reverse<'a>(&'a self, wanted: Reverse, contexts: Contexts<'a>) -> BoxFuture<'a, Vec<Answer>> {
        let Reverse { references, owner: source, fields } = wanted;
        let one = |reference: &Reference| key(&reference.key.first().replace('u', "c"));
        let keys = references.iter().map(one).collect();
        let (entity, arguments) = (references[0].entity, Arc::from([]));
        self.0.get(GetRead { source, entity, keys, fields, arguments, context: contexts(source) })
    }
}

/// A portal with its data and its caller.
pub(super) struct Portal {
    pub(super) executor: Arc<Executor>,
    pub(super) tables: Arc<Tables>,
    /// What is written lands here.
    pub(super) desk: Arc<Desk>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) caller: Caller,
}

impl Portal {
    pub(super) fn new() -> Self {
        let planner = fixture::planner();
        let tables = Arc::new(Tables {
            planner: Arc::clone(&planner),
            rows: Mutex::default(),
            log: Mutex::default(),
            faults: Mutex::default(),
            gates: Mutex::default(),
            hostile: Mutex::new(false),
            long: Mutex::new(0),
            counts: Mutex::new(true),
        });
        let clock = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse::<Timestamp>().unwrap()));
        let desk = Arc::new(Desk::default());
        let executor = Arc::new(Executor {
            files: "https://graph.example.com/files/acme".into(),
            planner: Arc::clone(&planner),
            reads: Arc::clone(&tables) as Arc<dyn Reads>,
            linker: Arc::new(Backwards(Arc::clone(&tables))),
            sealer: Sealer::new(&Secret::new("an installation's own long secret".to_owned()), "acme").unwrap(),
            clock: Arc::clone(&clock) as Arc<dyn crate::clock::Clock>,
            zone: jiff::tz::TimeZone::UTC,
            allowance: Allowance::new(
                LimitsConfig::ceiling(),
                None,
                &(Arc::clone(&clock) as Arc<dyn crate::clock::Clock>),
            ),
            writing: Writing {
                writes: Arc::clone(&desk) as Arc<dyn Writes>,
                changes: Arc::clone(&desk) as Arc<dyn Changes>,
                state: Arc::new(Kept::new(Arc::clone(&clock) as Arc<dyn crate::clock::Clock>, 100)),
            },
        });
        let mut portal = Self { executor, tables, desk, clock, caller: caller_of_nothing() };
        portal.caller.authority = Arc::new(portal.authority());
        portal.caller.current = Some(0);
        super::data::fill(&portal);
        portal
    }

    fn authority(&self) -> Authority {
        let access = |key_crm: &str, erp: &[&str], desk: &str, permissions: &[&str]| {
            let mut links = Links::default();
            links.insert(CRM, Ok(Arc::from([key(key_crm)])));
            links.insert(ERP, Ok(erp.iter().map(|text| key(text)).collect()));
            links.insert(DESK, Ok(Arc::from([key(desk)])));
            links.insert(BILLING, Ok(Arc::from([key(&desk.replace('o', "b"))])));
            Access {
                id: RecordId { entity: self.entity("Account"), source: CRM, key: key(key_crm) },
                links,
                roles: vec![Arc::from("buyer")],
                permissions: permissions.iter().map(|name| Arc::from(*name)).collect::<BTreeSet<_>>(),
            }
        };
        let mut links = Links::default();
        links.insert(DESK, Ok(Arc::from([key("u1")])));
        Authority {
            contact: Some(ContactAccess {
                id: RecordId { entity: self.entity("Contact"), source: CRM, key: key("c1") },
                links,
            }),
            accounts: vec![
                access(
                    "a1",
                    &["d1", "d2"],
                    "o1",
                    &["orders:read", "orders:write", "tickets:read", "contacts:read", "contacts:write"],
                ),
                access("a2", &["d5"], "o2", &["billing:read"]),
            ],
        }
    }

    pub(super) fn entity(&self, name: &str) -> EntityId {
        self.executor.planner.graph.entity_id(name).unwrap()
    }

    pub(super) fn reference(&self, source: SourceId, entity: &str, to: &str) -> Value {
        Value::Reference(Reference { entity: self.entity(entity), source, by: None, key: key(to) })
    }

    pub(super) fn table(&self, source: SourceId, entity: &str, rows: Vec<Row>) {
        self.tables.rows.lock().unwrap().insert((source, self.entity(entity)), rows);
    }

    pub(super) fn fault(&self, source: SourceId, entity: &str) {
        let error = Error::new(Code::UpstreamUnavailable, "secret detail of the system")
            .at_source(&Arc::from("erp"))
            .retry_after(Duration::from_millis(2500));
        self.tables.faults.lock().unwrap().insert((source, self.entity(entity)), error);
    }

    pub(super) fn gate(&self, source: SourceId, entity: &str) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.tables.gates.lock().unwrap().insert((source, self.entity(entity)), Arc::clone(&gate));
        gate
    }

    pub(super) fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.tables.log.lock().unwrap())
    }

    pub(super) fn id(&self, entity: &str, source: &str, key: &str) -> String {
        self.executor.sealer.id(entity, source, key)
    }

    pub(super) async fn run(&self, query: &str, variables: serde_json::Value) -> GraphResponse {
        let request = GraphRequest {
            query: query.to_owned(),
            variables: variables.as_object().cloned().unwrap_or_default(),
            deadline: Some(Duration::from_secs(5)),
            ..GraphRequest::default()
        };
        self.executor.execute(&self.caller, request).await
    }

    /// The answer as JSON text, and nothing else.
    pub(super) async fn ask(&self, query: &str) -> serde_json::Value {
        let answer = self.run(query, serde_json::Value::Null).await;
        serde_json::from_slice(&answer.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer.body)))
    }
}

fn caller_of_nothing() -> Caller {
    Caller {
        tenant: Arc::from("acme"),
        kind: CallerKind::Customer,
        subject: (Arc::from("issuer"), Arc::from("subject")),
        name: Arc::from("Kim \"K\" de Vries"),
        email: Some(Arc::from("kim@example.com")),
        locale: Arc::from("nl-NL"),
        time_zone: Arc::from("Europe/Amsterdam"),
        authority: Arc::new(Authority { contact: None, accounts: Vec::new() }),
        current: None,
        multi_factor: false,
        authenticated_at: None,
    }
}
