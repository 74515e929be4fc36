//! Connectors as data: manifests, read and checked, and the mapping of a system's rows to records.

mod convert;
pub mod load;
mod map;
mod mapping;
mod request;
mod resolved;
mod webhooks;

pub use map::{Basis, MapInput, RowView, collect, holds, key_of, lookup, map_record};
pub use mapping::{
    Bound, Condition, Digits, Form, Mapping, ObjectMapping, Origin, Path, Root, Step, Test, ValueMapping, WireForm,
};
pub use request::{
    Body, Fragment, Language, LanguageForm, LanguageTest, Method, Page, PageStyle, Part, Pattern, Read, Request,
    Template,
};
pub use resolved::{
    Arrays, Auth, Computed, Connector, EntityMapping, ErrorKind, Errors, EvidenceRule, Facet, FacetWay, FindMapping,
    Grant, KeyPart, KeyPattern, KeyWire, Limits, LinkRule, ListMapping, Needs, ODataOptions, ODataPage, ProtocolKind,
    Quota, Vary, Version,
};
pub use webhooks::{
    ChangeRule, Digest, Encoding, Form as SignedForm, Found, Handshake, KeyForm, Piece, Proof, Recipe, Shared,
    SharedAt, Stamp, Touched, Unit, Webhooks,
};
