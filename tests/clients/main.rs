//! The clients that people use, unmodified, and the audits of the specification, against a gateway in front of the demo
//! business. They are packages of npm; `tests/node` holds the scripts, and the lock with their versions.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod codegen;
mod examples;
mod node;
#[expect(dead_code, reason = "the other suite over HTTP uses more of it")]
#[path = "../http/portal.rs"]
mod portal;
#[path = "../shared/node.rs"]
mod shared;

use portal::Portal;

/// Runs a script, and tells what it tells.
async fn runs(script: &str) {
    let portal = Portal::open().await;
    node::tell(&node::run(&portal, script).await);
}

#[tokio::test]
async fn every_audit_of_graphql_over_http_passes() {
    let portal = Portal::open().await;
    let told = node::run(&portal, "audits.mjs").await;
    let summary = told.lines().last().unwrap_or_default();
    assert!(summary.starts_with("graphql-http audits: ") && summary.contains(" passed, 0 failed"), "{told}");
    node::tell(summary);
}

#[tokio::test]
async fn apollo_client_works() {
    runs("apollo.mjs").await;
}

#[tokio::test]
async fn urql_works() {
    runs("urql.mjs").await;
}

#[tokio::test]
async fn the_client_of_graphql_ws_works() {
    runs("websocket.mjs").await;
}

#[tokio::test]
async fn the_client_of_graphql_sse_works() {
    runs("events.mjs").await;
}
