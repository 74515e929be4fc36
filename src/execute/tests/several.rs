//! Lists of different entities shown as one: a timeline and what waits for somebody.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::portal::{Portal, Row, of_account, row, text};
use crate::model::{SourceId, Value};
use crate::plan::fixture::{BILLING, DESK, ERP};

const QUERY: &str = "query($first: Int!, $after: String, $types: [RecordType!]) { viewer { account {
    timeline(first: $first, after: $after, types: $types) {
      incomplete { source types code } edges { cursor node { at type title } }
      pageInfo { hasNextPage hasPreviousPage endCursor } } } } }";

async fn answer(portal: &Portal, variables: Json) -> Json {
    serde_json::from_slice(&portal.run(QUERY, variables).await.body).unwrap()
}

async fn page(portal: &Portal, variables: Json) -> Json {
    let answer = answer(portal, variables).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["viewer"]["account"]["timeline"].clone()
}

fn titles(page: &Json) -> Vec<&str> {
    page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["title"].as_str().unwrap()).collect()
}

fn end(page: &Json) -> Json {
    page["pageInfo"]["endCursor"].clone()
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// A record of an account, with its heading and its date.
fn record(portal: &Portal, of: (SourceId, &str), key: &str, date: Option<&str>) -> Row {
    let (source, entity) = of;
    let (title, at, account) = match entity {
        "Order" => ("number", "dueOn", "d1"),
        "Ticket" => ("subject", "updatedAt", "o1"),
        _ if source == BILLING => ("number", "issuedOn", "b1"),
        _ => ("number", "issuedOn", "d1"),
    };
    let key = leaked(key.to_owned());
    let fields = vec![
        ("account", portal.reference(source, "Account", account)),
        (title, text(key)),
        (at, date.map_or(Value::Null, text)),
    ];
    row(key, of_account(account), fields)
}

fn fill(portal: &Portal, of: (SourceId, &str), rows: &[(&str, Option<&str>)]) {
    let rows = rows.iter().map(|(key, date)| record(portal, of, key, *date)).collect();
    portal.table(of.0, of.1, rows);
}

const ORDERS: (SourceId, &str) = (ERP, "Order");
const TICKETS: (SourceId, &str) = (DESK, "Ticket");
const INVOICES: (SourceId, &str) = (BILLING, "Invoice");
const OLD_INVOICES: (SourceId, &str) = (ERP, "Invoice");

/// A portal with a few records of each list; of tickets, the desk gives them in any order.
fn portal() -> Portal {
    let portal = Portal::new();
    portal.tables.rows.lock().unwrap().retain(|(_, entity), _| *entity == portal.entity("Account"));
    fill(&portal, ORDERS, &[("o4", Some("2026-04-01")), ("o2", Some("2026-02-01")), ("o0", None)]);
    fill(
        &portal,
        TICKETS,
        &[
            ("t0", None),
            ("t1", Some("2026-01-15T10:00:00Z")),
            ("t4", Some("2026-04-01T00:00:00Z")),
            ("t3", Some("2026-03-15T10:00:00Z")),
        ],
    );
    fill(&portal, INVOICES, &[("i4", Some("2026-04-01")), ("i1", Some("2026-01-01"))]);
    fill(&portal, OLD_INVOICES, &[("x3", Some("2026-03-01"))]);
    portal
}

const ALL: [&str; 10] = ["o4", "t4", "i4", "t3", "x3", "o2", "t1", "i1", "o0", "t0"];

#[tokio::test]
async fn lists_of_several_entities_and_owners_are_one_list_newest_first() {
    let portal = portal();
    let all = page(&portal, json!({ "first": 20 })).await;
    assert_eq!(titles(&all), ALL, "of equal moments the list that is named first, what has no date at the end");
    assert_eq!((&all["incomplete"], &all["pageInfo"]["hasNextPage"]), (&json!([]), &json!(false)));
    assert_eq!(all["edges"][0]["node"], json!({ "at": "2026-04-01T00:00:00Z", "type": "ORDER", "title": "o4" }));
    assert_eq!(all["edges"][9]["node"], json!({ "at": null, "type": "TICKET", "title": "t0" }));
    let mut log = portal.log();
    log.sort();
    assert_eq!(
        log,
        [
            "list billing Invoice [b1] (number,issuedOn) 20 desc",
            "list desk Ticket [o1] (subject,updatedAt) 300 whole",
            "list erp Invoice [d1+d2] (number,issuedOn) 20 desc",
            "list erp Order [d1+d2] (number,dueOn) 20 desc",
        ],
        "one read of each, in order where the system can, and no field more than is shown"
    );
}

#[tokio::test]
async fn a_merged_list_goes_on_behind_every_one_of_its_cursors() {
    let portal = portal();
    let all = page(&portal, json!({ "first": 20 })).await;
    for (at, edge) in all["edges"].as_array().unwrap().iter().enumerate() {
        let rest = page(&portal, json!({ "first": 20, "after": edge["cursor"] })).await;
        assert_eq!(titles(&rest), ALL[at + 1..], "behind {at}");
        assert_eq!(rest["pageInfo"]["hasPreviousPage"], true);
    }
}

#[tokio::test]
async fn what_is_new_since_the_last_page_moves_nothing_of_a_list_that_is_ordered_here() {
    let portal = portal();
    let first = page(&portal, json!({ "first": 4 })).await;
    assert_eq!(titles(&first), ALL[..4]);
    fill(
        &portal,
        TICKETS,
        &[
            ("t9", Some("2026-05-01T10:00:00Z")),
            ("t1", Some("2026-01-15T10:00:00Z")),
            ("t2", Some("2026-01-20T10:00:00Z")),
        ],
    );
    let rest = page(&portal, json!({ "first": 20, "after": end(&first) })).await;
    assert_eq!(titles(&rest), ["x3", "o2", "t2", "t1", "i1", "o0"]);
}

#[tokio::test]
async fn only_the_kinds_that_are_asked_for_are_read() {
    let portal = portal();
    let some = page(&portal, json!({ "first": 9, "types": ["INVOICE"] })).await;
    assert_eq!(titles(&some), ["i4", "x3", "i1"]);
    assert!(portal.log().iter().all(|line| line.contains(" Invoice ")));
    for none in [json!([]), json!(["MESSAGE", "PRODUCT"])] {
        let page = page(&portal, json!({ "first": 9, "types": none })).await;
        assert_eq!((titles(&page), &page["pageInfo"]["hasNextPage"]), (vec![], &json!(false)));
    }
    assert_eq!(portal.log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_list_that_is_down_is_named_and_comes_where_it_stands_when_asked_again() {
    let portal = portal();
    portal.fault(ORDERS.0, ORDERS.1);
    portal.fault(OLD_INVOICES.0, OLD_INVOICES.1);
    let first = page(&portal, json!({ "first": 2 })).await;
    assert_eq!(titles(&first), ["t4", "i4"]);
    let gap = json!([{ "source": "erp", "types": ["ORDER", "INVOICE"], "code": "UPSTREAM_UNAVAILABLE" }]);
    assert_eq!((&first["incomplete"], &first["pageInfo"]["hasNextPage"]), (&gap, &json!(true)));
    portal.tables.faults.lock().unwrap().clear();
    let rest = page(&portal, json!({ "first": 20, "after": end(&first) })).await;
    assert_eq!(titles(&rest), ["o4", "t3", "x3", "o2", "t1", "i1", "o0", "t0"], "none is lost, none comes twice");
    assert_eq!(rest["incomplete"], json!([]));
}

#[tokio::test]
async fn a_list_that_is_down_is_an_error_where_incomplete_is_not_selected() {
    let portal = portal();
    portal.fault(ORDERS.0, ORDERS.1);
    let answer = portal.ask("{ viewer { account { latest: timeline(first: 1) { nodes { title } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"]["latest"], json!({ "nodes": [{ "title": "t4" }] }));
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "account", "latest"]));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn where_every_list_is_down_the_field_is_null_with_one_error() {
    let portal = portal();
    for (source, entity) in [ORDERS, TICKETS, INVOICES, OLD_INVOICES] {
        portal.fault(source, entity);
    }
    let answer = answer(&portal, json!({ "first": 5 })).await;
    assert_eq!(answer["data"]["viewer"]["account"]["timeline"], Json::Null);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
}

/// So many tickets, one minute after the other; the desk has the oldest first.
fn many_tickets(portal: &Portal, count: i64) {
    let begin: jiff::Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    let rows = (0..count).map(|at| {
        let moment = begin + jiff::SignedDuration::from_mins(at);
        record(portal, TICKETS, &format!("t{at:03}"), Some(&moment.to_string()))
    });
    portal.table(TICKETS.0, TICKETS.1, rows.collect());
}

#[tokio::test]
async fn a_list_without_order_is_read_to_its_end_and_past_the_bound_it_is_named_and_never_shown_wrongly() {
    let portal = portal();
    many_tickets(&portal, 300);
    let first = page(&portal, json!({ "first": 2 })).await;
    assert_eq!((titles(&first), &first["incomplete"]), (vec!["t299", "t298"], &json!([])));
    let next = page(&portal, json!({ "first": 100, "after": end(&first) })).await;
    assert_eq!(titles(&next)[..2], ["t297", "t296"]);
    many_tickets(&portal, 301);
    let past = page(&portal, json!({ "first": 20 })).await;
    assert_eq!(titles(&past), ["o4", "i4", "x3", "o2", "i1", "o0"]);
    assert_eq!(past["incomplete"], json!([{ "source": "desk", "types": ["TICKET"], "code": "QUERY_TOO_COSTLY" }]));
}

#[tokio::test]
async fn a_list_that_is_not_in_the_order_it_was_asked_for_is_named_and_not_shown() {
    let portal = portal();
    fill(&portal, ORDERS, &[("o2", Some("2026-02-01")), ("o4", Some("2026-04-01"))]);
    let gap = json!([{ "source": "erp", "types": ["ORDER"], "code": "UPSTREAM_REJECTED" }]);
    let wrong = page(&portal, json!({ "first": 20 })).await;
    assert_eq!(titles(&wrong), ["t4", "i4", "t3", "x3", "t1", "i1", "t0"]);
    assert_eq!(wrong["incomplete"], gap);
    // Systems that have what is without a date first would put all others out of order.
    fill(&portal, ORDERS, &[("o0", None), ("o4", Some("2026-04-01"))]);
    assert_eq!(page(&portal, json!({ "first": 20 })).await["incomplete"], gap);
    assert_eq!(page(&portal, json!({ "first": 1 })).await["incomplete"], gap, "though the page shows none of them");
}

#[tokio::test]
async fn a_list_that_the_caller_may_not_see_is_not_in_it_and_not_named() {
    let mut portal = portal();
    let authority = std::sync::Arc::make_mut(&mut portal.caller.authority);
    authority.accounts[0].permissions.remove("orders:read");
    let some = page(&portal, json!({ "first": 20 })).await;
    assert_eq!(titles(&some), ["t4", "i4", "t3", "x3", "t1", "i1", "t0"]);
    assert_eq!(some["incomplete"], json!([]));
    assert!(portal.log().iter().all(|line| !line.contains(" Order ")), "nothing is read of it");
    // Of nothing but what may not be seen there is no list.
    let refused = answer(&portal, json!({ "first": 20, "types": ["ORDER"] })).await;
    assert_eq!(refused["data"]["viewer"]["account"]["timeline"], Json::Null);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(portal.log(), Vec::<String>::new());
}

#[tokio::test]
async fn rows_of_others_are_in_no_list_of_it() {
    let portal = portal();
    *portal.tables.hostile.lock().unwrap() = true;
    let others = |of: (SourceId, &str), date: &str| {
        let account = if of.0 == DESK {
            "o9"
        } else if of.0 == BILLING {
            "b9"
        } else {
            "d9"
        };
        let mut row = record(&portal, of, "FOREIGN", Some(date));
        row.evidence = of_account(account);
        row
    };
    for of in [ORDERS, TICKETS, INVOICES, OLD_INVOICES] {
        let mut tables = portal.tables.rows.lock().unwrap();
        let rows = tables.get_mut(&(of.0, portal.entity(of.1))).unwrap();
        rows.insert(0, others(of, if of.0 == DESK { "2027-01-01T00:00:00Z" } else { "2027-01-01" }));
    }
    let mut seen = Vec::new();
    let mut after = Json::Null;
    loop {
        let next = page(&portal, json!({ "first": 3, "after": after })).await;
        seen.extend(titles(&next).iter().map(|title| (*title).to_owned()));
        if next["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = end(&next);
    }
    assert_eq!(seen, ALL);
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_alone() {
    let portal = portal();
    let first = page(&portal, json!({ "first": 3 })).await;
    let own = end(&first).as_str().unwrap().to_owned();
    let mut other = Portal::new();
    other.caller.current = Some(1);
    let of_orders = portal.ask("{ viewer { account { orders(first: 1) { pageInfo { endCursor } } } } }").await;
    let of_orders = &of_orders["data"]["viewer"]["account"]["orders"]["pageInfo"]["endCursor"];
    let half = &own[..own.len() / 2];
    let refused = [
        (&portal, json!({ "first": 3, "after": own, "types": ["ORDER"] }), "other arguments"),
        (&other, json!({ "first": 3, "after": own }), "another account"),
        (&portal, json!({ "first": 3, "after": of_orders }), "another field"),
        (&portal, json!({ "first": 3, "after": half }), "half of one"),
        (&portal, json!({ "first": 3, "after": "b1;bbbb" }), "what is inside of one"),
    ];
    for (portal, variables, why) in refused {
        let answer = answer(portal, variables).await;
        assert_eq!(answer["data"]["viewer"]["account"]["timeline"], Json::Null, "{why}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{why}");
    }
}

#[tokio::test]
async fn a_cursor_that_could_not_be_opened_again_is_an_error_when_it_is_made_and_not_later() {
    let portal = portal();
    *portal.tables.long.lock().unwrap() = 7000;
    let answer = portal
        .ask("{ viewer { account { timeline(first: 4) { nodes { title } pageInfo { endCursor hasNextPage } } } } }")
        .await;
    let timeline = &answer["data"]["viewer"]["account"]["timeline"];
    assert_eq!(timeline["pageInfo"], json!({ "endCursor": null, "hasNextPage": true }));
    assert_eq!(timeline["nodes"].as_array().unwrap().len(), 4);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["path"], json!(["viewer", "account", "timeline", "pageInfo", "endCursor"]));
    assert_eq!(errors[0]["extensions"]["code"], "UPSTREAM_REJECTED");
}

#[tokio::test]
async fn the_record_of_an_item_is_any_selection_and_only_that_is_read() {
    let portal = portal();
    let query = "{ viewer { account { timeline(first: 3) { nodes { __typename title statusLabel record { __typename id
        ... on Order { number account { name } } ... on Invoice { total { amount } } } } } } } }";
    let answer = portal.ask(query).await;
    let id = |entity: &str, source: &str, key: &str| portal.id(entity, source, key);
    assert_eq!(
        answer["data"]["viewer"]["account"]["timeline"]["nodes"],
        json!([
            { "__typename": "TimelineEntry", "title": "o4", "statusLabel": null, "record":
                { "__typename": "Order", "id": id("Order", "erp", "o4"), "number": "o4", "account": { "name": "Acme" } } },
            { "__typename": "TimelineEntry", "title": "t4", "statusLabel": null, "record":
                { "__typename": "Ticket", "id": id("Ticket", "desk", "t4") } },
            { "__typename": "TimelineEntry", "title": "i4", "statusLabel": null, "record":
                { "__typename": "Invoice", "id": id("Invoice", "billing", "i4"), "total": null } },
        ])
    );
    let mut log = portal.log();
    log.sort();
    assert_eq!(
        log,
        [
            "get crm Account [a1] (name)",
            "list billing Invoice [b1] (number,issuedOn,total) 3 desc",
            "list desk Ticket [o1] (subject,updatedAt) 300 whole",
            "list erp Invoice [d1+d2] (number,issuedOn,total) 3 desc",
            "list erp Order [d1+d2] (account,number,status,statusLabel,dueOn) 3 desc",
        ]
    );
}

#[tokio::test]
async fn what_waits_has_its_kind_and_day_and_comes_oldest_first() {
    let portal = portal();
    let answer = portal
        .ask("{ viewer { account { waiting(first: 4) { edges { node { kind title dueOn } } incomplete { code } } } } }")
        .await;
    // The harness gives rows as they stand: newest first is not what was asked for here.
    let waiting = &answer["data"]["viewer"]["account"]["waiting"];
    assert_eq!(waiting["incomplete"], json!([{ "code": "UPSTREAM_REJECTED" }]));
    fill(&portal, ORDERS, &[("o2", Some("2026-02-01")), ("o4", Some("2026-04-01")), ("o0", None)]);
    portal.log();
    let answer = portal.ask("{ viewer { account { waiting(first: 4) { nodes { kind title dueOn } } } } }").await;
    assert_eq!(
        answer["data"]["viewer"]["account"]["waiting"]["nodes"],
        json!([
            { "kind": "ANSWER", "title": "t1", "dueOn": null },
            { "kind": "APPROVE", "title": "o2", "dueOn": "2026-02-01" },
            { "kind": "ANSWER", "title": "t3", "dueOn": null },
            { "kind": "APPROVE", "title": "o4", "dueOn": "2026-04-01" },
        ])
    );
    assert_eq!(
        portal.log()[0],
        r#"list erp Order [d1+d2] (number,dueOn) 4 NotIn([Text("COMPLETED"), Text("CANCELLED")]) asc"#
    );
}

#[tokio::test]
async fn each_account_has_its_own() {
    let mut portal = portal();
    let authority = std::sync::Arc::make_mut(&mut portal.caller.authority);
    authority.accounts[1].permissions = authority.accounts[0].permissions.clone();
    let answer = portal.ask("{ viewer { memberships { account { timeline(first: 1) { nodes { title } } } } } }").await;
    let of = |at: usize| answer["data"]["viewer"]["memberships"][at]["account"]["timeline"]["nodes"].clone();
    assert_eq!((of(0), of(1)), (json!([{ "title": "o4" }]), json!([])));
    assert_eq!(portal.log().len(), 4, "one read of each list for both");
}

/// The days of one list's records, or none; a list that is asked for in order has a day for one of them at least.
fn days() -> impl Strategy<Value = BTreeMap<u8, Option<u8>>> {
    let days = proptest::collection::btree_map(0u8..20, proptest::option::weighted(0.85, 0u8..4), 0..12);
    days.prop_map(|mut days| {
        if let (true, Some(first)) = (days.values().all(Option::is_none), days.values_mut().next()) {
            *first = Some(0);
        }
        days
    })
}

/// The rows of a list, the latest first and those without a day last where its system is asked for that order.
fn rows(portal: &Portal, of: (SourceId, &str), days: &BTreeMap<u8, Option<u8>>, name: char) -> Vec<Row> {
    let mut all: Vec<(u8, Option<u8>)> = days.iter().map(|(key, day)| (*key, *day)).collect();
    if of != TICKETS {
        all.sort_by_key(|(key, day)| (day.map_or(10, |day| 9 - day), *key));
    }
    let row = |(key, day): &(u8, Option<u8>)| {
        let time = if of == TICKETS { "T00:00:00Z" } else { "" };
        let day = day.map(|day| format!("2026-03-0{}{time}", day + 1));
        record(portal, of, &format!("{name}{key:02}"), day.as_deref())
    };
    all.iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn pages_of_any_sizes_make_the_same_list_as_one_big_page(
        lists in [days(), days(), days(), days()],
        sizes in proptest::collection::vec(1u32..7, 1..6),
    ) {
        let portal = portal();
        let names = [(ORDERS, 'a'), (TICKETS, 'b'), (INVOICES, 'c'), (OLD_INVOICES, 'd')];
        for ((of, name), days) in names.iter().zip(&lists) {
            portal.table(of.0, of.1, rows(&portal, *of, days, *name));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (whole, paged) = runtime.block_on(async {
            let whole = page(&portal, json!({ "first": 100 })).await;
            let mut paged = Vec::new();
            let mut after = Json::Null;
            for size in sizes.iter().cycle() {
                let next = page(&portal, json!({ "first": size, "after": after })).await;
                assert_eq!(next["incomplete"], json!([]));
                paged.extend(titles(&next).iter().map(|title| (*title).to_owned()));
                if next["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = end(&next);
            }
            (whole, paged)
        });
        // Worked out from the data: by day, of equals by list and then by key, those without a day at the end.
        let mut all: Vec<(u8, usize, u8)> = Vec::new();
        for (number, days) in lists.iter().enumerate() {
            all.extend(days.iter().map(|(key, day)| (day.map_or(10, |day| 9 - day), number, *key)));
        }
        all.sort_unstable();
        let expected: Vec<String> = all.iter().map(|(_, list, key)| format!("{}{key:02}", names[*list].1)).collect();
        prop_assert_eq!(titles(&whole), expected.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(paged, expected);
    }
}
