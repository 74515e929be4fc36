//! What a fault does not cost: single failures are tried again, what is known is served, and nothing stays broken.

use serde_json::json;

use crate::modes::DASHBOARD;
use crate::world::{Difference, World, source_of};

const ORDERS: &str = "{ viewer { account { orders(first: 5) { nodes { number status } } } } }";
const INVOICES: &str = "{ viewer { account { invoices(first: 5) { nodes { number status } } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_fails_now_and_then_is_asked_again_and_nobody_notices() {
    let world = World::start(Difference::uncached()).await;
    let before = world.ask(ORDERS).await;
    assert_eq!(before.errors, Vec::<serde_json::Value>::new());
    world.calls().await;
    // The first, third and fifth request come through, the second and fourth fail.
    world.fault(json!({ "system": "sap", "mode": "down", "every": 2 })).await;
    for _ in 0..4 {
        let after = world.ask(ORDERS).await;
        assert_eq!((after.errors, after.data), (Vec::new(), before.data.clone()));
    }
    let calls = world.calls().await["sap"];
    assert!(calls > 4, "4 good answers took {calls} calls: some were asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_before_is_served_while_its_system_is_down() {
    // Nothing is fresh, so that every query asks; what is known lasts for five minutes of failures.
    let kept = "cache: { default: { fresh: 0s, stale: 0s, ifError: 5m, negative: 0s } }\n";
    let world = World::start(Difference { more: kept, ..Difference::default() }).await;
    let before = world.ask(INVOICES).await;
    assert_eq!(before.errors, Vec::<serde_json::Value>::new());
    assert!(!before.data["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap().is_empty());
    world.fault(json!({ "system": "stripe", "mode": "down" })).await;
    world.calls().await;
    let during = world.ask(INVOICES).await;
    assert_eq!((during.errors, during.data), (Vec::new(), before.data));
    assert!(world.calls().await["stripe"] > 0, "the system was asked, and did not answer");
    let unknown =
        world.ask("{ viewer { account { invoices(first: 6) { nodes { number total { amount } } } } } }").await;
    assert_eq!(unknown.codes(), ["UPSTREAM_UNAVAILABLE"], "what was never read cannot be served");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_system_down_a_customer_who_is_signed_in_is_still_told_who_they_are() {
    let world = World::start(Difference::uncached()).await;
    let who = "{ viewer { name account { id name } } }";
    let before = world.ask(who).await;
    assert_eq!(before.errors, Vec::<serde_json::Value>::new());
    for system in vestibule_sandbox::SYSTEMS {
        world.fault(json!({ "system": system, "mode": "down" })).await;
    }
    let during = world.ask(who).await;
    assert_eq!(during.data["viewer"]["account"]["id"], before.data["viewer"]["account"]["id"]);
    assert_eq!(during.data["viewer"]["name"], before.data["viewer"]["name"]);
    assert_eq!(during.paths(), ["viewer.account.name"]);
    assert!(world.ready().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_not_signed_in_yet_is_told_that_the_crm_is_the_matter_and_nothing_more() {
    for mode in ["down", "hang", "garbage", "truncated", "endless", "html"] {
        // Of its own, because a failure is remembered for a moment.
        let world = World::start(Difference::uncached().with("crm", "timeout: 1s\n    largestAnswer: 262144")).await;
        world.fault(json!({ "system": "hubspot", "mode": mode })).await;
        let refused = world.ask("{ viewer { name } }").await;
        assert_eq!((refused.codes(), refused.status), (vec!["UPSTREAM_UNAVAILABLE"], 503), "{mode}");
        assert_eq!(refused.data, serde_json::Value::Null, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_systems_at_once_fail_alone_and_all_come_back() {
    let world = World::start(Difference::uncached()).await;
    let before = world.ask(DASHBOARD).await;
    let faults = [("hubspot", "down"), ("sap", "garbage"), ("stripe", "html"), ("zendesk", "truncated")];
    for (system, mode) in faults {
        world.fault(json!({ "system": system, "mode": mode })).await;
    }
    let broken = world.ask(DASHBOARD).await;
    assert_eq!(broken.status, 200);
    for (system, _) in faults {
        let source = source_of(system);
        assert!(broken.errors.iter().any(|error| error["extensions"]["source"] == source), "{source}");
    }
    assert_eq!(broken.codes(), ["UPSTREAM_REJECTED", "UPSTREAM_UNAVAILABLE"]);
    world.clear().await;
    let after = world.ask(DASHBOARD).await;
    assert_eq!((after.errors, after.data), (Vec::new(), before.data));
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_and_hanging_answers_leave_no_task_behind() {
    let world = World::start(Difference::uncached().with("billing", "timeout: 1s\n    largestAnswer: 262144")).await;
    world.ask(INVOICES).await;
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    for mode in ["endless", "hang"] {
        world.fault(json!({ "system": "stripe", "mode": mode })).await;
        let asked = futures::future::join_all((0..10).map(|_| world.ask(INVOICES))).await;
        assert!(asked.iter().all(|reply| reply.errors.len() == 1), "{mode}");
    }
    world.clear().await;
    // Connections that were cut end in their own time; tasks that wait for an answer would stay for ever.
    let settled = async {
        while metrics.num_alive_tasks() > before + 30 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), settled).await.expect("tasks are left over");
    assert_eq!(world.ask(INVOICES).await.errors, Vec::<serde_json::Value>::new());
}
