//! Where people open a record in the system itself.

use super::encode;
use super::names::{Names, key as key_names};
use crate::connector::EntityMapping;
use crate::model::Key;

/// The address of the record's page in its own system, as the manifest's `url` says; `None` where it says none, or where
/// the key cannot stand in an address.
#[must_use]
pub fn address(of: &EntityMapping, key: &Key) -> Option<String> {
    let names = Names::default().with("key", key_names(of, key));
    encode::path(of.url.as_ref()?, |slot| names.slot(slot)).ok()
}
