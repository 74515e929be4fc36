//! Requests and their answers by the rules of GraphQL over HTTP.

use serde_json::json;

use super::portal::{ANA, Portal, answered};

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

#[tokio::test]
async fn queries_come_by_post_and_by_get() {
    let portal = Portal::open().await;
    let query = "query Who($with: Boolean!) { viewer { name email @include(if: $with) } } query Other { __typename }";
    let body = json!({ "query": query, "operationName": "Who", "variables": { "with": true } });
    let posted = answered(portal.post(ANA, &body)).await;
    assert_eq!(posted.status, 200);
    assert_eq!(posted.body, json!({ "data": { "viewer": { "name": "Ana Lund", "email": ANA } } }));

    let mut address = url::Url::parse(&portal.url("/graphql")).unwrap();
    address
        .query_pairs_mut()
        .append_pair("query", query)
        .append_pair("operationName", "Who")
        .append_pair("variables", r#"{"with":false}"#);
    let got = answered(portal.got(ANA, address)).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.body, json!({ "data": { "viewer": { "name": "Ana Lund" } } }));

    let other = answered(portal.post(ANA, &json!({ "query": query, "operationName": "Other" }))).await;
    assert_eq!(other.body, json!({ "data": { "__typename": "Query" } }));
    let neither = answered(portal.post(ANA, &json!({ "query": query })).header("accept", RESPONSE)).await;
    assert_eq!((neither.status, neither.code()), (400, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn a_refused_document_has_the_status_of_its_media_type() {
    let portal = Portal::open().await;
    let cases = [
        ("{ viewer { ", "GRAPHQL_PARSE_FAILED"),
        ("{ viewer { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query Q($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    ];
    for (query, code) in cases {
        for (accept, status) in [(RESPONSE, 400), (JSON, 200), ("*/*", 200)] {
            let sent = portal.post(ANA, &json!({ "query": query })).header("accept", accept);
            let answer = answered(sent).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{query} as {accept}");
            assert!(answer.body.get("data").is_none(), "a refused request has no data: {}", answer.body);
            assert!(answer.body["errors"][0]["locations"][0]["line"].is_u64() || code == "BAD_USER_INPUT");
            let media = if accept == RESPONSE { RESPONSE } else { JSON };
            assert_eq!(answer.header("content-type"), format!("{media}; charset=utf-8"));
        }
    }
    let fine = portal.post(ANA, &json!({ "query": "{ __typename }" })).header("accept", RESPONSE);
    let fine = answered(fine).await;
    assert_eq!((fine.status, fine.header("content-type")), (200, "application/graphql-response+json; charset=utf-8"));
}

#[tokio::test]
async fn what_is_no_graphql_request_is_refused_before_anything_is_read() {
    let portal = Portal::open().await;
    let token = portal.token(ANA);
    for body in [
        "{",
        "nonsense",
        "{}",
        "{\"query\": 5}",
        "{\"query\":\"{ __typename }\",\"variables\":[1]}",
        "{\"query\":\"{ __typename }\",\"extensions\":1}",
        "\"{ __typename }\"",
        "",
    ] {
        for accept in [RESPONSE, JSON] {
            let answer = answered(portal.bare(body.to_owned()).bearer_auth(&token).header("accept", accept)).await;
            assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"), "{body}");
        }
    }
    for query in ["", "?query={__typename}&variables=[1]", "?query={__typename}&variables=nonsense"] {
        let answer = answered(portal.got(ANA, portal.url("/graphql") + query)).await;
        assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"), "{query}");
    }
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
        let sent = portal.client.post(portal.url("/graphql")).header("content-type", media).bearer_auth(&token);
        let answer = answered(sent.body("{\"query\":\"{ __typename }\"}")).await;
        assert_eq!((answer.status, answer.code()), (415, "BAD_USER_INPUT"), "{media}");
    }
    let sent = portal.post(ANA, &json!({ "query": "{ __typename }" })).header("accept", "text/html");
    assert_eq!(answered(sent).await.status, 406);
    assert_eq!(portal.calls("sap").await, 0);
}

#[tokio::test]
async fn other_addresses_and_methods_are_answered_in_json() {
    let portal = Portal::open().await;
    for path in ["/", "/nothing", "/demo/people", "/demo/token", "/demo", "/graphql/"] {
        let answer = answered(portal.client.get(portal.url(path))).await;
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{path}");
    }
    let answer = answered(portal.client.put(portal.url("/graphql")).body("{}")).await;
    assert_eq!((answer.status, answer.code()), (405, "BAD_USER_INPUT"));
    let allowed = answer.header("allow");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    assert_eq!(answered(portal.client.get(portal.url("/healthz"))).await.body["status"], "ok");
    assert_eq!(answered(portal.client.get(portal.url("/readyz"))).await.body["status"], "ready");
}

#[tokio::test]
async fn introspection_and_the_page_are_there_as_configured() {
    let introspect = "{ __schema { queryType { name } } }";
    let open = Portal::open().await;
    assert_eq!(open.ask(ANA, introspect).await["data"]["__schema"]["queryType"]["name"], "Query");
    let page = open.client.get(open.url("/graphiql")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text().await.unwrap().contains("graphiql"));

    let closed = Portal::with("  graphiql: false\n  introspection: false\n").await;
    assert_eq!(answered(closed.client.get(closed.url("/graphiql"))).await.status, 404);
    let hidden = [
        introspect,
        "{ __type(name: \"Viewer\") { name } }",
        "{ viewer { name } ...F } fragment F on Query { ... { s: __schema { types { name } } } }",
        "query($no: Boolean = false) { __typename __schema @include(if: $no) { types { name } } }",
    ];
    for query in hidden {
        let sent = closed.post(ANA, &json!({ "query": query })).header("accept", RESPONSE);
        let answer = answered(sent).await;
        assert_eq!((answer.status, answer.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{query}: {}", answer.body);
        assert!(answer.body["errors"][0]["locations"][0]["line"].is_u64());
    }
    let named = closed.ask(ANA, "{ __typename viewer { __typename name } }").await;
    assert_eq!(named["data"]["viewer"], json!({ "__typename": "Viewer", "name": "Ana Lund" }));
}
