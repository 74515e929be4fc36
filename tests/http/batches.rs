//! Arrays of requests.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::portal::{ANA, Portal, answered};

#[tokio::test]
async fn each_request_of_a_batch_is_answered_in_its_place() {
    let portal = Portal::open().await;
    let batch = json!([
        { "query": "query($with: Boolean!) { viewer { name @include(if: $with) kind } }", "variables": { "with": true } },
        { "query": "{ nonsense }" },
        { "query": 5 },
        { "query": "{ __typename } query Other { viewer { email } }", "operationName": "Other" },
    ]);
    let answer =
        answered(portal.post(ANA, &batch).header("accept", "application/graphql-response+json, */*;q=0.1")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json; charset=utf-8"));
    let all = answer.body.as_array().unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(all[0]["data"]["viewer"]["name"], "Ana Lund");
    let codes: Vec<&Value> = all.iter().map(|one| &one["errors"][0]["extensions"]["code"]).collect();
    assert_eq!(codes[1..3], ["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"]);
    assert_eq!(all[2]["errors"][0]["message"], "`query` is not a string.");
    assert!(all[3]["errors"].is_array(), "an unnamed operation stands alone in its document");
    let one = answered(portal.post(ANA, &json!([{ "query": "{ __typename }" }]))).await;
    assert_eq!(one.body, json!([{ "data": { "__typename": "Query" } }]));
}

#[tokio::test]
async fn the_requests_of_a_batch_run_at_once() {
    let portal = Portal::open().await;
    portal.ask(ANA, "{ viewer { name } }").await;
    portal.fault(json!({ "system": "sap", "mode": "slow", "ms": 700 })).await;
    let orders = |first: u8| json!({ "query": format!("{{ viewer {{ account {{ orders(first: {first}) {{ nodes {{ number }} }} }} }} }}") });
    let begun = Instant::now();
    let answer = answered(portal.post(ANA, &json!([orders(1), orders(2), orders(3), orders(4), orders(5)]))).await;
    let took = begun.elapsed();
    let lengths: Vec<usize> = answer
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["data"]["viewer"]["account"]["orders"]["nodes"].as_array().map_or(0, Vec::len))
        .collect();
    assert!(lengths.windows(2).all(|pair| pair[0] <= pair[1]) && lengths[0] == 1, "{lengths:?}");
    assert!(took < Duration::from_millis(5 * 700), "one after the other: {took:?}");
}

#[tokio::test]
async fn a_batch_has_no_key_of_its_own() {
    let portal = Portal::open().await;
    let write = "mutation { createTicket(input: { subject: \"Of a batch\", body: \"x\" }) { userErrors { code } } }";
    let sent = portal.post(ANA, &json!([{ "query": write }])).header("idempotency-key", "key-of-a-batch");
    let answer = answered(sent).await;
    assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
    let told = "A batch has no key of its own: give each write its `idempotencyKey`.";
    assert_eq!(answer.body["errors"][0]["message"], told);
    let newest = portal.ask(ANA, "{ viewer { account { tickets(first: 1) { nodes { subject } } } } }").await;
    let subject = &newest["data"]["viewer"]["account"]["tickets"]["nodes"][0]["subject"];
    assert!(subject.is_string() && subject != "Of a batch", "{newest}");
}

#[tokio::test]
async fn batches_have_a_bound_and_can_be_switched_off() {
    let portal = Portal::with("  batch: 2\n").await;
    let one = json!({ "query": "{ __typename }" });
    let sent = |portal: &Portal, batch: Value| answered(portal.post(ANA, &batch));
    assert_eq!(sent(&portal, json!([one, one])).await.status, 200);
    for (batch, told) in
        [(json!([one, one, one]), "The batch has 3 requests; at most 2 are taken."), (json!([]), "The batch is empty.")]
    {
        let answer = sent(&portal, batch).await;
        assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
        assert_eq!(answer.body["errors"][0]["message"], told);
    }
    let strict = portal.post(ANA, &json!([one])).header("accept", "application/graphql-response+json");
    assert_eq!(answered(strict).await.status, 406, "there is no such media type for several answers");
    let anonymous = answered(portal.bare(json!([one]).to_string())).await;
    assert_eq!((anonymous.status, anonymous.code()), (401, "UNAUTHENTICATED"));

    let off = Portal::with("  batch: 0\n").await;
    let answer = sent(&off, json!([one])).await;
    assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
    assert_eq!(sent(&off, one).await.status, 200);
}
