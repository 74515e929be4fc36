//! The gateway over HTTP, in process and in front of the demo business: statuses, media types, headers, batches, forged
//! requests, sign-in, limits, streams, sockets, stopping.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod batches;
mod bodies;
mod events;
mod forged;
mod graphql;
mod headers;
mod limits;
mod portal;
mod sign_in;
mod socket;
mod stopping;
