//! The `storage` engine: objects of a bucket or a folder, told as rows.
//!
//! A manifest spells its reads and writes out as for `rest`; what they mean is said here, once, and [`Objects`] answers
//! them in place of a system. Paths are those of the store below its root:
//!
//! | request | |
//! |---|---|
//! | `GET /a/b.pdf` | the object, with all that is known of it; `versions` adds its versions |
//! | `GET /a/` | the objects below, in the order of their paths: `limit`, `after`; `folder`: those right in it; `folders`: the folders right in it |
//! | `GET /a/` with `since` | which of the objects below changed since then; a page without any has a next one while there is `more` |
//! | `POST /a/` with bytes | makes an object: `folder`, `name`, `file` and `mark`, which stands for the one write; `meta.x` |
//! | `PUT /a/b.pdf` with bytes | puts a new version in its place: `If-Match`, `meta.x` |

mod answer;
mod asked;
mod folder;
mod keep;
mod line;
mod list;
mod name;
mod objects;
mod open;
mod row;
mod since;

pub use objects::{Objects, StoreKeys};

#[cfg(test)]
mod tests;
