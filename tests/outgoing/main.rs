//! What is sent out when records change: webhooks to an operator's address, and mail to people.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what is wrong by failing")]

mod closed;
mod mail;
mod receiver;
mod webhooks;
mod world;
