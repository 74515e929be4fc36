//! Documents of a store of objects, from end to end: a gateway over a real S3 server, which checks every signature, and over
//! a folder.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod changed;
mod files;
mod folder;
#[path = "../shared/form.rs"]
mod form;
#[path = "../shared/gateway.rs"]
mod gateway;
#[path = "../shared/hand.rs"]
mod hand;
mod reads;
mod refused;
#[path = "../shared/s3.rs"]
mod s3;
mod server;
mod store;
mod world;
mod writes;
