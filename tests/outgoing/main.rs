//! What is sent out when records change: webhooks to an operator's address, and mail to people. What is promised is in
//! `scenarios/`; [`webhooks`] and [`mail`] say what may stand in one.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what is wrong by failing")]

mod closed;
#[path = "../shared/expected.rs"]
mod expected;
mod mail;
mod office;
#[path = "../shared/play.rs"]
mod play;
mod receiver;
mod slow;
mod webhooks;
mod world;

#[tokio::test]
async fn what_receivers_are_sent() {
    play::play::<webhooks::Scenario>("outgoing/scenarios/webhooks.yaml").await;
}

#[tokio::test]
async fn what_people_are_written() {
    play::play::<mail::Scenario>("outgoing/scenarios/mail.yaml").await;
}

#[test]
fn every_scenario_is_played() {
    play::all_are_played("outgoing");
}
