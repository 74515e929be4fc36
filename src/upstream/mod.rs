//! The HTTP stack between the gateway and the outside systems: the only place that builds HTTP clients.
//!
//! A source's stack is read from the outside in, in [`stack::ORDER`]: every call is traced, has a deadline, may be tried
//! again when that is safe, carries a token against forgery where the system wants one, waits for its quota, gets its credentials, and only then reaches the wire, where the host,
//! the resolved address and the size of the answer are checked.

mod address;
mod body;
mod budget;
mod connect;
mod credentials;
mod csrf;
mod deadline;
mod direct;
mod fill;
mod hosts;
mod layer;
mod network;
mod outgoing;
mod quota;
mod retry;
mod stack;
mod tls;
mod trace;
mod transport;

pub use address::{Base, is_same_origin};
pub use fill::{Filled, fill};
pub use hosts::{HostRules, is_public};
pub use hyper::Uri;
pub use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use network::{Network, NetworkOptions};
pub use stack::{ORDER, Upstream, build};
pub use transport::{Call, Reply, Streamed, Transport};
