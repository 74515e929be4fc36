//! What strangers and broken systems send: kept inputs of the fuzzer, hostile keys, hostile expressions, hostile answers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod answers;
mod corpus;
mod expressions;
mod http;
mod keys;
mod seeds;
#[path = "../../fuzz/src/lib.rs"]
mod targets;
