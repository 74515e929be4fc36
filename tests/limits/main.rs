//! What nobody may ask for, and what a bad query may not do: each is answered with a code before anything is fetched, and
//! the gateway goes on answering. The queries stand in `scenarios.yaml`, for people who read no Rust.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../shared/gateway.rs"]
mod shared;

mod forged;
mod gateway;
mod introspection;
mod live;
mod modes;
mod scenarios;
mod shipped;
