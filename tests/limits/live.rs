//! `@live`: dearer, counted for each caller, and shared by those who ask for the same at the same time.

use futures::future::join_all;
use serde_json::{Value, json};

use super::gateway::{ANA, Gateway, JONAS};

const PLAIN: &str = "{ viewer { account { orders(first: 5) { nodes { number } } } } }";
const LIVE: &str = "{ viewer { account { orders(first: 5) @live { nodes { number } } } } }";

#[tokio::test]
async fn a_read_past_the_cache_costs_more() {
    let gateway = Gateway::open().await.signed_in(&[JONAS]).await;
    let (plain, live) = (gateway.cost(JONAS, PLAIN).await, gateway.cost(JONAS, LIVE).await);
    let cost = |body: &Value| body["extensions"]["cost"]["limits"]["cost"]["actual"].as_u64().unwrap();
    assert_eq!(cost(&live.body), 5 * cost(&plain.body));
    assert_eq!((plain.calls, live.calls), (1, 1), "what was just read is read again");
    assert_eq!(live.body["extensions"]["cost"]["liveReads"], 1);
    let dear = Gateway::with("limits: { cost: 20 }\n").await.signed_in(&[JONAS]).await;
    assert_eq!(dear.ask(JONAS, PLAIN, json!({})).await.body["errors"], Value::Null);
    let answer = dear.ask(JONAS, LIVE, json!({})).await;
    assert_eq!((answer.code(), answer.limit(), answer.calls), ("QUERY_TOO_COSTLY", "cost", 0));
}

#[tokio::test]
async fn a_caller_has_so_many_reads_past_the_cache_in_a_minute() {
    let gateway = Gateway::with("limits: { live: { perMinute: 3 } }\n").await.signed_in(&[ANA, JONAS]).await;
    for _ in 0..3 {
        assert_eq!(gateway.ask(ANA, LIVE, json!({})).await.body["errors"], Value::Null);
    }
    let answer = gateway.ask(ANA, LIVE, json!({})).await;
    assert_eq!((answer.code(), answer.calls), ("RATE_LIMITED", 0), "{}", answer.body);
    let wait = answer.error()["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=20).contains(&wait), "a third of a minute at most: {wait}");
    assert_eq!(gateway.ask(ANA, PLAIN, json!({})).await.body["errors"], Value::Null, "the rest goes on");
    assert_eq!(gateway.ask(JONAS, LIVE, json!({})).await.body["errors"], Value::Null, "and so do others");
    let four = format!("{{ {} }}", (0..4).map(|at| format!("a{at}: {}", &LIVE[2..LIVE.len() - 2])).collect::<String>());
    let answer = gateway.ask(JONAS, &four, json!({})).await;
    assert_eq!(
        (answer.code(), answer.limit()),
        ("QUERY_TOO_COSTLY", "liveReads"),
        "more than ever fits: {}",
        answer.body
    );
}

#[tokio::test]
async fn many_who_ask_live_for_the_same_are_one_read() {
    let gateway = Gateway::with("limits: { live: { window: 10s } }\n").await.signed_in(&[ANA]).await;
    gateway.fault(json!({ "system": "sap", "mode": "slow", "ms": 1500 })).await;
    let before = gateway.counted().await;
    let answers = join_all((0..30).map(|_| gateway.ask(ANA, LIVE, json!({})))).await;
    for answer in &answers {
        assert_eq!(answer.body, answers[0].body);
        assert!(answer.body["data"]["viewer"]["account"]["orders"]["nodes"].is_array(), "{}", answer.body);
    }
    assert_eq!(gateway.counted().await - before, 1);
}
