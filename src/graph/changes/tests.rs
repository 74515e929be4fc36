//! Every kind of change has a pair of graphs in `tests/fixtures/lock`: `<code>-<what>.before.graphql` is the lock, `.after.graphql`
//! what is served, `.expected` all that is said of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use apollo_compiler::Schema;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::codes;
use super::{Changes, compare};
use crate::graph::Served;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lock")
}

fn served(text: &str) -> Served {
    Served {
        schema: Schema::parse_and_validate(text, "served.graphql").unwrap(),
        unserved: Vec::new(),
        absent: Vec::new(),
        left_out: Vec::new(),
    }
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        files.filter_map(|name| Some(name.strip_suffix(".before.graphql")?.to_owned())).collect();
    names.sort();
    names
}

fn read(name: &str, what: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.{what}"))).unwrap_or_default()
}

fn changes(name: &str) -> Changes {
    compare(("schema.lock.graphql", &read(name, "before.graphql")), &served(&read(name, "after.graphql")))
}

fn told(name: &str) -> String {
    let Changes { report, noted } = changes(name);
    let lines = report.sorted().into_iter().map(|problem| problem.to_string()).chain(noted);
    lines.map(|line| line + "\n").collect()
}

#[test]
fn every_kind_of_change_is_told_as_expected() {
    let mut wrong = Vec::new();
    for name in names() {
        let (expected, actual) = (read(&name, "expected"), told(&name));
        if let Some((code, _)) = name.split_once('-') {
            assert!(actual.contains(&format!("[{code}]")), "{name} does not show its code:\n{actual}");
        }
        if expected != actual {
            wrong.push(format!("{name}\n--- expected\n{expected}--- actual\n{actual}"));
        }
    }
    let bless = "`cargo test --lib graph::changes -- --ignored bless` takes the new ones";
    assert!(wrong.is_empty(), "{}\n\n{bless}", wrong.join("\n\n"));
}

#[test]
fn every_code_has_a_pair_of_graphs() {
    let known: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| *code).collect();
    assert_eq!(known.len(), codes::ALL.len(), "a code twice");
    let names = names();
    let shown: BTreeSet<&str> = names.iter().filter_map(|name| Some(name.split_once('-')?.0)).collect();
    assert_eq!(shown, known);
}

#[test]
fn what_is_only_added_breaks_nobody() {
    let Changes { report, noted } = changes("additions");
    assert!(report.is_empty() && !noted.is_empty(), "{report:?}");
}

#[test]
fn a_reason_that_is_known_is_told() {
    let mut served = served(&read("L020-field-gone", "after.graphql"));
    served.unserved.push(("Order.placedOn".to_owned(), "`erp` does not map Order.placedOn".to_owned()));
    let changes = compare(("lock", &read("L020-field-gone", "before.graphql")), &served);
    let told: Vec<String> = changes.report.sorted().iter().map(|problem| problem.message.clone()).collect();
    assert_eq!(told[0], "`Order.placedOn` is gone, and was not deprecated before (`erp` does not map Order.placedOn)");
}

/// A graph with some of these fields, each of which breaks somebody where it is taken away.
const FIELDS: [&str; 4] = ["a: String", "b(c: Int): [Int!]!", "d: Query", "e(f: String = \"x\"): String!"];

#[test]
fn a_graph_is_compatible_with_itself_and_with_less_of_itself_and_not_the_other_way() {
    proptest!(|(some in subsequence(FIELDS.to_vec(), 1..=4), all in subsequence(FIELDS.to_vec(), 1..=4))| {
        let text = |fields: &[&str]| format!("type Query {{ {} }}", fields.join(" "));
        let changes = compare(("lock", &text(&some)), &served(&text(&all)));
        let fits = some.iter().all(|field| all.contains(field));
        prop_assert_eq!(changes.report.has_errors(), !fits);
        prop_assert_eq!(changes.noted.len(), all.iter().filter(|field| !some.contains(field)).count());
    });
}

/// Writes `.expected` of every pair as it is now: read the differences before committing them.
#[test]
#[ignore = "writes the fixtures"]
fn bless() {
    for name in names() {
        fs::write(folder().join(format!("{name}.expected")), told(&name)).unwrap();
    }
}
