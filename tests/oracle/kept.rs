//! Cases that failed once: they are read from `kept/` and run before all others, and new ones are written there.

use std::fs;
use std::path::PathBuf;

use crate::case::Case;
use crate::reference::Reference;
use crate::run::alone;
use crate::shrink::{kind, shrink};

/// New ones of one run, at most.
const MOST: usize = 5;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/kept")
}

/// The kept cases, by file name.
pub fn all() -> Vec<(String, Case)> {
    let entries = fs::read_dir(folder()).expect("the folder of kept cases");
    let files = entries.map(|entry| entry.expect("a folder that can be listed").path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    files.sort();
    let case = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = fs::read_to_string(&path).expect("a file that can be read");
        let case = Case::parse(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        (name, case)
    };
    files.into_iter().map(case).collect()
}

/// What is different in kept cases.
pub fn different(reference: &mut Reference) -> Vec<String> {
    let told = |(name, case): (String, Case)| alone(&case, reference).map(|told| format!("{name}: {told}"));
    all().into_iter().filter_map(told).collect()
}

/// Shrinks new cases, one or two of each kind, and writes them down; what they show, in words.
pub fn keep(different: &[(Case, String)], seed: u64) -> Vec<String> {
    let mut reference = Reference::start();
    let mut seen: Vec<String> = Vec::new();
    let mut told = Vec::new();
    for (case, first) in different {
        let kind = kind(first);
        if seen.iter().filter(|known| **known == kind).count() >= 2 || seen.len() >= MOST {
            continue;
        }
        let Some((mut small, shown)) = shrink(case, &mut reference) else {
            told.push(format!("only in company of others: {first}"));
            continue;
        };
        small.about = format!("{shown}\n(seed {seed})");
        let path = folder().join(format!("seed-{seed}-{}.txt", seen.len()));
        fs::write(&path, small.to_string()).expect("a folder that can be written");
        told.push(format!("{}\n{small}", path.display()));
        seen.push(kind);
    }
    told
}
