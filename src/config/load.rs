//! Reads a configuration: its text, its shape, and what must hold across its sections, all problems with their place.

use std::path::PathBuf;
use std::sync::Arc;

use saphyr::{LoadableYamlNode as _, MarkedYaml, YamlData};

use super::codes::C001;
use super::{Config, check};
use crate::diagnostic::{Diagnostic, Place, Report};

/// The text of a configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// As the operator knows the file.
    pub name: Arc<str>,
    /// The folder that paths in it are relative to.
    pub folder: PathBuf,
    /// The text.
    pub text: String,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// Where it came from, for diagnostics of what it leads to.
    pub origin: Origin,
}

/// The largest configuration, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Reads a configuration.
///
/// Its codes are in [`codes`](super::codes).
#[must_use]
pub fn load(origin: Origin) -> (Option<Loaded>, Report) {
    let mut report = Report::default();
    if origin.text.len() > LARGEST {
        report.push(Diagnostic::error(
            C001,
            origin.place(&[]),
            "the file is too large".to_owned(),
            "Keep it under 1 MiB.",
        ));
        return (None, report);
    }
    let options = serde_saphyr::options! { with_snippet: false };
    let config = match serde_saphyr::from_str_with_options::<Config>(&origin.text, options) {
        Ok(config) => config,
        Err(error) => {
            let number = |n: u64| u32::try_from(n).unwrap_or(0);
            let (line, column) = error.location().map_or((1, 1), |at| (number(at.line()), number(at.column())));
            let place = Place { file: Arc::clone(&origin.name), line, column };
            let remedy = "See config/vestibule.schema.json for what may stand there.";
            report.push(Diagnostic::error(C001, place, error.without_snippet().to_string(), remedy));
            return (None, report);
        }
    };
    check::check(&config, &origin, &mut report);
    let loaded = (!report.has_errors()).then_some(Loaded { config, origin });
    (loaded, report)
}

/// The JSON Schema of the configuration, for editors.
///
/// # Errors
/// It cannot be written as JSON; a fault of the types.
pub fn json_schema() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Config))?;
    text.push('\n');
    Ok(text)
}

impl Origin {
    /// The place of the value that `path` leads to, or of the nearest one there is.
    #[must_use]
    pub fn place(&self, path: &[&str]) -> Place {
        let (line, column) = self.locate(path);
        Place { file: Arc::clone(&self.name), line, column }
    }

    fn locate(&self, path: &[&str]) -> (u32, u32) {
        let number = |n: usize| u32::try_from(n).unwrap_or(0);
        let Ok(documents) = MarkedYaml::load_from_str(&self.text) else { return (1, 1) };
        let Some(mut node) = documents.first() else { return (1, 1) };
        let mut found = (1, 1);
        for step in path {
            let next = match &node.data {
                YamlData::Mapping(map) => map.iter().find(|(key, _)| key.data.as_str() == Some(step)),
                YamlData::Sequence(items) => {
                    let item = step.parse::<usize>().ok().and_then(|at| items.get(at));
                    item.map(|item| (item, item))
                }
                _ => None,
            };
            let Some((key, value)) = next else { break };
            found = (number(key.span.start.line()), number(key.span.start.col()) + 1);
            node = value;
        }
        found
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
