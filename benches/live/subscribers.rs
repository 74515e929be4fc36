//! Those who subscribe, each over a WebSocket of their own.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{SinkExt as _, StreamExt as _};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::desk;

const CHANGED: &str = "subscription { changed(types: [TICKET]) { kind cursor id type
    record { id ... on Ticket { number subject status updatedAt } } } }";

pub struct Subscriber(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

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

/// Subscribers who write down when they are told. They are read by one thread as their bytes come: what is measured is the
/// gateway, not who reads.
pub struct Waiting {
    poll: Poll,
    streams: Vec<TcpStream>,
    /// The system's connection, over which webhooks come.
    system: TcpStream,
}

/// The system's connection among those of the subscribers.
const SYSTEM: Token = Token(usize::MAX);
/// What asks whether somebody is still there.
const PING: [u8; 2] = [0x89, 0];
/// That somebody is: masked, as whatever a client sends, by a mask of zeros.
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

impl Waiting {
    pub fn of(subscribers: Vec<Subscriber>, address: &str) -> Self {
        let poll = Poll::new().unwrap();
        let watched = |stream: std::net::TcpStream, token| {
            stream.set_nonblocking(true).unwrap();
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, token, Interest::READABLE).unwrap();
            stream
        };
        let plain = |subscriber: Subscriber| match subscriber.0.into_inner() {
            MaybeTlsStream::Plain(stream) => stream.into_std().unwrap(),
            _ => panic!("a connection of loopback is plain"),
        };
        let streams = subscribers.into_iter().enumerate();
        let streams = streams.map(|(number, subscriber)| watched(plain(subscriber), Token(number))).collect();
        let system = watched(std::net::TcpStream::connect(address).unwrap(), SYSTEM);
        Self { streams, system, poll }
    }

    /// Sends the webhook of a change; how long after that each of so many had the record, in milliseconds. Nobody is told twice, and
    /// nobody else is.
    pub fn told(&mut self, webhook: &[u8], count: usize, change: usize) -> Vec<f64> {
        let (mut events, mut buffer) = (Events::with_capacity(1024), vec![0; 64 * 1024]);
        let mut arrived = Vec::with_capacity(count);
        let (mut taken, begun) = (false, Instant::now());
        assert_eq!(self.system.write(webhook).unwrap(), webhook.len());
        while arrived.len() < count || !taken {
            self.poll.poll(&mut events, Some(Duration::from_secs(30))).unwrap();
            assert!(!events.is_empty(), "{} of {count} were told", arrived.len());
            for event in &events {
                let number = event.token().0;
                let stream = if event.token() == SYSTEM { &mut self.system } else { &mut self.streams[number] };
                while let Ok(length) = stream.read(&mut buffer) {
                    assert_ne!(length, 0, "a connection ended");
                    let bytes = buffer[..length].to_vec();
                    match event.token() {
                        SYSTEM => taken |= bytes.starts_with(b"HTTP/1.1 200"),
                        _ if bytes == PING => assert_eq!(stream.write(&PONG).unwrap(), PONG.len()),
                        _ => arrived.push((number, begun.elapsed(), bytes)),
                    }
                }
            }
        }
        let subject = desk::subject(change);
        let who: HashSet<usize> = arrived.iter().map(|(number, ..)| *number).collect();
        assert_eq!(who.len(), count, "nobody is told twice");
        let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&subject);
        assert!(arrived.iter().all(|(.., bytes)| told(bytes)), "told wrongly");
        arrived.iter().map(|(_, after, _)| after.as_secs_f64() * 1e3).collect()
    }
}
