//! The page of the diagnostics, and what holds it to the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use vestibule::tenant::diagnostics;

use super::{files, read, root};

/// What nobody can write a fixture for, since it would be a fault of the gateway itself.
const FAULTS_OF_OURS: &[&str] = &["C053"];

const HEAD: &str = "# Diagnostics

What `vestibule check` and the start say of a mistake in what people wrote: `FILE:LINE:COLUMN: error[CODE]: what is wrong`, and
below it what to do. All mistakes are told at once. An error keeps the gateway from starting; a warning does not. The examples
are the output for a file with that mistake in it. `vestibule explain-code M018` prints the section of a code.

<!-- Made by a test from the codes' own comments and the fixtures: `cargo test --test pages -- --ignored bless`. -->
";

const KINDS: [(&str, &str); 4] = [
    ("G", "The graph: `schema.graphql` and the files of a tenant's own"),
    ("L", "The lock: what of the served graph would break its clients"),
    ("M", "Manifests and overlays"),
    ("C", "The configuration, and what it puts together"),
];

pub fn page() -> String {
    let shown = fixtures();
    let mut page = HEAD.to_owned();
    for (letter, kind) in KINDS {
        writeln!(page, "\n## {kind}").unwrap();
        for (code, meaning) in diagnostics().into_iter().filter(|(code, _)| code.starts_with(letter)) {
            writeln!(page, "\n### {code}\n\n{}", meaning.trim()).unwrap();
            for example in shown.get(code).into_iter().flatten().take(1) {
                writeln!(page, "\n```text\n{}\n```", example.trim_end()).unwrap();
            }
            if FAULTS_OF_OURS.contains(&code) {
                writeln!(page, "\nNobody can write this mistake: tell us which files it happens with.").unwrap();
            }
        }
    }
    page
}

/// By code, what the fixtures named after it are told of it.
fn fixtures() -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in expected() {
        let Some(code) = code_of(&path) else { continue };
        let said = read(&path);
        // A problem is its line and the indented ones below it.
        let mut problems: Vec<String> = Vec::new();
        for line in said.lines() {
            match problems.last_mut() {
                Some(last) if line.starts_with(' ') => *last += &format!("\n{line}"),
                _ => problems.push(line.to_owned()),
            }
        }
        problems.retain(|problem| problem.contains(&format!("[{code}]")));
        all.entry(code).or_default().extend(problems);
    }
    all
}

fn expected() -> Vec<std::path::PathBuf> {
    [files("tests/fixtures", ".expected"), files("tests/fixtures", "expected.txt")].concat()
}

/// The code that a fixture is named after: its file, or the folder it is in.
fn code_of(path: &Path) -> Option<String> {
    let named = |path: &Path| {
        let code = path.file_name()?.to_str()?.split('-').next()?.to_owned();
        is_code(&code).then_some(code)
    };
    path.ancestors().find_map(named)
}

fn is_code(text: &str) -> bool {
    text.len() == 4
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text[1..].bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn every_code_stands_for_one_thing_and_says_which() {
    let all = diagnostics();
    let once: BTreeSet<&str> = all.iter().map(|(code, _)| *code).collect();
    assert_eq!(once.len(), all.len(), "a code stands for two things");
    for (code, meaning) in all {
        assert!(is_code(code), "`{code}` is a letter and three digits");
        assert!(KINDS.iter().any(|(letter, _)| code.starts_with(letter)), "{code}: tests/pages has no chapter for it");
        assert!(meaning.trim().ends_with(['.', ')']), "{code}: its doc comment is a sentence");
    }
}

#[test]
fn every_code_has_a_fixture_that_fails_with_it() {
    let shown = fixtures();
    let missing: Vec<&str> = diagnostics()
        .into_iter()
        .map(|(code, _)| code)
        .filter(|code| !FAULTS_OF_OURS.contains(code) && shown.get(*code).is_none_or(Vec::is_empty))
        .collect();
    assert!(
        missing.is_empty(),
        "{missing:?} have no fixture. Add a file with the mistake and what is said of it, for a code X000: \
         tests/fixtures/manifests/X000-what-is-wrong/ (manifests, with expected.txt), \
         tests/fixtures/config/X000-what-is-wrong.yaml (with .expected) or \
         tests/fixtures/schema/X000-what-is-wrong.graphql (with .expected)"
    );
}

#[test]
fn every_fixture_says_what_is_wrong_where_and_what_to_do() {
    let known: BTreeSet<&str> = diagnostics().into_iter().map(|(code, _)| code).collect();
    for path in expected() {
        let said = read(&path);
        let lines: Vec<&str> = said.lines().collect();
        // What is only added to a graph is told without a code.
        let noted = |line: &str| line.starts_with("new: ") || line.starts_with("deprecated: ");
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.starts_with(' ') && !noted(line)) {
            let name = path.display();
            let (place, rest) = line.split_once(": ").unwrap_or_else(|| panic!("{name}: {line}"));
            let numbers = place.rsplitn(3, ':').take(2).all(|number| number.parse::<u32>().is_ok_and(|n| n > 0));
            assert!(numbers, "{name}: `{place}` is no FILE:LINE:COLUMN");
            let code = rest.split(['[', ']']).nth(1).unwrap_or_default();
            assert!(known.contains(code), "{name}: `{code}` is in no list of codes");
            assert!(lines.get(at + 1).is_some_and(|next| next.starts_with("  ")), "{name}: no remedy below {line}");
        }
    }
}

#[test]
fn no_code_is_made_beside_the_lists() {
    let known: BTreeSet<&str> = diagnostics().into_iter().map(|(code, _)| code).collect();
    for path in files("src", ".rs") {
        let text = read(&path);
        let place = path.strip_prefix(root()).unwrap().display().to_string();
        // What stands below that is for tests only.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '"') {
            let quoted = word.len() == 6 && word.starts_with('"') && word.ends_with('"');
            let is_test = place.contains("test");
            assert!(
                !quoted || is_test || !is_code(word.trim_matches('"')),
                "{place}: {word} is written out; use its constant"
            );
        }
        // Lists are recognised by the macro they are made with: each has to be in `tenant::diagnostics`.
        let listed = text.split_once("\ncodes! {").map(|(_, list)| list).unwrap_or_default();
        for line in listed.lines().map(str::trim).filter(|line| line.ends_with(';') && !line.starts_with("//")) {
            let code = line.trim_end_matches(';').rsplit(' ').next().unwrap();
            assert!(
                known.contains(code),
                "{place}: {code} is not in src/tenant/registry.rs: add the list of this file there"
            );
        }
    }
}
