//! Who owns what, who adds what, and what of the graph is covered.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fixture::{
    CONTACT, CRM, DESK, EMAIL, NAME, NUMBER, OF_ACCOUNT, ORDER, STATUS, connector, contact, fields, graph, mapping,
    order, path, place, plain,
};
use crate::connector::{EntityMapping, Form, Mapping, ObjectMapping};
use crate::diagnostic::Report;
use crate::graph::{Entity, Field, FieldKind, Graph, Scalar, Shape, ValueType};
use crate::model::{EntityId, FieldId, FieldSet, SourceId, ValueTypeId};
use crate::source::{Catalog, Choice, Choices, SourceInfo, coverage};

fn source(name: &str, entities: Vec<EntityMapping>) -> SourceInfo {
    SourceInfo { name: name.into(), connector: Arc::new(connector(entities)) }
}

/// Entities with their owners (one, or several parted by blanks) and contributors.
fn choices(all: &[(&str, &str, Option<&[&str]>)]) -> Choices {
    let choice = |(entity, owners, contributors): &(&str, &str, Option<&[&str]>)| {
        let contributors = contributors.map(|names| names.iter().map(|name| Arc::from(*name)).collect());
        (
            Arc::from(*entity),
            Choice { owners: owners.split(' ').map(Arc::from).collect(), contributors, place: place() },
        )
    };
    Choices { place: place(), entities: all.iter().map(choice).collect::<BTreeMap<_, _>>() }
}

fn codes(report: Report) -> Vec<&'static str> {
    report.sorted().into_iter().map(|problem| problem.code).collect()
}

/// The owners of an entity, each with who tells what of its records.
fn parts(catalog: &Catalog, entity: EntityId) -> Vec<(SourceId, Vec<(SourceId, FieldSet)>)> {
    catalog.owners(entity).iter().map(|owner| (owner.source, owner.parts.clone())).collect()
}

fn two() -> Vec<SourceInfo> {
    let only_email = mapping(CONTACT, vec![None, plain("email"), None]);
    vec![source("crm", vec![only_email, order()]), source("desk", vec![contact()])]
}

#[test]
fn the_only_source_owns_and_several_have_to_be_told_apart() {
    let (catalog, report) = Catalog::build(&graph(), two(), &choices(&[]));
    assert_eq!(codes(report), ["C040"]);
    assert!(catalog.of(ORDER).unwrap().owns(CRM));
    assert!(catalog.owners(CONTACT).is_empty());
}

#[test]
fn others_add_what_the_owner_does_not_map() {
    let (catalog, report) = Catalog::build(&graph(), two(), &choices(&[("Contact", "crm", None)]));
    assert!(report.is_empty());
    assert_eq!(parts(&catalog, CONTACT), [(CRM, vec![(CRM, fields(&[EMAIL])), (DESK, fields(&[NAME]))])]);
    let (catalog, _) = Catalog::build(&graph(), two(), &choices(&[("Contact", "desk", None)]));
    assert_eq!(parts(&catalog, CONTACT), [(DESK, vec![(DESK, fields(&[EMAIL, NAME]))])], "nothing is left to add");
    let (catalog, _) = Catalog::build(&graph(), two(), &choices(&[("Contact", "crm", Some(&[]))]));
    assert_eq!(parts(&catalog, CONTACT), [(CRM, vec![(CRM, fields(&[EMAIL]))])], "nobody is to add");
}

#[test]
fn records_of_an_entity_may_live_in_several_sources() {
    let three = || {
        let order_of = |name: &'static str| source(name, vec![order()]);
        vec![order_of("billing"), order_of("erp"), source("desk", vec![mapping(ORDER, vec![None, plain("number")])])]
    };
    let (billing, erp, desk) = (SourceId(0), SourceId(1), SourceId(2));
    let (catalog, report) = Catalog::build(&graph(), three(), &choices(&[("Order", "erp billing", None)]));
    assert!(report.is_empty());
    let all = fields(&[NUMBER, STATUS, OF_ACCOUNT]);
    // Neither owner adds to the other's records, and a contributor has nothing left to add to either.
    assert_eq!(parts(&catalog, ORDER), [(erp, vec![(erp, all)]), (billing, vec![(billing, all)])]);
    assert!(catalog.of(ORDER).unwrap().owns(billing) && !catalog.of(ORDER).unwrap().owns(desk));
    let covered = coverage(&graph(), &catalog);
    let owners: Vec<_> = covered.entities[&ORDER].iter().map(|covered| &*covered.owner).collect();
    assert_eq!(owners, ["erp", "billing"]);
    let (_, report) = Catalog::build(&graph(), three(), &choices(&[("Order", "erp erp", None)]));
    assert_eq!(codes(report), ["C044"]);
}

#[test]
fn accounts_and_people_have_one_owner() {
    let sources = vec![source("crm", vec![contact()]), source("desk", vec![contact()])];
    let (_, report) = Catalog::build(&graph(), sources, &choices(&[("Contact", "crm desk", None)]));
    assert_eq!(codes(report), ["C045"]);
}

#[test]
fn wrong_names_are_all_told_and_nobody_owns_by_accident() {
    let wrong = choices(&[("Order", "desk", None), ("Contact", "erp", Some(&["desk"])), ("Nothing", "crm", None)]);
    let (catalog, report) = Catalog::build(&graph(), two(), &wrong);
    assert_eq!(codes(report), ["C041", "C042", "C043"]);
    assert!(catalog.owners(ORDER).is_empty() && catalog.owners(CONTACT).is_empty());
    let (_, report) = Catalog::build(&graph(), two(), &choices(&[("Contact", "crm", Some(&["desk", "desk"]))]));
    assert_eq!(codes(report), ["C044"]);
}

/// `Order` with lines (a list of value objects) beside its usual fields.
fn with_lines() -> (Graph, EntityMapping) {
    let mut graph = graph();
    let field = |name: &str, shape| Field {
        name: name.into(),
        kind: FieldKind::Stored(shape),
        non_null: false,
        permission: None,
        place: place(),
    };
    let text = || Shape::Scalar(Scalar::String);
    let lines = Shape::List { of: Box::new(Shape::Object(ValueTypeId(0))), elements_non_null: true };
    let Entity { fields, .. } = &mut graph.entities[usize::from(ORDER.0)];
    fields.push(field("lines", lines));
    let values = vec![field("sku", text()), field("text", text())];
    graph.values.push(ValueType { name: "OrderLine".into(), builtin: None, fields: values });
    let mut of = order();
    let line = ObjectMapping { width: 2, fields: vec![(FieldId(0), plain("sku").unwrap())], when: None, file: None };
    of.fields.push(Some(Mapping::Each { from: path("lines"), only: None, fields: line, more: None }));
    (graph, of)
}

#[test]
fn coverage_tells_fields_with_their_source_and_what_is_inside_them() {
    let (graph, order) = with_lines();
    let email = mapping(CONTACT, vec![None, plain("email"), None]);
    let sources = vec![source("crm", vec![email, order]), source("desk", vec![contact()])];
    let (catalog, _) = Catalog::build(&graph, sources, &choices(&[("Contact", "crm", None)]));
    let covered = coverage(&graph, &catalog);
    let told = |entity: EntityId| {
        let of = &covered.entities[&entity][0];
        of.fields.iter().map(|(path, source)| format!("{path} {source}")).collect::<Vec<_>>()
    };
    assert_eq!(told(CONTACT), ["email crm", "name desk"]);
    assert_eq!(told(ORDER), ["account crm", "lines crm", "lines.sku crm", "number crm", "status crm"]);
    assert!(!covered.entities.contains_key(&EntityId(0)), "nobody knows accounts");
    let of = &covered.entities[&ORDER][0];
    assert_eq!((&*of.owner, of.by_key), ("crm", false));
    assert!(of.lists.is_empty());
}

#[test]
fn in_the_query_family_columns_make_lists_filters_and_orders() {
    let mut of = order();
    of.set = Some("Orders".into());
    for (field, form) in [(NUMBER, None), (OF_ACCOUNT, Some(Form::Reference(EntityId(0), None)))] {
        let Some(Some(Mapping::One(value))) = of.fields.get_mut(usize::from(field.0)) else { panic!("not mapped") };
        value.push = Some("Column".into());
        value.form = form.unwrap_or(value.form.clone());
    }
    let (catalog, _) = Catalog::build(&graph(), vec![source("erp", vec![of])], &choices(&[]));
    let covered = coverage(&graph(), &catalog);
    let order = &covered.entities[&ORDER][0];
    assert!(order.by_key);
    assert_eq!(order.lists.keys().collect::<Vec<_>>(), ["account"]);
    let list = &order.lists["account"];
    assert_eq!((&list.filter[..], list.total), (&["number".to_owned(), "account".to_owned()][..], true));
    assert_eq!(list.sort, list.filter);
}
