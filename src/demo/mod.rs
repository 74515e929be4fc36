//! `vestibule demo`: everything that exists only there.

mod issuer;

pub use issuer::{DemoIssuer, DemoPerson};
