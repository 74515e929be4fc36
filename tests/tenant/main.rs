//! A tenant's own graph, from data files alone: custom fields, an entity and a system that the product does not know, single
//! mappings changed; and the guide to it, every command and file of which is run here.
//!
//! `acme/` is what such a business writes. It is copied into a folder of its own and assembled as `vestibule serve --config`
//! does it, in front of the demo business and of a hire desk that is a few lines of a test.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod desk;
mod example;
mod fields;
mod guide;
mod machines;
mod mutation;
mod portal;
mod unprovided;
