//! Files: links to them, and what a browser is told of them. Pure.
//!
//! A link is sealed, and nothing can be read from it. It says who it was made for, and where the file is to be found in a
//! record; it gives no right: whoever opens it gets what that person could read at that moment.

mod link;
mod part;
mod told;

pub use link::{LASTS, Link, Unopened, until, which};
pub use part::{Asked, asked};
pub use told::{disposition, is_page_instead, is_shown, media};

#[cfg(test)]
mod tests;
