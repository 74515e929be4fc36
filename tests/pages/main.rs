//! `docs/diagnostics.md` and `docs/errors.md` are made from what the code says of itself and from the fixtures' own output,
//! and every code is shown by something that fails with it.
//!
//! `cargo test --test pages -- --ignored bless` writes the pages anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod diagnostics;
mod errors;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder that end so, in order.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(root().join(folder)).sort_by_file_name().into_iter();
    let paths = all.map(|entry| entry.unwrap().into_path());
    paths.filter(|path| path.is_file() && path.to_str().unwrap().ends_with(ending)).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A page's file, and how it is made.
type Page = (&'static str, fn() -> String);

const PAGES: [Page; 2] = [("docs/diagnostics.md", diagnostics::page), ("docs/errors.md", errors::page)];

#[test]
fn the_pages_are_current() {
    for (name, page) in PAGES {
        let current = read(&root().join(name)) == page();
        assert!(current, "{name} is out of date: `cargo test --test pages -- --ignored bless` writes it anew");
    }
}

#[test]
#[ignore = "writes the pages"]
fn bless() {
    for (name, page) in PAGES {
        fs::write(root().join(name), page()).unwrap();
    }
}
