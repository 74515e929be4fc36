//! What systems send by themselves: who is believed, what comes of it, and who is told.
//!
//! Each file of `scenarios/` but `deliveries.yaml` and `handshakes.yaml` is a list of pages that follow what changes; [`scenario`] says what may stand
//! in one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by failing")]

mod connections;
mod doing;
mod expected;
#[path = "../shared/hand.rs"]
mod hand;
mod handshakes;
mod intake;
mod page;
mod pages;
mod play;
mod polls;
mod recipes;
mod scenario;
mod stage;
mod world;

use std::path::Path;

use scenario::File;

async fn play(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webhooks/scenarios").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let file: File = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!file.scenarios.is_empty(), "{name} has no scenario");
    let mut failed = Vec::new();
    for scenario in &file.scenarios {
        if let Err(why) = scenario.play(&file).await {
            failed.push(format!("{name}: {}\n    {why}", scenario.title));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn subscriptions() {
    play("subscriptions.yaml").await;
}

#[tokio::test]
async fn away() {
    play("away.yaml").await;
}

#[tokio::test]
async fn ends() {
    play("ends.yaml").await;
}

#[tokio::test]
async fn polls_and_reconciles() {
    play("polls.yaml").await;
}

#[tokio::test]
async fn order() {
    play("order.yaml").await;
}

#[tokio::test]
async fn echoes() {
    play("echoes.yaml").await;
}
