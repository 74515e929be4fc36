//! Ids and cursors that were made up, cut short, changed, or given out for something else: refused without a call.

use serde_json::{Value, json};

use super::gateway::{ANA, Answer, Gateway};

const NODE: &str = "query($id: ID!) { node(id: $id) { id } }";
const ORDERS: &str = "query($after: String) { viewer { account { orders(first: 1, after: $after) {
    nodes { id number } pageInfo { endCursor } } } } }";

/// Every way of spoiling a text that was sealed.
fn spoiled(sealed: &str) -> Vec<(String, String)> {
    let half = sealed.len() / 2;
    let other = if sealed.as_bytes()[half] == b'A' { "B" } else { "A" };
    let mut all = vec![
        ("nothing".to_owned(), String::new()),
        ("made up".to_owned(), "SGVsbG8".to_owned()),
        ("not even base64".to_owned(), "'; drop table orders; --%00\u{0}../".to_owned()),
        ("longer than any".to_owned(), sealed.repeat(400)),
        ("with a letter more".to_owned(), format!("{sealed}A")),
        ("twice".to_owned(), format!("{sealed}{sealed}")),
        ("with padding".to_owned(), format!("{sealed}=")),
        ("with a letter changed".to_owned(), format!("{}{other}{}", &sealed[..half], &sealed[half + 1..])),
        ("in capitals".to_owned(), sealed.to_uppercase()),
    ];
    for kept in [1, half, sealed.len() - 1] {
        all.push((format!("cut to {kept} letters"), sealed[..kept].to_owned()));
    }
    all
}

fn refused(answer: &Answer, what: &str) {
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{what}: {}", answer.body);
    assert_eq!(answer.calls, 0, "{what}: {}", answer.body);
    assert!(answer.body.to_string().len() < 2_000, "{what} comes back: {}", answer.body);
}

/// The account, its first order and the cursor behind that.
async fn given(gateway: &Gateway) -> (String, String) {
    let answer = gateway.ask(ANA, ORDERS, json!({})).await;
    let orders = &answer.body["data"]["viewer"]["account"]["orders"];
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
    (text(&orders["nodes"][0]["id"]), text(&orders["pageInfo"]["endCursor"]))
}

#[tokio::test]
async fn an_id_that_is_none_of_ours_is_refused() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let (id, cursor) = given(&gateway).await;
    for (how, spoiled) in spoiled(&id) {
        refused(&gateway.ask(ANA, NODE, json!({ "id": spoiled })).await, &format!("an id, {how}"));
        let answer =
            gateway.ask(ANA, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [spoiled] })).await;
        refused(&answer, &format!("one of several ids, {how}"));
    }
    refused(&gateway.ask(ANA, NODE, json!({ "id": cursor })).await, "a cursor as an id");
    refused(
        &gateway.ask(ANA, "query($id: ID!) { invoice(id: $id) { id } }", json!({ "id": id })).await,
        "an order's id as an invoice's",
    );
    assert_eq!(gateway.ask(ANA, NODE, json!({ "id": id })).await.body["data"]["node"]["id"], id.as_str());
}

#[tokio::test]
async fn a_cursor_that_is_none_of_ours_is_refused() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let (id, cursor) = given(&gateway).await;
    for (how, spoiled) in spoiled(&cursor) {
        refused(&gateway.ask(ANA, ORDERS, json!({ "after": spoiled })).await, &format!("a cursor, {how}"));
    }
    refused(&gateway.ask(ANA, ORDERS, json!({ "after": id })).await, "an id as a cursor");
    let next = gateway.ask(ANA, ORDERS, json!({ "after": cursor })).await;
    assert!(next.body["data"]["viewer"]["account"]["orders"]["nodes"].is_array(), "{}", next.body);
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_and_arguments_alone() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let (_, cursor) = given(&gateway).await;
    for (what, list) in [
        ("of another list", "invoices(first: 1, after: $after)"),
        ("with a filter", "orders(first: 1, after: $after, filter: { customerReference: \"x\" })"),
        ("in another order", "orders(first: 1, after: $after, sort: { field: PLACED_ON, direction: ASC })"),
    ] {
        let query = format!("query($after: String) {{ viewer {{ account {{ l: {list} {{ nodes {{ id }} }} }} }} }}");
        refused(&gateway.ask(ANA, &query, json!({ "after": cursor })).await, what);
    }
    // Of another parent: the messages of one ticket are not those of another.
    let tickets =
        "{ viewer { account { tickets(first: 2) { nodes { id messages(first: 1) { pageInfo { endCursor } } } } } } }";
    let answer = gateway.ask(ANA, tickets, json!({})).await;
    let nodes = &answer.body["data"]["viewer"]["account"]["tickets"]["nodes"];
    let (first, second) = (&nodes[0]["messages"]["pageInfo"]["endCursor"], &nodes[1]["id"]);
    assert!(first.is_string() && second.is_string(), "{}", answer.body);
    let query =
        "query($id: ID!, $after: String) { ticket(id: $id) { messages(first: 1, after: $after) { nodes { id } } } }";
    let answer = gateway.ask(ANA, query, json!({ "id": second, "after": first })).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{}", answer.body);
    // The ticket is known from just before; of its messages nothing is asked.
    assert_eq!(answer.calls, 0, "{}", answer.body);
}

#[tokio::test]
async fn what_another_tenant_gave_out_is_nothing_here() {
    let ours = Gateway::open().await.signed_in(&[ANA]).await;
    let theirs = Gateway::of_tenant("other").await.signed_in(&[ANA]).await;
    let (id, cursor) = given(&theirs).await;
    refused(&ours.ask(ANA, NODE, json!({ "id": id })).await, "another tenant's id");
    refused(&ours.ask(ANA, ORDERS, json!({ "after": cursor })).await, "another tenant's cursor");
    let headers = [("vestibule-account", id.as_str())];
    let answer = ours.send(ANA, json!({ "query": "{ viewer { name } }" }).to_string(), &headers).await;
    refused(&answer, "another tenant's account");
}
