//! The started business over real HTTP: control port, faults, and the dialects of HubSpot and Stripe.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod control;
mod hubspot;
mod mail;
mod stripe;
