//! Finds the configuration a command is about.

use std::path::Path;
use std::sync::Arc;

use super::arguments::From;
use super::output::Output;
use crate::config::{Origin, ProcessEnvironment};
use crate::demo;
use crate::tenant::{Assembly, Overlays, Setup, Shelf, assemble};

/// What the command's tenant is assembled from: the configuration that is named, or the demo's.
///
/// # Errors
/// The file cannot be read.
pub(super) fn setup(from: &From) -> Result<Setup, String> {
    let Some(path) = &from.config else { return Ok(demo::with_mail(demo::setup(None, from.connectors.clone()))) };
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    Ok(Setup {
        origin: Origin { name: Arc::from(path.display().to_string()), folder: folder.to_path_buf(), text },
        environment: Arc::new(ProcessEnvironment),
        shelf: Shelf::new(from.connectors.clone()),
        overlays: Overlays::Configured,
    })
}

/// The assembled tenant; where there is none, its problems have been printed.
///
/// # Errors
/// What to say at the end.
pub(super) fn assembled(from: &From, output: &Output) -> Result<(Setup, Assembly), String> {
    let setup = setup(from)?;
    let (assembly, report) = assemble(&setup);
    if !report.is_empty() {
        output.report(report);
    }
    let assembly = assembly.ok_or_else(|| "the configuration cannot be served".to_owned())?;
    Ok((setup, assembly))
}
