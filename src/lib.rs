//! Vestibule: the live GraphQL graph behind a customer portal.

pub mod cache;
pub mod clock;
pub mod connector;
pub mod diagnostic;
pub mod error;
pub mod expr;
pub mod graph;
pub mod model;
pub mod protocol;
pub mod secret;
pub mod source;
pub mod store;
pub mod upstream;
