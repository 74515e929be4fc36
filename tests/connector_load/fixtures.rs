//! One failing fixture for each code: `tests/fixtures/manifests/<code>-<what>/`, with the whole report in `expected.txt`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use vestibule::connector::load::codes;

use super::{folder, loaded, shown};

fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder("manifests")).expect("the fixtures");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
    folders.sort();
    folders
}

fn code(folder: &std::path::Path) -> String {
    let name = folder.file_name().and_then(|name| name.to_str()).expect("a name");
    name.split('-').next().expect("a code").to_owned()
}

#[test]
fn every_fixture_fails_as_expected() {
    let mut wrong = Vec::new();
    for fixture in all() {
        let (connector, report) = loaded(&fixture);
        let failed = report.has_errors();
        let actual = shown(report);
        assert_eq!(connector.is_none(), failed, "{}: no connector comes of errors", fixture.display());
        assert!(
            actual.contains(&format!("[{}]", code(&fixture))),
            "{} does not show its code:\n{actual}",
            fixture.display()
        );
        let expected = fs::read_to_string(fixture.join("expected.txt")).unwrap_or_default();
        if expected.trim_end() != actual {
            wrong.push(format!("{}\n--- expected\n{expected}--- actual\n{actual}", fixture.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n\n`cargo test --test connector_load -- --ignored bless` takes the new ones",
        wrong.join("\n\n")
    );
}

#[test]
fn every_code_has_a_fixture_and_a_meaning() {
    let shown: BTreeSet<String> = all().iter().map(|folder| code(folder)).collect();
    let known: BTreeSet<String> = codes::ALL.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(shown, known);
    assert_eq!(known.len(), codes::ALL.len(), "a code twice");
    assert!(codes::ALL.iter().all(|(_, meaning)| meaning.trim().ends_with(['.', ')'])));
}

/// Writes `expected.txt` of every fixture as it is now: read the differences before committing them.
#[test]
#[ignore = "writes the fixtures"]
fn bless() {
    for fixture in all() {
        let (_, report) = loaded(&fixture);
        fs::write(fixture.join("expected.txt"), format!("{}\n", shown(report))).expect("a file that can be written");
    }
}
