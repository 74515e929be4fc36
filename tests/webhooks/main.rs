//! What systems send by themselves: who is believed, and what comes of it.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what is wrong by failing")]

mod away;
mod ends;
#[path = "../shared/hand.rs"]
mod hand;
mod intake;
mod polls;
mod recipes;
mod subscriptions;
mod world;
