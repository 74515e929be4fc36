//! Where secrets and settings come from: the environment, files, or (settings only) the configuration itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::secret::Secret;

/// A secret, by where it is. Secrets do not stand in the configuration, which is committed and shown to people.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum SecretRef {
    /// The name of an environment variable.
    Env(String),
    /// A file, relative to the configuration; a line's end at its end is left out.
    File(PathBuf),
}

/// A setting: written out, or by the name of an environment variable.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueRef {
    /// Written out.
    Text(String),
    /// A number, written out.
    Number(i64),
    /// A Boolean, written out.
    Boolean(bool),
    /// The name of an environment variable.
    Env {
        /// The variable.
        env: String,
    },
}

/// What the surroundings of the process give: a trait, so that the demo and tests bring their own.
pub trait Environment: Send + Sync {
    /// The value of a variable; `None` where it is not set or is no text.
    fn variable(&self, name: &str) -> Option<String>;

    /// The text of a file.
    ///
    /// # Errors
    /// It cannot be read.
    fn file(&self, path: &Path) -> std::io::Result<String>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// An environment of given values, and no files.
#[derive(Clone, Debug, Default)]
pub struct Given(pub BTreeMap<String, String>);

impl Environment for Given {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

impl SecretRef {
    /// The secret.
    ///
    /// # Errors
    /// Says which variable or file has none; for operators.
    pub fn resolve(&self, environment: &dyn Environment, folder: &Path) -> Result<Secret, String> {
        let text = match self {
            Self::Env(name) => {
                environment.variable(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?
            }
            Self::File(path) => {
                let text = environment.file(&folder.join(path));
                let text = text.map_err(|error| format!("the file `{}` cannot be read: {error}", path.display()))?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
        };
        if text.is_empty() { Err("the secret is empty".to_owned()) } else { Ok(Secret::new(text)) }
    }
}

impl ValueRef {
    /// The value.
    ///
    /// # Errors
    /// Says which variable is not set.
    pub fn resolve(&self, environment: &dyn Environment) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Boolean(truth) => Ok(truth.to_string()),
            Self::Env { env } => {
                environment.variable(env).ok_or_else(|| format!("the environment variable `{env}` is not set"))
            }
        }
    }
}

/// What the operator wants logged (`VESTIBULE_LOG`), in the form of `tracing_subscriber::EnvFilter`.
#[must_use]
pub fn log_filter() -> Option<String> {
    ProcessEnvironment.variable("VESTIBULE_LOG")
}
