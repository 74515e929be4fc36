//! Bodies and heads that no client should send: each has a clear answer, and costs nothing but itself.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::portal::{ANA, Portal, answered};

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

#[tokio::test]
async fn what_is_not_json_in_utf_8_is_told_where_it_breaks() {
    let portal = Portal::open().await;
    let cases: &[(&[u8], &str)] = &[
        (b"{\"query\":\"{ \xff }\"}", "The body is not UTF-8: see byte 13."),
        (b"{\"query\":\"{ __typename }\"", "The body is not JSON: EOF while parsing an object at line 1 column 25."),
        (
            b"{\"query\":\"{a}\",\"query\":\"{b}\"}",
            "The body is not JSON: an object has the same key twice at line 1 column 29.",
        ),
        (b"{\"query\":\"\\ud83c\"}", "The body is not JSON: unexpected end of hex escape at line 1 column 17."),
    ];
    for (body, told) in cases {
        let sent = portal.client.post(portal.url("/graphql")).header("content-type", "application/json");
        let answer = answered(sent.bearer_auth(portal.token(ANA)).body(body.to_vec())).await;
        assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
        assert_eq!(answer.body["errors"][0]["message"], *told);
    }
    let marked = answered(portal.bare(format!("\u{feff}{QUERY}")).bearer_auth(portal.token(ANA))).await;
    assert_eq!(marked.body, json!({ "data": { "__typename": "Query" } }), "a byte order mark is passed over");
}

#[tokio::test]
async fn packed_bodies_are_refused_before_they_are_unpacked() {
    let portal = Portal::open().await;
    for encoding in ["gzip", "br", "deflate", "gzip, gzip", "nonsense"] {
        let sent = portal.bare(QUERY.to_owned()).bearer_auth(portal.token(ANA)).header("content-encoding", encoding);
        let answer = answered(sent).await;
        assert_eq!((answer.status, answer.code()), (415, "BAD_USER_INPUT"), "{encoding}");
        assert_eq!(answer.header("accept-encoding"), "identity", "{encoding}");
    }
    let plain = portal.bare(QUERY.to_owned()).bearer_auth(portal.token(ANA)).header("content-encoding", "identity");
    assert_eq!(answered(plain).await.status, 200);
}

#[tokio::test]
async fn media_types_of_requests_are_taken_by_their_names() {
    let portal = Portal::open().await;
    let sent = |media: &str| {
        let sent = portal.client.post(portal.url("/graphql")).header("content-type", media);
        answered(sent.bearer_auth(portal.token(ANA)).body(QUERY))
    };
    for media in ["application/json", "application/graphql+json", "Application/JSON; Charset=\"UTF-8\""] {
        assert_eq!(sent(media).await.status, 200, "{media}");
    }
    for media in ["application/graphql", "text/json", "application/json, text/plain", "multipart/form-data", ""] {
        let answer = sent(media).await;
        assert_eq!((answer.status, answer.code()), (415, "BAD_USER_INPUT"), "{media}");
    }
    let twice = portal.bare(QUERY.to_owned()).bearer_auth(portal.token(ANA)).header("content-type", "text/plain");
    assert_eq!(answered(twice).await.status, 415, "two content types that disagree");
}

/// What the gateway sends for these bytes until it closes, or says nothing more.
async fn raw(portal: &Portal, bytes: &str) -> String {
    let mut stream = TcpStream::connect(portal.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    let read = stream.read_to_end(&mut told);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), read).await;
    ended.expect("the connection is closed").unwrap();
    String::from_utf8(told).unwrap()
}

#[tokio::test]
async fn a_request_whose_length_is_in_doubt_never_hides_another() {
    let portal = Portal::open().await;
    let hidden = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    for framing in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: +5\r\n",
        "content-length: 5, 6\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
    ] {
        let told = raw(&portal, &format!("{head}{framing}\r\n{hidden}")).await;
        assert!(told.starts_with("HTTP/1.1 400"), "{framing}: {told}");
        assert_eq!(told.matches("HTTP/1.1").count(), 1, "{framing}: {told}");
    }
    // Both ways at once: the chunks count, and nothing more is read from the connection.
    for both in
        ["content-length: 5\r\ntransfer-encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 5\r\n"]
    {
        let told = raw(&portal, &format!("{head}{both}\r\n0\r\n\r\n{hidden}")).await;
        assert!(told.starts_with("HTTP/1.1 400") && !told.contains("\"ok\""), "{both}: {told}");
        assert_eq!(told.matches("HTTP/1.1").count(), 1, "{both}: {told}");
    }
}
