//! Searching everywhere: the lists that can be searched, one hit of each in turn.

use serde_json::{Value as Json, json};

use super::portal::{Portal, of_account, row, text};
use crate::model::Evidence;
use crate::plan::fixture::{DESK, ERP};

const QUERY: &str = "query($text: String!, $types: [RecordType!], $first: Int, $after: String) {
    search(text: $text, types: $types, first: $first, after: $after) {
      incomplete { source types code } edges { cursor node { type title excerpt record { __typename } } }
      pageInfo { hasNextPage endCursor } } }";

/// A portal with four products and two own tickets about bolts, and a ticket of somebody else's.
fn portal() -> Portal {
    let portal = Portal::new();
    let ticket = |at: &'static str, account: &'static str, subject: &str| {
        let fields = vec![("account", portal.reference(DESK, "Account", account)), ("subject", text(subject))];
        row(at, of_account(account), fields)
    };
    let tickets = vec![
        ticket("t1", "o1", "bolt 1"),
        ticket("t8", "o1", "nut"),
        ticket("t9", "o9", "FOREIGN bolt"),
        ticket("t2", "o1", "bolt 2"),
    ];
    let product = |at: &'static str, name: &str| {
        row(at, Evidence::Tenant, vec![("name", text(name)), ("summary", text(" a\n fine bolt "))])
    };
    let products = vec![product("p1", "A"), product("p2", "B"), product("p3", "C"), product("p4", "D")];
    portal.table(DESK, "Ticket", tickets);
    portal.table(ERP, "Product", products);
    portal
}

async fn answer(portal: &Portal, variables: Json) -> Json {
    serde_json::from_slice(&portal.run(QUERY, variables).await.body).unwrap()
}

async fn page(portal: &Portal, variables: Json) -> Json {
    let answer = answer(portal, variables).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["search"].clone()
}

fn titles(page: &Json) -> Vec<&str> {
    page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn hits_of_every_list_come_in_turn_with_the_own_order_of_each() {
    let portal = portal();
    let all = page(&portal, json!({ "text": "bolt" })).await;
    let products: Vec<&str> = titles(&all).into_iter().filter(|title| !title.starts_with("bolt")).collect();
    assert_eq!(titles(&all), [products[0], "bolt 1", products[1], "bolt 2", products[2], products[3]]);
    let first = &all["edges"][0]["node"];
    let told = (&first["type"], &first["excerpt"], &first["record"]["__typename"]);
    assert_eq!(told, (&json!("PRODUCT"), &json!("a fine bolt"), &json!("Product")));
    assert_eq!(all["edges"][1]["node"]["excerpt"], Json::Null);
    assert_eq!((&all["incomplete"], &all["pageInfo"]["hasNextPage"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn a_search_goes_on_behind_every_one_of_its_cursors() {
    let portal = portal();
    let all = page(&portal, json!({ "text": "bolt" })).await;
    for (at, edge) in all["edges"].as_array().unwrap().iter().enumerate() {
        let rest = page(&portal, json!({ "text": "bolt", "after": edge["cursor"] })).await;
        assert_eq!(titles(&rest), titles(&all)[at + 1..], "behind {at}");
        let other = answer(&portal, json!({ "text": "nut ", "after": edge["cursor"] })).await;
        assert_eq!(other["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "a cursor of another text");
    }
}

#[tokio::test]
async fn nothing_of_others_is_found_even_where_the_system_ignores_what_it_is_asked() {
    let portal = portal();
    *portal.tables.hostile.lock().unwrap() = true;
    let all = answer(&portal, json!({ "text": "bolt" })).await;
    assert!(!all.to_string().contains("FOREIGN"), "{all}");
    assert!(all.to_string().contains("bolt 2"), "{all}");
}

#[tokio::test]
async fn what_may_not_be_seen_is_left_out_without_a_word_and_not_asked() {
    let mut portal = portal();
    // The second account grants no tickets.
    portal.caller.current = Some(1);
    let all = page(&portal, json!({ "text": "bolt" })).await;
    assert_eq!(titles(&all).len(), 4);
    assert_eq!(page(&portal, json!({ "text": "bolt", "types": ["TICKET"] })).await["edges"], json!([]));
    assert!(portal.log().iter().all(|line| !line.contains("Ticket")));
}

#[tokio::test]
async fn types_say_which_lists_are_asked() {
    let portal = portal();
    let tickets = page(&portal, json!({ "text": "bolt", "types": ["TICKET", "ORDER"] })).await;
    assert_eq!(titles(&tickets), ["bolt 1", "bolt 2"]);
    assert_eq!(portal.log(), ["list desk Ticket [o1] (subject) 20"]);
    assert_eq!(page(&portal, json!({ "text": "bolt", "types": ["ORDER"] })).await["edges"], json!([]));
}

#[tokio::test]
async fn a_system_that_is_down_is_named_and_all_of_them_are_an_error() {
    let portal = portal();
    portal.fault(ERP, "Product");
    let rest = page(&portal, json!({ "text": "bolt" })).await;
    assert_eq!(titles(&rest), ["bolt 1", "bolt 2"]);
    assert_eq!(rest["incomplete"], json!([{ "source": "erp", "types": ["PRODUCT"], "code": "UPSTREAM_UNAVAILABLE" }]));
    portal.fault(DESK, "Ticket");
    let none = answer(&portal, json!({ "text": "bolt" })).await;
    assert_eq!((&none["data"]["search"], none["errors"].as_array().unwrap().len()), (&Json::Null, 1));
}

#[tokio::test]
async fn a_text_out_of_bounds_is_refused_before_anything_is_read() {
    let portal = portal();
    for (text, said) in [(" b ", "at least 2"), ("bolt bolt bolt bolt bolt", "at most 20"), ("\"--\"", "no word")] {
        let answer = answer(&portal, json!({ "text": text })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(said), "{answer}");
    }
    assert!(portal.log().is_empty());
}
