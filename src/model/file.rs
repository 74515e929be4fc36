//! Files: where the bytes are, how they are asked for, and how they come.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use smol_str::SmolStr;

use super::{EntityId, ReadContext, SourceId, Value};
use crate::error::Error;

/// Opens files of every source of a tenant. Whoever asks has read the record anew, and checked the right to it.
pub trait Files: Send + Sync {
    /// The bytes of a file, as they come; nothing of them is kept.
    ///
    /// # Errors
    /// `NOT_FOUND` where the system has no such file (any more), or a part behind its end was asked for; else those of
    /// a read.
    fn open(&self, file: OpenFile) -> BoxFuture<'_, Result<OpenedFile, Error>>;
}

/// A file of a record, as its system tells it.
#[derive(Clone)]
pub struct FileValue {
    /// The source that tells of it.
    pub source: SourceId,
    /// What may be said of it, by its place in the value type ([`FieldId`](super::FieldId)): the links are null in it.
    pub values: Arc<[Value]>,
    /// Where its bytes are, in the source's own words ([`OpenFile::at`]): never answered, and never logged.
    pub at: SmolStr,
    /// What its bytes come inside of ([`OpenFile::inside`]).
    pub inside: Option<Arc<str>>,
    /// Whether the system says nothing against opening it.
    pub safe: bool,
}

/// An address may be all that it takes to open a file: it is left out.
impl fmt::Debug for FileValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, values, safe, .. } = self;
        f.debug_struct("FileValue")
            .field("source", source)
            .field("values", values)
            .field("safe", safe)
            .finish_non_exhaustive()
    }
}

/// The bytes of one file, asked of the system that keeps them.
#[derive(Clone)]
pub struct OpenFile {
    /// The source that has the file.
    pub source: SourceId,
    /// What kind of record it belongs to.
    pub entity: EntityId,
    /// Where it is, in the source's own words: an address, or a path and a version. It comes from a record, never from a
    /// client.
    pub at: SmolStr,
    /// Where the answer is JSON and has the bytes in it as base64: a JSON pointer to that text (RFC 6901). Else the answer
    /// is the file.
    pub inside: Option<Arc<str>>,
    /// The part that is wanted; the whole file where none is named.
    pub part: Option<FilePart>,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, entity, part, .. } = self;
        f.debug_struct("OpenFile")
            .field("source", source)
            .field("entity", entity)
            .field("part", part)
            .finish_non_exhaustive()
    }
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePart {
    /// From the first of these bytes to the last, both counted from 0 and both included; to the end without a last.
    From(u64, Option<u64>),
    /// The last so many bytes.
    Last(u64),
}

/// A file that is open: what is known of it, and its bytes as they come.
pub struct OpenedFile {
    /// Its media type, as the system says.
    pub media: Option<Arc<str>>,
    /// The length of the whole file in bytes, where it is known.
    pub size: Option<u64>,
    /// The first and the last byte that come, where a part was asked for and the system gives parts; else all come.
    pub part: Option<(u64, u64)>,
    /// The bytes. An error ends them.
    pub bytes: BoxStream<'static, Result<Bytes, Error>>,
}

impl fmt::Debug for OpenedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { media, size, part, .. } = self;
        f.debug_struct("OpenedFile")
            .field("media", media)
            .field("size", size)
            .field("part", part)
            .finish_non_exhaustive()
    }
}
