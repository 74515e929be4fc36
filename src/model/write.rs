//! What is asked of a source that is to write, and what it answers: the contract between execution and everything below it.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{EntityId, Key, ReadContext, Record, SourceId, Touch, Wire};
use crate::error::Error;
use crate::spool::{Content, FileKind};

/// Writes to every source of a tenant. Scope, permission and input were checked before: what comes here is to be done.
pub trait Writes: Send + Sync {
    /// Does one write, and tells what came of it.
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, Unwritten>>;

    /// What a write would touch beside the record and the lists it is in, as far as that is known where its answer is lost.
    fn touches(&self, write: &Write) -> Vec<Touch> {
        let _ = write;
        Vec::new()
    }
}

/// One write to the system that owns the record.
#[derive(Clone, Debug)]
pub struct Write {
    /// The source to write to.
    pub source: SourceId,
    /// What kind of record.
    pub entity: EntityId,
    /// The operation of that name in the source's manifest.
    pub operation: Arc<str>,
    /// The record that is changed; none where one is made.
    pub key: Option<Key>,
    /// The input as an object, in the graph's terms: enum values by their names, amounts as texts. What was left out is not in
    /// it, what is to be emptied is null; ids are the keys of their records in this source; a file is its number in `files`.
    pub input: Wire,
    /// The files of the input.
    pub files: Vec<Attachment>,
    /// The version that the person has seen: where the record has another one now, nothing is written.
    pub version: Option<SmolStr>,
    /// Stands for this one write, and no other, in every system: an HMAC that says nothing of the person.
    pub reference: Arc<str>,
    /// Whether it was tried before.
    pub attempt: Attempt,
    /// Who writes, as systems may be told: a desk that does not know the person yet is made to.
    pub person: Person,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// Who writes, as systems may be told.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// What the person is called.
    pub name: Option<Arc<str>>,
    /// The person's e-mail address.
    pub email: Option<Arc<str>>,
}

/// A file that is handed on to a system.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The name that the person gave it: never a path.
    pub name: Arc<str>,
    /// What it is, by its first bytes and its name; never by what the person's browser says.
    pub kind: Option<FileKind>,
    /// The file itself.
    pub content: Content,
    /// Where the input first has it, from its fields on; empty where it does not.
    pub path: Vec<Arc<str>>,
}

/// Whether a write was tried before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was not.
    First,
    /// It was, and what came of it is not known: it may have been written. It is made sure of first, by the manifest's `once`.
    Again {
        /// When it was first begun: systems remember keys from then on.
        begun: Timestamp,
        /// When it was last tried: what that did may take some time until it can be found.
        last: Timestamp,
    },
    /// Nobody can say: what was tried is kept in a store that does not answer. It is done only where the system itself makes one
    /// effect of two; where it does not, it fails unsent.
    Unkept,
}

/// A write that was done, by the system's own word.
#[derive(Clone, Debug)]
pub struct Written {
    /// The key of the record that was changed or made; none where the operation is about no record, such as one that
    /// only opens a page.
    pub key: Option<Key>,
    /// The record, where the system's answer to the write has it whole.
    pub record: Option<Arc<Record>>,
    /// Further values of the answer, by the name of the payload's field.
    pub gives: Vec<(Arc<str>, Wire)>,
    /// What it touched beside the record and the lists it is in.
    pub touches: Vec<Touch>,
}

/// Why nothing is known to be written.
#[derive(Clone, Debug)]
pub enum Unwritten {
    /// The system understood, and refuses: nothing was written, and the person can put it right.
    Refused(Vec<Refusal>),
    /// It was sent and taken, and the record does not say so: what the system made of it is for nobody to tell.
    Unconfirmed,
    /// The record is not in the version that the person has seen: nothing was written.
    Conflict,
    /// It failed, and nothing was written.
    Failed(Error),
    /// It may have been written or not: the answer was lost. The same write may be asked for again.
    Uncertain(Error),
}

/// What a person has to put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of fault.
    pub code: RefusalCode,
    /// Where in the input, from its fields on: `lines`, `0`, `quantity`. Empty where it is about the whole.
    pub path: Vec<Arc<str>>,
    /// The system's own words, only where the manifest says that customers may read them; ours are taken otherwise.
    pub message: Option<Arc<str>>,
}

/// What kind of fault a person has to put right: the values of `UserErrorCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalCode {
    /// Something is missing.
    Required,
    /// It is not what it has to be.
    Invalid,
    /// The text is too long.
    TooLong,
    /// The number, day or count is out of its bounds.
    OutOfRange,
    /// There is no such record in the person's scope.
    NotFound,
    /// There is one already.
    Duplicate,
    /// Somebody else changed the record.
    Conflict,
    /// The record's state does not allow it.
    NotAllowed,
    /// Not in stock, not for sale, no longer free.
    Unavailable,
    /// Somebody has the record open in its system just now.
    Locked,
    /// The file is too large.
    FileTooLarge,
    /// Files of this kind are not taken.
    FileTypeRefused,
    /// The system has a rule of its own against it.
    RejectedBySystem,
}

impl RefusalCode {
    /// Every code, in the order of the schema.
    pub const ALL: &'static [Self] = &[
        Self::Required,
        Self::Invalid,
        Self::TooLong,
        Self::OutOfRange,
        Self::NotFound,
        Self::Duplicate,
        Self::Conflict,
        Self::NotAllowed,
        Self::Unavailable,
        Self::Locked,
        Self::FileTooLarge,
        Self::FileTypeRefused,
        Self::RejectedBySystem,
    ];

    /// The code as clients see it, such as `OUT_OF_RANGE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::Invalid => "INVALID",
            Self::TooLong => "TOO_LONG",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::NotFound => "NOT_FOUND",
            Self::Duplicate => "DUPLICATE",
            Self::Conflict => "CONFLICT",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Locked => "LOCKED",
            Self::FileTooLarge => "FILE_TOO_LARGE",
            Self::FileTypeRefused => "FILE_TYPE_REFUSED",
            Self::RejectedBySystem => "REJECTED_BY_SYSTEM",
        }
    }

    /// Whether it is over in a moment, without anybody putting anything right: the same write may then be done.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Locked)
    }
}

impl Refusal {
    /// One fault of the input as a whole, in our words.
    #[must_use]
    pub const fn whole(code: RefusalCode) -> Self {
        Self { code, path: Vec::new(), message: None }
    }
}

impl Unwritten {
    /// One fault of the input as a whole.
    #[must_use]
    pub fn refused(code: RefusalCode) -> Self {
        Self::Refused(vec![Refusal::whole(code)])
    }

    /// Whether the system may be another than before all the same.
    #[must_use]
    pub fn may_have_changed(&self) -> bool {
        match self {
            Self::Uncertain(error) => !error.is_unsent(),
            Self::Unconfirmed => true,
            Self::Refused(_) | Self::Conflict | Self::Failed(_) => false,
        }
    }
}
