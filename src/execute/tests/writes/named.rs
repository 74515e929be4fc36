//! The records that an input names: how many are read, and what says whose they are.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value as Json, json};

use super::super::portal::{Portal, Tables, of_account, row};
use super::{PLACE, faults, send};
use crate::error::Error;
use crate::model::{Answer, FindRead, Freshness, GetRead, ListPage, ListRead, Reads};
use crate::plan::fixture::DESK;

const REORDER: &str = "mutation($input: ReorderInput!) { reorder(input: $input) { userErrors { code path } } }";
const REPLY: &str = "mutation($input: ReplyInput!) { reply(input: $input) { userErrors { code path } } }";

/// Lines of that many products, of which `p1` and `p2` are there.
fn lines(portal: &Portal, count: usize) -> Json {
    let line = |at: usize| json!({ "productId": portal.id("Product", "erp", &format!("p{at}")), "quantity": "1" });
    (1..=count).map(line).collect()
}

#[tokio::test]
async fn of_a_list_that_is_too_long_no_more_is_read_than_it_may_have() {
    let portal = Portal::new();
    let answer = send(&portal, PLACE, &json!({ "lines": lines(&portal, 1_000) })).await;
    assert_eq!(faults(&answer, "placeOrder"), ["OUT_OF_RANGE input.lines", "NOT_FOUND input.lines.2.productId"]);
    assert_eq!(portal.log(), ["get erp Product [p1,p2,p3] (links)"]);
    assert!(portal.desk.log().is_empty());
}

#[tokio::test]
async fn of_many_records_that_are_not_there_some_are_told() {
    let portal = Portal::new();
    let input = json!({ "orderId": portal.id("Order", "erp", "10"), "lines": lines(&portal, 80) });
    let told = faults(&send(&portal, REORDER, &input).await, "reorder");
    assert_eq!((told.len(), &*told[0]), (50, "NOT_FOUND input.lines.2.productId"));
    let nonsense: Vec<Json> = (0..80).map(|_| json!({ "productId": "nonsense", "quantity": "1" })).collect();
    let input = json!({ "orderId": portal.id("Order", "erp", "10"), "lines": nonsense });
    let told = faults(&send(&portal, REORDER, &input).await, "reorder");
    assert_eq!((told.len(), &*told[0]), (50, "INVALID input.lines.0.productId"));
    assert!(portal.desk.log().is_empty());
}

/// Systems of which everything is kept as it was before; past the cache, it is as it is now.
struct Kept {
    before: Arc<Tables>,
    now: Arc<Tables>,
    freshness: Freshness,
}

impl Reads for Kept {
    fn get(&self, read: GetRead) -> BoxFuture<'_, Vec<Answer>> {
        if read.context.live {
            return self.now.get(read);
        }
        async move {
            let kept = |answer: Answer| answer.map(|found| found.map(|(record, _)| (record, self.freshness)));
            self.before.get(read).await.into_iter().map(kept).collect()
        }
        .boxed()
    }

    fn list(&self, read: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>> {
        self.now.list(read)
    }

    fn find(&self, read: FindRead) -> BoxFuture<'_, Vec<Answer>> {
        self.now.find(read)
    }
}

/// A portal whose ticket went from the caller's account to another one since it was kept.
fn moved(freshness: Freshness) -> Portal {
    let mut portal = Portal::new();
    let reads = Kept { before: Portal::new().tables, now: Arc::clone(&portal.tables), freshness };
    Arc::get_mut(&mut portal.executor).unwrap().reads = Arc::new(reads);
    portal.table(DESK, "Ticket", vec![row("t1", of_account("o9"), Vec::new())]);
    portal
}

fn reply(portal: &Portal) -> Json {
    json!({ "ticketId": portal.id("Ticket", "desk", "t1"), "body": "Hi" })
}

#[tokio::test]
async fn what_was_kept_past_its_time_does_not_say_whose_a_record_is() {
    let portal = moved(Freshness::Stale);
    let answer = send(&portal, REPLY, &reply(&portal)).await;
    assert_eq!(faults(&answer, "reply"), ["NOT_FOUND input.ticketId"]);
    assert_eq!(portal.log(), ["get desk Ticket [t1] (links) live"]);
    portal.fault(DESK, "Ticket");
    let answer = send(&portal, REPLY, &reply(&portal)).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{answer}");
    assert!(portal.desk.log().is_empty(), "nothing is written as long as nobody says");
    portal.tables.faults.lock().unwrap().clear();
    portal.table(DESK, "Ticket", vec![row("t1", of_account("o1"), Vec::new())]);
    let answer = send(&portal, REPLY, &reply(&portal)).await;
    assert_eq!(faults(&answer, "reply"), [""; 0]);
    assert_eq!(portal.desk.log().len(), 1);
}

#[tokio::test]
async fn what_is_kept_within_its_time_says_whose_a_record_is_without_a_call() {
    let portal = moved(Freshness::Cached);
    let answer = send(&portal, REPLY, &reply(&portal)).await;
    assert_eq!(faults(&answer, "reply"), [""; 0]);
    assert!(portal.log().is_empty());
    assert_eq!(portal.desk.log().len(), 1);
}
