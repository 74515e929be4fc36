//! The gateway stops without cutting anybody off.

use std::time::Duration;

use serde_json::json;

use super::portal::{ANA, Portal, answered};

const ORDERS: &str = "{ viewer { account { orders(first: 1) { nodes { number } } } } }";

#[tokio::test]
async fn a_request_under_way_is_finished_and_no_new_one_is_taken() {
    let mut portal = Portal::open().await;
    portal.ask(ANA, "{ viewer { name } }").await;
    let before = portal.calls("sap").await;
    portal.fault(json!({ "system": "sap", "mode": "slow", "ms": 1500 })).await;
    let slow = tokio::spawn(answered(portal.post(ANA, &json!({ "query": ORDERS }))));
    while portal.calls("sap").await == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    portal.stop.take().unwrap().send(()).unwrap();
    let mut refused = false;
    for _ in 0..200 {
        // A connection that was open may be used until its answer is out; a new one is refused.
        if tokio::net::TcpStream::connect(portal.address).await.is_err() {
            refused = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(refused, "the gateway still takes connections");
    assert!(!slow.is_finished(), "the answer was to be under way still");
    let answer = slow.await.unwrap();
    assert!(answer.body["data"]["viewer"]["account"]["orders"]["nodes"][0]["number"].is_string(), "{}", answer.body);
    let ended = tokio::time::timeout(Duration::from_secs(10), portal.served).await;
    ended.expect("serving ends").unwrap().unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_not_waited_for_beyond_the_grace() {
    let mut portal = Portal::with("  grace: 1s\n  timeout: 30s\n").await;
    portal.ask(ANA, "{ viewer { name } }").await;
    let before = portal.calls("sap").await;
    portal.fault(json!({ "system": "sap", "mode": "hang" })).await;
    let hanging = portal.post(ANA, &json!({ "query": ORDERS }));
    let hanging = tokio::spawn(async move { hanging.send().await.is_ok() });
    while portal.calls("sap").await == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    portal.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), portal.served).await;
    ended.expect("serving ends after the grace").unwrap().unwrap();
    hanging.abort();
}
