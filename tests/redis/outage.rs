//! What happens without the store, and when it is back: nothing is done twice, nothing is lost without a word.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::nodes::CREATE;
use crate::world::World;

const RENAME: &str =
    "mutation($key: String!, $id: ID!, $version: String) { updateContact(input: { id: $id, version: $version,
    jobTitle: \"Captain\", idempotencyKey: $key }) { contact { jobTitle } userErrors { code } } }";

fn code(answer: &Value) -> &Value {
    &answer["errors"][0]["extensions"]["code"]
}

/// For longer than it is waited for, it takes what it is asked, does none of it, and answers nobody; then it does all of it.
fn slow(world: &World) {
    let mut connection = redis::Client::open(world.redis.url()).unwrap().get_connection().unwrap();
    redis::cmd("CLIENT").arg("PAUSE").arg(1_400).arg("ALL").exec(&mut connection).unwrap();
}

#[tokio::test]
async fn without_it_only_what_the_system_makes_one_of_is_written_and_everything_is_read() {
    let mut world = World::open().await;
    let me = world.nodes[0].ask("{ viewer { contact { id } } }", json!({})).await;
    let id = me["data"]["viewer"]["contact"]["id"].clone();
    world.redis.stop();
    let before = world.effects();
    let refused = world.nodes[0].ask(CREATE, json!({ "key": "key-of-a-client" })).await;
    assert_eq!(code(&refused), "UPSTREAM_UNAVAILABLE", "{refused}");
    assert_eq!(world.effects(), before, "nothing was sent");
    for _ in 0..2 {
        let changed = world.nodes[0].ask(RENAME, json!({ "key": "key-of-a-change", "id": id })).await;
        assert_eq!(changed["data"]["updateContact"]["contact"]["jobTitle"], "Captain", "{changed}");
    }
    assert_eq!(world.effects(), before + 1, "the second found it done");
    assert!(!world.nodes[1].subject(&world.nodes[1].ticket().await.1).await.is_empty());
    world.redis.again();
    world.joined().await;
    let made = world.nodes[0].ask(CREATE, json!({ "key": "key-of-a-client" })).await;
    assert_eq!(made["data"]["createTicket"]["ticket"]["subject"], "The seal leaks", "{made}");
    assert_eq!(world.effects(), before + 2);
}

#[tokio::test]
async fn what_it_took_and_answered_too_late_keeps_nobody_waiting() {
    let world = World::open().await;
    let me = world.nodes[0].ask("{ viewer { contact { id } } }", json!({})).await;
    let rename = json!({ "key": "key-of-a-change", "id": me["data"]["viewer"]["contact"]["id"] });
    let create = json!({ "key": "key-of-a-client" });
    // It knows the scripts from here on, as it does after the first write of a day.
    world.nodes[0].ask(CREATE, json!({ "key": "key-of-an-earlier-one" })).await;
    let before = world.effects();
    slow(&world);
    for node in &world.nodes {
        let changed = node.ask(RENAME, rename.clone()).await;
        assert_eq!(changed["data"]["updateContact"]["userErrors"], json!([]), "{changed}");
    }
    assert_eq!(world.effects(), before + 1);
    slow(&world);
    // It is refused, or done where the machine was too busy to ask in time: never held by a claim that nobody knows of.
    world.nodes[0].ask(CREATE, create.clone()).await;
    let made = world.nodes[1].ask(CREATE, create).await;
    assert_eq!(made["data"]["createTicket"]["ticket"]["subject"], "The seal leaks", "{made}");
    assert_eq!(world.effects(), before + 2);
}

#[tokio::test]
async fn without_it_systems_are_asked_to_send_again_and_what_they_sent_is_taken_then() {
    let mut world = World::open().await;
    let (number, _) = world.nodes[0].ticket().await;
    world.redis.stop();
    assert_eq!(world.deliver(0, "e1", &number).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.nodes[0].tenant.intake().counts().changed, 0);
    world.redis.again();
    world.joined().await;
    assert_eq!(world.deliver(1, "e1", &number).await, StatusCode::OK);
    assert_eq!(world.deliver(0, "e1", &number).await, StatusCode::OK);
    let changed: u64 = world.nodes.iter().map(|node| node.tenant.intake().counts().changed).sum();
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn what_was_written_meanwhile_is_told_when_it_is_back_or_that_something_was_missed() {
    let mut world = World::open().await;
    let (_, id) = world.nodes[1].ticket().await;
    let before = world.nodes[1].subject(&id).await;
    let me = world.nodes[0].ask("{ viewer { contact { id } } }", json!({})).await;
    let mut there = world.nodes[1].follows(None).await;
    world.redis.stop();
    let rename = json!({ "key": "key-of-a-change", "id": me["data"]["viewer"]["contact"]["id"] });
    let changed = world.nodes[0].ask(RENAME, rename).await;
    assert_eq!(changed["data"]["updateContact"]["contact"]["jobTitle"], "Captain", "{changed}");
    world.redis.again();
    world.joined().await;
    assert_eq!(there.change().await["kind"], "RESET", "the store came back empty: nobody knows what was said in it");
    assert_eq!(world.nodes[1].subject(&id).await, before);
}
