//! Two nodes that hear each other: one write, one event, one view of what is there.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use vestibule_sandbox::faults::write::{WriteFault, WriteMode};

use crate::world::{Node, World};

pub const CREATE: &str =
    "mutation($key: String!) { createTicket(input: { subject: \"The seal leaks\", body: \"Since Monday.\",
    idempotencyKey: $key }) { ticket { id subject } userErrors { code } } }";

#[tokio::test]
async fn a_key_that_comes_to_both_at_once_makes_one_write() {
    let world = World::open().await;
    let [one, other] = &world.nodes;
    let before = world.effects();
    let key = json!({ "key": "key-of-a-client" });
    let (first, second) = futures::join!(one.ask(CREATE, key.clone()), other.ask(CREATE, key.clone()));
    assert_eq!(first["data"]["createTicket"]["ticket"]["subject"], "The seal leaks", "{first}");
    assert_eq!(first, second, "each is told of the one ticket");
    assert_eq!(world.effects(), before + 1);
    assert_eq!(other.ask(CREATE, key).await, first, "and so is whoever repeats it");
    assert_eq!(world.effects(), before + 1);
}

#[tokio::test]
async fn an_event_that_is_sent_to_both_is_taken_once() {
    let world = World::open().await;
    let (number, _) = world.nodes[0].ticket().await;
    let (first, second) = futures::join!(world.deliver(0, "e1", &number), world.deliver(1, "e1", &number));
    // The one that comes second may be told to come again: the first is not yet through.
    for status in [first, second] {
        assert!(matches!(status, StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE), "{status}");
    }
    assert_eq!(world.deliver(1, "e1", &number).await, StatusCode::OK);
    assert_eq!(world.deliver(0, "e1", &number).await, StatusCode::OK);
    let changed: u64 = world.nodes.iter().map(|node| node.tenant.intake().counts().changed).sum();
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn a_change_that_one_hears_of_reaches_a_web_socket_of_the_other() {
    let world = World::open().await;
    let (number, id) = world.nodes[0].ticket().await;
    let mut there = world.nodes[1].follows(None).await;
    let mut here = world.nodes[0].follows(None).await;
    world.rename(&number, "The pump leaks");
    assert_eq!(world.deliver(0, "e1", &number).await, StatusCode::OK);
    for socket in [&mut there, &mut here] {
        let change = socket.change().await;
        assert_eq!((&change["kind"], &change["id"]), (&json!("UPDATED"), &json!(id)));
        assert_eq!(change["record"]["subject"], "The pump leaks");
    }
    world.rename(&number, "The pump does not leak any more");
    assert_eq!(world.deliver(1, "e2", &number).await, StatusCode::OK);
    for socket in [&mut there, &mut here] {
        assert_eq!(socket.change().await["record"]["subject"], "The pump does not leak any more", "and once each");
    }
}

#[tokio::test]
async fn what_one_has_read_is_not_used_any_more_when_the_other_hears_that_it_changed() {
    let world = World::open().await;
    let (number, id) = world.nodes[0].ticket().await;
    let before = world.nodes[1].subject(&id).await;
    world.rename(&number, "The pump leaks");
    assert_eq!(world.nodes[1].subject(&id).await, before, "it is kept");
    assert_eq!(world.deliver(0, "e1", &number).await, StatusCode::OK);
    assert_eq!(other_than(&before, &world.nodes[1], &id).await, "The pump leaks");
}

#[tokio::test]
async fn what_one_has_read_is_not_used_any_more_when_the_other_cannot_tell_whether_it_wrote() {
    let world = World::open().await;
    let (number, id) = world.nodes[0].ticket().await;
    let before = world.nodes[1].subject(&id).await;
    world.rename(&number, "The pump leaks");
    world.business.state.writes.set("zendesk", WriteFault::once(WriteMode::CutAfter));
    let reply = "mutation($id: ID!) { replyToTicket(input: { ticketId: $id, body: \"It is worse today.\" }) {
        userErrors { code } } }";
    let answer = world.nodes[0].ask(reply, json!({ "id": id })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "WRITE_UNCERTAIN", "{answer}");
    assert_eq!(other_than(&before, &world.nodes[1], &id).await, "The pump leaks");
}

/// A ticket's subject as soon as it is another, which is far sooner than it would have been forgotten by itself.
async fn other_than(before: &str, node: &Node, id: &str) -> String {
    for _ in 0..200 {
        let now = node.subject(id).await;
        if now != before {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is still {before:?}");
}

#[tokio::test]
async fn whoever_comes_back_to_another_node_is_told_to_look_again() {
    let world = World::open().await;
    let (number, _) = world.nodes[0].ticket().await;
    let mut here = world.nodes[0].follows(None).await;
    world.rename(&number, "The pump leaks");
    assert_eq!(world.deliver(0, "e1", &number).await, StatusCode::OK);
    let cursor = here.change().await["cursor"].as_str().unwrap().to_owned();
    drop(here);
    let mut there = world.nodes[1].follows(Some(&cursor)).await;
    assert_eq!(there.change().await["kind"], "RESET");
}

#[tokio::test]
async fn nothing_of_a_customer_can_be_read_in_the_store() {
    let world = World::open().await;
    let (number, _) = world.nodes[0].ticket().await;
    world.nodes[0].ask(CREATE, json!({ "key": "key-of-a-client" })).await;
    world.deliver(1, "e1", &number).await;
    let all = world.redis.everything();
    assert!(all.len() >= 4, "a claim, an event, a count and a stream: {}", all.len());
    for part in all.iter().flat_map(|(name, value)| [name, value]) {
        let text = String::from_utf8_lossy(part).to_lowercase();
        for readable in ["ticket", "support", "seal leaks", "written", "key-of-a-client", "updated"] {
            assert!(!text.contains(readable), "`{readable}` in {text}");
        }
    }
}
