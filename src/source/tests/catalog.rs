//! Who owns what, who adds what, and what of the graph is covered.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fixture::{
    CONTACT, CRM, DESK, EMAIL, NAME, NUMBER, OF_ACCOUNT, ORDER, connector, contact, fields, graph, mapping, order,
    path, place, plain,
};
use crate::connector::{EntityMapping, Form, Mapping, ObjectMapping};
use crate::diagnostic::Report;
use crate::graph::{Entity, Field, FieldKind, Graph, Scalar, Shape, ValueType};
use crate::model::{EntityId, FieldId, ValueTypeId};
use crate::source::{Catalog, Choice, Choices, SourceInfo, coverage};

fn source(name: &str, entities: Vec<EntityMapping>) -> SourceInfo {
    SourceInfo { name: name.into(), connector: Arc::new(connector(entities)) }
}

fn choices(all: &[(&str, &str, Option<&[&str]>)]) -> Choices {
    let choice = |(entity, owner, contributors): &(&str, &str, Option<&[&str]>)| {
        let contributors = contributors.map(|names| names.iter().map(|name| Arc::from(*name)).collect());
        (Arc::from(*entity), Choice { owner: Arc::from(*owner), contributors, place: place() })
    };
    Choices { place: place(), entities: all.iter().map(choice).collect::<BTreeMap<_, _>>() }
}

fn codes(report: Report) -> Vec<&'static str> {
    report.sorted().into_iter().map(|problem| problem.code).collect()
}

fn two() -> Vec<SourceInfo> {
    let only_email = mapping(CONTACT, vec![None, plain("email"), None]);
    vec![source("crm", vec![only_email, order()]), source("desk", vec![contact()])]
}

#[test]
fn the_only_source_owns_and_several_have_to_be_told_apart() {
    let (catalog, report) = Catalog::build(&graph(), two(), &choices(&[]));
    assert_eq!(codes(report), ["C040"]);
    assert_eq!(catalog.of(ORDER).unwrap().owner, Some(CRM));
    assert_eq!(catalog.of(CONTACT).unwrap().owner, None);
}

#[test]
fn others_add_what_the_owner_does_not_map() {
    let (catalog, report) = Catalog::build(&graph(), two(), &choices(&[("Contact", "crm", None)]));
    assert!(report.is_empty());
    assert_eq!(catalog.of(CONTACT).unwrap().parts, [(CRM, fields(&[EMAIL])), (DESK, fields(&[NAME]))]);
    let (catalog, _) = Catalog::build(&graph(), two(), &choices(&[("Contact", "desk", None)]));
    assert_eq!(catalog.of(CONTACT).unwrap().parts, [(DESK, fields(&[EMAIL, NAME]))], "nothing is left to add");
    let (catalog, _) = Catalog::build(&graph(), two(), &choices(&[("Contact", "crm", Some(&[]))]));
    assert_eq!(catalog.of(CONTACT).unwrap().parts, [(CRM, fields(&[EMAIL]))], "nobody is to add");
}

#[test]
fn wrong_names_are_all_told_and_nobody_owns_by_accident() {
    let wrong = choices(&[("Order", "desk", None), ("Contact", "erp", Some(&["desk"])), ("Nothing", "crm", None)]);
    let (catalog, report) = Catalog::build(&graph(), two(), &wrong);
    assert_eq!(codes(report), ["C041", "C042", "C043"]);
    assert_eq!((catalog.of(ORDER).unwrap().owner, catalog.of(CONTACT).unwrap().owner), (None, None));
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
    let line = ObjectMapping { width: 2, fields: vec![(FieldId(0), plain("sku").unwrap())], when: None };
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
        let of = &covered.entities[&entity];
        of.fields.iter().map(|(path, source)| format!("{path} {source}")).collect::<Vec<_>>()
    };
    assert_eq!(told(CONTACT), ["email crm", "name desk"]);
    assert_eq!(told(ORDER), ["account crm", "lines crm", "lines.sku crm", "number crm", "status crm"]);
    assert!(!covered.entities.contains_key(&EntityId(0)), "nobody knows accounts");
    assert_eq!((&*covered.entities[&ORDER].owner, covered.entities[&ORDER].by_key), ("crm", false));
    assert!(covered.entities[&ORDER].lists.is_empty());
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
    let order = &covered.entities[&ORDER];
    assert!(order.by_key);
    assert_eq!(order.lists.keys().collect::<Vec<_>>(), ["account"]);
    let list = &order.lists["account"];
    assert_eq!((&list.filter[..], list.total), (&["number".to_owned(), "account".to_owned()][..], true));
    assert_eq!(list.sort, list.filter);
}
