//! A small graph with every kind of field, built by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use vestibule::diagnostic::Place;
use vestibule::graph::{Builtin, Entity, Field, FieldKind, Graph, Scalar, Scope, Shape, Target, ValueType, WorkedOut};
use vestibule::model::{EntityId, FieldId, ValueTypeId};

const MONEY: ValueTypeId = ValueTypeId(0);
const RICH: ValueTypeId = ValueTypeId(1);
const FILE: ValueTypeId = ValueTypeId(2);
const ADDRESS: ValueTypeId = ValueTypeId(3);
const LINE: ValueTypeId = ValueTypeId(4);
const PERSON: ValueTypeId = ValueTypeId(5);
const ACCOUNT: EntityId = EntityId(0);
const CONTACT: EntityId = EntityId(1);
const ORDER: EntityId = EntityId(2);
const TICKET: EntityId = EntityId(3);
const PRODUCT: EntityId = EntityId(6);

fn field(name: &str, kind: FieldKind) -> Field {
    let place = Place { file: Arc::from("schema.graphql"), line: 1, column: 1 };
    Field { name: Arc::from(name), kind, non_null: false, permission: None, place }
}

fn scalar(name: &str, scalar: Scalar) -> Field {
    field(name, FieldKind::Stored(Shape::Scalar(scalar)))
}

fn text(name: &str) -> Field {
    scalar(name, Scalar::String)
}

fn words(name: &str, values: &[&str]) -> Field {
    field(name, FieldKind::Stored(Shape::Enum(values.iter().map(|value| Arc::from(*value)).collect())))
}

fn object(name: &str, id: ValueTypeId) -> Field {
    field(name, FieldKind::Stored(Shape::Object(id)))
}

fn list(name: &str, of: Shape) -> Field {
    field(name, FieldKind::Stored(Shape::List { of: Box::new(of), elements_non_null: true }))
}

fn reference(name: &str, to: EntityId) -> Field {
    field(name, FieldKind::Reference(Target::Entity(to)))
}

fn value_type(name: &str, builtin: Option<Builtin>, fields: Vec<Field>) -> ValueType {
    ValueType { name: Arc::from(name), builtin, fields }
}

fn entity(name: &str, scope: Scope, own: Vec<Field>) -> Entity {
    let mut fields = vec![field("id", FieldKind::Id), field("version", FieldKind::Version)];
    fields.extend(own);
    Entity { name: Arc::from(name), scope, localized: name == "Article", title: None, permission: None, fields }
}

/// The graph of the fixtures.
pub fn graph() -> Graph {
    let values = vec![
        value_type(
            "Money",
            Some(Builtin::Money),
            vec![scalar("amount", Scalar::Decimal), scalar("currency", Scalar::CurrencyCode)],
        ),
        value_type("RichText", Some(Builtin::RichText), vec![text("text"), scalar("html", Scalar::Html)]),
        value_type("File", Some(Builtin::File), vec![text("name")]),
        value_type(
            "Address",
            None,
            vec![list("lines", Shape::Scalar(Scalar::String)), text("city"), scalar("country", Scalar::CountryCode)],
        ),
        value_type(
            "OrderLine",
            None,
            vec![
                scalar("position", Scalar::Int),
                reference("product", PRODUCT),
                text("description"),
                scalar("quantity", Scalar::Decimal),
                object("total", MONEY),
            ],
        ),
        value_type("Person", None, vec![text("name"), words("side", &["CUSTOMER", "BUSINESS"])]),
    ];
    let status = ["NEW", "OPEN", "SOLVED", "OTHER"];
    let entities = vec![
        entity(
            "Account",
            Scope::Account,
            vec![
                text("name"),
                text("number"),
                text("phone"),
                object("billingAddress", ADDRESS),
                object("creditLimit", MONEY),
                list("team", Shape::Object(PERSON)),
                field("orders", FieldKind::List { of: ORDER, inverse: FieldId(2) }),
            ],
        ),
        entity("Contact", Scope::Account, vec![reference("account", ACCOUNT), text("name"), text("email")]),
        entity(
            "Order",
            Scope::Account,
            vec![
                reference("account", ACCOUNT),
                text("number"),
                words("status", &["OPEN", "COMPLETED", "CANCELLED", "OTHER"]),
                scalar("placedOn", Scalar::Date),
                object("total", MONEY),
                list("lines", Shape::Object(LINE)),
                object("shippingAddress", ADDRESS),
                object("pdf", FILE),
                field("open", FieldKind::Derived(Arc::from("status == 'OPEN'"))),
            ],
        ),
        entity(
            "Ticket",
            Scope::Account,
            vec![
                reference("account", ACCOUNT),
                reference("requester", CONTACT),
                text("number"),
                text("subject"),
                words("status", &status),
                scalar("urgent", Scalar::Boolean),
                scalar("createdAt", Scalar::DateTime),
                scalar("updatedAt", Scalar::DateTime),
                list("tags", Shape::Scalar(Scalar::String)),
                field("open", FieldKind::Derived(Arc::from("status != 'SOLVED'"))),
            ],
        ),
        entity(
            "TicketMessage",
            Scope::Account,
            vec![
                reference("ticket", TICKET),
                object("author", PERSON),
                object("body", RICH),
                scalar("sentAt", Scalar::DateTime),
            ],
        ),
        entity(
            "Article",
            Scope::Tenant,
            vec![text("title"), object("body", RICH), text("category"), scalar("updatedAt", Scalar::DateTime)],
        ),
        entity(
            "Product",
            Scope::Tenant,
            vec![
                text("sku"),
                text("name"),
                field("price", FieldKind::Computed(WorkedOut { shape: Shape::Object(MONEY), per_account: true })),
            ],
        ),
        entity(
            "Notification",
            Scope::Viewer,
            vec![text("title"), reference("recipient", CONTACT), field("subject", FieldKind::Reference(Target::Any))],
        ),
    ];
    Graph {
        entities,
        values,
        hub: ACCOUNT,
        person: CONTACT,
        lists_per_account: Vec::new(),
        constraints: Default::default(),
        mutations: Vec::new(),
    }
}

/// Settings, secrets and sources of a fixture, from its `source.txt`: `setting a=b`, `secret a`, `source a`, `auth a`.
#[derive(Debug, Default)]
pub struct Source {
    pub settings: BTreeMap<String, String>,
    pub secrets: std::collections::BTreeSet<String>,
    pub sources: std::collections::BTreeSet<String>,
    pub auth: Option<String>,
}

impl Source {
    /// Reads the lines of a `source.txt`.
    pub fn read(text: &str) -> Self {
        let mut source = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("setting", pair)) => {
                    let (name, value) = pair.split_once('=').expect("a setting is name=value");
                    source.settings.insert(name.to_owned(), value.to_owned());
                }
                Some(("secret", name)) => drop(source.secrets.insert(name.to_owned())),
                Some(("source", name)) => drop(source.sources.insert(name.to_owned())),
                Some(("auth", name)) => source.auth = Some(name.to_owned()),
                _ => panic!("not a line of source.txt: {line}"),
            }
        }
        source
    }
}
