//! Rows to records over a small graph: an account, an order that belongs to it, a contact.

mod fixture;
mod values;

use proptest::prelude::*;

use super::*;
use crate::connector::mapping::{Bound, Condition, Test};
use crate::connector::resolved::{EvidenceRule, LinkRule};
use crate::model::{EntityId, Evidence, LinkValue, Membership, Wire};
use fixture::{ACCOUNT, ORDER, World, condition, json, path};

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn member(account: &str, labels: &[&str]) -> Membership {
    Membership { account: key(account), labels: labels.iter().map(|label| Arc::from(*label)).collect() }
}

#[test]
fn paths_lead_through_rows_facets_and_parents() {
    let row = json(
        r#"{"a":{"b":"x"},"list":[{"id":1,"v":"one"},{"id":"2","v":"two","deep":[{"n":"p"},{"n":"q"}]},{"id":3,"v":null}],
            "dotted.name":"d","single":{"n":"s"}}"#,
    );
    let facets = [json(r#"[{"first":"Ada","to":[{"k":1},{"k":2}]},{"first":"Grace"}]"#), json(r#"{"first":"Alan"}"#)];
    let parent = Key::from_parts(["t1", "m2"]).unwrap();
    let single = key("c9");
    let view = RowView { row: &row, facets: &facets, parent: Some(&parent), etag: None };
    let cases = [
        ("a.b", r#""x""#),
        ("a.b.c", "null"),
        ("a.none", "null"),
        (".", "row"),
        ("list.0.v", r#""one""#),
        ("list.9.v", "null"),
        ("list[].v", r#"["one","two"]"#),
        ("list[].deep[].n", r#"["p","q"]"#),
        ("list.v", "null"),
        ("single[].n", r#"["s"]"#),
        ("none[].n", "[]"),
        ("list[id=2].v", r#""two""#),
        ("list[id=1].v", r#""one""#),
        ("list[id=7].v", "null"),
        ("facet0.first", r#""Ada""#),
        ("facet0.to[].k", "[1,2]"),
        ("facet0[].first", r#"["Ada","Grace"]"#),
        ("facet1.first", r#""Alan""#),
        ("facet1[].first", r#"["Alan"]"#),
        ("facet7.first", "null"),
        ("parent.0", r#""t1""#),
        ("parent.1", r#""m2""#),
        ("parent.5", "null"),
        ("parent.ticket", r#"["t1","m2"]"#),
    ];
    for (written, expected) in cases {
        let expected = if expected == "row" { row.clone() } else { json(expected) };
        assert_eq!(*lookup(&path(written), &view), expected, "{written}");
    }
    let view = RowView { parent: Some(&single), ..view };
    assert_eq!(*lookup(&path("parent.company"), &view), json(r#""c9""#));
    assert_eq!(*lookup(&path("header.etag"), &view), Wire::Null);
}

#[test]
fn conditions_hold_or_do_not() {
    let world = World::new();
    let row = json(
        r#"{"status":"open","n":5,"half":"10.5","flag":false,"none":null,"void":"","tags":["a","b"],"nothing":[],
            "past":"2026-02-28T10:00:00Z","today":"2026-03-01","soon":"2026-03-01T23:30:00Z","odata":"/Date(0)/",
            "object":{"is":"draft"},"mixed":[{"is":"draft"},"final"]}"#,
    );
    let of = |words: &[&str]| Test::In(words.iter().map(|word| Arc::from(*word)).collect());
    let not = |test: Test| Test::Not(Box::new(test));
    let at = |text: &str| Bound::At(Arc::from(text));
    let cases = [
        ("status", of(&["new", "open"]), true),
        ("status", of(&["closed"]), false),
        ("status", not(of(&["closed"])), true),
        ("status", Test::Starts(Arc::from("op")), true),
        ("n", of(&["5"]), true),
        ("flag", of(&["false"]), true),
        ("none", of(&["null"]), false),
        ("none", not(of(&["x"])), true),
        ("none", Test::Absent, true),
        ("void", Test::Absent, true),
        // This connector writes false for "nothing".
        ("flag", Test::Present, false),
        ("gone.deep", Test::Present, false),
        ("nothing", Test::Absent, true),
        ("tags", of(&["b"]), true),
        ("tags[]", not(of(&["b"])), false),
        ("tags", Test::Present, true),
        ("half", Test::Above(Arc::from("9")), true),
        ("half", Test::Below(Arc::from("10.50")), false),
        ("status", Test::Above(Arc::from("1")), false),
        ("past", Test::Before(Bound::Now), true),
        ("soon", Test::After(Bound::Now), true),
        ("today", Test::Before(Bound::Now), false),
        ("today", Test::Before(Bound::Today), false),
        ("today", Test::After(Bound::Today), false),
        // 23:30 UTC is the next day in the connector's zone.
        ("soon", Test::After(Bound::Today), true),
        ("past", Test::Before(at("2026-03-01")), true),
        ("past", Test::After(at("2026-02-28T09:59:59Z")), true),
        ("odata", Test::Before(Bound::Today), true),
        ("status", Test::Before(Bound::Now), false),
        ("none", Test::After(Bound::Now), false),
        ("n", Test::Before(Bound::Now), false),
        // What cannot be looked at is not shown for being something else, either.
        ("object", not(of(&["draft"])), false),
        ("object", of(&["draft"]), false),
        ("mixed", not(of(&["draft"])), false),
        ("mixed", of(&["final"]), true),
        ("status", not(Test::Above(Arc::from("0"))), false),
        ("void", not(Test::Above(Arc::from("0"))), true),
        ("none", not(Test::Above(Arc::from("0"))), true),
        ("status", not(Test::Before(Bound::Now)), false),
    ];
    let view = RowView { row: &row, facets: &[], parent: None, etag: None };
    for (written, test, expected) in cases {
        let name = format!("{written} {test:?}");
        let condition = Condition(vec![(path(written), test)]);
        assert_eq!(holds(&condition, &view, &world.basis()), expected, "{name}");
    }
    assert!(holds(&Condition(Vec::new()), &view, &world.basis()), "no test is no obstacle");
    let two = Condition(vec![(path("status"), of(&["open"])), (path("n"), of(&["6"]))]);
    assert!(!holds(&two, &view, &world.basis()), "every test has to pass");
}

#[test]
fn keys_versions_and_visibility_come_from_the_row() {
    let mut world = World::new();
    world.mapping.key.push(fixture::key_part("line"));
    world.mapping.version = Some(Version::Path(path("rev")));
    world.mapping.visible = Some(condition("public", "true"));
    world.mapping.gone = Some(condition("deleted", "true"));
    let record = world.map(r#"{"id":7,"line":"a","rev":3,"public":true}"#).unwrap().unwrap();
    assert_eq!(record.key, Key::from_parts(["7", "a"]).unwrap());
    assert_eq!(record.version.as_deref(), Some("3"));
    assert!(record.visible);
    assert_eq!(record.entity, ORDER);
    assert_eq!(record.values.len(), world.fields.without_links().iter().count());
    assert!(!world.map(r#"{"id":7,"line":"a"}"#).unwrap().unwrap().visible, "what is not said to be public is hidden");
    assert!(world.map(r#"{"id":7,"line":"a","deleted":"true"}"#).unwrap().is_none(), "a row that means not there");
    for row in
        [r#"{"id":7}"#, r#"{"id":"","line":"a"}"#, r#"{"id":false,"line":"a"}"#, r#"{"id":[1],"line":"a"}"#, "[]"]
    {
        let error = world.map(row).unwrap_err();
        assert_eq!(error.code(), Code::UpstreamRejected, "{row}");
        assert!(error.detail().contains("`id`, `line`"), "{error}");
    }
    world.mapping.version = Some(Version::ETag);
    let (row, input) = (json(r#"{"id":7,"line":"a"}"#), world.input());
    let view = RowView { row: &row, facets: &[], parent: None, etag: Some("W/\"1\"") };
    assert_eq!(map_record(&input, &view).unwrap().unwrap().version.as_deref(), Some("W/\"1\""));
}

#[test]
fn evidence_is_what_the_answer_proves() {
    let membership = |labels: Option<&str>| EvidenceRule::Membership {
        each: path("companies[].to[]"),
        account: path("id"),
        labels: labels.map(path),
    };
    let computed = |text: &str| EvidenceRule::Own(fixture::computed(text));
    let own = |text: &str| EvidenceRule::Own(fixture::from(text));
    let parent = EvidenceRule::Parent(FieldId(0), path("account"));
    let text_parent = EvidenceRule::Parent(FieldId(1), path("account"));
    let nobody = || Evidence::Accounts(Arc::from([]));
    let accounts = |members: &[Membership]| Evidence::Accounts(members.into());
    let two = r#"{"id":1,"companies":[{"to":[{"id":5,"l":["Portal user",null]},{"id":null}]},{"to":[{"id":"6"}]}]}"#;
    let cases = [
        (own("account"), r#"{"id":1,"account":"A1"}"#, accounts(&[member("A1", &[])])),
        (own("account"), r#"{"id":1,"account":["A1",2,"A1",""]}"#, accounts(&[member("A1", &[]), member("2", &[])])),
        (own("account"), r#"{"id":1}"#, nobody()),
        (own("account"), r#"{"id":1,"account":""}"#, nobody()),
        (own("account"), r#"{"id":1,"account":false}"#, nobody()),
        (own("account"), r#"{"id":1,"account":{"id":"A1"}}"#, nobody()),
        (computed("unpad(row.account)"), r#"{"id":1,"account":"0000100042"}"#, accounts(&[member("100042", &[])])),
        (computed("unpad(row.account)"), r#"{"id":1}"#, nobody()),
        (computed("unpad(row.account)"), r#"{"id":1,"account":[]}"#, nobody()),
        (
            computed("row.cs.map(c, text(c.id))"),
            r#"{"id":1,"cs":[{"id":5},{"id":6}]}"#,
            accounts(&[member("5", &[]), member("6", &[])]),
        ),
        (membership(Some("l")), two, accounts(&[member("5", &["Portal user"]), member("6", &[])])),
        (membership(None), r#"{"id":1}"#, nobody()),
        (parent.clone(), r#"{"id":1,"account":9}"#, Evidence::Parent(ACCOUNT, key("9"))),
        (parent, r#"{"id":1}"#, nobody()),
        (text_parent, r#"{"id":1,"account":9}"#, nobody()),
        (EvidenceRule::Itself, r#"{"id":1}"#, accounts(&[member("1", &[])])),
        (EvidenceRule::Viewer(path("for")), r#"{"id":1,"for":"c7"}"#, Evidence::Viewer(key("c7"))),
        (EvidenceRule::Viewer(path("for")), r#"{"id":1,"for":""}"#, nobody()),
        (EvidenceRule::Tenant, r#"{"id":1}"#, Evidence::Tenant),
    ];
    let mut world = World::new();
    for (rule, row, expected) in cases {
        let name = format!("{rule:?} of {row}");
        world.mapping.evidence = rule;
        assert_eq!(world.map(row).unwrap().unwrap().evidence, expected, "{name}");
    }
}

#[test]
fn links_come_only_when_they_are_wanted() {
    let mut world = World::new();
    let links = [
        ("erp", LinkRule::Held(fixture::computed("split(row.numbers, ',').map(n, unpad(n))"))),
        ("shop", LinkRule::Held(fixture::from("shop"))),
        ("desk", LinkRule::Find { find: Arc::from("number"), value: fixture::from("id") }),
        ("mail", LinkRule::Find { find: Arc::from("email"), value: fixture::from("mail") }),
    ];
    world.mapping.links = links.into_iter().map(|(name, rule)| (Arc::from(name), rule)).collect();
    let row = r#"{"id":1,"numbers":"0010,0020"}"#;
    assert!(world.map(row).unwrap().unwrap().links.is_empty());
    world.fields.insert(FieldId::LINKS);
    let record = world.map(row).unwrap().unwrap();
    let expected = [
        ("desk", LinkValue::Find(Arc::from("number"), Some(key("1")))),
        ("erp", LinkValue::Keys(Arc::from([key("10"), key("20")]))),
        ("mail", LinkValue::Find(Arc::from("email"), None)),
        ("shop", LinkValue::Keys(Arc::from([]))),
    ];
    assert_eq!(*record.links, expected.map(|(name, value)| (Arc::from(name), value)));
    let error = world.map(r#"{"id":1,"numbers":["10"]}"#).unwrap_err();
    assert!(error.detail().contains("split(row.numbers"), "a link that cannot be worked out is not an empty one");
}

fn any_wire() -> impl Strategy<Value = Wire> {
    let words = prop::sample::select(vec![
        "",
        "EUR",
        "eur",
        "12.50",
        "-3",
        "1e999",
        "2026-03-01",
        "2026-03-01T10:00:00Z",
        "/Date(1)/",
        "open",
        "<b>x",
        "é",
        "99999999999999999999999999999999999999",
        "true",
        "https://x.example",
        "de-AT",
    ]);
    let leaf = prop_oneof![
        Just(Wire::Null),
        any::<bool>().prop_map(Wire::Bool),
        words.prop_map(|word| Wire::Text(word.into())),
        "\\PC{0,8}".prop_map(|text| Wire::Text(text.into())),
        "-?[0-9]{1,25}(\\.[0-9]{1,5})?(e-?[0-9]{1,3})?".prop_map(|text| Wire::Number(text.into())),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let name = prop::sample::select(fixture::NAMES.to_vec());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Wire::List),
            prop::collection::vec((name.prop_map(Arc::from), inner), 0..6).prop_map(Wire::Object),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_system_answers_is_a_record_or_an_error(
        values in prop::collection::vec(any_wire(), fixture::NAMES.len()),
        facets in prop::collection::vec(any_wire(), 0..3),
    ) {
        let mut world = World::with_everything();
        world.fields.insert(FieldId::LINKS);
        let members = fixture::NAMES.iter().map(|name| Arc::from(*name)).zip(values).collect();
        let row = Wire::Object(members);
        let view = RowView { row: &row, facets: &facets, parent: None, etag: None };
        if let Ok(Some(record)) = map_record(&world.input(), &view) {
            prop_assert_eq!(record.values.len(), world.fields.without_links().iter().count());
            prop_assert_eq!(record.loaded, world.fields);
        }
    }

    #[test]
    fn anything_at_all_can_stand_where_a_row_should(row in any_wire()) {
        let world = World::with_everything();
        let view = RowView { row: &row, facets: &[], parent: None, etag: None };
        let _ = map_record(&world.input(), &view);
    }
}

#[test]
fn nothing_belongs_to_an_entity_the_graph_does_not_have() {
    let mut world = World::new();
    world.mapping.entity = EntityId(99);
    assert!(world.map(r#"{"id":1}"#).unwrap().is_some());
    world.mapping.evidence = EvidenceRule::Parent(FieldId(0), path("account"));
    assert_eq!(world.map(r#"{"id":1,"account":2}"#).unwrap().unwrap().evidence, Evidence::Accounts(Arc::from([])));
}
