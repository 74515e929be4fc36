//! What identifies a record: in its own system, and in the graph.

use std::fmt;

use smol_str::SmolStr;

use super::{EntityId, SourceId};

/// The separator of a key's parts: a control character that [`Key::new`] refuses inside a part.
const SEPARATOR: char = '\u{1f}';

/// A record's key in its own system, as text; one part, or several in the manifest's order.
///
/// A key that came from a client is data, not syntax: each protocol encodes it for its place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmolStr);

impl Key {
    /// The longest key, in bytes: no system of this field has longer ones, and a client could send megabytes.
    pub const LONGEST: usize = 512;

    /// A key of one part; `None` where it is empty, too long, or has control characters (no system's keys do).
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        fits(text).then(|| Self(SmolStr::from(text)))
    }

    /// The same of a text that is shared already.
    #[must_use]
    pub fn shared(text: &SmolStr) -> Option<Self> {
        fits(text).then(|| Self(text.clone()))
    }

    /// A key of several parts, each under the rules of [`Key::new`].
    #[must_use]
    pub fn from_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut joined = String::new();
        for part in parts {
            Self::new(part)?;
            if !joined.is_empty() {
                joined.push(SEPARATOR);
            }
            joined.push_str(part);
        }
        (!joined.is_empty() && joined.len() <= Self::LONGEST).then(|| Self(SmolStr::from(joined)))
    }

    /// The key whose whole text ([`Key::as_str`]) this is, each part under the rules of [`Key::new`].
    #[must_use]
    pub fn read(whole: &str) -> Option<Self> {
        Self::from_parts(whole.split(SEPARATOR))
    }

    /// Its parts, in the manifest's order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split(SEPARATOR)
    }

    /// The whole, with the separators: for maps and sealing, never for the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its text stands elsewhere in memory, as long ones do.
    #[must_use]
    pub const fn is_heap_allocated(&self) -> bool {
        self.0.is_heap_allocated()
    }

    /// The first part: all of it, for the usual key of one part.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.split(SEPARATOR).next().unwrap_or_default()
    }
}

/// Whether a key may look so.
fn fits(text: &str) -> bool {
    // Nearly every key is plain ASCII, which is seen without reading characters.
    let clean = || text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(char::is_control);
    !text.is_empty() && text.len() <= Key::LONGEST && clean()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.replace(SEPARATOR, " / "))
    }
}

/// What an opaque id of the graph stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordId {
    /// What kind of record.
    pub entity: EntityId,
    /// The source that owns it.
    pub source: SourceId,
    /// Its key there.
    pub key: Key,
}
