//! A system that answers from a function, and an engine bound to it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::support::*;
use crate::clock::ManualClock;
use crate::connector::*;
use crate::error::Error;
use crate::model::{Arguments, FieldId};
use crate::protocol::{Binding, FindRows, GetRows, ListRows, Protocol, Row, RowPage, engine};
use crate::upstream::{Call, HeaderMap, Reply, Transport};

/// Stands for a connection that breaks before the answer.
pub const CUT: u16 = 0;
/// Stands for a connection that was never made.
pub const NO_CONNECTION: u16 = 1;

type Answers = dyn Fn(&Call) -> (u16, String) + Send + Sync;

/// A system in memory: it answers by a function, and remembers what it was asked.
pub struct System {
    answers: Box<Answers>,
    calls: Mutex<Vec<Call>>,
    headers: HeaderMap,
}

impl Transport for System {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let (status, body) = (self.answers)(&call);
        self.calls.lock().unwrap().push(call);
        let headers = self.headers.clone();
        Box::pin(async move {
            // Once round the executor, so that what runs at the same time meets.
            let mut waited = false;
            std::future::poll_fn(|context| {
                let ready = std::mem::replace(&mut waited, true);
                context.waker().wake_by_ref();
                if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
            let lost = || Error::new(crate::error::Code::UpstreamUnavailable, "the connection broke").retryable();
            match status {
                CUT => Err(lost()),
                NO_CONNECTION => Err(lost().unsent()),
                _ => Ok(Reply { status, headers, body: Bytes::from(body) }),
            }
        })
    }
}

/// An engine bound to a system in memory.
pub struct Bench {
    pub system: Arc<System>,
    pub engine: Arc<dyn Protocol>,
    pub clock: Arc<ManualClock>,
}

impl Bench {
    pub fn new(connector: Connector, answers: impl Fn(&Call) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::with_headers(connector, &[], answers)
    }

    pub fn with_headers(
        connector: Connector,
        headers: &[(&str, &str)],
        answers: impl Fn(&Call) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let header = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        let headers = headers.iter().map(header).collect();
        let system = Arc::new(System { answers: Box::new(answers), calls: Mutex::default(), headers });
        let clock = Arc::new(ManualClock::new("2026-03-01T08:00:00Z".parse::<Timestamp>().unwrap()));
        let engine = engine(Binding {
            source: Arc::from("shop"),
            connector: Arc::new(connector),
            transport: Arc::clone(&system) as Arc<dyn Transport>,
            clock: Arc::clone(&clock) as Arc<dyn crate::clock::Clock>,
            graph: Arc::new(graph()),
        });
        Self { system, engine, clock }
    }

    /// Answers everything with one body.
    pub fn saying(connector: Connector, body: &'static str) -> Self {
        Self::new(connector, move |_| (200, body.to_owned()))
    }

    /// The calls so far: `GET /v1/things?ids=1` and the body; the list begins anew.
    pub fn asked(&self) -> Vec<String> {
        let calls = std::mem::take(&mut *self.system.calls.lock().unwrap());
        calls.iter().map(said).collect()
    }

    /// The whole calls so far.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.system.calls.lock().unwrap())
    }

    pub fn get(&self, of: &EntityMapping, keys: &[&str], fields: &[FieldId]) -> Vec<Result<Option<Row>, Error>> {
        let keys = keys.iter().map(|key| a_key(key)).collect();
        let (fields, arguments) = (set(fields), Arguments::from([]));
        wait(self.engine.get(of, GetRows { keys, fields, arguments, context: context() }))
    }

    pub fn list(&self, of: &EntityMapping, read: ListRows) -> Vec<Result<RowPage, Error>> {
        wait(self.engine.list(of, read))
    }

    pub fn find(&self, of: &EntityMapping, by: &str, values: &[&str]) -> Vec<Result<Vec<Row>, Error>> {
        let values = values.iter().map(|value| a_key(value)).collect();
        wait(self.engine.find(of, FindRows { by: Arc::from(by), values, fields: set(&[]), context: context() }))
    }
}
