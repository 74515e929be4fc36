//! What a customer gets while a system is down, hangs, or answers with nonsense; and what a forged request gets.
//!
//! The whole stack runs in the process: the demo business on loopback, the shipped connectors, the gateway over HTTP. Every
//! answer and every log line of every test is searched for what must never leave the gateway.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../shared/gateway.rs"]
mod shared;

mod bend;
mod forged;
mod hostile;
mod leaks;
mod modes;
mod origin;
mod owners;
mod records;
mod recovery;
mod world;
