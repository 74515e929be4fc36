//! Several nodes of one tenant with a Redis between them: one effect, one event, one letter, everybody told; and what happens
//! without it.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod line;
mod mail;
mod nodes;
mod outage;
#[path = "../shared/redis.rs"]
mod server;
mod state;
mod tls;
#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../webhooks/world.rs"]
mod webhooks;
mod world;
