//! Claims in a store that does what it is asked and answers too late: what it took is known as one's own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value as Json, json};

use super::portal::Portal;
use super::writes::{PLACE, lines, send};
use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::model::{Attempt, Unwritten};
use crate::store::{Kept, State, StoreKey};

/// A store that does whatever it is asked, whether or not its answer is heard.
struct Late {
    kept: Kept,
    /// Whether the answers to the next questions are heard; after these each is.
    heard: Mutex<VecDeque<bool>>,
}

impl Late {
    fn told<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        match self.heard.lock().unwrap().pop_front() {
            Some(false) => Err(Error::new(Code::UpstreamUnavailable, "no answer in time")),
            Some(true) | None => answer,
        }
    }
}

impl State for Late {
    fn claim<'a>(
        &'a self,
        key: &'a StoreKey,
        value: Bytes,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Option<Bytes>, Error>> {
        async move { self.told(self.kept.claim(key, value, lasts).await) }.boxed()
    }

    fn replace<'a>(
        &'a self,
        key: &'a StoreKey,
        change: (Bytes, Option<Bytes>),
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        async move { self.told(self.kept.replace(key, change, lasts).await) }.boxed()
    }
}

/// A portal over such a store.
fn late(heard: &[bool]) -> Portal {
    let mut portal = Portal::new();
    let clock = Arc::clone(&portal.clock) as Arc<dyn Clock>;
    let state = Late { kept: Kept::new(clock, 100), heard: Mutex::new(heard.iter().copied().collect()) };
    Arc::get_mut(&mut portal.executor).unwrap().writing.state = Arc::new(state);
    portal
}

/// Asks for the same order each time. The clock stands still: whoever waits for a claim to end waits for ever.
async fn place(portal: &Portal) -> Json {
    let input = json!({ "lines": lines(portal, "1"), "idempotencyKey": "key-of-a-client" });
    let answer = tokio::time::timeout(Duration::from_secs(20), send(portal, PLACE, &input)).await;
    answer.expect("nobody is waited for")
}

fn number(answer: &Json) -> &str {
    answer["data"]["placeOrder"]["order"]["number"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

fn code(answer: &Json) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn a_repeat_of_a_write_whose_claim_was_taken_unheard_is_told_what_came_of_it() {
    for heard in [[false].as_slice(), [false; 3].as_slice()] {
        let portal = late(heard);
        let first = place(&portal).await;
        assert_eq!((number(&first), portal.desk.last().attempt), ("10", Attempt::Unkept));
        assert_eq!(place(&portal).await, first);
        assert_eq!(portal.desk.log().len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_known_of_it_is_made_sure_of_at_once() {
    let portal = late(&[false]);
    portal.desk.answer(Err(Unwritten::Uncertain(Error::new(Code::WriteUncertain, "the answer was lost"))));
    assert_eq!(code(&place(&portal).await), "WRITE_UNCERTAIN");
    assert_eq!(number(&place(&portal).await), "10");
    assert!(matches!(portal.desk.last().attempt, Attempt::Again { .. }));
}

#[tokio::test]
async fn nobody_waits_for_a_write_that_was_not_sent() {
    let portal = late(&[false]);
    let unsent = Error::new(Code::UpstreamUnavailable, "the system could not tell two from one").unsent();
    portal.desk.answer(Err(Unwritten::Failed(unsent)));
    assert_eq!(code(&place(&portal).await), "UPSTREAM_UNAVAILABLE");
    assert_eq!(number(&place(&portal).await), "10");
    assert_eq!(portal.desk.last().attempt, Attempt::First, "its claim was given back");
}

#[tokio::test]
async fn nobody_waits_for_a_repeat_that_was_not_sent() {
    // The repeat is told what is there, and not that it took it over.
    let portal = late(&[true, true, true, false]);
    portal.desk.answer(Err(Unwritten::Uncertain(Error::new(Code::WriteUncertain, "the answer was lost"))));
    for _ in 0..2 {
        assert_eq!(code(&place(&portal).await), "WRITE_UNCERTAIN");
        assert_eq!(portal.desk.log().len(), 1);
    }
    assert_eq!(number(&place(&portal).await), "10");
    assert!(matches!(portal.desk.last().attempt, Attempt::Again { .. }));
}
