//! Writes as declared: what is sent, how one effect is made sure of, what the answer tells, what it touches.

use std::sync::Arc;
use std::time::Duration;

use super::mapping::{Condition, Origin, Path};
use super::request::{Request, Template};
use super::resolved::Computed;
use super::touched::Touched;
use crate::model::Wire;
use crate::spool::FileKind;

/// What a connector says of all its writes.
#[derive(Clone, Debug)]
pub struct Writing {
    /// What is sent to empty a field.
    pub clear: Wire,
    /// Numbers are sent as texts: the system keeps them so, or would round them.
    pub numbers_as_text: bool,
    /// Currencies are sent in small letters.
    pub lower_currencies: bool,
}

impl Default for Writing {
    fn default() -> Self {
        Self { clear: Wire::Null, numbers_as_text: false, lower_currencies: false }
    }
}

/// Where a field is written to, beside where it is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WriteTo {
    /// Where it is read from, if that is one plain path.
    #[default]
    Usual,
    /// Nowhere.
    Never,
    /// To this path of the row.
    Path(Path),
}

/// One write of an entity.
#[derive(Debug)]
pub struct WriteMapping {
    /// The name that a mutation calls it by.
    pub operation: Arc<str>,
    /// What is sent.
    pub way: WriteWay,
    /// Other requests that are sent in place of that, the first whose condition is true.
    pub instead: Vec<(Computed, Request)>,
    /// Requests that come first.
    pub before: Vec<Before>,
    /// Whether it makes a record.
    pub creates: bool,
    /// Whether it is about one record that is there.
    pub by_key: bool,
    /// The input's fields that it takes, as paths; all that are mapped where it does not say.
    pub fields: Option<Vec<Arc<str>>>,
    /// The input's fields that the system has no place for, and that may be given all the same.
    pub ignores: Vec<Arc<str>>,
    /// What its requests use of the input, as paths.
    pub used: Vec<Arc<str>>,
    /// Whether the mapped input is sent.
    pub sends_values: bool,
    /// Whether its requests look at the row before, or at its entity tag.
    pub looks_before: bool,
    /// What of the answer is taken.
    pub answer: WriteAnswer,
    /// How one effect is made sure of.
    pub once: Once,
    /// What must hold for the record when it is read back.
    pub confirm: Option<Condition>,
    /// What it touches beside its record.
    pub touches: Vec<Touched>,
    /// What the system takes of files.
    pub files: FileRules,
}

/// What a system takes of the files of one write, where that is less than the gateway takes.
#[derive(Clone, Debug, Default)]
pub struct FileRules {
    /// How many.
    pub most: Option<usize>,
    /// The largest, in bytes.
    pub largest: Option<u64>,
    /// Of which kinds.
    pub kinds: Option<Vec<FileKind>>,
}

/// What a write sends.
#[derive(Debug)]
pub enum WriteWay {
    /// A request spelled out.
    Request(Box<Request>),
    /// The mapped row itself, with further columns: made by the engine (query family).
    Row(Vec<(Arc<str>, Template)>),
    /// The same change to each row of another set that belongs to the record, all of them or none (query family).
    Each(EachRow),
}

/// Rows that hang on a record.
#[derive(Debug)]
pub struct EachRow {
    /// Their set.
    pub set: Arc<str>,
    /// The column with the record's key.
    pub by: Arc<str>,
    /// The columns of a row's own key.
    pub key: Vec<Arc<str>>,
    /// What each is changed to.
    pub values: Vec<(Arc<str>, Template)>,
}

/// A request before the write itself: harmless if it is done twice.
#[derive(Debug)]
pub struct Before {
    /// What later requests know its outcome by: `before.<name>`.
    pub name: Arc<str>,
    /// Done once for each element of this: they are known as `item`.
    pub each: Option<Computed>,
    /// Done only where this is true.
    pub when: Option<Computed>,
    /// The request.
    pub request: Request,
    /// What of the answer is its outcome.
    pub gives: Path,
}

/// What of a write's answer is taken.
#[derive(Debug, Default)]
pub struct WriteAnswer {
    /// The record as a row.
    pub record: Option<Path>,
    /// The parts of its key.
    pub key: Vec<Origin>,
    /// The payload's further fields.
    pub gives: Vec<(Arc<str>, Path)>,
}

/// How one effect is made sure of, when a write is asked for again after its answer was lost.
#[derive(Debug)]
pub enum Once {
    /// Doing it twice changes nothing.
    Natural,
    /// Nothing can be found out: it is never done again.
    Uncertain(Arc<str>),
    /// The system keeps keys, or what was written can be looked for, or both.
    Known {
        /// The header with the reference, and how long the system remembers it.
        header: Option<(Arc<str>, Duration)>,
        /// How it is looked for.
        look: Option<Box<Look>>,
    },
}

/// How what may have been written is looked for.
#[derive(Debug)]
pub struct Look {
    /// What is looked for.
    pub by: LookBy,
    /// How long after the attempt it can be found at the latest.
    pub settle: Duration,
    /// Where the found row says when it was made: one that is older than the attempt is somebody else's.
    pub created: Option<Path>,
}

/// What may have been written is looked for by this.
#[derive(Debug)]
pub enum LookBy {
    /// By our reference, which is written into this column; `find` is the manifest's read by it.
    Stamp {
        /// The column.
        column: Path,
        /// The manifest's `find`.
        find: Arc<str>,
    },
    /// By a unique value of the input.
    Unique {
        /// The manifest's `find`, named as the input's field.
        find: Arc<str>,
    },
    /// By comparing the last rows of a list with what was sent.
    Last {
        /// The list.
        request: Box<Request>,
        /// Where its rows are.
        rows: Path,
        /// Whether a row is what was sent.
        same: Computed,
        /// The key's parts, of that row.
        key: Vec<Origin>,
    },
}
