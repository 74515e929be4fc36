//! Connectors written by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::connector::*;
use crate::diagnostic::Place;
use crate::expr::Program;
use crate::graph::{Entity, Field, FieldKind, Graph, Scalar, Scope, Shape, Target};
use crate::model::{self, EntityId, FieldId, FieldSet, Key, ListOf, Parent, ReadContext, Value, Wire};
use crate::protocol::{ListRows, RowPage};
use crate::upstream::Call;

pub use super::bench::{Bench, CUT, NO_CONNECTION};

pub const OF: EntityId = EntityId(0);
pub const PARENT: FieldId = FieldId(0);
pub const STATUS: FieldId = FieldId(1);
pub const DAY: FieldId = FieldId(2);

/// A path in the manifest's notation; a first word `facet0`, `facet1` is a facet, `parent` the parent.
pub fn path(text: &str) -> Path {
    let mut root = Root::Row;
    let mut steps = Vec::new();
    for (at, word) in text.split('.').filter(|word| !word.is_empty()).enumerate() {
        let (name, each) = word.strip_suffix("[]").map_or((word, false), |name| (name, true));
        match (at, name.strip_prefix("facet").and_then(|n| n.parse().ok()), name) {
            (0, Some(facet), _) => root = Root::Facet(facet),
            (0, None, "parent") => root = Root::Parent,
            _ => match name.parse() {
                Ok(at) => steps.push(Step::At(at)),
                Err(_) => steps.push(Step::Name(Arc::from(name))),
            },
        }
        if each {
            steps.push(Step::Each);
        }
    }
    Path { root, steps: steps.into(), text: Arc::from(text) }
}

pub fn pattern(text: &str) -> Pattern {
    let mut parts = Vec::new();
    for (at, piece) in text.split(['{', '}']).enumerate() {
        match (piece, at % 2) {
            ("", _) => {}
            (piece, 0) => parts.push(Part::Text(Arc::from(piece))),
            (piece, _) => parts.push(Part::Slot(Arc::from(piece))),
        }
    }
    Pattern { parts, text: Arc::from(text) }
}

/// What a request may name.
const NAMES: &[&str] = &[
    "key", "keys", "parent", "parents", "value", "values", "fields", "where", "order", "page", "list", "args",
    "phrase", "caller", "settings", "now", "today",
];

pub fn computed(text: &str) -> Template {
    Template::Computed(Computed { program: Program::compile(text, NAMES).unwrap(), text: Arc::from(text) })
}

pub fn literal(text: &str) -> Template {
    Template::Literal(Wire::Text(text.into()))
}

pub fn named(members: &[(&str, Template)]) -> Vec<(Arc<str>, Template)> {
    members.iter().map(|(name, template)| (Arc::from(*name), template.clone())).collect()
}

pub fn page(style: PageStyle) -> Page {
    Page { style, size: None, at: None, next: None, more: None, last: None, total: None, max: 100, rows: None }
}

/// `GET /x` or `POST /x`; the rows are at `rows`.
pub fn read(request: &str, rows: &str) -> Read {
    let (method, address) = request.split_once(' ').unwrap();
    let method = if method == "POST" { Method::Post } else { Method::Get };
    let request = Request::bare(method, pattern(address));
    Read {
        varies: Vec::new(),
        request,
        rows: path(rows),
        single: false,
        keys: None,
        groups: None,
        parent: None,
        by: None,
        many: None,
        page: page(PageStyle::None),
        language: None,
        filter: vec![],
        order: vec![],
        sorted: None,
        search: false,
        columns: Vec::new(),
        excerpt: None,
        local: 0,
        keep: None,
    }
}

/// `GET /things?ids=…` for a hundred keys.
pub fn batch(request: &str, rows: &str) -> Read {
    let mut read = read(request, rows);
    read.request.query = named(&[("ids", computed("keys"))]);
    Read { varies: Vec::new(), many: Some(100), ..read }
}

pub fn mapped(column: &str, form: Form) -> Option<Mapping> {
    Some(Mapping::One(Box::new(ValueMapping {
        form,
        when: None,
        cases: vec![],
        from: vec![Origin::Path(path(column))],
        map: vec![],
        otherwise: None,
        wire: WireForm::Plain,
        currency: vec![],
        push: Some(Arc::from(column)),
        text: Arc::from(column),
        write: Default::default(),
    })))
}

pub fn scalar(scalar: Scalar) -> Form {
    Form::Shape(Shape::Scalar(scalar))
}

pub fn needs(columns: &[&str]) -> Needs {
    Needs {
        columns: columns.iter().map(|name| Arc::from(*name)).collect(),
        facets: BTreeMap::new(),
        varies: Vec::new(),
    }
}

/// A facet that is needed by the status field.
pub fn facet(way: FacetWay, by: Option<&str>, key: Option<&str>) -> Facet {
    Facet {
        name: Arc::from("facet"),
        way,
        by: by.map(path),
        key: key.map(path),
        only: None,
        when: None,
        keep: None,
        write: None,
    }
}

/// An entity with the key `id` and the fields parent (`owner`), status (`status`), day (`day`).
pub fn entity() -> EntityMapping {
    EntityMapping {
        url: None,
        varies: Vec::new(),
        entity: OF,
        file: Arc::from("Thing.yaml"),
        set: Some(Arc::from("SRV/Things")),
        key: vec![KeyPart { from: path("id"), wire: KeyWire::Text, pattern: None }],
        version: None,
        evidence: EvidenceRule::Itself,
        visible: None,
        gone: None,
        fields: vec![
            mapped("owner", Form::Reference(OF, None)),
            mapped("status", scalar(Scalar::String)),
            mapped("day", scalar(Scalar::Date)),
        ],
        facets: vec![],
        get: vec![],
        lists: vec![],
        find: BTreeMap::new(),
        links: BTreeMap::new(),
        writes: BTreeMap::new(),
        base_needs: needs(&["id"]),
        link_needs: Needs::default(),
        needs: vec![needs(&["owner"]), needs(&["status"]), needs(&["day"])],
    }
}

/// The entity, whose status needs these facets.
pub fn with_facets(facets: Vec<Facet>) -> EntityMapping {
    let mut of = entity();
    let all = (0..facets.len()).map(|at| (at, Vec::new()));
    of.needs[1].facets = all.collect();
    EntityMapping { url: None, varies: Vec::new(), facets, ..of }
}

pub fn connector(protocol: ProtocolKind) -> Connector {
    Connector {
        docs: None,
        locales: Vec::new(),
        empty: Vec::new(),
        settings: Wire::Object(vec![("address".into(), Wire::Text("https://api.example".into()))]),
        name: Arc::from("things"),
        title: Arc::from("Things"),
        protocol,
        base: pattern("{address}/v1"),
        hosts: vec![],
        auth: BTreeMap::new(),
        headers: vec![],
        arrays: Arrays::Comma,
        zone: Arc::from("Europe/Berlin"),
        limits: Limits::default(),
        errors: Errors::default(),
        health: None,
        odata: None,
        storage: None,
        writing: Default::default(),
        webhooks: None,
        polls: Vec::new(),
        entities: BTreeMap::new(),
    }
}

pub fn graph() -> Graph {
    let place = Place { file: Arc::from("schema.graphql"), line: 1, column: 1 };
    let field = |(name, kind): (&str, FieldKind)| Field {
        name: Arc::from(name),
        kind,
        non_null: false,
        permission: None,
        place: place.clone(),
    };
    let fields = [
        ("account", FieldKind::Reference(Target::Entity(OF))),
        ("status", FieldKind::Stored(Shape::Scalar(Scalar::String))),
        ("day", FieldKind::Stored(Shape::Scalar(Scalar::Date))),
    ];
    let entity = Entity {
        name: Arc::from("Thing"),
        scope: Scope::Account,
        localized: false,
        title: None,
        permission: None,
        fields: fields.into_iter().map(field).collect(),
    };
    Graph {
        entities: vec![entity],
        values: vec![],
        hub: OF,
        person: OF,
        lists_per_account: Vec::new(),
        constraints: Default::default(),
        mutations: Vec::new(),
    }
}

/// `GET /v1/things?ids=1 {"body":1}`, with the address decoded for reading.
pub fn said(call: &Call) -> String {
    let raw = &call.url.to_string()["https://api.example".len()..];
    let address = percent_encoding::percent_decode_str(raw).decode_utf8_lossy().into_owned();
    let method = call.template.split(' ').next().unwrap();
    let body = String::from_utf8_lossy(call.body.beginning());
    if body.is_empty() { format!("{method} {address}") } else { format!("{method} {address} {body}") }
}

/// The parameters in a call's address, decoded.
pub fn parameters(call: &Call) -> url::form_urlencoded::Parse<'_> {
    url::form_urlencoded::parse(call.url.query().unwrap_or_default().as_bytes())
}

pub fn wait<T>(future: BoxFuture<'_, T>) -> T {
    futures::executor::block_on(future)
}

pub fn set(fields: &[FieldId]) -> FieldSet {
    fields.iter().copied().collect()
}

/// A key; parts stand between slashes.
pub fn a_key(text: &str) -> Key {
    Key::from_parts(text.split('/')).unwrap()
}

pub fn context() -> Arc<ReadContext> {
    Arc::new(ReadContext {
        timings: None,
        locale: Arc::from("de-AT"),
        account: Arc::from([Key::new("A1").unwrap()]),
        contact: Key::new("C1"),
        live: false,
        deadline: Duration::from_secs(10),
    })
}

pub fn parent(keys: &[&str]) -> Parent {
    Parent { keys: keys.iter().map(|key| a_key(key)).collect(), after: None }
}

pub fn listing(parents: &[&[&str]], first: u32) -> ListRows {
    ListRows {
        list: ListOf::Parent(PARENT),
        parents: parents.iter().map(|keys| parent(keys)).collect(),
        fields: set(&[]),
        first,
        filter: vec![],
        search: None,
        order: None,
        total: false,
        more: true,
        context: context(),
    }
}

pub fn one_of(field: FieldId, values: &[&str]) -> model::Condition {
    let values = values.iter().map(|value| Value::text(value)).collect();
    model::Condition { field, test: model::Test::In(values) }
}

/// The ids of rows.
pub fn ids(page: &RowPage) -> Vec<String> {
    page.rows.iter().map(|(row, _)| row.row.get("id").as_text().unwrap().into_owned()).collect()
}

/// A JSON text for looking at a [`Wire`].
pub fn json(wire: &Wire) -> String {
    crate::protocol::template::json(wire)
}
