//! Manifests as an operator writes them: two complete connectors load clean, and every diagnostic has a failing fixture.
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where something is missing")]

mod complete;
mod fixtures;
mod graph;
mod overlay;
mod schema;
mod shipped;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule::connector::Connector;
use vestibule::connector::load::{LoadInput, SourceFile, load};
use vestibule::diagnostic::Report;

/// A folder under `tests/fixtures`.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The manifests of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<SourceFile> {
    let mut files = Vec::new();
    for dir in ["", "entities"] {
        let Ok(entries) = fs::read_dir(folder.join(dir)) else { continue };
        for entry in entries {
            let path = entry.expect("a folder that can be listed").path();
            if path.extension().is_none_or(|ending| ending != "yaml") {
                continue;
            }
            let name: Arc<str> = Arc::from(path.strip_prefix(folder).expect("inside").to_str().expect("UTF-8"));
            let text = Arc::from(fs::read_to_string(&path).expect("a file that can be read"));
            files.push(SourceFile { shown: Arc::clone(&name), name, text });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Loads the connector of a folder, with its `overlay/` and `source.txt`.
fn loaded(folder: &Path) -> (Option<Connector>, Report) {
    let source = graph::Source::read(&fs::read_to_string(folder.join("source.txt")).unwrap_or_default());
    let mut overlay = files(&folder.join("overlay"));
    for file in &mut overlay {
        file.shown = Arc::from(format!("overlay/{}", file.name));
    }
    load(LoadInput {
        name: "desk",
        files: &files(folder),
        overlay: &overlay,
        graph: &graph::graph(),
        settings: &source.settings,
        secrets: &source.secrets,
        auth: source.auth.as_deref(),
        sources: &source.sources,
    })
}

/// A report as text, one problem after the other.
fn shown(report: Report) -> String {
    let lines: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
    lines.join("\n")
}
