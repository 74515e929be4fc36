//! Values of records, in the graph's terms and ready to be written into an answer.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{EntityId, FieldId, FileValue, Key, SourceId};
use crate::error::Error;

/// A value of a field, already fitted to the field's GraphQL type.
///
/// Decimals, dates, instants and enum values are text in the form the answer has them (`"1234.50"`, `2026-03-01`,
/// `2026-03-01T08:15:30Z`, `COMPLETED`): there is no float and no date arithmetic between the mapping and the answer.
#[derive(Clone, Debug)]
pub enum Value {
    /// Not there.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An Int or Long.
    Int(i64),
    /// Everything that an answer shows as a JSON string.
    Text(SmolStr),
    /// A list.
    List(Arc<[Value]>),
    /// A value object: its fields by their place in the value type ([`FieldId`]).
    Object(Arc<[Value]>),
    /// Another record.
    Reference(Reference),
    /// A file that stays where it is: where that is, is never answered.
    File(Arc<FileValue>),
    /// The system's value does not fit the field: an error at this place, and no other.
    Fault(Error),
}

/// How a record names another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// What kind of record.
    pub entity: EntityId,
    /// The source in whose terms the key is: the one the referring record was read from.
    pub source: SourceId,
    /// Set where `key` is the value of that field of the other record instead of its key.
    pub by: Option<FieldId>,
    /// The other record's key (or the field's value).
    pub key: Key,
}

impl Value {
    /// Text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(SmolStr::from(text))
    }

    /// Whether it is [`Value::Null`].
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a [`Value::Text`].
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}
