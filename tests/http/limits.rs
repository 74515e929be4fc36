//! Bodies and times have bounds.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::portal::{ANA, Portal, answered};

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let portal = Portal::with("  largestBody: 2000\n").await;
    let query = format!("{{ __typename }} # {}", "x".repeat(3000));
    let answer = answered(portal.post(ANA, &json!({ "query": query }))).await;
    assert_eq!((answer.status, answer.code()), (413, "BAD_USER_INPUT"));
    // One that does not say how long it is, either.
    let chunks = futures::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(vec![b' '; 100])));
    let sent = portal.client.post(portal.url("/graphql")).header("content-type", "application/json");
    let answer = answered(sent.bearer_auth(portal.token(ANA)).body(reqwest::Body::wrap_stream(chunks))).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answered(portal.post(ANA, &json!({ "query": "{ __typename }" }))).await.status, 200);
}

#[tokio::test]
async fn a_system_that_hangs_costs_its_fields_and_no_more_than_the_configured_time() {
    let portal = Portal::with("  timeout: 1s\n").await;
    portal.ask(ANA, "{ viewer { name } }").await;
    portal.fault(json!({ "system": "sap", "mode": "hang" })).await;
    let begun = Instant::now();
    let query =
        "{ viewer { account { orders(first: 1) { nodes { number } } tickets(first: 1) { nodes { subject } } } } }";
    let answer = answered(portal.post(ANA, &json!({ "query": query }))).await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!((answer.status, answer.code()), (200, "UPSTREAM_TIMEOUT"), "{}", answer.body);
    let account = &answer.body["data"]["viewer"]["account"];
    assert!(account["orders"].is_null());
    assert!(account["tickets"]["nodes"][0]["subject"].is_string());
}

#[tokio::test]
async fn a_sign_in_that_hangs_ends_in_time() {
    let portal = Portal::with("  timeout: 1s\n").await;
    portal.fault(json!({ "system": "hubspot", "mode": "hang" })).await;
    let begun = Instant::now();
    let answer = answered(portal.post(ANA, &json!({ "query": "{ viewer { name } }" }))).await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!((answer.status, answer.code()), (503, "UPSTREAM_UNAVAILABLE"), "{}", answer.body);
    assert!(!answer.body.to_string().contains("127.0.0.1"));
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let portal = Portal::with("  timeout: 1s\n").await;
    let mut stream = tokio::net::TcpStream::connect(portal.address).await.unwrap();
    let head =
        "POST /graphql HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0_u8; 12];
    let read = tokio::time::timeout(Duration::from_secs(8), stream.read_exact(&mut answer)).await;
    read.expect("an answer in time").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}
