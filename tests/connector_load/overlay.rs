//! What a tenant's overlay does to a connector.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vestibule::connector::load::{LoadInput, SourceFile, load};
use vestibule::connector::{Connector, EntityMapping, LinkRule, Mapping, Origin, Test, ValueMapping};
use vestibule::model::Value;

use super::{files, folder, graph, shown};

/// The complete desk with an overlay for its tickets.
fn with(overlay: &str) -> (Option<Connector>, String) {
    let name: Arc<str> = Arc::from("entities/Ticket.yaml");
    let overlay = [SourceFile { shown: Arc::clone(&name), name, text: Arc::from(overlay) }];
    let source =
        graph::Source::read("setting subdomain=acme\nsecret email\nsecret token\nauth token\nsource erp\nsource crm");
    let (connector, report) = load(LoadInput {
        name: "desk",
        files: &files(&folder("connectors/desk")),
        overlay: &overlay,
        graph: &graph::graph(),
        settings: &source.settings,
        secrets: &source.secrets,
        auth: source.auth.as_deref(),
        sources: &source.sources,
    });
    (connector, shown(report))
}

fn ticket(overlay: &str) -> EntityMapping {
    let (connector, report) = with(overlay);
    assert_eq!(report, "");
    let id = graph::graph().entity_id("Ticket").expect("an entity");
    connector.expect("a connector").entities.remove(&id).expect("a mapping")
}

fn value<'a>(entity: &'a EntityMapping, name: &str) -> &'a ValueMapping {
    let graph = graph::graph();
    let field = graph.entity(entity.entity).and_then(|known| known.field_id(name)).expect("a field");
    match &entity.fields[usize::from(field.0)] {
        Some(Mapping::One(value)) => value,
        other => panic!("{name} is {other:?}"),
    }
}

fn words(value: &ValueMapping) -> Vec<String> {
    value.map.iter().map(|(theirs, ours)| format!("{theirs}={}", ours.as_text().unwrap_or("?"))).collect()
}

#[test]
fn a_map_is_merged_key_by_key() {
    let entity = ticket("fields: { status: { map: { new: OPEN, waiting: OTHER, solved: null } } }");
    assert_eq!(words(value(&entity, "status")), ["new=OPEN", "open=OPEN", "waiting=OTHER"]);
    assert_eq!(value(&entity, "status").cases.len(), 1, "the rest stays");
}

#[test]
fn rows_of_first_match_lists_come_first() {
    let entity = ticket("fields: { status: { cases: [{ when: { spam: true }, is: OTHER }] } }");
    let cases = &value(&entity, "status").cases;
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[0].1.as_text(), Some("OTHER"));
    let entity = ticket("get: [{ GET: /live, query: { id: = key }, rows: tickets, many: one }]");
    let paths: Vec<&str> = entity.get.iter().map(|way| &*way.request.path.text).collect();
    assert_eq!(paths, ["/live", "/tickets/show_many"]);
    let entity = ticket("lists: { requester: [{ GET: \"/by/{parent}\", rows: tickets, many: one }] }");
    let by = entity.lists.iter().find(|list| list.ways.iter().any(|way| &*way.request.path.text == "/by/{parent}"));
    assert_eq!(by.map(|list| list.ways.len()), Some(2));
}

#[test]
fn a_path_is_short_for_from_and_keeps_what_stands_beside_it() {
    let entity =
        ticket("fields: { urgent: prio, number: { from: \"custom_fields[id=360].value\", name: custom_360 } }");
    assert_eq!(&*value(&entity, "urgent").text, "prio");
    assert!(matches!(value(&entity, "urgent").otherwise, Some(Value::Bool(false))), "the rest stays");
    assert_eq!(value(&entity, "number").push.as_deref(), Some("custom_360"));
}

#[test]
fn null_removes_a_field_and_is_a_test_inside_a_condition() {
    let entity = ticket("fields: { tags: null }\nvisible: { internal: false, deleted_at: null }");
    let graph = graph::graph();
    let tags = graph.entity(entity.entity).and_then(|known| known.field_id("tags")).expect("a field");
    assert!(entity.fields[usize::from(tags.0)].is_none());
    let tests = entity.visible.expect("a condition").0;
    assert_eq!(tests[1].1, Test::Absent);
    assert!(entity.base_needs.columns.contains(&Arc::from("internal")), "what is checked is read");
}

#[test]
fn a_removed_field_is_no_longer_filtered_by() {
    let (connector, report) = with("fields: { subject: null }");
    assert!(connector.is_some() && report.contains("warning[M052]"), "{report}");
}

#[test]
fn links_say_how_a_record_is_known_elsewhere() {
    let entity = ticket("links: { erp: erp_key, crm: { find: number, value: \"= lower(row.mail)\" } }");
    assert!(matches!(&entity.links["erp"], LinkRule::Held(Origin::Path(path)) if &*path.text == "erp_key"));
    assert!(matches!(&entity.links["crm"], LinkRule::Find { find, value: Origin::Computed(_) } if &**find == "number"));
    assert_eq!(entity.link_needs.columns, [Arc::from("erp_key"), Arc::from("mail")]);
}

#[test]
fn evidence_can_be_changed_but_not_taken_away() {
    let (connector, report) = with("evidence: null");
    assert!(connector.is_none() && report.contains("[M014]"), "{report}");
    let (connector, report) = with("visible: null");
    assert!(connector.is_none() && report.contains("[M015]"), "{report}");
    let (connector, report) = with("evidence: tenant");
    assert!(connector.is_none() && report.contains("[M018]"), "{report}");
}

#[test]
fn a_problem_is_told_with_the_place_in_the_overlay() {
    let (_, report) = with("fields:\n  status: { map: { spam: SPAM } }");
    assert!(report.starts_with("entities/Ticket.yaml:2:26: error[M031]"), "{report}");
}

#[test]
fn a_missing_connector_is_a_diagnostic() {
    let (connector, report) = load(LoadInput {
        name: "nothing",
        files: &[],
        overlay: &[],
        graph: &graph::graph(),
        settings: &BTreeMap::new(),
        secrets: &BTreeSet::new(),
        auth: None,
        sources: &BTreeSet::new(),
    });
    assert!(connector.is_none());
    assert_eq!(
        shown(report).lines().next(),
        Some("nothing/connector.yaml:1:1: error[M003]: there is no connector.yaml")
    );
}

mod hostile {
    use proptest::prelude::*;

    use super::with;

    const PIECES: &[&str] = &[
        "fields:", "key: ", "{ ", " }", "[", "]", "\n", "\n  ", "- ", ": ", "&a ", "*a", "!t ", "<<: ", "null", "''",
        "\"", "= row.", "each: ", "from: ", "map: ", "status", "get", "lists", "account", "facets", "evidence",
        "visible", "{key}", "%", "é", "\t", "|",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn no_file_makes_loading_panic(picks in prop::collection::vec(0..PIECES.len(), 0..40)) {
            let text: String = picks.iter().map(|at| PIECES[*at]).collect();
            let _ = with(&text);
        }
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let (connector, report) = with(&"[".repeat(100_000));
        assert!(connector.is_none() && report.contains("[M003]"), "{report}");
        let (connector, report) = with(&"a: b\n".repeat(100_000));
        assert!(connector.is_none() && report.contains("more than 262144 bytes"));
    }
}
