//! A conversation on paused time, with answers that come when the test wants them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::ws::Message;
use bytes::Bytes;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::future::BoxFuture;
use futures::{FutureExt as _, Sink, Stream, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::transport::{Answer, Answers, converse};
use crate::error::{Code, Error, Result};
use crate::execute::{GraphRequest, GraphResponse, Outcome};

/// Answers a query `N` after N seconds; takes everybody who says `in`, after a second.
struct Slow;

impl Answers for Slow {
    fn begin(&self, payload: Value) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match payload["who"].as_str() {
                Some("in") => Ok(()),
                Some("later") => Err(Error::new(Code::UpstreamUnavailable, "the detail is not told")),
                _ => Err(Error::new(Code::Unauthenticated, "the detail is not told")),
            }
        })
    }

    fn answer(&self, request: GraphRequest) -> BoxFuture<'_, Result<Answer<'_>>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(request.query.parse().unwrap())).await;
            let body = Bytes::from(format!("{{\"data\":{}}}", request.query));
            Ok(Answer::Once(GraphResponse { body, outcome: Outcome::Data, timings: Vec::new() }))
        })
    }
}

struct End(UnboundedReceiver<Message>, UnboundedSender<Message>);

impl Stream for End {
    type Item = std::result::Result<Message, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context).map(|message| message.map(Ok))
    }
}

impl Sink<Message> for End {
    type Error = mpsc::SendError;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        self.1.poll_ready(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> std::result::Result<(), Self::Error> {
        self.1.start_send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }
}

/// Says what it has to say, and takes nothing.
struct Stuck(Vec<Message>);

impl Stream for Stuck {
    type Item = std::result::Result<Message, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.pop().map_or(Poll::Pending, |message| Poll::Ready(Some(Ok(message))))
    }
}

impl Sink<Message> for Stuck {
    type Error = Infallible;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Pending
    }

    fn start_send(self: Pin<&mut Self>, _: Message) -> std::result::Result<(), Self::Error> {
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Pending
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Pending
    }
}

struct Client(UnboundedSender<Message>, UnboundedReceiver<Message>);

impl Client {
    fn connect(operations: usize) -> Self {
        let ((to, inbox), (outbox, from)) = (mpsc::unbounded(), mpsc::unbounded());
        tokio::spawn(async move { converse(End(inbox, outbox), &Slow, operations).await });
        Self(to, from)
    }

    async fn begun(operations: usize) -> Self {
        let mut client = Self::connect(operations);
        client.say(json!({ "type": "connection_init", "payload": { "who": "in" } }));
        assert_eq!(client.told().await, json!({ "type": "connection_ack" }));
        client
    }

    fn say(&self, message: Value) {
        self.0.unbounded_send(Message::text(message.to_string())).unwrap();
    }

    fn ask(&self, id: &str, seconds: u64) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": seconds.to_string() } }));
    }

    /// The next message; the end of a connection is its code.
    async fn told(&mut self) -> Value {
        loop {
            match self.1.next().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Close(frame)) => {
                    let frame = frame.unwrap();
                    return json!([frame.code, frame.reason.as_str()]);
                }
                Some(_) => {}
                None => return json!("gone"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn answers_come_as_they_are_there() {
    let mut client = Client::begun(5).await;
    for (id, seconds) in [("a", 3), ("b", 1), ("c", 2)] {
        client.ask(id, seconds);
    }
    for (id, seconds) in [("b", 1), ("c", 2), ("a", 3)] {
        assert_eq!(client.told().await, json!({ "id": id, "type": "next", "payload": { "data": seconds } }));
        assert_eq!(client.told().await, json!({ "id": id, "type": "complete" }));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_not_told() {
    let mut client = Client::begun(2).await;
    client.ask("a", 2);
    client.ask("b", 3);
    client.say(json!({ "id": "a", "type": "complete" }));
    client.say(json!({ "id": "nobody's", "type": "complete" }));
    assert_eq!(client.told().await["id"], "b");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_has_its_own_time_and_its_own_ends() {
    let mut silent = Client::connect(1);
    let begun = Instant::now();
    assert_eq!(silent.told().await, json!([4408, "Connection initialisation timeout"]));
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(silent.told().await, json!("gone"));
    for (who, told) in [
        ("out", json!([4403, "Sign in first."])),
        ("later", json!([1013, "The system behind this field does not answer."])),
    ] {
        let mut client = Client::connect(1);
        client.say(json!({ "type": "connection_init", "payload": { "who": who } }));
        assert_eq!(client.told().await, told);
    }
    let mut hasty = Client::connect(1);
    hasty.say(json!({ "type": "connection_init", "payload": { "who": "in" } }));
    hasty.ask("1", 1);
    assert_eq!(hasty.told().await, json!([4401, "Unauthorized"]));
    let mut twice = Client::connect(1);
    twice.say(json!({ "type": "connection_init", "payload": { "who": "in" } }));
    twice.say(json!({ "type": "connection_init", "payload": { "who": "in" } }));
    assert_eq!(twice.told().await, json!([4429, "Too many initialisation requests"]));
}

#[tokio::test(start_paused = true)]
async fn who_is_gone_is_noticed_and_who_is_quiet_stays() {
    let mut gone = Client::begun(1).await;
    let begun = Instant::now();
    assert_eq!(gone.told().await, json!("gone"));
    assert!((58..=80).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());

    let mut quiet = Client::begun(1).await;
    let pongs = quiet.0.clone();
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(20)).await;
        pongs.unbounded_send(Message::Pong(Bytes::new())).unwrap();
        while let Some(heard) = quiet.1.next().now_or_never() {
            assert!(matches!(heard, Some(Message::Ping(_))), "{heard:?}");
        }
    }
    quiet.ask("1", 1);
    let answer = timeout(Duration::from_secs(5), quiet.told()).await.unwrap();
    assert_eq!(answer["type"], "next");
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_is_given_up() {
    let begun = Instant::now();
    converse(Stuck(vec![Message::text(r#"{"type":"ping"}"#)]), &Slow, 1).await;
    assert_eq!(begun.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_used_once_at_a_time() {
    let mut client = Client::begun(1).await;
    client.ask("1", 1);
    client.ask("2", 1);
    let refused = client.told().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("2")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(client.told().await["type"], "next");
    assert_eq!(client.told().await["type"], "complete");
    client.ask("1", 1);
    assert_eq!(client.told().await["type"], "next");
    assert_eq!(client.told().await["type"], "complete");
    client.ask("1", 9);
    client.ask("1", 9);
    assert_eq!(client.told().await, json!([4409, "Subscriber for 1 already exists"]));
}
