//! Two connectors that use nearly every key of the format: they load without a word, and mean what they say.

use std::collections::BTreeMap;

use vestibule::connector::{Connector, EntityMapping, FacetWay, Mapping, Needs, Read, ValueMapping, Vary};
use vestibule::model::FieldId;

use super::{folder, graph, loaded, shown};

pub fn connector(name: &str) -> Connector {
    let (connector, report) = loaded(&folder("connectors").join(name));
    assert!(report.is_empty(), "{}", shown(report));
    connector.expect("a connector without errors")
}

fn entity<'a>(connector: &'a Connector, name: &str) -> &'a EntityMapping {
    let id = graph::graph().entity_id(name).expect("an entity");
    connector.entities.get(&id).expect("a mapping")
}

fn field(entity: &EntityMapping, name: &str) -> FieldId {
    let graph = graph::graph();
    graph.entity(entity.entity).and_then(|known| known.field_id(name)).expect("a field")
}

fn value<'a>(entity: &'a EntityMapping, name: &str) -> &'a ValueMapping {
    match &entity.fields[usize::from(field(entity, name).0)] {
        Some(Mapping::One(value)) => value,
        other => panic!("{name} is {other:?}"),
    }
}

fn needs<'a>(entity: &'a EntityMapping, name: &str) -> &'a Needs {
    &entity.needs[usize::from(field(entity, name).0)]
}

fn reads(ways: &[Read]) -> String {
    let one = |read: &Read| {
        let many = read.many.map_or("one".to_owned(), |many| many.to_string());
        format!(
            "{:?} {} rows {} many {many} page {:?} varies {:?}",
            read.request.method, read.request.path.text, read.rows.text, read.page.style, read.varies
        )
    };
    ways.iter().map(one).collect::<Vec<_>>().join("\n    ")
}

fn summary(connector: &Connector) -> String {
    let graph = graph::graph();
    let mut text = format!("{} ({:?}) at {:?}\n", connector.title, connector.protocol, connector.base.parts);
    for (id, entity) in &connector.entities {
        let known = graph.entity(*id).expect("an entity");
        text += &format!("{}: key {:?}, evidence {:?}\n", known.name, key(entity), short(&entity.evidence));
        text += &format!("  every read: {}\n", need(entity, &entity.base_needs));
        for (field, (mapping, needs)) in known.fields.iter().zip(entity.fields.iter().zip(&entity.needs)) {
            let push = match mapping {
                None => continue,
                Some(Mapping::One(value)) => value.push.as_deref().unwrap_or("-"),
                Some(_) => "-",
            };
            text += &format!("  {}: {}, pushed as {push}\n", field.name, need(entity, needs));
        }
        if !entity.get.is_empty() {
            text += &format!("  get {}\n", reads(&entity.get));
        }
        for list in &entity.lists {
            let name = list.parent.and_then(|parent| known.field(parent)).map_or("all", |field| &field.name);
            text += &format!("  list {name}: {}\n", reads(&list.ways));
        }
        for (name, find) in &entity.find {
            text += &format!("  find {name} at {}: {}\n", find.path.text, reads(find.read.as_slice()));
        }
        text += &format!("  varies {:?}\n", entity.varies);
    }
    text
}

fn key(entity: &EntityMapping) -> Vec<String> {
    entity.key.iter().map(|part| format!("{} {:?}", part.from.text, part.wire)).collect()
}

fn short(rule: &vestibule::connector::EvidenceRule) -> String {
    format!("{rule:?}").split(['(', ' ']).next().unwrap_or_default().to_owned()
}

fn need(entity: &EntityMapping, needs: &Needs) -> String {
    let facets: BTreeMap<&str, _> =
        needs.facets.iter().map(|(at, columns)| (&*entity.facets[*at].name, columns)).collect();
    format!("{:?} {facets:?} {:?}", needs.columns, needs.varies)
}

#[test]
fn a_rest_connector_loads_clean() {
    insta::assert_snapshot!(summary(&connector("desk")));
}

#[test]
fn an_odata_connector_loads_clean() {
    insta::assert_snapshot!(summary(&connector("ledger")));
}

#[test]
fn what_is_pushed_is_one_plain_column() {
    let desk = connector("desk");
    let ticket = entity(&desk, "Ticket");
    assert_eq!(value(ticket, "subject").push.as_deref(), Some("subject"));
    assert_eq!(value(ticket, "createdAt").push.as_deref(), Some("created"), "its name");
    assert_eq!(value(ticket, "status").push.as_deref(), Some("status"), "engines see its cases");
    assert_eq!(value(ticket, "updatedAt").push, None, "a facet");
    let account = entity(&desk, "Account");
    assert_eq!(value(account, "name").push, None, "fallbacks");
    assert_eq!(value(account, "phone").push, None, "push: false");
    assert_eq!(value(entity(&desk, "Contact"), "account").push, None, "CEL");
}

#[test]
fn a_field_needs_its_facet_and_what_joins_it() {
    let desk = connector("desk");
    let account = entity(&desk, "Account");
    let team = needs(account, "team");
    assert_eq!(team.columns, [std::sync::Arc::from("owner_id")]);
    let owner: Vec<&str> = team.facets[&0].iter().map(|column| &**column).collect();
    assert_eq!(owner, ["first", "id", "last"], "and the column it is joined by");
    let ledger = connector("ledger");
    let order = entity(&ledger, "Order");
    let address = needs(order, "shippingAddress");
    let facets: Vec<&str> = address.facets.keys().map(|at| &*order.facets[*at].name).collect();
    assert_eq!(facets, ["partners", "shipTo"], "the address hangs on the partner");
    assert!(address.columns.is_empty());
}

#[test]
fn what_hangs_on_the_caller_says_so() {
    let ledger = connector("ledger");
    let product = entity(&ledger, "Product");
    assert_eq!(needs(product, "price").varies, [Vary::Account, Vary::Arguments]);
    assert!(needs(product, "name").varies.is_empty());
    assert_eq!(product.varies, [Vary::Account, Vary::Arguments]);
    let desk = connector("desk");
    let article = entity(&desk, "Article");
    assert_eq!(article.base_needs.varies, [Vary::Locale], "localized, and read by locale");
    assert!(entity(&desk, "Ticket").varies.is_empty());
}

#[test]
fn a_setting_is_filled_in_and_a_secret_is_not() {
    let desk = connector("desk");
    assert_eq!(format!("{:?}", desk.base.parts), "[Text(\"https://acme.desk.example.com/api\")]");
    let auth = format!("{:?}", desk.auth["token"]);
    assert!(auth.contains("Slot(\"email\")") && auth.contains("Slot(\"token\")"), "{auth}");
    assert_eq!(desk.settings.get("brand").as_text().as_deref(), Some("7"));
    let ledger = connector("ledger");
    let partners = &entity(&ledger, "Order").facets[2];
    assert!(format!("{:?}", partners.only).contains("In([\"WE\"])"));
    assert!(matches!(partners.way, FacetWay::Expand(_)));
}
