//! graphql-transport-ws: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::portal::{ANA, JONAS, Portal};

const NEWER: &str = "graphql-transport-ws";

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
        let mut socket = Self::open(portal, Some(NEWER)).await.unwrap();
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
        self.subscribe(id, payload).await;
        let Sent::Message(next) = self.next().await else { panic!("the connection ended") };
        assert_eq!((&next["id"], &next["type"]), (&json!(id), &json!("next")), "{next}");
        assert_eq!(self.next().await, Sent::Message(json!({ "id": id, "type": "complete" })));
        next["payload"].clone()
    }

    /// The code of an operation that is refused: there is nothing after it.
    async fn refused(&mut self, id: &str, payload: Value) -> String {
        self.subscribe(id, payload).await;
        let Sent::Message(error) = self.next().await else { panic!("the connection ended") };
        assert_eq!((&error["id"], &error["type"]), (&json!(id), &json!("error")), "{error}");
        error["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    async fn subscribe(&mut self, id: &str, payload: Value) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
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
    let mut socket = Socket::open(&portal, Some(NEWER)).await.unwrap();
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
        let mut socket = Socket::open(&portal, Some(NEWER)).await.unwrap();
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.next().await, Sent::End(4403));
    }
    let mut socket = Socket::open(&portal, Some(NEWER)).await.unwrap();
    socket.subscribe("1", json!({ "query": "{ __typename }" })).await;
    assert_eq!(socket.next().await, Sent::End(4401), "an operation before the sign-in");
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
async fn pages_of_other_origins_do_not_connect() {
    let portal = Portal::with("  cors: { origins: [https://portal.example.com] }\n").await;
    let own = format!("http://{}", portal.address);
    for (origin, taken) in
        [("https://evil.example", false), ("null", false), ("https://portal.example.com", true), (own.as_str(), true)]
    {
        let mut request = format!("ws://{}/graphql/ws", portal.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", NEWER.parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        match connect_async(request).await {
            Ok(_) => assert!(taken, "{origin}"),
            Err(Error::Http(response)) => assert_eq!((response.status().as_u16(), taken), (403, false), "{origin}"),
            Err(other) => panic!("{origin}: {other}"),
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_is_its_error_and_the_connection_stays() {
    let portal = Portal::with("  largestBody: 4000\n").await;
    let mut socket = Socket::signed_in(&portal, ANA).await;
    for (query, code) in [
        (json!("subscription { changed { nonsense } }"), "GRAPHQL_VALIDATION_FAILED"),
        (json!("{ nonsense }"), "GRAPHQL_VALIDATION_FAILED"),
        (json!("{"), "GRAPHQL_PARSE_FAILED"),
        (json!(5), "BAD_USER_INPUT"),
    ] {
        assert_eq!(socket.refused("1", json!({ "query": query })).await, code, "{query}");
    }
    assert_eq!(socket.refused("1", json!({ "query": "{ __typename }", "variables": [] })).await, "BAD_USER_INPUT");
    socket.ask("1", json!({ "query": "{ __typename }" })).await;
    let long = json!({ "query": format!("{{ __typename }} # {}", "x".repeat(5000)) });
    // The gateway may close while the message is still being sent.
    let long = json!({ "id": "3", "type": "subscribe", "payload": long }).to_string();
    let _ = socket.0.send(Message::text(long)).await;
    assert!(matches!(socket.next().await, Sent::End(_)));
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection() {
    let portal = Portal::open().await;
    for message in [
        Message::text("nonsense"),
        Message::text("[]"),
        Message::text("{}"),
        Message::text(r#"{"type":"nonsense"}"#),
        Message::text(r#"{"type":"ping","type":"ping"}"#),
        Message::text(r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#),
        Message::text(r#"{"type":"subscribe","id":"1"}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":"{ __typename }"}"#),
        Message::binary(r#"{"type":"ping"}"#),
    ] {
        let mut socket = Socket::signed_in(&portal, ANA).await;
        socket.0.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await, Sent::End(4400), "{message:?}");
    }
    let mut socket = Socket::signed_in(&portal, ANA).await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.next().await, Sent::End(4429));
}

#[tokio::test]
async fn operations_and_connections_have_bounds() {
    let portal = Portal::with("  sockets: { connections: 2, operations: 2 }\n").await;
    portal.ask(ANA, "{ viewer { name } }").await;
    portal.fault(json!({ "system": "sap", "mode": "hang" })).await;
    let slow = json!({ "query": "{ viewer { account { orders(first: 1) { nodes { number } } } } }" });
    let mut socket = Socket::signed_in(&portal, ANA).await;
    socket.subscribe("1", slow.clone()).await;
    socket.subscribe("2", slow.clone()).await;
    assert_eq!(socket.refused("3", slow.clone()).await, "RATE_LIMITED");
    // Given up, it makes room; and nothing more is heard of it.
    socket.send(json!({ "id": "1", "type": "complete" })).await;
    let answer = socket.ask("4", json!({ "query": "{ __typename }" })).await;
    assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
    let mut other = Socket::signed_in(&portal, ANA).await;
    match Socket::open(&portal, Some(NEWER)).await {
        Err(Error::Http(response)) => {
            assert_eq!(response.status(), 503);
            assert!(response.headers().contains_key("retry-after"));
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("a third connection was taken"),
    }
    let events = portal.post(ANA, &json!({ "query": "subscription { changed { kind } }" }));
    let events = events.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(events.status(), 503, "events are one of those who stay");
    socket.subscribe("2", slow).await;
    assert_eq!(socket.next().await, Sent::End(4409), "the operation of that name runs still");
    other.ask("1", json!({ "query": "{ __typename }" })).await;
    // A connection that ended makes room.
    drop(socket);
    let opened = async {
        while Socket::open(&portal, Some(NEWER)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), opened).await.expect("room for another connection");
}

#[tokio::test]
async fn the_older_protocol_is_spoken_where_only_it_is_offered() {
    let portal = Portal::with("  sockets: { operations: 1 }\n").await;
    let mut socket = Socket::open(&portal, Some("graphql-ws")).await.unwrap();
    let payload = json!({ "Authorization": format!("Bearer {}", portal.token(ANA)) });
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.next().await, Sent::Message(json!({ "type": "connection_ack" })));
    socket.send(json!({ "id": "1", "type": "start", "payload": { "query": "{ viewer { name } }" } })).await;
    let data = json!({ "data": { "viewer": { "name": "Ana Lund" } } });
    assert_eq!(socket.next().await, Sent::Message(json!({ "id": "1", "type": "data", "payload": data })));
    assert_eq!(socket.next().await, Sent::Message(json!({ "id": "1", "type": "complete" })));
    portal.fault(json!({ "system": "sap", "mode": "hang" })).await;
    let slow = "{ viewer { account { orders(first: 1) { nodes { number } } } } }";
    for id in ["2", "3"] {
        socket.send(json!({ "id": id, "type": "start", "payload": { "query": slow } })).await;
    }
    let Sent::Message(refused) = socket.next().await else { panic!("the connection ended") };
    assert_eq!(refused["payload"]["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{refused}");
}
