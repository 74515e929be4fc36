//! graphql-transport-ws: a connection begins once, then carries operations by their names.
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::ws::Message;
use futures::future::{AbortHandle, Abortable, BoxFuture};
use futures::stream::{BoxStream, FuturesUnordered};
use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior};

use super::messages::{self, Close, Said};
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
pub(super) async fn converse<S, E>(mut socket: S, answers: &dyn Answers, operations: usize)
where
    S: Stream<Item = std::result::Result<Message, E>> + Sink<Message> + Unpin,
{
    let mut talk =
        Talk { answers, most: operations, stage: Stage::New, running: HashMap::new(), work: FuturesUnordered::new() };
    let opened = Instant::now();
    let mut heard = opened;
    let mut heartbeat = tokio::time::interval_at(opened + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let said = tokio::select! {
            received = socket.next() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return part(socket).await,
                Some(Ok(message)) => {
                    heard = Instant::now();
                    talk.receive(&message)
                }
            },
            Some(done) = talk.work.next() => talk.finish(done),
            _ = heartbeat.tick() => match heard.elapsed() < SILENCE {
                true => Ok(vec![Message::Ping(bytes::Bytes::new())]),
                false => return,
            },
            () = tokio::time::sleep_until(opened + BEGIN), if matches!(talk.stage, Stage::New) => {
                Err(Close::new(4408, "Connection initialisation timeout"))
            }
        };
        let (messages, closing) = match said {
            Ok(messages) => (messages, false),
            Err(close) => (vec![close.frame()], true),
        };
        for message in messages {
            let sent = tokio::time::timeout(SILENCE, socket.send(message)).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
        if closing {
            return part(socket).await;
        }
    }
}

/// Ends a connection as the protocol says: both ends have said so, before the network connection goes.
async fn part<S, E>(mut socket: S)
where
    S: Stream<Item = std::result::Result<Message, E>> + Sink<Message> + Unpin,
{
    let parting = async {
        // What cannot be sent any more is not missed.
        let _ = socket.close().await;
        while let Some(Ok(_)) = socket.next().await {}
    };
    let _ = tokio::time::timeout(PARTING, parting).await;
}

/// How far a connection has come.
enum Stage {
    New,
    Beginning,
    Begun,
}

/// Something that was under way, and is over.
enum Done<'a> {
    Begun(Result<()>),
    Answered(String, Result<Answer<'a>>),
    /// The next of many answers; none where there are no more.
    Next(String, Option<Result<GraphResponse>>, BoxStream<'a, Result<GraphResponse>>),
    GivenUp,
}

struct Talk<'a> {
    answers: &'a dyn Answers,
    most: usize,
    stage: Stage,
    running: HashMap<String, AbortHandle>,
    work: FuturesUnordered<BoxFuture<'a, Done<'a>>>,
}

type Reply = std::result::Result<Vec<Message>, Close>;

impl<'a> Talk<'a> {
    fn receive(&mut self, message: &Message) -> Reply {
        if matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return Ok(Vec::new());
        }
        match Said::read(message)? {
            Said::Init(payload) => self.begin(payload),
            Said::Ping => Ok(vec![messages::pong()]),
            Said::Pong => Ok(Vec::new()),
            Said::Subscribe(name, request) => self.subscribe(name, request),
            Said::Complete(name) => {
                if let Some(running) = self.running.remove(&name) {
                    running.abort();
                }
                Ok(Vec::new())
            }
        }
    }

    fn begin(&mut self, payload: Value) -> Reply {
        if !matches!(self.stage, Stage::New) {
            return Err(Close::new(4429, "Too many initialisation requests"));
        }
        self.stage = Stage::Beginning;
        let answers = self.answers;
        self.work.push(Box::pin(async move { Done::Begun(answers.begin(payload).await) }));
        Ok(Vec::new())
    }

    fn subscribe(&mut self, name: String, request: Result<GraphRequest>) -> Reply {
        if !matches!(self.stage, Stage::Begun) {
            return Err(Close::new(4401, "Unauthorized"));
        }
        if self.running.contains_key(&name) {
            return Err(Close::new(4409, format!("Subscriber for {name} already exists")));
        }
        let request = match request {
            Ok(request) => request,
            Err(error) => return Ok(messages::outcome(&name, &Err(error))),
        };
        // What was given up counts until it has ended.
        if self.work.len() >= self.most {
            let message = format!("At most {} operations run at once on a connection.", self.most);
            return Ok(messages::outcome(&name, &Err(Error::public(Code::RateLimited, message))));
        }
        let answers = self.answers;
        let answer = answers.answer(request);
        self.run(name.clone(), async move { Done::Answered(name, answer.await) });
        Ok(Vec::new())
    }

    /// Does something for an operation, until it is given up.
    fn run(&mut self, name: String, work: impl Future<Output = Done<'a>> + Send + 'a) {
        let (handle, registration) = AbortHandle::new_pair();
        let work = Abortable::new(work, registration);
        self.running.insert(name, handle);
        self.work.push(Box::pin(async move { work.await.unwrap_or(Done::GivenUp) }));
    }

    /// Waits for the next of many answers.
    fn go_on(&mut self, name: String, mut answers: BoxStream<'a, Result<GraphResponse>>) {
        self.run(name.clone(), async move {
            let next = answers.next().await;
            Done::Next(name, next, answers)
        });
    }

    fn finish(&mut self, done: Done<'a>) -> Reply {
        match done {
            Done::Begun(begun) => {
                begun?;
                self.stage = Stage::Begun;
                Ok(vec![messages::acknowledged()])
            }
            // Given up in the meantime: nothing more of it is told.
            Done::Answered(name, _) | Done::Next(name, ..) if !self.running.contains_key(&name) => Ok(Vec::new()),
            Done::Answered(name, Ok(Answer::Many(answers))) => {
                self.go_on(name, answers);
                Ok(Vec::new())
            }
            Done::Answered(name, answer) => {
                self.running.remove(&name);
                let answer = answer.and_then(|answer| match answer {
                    Answer::Once(answer) => Ok(answer),
                    Answer::Many(_) => Err(Error::new(Code::Internal, "many answers where there is one")),
                });
                Ok(messages::outcome(&name, &answer))
            }
            Done::Next(name, Some(Ok(answer)), answers) => {
                let next = messages::next(&name, &answer);
                self.go_on(name, answers);
                Ok(vec![next])
            }
            // Who is not signed in any more has nothing more to do here.
            Done::Next(_, Some(Err(error)), _) => Err(Close::over(&error)),
            Done::Next(name, None, _) => {
                self.running.remove(&name);
                Ok(vec![messages::complete(&name)])
            }
            Done::GivenUp => Ok(Vec::new()),
        }
    }
}
