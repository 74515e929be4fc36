//! A graph of two entities, a manifest of one, and short ways to write paths and mappings.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::*;
use crate::connector::mapping::{
    Condition, Digits, Form, Mapping, ObjectMapping, Origin, Root, Step, Test, ValueMapping, WireForm,
};
use crate::connector::request::Pattern;
use crate::connector::resolved::{
    Arrays, Computed, Errors, EvidenceRule, Facet, FacetWay, KeyPart, KeyWire, Limits, LinkRule, Needs, ProtocolKind,
};
use crate::diagnostic::Place;
use crate::expr::Program;
use crate::graph::{Builtin, Field, Scalar, Scope, Shape, Target, ValueType};
use crate::model::{EntityId, ValueTypeId, Wire};

pub const ACCOUNT: EntityId = EntityId(0);
pub const ORDER: EntityId = EntityId(1);

/// The members of rows in the tests of what is never expected.
pub const NAMES: [&str; 12] =
    ["id", "account", "status", "on", "at", "total", "currency", "body", "lines", "n", "tags", "to"];

/// Everything a row is mapped with.
pub struct World {
    pub source_name: Arc<str>,
    pub connector: Connector,
    pub mapping: EntityMapping,
    pub graph: Graph,
    pub fields: FieldSet,
    pub arguments: Arguments,
    pub context: ReadContext,
}

impl World {
    /// An order with no field mapped, whose evidence is `account`.
    pub fn new() -> Self {
        let context = ReadContext {
            locale: Arc::from("de-AT"),
            account: Arc::from([]),
            contact: None,
            live: false,
            deadline: Duration::ZERO,
            timings: None,
        };
        Self {
            source_name: "erp".into(),
            connector: connector(),
            mapping: mapping(),
            graph: graph(),
            fields: FieldSet::EMPTY,
            arguments: Arc::from([]),
            context,
        }
    }

    /// Every kind of mapping there is, all of them wanted.
    pub fn with_everything() -> Self {
        let mut world = Self::new();
        let list = |scalar| Shape::List { of: Box::new(Shape::Scalar(scalar)), elements_non_null: true };
        let line = ObjectMapping {
            width: 2,
            fields: vec![
                (FieldId(0), one(Form::Shape(Shape::Scalar(Scalar::Decimal)), "n")),
                (FieldId(1), one(Form::Reference(ACCOUNT, None), "to")),
            ],
            when: Some(condition("status", "open")),
            file: None,
        };
        let money = Mapping::One(Box::new(ValueMapping {
            wire: WireForm::Minor(Digits::default()),
            currency: vec![from("currency"), computed("row.account.currency")],
            ..value(Form::Money, vec![from("total")])
        }));
        let enums = Form::Shape(Shape::Enum(Arc::from([Arc::from("OPEN"), Arc::from("OTHER")])));
        let mappings = [
            one(Form::Reference(ACCOUNT, None), "account"),
            one(Form::Shape(Shape::Scalar(Scalar::String)), "id"),
            one(enums, "status"),
            one(Form::Shape(Shape::Scalar(Scalar::Date)), "on"),
            one(Form::Shape(Shape::Scalar(Scalar::DateTime)), "at"),
            money,
            one(Form::RichText { html: true }, "body"),
            Mapping::Each { from: path("lines"), only: None, fields: line, more: None },
            Mapping::One(Box::new(value(Form::Shape(list(Scalar::Url)), vec![from("tags[]"), from("facet0.tags")]))),
            one(Form::Reference(ACCOUNT, None), "to[]"),
            Mapping::One(Box::new(value(
                Form::Shape(Shape::Scalar(Scalar::Decimal)),
                vec![computed("plus(row.lines.map(l, times(l.n, row.n)))")],
            ))),
            Mapping::Items(vec![one(Form::Shape(Shape::Scalar(Scalar::Int)), "n")]),
        ];
        for (place, mapping) in mappings.into_iter().enumerate() {
            let field = FieldId(u8::try_from(place).unwrap());
            world.mapping.fields[place] = Some(mapping);
            world.fields.insert(field);
        }
        world.mapping.links = BTreeMap::from([(Arc::from("erp"), LinkRule::Held(from("account")))]);
        world.mapping.visible =
            Some(Condition(vec![(path("at"), Test::Before(crate::connector::mapping::Bound::Now))]));
        world
    }

    /// Maps one field of the order, and gives its value for a row.
    pub fn value(&mut self, field: &str, mapping: Mapping, row: &str) -> Value {
        let id = self.graph.entities[1].field_id(field).unwrap();
        self.mapping.fields = vec![None; self.graph.entities[1].fields.len()];
        self.mapping.fields[usize::from(id.0)] = Some(mapping);
        self.fields = FieldSet::from_iter([id]);
        self.map(row).unwrap().unwrap().value(id).clone()
    }

    pub fn map(&self, row: &str) -> Result<Option<Record>, Error> {
        let row = json(row);
        let facets = [json(r#"[{"name":"Ada","tags":["x"]},{"name":"Grace"}]"#)];
        map_record(&self.input(), &RowView { row: &row, facets: &facets, parent: None, etag: None })
    }

    pub fn input(&self) -> MapInput<'_> {
        MapInput {
            connector: &self.connector,
            of: &self.mapping,
            graph: &self.graph,
            source: SourceId(3),
            source_name: &self.source_name,
            now: "2026-03-01T12:00:00Z".parse().unwrap(),
            fields: self.fields,
            arguments: &self.arguments,
            context: &self.context,
        }
    }

    pub fn basis(&self) -> Basis<'_> {
        Basis { connector: &self.connector, now: "2026-03-01T12:00:00Z".parse().unwrap() }
    }
}

/// JSON with numbers as they are written.
pub fn json(text: &str) -> Wire {
    Wire::of_json(&serde_json::from_str(text).unwrap())
}

/// `a.0.b[].c[id=3]`; `facet0.x` begins in the first facet, `parent.x` and `header.x` where they say.
pub fn path(text: &str) -> Path {
    let (first, rest) = text.split_once('.').unwrap_or((text.trim_end_matches("[]"), ""));
    let bare = first.trim_end_matches("[]");
    let root = match bare {
        "parent" => Root::Parent,
        "header" => Root::Header,
        facet if facet.starts_with("facet") => Root::Facet(facet["facet".len()..].parse().unwrap()),
        _ => Root::Row,
    };
    let mut steps = Vec::new();
    let from = if root == Root::Row { text } else { rest };
    if root != Root::Row && (first.ends_with("[]") || text.ends_with("[]") && rest.is_empty()) {
        steps.push(Step::Each);
    }
    for part in from.split('.').filter(|part| !part.is_empty()) {
        let (name, bracket) = part.split_once('[').map_or((part, None), |(name, rest)| (name, Some(rest)));
        steps.push(name.parse().map_or_else(|_| Step::Name(Arc::from(name)), Step::At));
        match bracket.map(|inner| inner.trim_end_matches(']')) {
            None => {}
            Some("") => steps.push(Step::Each),
            Some(test) => {
                let (member, value) = test.split_once('=').unwrap();
                steps.push(Step::Where(Arc::from(member), Arc::from(value)));
            }
        }
    }
    Path { root, steps: steps.into(), text: Arc::from(text) }
}

pub fn from(text: &str) -> Origin {
    Origin::Path(path(text))
}

pub fn computed(text: &str) -> Origin {
    let names = ["row", "owner", "now", "today", "settings", "args", "caller"];
    Origin::Computed(Computed { program: Program::compile(text, &names).unwrap(), text: Arc::from(text) })
}

pub fn condition(at: &str, word: &str) -> Condition {
    Condition(vec![(path(at), Test::In(vec![Arc::from(word)]))])
}

pub fn key_part(text: &str) -> KeyPart {
    KeyPart { from: path(text), wire: KeyWire::Text, pattern: None }
}

pub fn value(form: Form, from: Vec<Origin>) -> ValueMapping {
    let text = from.iter().map(|origin| match origin {
        Origin::Path(path) => path.text.to_string(),
        Origin::Computed(computed) => format!("= {}", computed.text),
    });
    ValueMapping {
        form,
        when: None,
        cases: Vec::new(),
        text: text.collect::<Vec<_>>().join(", ").into(),
        from,
        map: Vec::new(),
        otherwise: None,
        wire: WireForm::Plain,
        currency: Vec::new(),
        push: None,
        write: Default::default(),
    }
}

pub fn one(form: Form, at: &str) -> Mapping {
    Mapping::One(Box::new(value(form, vec![from(at)])))
}

fn field(name: &str, kind: FieldKind) -> Field {
    let place = Place { file: Arc::from("graph"), line: 1, column: 1 };
    Field { name: Arc::from(name), kind, non_null: false, permission: None, place }
}

fn graph() -> Graph {
    let text = || FieldKind::Stored(Shape::Scalar(Scalar::String));
    let account = FieldKind::Reference(Target::Entity(ACCOUNT));
    let entity = |name: &str, fields| Entity {
        name: Arc::from(name),
        scope: Scope::Account,
        localized: false,
        title: None,
        permission: None,
        fields,
    };
    let mut order = vec![field("account", account.clone())];
    let stored = ["number", "status", "placedOn", "createdAt", "total", "body", "lines", "tags"];
    order.extend(stored.map(|name| field(name, text())));
    order.push(field("others", FieldKind::References(Target::Entity(ACCOUNT))));
    order.extend(["sum", "items"].map(|name| field(name, text())));
    let built = |name: &str, builtin, names: &[&str]| ValueType {
        name: Arc::from(name),
        builtin,
        fields: names.iter().map(|name| field(name, text())).collect(),
    };
    Graph {
        entities: vec![entity("Account", vec![field("name", text())]), entity("Order", order)],
        values: vec![
            // The fields stand in another order than they are made in: places come from the type.
            built("Money", Some(Builtin::Money), &["currency", "amount"]),
            built("RichText", Some(Builtin::RichText), &["text", "html"]),
            built("Line", None, &["quantity", "product"]),
        ],
        hub: ACCOUNT,
        person: ACCOUNT,
        lists_per_account: Vec::new(),
        constraints: Default::default(),
        mutations: Vec::new(),
    }
}

pub const LINE: ValueTypeId = ValueTypeId(2);

fn mapping() -> EntityMapping {
    let read = FacetWay::With { query: Vec::new(), at: None, rows: None };
    let owner = Facet {
        name: Arc::from("owner"),
        way: read,
        by: None,
        key: None,
        only: None,
        when: None,
        keep: None,
        write: None,
    };
    EntityMapping {
        entity: ORDER,
        file: Arc::from("entities/Order.yaml"),
        set: None,
        key: vec![key_part("id")],
        version: None,
        evidence: EvidenceRule::Own(from("account")),
        visible: None,
        gone: None,
        fields: vec![None; 12],
        facets: vec![owner],
        get: Vec::new(),
        lists: Vec::new(),
        find: BTreeMap::new(),
        links: BTreeMap::new(),
        writes: BTreeMap::new(),
        base_needs: Needs::default(),
        link_needs: Needs::default(),
        needs: Vec::new(),
        url: None,
        varies: Vec::new(),
    }
}

fn connector() -> Connector {
    Connector {
        name: Arc::from("acme"),
        title: Arc::from("Acme"),
        docs: None,
        locales: Vec::new(),
        protocol: ProtocolKind::Rest,
        base: Pattern { parts: Vec::new(), text: Arc::from("") },
        hosts: Vec::new(),
        auth: BTreeMap::new(),
        headers: Vec::new(),
        arrays: Arrays::Repeat,
        zone: Arc::from("Europe/Berlin"),
        empty: vec![Wire::Text("".into()), Wire::Bool(false)],
        settings: json(r#"{"prefix":"P-"}"#),
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
