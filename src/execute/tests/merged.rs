//! Lists over several sources: one order, whatever the pages; and what becomes of them when a source is down.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::portal::{Portal, Row, of_account, row, text};
use crate::model::{SourceId, Value};
use crate::plan::fixture::{BILLING, ERP};

const QUERY: &str = "query($first: Int!, $after: String, $sort: InvoiceSort) { viewer { account {
    invoices(first: $first, after: $after, sort: $sort) {
      totalCount incomplete { source types code } edges { cursor node { number } }
      pageInfo { hasNextPage hasPreviousPage endCursor } } } } }";

async fn page(portal: &Portal, variables: Json) -> Json {
    let answer = portal.run(QUERY, variables).await;
    let answer: Json = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["viewer"]["account"]["invoices"].clone()
}

fn numbers(page: &Json) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["number"].as_str().unwrap().to_owned()).collect()
}

fn end(page: &Json) -> Json {
    page["pageInfo"]["endCursor"].clone()
}

#[tokio::test]
async fn lists_of_several_owners_are_one_list_newest_first() {
    let portal = Portal::new();
    let all = page(&portal, json!({ "first": 10 })).await;
    assert_eq!(numbers(&all), ["94", "i3", "92", "i1"]);
    assert_eq!((&all["totalCount"], &all["incomplete"]), (&json!(4), &json!([])));
    assert_eq!(all["pageInfo"]["hasNextPage"], false);
    let mut log = portal.log();
    log.sort();
    assert_eq!(
        log,
        ["list billing Invoice [b1] (number,issuedOn) 10 desc", "list erp Invoice [d1+d2] (number,issuedOn) 10 desc"],
        "one read of each, at the same time"
    );
}

#[tokio::test]
async fn a_merged_list_goes_on_behind_every_one_of_its_cursors() {
    let portal = Portal::new();
    let all = page(&portal, json!({ "first": 10 })).await;
    let whole = numbers(&all);
    for (at, edge) in all["edges"].as_array().unwrap().iter().enumerate() {
        let rest = page(&portal, json!({ "first": 10, "after": edge["cursor"] })).await;
        assert_eq!(numbers(&rest), whole[at + 1..], "behind {at}");
        assert_eq!(rest["pageInfo"]["hasPreviousPage"], true);
    }
    // A cursor of another order is of another list.
    let sort = json!({ "field": "ISSUED_ON", "direction": "ASC" });
    let variables = json!({ "first": 10, "after": end(&all), "sort": sort });
    let other: Json = serde_json::from_slice(&portal.run(QUERY, variables).await.body).unwrap();
    assert_eq!(other["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_source_that_is_down_is_named_and_comes_when_asked_again() {
    let portal = Portal::new();
    portal.fault(ERP, "Invoice");
    let first = page(&portal, json!({ "first": 1 })).await;
    assert_eq!(numbers(&first), ["i3"]);
    let gap = json!([{ "source": "erp", "types": ["INVOICE"], "code": "UPSTREAM_UNAVAILABLE" }]);
    assert_eq!(first["incomplete"], gap);
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(null), &json!(true)));
    let second = page(&portal, json!({ "first": 5, "after": end(&first) })).await;
    assert_eq!((numbers(&second), &second["incomplete"]), (vec!["i1".to_owned()], &gap));
    assert_eq!(second["pageInfo"]["hasNextPage"], false, "nothing more is known to be there");
    // The same page again, once the source answers: its part comes, and nothing twice.
    portal.tables.faults.lock().unwrap().clear();
    let again = page(&portal, json!({ "first": 5, "after": end(&first) })).await;
    assert_eq!((numbers(&again), &again["incomplete"]), (["94", "92", "i1"].map(str::to_owned).to_vec(), &json!([])));
    let rest = page(&portal, json!({ "first": 5, "after": end(&second) })).await;
    assert_eq!(numbers(&rest), ["94", "92"]);
}

#[tokio::test]
async fn a_page_without_a_row_still_says_where_to_go_on() {
    let portal = Portal::new();
    portal.table(BILLING, "Invoice", Vec::new());
    portal.fault(ERP, "Invoice");
    let first = page(&portal, json!({ "first": 5 })).await;
    assert_eq!((numbers(&first), &first["pageInfo"]["hasNextPage"]), (Vec::new(), &json!(false)));
    portal.tables.faults.lock().unwrap().clear();
    let rest = page(&portal, json!({ "first": 5, "after": end(&first) })).await;
    assert_eq!(numbers(&rest), ["94", "92"]);
}

#[tokio::test]
async fn a_list_is_never_silently_shorter() {
    let portal = Portal::new();
    portal.fault(ERP, "Invoice");
    let answer = portal.ask("{ viewer { account { list: invoices { nodes { number } } } } }").await;
    assert_eq!(
        answer["data"]["viewer"]["account"]["list"],
        json!({ "nodes": [{ "number": "i3" }, { "number": "i1" }] })
    );
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["path"], json!(["viewer", "account", "list"]));
    assert_eq!(errors[0]["extensions"], json!({ "code": "UPSTREAM_UNAVAILABLE", "source": "erp", "retryAfter": 3 }));
}

#[tokio::test]
async fn a_list_of_which_no_source_answers_is_null_with_an_error() {
    let portal = Portal::new();
    portal.fault(ERP, "Invoice");
    portal.fault(BILLING, "Invoice");
    let answer = portal.ask("{ viewer { account { invoices { nodes { number } incomplete { source } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"]["invoices"], json!(null));
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "account", "invoices"]));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_foreign_is_in_a_merged_list_of_hostile_sources() {
    let portal = Portal::new();
    *portal.tables.hostile.lock().unwrap() = true;
    let all = page(&portal, json!({ "first": 10 })).await;
    assert_eq!(numbers(&all), ["94", "i3", "92", "i1"]);
    assert_eq!(all["totalCount"], json!(null), "they counted what is not this list's");
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let next = page(&portal, json!({ "first": 1, "after": after })).await;
        seen.extend(numbers(&next));
        if next["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = end(&next);
    }
    assert_eq!(seen, ["94", "i3", "92", "i1"]);
}

/// Rows of one source, sorted as it would: days that tie, and none.
fn rows(portal: &Portal, source: SourceId, days: &BTreeMap<u8, Option<u8>>, descending: bool) -> Vec<Row> {
    const KEYS: [&str; 24] = [
        "k00", "k01", "k02", "k03", "k04", "k05", "k06", "k07", "k08", "k09", "k10", "k11", "k12", "k13", "k14", "k15",
        "k16", "k17", "k18", "k19", "k20", "k21", "k22", "k23",
    ];
    let account = if source == ERP { "d1" } else { "b1" };
    let name = if source == ERP { "erp" } else { "billing" };
    let mut all: Vec<(u8, Option<u8>)> = days.iter().map(|(key, day)| (*key, *day)).collect();
    // Without a day at the end, either way.
    all.sort_by_key(|(key, day)| match day {
        None => (1, 0, *key),
        Some(day) if descending => (0, 9 - day, *key),
        Some(day) => (0, *day, *key),
    });
    let of = |(key, day): (u8, Option<u8>)| {
        let issued = day.map_or(Value::Null, |day| text(&format!("2026-03-0{}", day + 1)));
        let fields = vec![
            ("account", portal.reference(source, "Account", account)),
            ("number", text(&format!("{name} {key}"))),
            ("issuedOn", issued),
        ];
        row(KEYS[usize::from(key)], of_account(account), fields)
    };
    all.into_iter().map(of).collect()
}

fn days() -> impl Strategy<Value = BTreeMap<u8, Option<u8>>> {
    proptest::collection::btree_map(0u8..24, proptest::option::weighted(0.85, 0u8..4), 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn pages_of_any_sizes_make_the_same_list_as_one_big_page(
        billing in days(),
        erp in days(),
        sizes in proptest::collection::vec(1u32..7, 1..6),
        descending: bool,
    ) {
        let portal = Portal::new();
        portal.table(BILLING, "Invoice", rows(&portal, BILLING, &billing, descending));
        portal.table(ERP, "Invoice", rows(&portal, ERP, &erp, descending));
        let sort = json!({ "field": "ISSUED_ON", "direction": if descending { "DESC" } else { "ASC" } });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (whole, paged) = runtime.block_on(async {
            let whole = page(&portal, json!({ "first": 100, "sort": sort })).await;
            let mut paged = Vec::new();
            let mut after = Json::Null;
            for size in sizes.iter().cycle() {
                let next = page(&portal, json!({ "first": size, "after": after, "sort": sort })).await;
                paged.extend(numbers(&next));
                if next["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = end(&next);
            }
            (whole, paged)
        });
        let whole = numbers(&whole);
        prop_assert_eq!(&whole, &paged);
        prop_assert_eq!(whole.len(), billing.len() + erp.len(), "none is lost");
        let mut once = whole.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), whole.len(), "none comes twice");
        // In order, those without a day last; of equals billing's first, and each source's own order inside them.
        let rank = |number: &String| {
            let (name, key) = number.split_once(' ').unwrap();
            let key: u8 = key.parse().unwrap();
            let day = if name == "erp" { erp[&key] } else { billing[&key] };
            (day.map_or(10, |day| if descending { 9 - day } else { day }), name == "erp", key)
        };
        prop_assert!(whole.iter().is_sorted_by_key(rank), "{whole:?}");
    }
}
