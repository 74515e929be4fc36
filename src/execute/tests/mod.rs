//! Execution against sources in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds nothing has failed")]

mod answers;
mod data;
mod portal;
mod random;
mod scope;
mod stages;
