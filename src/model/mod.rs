//! The words of the graph as types: values, records, keys, callers, reads. Pure: no I/O, no vendor, no clock.

mod caller;
mod change;
mod fields;
mod file;
mod key;
mod read;
mod record;
mod timings;
mod value;
mod wire;
mod write;

pub use caller::{Access, Authority, Caller, CallerKind, ContactAccess, Links};
pub use change::{Change, ChangeKind, Changes, Doubt, Touch};
pub use fields::{EntityId, FieldId, FieldSet, SourceId, ValueTypeId};
pub use file::{FilePart, FileValue, Files, OpenFile, OpenedFile};
pub use key::{Key, RecordId};
pub use read::{
    Answer, Arguments, Behind, Condition, Extent, FindRead, GetRead, ListOf, ListPage, ListRead, Order, Parent,
    Position, ReadContext, Reads, Test,
};
pub use record::{Evidence, FINGERPRINT, Freshness, LinkValue, Membership, Record};
pub use timings::{Timing, Timings};
pub use value::{Reference, Value};
pub use wire::Wire;
pub use write::{Attachment, Attempt, Person, Refusal, RefusalCode, Unwritten, Write, Writes, Written};
