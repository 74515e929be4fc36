//! Two sources, three entities, engines that answer from a table and a mapper that takes members by the fields' names.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::table::Table;
use crate::cache::{Cache, Policy};
use crate::clock::{Clock, ManualClock};
use crate::connector::{
    Arrays, Connector, EntityMapping, Errors, EvidenceRule, FindMapping, Form, KeyPart, KeyWire, Limits, Mapping,
    Needs, Origin, Path, Pattern, ProtocolKind, Root, Step, ValueMapping, WireForm,
};
use crate::diagnostic::Place;
use crate::error::{Code, Error};
use crate::graph::{Entity, Field, FieldKind, Graph, Scalar, Scope, Shape, Target};
use crate::model::{
    EntityId, Evidence, FieldId, FieldSet, Freshness, Key, LinkValue, ReadContext, Record, SourceId, Timings, Value,
    Wire,
};
use crate::protocol::Row;
use crate::source::{Catalog, Choice, Choices, Engine, Mapper, Policies, Setup, SourceInfo, Sources};

pub const ACCOUNT: EntityId = EntityId(0);
pub const CONTACT: EntityId = EntityId(1);
pub const ORDER: EntityId = EntityId(2);
pub const CRM: SourceId = SourceId(0);
pub const DESK: SourceId = SourceId(1);

/// Fields of `Contact`.
pub const EMAIL: FieldId = FieldId(1);
pub const NAME: FieldId = FieldId(2);
/// Fields of `Order`.
pub const NUMBER: FieldId = FieldId(1);
pub const STATUS: FieldId = FieldId(2);
pub const OF_ACCOUNT: FieldId = FieldId(3);

pub const POLICY: Policy = Policy {
    fresh: Duration::from_secs(10),
    stale: Duration::ZERO,
    if_error: Duration::from_secs(60),
    negative: Duration::from_secs(5),
};

pub fn place() -> Place {
    Place { file: Arc::from("test"), line: 1, column: 1 }
}

pub fn graph() -> Graph {
    let field = |name: &str, kind| Field { name: name.into(), kind, non_null: false, permission: None, place: place() };
    let text = |name| field(name, FieldKind::Stored(Shape::Scalar(Scalar::String)));
    let entity = |name: &str, fields: Vec<Field>| Entity {
        name: name.into(),
        scope: Scope::Account,
        localized: false,
        title: None,
        permission: None,
        fields: std::iter::once(field("id", FieldKind::Id)).chain(fields).collect(),
    };
    let account = field("account", FieldKind::Reference(Target::Entity(ACCOUNT)));
    Graph {
        entities: vec![
            entity("Account", vec![text("name")]),
            entity("Contact", vec![text("email"), text("name")]),
            entity("Order", vec![text("number"), text("status"), account]),
        ],
        values: Vec::new(),
        hub: ACCOUNT,
        person: CONTACT,
        lists_per_account: Vec::new(),
        constraints: Default::default(),
        mutations: Vec::new(),
    }
}

pub fn path(name: &str) -> Path {
    Path { root: Root::Row, steps: Arc::from([Step::Name(name.into())]), text: name.into() }
}

pub fn plain(name: &str) -> Option<Mapping> {
    Some(Mapping::One(Box::new(ValueMapping {
        form: Form::Shape(Shape::Scalar(Scalar::String)),
        when: None,
        cases: Vec::new(),
        from: vec![Origin::Path(path(name))],
        map: Vec::new(),
        otherwise: None,
        wire: WireForm::Plain,
        currency: Vec::new(),
        push: None,
        text: name.into(),
        write: Default::default(),
    })))
}

pub fn mapping(entity: EntityId, fields: Vec<Option<Mapping>>) -> EntityMapping {
    let find = |name: &str| (Arc::from(name), FindMapping { read: None, path: path(name) });
    EntityMapping {
        url: None,
        varies: Vec::new(),
        entity,
        file: "test".into(),
        set: None,
        key: vec![KeyPart { from: path("id"), wire: KeyWire::Text, pattern: None }],
        version: None,
        evidence: EvidenceRule::Tenant,
        visible: None,
        gone: None,
        fields,
        facets: Vec::new(),
        get: Vec::new(),
        lists: Vec::new(),
        find: BTreeMap::from([find("email"), find("number")]),
        links: BTreeMap::new(),
        writes: BTreeMap::new(),
        base_needs: Needs::default(),
        link_needs: Needs::default(),
        needs: Vec::new(),
    }
}

pub fn connector(entities: Vec<EntityMapping>) -> Connector {
    Connector {
        docs: None,
        locales: Vec::new(),
        name: "table".into(),
        title: "Table".into(),
        protocol: ProtocolKind::Rest,
        base: Pattern { parts: Vec::new(), text: "".into() },
        hosts: Vec::new(),
        auth: BTreeMap::new(),
        headers: Vec::new(),
        arrays: Arrays::default(),
        zone: "UTC".into(),
        empty: Vec::new(),
        settings: Wire::Null,
        limits: Limits::default(),
        errors: Errors::default(),
        health: None,
        odata: None,
        storage: None,
        writing: Default::default(),
        webhooks: None,
        polls: Vec::new(),
        entities: entities.into_iter().map(|mapping| (mapping.entity, mapping)).collect(),
    }
}

pub fn contact() -> EntityMapping {
    mapping(CONTACT, vec![None, plain("email"), plain("name")])
}

pub fn order() -> EntityMapping {
    mapping(ORDER, vec![None, plain("number"), plain("status"), plain("account")])
}

/// Takes the member of a field's name; `hidden` is not visible, `gone` is not there, `link.x` is a link to `x`.
struct ByName;

impl Mapper for ByName {
    fn map(&self, ask: &crate::connector::MapInput<'_>, row: &Row) -> Result<Option<Record>, Error> {
        if !row.row.get("gone").is_null() {
            return Ok(None);
        }
        let key = row.row.get("id").as_text().and_then(|id| Key::new(&id));
        let key = key.ok_or_else(|| Error::new(Code::UpstreamRejected, "a row has no usable key"))?;
        let entity = ask.graph.entity(ask.of.entity).unwrap();
        let value = |field| match row.row.get(&entity.field(field).unwrap().name).as_text() {
            Some(text) if text == "unfit" => {
                Value::Fault(Error::new(Code::UpstreamRejected, "a value that does not fit"))
            }
            Some(text) => Value::text(&text),
            None => Value::Null,
        };
        let Wire::Object(members) = &row.row else { panic!("a row is an object") };
        let link = |(name, wire): &(Arc<str>, Wire)| {
            let source: Arc<str> = Arc::from(name.strip_prefix("link.")?);
            let link = match wire {
                Wire::List(keys) => {
                    LinkValue::Keys(keys.iter().filter_map(|key| Key::new(&key.as_text().unwrap())).collect())
                }
                wire => LinkValue::Find("email".into(), wire.as_text().and_then(|value| Key::new(&value))),
            };
            Some((source, link))
        };
        let with_links = ask.fields.contains(FieldId::LINKS);
        Ok(Some(Record {
            entity: ask.of.entity,
            source: ask.source,
            key,
            version: row.row.get("version").shared_text(),
            loaded: ask.fields,
            values: ask.fields.without_links().iter().map(value).collect(),
            evidence: Evidence::Tenant,
            links: members.iter().filter(|_| with_links).filter_map(link).collect(),
            visible: row.row.get("hidden").is_null(),
            fetched_at: ask.now,
        }))
    }
}

/// The two sources over their tables.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub crm: Arc<Table>,
    pub desk: Arc<Table>,
    pub sources: Sources,
    pub timings: Arc<Timings>,
}

impl World {
    pub fn new() -> Self {
        Self::with(connector(vec![contact(), order()]), connector(vec![contact()]))
    }

    pub fn with(crm: Connector, desk: Connector) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let table = || Arc::new(Table { page: Mutex::new(100), ..Table::default() });
        let (crm_table, desk_table) = (table(), table());
        let source = |name: &str, connector| SourceInfo { name: name.into(), connector: Arc::new(connector) };
        let choice = Choice { owners: vec!["crm".into()], contributors: None, place: place() };
        let choices = Choices { place: place(), entities: BTreeMap::from([("Contact".into(), choice)]) };
        let graph = graph();
        let (catalog, report) = Catalog::build(&graph, vec![source("crm", crm), source("desk", desk)], &choices);
        assert!(report.is_empty(), "{:?}", report.sorted());
        let engine = |table: &Arc<Table>| Engine { protocol: table.clone(), credential: "someone".into() };
        let time: Arc<dyn Clock> = clock.clone();
        let sources = Sources::new(Setup {
            tenant: "acme".into(),
            graph: Arc::new(graph),
            catalog: Arc::new(catalog),
            engines: vec![engine(&crm_table), engine(&desk_table)],
            cache: Arc::new(Cache::in_process(&time, 1 << 20)),
            policies: Policies { usual: POLICY, special: BTreeMap::new() },
            mapper: Arc::new(ByName),
            clock: time,
        });
        Self { clock, crm: crm_table, desk: desk_table, sources, timings: Arc::default() }
    }

    pub fn context(&self) -> Arc<ReadContext> {
        self.context_of("en", "a1")
    }

    pub fn context_of(&self, locale: &str, account: &str) -> Arc<ReadContext> {
        Arc::new(ReadContext {
            locale: locale.into(),
            account: Arc::from([key(account)]),
            contact: None,
            live: false,
            deadline: self.clock.elapsed() + Duration::from_secs(5),
            timings: Some(self.timings.clone()),
        })
    }
}

pub fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

pub fn keys(texts: &[&str]) -> Vec<Key> {
    texts.iter().map(|text| key(text)).collect()
}

pub fn fields(fields: &[FieldId]) -> FieldSet {
    fields.iter().copied().collect()
}

/// Key and freshness of an answer, or the error's code.
pub fn told(answer: &crate::model::Answer) -> Result<Option<(String, Freshness)>, Code> {
    match answer {
        Ok(found) => Ok(found.as_ref().map(|(record, fresh)| (record.key.as_str().to_owned(), *fresh))),
        Err(error) => Err(error.code()),
    }
}
