//! The HTTP stack between the gateway and the outside systems: the only place that builds HTTP clients.

mod transport;

pub use transport::{Call, Reply, Transport};
