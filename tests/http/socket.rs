//! graphql-transport-ws: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::portal::{ANA, JONAS, Portal};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a gateway sends: a message, or the end with its code (0 where there is none).
#[derive(Debug, PartialEq)]
enum Sent {
    Message(Value),
    End(u16),
}

impl Socket {
    async fn open(portal: &Portal, protocol: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{}/graphql/ws", portal.address).into_client_request()?;
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let (stream, response) = connect_async(request).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], protocol.unwrap_or_default());
        Ok(Self(stream))
    }

    async fn signed_in(portal: &Portal, email: &str) -> Self {
        let mut socket = Self::open(portal, Some("graphql-transport-ws")).await.unwrap();
        let payload = json!({ "Authorization": format!("Bearer {}", portal.token(email)) });
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.next().await, Sent::Message(json!({ "type": "connection_ack" })));
        socket
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Sent {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("in time");
            match message {
                Some(Ok(Message::Text(text))) => return Sent::Message(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Sent::End(frame.map_or(0, |frame| frame.code.into())),
                None | Some(Err(_)) => return Sent::End(0),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The answer to one operation, which is complete after it.
    async fn ask(&mut self, id: &str, payload: Value) -> Value {
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
        let Sent::Message(next) = self.next().await else { panic!("the connection ended") };
        assert_eq!((&next["id"], &next["type"]), (&json!(id), &json!("next")), "{next}");
        assert_eq!(self.next().await, Sent::Message(json!({ "id": id, "type": "complete" })));
        next["payload"].clone()
    }
}

#[tokio::test]
async fn queries_are_answered_one_after_the_other() {
    let portal = Portal::open().await;
    let mut socket = Socket::signed_in(&portal, ANA).await;
    let query = "query($first: Int!) { viewer { name account { tickets(first: $first) { nodes { subject } } } } }";
    let answer = socket.ask("1", json!({ "query": query, "variables": { "first": 1 } })).await;
    assert_eq!(answer["data"]["viewer"]["name"], "Ana Lund");
    assert!(answer["data"]["viewer"]["account"]["tickets"]["nodes"][0]["subject"].is_string());
    assert_eq!(
        socket.ask("2", json!({ "query": "{ __typename }" })).await,
        json!({ "data": { "__typename": "Query" } })
    );
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, Sent::Message(json!({ "type": "pong" })));
}

#[tokio::test]
async fn the_payload_picks_the_account() {
    let portal = Portal::open().await;
    let query = "{ viewer { memberships { accountId current account { name } } } }";
    let first = portal.ask(JONAS, query).await;
    let other = first["data"]["viewer"]["memberships"].as_array().unwrap().iter().find(|m| m["current"] == false);
    let other = other.unwrap();
    let mut socket = Socket::open(&portal, Some("graphql-transport-ws")).await.unwrap();
    let authorization = format!("Bearer {}", portal.token(JONAS));
    let payload = json!({ "authorization": authorization, "vestibule-account": other["accountId"] });
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.next().await, Sent::Message(json!({ "type": "connection_ack" })));
    let answer = socket.ask("1", json!({ "query": "{ viewer { account { name } } }" })).await;
    assert_eq!(answer["data"]["viewer"]["account"]["name"], other["account"]["name"]);
}

#[tokio::test]
async fn nobody_is_connected_without_a_sign_in() {
    let portal = Portal::open().await;
    let expired = format!("Bearer {}", portal.token_at(ANA, -9 * 3600));
    for payload in
        [json!(null), json!({}), json!({ "authorization": "Bearer nonsense" }), json!({ "authorization": expired })]
    {
        let mut socket = Socket::open(&portal, Some("graphql-transport-ws")).await.unwrap();
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        match socket.next().await {
            Sent::End(code) => assert!(code >= 1000, "closed with {code}"),
            Sent::Message(message) => panic!("{message}"),
        }
    }
    let mut socket = Socket::open(&portal, Some("graphql-transport-ws")).await.unwrap();
    socket.send(json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }" } })).await;
    assert!(matches!(socket.next().await, Sent::End(_)), "an operation before the sign-in");
}

#[tokio::test]
async fn what_is_no_such_socket_is_refused() {
    let portal = Portal::open().await;
    for protocol in [None, Some("soap")] {
        match Socket::open(&portal, protocol).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 400, "{protocol:?}"),
            Err(other) => panic!("{protocol:?}: {other}"),
            Ok(_) => panic!("{protocol:?} was taken"),
        }
    }
    let plain = super::portal::answered(portal.client.get(portal.url("/graphql/ws"))).await;
    assert_eq!((plain.status, plain.code()), (400, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn messages_have_a_bound_and_subscriptions_are_not_there_yet() {
    let portal = Portal::with("  largestBody: 4000\n").await;
    let mut socket = Socket::signed_in(&portal, ANA).await;
    let answer = socket.ask("1", json!({ "query": "subscription { changed { cursor } }" })).await;
    assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{answer}");
    assert!(answer.get("data").is_none_or(Value::is_null));
    let bad = socket.ask("2", json!({ "query": "{ nonsense }" })).await;
    assert_eq!(bad["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    let long = json!({ "query": format!("{{ __typename }} # {}", "x".repeat(5000)) });
    // The gateway may close while the message is still being sent.
    let long = json!({ "id": "3", "type": "subscribe", "payload": long }).to_string();
    let _ = socket.0.send(Message::text(long)).await;
    assert!(matches!(socket.next().await, Sent::End(_)));
}
