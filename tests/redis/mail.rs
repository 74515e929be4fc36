//! Two nodes that hear of one thing, and mail it once.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::{ANA, World};

const CREATE: &str = "mutation { createTicket(input: { subject: \"The seal leaks\", body: \"Since Monday.\",
    idempotencyKey: \"seal-monday-1\" }) { ticket { number } userErrors { code } } }";

/// Ana opens a ticket on the first node, and whoever is to be told of it has been; its number.
async fn opened(world: &World) -> String {
    let answer = world.nodes[0].ask(CREATE, json!({})).await;
    let number = answer["data"]["createTicket"]["ticket"]["number"].as_str();
    let number = number.unwrap_or_else(|| panic!("{answer}")).to_owned();
    world.nodes[0].idle().await;
    number
}

#[tokio::test]
async fn what_one_wrote_and_the_other_hears_of_is_mailed_once_and_never_to_its_author() {
    let world = World::with_mail().await;
    let number = opened(&world).await;
    let mailed = world.mailed();
    assert!(!mailed.is_empty() && !mailed.iter().any(|to| to == ANA), "{mailed:?}");
    assert_eq!(world.tell(1, ("e1", "created"), &number).await, StatusCode::OK);
    world.nodes[1].idle().await;
    assert_eq!(world.mailed(), mailed);
    let mails = world.nodes[1].tenant.outgoing().mails();
    assert!(mails.silent > mailed.len() as u64, "it looked for each of them, and for Ana: {mails:?}");
}

#[tokio::test]
async fn two_answers_within_the_window_are_one_letter_though_each_node_hears_of_one() {
    let world = World::with_mail().await;
    let number = opened(&world).await;
    for (node, event, text) in [(0, "e1", "Close the valve."), (1, "e2", "And call us.")] {
        world.answer(&number, text);
        assert_eq!(world.tell(node, (event, "comment_added"), &number).await, StatusCode::OK);
        world.nodes[node].idle().await;
        let mailed = world.mailed();
        assert_eq!(mailed.iter().filter(|to| *to == ANA).count(), 1, "after {text:?}: {mailed:?}");
    }
    assert_eq!(world.nodes[1].tenant.outgoing().mails().sent, 0);
}
