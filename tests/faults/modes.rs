//! Each system, broken in each way: its own fields are null with the right code, all the others are complete, in time.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Difference, Reply, World, source_of};

/// Something of every system, records in records, and two fields of one record from different systems.
pub(crate) const DASHBOARD: &str = "query Dashboard {
  viewer { name account {
    id name industry email phone creditLimit { amount currency }
    orders(first: 5) { nodes { number status total { amount currency } lines { position quantity product { sku name } } } }
    invoices(first: 100) { nodes { number status total { amount currency } lines { description } provenance { source } } }
    subscriptions(first: 5) { nodes { name status } }
    tickets(first: 5) { nodes { number subject status } }
  } }
  products(first: 3) { nodes { sku name } }
  articles(first: 3, locale: \"en-us\") { nodes { title } }
}";

/// Two systems have invoices: of one that is broken, the other's are still there, and the error says that some are missing.
const INVOICES: &str = "viewer.account.invoices";

/// What of the dashboard each system tells.
fn own_fields(system: &str) -> &'static [&'static str] {
    match system {
        "hubspot" => &["viewer.account.industry", "viewer.account.name", "viewer.account.phone"],
        "sap" => &["products", "viewer.account.creditLimit", INVOICES, "viewer.account.orders"],
        "stripe" => &["viewer.account.email", INVOICES, "viewer.account.subscriptions"],
        _ => &["articles", "viewer.account.tickets"],
    }
}

/// The answer without the fields at these paths: they are null in it; of the invoices, those of the source are not there.
fn without(data: &Value, paths: &[&str], source: &str) -> Value {
    let mut data = data.clone();
    for path in paths {
        let mut place = &mut data;
        for step in path.split('.') {
            place = &mut place[step];
        }
        assert!(!place.is_null(), "{path} is never told");
        if *path == INVOICES {
            let nodes = place["nodes"].as_array_mut().unwrap();
            let all = nodes.len();
            nodes.retain(|node| node["provenance"]["source"] != source);
            assert!((1..all).contains(&nodes.len()), "both systems have invoices");
        } else {
            *place = Value::Null;
        }
    }
    data
}

pub(crate) async fn healthy(world: &World) -> Reply {
    let reply = world.ask(DASHBOARD).await;
    assert_eq!((reply.status, &reply.errors), (200, &Vec::new()));
    reply
}

pub(crate) fn assert_broken(system: &str, mode: &str, (healthy, broken): (&Reply, &Reply), code: &str) {
    let fields = own_fields(system);
    assert_eq!(broken.status, 200, "{system} {mode}");
    assert_eq!(broken.paths(), fields, "{system} {mode}: {:?}", broken.errors);
    assert_eq!(broken.codes(), [code], "{system} {mode}: {:?}", broken.errors);
    for error in &broken.errors {
        assert_eq!(error["extensions"]["source"], source_of(system), "{system} {mode}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    assert_eq!(broken.data, without(&healthy.data, fields, source_of(system)), "{system} {mode}");
}

const BROKEN: [(&str, &str); 6] = [
    ("down", "UPSTREAM_UNAVAILABLE"),
    ("hang", "UPSTREAM_TIMEOUT"),
    ("garbage", "UPSTREAM_REJECTED"),
    ("truncated", "UPSTREAM_REJECTED"),
    ("endless", "UPSTREAM_REJECTED"),
    ("html", "UPSTREAM_REJECTED"),
];

/// A short timeout for the system that is going to hang, and a limit that an endless answer is soon past.
const HURRIED: &str = "timeout: 2s\n    largestAnswer: 262144";

async fn every_mode(system: &'static str) {
    let world = World::start(Difference::uncached().with(source_of(system), HURRIED)).await;
    let before = healthy(&world).await;
    for (mode, code) in BROKEN {
        world.fault(json!({ "system": system, "mode": mode })).await;
        let broken = world.ask(DASHBOARD).await;
        assert_broken(system, mode, (&before, &broken), code);
        assert!(broken.took < Duration::from_secs(10), "{system} {mode} took {:?}", broken.took);
        assert!(world.ready().await, "{system} {mode}");
    }
    world.fault(json!({ "system": system, "mode": "slow", "ms": 100 })).await;
    let slow = healthy(&world).await;
    assert_eq!(slow.data, before.data, "{system} is slow, and in time");
    world.clear().await;
    assert_eq!(healthy(&world).await.data, before.data, "{system} works again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crm_is_broken_in_every_way() {
    every_mode("hubspot").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_erp_is_broken_in_every_way() {
    every_mode("sap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn billing_is_broken_in_every_way() {
    every_mode("stripe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_broken_in_every_way() {
    every_mode("zendesk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_is_asked_too_often_says_when_to_come_again() {
    for (system, longest) in [("sap", Some(60)), ("zendesk", Some(60)), ("hubspot", Some(10)), ("stripe", None)] {
        // Of its own, because a quota that is used up stays so for its time.
        let world = World::start(Difference::uncached()).await;
        let before = healthy(&world).await;
        world.fault(json!({ "system": system, "mode": "rate-limited", "ms": 60_000 })).await;
        let limited = world.ask(DASHBOARD).await;
        assert_broken(system, "rate-limited", (&before, &limited), "RATE_LIMITED");
        for error in &limited.errors {
            let wait = error["extensions"]["retryAfter"].as_u64();
            let fits = match longest {
                Some(longest) => wait.is_some_and(|wait| (1..=longest).contains(&wait)),
                None => wait.is_none(),
            };
            assert!(fits, "{system}: {error}");
        }
    }
}
