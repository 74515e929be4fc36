//! The SAP dialect over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod documents;
mod reads;
mod refusals;
mod sales;
