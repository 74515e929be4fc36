//! One tenant: everything below put together from its configuration, and swapped whole.

mod assemble;
pub mod codes;
mod explain;
mod files;
mod glue;
mod open;
mod registry;
mod trial;
mod upstreams;

pub use assemble::{Assembly, Overlays, Setup, assemble};
pub use explain::{Asked, explain};
pub use files::{SCHEMA, Shelf};
pub use open::{Opening, SignIn, Tenant};
pub use registry::diagnostics;
pub use trial::{Trial, Tried, try_read};
