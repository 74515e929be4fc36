//! The gateway over HTTP, in process and in front of the demo business: statuses, media types, headers, sign-in, limits,
//! sockets, stopping.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod graphql;
mod headers;
mod limits;
mod portal;
mod sign_in;
mod socket;
mod stopping;
