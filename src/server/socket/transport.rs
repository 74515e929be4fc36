//! graphql-transport-ws: a connection begins once, then carries operations by their names.
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use axum::extract::ws::Message;
use bytes::Bytes;
use futures::future::{AbortHandle, Abortable, BoxFuture};
use futures::stream::{BoxStream, FuturesUnordered};
use futures::{FutureExt as _, Sink, SinkExt as _, Stream, StreamExt as _};
use serde_json::Value;
use smallvec::{SmallVec, smallvec};
use tokio::time::{Instant, MissedTickBehavior};

use super::happened::{Event, Happened};
use super::messages::{self, Close, Messages, Name, Said};
use crate::error::{Code, Error, Result};
use crate::execute::{GraphRequest, GraphResponse};

/// How long a connection may be open before it begins.
const BEGIN: Duration = Duration::from_secs(10);
/// How often the other end is asked whether it is there; a browser answers by itself.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// After so long without a sign of the other end, or without it taking what it is sent, the connection is given up.
const SILENCE: Duration = Duration::from_secs(60);

/// How long the other end may take to part.
const PARTING: Duration = Duration::from_secs(5);

/// Who answers what a connection asks.
pub(super) trait Answers: Sync {
    /// Takes the connection, or refuses it.
    fn begin(&self, payload: Value) -> BoxFuture<'_, Result<()>>;

    /// Answers an operation.
    fn answer(&self, request: GraphRequest) -> BoxFuture<'_, Result<Answer<'_>>>;
}

/// What an operation is answered with.
pub(super) enum Answer<'a> {
    /// One answer.
    Once(GraphResponse),
    /// One after the other, until the operation is given up; an error is the end of the connection.
    Many(BoxStream<'a, Result<GraphResponse>>),
}

/// Converses until either end has enough; at most so many `operations` run at once.
pub(super) async fn converse<S, E>(socket: S, answers: &dyn Answers, operations: usize)
where
    S: Stream<Item = std::result::Result<Message, E>> + Sink<Message> + Send,
    E: Send,
{
    let (mut sink, said) = socket.split();
    let happened = Happened::default();
    let mut talk = Talk::new(answers, &happened, operations);
    talk.goes_on(listen(said, &happened));
    loop {
        let event = talk.next().await;
        let (messages, closing) = match talk.hear(event) {
            Ok(messages) => (messages, false),
            Err(Ended::Silent) => return,
            Err(Ended::Gone) => break,
            Err(Ended::Close(close)) => (smallvec![close.frame()], true),
        };
        for message in messages {
            if !sent(&mut sink, message).await {
                return;
            }
        }
        if closing {
            break;
        }
    }
    part(sink, talk).await;
}

/// Whether the other end has taken a message, or what is between has room for it.
async fn sent(sink: &mut (impl Sink<Message> + Unpin), message: Message) -> bool {
    let mut sending = sink.send(message);
    // There is mostly room, and then nothing has to be waited for.
    if let Some(sent) = (&mut sending).now_or_never() {
        return sent.is_ok();
    }
    matches!(tokio::time::timeout(SILENCE, sending).await, Ok(Ok(())))
}

/// Ends a connection as the protocol says: both ends have said so, before the network connection goes.
async fn part(mut sink: impl Sink<Message> + Unpin, mut talk: Talk<'_>) {
    talk.give_up();
    let parting = async {
        // What cannot be sent any more is not missed.
        let _ = sink.close().await;
        while !matches!(talk.next().await, Event::Said(None)) {}
    };
    let _ = tokio::time::timeout(PARTING, parting).await;
}

/// Notes what the other end says, until it is gone.
async fn listen<E>(mut said: impl Stream<Item = std::result::Result<Message, E>> + Unpin, happened: &Happened) {
    while let Some(Ok(message)) = said.next().await {
        happened.note(Event::Said(Some(message))).await;
    }
    happened.note(Event::Said(None)).await;
}

/// How far a connection has come.
enum Stage {
    New,
    Beginning,
    Begun,
}

/// Why a connection ends.
enum Ended {
    /// The other end gave no sign for too long.
    Silent,
    /// The other end has ended it.
    Gone,
    Close(Close),
}

impl From<Close> for Ended {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// A conversation. Whatever goes on in it notes what happens, so that only what has something to say is looked at.
struct Talk<'a> {
    answers: &'a dyn Answers,
    happened: &'a Happened,
    going: FuturesUnordered<BoxFuture<'a, ()>>,
    stage: Stage,
    heard: Instant,
    running: HashMap<Name, AbortHandle>,
    /// How many operations have not ended: what was given up counts until it has.
    alive: usize,
    most: usize,
}

/// What is said in return.
type Reply = std::result::Result<Messages, Ended>;

impl<'a> Talk<'a> {
    fn new(answers: &'a dyn Answers, happened: &'a Happened, most: usize) -> Self {
        let opened = Instant::now();
        let (going, running) = (FuturesUnordered::new(), HashMap::new());
        let talk = Self { answers, happened, going, stage: Stage::New, heard: opened, running, alive: 0, most };
        let mut heartbeat = tokio::time::interval_at(opened + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        talk.goes_on(async move {
            loop {
                heartbeat.tick().await;
                happened.note(Event::Beat).await;
            }
        });
        talk.goes_on(async move {
            tokio::time::sleep_until(opened + BEGIN).await;
            happened.note(Event::Late).await;
        });
        talk
    }

    fn goes_on(&self, what: impl Future<Output = ()> + Send + 'a) {
        self.going.push(what.boxed());
    }

    /// What happens next.
    async fn next(&mut self) -> Event {
        poll_fn(|context| {
            if let Some(event) = self.happened.next() {
                return Poll::Ready(event);
            }
            while let Poll::Ready(Some(())) = self.going.poll_next_unpin(context) {}
            self.happened.next().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    fn hear(&mut self, event: Event) -> Reply {
        match event {
            Event::Said(None | Some(Message::Close(_))) => Err(Ended::Gone),
            Event::Said(Some(message)) => {
                self.heard = Instant::now();
                self.receive(&message)
            }
            Event::Beat if self.heard.elapsed() >= SILENCE => Err(Ended::Silent),
            Event::Beat => Ok(smallvec![Message::Ping(Bytes::new())]),
            Event::Late if matches!(self.stage, Stage::New) => {
                Err(Close::new(4408, "Connection initialisation timeout").into())
            }
            Event::Late => Ok(SmallVec::new()),
            Event::Begun(begun) => {
                begun.map_err(Close::from)?;
                self.stage = Stage::Begun;
                Ok(smallvec![messages::acknowledged()])
            }
            Event::Answered(name, answer) => {
                self.running.remove(&name);
                Ok(messages::outcome(&name, &answer))
            }
            Event::Next(name, Some(Ok(answer))) => Ok(smallvec![messages::next(&name, &answer)]),
            // Who is not signed in any more has nothing more to do here.
            Event::Next(_, Some(Err(error))) => Err(Close::over(&error).into()),
            Event::Next(name, None) => {
                self.running.remove(&name);
                Ok(smallvec![messages::complete(&name)])
            }
            Event::Over => {
                self.alive -= 1;
                Ok(SmallVec::new())
            }
        }
    }

    fn receive(&mut self, message: &Message) -> Reply {
        if matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return Ok(SmallVec::new());
        }
        match Said::read(message)? {
            Said::Init(payload) => self.begin(payload),
            Said::Ping => Ok(smallvec![messages::pong()]),
            Said::Pong => Ok(SmallVec::new()),
            Said::Subscribe(name, request) => self.subscribe(&name, request),
            Said::Complete(name) => {
                let name = Name::new(&name);
                if let Some(running) = self.running.remove(&name) {
                    running.abort();
                    self.happened.forget(&name);
                }
                Ok(SmallVec::new())
            }
        }
    }

    fn begin(&mut self, payload: Value) -> Reply {
        if !matches!(self.stage, Stage::New) {
            return Err(Close::new(4429, "Too many initialisation requests").into());
        }
        self.stage = Stage::Beginning;
        let (begun, happened) = (self.answers.begin(payload), self.happened);
        self.goes_on(async move { happened.note(Event::Begun(begun.await)).await });
        Ok(SmallVec::new())
    }

    fn subscribe(&mut self, called: &str, request: Result<GraphRequest>) -> Reply {
        if !matches!(self.stage, Stage::Begun) {
            return Err(Close::new(4401, "Unauthorized").into());
        }
        let name = Name::new(called);
        if self.running.contains_key(&name) {
            return Err(Close::new(4409, format!("Subscriber for {called} already exists")).into());
        }
        let request = match request {
            Ok(request) => request,
            Err(error) => return Ok(messages::outcome(&name, &Err(error))),
        };
        if self.alive >= self.most {
            let message = format!("At most {} operations run at once on a connection.", self.most);
            return Ok(messages::outcome(&name, &Err(Error::public(Code::RateLimited, message))));
        }
        self.alive += 1;
        let (handle, registration) = AbortHandle::new_pair();
        self.running.insert(name.clone(), handle);
        let (answer, happened) = (self.answers.answer(request), self.happened);
        let told = Abortable::new(tell(name, answer, happened), registration);
        self.goes_on(async move {
            // What was given up has nothing more to say.
            let _ = told.await;
            happened.note(Event::Over).await;
        });
        Ok(SmallVec::new())
    }

    /// Gives up everything that runs.
    fn give_up(&mut self) {
        self.running.drain().for_each(|(_, running)| running.abort());
    }
}

/// Notes what an operation is answered with, one after the other.
async fn tell<'a>(name: Name, answer: BoxFuture<'a, Result<Answer<'a>>>, happened: &Happened) {
    let mut answers = match answer.await {
        Ok(Answer::Many(answers)) => answers,
        Ok(Answer::Once(answer)) => return happened.note(Event::Answered(name, Ok(answer))).await,
        Err(error) => return happened.note(Event::Answered(name, Err(error))).await,
    };
    while let Some(answer) = answers.next().await {
        happened.note(Event::Next(name.clone(), Some(answer))).await;
    }
    happened.note(Event::Next(name, None)).await;
}
