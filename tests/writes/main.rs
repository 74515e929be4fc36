//! Writes from end to end: what customers do, in readable files, against the demo business and its ledger.
//!
//! Each file of `scenarios/` is a list of scenarios; [`scenario`] says what may stand in one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod effects;
#[path = "../shared/expected.rs"]
mod expected;
mod files;
#[path = "../shared/form.rs"]
mod form;
#[expect(dead_code, reason = "other suites name their files one by one")]
#[path = "../shared/play.rs"]
mod play;
mod played;
#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../shared/portal.rs"]
mod portal;
mod redirects;
mod rights;
mod scenario;
mod sent;
#[expect(dead_code, reason = "what only webhooks need")]
#[path = "../webhooks/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use apollo_compiler::Schema;
use scenario::Scenario;

/// Each file of `scenarios/` is a test of its own.
macro_rules! scenarios {
    ($($name:ident)*) => {
        const FILES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[tokio::test]
            async fn $name() {
                play::play::<Scenario>(&file(stringify!($name))).await;
            }
        )*
    };
}

scenarios! { bad_input billing deals documents keys orders people refusals subscriptions tickets }

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/writes")
}

/// The path of a file of scenarios, below `tests`.
fn file(name: &str) -> String {
    format!("writes/scenarios/{name}.yaml")
}

/// The graph that the demo serves.
fn served() -> Schema {
    let (assembly, _) = vestibule::tenant::assemble(&vestibule::demo::setup(None, None));
    assembly.unwrap().served.schema.clone().into_inner()
}

/// Nothing is served that nobody has written with.
#[test]
fn every_mutation_that_is_served_is_played() {
    let played: BTreeSet<String> = FILES
        .iter()
        .flat_map(|name| play::read::<Scenario>(&file(name)))
        .flat_map(|scenario| scenario.plays())
        .collect();
    let schema = served();
    let names = schema.get_object("Mutation").unwrap().fields.keys();
    let missing: Vec<_> = names.filter(|name| !played.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "no scenario sends these, and expects that they are done: {missing:?}");
}

#[test]
fn no_file_of_scenarios_is_forgotten() {
    let files = std::fs::read_dir(folder().join("scenarios")).unwrap().map(|file| file.unwrap().path());
    let found: BTreeSet<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(found, FILES.iter().map(|name| (*name).to_owned()).collect());
}
