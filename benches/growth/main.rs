//! How what the gateway takes grows: with the values of an answer, its rows, the systems behind it, kept records, connections,
//! tenants. Nothing may grow faster than what it is measured against.
//!
//! `cargo bench --bench growth` prints the tables; `-- --write` puts them into `docs/performance.md`, with a plot of each in
//! `docs/performance/`. Linux only. It takes up to three minutes, and up to fourteen gigabytes for ten million kept records;
//! where there is less memory, the largest caches are left out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

mod cache;
mod connections;
mod plot;
mod queries;
mod records;
mod series;
#[expect(dead_code, reason = "the other benches use more of it")]
#[path = "../shared/mod.rs"]
mod shared;
mod tenants;

use crate::shared::{process, simulator};

fn main() {
    let (arguments, runtime) = shared::started();
    let said: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match said.as_slice() {
        ["--simulator", wait] => runtime.block_on(simulator::run(wait.parse().unwrap())),
        ["--records", count] => runtime.block_on(records::run(count.parse().unwrap())),
        ["--cache", shape, bytes] => runtime.block_on(cache::run(shape, bytes.parse().unwrap())),
        ["--tenants"] => tenants::run(),
        _ => runtime.block_on(measure()),
    }
}

async fn measure() {
    process::keep_apart();
    queries::measure().await;
    records::measure();
    cache::measure();
    connections::measure().await;
    tenants::measure();
}
