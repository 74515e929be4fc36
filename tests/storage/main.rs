//! Documents of a store of objects, from end to end: a gateway over a real S3 server, which checks every signature, and over
//! a folder. What is promised is in `scenarios/`; [`scenario`] says what may stand in one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod changed;
#[path = "../shared/expected.rs"]
mod expected;
mod files;
mod folder;
#[path = "../shared/form.rs"]
mod form;
#[path = "../shared/gateway.rs"]
mod gateway;
#[path = "../shared/hand.rs"]
mod hand;
#[path = "../shared/opens.rs"]
mod opens;
#[path = "../shared/play.rs"]
mod play;
mod refused;
#[path = "../shared/s3.rs"]
mod s3;
mod scenario;
mod server;
mod store;
mod world;
mod writes;

use scenario::Scenario;

#[tokio::test]
async fn documents_are_found_and_opened() {
    play::play::<Scenario>("storage/scenarios/reads.yaml").await;
}

#[tokio::test]
async fn documents_are_made_and_replaced() {
    play::play::<Scenario>("storage/scenarios/writes.yaml").await;
}

#[tokio::test]
async fn a_category_is_kept_as_metadata() {
    play::play::<Scenario>("storage/scenarios/metadata.yaml").await;
}

#[test]
fn every_scenario_is_played() {
    play::all_are_played("storage");
}
