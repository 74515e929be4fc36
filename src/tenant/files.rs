//! Where manifests and graph files come from: embedded in the binary, or folders an operator names.

use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::connector::load::SourceFile;

static CONNECTORS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/connectors");

/// The graph every tenant begins with.
pub const SCHEMA: (&str, &str) = ("schema.graphql", include_str!("../../schema.graphql"));

/// The connectors that can be used: those in the binary, and those in a folder, which replace them by name.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    folder: Option<std::path::PathBuf>,
}

impl Shelf {
    /// The shipped connectors, and those under `folder`, where one is named.
    #[must_use]
    pub fn new(folder: Option<std::path::PathBuf>) -> Self {
        Self { folder }
    }

    /// The names of all connectors, in order.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn names(&self) -> std::io::Result<Vec<String>> {
        let mut names: Vec<String> = CONNECTORS.dirs().map(|dir| dir.path().display().to_string()).collect();
        if let Some(folder) = &self.folder {
            for entry in opened(folder)? {
                let entry = entry?;
                if entry.path().join("connector.yaml").is_file() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The files of a connector; empty where there is none of that name.
    ///
    /// # Errors
    /// The folder, or a file, cannot be read.
    pub fn files(&self, name: &str) -> std::io::Result<Vec<SourceFile>> {
        // A folder that is named and not there is a mistake, not a reason to use the shipped connectors.
        self.folder.as_deref().map(opened).transpose()?;
        if let Some(folder) = self.folder.as_ref().map(|folder| folder.join(name)).filter(|folder| folder.is_dir()) {
            return read_folder(&folder);
        }
        Ok(CONNECTORS.get_dir(name).map(|dir| embedded(dir, dir.path(), "connectors")).unwrap_or_default())
    }
}

fn opened(folder: &Path) -> std::io::Result<std::fs::ReadDir> {
    let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    std::fs::read_dir(folder).map_err(named)
}

/// The YAML files of an embedded folder, named relative to `root` and shown below `shown`.
pub(crate) fn embedded(dir: &Dir<'_>, root: &Path, shown: &str) -> Vec<SourceFile> {
    let mut found: Vec<SourceFile> = Vec::new();
    for file in dir.files().filter(|file| is_yaml(file.path())) {
        let Some(text) = file.contents_utf8() else { continue };
        let name = file.path().strip_prefix(root).unwrap_or(file.path());
        found.push(SourceFile {
            name: Arc::from(name.display().to_string()),
            shown: Arc::from(format!("{shown}/{}", file.path().display())),
            text: Arc::from(text),
        });
    }
    for inner in dir.dirs() {
        found.extend(embedded(inner, root, shown));
    }
    found
}

/// The YAML files of a folder and the folder `entities` in it; empty where there is no such folder.
///
/// # Errors
/// A file cannot be read.
pub fn read_folder(folder: &Path) -> std::io::Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    for (below, prefix) in [(folder.to_path_buf(), ""), (folder.join("entities"), "entities/")] {
        for (name, path) in list(&below)?.into_iter().filter(|(_, path)| is_yaml(path)) {
            found.push(SourceFile {
                name: Arc::from(format!("{prefix}{name}")),
                shown: Arc::from(path.display().to_string()),
                text: Arc::from(read(&path)?),
            });
        }
    }
    Ok(found)
}

/// The graph files (`*.graphql`) of a folder, in the order of their names.
///
/// # Errors
/// A file cannot be read.
pub fn read_graph(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
    let files =
        list(folder)?.into_iter().filter(|(_, path)| path.extension().is_some_and(|ending| ending == "graphql"));
    files.map(|(_, path)| Ok((path.display().to_string(), read(&path)?))).collect()
}

/// The text of a file; what goes wrong says with which.
fn read(path: &Path) -> std::io::Result<String> {
    let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    std::fs::read_to_string(path).map_err(named)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

fn list(folder: &Path) -> std::io::Result<Vec<(String, std::path::PathBuf)>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().is_file() {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}
