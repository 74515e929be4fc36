//! Writes from end to end: what customers do, in readable files, against the demo business and its ledger.
//!
//! Each file of `scenarios/` is a list of scenarios; [`scenario`] says what may stand in one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod effects;
mod files;
#[path = "../shared/form.rs"]
mod form;
mod mutations;
#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../shared/portal.rs"]
mod portal;
mod rights;
mod scenario;
#[expect(dead_code, reason = "what only webhooks need")]
#[path = "../webhooks/world.rs"]
mod world;

use std::path::Path;

use scenario::Scenario;

async fn play(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/writes/scenarios").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let all: Vec<Scenario> = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(!all.is_empty(), "{file} has no scenario");
    let mut failed = Vec::new();
    for scenario in all {
        if let Err(why) = scenario.play().await {
            failed.push(format!("{file}: {}\n    {why}", scenario.title));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn people_and_accounts() {
    play("people.yaml").await;
}

#[tokio::test]
async fn deals() {
    play("deals.yaml").await;
}

#[tokio::test]
async fn orders() {
    play("orders.yaml").await;
}

#[tokio::test]
async fn billing() {
    play("billing.yaml").await;
}

#[tokio::test]
async fn bad_input() {
    play("bad_input.yaml").await;
}

#[tokio::test]
async fn tickets() {
    play("tickets.yaml").await;
}

/// Nothing is served that nobody has written with.
#[test]
fn every_mutation_that_is_served_is_played() {
    let (assembly, _) = vestibule::tenant::assemble(&vestibule::demo::setup(None, None));
    let schema = assembly.unwrap().served.schema;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/writes");
    let scenarios = std::fs::read_dir(folder.join("scenarios")).unwrap().map(|file| file.unwrap().path());
    let texts = scenarios
        .chain([folder.join("mutations.rs"), folder.join("../storage/writes.rs")])
        .map(|path| std::fs::read_to_string(path).unwrap());
    let played: String = texts.collect();
    let names = schema.get_object("Mutation").unwrap().fields.keys();
    let missing: Vec<_> = names.filter(|name| !played.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
