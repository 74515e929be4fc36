//! A small portal for tests: a CRM that owns accounts, an ERP, a desk, and a billing that owns invoices beside the ERP; read from SDL with the schema's conventions.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::ast::{self, Type};
use apollo_compiler::schema::{ExtendedType, FieldDefinition, ObjectType};
use apollo_compiler::{Node, Schema};

use crate::config::LimitsConfig;
use crate::connector::{Arrays, Connector, Errors, Limits, Pattern, ProtocolKind};
use crate::diagnostic::Place;
use crate::graph::{
    Builtin, Entity, Field, FieldKind, Figure, Function, Graph, Merge, MergedList, Scalar, Scope, Shape, Target,
    ValueType, WorkedOut,
};
use crate::model::{EntityId, FieldId, FieldSet, ListOf, Order, SourceId, ValueTypeId};
use crate::plan::Planner;
use crate::source::{Catalog, EntitySources, OwnedList, OwnedSearch, Owner, SourceInfo};

/// The portal's schema.
pub(crate) const SDL: &str = include_str!("fixture.graphql");

/// The portal's CRM.
pub(crate) const CRM: SourceId = SourceId(0);
/// The portal's ERP.
pub(crate) const ERP: SourceId = SourceId(1);
/// The portal's support desk.
pub(crate) const DESK: SourceId = SourceId(2);

/// The portal's billing.
pub(crate) const BILLING: SourceId = SourceId(3);

/// Everything planning needs.
pub(crate) fn planner() -> Arc<Planner> {
    let schema = Schema::parse_and_validate(SDL, "fixture.graphql").unwrap();
    let graph = graph(&schema);
    let catalog = catalog(&graph);
    let planner = Planner::new(Arc::new(schema), Arc::new(graph), Arc::new(catalog));
    // Random queries are as large as they come; limits have tests of their own.
    Arc::new(planner.with_limits(LimitsConfig::ceiling()))
}

fn objects(schema: &Schema) -> impl Iterator<Item = &ObjectType> {
    schema.types.values().filter(|ty| !ty.is_built_in()).filter_map(|ty| match ty {
        ExtendedType::Object(object) => Some(&**object),
        _ => None,
    })
}

fn graph(schema: &Schema) -> Graph {
    let entities: Vec<&ObjectType> = objects(schema).filter(|object| object.directives.has("entity")).collect();
    let gateway = |name: &str| {
        [
            "Query",
            "Viewer",
            "Membership",
            "Provenance",
            "PageInfo",
            "SourceGap",
            "TimelineEntry",
            "Waiting",
            "SearchHit",
            "Mutation",
            "Subscription",
            "Change",
            "UserError",
        ]
        .contains(&name)
            || name.ends_with("Connection")
            || name.ends_with("Edge")
            || name.ends_with("Payload")
    };
    let values: Vec<&ObjectType> =
        objects(schema).filter(|object| !object.directives.has("entity") && !gateway(&object.name)).collect();
    let id = |name: &str| entities.iter().position(|entity| entity.name == name).map(|at| EntityId(at as u16));
    let names = Names {
        schema,
        entities: entities.iter().map(|entity| entity.name.to_string()).collect(),
        values: values.iter().map(|value| value.name.to_string()).collect(),
    };
    let mut graph = Graph {
        entities: entities.iter().map(|object| names.entity(object)).collect(),
        values: values.iter().map(|object| names.value(object)).collect(),
        hub: id("Account").unwrap(),
        person: id("Contact").unwrap(),
        lists_per_account: Vec::new(),
        constraints: crate::graph::constraints(schema),
        mutations: Vec::new(),
    };
    graph.mutations = crate::graph::mutations(schema, &graph);
    graph
}

struct Names<'a> {
    schema: &'a Schema,
    entities: Vec<String>,
    values: Vec<String>,
}

impl Names<'_> {
    fn entity(&self, object: &ObjectType) -> Entity {
        let scope = object.directives.get("entity").unwrap().specified_argument_by_name("scope").cloned();
        let title = object.directives.get("entity").unwrap().specified_argument_by_name("title").cloned();
        let title = title.and_then(|title| object.fields.get_index_of(title.as_str()?));
        Entity {
            name: Arc::from(object.name.as_str()),
            scope: match scope.as_ref().and_then(|scope| scope.as_enum()).map(|scope| scope.as_str()) {
                Some("TENANT") => Scope::Tenant,
                Some("VIEWER") => Scope::Viewer,
                _ => Scope::Account,
            },
            localized: false,
            title: title.map(|at| FieldId(at as u8)),
            permission: permission(object.directives.get("permission").map(|directive| &**directive)),
            fields: object.fields.values().map(|field| self.field(object, field)).collect(),
        }
    }

    fn value(&self, object: &ObjectType) -> ValueType {
        ValueType {
            name: Arc::from(object.name.as_str()),
            builtin: (object.name == "Money").then_some(Builtin::Money),
            fields: object.fields.values().map(|field| self.field(object, field)).collect(),
        }
    }

    fn field(&self, object: &ObjectType, field: &FieldDefinition) -> Field {
        Field {
            name: Arc::from(field.name.as_str()),
            kind: self.kind(object, field),
            non_null: field.ty.is_non_null(),
            permission: permission(field.directives.get("permission")),
            place: Place { file: Arc::from("fixture.graphql"), line: 1, column: 1 },
        }
    }

    fn kind(&self, object: &ObjectType, field: &FieldDefinition) -> FieldKind {
        let named = field.ty.inner_named_type().as_str();
        if let Some(derived) = field.directives.get("derived") {
            return FieldKind::Derived(Arc::from(derived.specified_argument_by_name("cel").unwrap().as_str().unwrap()));
        }
        if let Some(figure) = field.directives.get("aggregate") {
            let given = |name: &str| figure.specified_argument_by_name(name);
            let text = |name: &str| given(name).and_then(|value| value.as_str()).map(Arc::from);
            return FieldKind::Figure(Figure {
                list: text("list").unwrap(),
                function: match given("function").unwrap().as_enum().unwrap().as_str() {
                    "SUM" => Function::Sum,
                    "MIN" => Function::Min,
                    "MAX" => Function::Max,
                    _ => Function::Count,
                },
                field: text("field"),
                filter: given("filter").cloned(),
                shape: self.shape(&field.ty),
            });
        }
        if let Some(merge) = field.directives.get("merge") {
            return FieldKind::OverLists(merged(merge));
        }
        let figures = |object: &ObjectType| object.fields.values().all(|field| field.directives.has("aggregate"));
        if self.schema.get_object(named).is_some_and(|object| figures(object)) {
            let at = self.values.iter().position(|name| name == named).unwrap();
            return FieldKind::Figures(ValueTypeId(at as u16));
        }
        match (field.name.as_str(), named) {
            ("id", _) => return FieldKind::Id,
            ("version", _) => return FieldKind::Version,
            ("provenance", _) => return FieldKind::Provenance,
            _ => {}
        }
        let target = match self.entities.iter().position(|name| name == named) {
            Some(at) => Some(Target::Entity(EntityId(at as u16))),
            None => (named == "Record").then_some(Target::Any),
        };
        if let Some(target) = target {
            return if field.ty.is_list() { FieldKind::References(target) } else { FieldKind::Reference(target) };
        }
        if let Some(listed) = named.strip_suffix("Connection") {
            let of = self.entities.iter().position(|name| name == listed).unwrap();
            let listed = self.schema.get_object(listed).unwrap();
            let back = listed.fields.values().position(|field| field.ty.inner_named_type() == &object.name).unwrap();
            return FieldKind::List { of: EntityId(of as u16), inverse: FieldId(back as u8) };
        }
        if field.directives.has("computed") {
            let per_account = field.directives.has("perAccount");
            return FieldKind::Computed(WorkedOut { shape: self.shape(&field.ty), per_account });
        }
        FieldKind::Stored(self.shape(&field.ty))
    }

    fn shape(&self, ty: &Type) -> Shape {
        if ty.is_list() {
            let of = Box::new(self.shape(ty.item_type()));
            return Shape::List { of, elements_non_null: ty.item_type().is_non_null() };
        }
        let named = ty.inner_named_type().as_str();
        if let Some(at) = self.values.iter().position(|name| name == named) {
            return Shape::Object(ValueTypeId(at as u16));
        }
        match self.schema.types.get(named).unwrap() {
            ExtendedType::Enum(values) => {
                Shape::Enum(values.values.keys().map(|value| Arc::from(value.as_str())).collect())
            }
            _ => Shape::Scalar(match named {
                "Int" => Scalar::Int,
                "Boolean" => Scalar::Boolean,
                "Date" => Scalar::Date,
                "DateTime" => Scalar::DateTime,
                "Decimal" => Scalar::Decimal,
                _ => Scalar::String,
            }),
        }
    }
}

fn merged(merge: &ast::Directive) -> Merge {
    let list = |item: &Node<ast::Value>| {
        let member =
            |name: &str| item.as_object().unwrap().iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let text = |name: &str| member(name).map(|value| Arc::from(value.as_str().unwrap()));
        MergedList {
            list: text("list").unwrap(),
            at: text("at").unwrap(),
            filter: member("filter"),
            kind: text("kind"),
            due: text("due"),
        }
    };
    let lists = merge.specified_argument_by_name("lists").unwrap().as_list().unwrap().iter().map(list);
    let ascending = merge.specified_argument_by_name("order").is_some_and(|order| order.as_enum().unwrap() == "ASC");
    Merge { lists: lists.collect(), descending: !ascending }
}

fn permission(directive: Option<&Node<ast::Directive>>) -> Option<Arc<str>> {
    directive?.specified_argument_by_name("name")?.as_str().map(Arc::from)
}

fn catalog(graph: &Graph) -> Catalog {
    let source = |name: &str| SourceInfo { name: Arc::from(name), connector: Arc::new(connector(name)) };
    let entities = graph.entities.iter().map(|entity| {
        let all = |not: &[&str]| -> FieldSet {
            let stored = |field: &Field| {
                let kind = &field.kind;
                let read = matches!(
                    kind,
                    FieldKind::Stored(_) | FieldKind::Reference(_) | FieldKind::References(_) | FieldKind::Computed(_)
                );
                read && !not.contains(&&*field.name)
            };
            (0u8..).map(FieldId).zip(&entity.fields).filter(|(_, field)| stored(field)).map(|(id, _)| id).collect()
        };
        let owner = match &*entity.name {
            "Account" | "Contact" | "Notification" => CRM,
            "Ticket" | "Message" => DESK,
            _ => ERP,
        };
        let mut parts = vec![(owner, all(&[]))];
        if &*entity.name == "Account" {
            let theirs: FieldSet = ["creditLimit", "balance"].iter().filter_map(|name| entity.field_id(name)).collect();
            parts = vec![(CRM, all(&["creditLimit", "balance"])), (ERP, theirs)];
        }
        if &*entity.name == "Contact" {
            let theirs: FieldSet = entity.field_id("avatar").into_iter().collect();
            parts = vec![(CRM, all(&["avatar"])), (DESK, theirs)];
        }
        let writes = match &*entity.name {
            "Contact" => vec![Arc::from("update")],
            "Order" => vec![Arc::from("create"), Arc::from("cancel")],
            "Message" => vec![Arc::from("create")],
            _ => Vec::new(),
        };
        let mut owners = vec![Owner { source: owner, parts, lists: Vec::new(), writes }];
        if &*entity.name == "Order" {
            let field = |name: &str| entity.field_id(name).unwrap();
            let orders = [true, false].map(|descending| Order { field: field("dueOn"), descending }).to_vec();
            owners[0].lists =
                vec![OwnedList { list: ListOf::Parent(field("account")), usual: None, orders, search: None }];
        }
        // Those of the portal's lists that can be searched.
        let searched = match &*entity.name {
            "Ticket" => entity.field_id("account").map(ListOf::Parent),
            "Product" => Some(ListOf::All),
            _ => None,
        };
        if let Some(list) = searched {
            let search = Some(OwnedSearch { excerpt: entity.field_id("summary") });
            owners[0].lists = vec![OwnedList { list, usual: None, orders: Vec::new(), search }];
        }
        if &*entity.name == "Invoice" {
            let field = |name: &str| entity.field_id(name).unwrap();
            let order = |name, descending| Order { field: field(name), descending };
            let usual = Some(order("issuedOn", true));
            let orders = ["issuedOn", "total"].into_iter().flat_map(|name| [order(name, true), order(name, false)]);
            let orders: Vec<Order> = orders.collect();
            let list = OwnedList { list: ListOf::Parent(field("account")), usual, orders, search: None };
            let lists = || vec![list.clone()];
            owners = vec![
                Owner {
                    source: BILLING,
                    parts: vec![(BILLING, all(&[]))],
                    lists: lists(),
                    writes: vec![Arc::from("pay")],
                },
                Owner { source: ERP, parts: vec![(ERP, all(&["pdf"]))], lists: lists(), writes: Vec::new() },
            ];
        }
        EntitySources { owners }
    });
    Catalog { sources: ["crm", "erp", "desk", "billing"].map(source).into(), entities: entities.collect() }
}

fn connector(name: &str) -> Connector {
    Connector {
        docs: None,
        locales: Vec::new(),
        empty: Vec::new(),
        settings: crate::model::Wire::Null,
        name: Arc::from(format!("example-{name}")),
        title: Arc::from(name),
        protocol: ProtocolKind::Rest,
        base: Pattern { parts: Vec::new(), text: Arc::from("") },
        hosts: Vec::new(),
        auth: BTreeMap::new(),
        headers: Vec::new(),
        arrays: Arrays::Repeat,
        zone: Arc::from("UTC"),
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
