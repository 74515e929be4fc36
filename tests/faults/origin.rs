//! What an answer says of where it came from: `extensions.freshness` and `provenance`.

use serde_json::{Value, json};

use crate::world::{Difference, Reply, World};

const QUERY: &str = "{ viewer { account { name
    invoices(first: 20) { nodes { number } }
    orders(first: 2) { nodes { number lines { product { name } } } } } } }";

/// Everything is asked for again at once, and an old answer is shown while a system is down.
const SHORT: &str = "cache: { default: { fresh: 0s, stale: 0s, ifError: 5m, negative: 0s } }\n";

/// `path source state`, and whether there is a time.
fn lines(extensions: &Value) -> Vec<String> {
    let line = |entry: &Value| {
        let path: Vec<&str> = entry["path"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
        let time = if entry.get("fetchedAt").is_some() { "" } else { " (never)" };
        format!("{} {} {}{time}", path.join("."), entry["source"].as_str().unwrap(), entry["state"].as_str().unwrap())
    };
    let mut lines: Vec<String> = extensions["freshness"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

/// When the first records of a source were read.
fn read_at(reply: &Reply, source: &str) -> Value {
    let entries = reply.extensions["freshness"].as_array().unwrap();
    entries.iter().find(|entry| entry["source"] == source).unwrap()["fetchedAt"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_how_fresh_it_is_only_when_asked() {
    let world = World::start(Difference::default()).await;
    assert_eq!(world.ask(QUERY).await.extensions, Value::Null);
    let world = World::start(Difference::default()).await;
    let cold = world.ask_how_fresh(QUERY).await;
    assert_eq!(cold.errors, Vec::<Value>::new());
    assert_eq!(
        lines(&cold.extensions),
        [
            "viewer.account crm live",
            "viewer.account.invoices.nodes billing live",
            "viewer.account.invoices.nodes erp live",
            "viewer.account.orders.nodes erp live",
            "viewer.account.orders.nodes.lines.product erp live",
        ]
    );
    let warm = world.ask_how_fresh(QUERY).await;
    assert!(lines(&warm.extensions).iter().all(|line| line.ends_with(" cached")), "{:?}", warm.extensions);
    assert_eq!(read_at(&warm, "erp"), read_at(&cold, "erp"), "a kept answer is as old as its reading");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_is_missing_in_a_merged_list_is_called_unavailable() {
    let world = World::start(Difference::default()).await;
    world.ask("{ viewer { name } }").await;
    world.fault(json!({ "system": "stripe", "mode": "down" })).await;
    let query = "{ viewer { account { timeline(first: 50) { nodes { title } incomplete { source types } } } } }";
    let reply = world.ask_how_fresh(query).await;
    assert_eq!(
        lines(&reply.extensions),
        [
            "viewer.account.timeline billing unavailable (never)",
            "viewer.account.timeline.nodes documents live",
            "viewer.account.timeline.nodes erp live",
            "viewer.account.timeline.nodes support live",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_answer_is_called_stale_and_a_missing_one_unavailable() {
    let world = World::start(Difference { more: SHORT, ..Difference::default() }).await;
    world.ask(QUERY).await;
    world.fault(json!({ "system": "stripe", "mode": "down" })).await;
    world.fault(json!({ "system": "zendesk", "mode": "down" })).await;
    let more = "name tickets(first: 2) { nodes { number } } summary { openTickets openOrders }\n";
    let query = QUERY.replace("name\n", more);
    let during = world.ask_how_fresh(&query).await;
    let lines = lines(&during.extensions);
    assert!(lines.contains(&"viewer.account.invoices.nodes billing stale".to_owned()), "{lines:?}");
    assert!(lines.contains(&"viewer.account.tickets support unavailable (never)".to_owned()), "{lines:?}");
    assert!(lines.contains(&"viewer.account.orders.nodes erp live".to_owned()), "{lines:?}");
    assert!(lines.contains(&"viewer.account.summary.openTickets support unavailable (never)".to_owned()), "{lines:?}");
    assert!(lines.contains(&"viewer.account.summary.openOrders erp live".to_owned()), "{lines:?}");
}

const PROVENANCE: &str = "{ viewer { account { invoices(first: 50) { nodes { number
    provenance { source fetchedAt stale system key url } } } } } }";

/// Where the first invoice of billing came from.
fn of_billing(reply: &Reply) -> Value {
    let nodes = reply.data["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| &node["provenance"]).find(|of| of["source"] == "billing").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_the_record_in_its_own_system_and_customers_do_not() {
    let staff =
        Difference { instead: Some(("buyer: [orders:read", "buyer: [staff, orders:read")), ..Difference::default() };
    let seen = World::start(staff).await.ask(PROVENANCE).await;
    assert_eq!(seen.errors, Vec::<Value>::new());
    let found = &of_billing(&seen);
    assert_eq!((found["source"].as_str(), found["system"].as_str()), (Some("billing"), Some("stripe")));
    assert_eq!(found["stale"], json!(false));
    let key = found["key"].as_str().unwrap();
    assert!(key.starts_with("in_"), "{key}");
    assert_eq!(found["url"], format!("https://dashboard.stripe.com/invoices/{key}"));

    let customer = World::start(Difference::default()).await.ask(PROVENANCE).await;
    let found = &of_billing(&customer);
    let nodes = customer.data["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap();
    let at = nodes.iter().position(|node| node["provenance"]["source"] == "billing").unwrap();
    assert_eq!(found["source"], "billing");
    for field in ["system", "key", "url"] {
        assert_eq!(found[field], Value::Null, "{field}");
        let path = format!("viewer.account.invoices.nodes.{at}.provenance.{field}");
        assert!(customer.paths().contains(&path), "{path}");
    }
    assert_eq!(customer.codes(), ["FORBIDDEN"]);
}
