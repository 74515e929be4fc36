//! `vestibule demo`: the demo business, and a gateway whose shipped connectors point at it.

mod business;
mod issuer;
mod page;
mod routes;
mod run;
mod setup;
mod welcome;

pub use issuer::{DemoIssuer, DemoPerson};
pub use run::{Demo, Options, open, run};
pub use setup::{setup, with_mail};
