//! The cache: what was read, for as long as it may be used, and one read at a time for each key.
//!
//! - **Keys** have every input of a read in them, each with its length ([`KeyWriter`]).
//! - **Field sets**: an answer says which fields it has; a hit, or a read that is joined, has to have all that are wanted.
//!   Parts of one record are put together only at the same version.
//! - **One read in flight** for each key and field set. It is a task of its own: whoever began it may go away.
//! - **Purges** are marks on tags ([`Purges`]). A read that began before a mark answers those who asked before it, and is
//!   never stored.
//! - **Live**: past what is kept. Reads past it share one with each other where it began inside a short window before; older
//!   ones under way are not joined, since the system may have answered them before somebody asked.
//! - **Down**: while a system does not answer, an old value is served where the policy allows it, and says so.
//!
//! A cache belongs to one loaded configuration of one tenant, since records are laid out by its graph: a reload begins
//! with an empty one. Nothing in it ever reaches a disk. That versions older than one just written are refused is not
//! done here: versions are marks without an order, so a write purges hard instead, and reads back.

mod entry;
mod flight;
mod key;
mod landing;
mod page;
mod policy;
mod shelf;
mod tags;
#[cfg(test)]
mod tests;
mod weight;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::model::Record;
use crate::store::Memory;

pub use entry::{Cached, Entry};
pub use key::KeyWriter;
pub use page::CachedPage;
pub use policy::Policy;
pub use shelf::{Batch, How, Keep, Load, Served, Shelf, Want};
pub use tags::{Depends, On, Purge, Purges, Stamp, Tag};

/// The cache of one tenant.
#[derive(Debug)]
pub struct Cache {
    /// Records, by key or by a unique value.
    pub records: Arc<Shelf<Arc<Record>>>,
    /// Pages of lists.
    pub lists: Arc<Shelf<Arc<CachedPage>>>,
    purges: Arc<Purges>,
}

impl Cache {
    /// A cache in the process of at most `bytes`, a third of it for lists: their records are mostly those of `records`.
    #[must_use]
    pub fn in_process(clock: &Arc<dyn Clock>, bytes: u64) -> Self {
        Self::with_live_window(clock, bytes, Duration::ZERO)
    }

    /// The same, with live reads sharing one that began at most `window` ago and is still under way.
    #[must_use]
    pub fn with_live_window(clock: &Arc<dyn Clock>, bytes: u64, window: Duration) -> Self {
        let purges = Arc::new(Purges::default());
        let records = Arc::new(Memory::new(Arc::clone(clock), bytes - bytes / 3, weight::of_entry));
        let lists = Arc::new(Memory::new(Arc::clone(clock), bytes / 3, weight::of_entry));
        Self {
            records: Arc::new(Shelf::new(records, Arc::clone(clock), Arc::clone(&purges)).with_live_window(window)),
            lists: Arc::new(Shelf::new(lists, Arc::clone(clock), Arc::clone(&purges)).with_live_window(window)),
            purges,
        }
    }

    /// Marks everything that depends on one of the tags as old.
    pub fn purge(&self, tags: &[Tag], how: Purge) {
        self.purges.purge(tags, how);
    }

    /// Marks everything as old: it is not known what has changed.
    pub fn purge_all(&self) {
        self.purges.purge_all();
    }
}
