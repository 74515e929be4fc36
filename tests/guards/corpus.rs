//! Every input that the fuzzer's runs kept, and every one that once broke something, goes through the same functions
//! again: `fuzz/corpus/<target>` and `fuzz/regressions/<target>`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::targets;

/// A target's name and function.
type Target = (&'static str, fn(&[u8]));

/// The targets, as `fuzz/targets` has them.
const TARGETS: [Target; 10] = [
    ("cel", targets::cel::run),
    ("config", targets::config::run),
    ("file_link", targets::file_link::run),
    ("graph", targets::graph::run),
    ("http", targets::http::run),
    ("manifest", targets::manifest::run),
    ("query", targets::query::run),
    ("signature", targets::signature::run),
    ("upstream", targets::upstream::run),
    ("webhook", targets::webhook::run),
];

fn files(kind: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind).join(target);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(target: &str) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let kept = files("corpus", target);
    assert!(!kept.is_empty(), "fuzz/corpus/{target} has no inputs");
    for file in kept.into_iter().chain(files("regressions", target)) {
        let bytes = fs::read(&file).unwrap();
        let done = std::panic::catch_unwind(|| run(&bytes));
        assert!(done.is_ok(), "{} breaks the target `{target}`", file.display());
    }
}

#[test]
fn kept_expressions_are_evaluated_or_refused() {
    replay("cel");
}

#[test]
fn kept_configurations_are_loaded_or_refused() {
    replay("config");
}

#[test]
fn kept_links_open_nothing() {
    replay("file_link");
}

#[test]
fn kept_answers_of_plain_http_are_the_same_to_both_clients() {
    replay("http");
}

#[test]
fn kept_graph_files_are_loaded_or_refused() {
    replay("graph");
}

#[test]
fn kept_manifests_are_loaded_or_refused() {
    replay("manifest");
}

#[test]
fn kept_queries_are_planned_or_refused() {
    replay("query");
}

#[test]
fn kept_answers_are_mapped_or_refused() {
    replay("upstream");
}

#[test]
fn every_target_is_replayed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/targets");
    let mut targets: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    assert_eq!(targets, TARGETS.map(|(name, _)| name.to_owned()));
}

#[test]
fn kept_deliveries_are_read_or_refused() {
    replay("webhook");
}

#[test]
fn kept_signatures_are_refused() {
    replay("signature");
}
