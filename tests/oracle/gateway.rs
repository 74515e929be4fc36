//! Our side: a schema loaded and pruned as a tenant's is, with an executor over data in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use vestibule::clock::{Clock, ManualClock};
use vestibule::config::{LimitMode, LimitsConfig, Unprovided};
use vestibule::connector::Connector;
use vestibule::connector::load::{LoadInput, SourceFile, load};
use vestibule::execute::{Allowance, Executor, GraphRequest, Writing};
use vestibule::graph::{Coverage, EntityCoverage, FieldKind, Graph, ListCoverage, Loaded, Served, Shape};
use vestibule::model::{
    Access, Authority, Caller, CallerKind, ContactAccess, EntityId, FieldId, FieldSet, Key, Links, Reads, RecordId,
    SourceId,
};
use vestibule::plan::Planner;
use vestibule::seal::Sealer;
use vestibule::secret::Secret;
use vestibule::source::{Catalog, EntitySources, Owner, SourceInfo};

use crate::case::Case;
use crate::reads::Memory;
use crate::schema::BASE;

/// The one source of everything.
pub const MAIN: SourceId = SourceId(0);
/// When it is.
pub const NOW: &str = "2026-03-01T09:00:00Z";

/// One schema, ready to be asked.
pub struct World {
    pub loaded: Loaded,
    pub served: Served,
    planner: Arc<Planner>,
    graph: Arc<Graph>,
    sealer: Sealer,
    clock: Arc<ManualClock>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    /// Loads what follows `base.graphql`; the problems where our rules forbid it.
    pub fn load(schema: &str) -> Result<Self, String> {
        let (loaded, report) = vestibule::graph::load(&[("schema.graphql".to_owned(), format!("{BASE}\n{schema}"))]);
        let told = || report.sorted().iter().map(|problem| format!("{problem}\n")).collect::<String>();
        let loaded = loaded.ok_or_else(told)?;
        let served = vestibule::graph::prune(&loaded, &coverage(&loaded), Unprovided::Omit);
        let served = served.map_err(|error| error.to_string())?;
        let catalog = catalog(&loaded.graph);
        let graph = Arc::new(loaded.graph.clone());
        let planner = Planner::new(Arc::new(served.schema.clone()), Arc::clone(&graph), Arc::new(catalog));
        let planner = planner.with_limits(limits());
        let secret = Secret::new("a secret that is long enough for sealing".to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        Ok(Self {
            loaded,
            served,
            planner: Arc::new(planner),
            graph,
            sealer: Sealer::new(&secret, "oracle").map_err(|error| error.to_string())?,
            clock: Arc::new(ManualClock::new(NOW.parse().expect("an instant"))),
            runtime,
        })
    }

    /// The answer to a case, as it would be sent.
    pub fn answer(&self, case: &Case) -> String {
        let memory = Arc::new(Memory::new(&self.graph, &case.data));
        let executor = Executor {
            files: "https://graph.example.com/files/acme".into(),
            planner: Arc::clone(&self.planner),
            reads: Arc::clone(&memory) as Arc<dyn Reads>,
            linker: memory,
            sealer: self.sealer.clone(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            zone: jiff::tz::TimeZone::UTC,
            allowance: Allowance::new(limits(), None, &(Arc::clone(&self.clock) as Arc<dyn Clock>)),
            writing: Writing::none(Arc::clone(&self.clock) as Arc<dyn Clock>),
        };
        let request = GraphRequest {
            query: self.sealed(&case.document),
            operation_name: case.operation.clone(),
            variables: serde_json::from_str(&self.sealed(&case.variables.to_string())).expect("an object"),
            ..GraphRequest::default()
        };
        let response = self.runtime.block_on(executor.execute(&self.caller(), request));
        String::from_utf8(response.body.to_vec()).expect("UTF-8")
    }

    /// Text in which `id:Thing:1` stands for the sealed id of that record.
    pub fn sealed(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("\"id:") {
            let (before, from) = rest.split_at(at + 1);
            out.push_str(before);
            let end = from.find('"').unwrap_or(from.len());
            // Of what is none of the ids that the other side knows, the text stays: it is no id for either.
            let known = |(entity, key): &(&str, &str)| {
                self.graph.entity_id(entity).is_some() && matches!(*key, "1" | "2" | "3" | "4")
            };
            let named = from[3..end].split_once(':').filter(known);
            let sealed = named.map(|(entity, key)| self.sealer.id(entity, "main", key));
            out.push_str(sealed.as_deref().unwrap_or(&from[..end]));
            rest = &from[end..];
        }
        out.push_str(rest);
        out
    }

    /// What the reference implementation needs to know besides the served schema and the data.
    pub fn told(&self) -> Value {
        let mut fields = Map::new();
        let graph = &self.loaded.graph;
        let name = |id: EntityId| graph.entity(id).map_or("", |entity| &entity.name);
        for entity in &graph.entities {
            for field in &entity.fields {
                let told = match &field.kind {
                    FieldKind::Id => json!({ "kind": "id" }),
                    FieldKind::Version => json!({ "kind": "version" }),
                    FieldKind::Provenance => json!({ "kind": "provenance" }),
                    FieldKind::Reference(_) => json!({ "kind": "reference" }),
                    FieldKind::List { of, inverse } => {
                        let by = graph.entity(*of).and_then(|of| of.field(*inverse)).map_or("", |field| &field.name);
                        json!({ "kind": "list", "of": name(*of), "by": by })
                    }
                    FieldKind::Computed(_) => json!({ "kind": "computed" }),
                    FieldKind::Derived(cel) => json!({ "kind": "derived", "cel": cel }),
                    _ => continue,
                };
                fields.insert(format!("{}.{}", entity.name, field.name), told);
            }
        }
        let entities: Vec<&str> = graph.entities.iter().map(|entity| &*entity.name).collect();
        let mut ids = Map::new();
        for entity in &entities {
            for key in ["1", "2", "3", "4"] {
                ids.insert(format!("{entity}:{key}"), json!(self.sealer.id(entity, "main", key)));
            }
        }
        json!({ "schema": vestibule::graph::print(&self.served), "fields": fields, "entities": entities, "ids": ids })
    }

    fn caller(&self) -> Caller {
        let graph = &self.loaded.graph;
        let key = |text: &str| Key::new(text).expect("a key");
        let access = |text: &str, roles: &[&str]| {
            let mut links = Links::default();
            links.insert(MAIN, Ok(Arc::from([key(text)])));
            Access {
                id: RecordId { entity: graph.hub, source: MAIN, key: key(text) },
                links,
                roles: roles.iter().map(|role| Arc::from(*role)).collect(),
                permissions: ["one", "two"].iter().map(|name| Arc::from(*name)).collect(),
            }
        };
        let contact = RecordId { entity: graph.person, source: MAIN, key: key("1") };
        Caller {
            tenant: Arc::from("oracle"),
            kind: CallerKind::Customer,
            subject: (Arc::from("issuer"), Arc::from("subject")),
            name: Arc::from("Kim"),
            email: None,
            locale: Arc::from("en"),
            time_zone: Arc::from("UTC"),
            authority: Arc::new(Authority {
                contact: Some(ContactAccess { id: contact, links: Links::default() }),
                accounts: vec![access("1", &["buyer"]), access("2", &[])],
            }),
            current: Some(0),
            multi_factor: false,
            authenticated_at: None,
        }
    }
}

/// Nothing is refused for what it costs: that is the matter of other tests.
fn limits() -> LimitsConfig {
    LimitsConfig { mode: LimitMode::Measure, ..LimitsConfig::default() }
}

/// Everything is mapped, read by key and listed by each of its references.
fn coverage(loaded: &Loaded) -> Coverage {
    let graph = &loaded.graph;
    let mut entities = BTreeMap::new();
    for (at, entity) in graph.entities.iter().enumerate() {
        let mut paths = Vec::new();
        for field in &entity.fields {
            push_paths(graph, (&field.name, &field.kind), (&mut paths, 0));
        }
        let filter = loaded.schema.get_input_object(&format!("{}Filter", entity.name));
        let filter: Vec<String> =
            filter.map(|filter| filter.fields.keys().map(ToString::to_string).collect()).unwrap_or_default();
        let references = entity.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        let lists = references.map(|field| field.name.to_string()).chain(["all".to_owned()]);
        let can = ListCoverage { filter, sort: Vec::new(), total: true };
        let covered = EntityCoverage {
            owner: "main".to_owned(),
            fields: paths.into_iter().map(|path| (path, "main".to_owned())).collect(),
            lists: lists.map(|by| (by, can.clone())).collect(),
            by_key: true,
            writes: BTreeMap::new(),
        };
        entities.insert(EntityId(u16::try_from(at).expect("few")), vec![covered]);
    }
    Coverage { entities, merged: BTreeMap::new() }
}

fn push_paths(graph: &Graph, (path, kind): (&str, &FieldKind), (found, depth): (&mut Vec<String>, usize)) {
    let shape = match kind {
        FieldKind::Reference(_) | FieldKind::References(_) => {
            found.push(path.to_owned());
            return;
        }
        FieldKind::Stored(shape) => shape,
        FieldKind::Computed(of) => &of.shape,
        _ => return,
    };
    found.push(path.to_owned());
    let mut of = shape;
    while let Shape::List { of: inner, .. } = of {
        of = inner;
    }
    if let (Shape::Object(id), true) = (of, depth < 8) {
        for field in graph.value_type(*id).into_iter().flat_map(|value| &value.fields) {
            push_paths(graph, (&format!("{path}.{}", field.name), &field.kind), (found, depth + 1));
        }
    }
}

fn catalog(graph: &Graph) -> Catalog {
    let told = |kind: &FieldKind| {
        matches!(
            kind,
            FieldKind::Stored(_) | FieldKind::Reference(_) | FieldKind::References(_) | FieldKind::Computed(_)
        )
    };
    let entities = graph.entities.iter().map(|entity| {
        let fields = (0u8..).map(FieldId).zip(&entity.fields);
        let fields: FieldSet = fields.filter(|(_, field)| told(&field.kind)).map(|(id, _)| id).collect();
        EntitySources {
            owners: vec![Owner { source: MAIN, parts: vec![(MAIN, fields)], lists: Vec::new(), writes: Vec::new() }],
        }
    });
    let source = SourceInfo { name: Arc::from("main"), connector: Arc::new(connector(graph)) };
    Catalog { sources: vec![source], entities: entities.collect() }
}

/// A connector that is never asked: [`Memory`] answers in its place.
fn connector(graph: &Graph) -> Connector {
    let text = "format: 1\ntitle: Example\nprotocol: rest\nbase: https://example.com\n";
    let name: Arc<str> = Arc::from("connector.yaml");
    let file = SourceFile { shown: Arc::clone(&name), name, text: Arc::from(text) };
    let (connector, report) = load(LoadInput {
        name: "main",
        files: &[file],
        overlay: &[],
        graph,
        settings: &BTreeMap::new(),
        secrets: &BTreeSet::new(),
        auth: None,
        sources: &BTreeSet::new(),
    });
    let mut told = String::new();
    for problem in report.sorted() {
        let _ = writeln!(told, "{problem}");
    }
    connector.unwrap_or_else(|| panic!("{told}"))
}
