//! graphql-sse, one stream for each request: <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>.

use std::time::Duration;

use serde_json::{Value, json};

use super::portal::{ANA, Portal, answered};

const STREAM: &str = "text/event-stream";

/// The events of a stream: their names and data.
async fn events(request: reqwest::RequestBuilder) -> Vec<(String, String)> {
    let response = request.header("accept", STREAM).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], STREAM);
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    let text = response.text().await.unwrap();
    let event = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("no {name} in {block}")).trim_start().to_owned()
        };
        (field("event"), field("data"))
    };
    text.split("\n\n").filter(|block| !block.trim_start_matches(':').trim().is_empty()).map(event).collect()
}

#[tokio::test]
async fn an_answer_is_one_event_and_the_end_another() {
    let portal = Portal::open().await;
    let query = "{ viewer { name account { orders(first: 1) { nodes { number } } } } }";
    let plain = portal.ask(ANA, query).await;
    let all = events(portal.post(ANA, &json!({ "query": query }))).await;
    assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["next", "complete"]);
    assert_eq!(serde_json::from_str::<Value>(&all[0].1).unwrap(), plain);
    assert_eq!(all[1].1, "");
    let got = events(portal.got(ANA, portal.url("/graphql?query={__typename}"))).await;
    assert_eq!(got[0], ("next".to_owned(), r#"{"data":{"__typename":"Query"}}"#.to_owned()));
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_is_an_event_too() {
    let portal = Portal::open().await;
    for (query, code) in [
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { changed { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let all = events(portal.post(ANA, &json!({ "query": query }))).await;
        let answer: Value = serde_json::from_str(&all[0].1).unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
        assert!(answer.get("data").is_none());
        assert_eq!(all[1].0, "complete");
    }
}

#[tokio::test]
async fn what_is_no_request_or_has_no_sign_in_gets_no_stream() {
    let portal = Portal::open().await;
    let nobody = portal.bare(json!({ "query": "{ __typename }" }).to_string()).header("accept", STREAM);
    let nobody = answered(nobody).await;
    assert_eq!((nobody.status, nobody.code()), (401, "UNAUTHENTICATED"));
    let nothing = answered(portal.post(ANA, &json!({})).header("accept", STREAM)).await;
    assert_eq!((nothing.status, nothing.code()), (400, "BAD_USER_INPUT"));
    let batch = answered(portal.post(ANA, &json!([{ "query": "{ __typename }" }])).header("accept", STREAM)).await;
    assert_eq!((batch.status, batch.code()), (406, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn a_stream_begins_before_its_answer_is_there() {
    let portal = Portal::open().await;
    portal.ask(ANA, "{ viewer { name } }").await;
    portal.fault(json!({ "system": "sap", "mode": "hang" })).await;
    let query = "{ viewer { account { orders(first: 1) { nodes { number } } } } }";
    let request = portal.post(ANA, &json!({ "query": query })).header("accept", STREAM).send();
    let response =
        tokio::time::timeout(Duration::from_secs(5), request).await.expect("the head comes at once").unwrap();
    assert_eq!(response.status(), 200);
}
