//! Configurations as operators write them: a good one is assembled without a word, and every diagnostic of a
//! configuration, of who owns what, and of putting it together has a failing fixture:
//! `tests/fixtures/config/<code>-<what>.yaml`, with the whole report in `.expected`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule::config::{Environment, Origin};
use vestibule::diagnostic::Severity;
use vestibule::tenant::{Overlays, Setup, Shelf, assemble};

/// What nobody can write a configuration for, since it would be a fault of the gateway.
const FAULTS_OF_OURS: &[&str] = &["C053"];

/// No variables, and the files that are there.
struct Files;

impl Environment for Files {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        fs::read_to_string(path)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config")
}

/// Whether it is assembled, and the report as text.
fn assembled(file: &Path) -> (bool, String) {
    let (assembly, report) = assemble(&Setup {
        origin: Origin {
            name: Arc::from(file.file_name().unwrap().to_str().unwrap()),
            folder: "tests/fixtures/config".into(),
            text: fs::read_to_string(file).unwrap(),
        },
        environment: Arc::new(Files),
        shelf: Shelf::new(None),
        overlays: Overlays::Configured,
    });
    let problems = report.sorted();
    let errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(assembly.is_none(), errors, "{}: nothing comes of errors", file.display());
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    (assembly.is_some(), lines.join("\n"))
}

fn fixtures() -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.retain(|path| path.file_stem().unwrap() != "good");
    files.sort();
    files
}

fn code(file: &Path) -> String {
    file.file_name().unwrap().to_str().unwrap().split('-').next().unwrap().to_owned()
}

#[test]
fn a_good_configuration_is_assembled_without_a_word() {
    assert_eq!(assembled(&folder().join("good.yaml")), (true, String::new()));
}

#[test]
fn every_fixture_is_told_of_as_expected() {
    let mut wrong = Vec::new();
    for file in fixtures() {
        let (_, actual) = assembled(&file);
        assert!(actual.contains(&format!("[{}]", code(&file))), "{} does not show its code:\n{actual}", file.display());
        let expected = fs::read_to_string(file.with_extension("expected")).unwrap_or_default();
        if expected.trim_end() != actual {
            wrong.push(format!("{}\n--- expected\n{expected}--- actual\n{actual}", file.display()));
        }
    }
    let bless = "`cargo test --test config_load -- --ignored bless` takes the new ones";
    assert!(wrong.is_empty(), "{}\n\n{bless}", wrong.join("\n\n"));
}

#[test]
fn every_code_stands_for_one_thing_and_has_a_fixture_and_a_meaning() {
    let all: Vec<(&str, &str)> = [
        vestibule::config::codes::ALL,
        vestibule::source::codes::ALL,
        vestibule::outgoing::codes::ALL,
        vestibule::tenant::codes::ALL,
    ]
    .concat();
    let known: BTreeSet<String> = all.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(known.len(), all.len(), "a code twice");
    assert!(all.iter().all(|(_, meaning)| meaning.trim().ends_with(['.', ')'])));
    let shown: BTreeSet<String> = fixtures().iter().map(|file| code(file)).collect();
    let ours: BTreeSet<String> = FAULTS_OF_OURS.iter().map(|code| (*code).to_owned()).collect();
    assert_eq!(shown.union(&ours).cloned().collect::<BTreeSet<_>>(), known);
}

/// Writes `.expected` of every fixture as it is now: read the differences before committing them.
#[test]
#[ignore = "writes the fixtures"]
fn bless() {
    for file in fixtures() {
        fs::write(file.with_extension("expected"), format!("{}\n", assembled(&file).1)).unwrap();
    }
}
