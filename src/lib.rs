//! Vestibule: the live GraphQL graph behind a customer portal.

pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connector;
pub mod demo;
pub mod diagnostic;
pub mod error;
pub mod execute;
pub mod expr;
pub mod files;
pub mod graph;
pub mod identity;
pub mod live;
pub mod model;
pub mod plan;
pub mod protocol;
pub mod seal;
pub mod secret;
pub mod server;
pub mod source;
pub mod store;
pub mod tenant;
pub mod upstream;
pub mod webhook;
