//! Sources: connector, protocol, upstream and cache put together, so that they answer reads, and take writes.
//!
//! [`Sources`] answers the reads of a tenant: one look into the cache for every key, one read of the engine for all that
//! is missing, mapped to records. A record that may not be seen is, from here on, not there. Whose a record is gets
//! checked above, on every use.

mod build;
mod catalog;
mod check;
pub mod codes;
mod coverage;
mod files;
mod inputs;
mod links;
mod listed;
mod lists;
mod made_sure;
mod mapper;
mod names;
mod position;
mod reads;
mod recent;
mod records;
mod reverse;
mod searched;
#[cfg(test)]
mod tests;
mod told;
mod writes;

pub use build::{Choice, Choices};
pub use catalog::{Catalog, EntitySources, Owner, SourceInfo};
pub use coverage::coverage;
pub use links::{Contexts, resolve_links};
pub use listed::{Listed, OwnedList, OwnedSearch};
pub use lists::spare;
pub use mapper::Mapper;
pub use reads::{Engine, Policies, Setup, Sources};
pub use reverse::{Reverse, owners_records, reverse};
pub use searched::Searched;
