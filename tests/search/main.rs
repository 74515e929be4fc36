//! Searching: what the lists find, over a whole gateway and the demo business, whose records say what the answers have to be.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../shared/gateway.rs"]
mod shared;

mod everywhere;
mod lists;
mod phrases;
mod served;
mod world;
