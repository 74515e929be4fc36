//! A page that follows a subscription, over a WebSocket or as server-sent events.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::scenario::Transport;

/// How long a page waits for what it is to be told; nothing waits so long where it works.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What a page is told.
#[derive(Debug)]
pub enum Message {
    Change(Value),
    /// It is told no more: the code of the connection's end, or of the error that ends the stream.
    Over(Value),
}

pub enum Page {
    Socket(Socket),
    Events(Events),
}

impl Page {
    /// Opens a page.
    ///
    /// # Errors
    /// The code, where a request is answered at once instead of followed.
    pub async fn open(at: SocketAddr, token: &str, (over, request): (Transport, &Value)) -> Result<Self, Value> {
        if over == Transport::Websocket {
            let mut socket = Socket::open(at, token).await;
            socket.say(json!({ "id": "1", "type": "subscribe", "payload": request })).await;
            return Ok(Self::Socket(socket));
        }
        Events::open(at, token, (over, request)).await.map(Self::Events)
    }

    /// The next message. What was read of one is not lost when nobody waits any more.
    pub async fn next(&mut self) -> Message {
        match self {
            Self::Socket(socket) => {
                let told = socket.told().await;
                match told["type"].as_str() {
                    Some("next") if told["payload"].get("errors").is_none() => {
                        Message::Change(told["payload"]["data"]["changed"].clone())
                    }
                    Some("error") => Message::Over(told["payload"][0]["extensions"]["code"].clone()),
                    _ => Message::Over(told),
                }
            }
            Self::Events(events) => events.next().await,
        }
    }
}

pub struct Socket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>);

impl Socket {
    pub async fn open(at: SocketAddr, token: &str) -> Self {
        let mut request = format!("ws://{at}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut socket = Self(Box::new(connect_async(request).await.unwrap().0));
        let bearer = json!({ "authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": bearer })).await;
        assert_eq!(socket.told().await["type"], "connection_ack");
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Frame::text(message.to_string())).await.unwrap();
    }

    /// The next message; the end of a connection is its code.
    pub async fn told(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Frame::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Frame::Close(frame))) => return json!(frame.map_or(0, |frame| u16::from(frame.code))),
                None | Some(Err(_)) => return json!("gone"),
                Some(Ok(_)) => {}
            }
        }
    }
}

/// Events, and what of the next one has come.
pub struct Events(BoxStream<'static, reqwest::Result<Bytes>>, String);

impl Events {
    async fn open(at: SocketAddr, token: &str, (over, request): (Transport, &Value)) -> Result<Self, Value> {
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let ask = reqwest::Client::new().post(format!("http://{at}/graphql")).bearer_auth(token);
        let accept = if over == Transport::Events { "text/event-stream" } else { "application/json" };
        let ask = ask.header("accept", accept).header("content-type", "application/json");
        let answer = ask.body(request.to_string()).send().await.unwrap();
        if answer.headers()["content-type"] == "text/event-stream" {
            return Ok(Self(answer.bytes_stream().boxed(), String::new()));
        }
        let text = answer.text().await.unwrap();
        let told: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Err(told["errors"][0]["extensions"]["code"].clone())
    }

    /// The next event; none at the end of the stream. What begins with a colon is a sign of life.
    async fn event(&mut self) -> Option<String> {
        loop {
            while let Some((event, rest)) = self.1.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.1 = rest;
                if !event.starts_with(':') {
                    return Some(event);
                }
            }
            let more = self.0.next().await?.unwrap();
            self.1.push_str(std::str::from_utf8(&more).unwrap());
        }
    }

    async fn next(&mut self) -> Message {
        let Some(event) = self.event().await else { return Message::Over(json!("gone")) };
        let Some(data) = event.strip_prefix("event: next\ndata: ") else { return Message::Over(json!(event)) };
        let told: Value = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {event}"));
        let Some(errors) = told.get("errors") else { return Message::Change(told["data"]["changed"].clone()) };
        // What ends says so, and then there is nothing more.
        let end = (self.event().await, self.event().await);
        match end {
            (Some(complete), None) if complete == "event: complete\ndata: " => {
                Message::Over(errors[0]["extensions"]["code"].clone())
            }
            _ => Message::Over(json!(format!("{errors}, and then {end:?}"))),
        }
    }
}
