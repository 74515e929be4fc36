//! Ids and cursors that were not given out for where they are used: refused, and no system is asked.

use serde_json::{Value, json};

use crate::world::{ANA, Difference, JONAS, Reply, World};

const OWN: &str = "{ viewer { account { id
    orders(first: 2) { nodes { id } pageInfo { endCursor } }
    invoices(first: 2) { nodes { id } pageInfo { endCursor } }
} } }";

fn text(reply: &Reply, pointer: &str) -> String {
    reply.data.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}: {reply:?}")).to_owned()
}

/// Every way to spoil a sealed text.
fn spoiled(sealed: &str) -> Vec<String> {
    let flipped = |at: usize| {
        let mut text = sealed.as_bytes().to_vec();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(text).unwrap()
    };
    let mut all: Vec<String> = (0..sealed.len() - 1).map(flipped).collect();
    all.extend((1..sealed.len()).step_by(5).map(|end| sealed[..end].to_owned()));
    all.extend([format!("{sealed}AAAA"), sealed.repeat(2), String::new(), "1".to_owned(), "%00\u{0}".to_owned()]);
    all.push("x".repeat(100_000));
    all
}

fn assert_refused(reply: &Reply, what: &str) {
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{what}: {reply:?}");
    assert!(reply.errors.iter().all(|error| error["extensions"].get("source").is_none()), "{what}: {reply:?}");
}

async fn assert_nothing_asked(world: &World) {
    let calls = world.calls().await;
    assert!(calls.values().all(|count| *count == 0), "{calls:?}");
}

/// A world in which both have signed in, and what Ana sees.
async fn signed_in() -> (World, Reply) {
    let world = World::start(Difference::uncached()).await;
    let own = world.ask(OWN).await;
    assert_eq!(own.errors, Vec::<Value>::new());
    world.ask_as(JONAS, "{ viewer { name } }", json!({})).await;
    world.calls().await;
    (world, own)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_forged_or_cut_is_refused_and_no_system_asked() {
    let (world, own) = signed_in().await;
    let order = text(&own, "/viewer/account/orders/nodes/0/id");
    for forged in spoiled(&order) {
        let asked = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } order(id: $id) { number } }";
        let reply = world.ask_as(ANA, asked, json!({ "id": forged })).await;
        assert_refused(&reply, &forged);
        assert_eq!(reply.paths(), ["node", "nodes.0", "order"], "{forged}");
        assert_eq!(reply.data, json!({ "node": null, "nodes": [null], "order": null }), "{forged}");
    }
    assert_nothing_asked(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_kind_of_record_is_refused() {
    let (world, own) = signed_in().await;
    let invoice = text(&own, "/viewer/account/invoices/nodes/0/id");
    let reply = world.ask_as(ANA, "query($id: ID!) { order(id: $id) { number } }", json!({ "id": invoice })).await;
    assert_refused(&reply, "an invoice's id for an order");
    assert_nothing_asked(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_installation_is_refused() {
    use vestibule::seal::Sealer;
    use vestibule::secret::Secret;
    let (world, _) = signed_in().await;
    let own_secret = Secret::new("a sealing key only for tests of faults".to_owned());
    let other_secret = Secret::new("somebody else's own long sealing key".to_owned());
    for (secret, tenant) in [(own_secret, "another"), (other_secret, "demo")] {
        let id = Sealer::new(&secret, tenant).unwrap().id("Order", "erp", "1");
        let reply = world.ask_as(ANA, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_refused(&reply, tenant);
    }
    assert_nothing_asked(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_somebody_else_is_not_there() {
    let (world, own) = signed_in().await;
    let order = text(&own, "/viewer/account/orders/nodes/0/id");
    let account = text(&own, "/viewer/account/id");
    let asked = "query($id: ID!, $account: ID!) {
        node(id: $id) { id } nodes(ids: [$id]) { id } order(id: $id) { number } account(id: $account) { name }
    }";
    let both = json!({ "id": order, "account": account });
    let foreign = world.ask_as(JONAS, asked, both.clone()).await;
    assert_eq!(foreign.data, json!({ "node": null, "nodes": [null], "order": null, "account": null }));
    let reply = world.ask_as(ANA, asked, both).await;
    assert_eq!((reply.errors, &reply.data["node"]["id"]), (Vec::new(), &json!(order)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_its_own_list_only() {
    let (world, own) = signed_in().await;
    let orders = text(&own, "/viewer/account/orders/pageInfo/endCursor");
    let invoices = text(&own, "/viewer/account/invoices/pageInfo/endCursor");
    let list = "query($after: String!) { viewer { account { orders(first: 2, after: $after) { nodes { number } } } } }";
    let good = world.ask_as(ANA, list, json!({ "after": orders })).await;
    assert_eq!(good.errors, Vec::<Value>::new());
    world.calls().await;
    let sorted = "query($after: String!) { viewer { account {
        orders(first: 2, after: $after, sort: { field: NUMBER, direction: ASC }) { nodes { number } } } } }";
    let filtered = "query($after: String!) { viewer { account {
        orders(first: 2, after: $after, filter: { status: [COMPLETED] }) { nodes { number } } } } }";
    let wrong = [
        (ANA, list, invoices.as_str(), "another list's"),
        (ANA, sorted, &orders, "in another order"),
        (ANA, filtered, &orders, "with another filter"),
        (JONAS, list, &orders, "another account's"),
    ];
    for (who, query, cursor, what) in wrong {
        let reply = world.ask_as(who, query, json!({ "after": cursor })).await;
        assert_refused(&reply, what);
        assert_eq!(reply.paths(), ["viewer.account.orders"], "{what}");
    }
    for forged in spoiled(&orders).iter().step_by(7) {
        let reply = world.ask_as(ANA, list, json!({ "after": forged })).await;
        assert_refused(&reply, forged);
    }
    assert_nothing_asked(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_account_in_the_header_is_refused() {
    let (world, own) = signed_in().await;
    let account = text(&own, "/viewer/account/id");
    for forged in [account[1..].to_owned(), text(&own, "/viewer/account/orders/nodes/0/id")] {
        let reply = world.acting_for(ANA, &forged).await;
        assert_refused(&reply, &forged);
    }
    let foreign = world.acting_for(JONAS, &account).await;
    assert_eq!((foreign.codes(), &foreign.data), (vec!["BAD_USER_INPUT"], &Value::Null));
    assert_nothing_asked(&world).await;
}
