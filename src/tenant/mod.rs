//! One tenant: everything below put together from its configuration, and swapped whole.

mod assemble;
pub mod codes;
mod explain;
mod files;
mod glue;
mod handshake;
mod intake;
mod linked;
mod lock;
mod open;
mod registry;
mod remarked;
mod seen;
mod stores;
mod test_event;
mod trial;
mod upstreams;
mod watched;

pub use assemble::{Assembly, Overlays, Setup, assemble, graph};
pub use explain::{Asked, explain};
pub use files::{SCHEMA, Shelf};
pub use intake::{Address, Answer, Intake, Taken, lacking};
pub use linked::LinkedFile;
pub use lock::{Locked, locked, write_lock};
pub use open::{Opening, SignIn, Tenant};
pub use registry::diagnostics;
pub use test_event::TestEvent;
pub use trial::{Trial, Tried, try_read};
pub use watched::asked_for;
