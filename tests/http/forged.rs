//! Requests that another web page could have made a browser send.

use serde_json::json;

use super::portal::{ANA, Portal, answered};

#[tokio::test]
async fn a_get_that_a_link_could_send_is_refused() {
    let portal = Portal::open().await;
    let address = portal.url("/graphql?query={__typename}");
    let link = || portal.client.get(&address).bearer_auth(portal.token(ANA));
    let answer = answered(link()).await;
    assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("`GraphQL-Require-Preflight: 1`"));
    for name in ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name"] {
        assert_eq!(answered(link().header(name, "1")).await.status, 200, "{name}");
    }
    assert_eq!(answered(link().header("content-type", "application/json")).await.status, 200);
    let head = portal.client.head(&address).bearer_auth(portal.token(ANA)).send().await.unwrap();
    assert_eq!(head.status(), 400);
}

#[tokio::test]
async fn a_mutation_never_comes_by_get() {
    let portal = Portal::open().await;
    let ask = |query: &str, name: Option<&str>, accept: &'static str| {
        let mut address = url::Url::parse(&portal.url("/graphql")).unwrap();
        address.query_pairs_mut().append_pair("query", query);
        if let Some(name) = name {
            address.query_pairs_mut().append_pair("operationName", name);
        }
        answered(portal.got(ANA, address).header("accept", accept))
    };
    let two = "query A { __typename } mutation B { __typename }";
    for accept in ["application/json", "application/graphql-response+json", "text/event-stream"] {
        for (query, name) in
            [("mutation { __typename }", None), (two, Some("B")), ("mutation M { nonsense }", Some("M"))]
        {
            let answer = ask(query, name, accept).await;
            assert_eq!(
                (answer.status, answer.code(), answer.header("allow")),
                (405, "BAD_USER_INPUT", "POST"),
                "{query}"
            );
        }
    }
    assert_ne!(ask(two, Some("A"), "application/json").await.status, 405, "the query would be run");
    let posted = portal.post(ANA, &json!({ "query": "mutation { __typename }" }));
    let posted = answered(posted.header("accept", "application/graphql-response+json")).await;
    assert_eq!((posted.status, &posted.body), (200, &json!({ "data": { "__typename": "Mutation" } })));
}

#[tokio::test]
async fn forms_and_plain_text_are_refused() {
    let portal = Portal::open().await;
    for (media, body) in [
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
        ("text/plain", r#"{"query":"{ __typename }"}"#),
    ] {
        let sent = portal.client.post(portal.url("/graphql")).header("content-type", media);
        let answer =
            answered(sent.bearer_auth(portal.token(ANA)).header("graphql-require-preflight", "1").body(body)).await;
        assert_eq!((answer.status, answer.code()), (415, "BAD_USER_INPUT"), "{media}");
    }
}
