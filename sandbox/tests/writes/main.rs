//! Writes in each vendor's dialect: what is set, what is refused, what the ledger books.

mod client;
mod hubspot;
mod zendesk;
