//! Writes in each vendor's dialect: what is set, what is refused, what the ledger books.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agent;
mod client;
mod faults;
mod hooks;
mod hubspot;
mod sap;
mod stripe;
mod zendesk;
