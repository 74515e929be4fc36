//! The lock: the graph that a tenant's clients know, committed beside its configuration.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use super::assemble::Assembly;
use crate::diagnostic::{Diagnostic, Place};
use crate::graph::changes::codes::L001;
use crate::graph::changes::{Changes, compare};
use crate::graph::print;

/// What stands above the graph in the file.
const HEADER: &str = "# The graph that clients of this portal know. Written by `vestibule schema lock`; commit it. `vestibule check` fails on\n\
                      # a change that breaks them, until `vestibule schema lock --accept` takes it.\n\n";

/// How the graph that is served stands to its lock.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The lock, as people know it.
    pub file: PathBuf,
    /// What changed since it was written; `None` where there is no lock.
    pub changes: Option<Changes>,
}

/// Compares the graph that is served with the tenant's lock.
#[must_use]
pub fn locked(assembly: &Assembly) -> Locked {
    let file = assembly.folder.join(&assembly.config.schema_lock);
    let changes = match std::fs::read_to_string(&file) {
        Ok(text) => Some(compare((&file.display().to_string(), &text), &assembly.served)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            let mut changes = Changes::default();
            let remedy = "Let this process read it, or name another file in `schemaLock`.";
            changes.report.push(Diagnostic::error(L001, start(&file), format!("it cannot be read: {error}"), remedy));
            Some(changes)
        }
    };
    Locked { file, changes }
}

/// Writes the graph that is served into the tenant's lock.
///
/// # Errors
/// The file cannot be written; with its name.
pub fn write_lock(assembly: &Assembly) -> Result<PathBuf, String> {
    let file = assembly.folder.join(&assembly.config.schema_lock);
    let text = format!("{HEADER}{}", print(&assembly.served));
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

fn start(file: &std::path::Path) -> Place {
    Place { file: Arc::from(file.display().to_string()), line: 1, column: 1 }
}
