//! Counting, faults, and closing.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

const OWNERS: &str = "/crm/v3/owners?limit=1";

#[tokio::test]
async fn calls_are_counted_and_logged_until_reset() {
    let client = Client::start().await;
    client.get("hubspot", OWNERS).await;
    client.get("hubspot", "/crm/v3/objects/companies/1").await;
    client.get("stripe", "/v1/balance").await;
    let (_, counts) = client.get("control", "/calls").await;
    assert_eq!(counts, json!({ "hubspot": 2, "sap": 0, "stripe": 1, "zendesk": 0 }));
    let (_, log) = client.get("control", "/calls/log").await;
    assert_eq!(log[0], json!({ "system": "hubspot", "method": "GET", "path": OWNERS, "status": 200 }));
    assert_eq!(log[1]["status"], 404);
    assert_eq!(log.as_array().unwrap().len(), 3);
    let (status, _) = client.post("control", "/calls/reset", &json!({})).await;
    assert_eq!(status, 200);
    let (_, counts) = client.get("control", "/calls").await;
    assert_eq!(counts["hubspot"], 0);
    assert_eq!(client.get("control", "/calls/log").await.1, json!([]));
}

#[tokio::test]
async fn unknown_faults_are_refused_with_the_choices() {
    let client = Client::start().await;
    for (body, word) in [
        (json!({ "system": "oracle", "mode": "down" }), "zendesk"),
        (json!({ "system": "sap", "mode": "sleepy" }), "rate-limited"),
        (json!({ "system": "sap" }), "mode"),
        (json!({ "system": "sap", "mode": "down", "often": 1 }), "often"),
        (json!({ "system": "sap", "mode": "down", "every": 0 }), "every"),
        (json!({ "system": "sap", "mode": "hostile", "every": 2 }), "every"),
    ] {
        let (status, answer) = client.post("control", "/faults", &body).await;
        assert_eq!(status, 400);
        assert!(answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    assert_eq!(client.get("control", "/faults").await.1, json!({}));
}

#[tokio::test]
async fn faults_are_shown_and_switched_off() {
    let client = Client::start().await;
    client.fault(json!({ "system": "hubspot", "mode": "down", "every": 2 })).await;
    assert_eq!(client.get("control", "/faults").await.1, json!({ "hubspot": { "mode": "down", "every": 2 } }));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.get("hubspot", OWNERS).await.0);
    }
    assert_eq!(statuses, [200, 503, 200, 503]);
    client.bare(Method::DELETE, "control", "/faults").send().await.unwrap();
    assert_eq!(client.get("control", "/faults").await.1, json!({}));
    for _ in 0..2 {
        assert_eq!(client.get("hubspot", OWNERS).await.0, 200);
    }
}

#[tokio::test]
async fn a_system_that_is_down_says_so_in_its_own_shape() {
    let client = Client::start().await;
    for system in vestibule_sandbox::SYSTEMS {
        client.fault(json!({ "system": system, "mode": "down" })).await;
    }
    assert_eq!(client.get("hubspot", OWNERS).await.1["status"], "error");
    assert_eq!(client.get("stripe", "/v1/balance").await.1["error"]["type"], "api_error");
    let (status, body) = client.get("sap", "/").await;
    assert_eq!((status, &body["error"]["message"]["lang"]), (503, &json!("en")));
    assert_eq!(client.get("zendesk", "/").await.1["error"], "ServiceUnavailable");
}

#[tokio::test]
async fn rate_limits_come_with_each_vendors_headers() {
    let client = Client::start().await;
    for system in vestibule_sandbox::SYSTEMS {
        client.fault(json!({ "system": system, "mode": "rate-limited", "ms": 2500 })).await;
    }
    let answer = async |system: &str| client.request(Method::GET, system, "/").send().await.unwrap();
    let hubspot = answer("hubspot").await;
    assert_eq!(hubspot.status(), 429);
    assert_eq!(hubspot.headers()["x-hubspot-ratelimit-remaining"], "0");
    let body: Value = hubspot.json().await.unwrap();
    assert_eq!((&body["category"], &body["policyName"]), (&json!("RATE_LIMITS"), &json!("TEN_SECONDLY_ROLLING")));
    let stripe = answer("stripe").await;
    assert!(stripe.headers().get("retry-after").is_none());
    let body: Value = stripe.json().await.unwrap();
    assert_eq!(body["error"]["code"], "rate_limit");
    assert_eq!(answer("zendesk").await.headers()["retry-after"], "3");
    assert_eq!(answer("sap").await.headers()["retry-after"], "3");
}

#[tokio::test]
async fn slow_is_slow_and_right() {
    let client = Client::start().await;
    client.fault(json!({ "system": "hubspot", "mode": "slow", "ms": 300 })).await;
    let start = Instant::now();
    assert_eq!(client.get("hubspot", OWNERS).await.0, 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn hanging_never_answers_and_ends_with_the_business() {
    let client = Client::start().await;
    client.fault(json!({ "system": "hubspot", "mode": "hang" })).await;
    let request = || client.request(Method::GET, "hubspot", OWNERS);
    assert!(request().timeout(Duration::from_millis(300)).send().await.unwrap_err().is_timeout());
    let (_, log) = client.get("control", "/calls/log").await;
    assert_eq!(log[0]["status"], Value::Null);
    let hung = tokio::spawn(request().send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let address = client.running.systems["hubspot"];
    tokio::time::timeout(Duration::from_secs(5), client.running.shutdown()).await.unwrap();
    hung.await.unwrap().unwrap();
    assert!(reqwest::get(format!("http://{address}/")).await.is_err());
}

#[tokio::test]
async fn dropping_the_business_closes_it() {
    let client = Client::start().await;
    let address = client.running.control;
    drop(client);
    for _ in 0..50 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the port is still open a second later");
}

#[tokio::test]
async fn broken_bodies_are_broken() {
    let client = Client::start().await;
    let body = async |mode: &str| {
        client.fault(json!({ "system": "hubspot", "mode": mode })).await;
        let response = client.request(Method::GET, "hubspot", OWNERS).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let length = response.content_length();
        let bytes = response.bytes().await.unwrap();
        assert_eq!(length, Some(bytes.len() as u64), "{mode}");
        assert!(serde_json::from_slice::<Value>(&bytes).is_err(), "{mode}");
        (kind, bytes)
    };
    assert!(body("garbage").await.0.starts_with("application/json"));
    assert!(body("html").await.0.starts_with("text/html"));
    assert!(body("truncated").await.1.starts_with(b"{"));
}

#[tokio::test]
async fn endless_bodies_do_not_end() {
    let client = Client::start().await;
    client.fault(json!({ "system": "hubspot", "mode": "endless" })).await;
    let mut response = client.request(Method::GET, "hubspot", OWNERS).send().await.unwrap();
    assert_eq!(response.content_length(), None);
    let mut read = 0;
    while read < 4_000_000 {
        read += response.chunk().await.unwrap().unwrap().len();
    }
    tokio::time::timeout(Duration::from_secs(5), client.running.shutdown()).await.unwrap();
}
