//! Puts settings and secrets into the patterns of a manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::connector::{Part, Pattern};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// The values that slots of a connector's own patterns stand for.
#[derive(Clone, Copy)]
pub struct Filled<'a> {
    /// Settings of the source.
    pub settings: &'a BTreeMap<Arc<str>, String>,
    /// Secrets of the source.
    pub secrets: &'a BTreeMap<Arc<str>, Secret>,
}

/// The pattern with its slots filled: a secret, because any slot may be one.
///
/// # Errors
/// `INTERNAL` where a slot names neither a setting nor a secret; its name is in the detail, never a value.
pub fn fill(pattern: &Pattern, values: Filled<'_>) -> Result<Secret> {
    let mut text = String::new();
    for part in &pattern.parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Slot(name) => {
                let setting = values.settings.get(name).map(String::as_str);
                let value = setting.or_else(|| values.secrets.get(name).map(Secret::expose));
                let missing = || {
                    let what =
                        format!("`{}` needs `{name}`, and the source has no such setting or secret", pattern.text);
                    Error::new(Code::Internal, what)
                };
                text.push_str(value.ok_or_else(missing)?);
            }
        }
    }
    Ok(Secret::new(text))
}
