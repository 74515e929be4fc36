//! What every answer says beside its body.

use reqwest::Method;
use serde_json::json;

use super::portal::{ANA, Portal, answered};

const FOUR: &str = "{ viewer { account { name
    invoices(first: 2) { nodes { number } }
    orders(first: 2) { nodes { number } }
    tickets(first: 2) { nodes { subject } } } } }";

#[tokio::test]
async fn answers_are_private_and_say_what_each_source_took() {
    let portal = Portal::open().await;
    let answer = answered(portal.post(ANA, &json!({ "query": FOUR }))).await;
    assert!(answer.body.get("errors").is_none(), "{}", answer.body);
    let timing = answer.header("server-timing");
    for source in ["crm", "erp", "billing", "support"] {
        let entry = timing.split(", ").find(|entry| entry.starts_with(&format!("{source};dur=")));
        let entry = entry.unwrap_or_else(|| panic!("no {source} in `{timing}`"));
        let took = entry.split(';').nth(1).unwrap().strip_prefix("dur=").unwrap();
        assert!(took.parse::<f64>().unwrap() > 0.0, "{entry}");
    }
    let refused = answered(portal.bare("{}".to_owned())).await;
    let missing = answered(portal.client.get(portal.url("/nothing"))).await;
    for answer in [answer, refused, missing] {
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let portal = Portal::open().await;
    let plain = portal.post(ANA, &json!({ "query": FOUR })).send().await.unwrap();
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = plain.bytes().await.unwrap();
    let sent = portal.post(ANA, &json!({ "query": FOUR })).header("accept-encoding", "gzip");
    let packed = sent.send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.headers().get_all("vary").iter().any(|vary| vary == "accept-encoding"));
    let packed = packed.bytes().await.unwrap();
    assert!(packed.len() < plain.len());
    #[expect(clippy::disallowed_methods, reason = "tests are clients")]
    let unpacking = reqwest::Client::new().execute(portal.post(ANA, &json!({ "query": FOUR })).build().unwrap());
    let text = unpacking.await.unwrap().bytes().await.unwrap();
    assert_eq!(text, plain);
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_web_page() {
    let portal = Portal::with("  cors: { origins: [https://portal.example.com] }\n").await;
    let preflight = |origin: &str| {
        let request = portal.client.request(Method::OPTIONS, portal.url("/graphql"));
        let request = request.header("origin", origin).header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "authorization,content-type,vestibule-account").send()
    };
    let allowed = preflight("https://portal.example.com").await.unwrap();
    assert!(allowed.status().is_success());
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://portal.example.com");
    assert!(allowed.headers().get("access-control-allow-credentials").is_none());
    let headers = allowed.headers()["access-control-allow-headers"].to_str().unwrap();
    for name in ["authorization", "content-type", "vestibule-account", "idempotency-key"] {
        assert!(headers.contains(name), "{headers}");
    }
    for origin in
        ["https://evil.example", "https://portal.example.com.evil.example", "http://portal.example.com", "null"]
    {
        let refused = preflight(origin).await.unwrap();
        assert!(refused.headers().get("access-control-allow-origin").is_none(), "{origin}");
        let sent = portal.post(ANA, &json!({ "query": "{ __typename }" })).header("origin", origin);
        assert_eq!(answered(sent).await.header("access-control-allow-origin"), "", "{origin}");
    }
    let body = json!({ "query": "{ __typename }" });
    let called = answered(portal.post(ANA, &body).header("origin", "https://portal.example.com")).await;
    assert_eq!(called.header("access-control-allow-origin"), "https://portal.example.com");
    // A page may read why it was refused, too.
    let refused = answered(portal.bare(body.to_string()).header("origin", "https://portal.example.com")).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, "https://portal.example.com"));
}
