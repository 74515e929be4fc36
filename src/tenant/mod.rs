//! One tenant: everything below put together from its configuration, and swapped whole.

mod assemble;
mod files;
mod glue;
mod open;
mod upstreams;

pub use assemble::{Assembly, Overlays, Setup, assemble};
pub use files::{SCHEMA, Shelf};
pub use open::{Opening, SignIn, Tenant};
