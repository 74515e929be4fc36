//! The ledger: what a client was told against what happened, over random writes, cuts and repeats.
//!
//! A client sends writes of every kind and repeats them as clients do: after a lost answer, after a good one, at the same
//! moment, never again. The systems cut connections before, during and after what they do, or do it later. In the end
//! the client's history is held against the ledger of the systems: no second effect, and none that was told and is not there.
//! An effect is an entry of the ledger that changed something, of whatever kind the write is. What was told done stands in its
//! field at that moment, and in the end the records are what they were, but for the effects.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod chance;
mod client;
mod documents;
mod fields;
mod history;
mod kinds;
mod late;
mod page;
mod records;
mod rules;
#[path = "../shared/s3.rs"]
mod s3;
#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../storage/server.rs"]
mod server;
mod state;
#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../storage/store.rs"]
mod store;
mod tally;
mod told;
mod world;

use tally::Tally;
use world::World;

/// Writes of the suite's own run; `--ignored` publishes one of [`PUBLISHED`].
pub const WRITES: u64 = 600;
/// Writes of the run whose table is in `docs/ledger.md`.
const PUBLISHED: u64 = 10_000;

async fn run(seed: u64, writes: u64) -> Tally {
    let world = World::open(seed).await;
    client::run(&world, seed, writes).await
}

#[tokio::test]
async fn no_effect_is_doubled_and_none_that_was_told_is_lost() {
    let tally = run(1, WRITES).await;
    tally.check();
    assert!(tally.repeated > WRITES / 10 && tally.uncertain > 0, "nothing went wrong:\n{tally}");
}

/// Every mutation that is served is one of the kinds, but for those that write nothing.
#[test]
fn every_mutation_that_writes_is_in_the_ledger() {
    let (assembly, _) = vestibule::tenant::assemble(&vestibule::demo::setup(None, None));
    let schema = assembly.unwrap().served.schema;
    let served = schema.get_object("Mutation").unwrap().fields.keys().map(ToString::to_string);
    let kinds: Vec<&str> = kinds::Kind::ALL.iter().map(|kind| kind.name()).collect();
    let missing: Vec<String> = served.filter(|name| !kinds.contains(&name.as_str())).collect();
    assert_eq!(missing, ["payInvoice"], "it reads where a person can pay");
}

/// Runs the published number of writes, and writes the table.
#[tokio::test]
#[ignore = "takes minutes: it makes docs/ledger.md"]
async fn publish() {
    let tally = run(2026, PUBLISHED).await;
    tally.check();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ledger.md");
    std::fs::write(path, tally.document(2026, PUBLISHED)).unwrap();
}
