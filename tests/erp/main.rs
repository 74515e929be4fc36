//! What the ERP tells beside orders: offers, promised days, deliveries, its own invoices, own prices and stock, over a whole gateway and the demo
//! business, whose records say what the answers have to be.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../shared/gateway.rs"]
mod shared;

mod invoices;
mod orders;
mod owners;
mod prices;
mod quotes;
mod shipments;
mod world;
