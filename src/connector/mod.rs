//! Connectors as data: manifests, read and checked, and the mapping of a system's rows to records.

mod back;
mod convert;
pub mod load;
mod map;
mod mapping;
mod polls;
mod request;
mod resolved;
mod storage;
mod touched;
mod webhooks;
mod write;

pub use back::{Back, key_wire, taken};
pub(crate) use convert::normal;
pub use map::{Basis, MapInput, RowView, collect, holds, key_of, lookup, map_record};
pub use mapping::{
    Bound, Condition, Digits, FileMapping, Form, Mapping, ObjectMapping, Origin, Path, Root, Step, Test, ValueMapping,
    WireForm,
};
pub use polls::{Poll, PollWay};
pub use request::{
    Body, Fragment, Language, LanguageForm, LanguageTest, Method, Page, PageStyle, Part, Pattern, Read, Request,
    Template,
};
pub use resolved::{
    Arrays, Auth, Computed, Connector, EntityMapping, ErrorKind, Errors, EvidenceRule, Facet, FacetWay, FindMapping,
    Grant, KeyPart, KeyPattern, KeyWire, Limits, LinkRule, ListMapping, Needs, ODataOptions, ODataPage, ProtocolKind,
    Quota, Vary, Version,
};
pub use storage::{StorageOptions, StoragePlace};
pub use touched::Touched;
pub use webhooks::{
    ChangeRule, Digest, Encoding, Form as SignedForm, Found, Handshake, KeyForm, Piece, Proof, Recipe, Shared,
    SharedAt, Stamp, Unit, Webhooks,
};
pub use write::{
    Before, EachRow, FileRules, Look, LookBy, Once, WriteAnswer, WriteMapping, WriteTo, WriteWay, Writing,
};
