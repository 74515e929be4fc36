//! Sources: connector, protocol, upstream and cache put together, so that they answer reads.

mod catalog;

pub use catalog::{Catalog, EntitySources, SourceInfo};
