//! The keys of the format: one table, which the loader refuses unknown keys by and editors complete from.

mod connector;
mod entity;
mod polls;
mod webhooks;
mod write;

pub(super) use self::connector::*;
pub(super) use self::entity::*;
pub(super) use self::polls::*;
pub(super) use self::webhooks::*;
pub(super) use self::write::*;

/// A map of the format: the keys that may stand in it.
#[derive(Debug)]
pub(super) struct Map {
    /// What JSON Schemas call it.
    pub name: &'static str,
    pub keys: &'static [Key],
    /// Maps whose keys may stand there, too.
    pub also: &'static [&'static Self],
    /// Keys that must be there, but for overlays.
    pub needs: &'static [&'static str],
}

/// A key, what it may hold, and what it means.
#[derive(Debug)]
pub(super) struct Key(pub &'static str, pub Holds, pub &'static str);

/// What a key may hold.
#[derive(Debug)]
pub(super) enum Holds {
    /// What the system is sent, and values that conditions compare with: any JSON.
    Anything,
    /// A text, a path, a pattern, `= CEL`.
    Text,
    Number,
    Boolean,
    /// Such as `30s`.
    Duration,
    Words(fn() -> Vec<&'static str>),
    /// A map of conditions by path.
    Condition,
    Map(&'static Map),
    /// Names of people's own, each with a value.
    Named(&'static Self),
    List(&'static Self),
    Either(&'static [Self]),
    /// Fields of an entity, each with its mapping.
    Fields,
    /// Fields of a value, each with its mapping.
    ValueFields,
    /// A file: where it is, and its fields.
    File,
    /// Names of references of the graph, or `all`.
    Lists,
}

use Holds::{Anything, Either, List, Named, Text};

const TEXTS: Holds = Either(&[Text, List(&Text)]);
const TEMPLATES: Holds = Named(&Anything);

impl Map {
    /// A map of these keys.
    const fn of(name: &'static str, keys: &'static [Key]) -> Self {
        Self { name, keys, also: &[], needs: &[] }
    }

    /// The names of its keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.every().map(|key| key.0).collect()
    }

    /// Its keys, and those of the maps it takes in.
    pub(super) fn every(&self) -> Box<dyn Iterator<Item = &'static Key> + '_> {
        let also = self.also.iter().flat_map(|map| map.every());
        Box::new(also.chain(self.keys))
    }
}

/// The words of a table.
pub(super) fn words<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
    table.iter().map(|(word, _)| *word).collect()
}
