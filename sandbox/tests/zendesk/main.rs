//! The Zendesk dialect over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod articles;
mod client;
mod hostile;
mod paging;
mod reads;
