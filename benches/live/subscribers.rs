//! Those who subscribe, each over a WebSocket of their own.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::desk;

const CHANGED: &str = "subscription { changed(types: [TICKET]) { kind cursor id type
    record { id ... on Ticket { number subject status updatedAt } } } }";

pub struct Subscriber(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Subscriber {
    /// Somebody who is signed in and has asked to be told.
    pub async fn open(address: &str, bearer: &str) -> Self {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut open = Self(connect_async(request).await.unwrap().0);
        open.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
        assert_eq!(open.told().await["type"], "connection_ack");
        open.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": CHANGED } })).await;
        open
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn told(&mut self) -> Value {
        loop {
            match tokio::time::timeout(Duration::from_secs(60), self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the connection ended: {other:?}"),
            }
        }
    }

    /// The number of the change that is told next, as its cursor has it.
    pub async fn number(&mut self) -> u64 {
        let told = self.told().await;
        let cursor = told["payload"]["data"]["changed"]["cursor"].as_str().unwrap_or_else(|| panic!("{told}"));
        // What is sealed is not hidden: a version, names, and a key.
        let sealed = URL_SAFE_NO_PAD.decode(cursor).unwrap();
        let key = String::from_utf8_lossy(&sealed[13..sealed.len() - 20]).into_owned();
        u64::from_str_radix(key.split_once('-').unwrap().1, 16).unwrap()
    }
}

/// Makes sure that somebody follows by now: what is asked on a connection is begun in turn.
pub async fn settled(subscriber: &mut Subscriber) {
    for number in 0..3 {
        let payload = json!({ "query": "{ viewer { name } }" });
        subscriber.say(json!({ "id": format!("q{number}"), "type": "subscribe", "payload": payload })).await;
        assert_eq!(subscriber.told().await["type"], "next");
        assert_eq!(subscriber.told().await["type"], "complete");
    }
}

/// Subscribers who write down when they are told.
pub struct Waiting {
    arrived: mpsc::UnboundedReceiver<(usize, Instant, String)>,
}

impl Waiting {
    pub fn of(subscribers: Vec<Subscriber>) -> Self {
        let (tell, arrived) = mpsc::unbounded_channel();
        for (number, mut subscriber) in subscribers.into_iter().enumerate() {
            let tell = tell.clone();
            tokio::spawn(async move {
                while let Some(Ok(message)) = subscriber.0.next().await {
                    let at = Instant::now();
                    if let Message::Text(text) = message
                        && tell.send((number, at, text.as_str().to_owned())).is_err()
                    {
                        return;
                    }
                }
            });
        }
        Self { arrived }
    }

    /// When each of so many was told of that change; nobody is told twice, and nobody else is.
    pub async fn all(&mut self, count: usize, change: usize) -> Vec<Instant> {
        let (mut times, mut who, subject) = (Vec::new(), HashSet::new(), desk::subject(change));
        while times.len() < count {
            let told = tokio::time::timeout(Duration::from_secs(30), self.arrived.recv()).await;
            let (number, at, text) = told.unwrap_or_else(|_| panic!("{} of {count} were told", times.len())).unwrap();
            assert!(who.insert(number) && text.contains(&subject), "told wrongly: {text}");
            times.push(at);
        }
        times
    }
}
