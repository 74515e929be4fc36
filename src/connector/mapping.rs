//! How a row of a system becomes the fields of a record: the compiled form.

use std::sync::Arc;

use super::resolved::Computed;
use super::write::WriteTo;
use crate::graph::Shape;
use crate::model::{FieldId, Value};

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A place in the row, a facet, the parent.
    Path(Path),
    /// CEL over `row`, the facets, `now`, `today`, `settings`.
    Computed(Computed),
}

/// A compiled path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// What it begins in.
    pub root: Root,
    /// The steps from there.
    pub steps: Arc<[Step]>,
    /// As written, for messages.
    pub text: Arc<str>,
}

/// What a path begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The row (or, inside `each`, the element; or, for answers, the body).
    Row,
    /// A facet, by its place in the manifest.
    Facet(usize),
    /// The key of the parent the row was listed under.
    Parent,
    /// A response header.
    Header,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Name(Arc<str>),
    /// The element of a list, from 0.
    At(usize),
    /// Each element of a list: the rest of the path answers a list.
    Each,
    /// The first element whose member has this value.
    Where(Arc<str>, Arc<str>),
}

/// A closed form of conditions that can be checked here and pushed down alike: every test must pass.
#[derive(Clone, Debug)]
pub struct Condition(pub Vec<(Path, Test)>);

/// What must hold for a value of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these, as text.
    In(Vec<Arc<str>>),
    /// `null`, or not there, or one of the connector's empty values.
    Absent,
    /// Not that.
    Present,
    /// The inner test fails.
    Not(Box<Test>),
    /// An instant or day before this.
    Before(Bound),
    /// After this.
    After(Bound),
    /// A number above this.
    Above(Arc<str>),
    /// A number below this.
    Below(Arc<str>),
    /// Text that begins so.
    Starts(Arc<str>),
}

/// What a time is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The moment of the read.
    Now,
    /// The day of the read in the connector's zone.
    Today,
    /// A time as written.
    At(Arc<str>),
}

/// How one field is made.
#[derive(Clone, Debug)]
pub enum Mapping {
    /// A scalar, enum, reference, Money, RichText, or a list of scalars from one path.
    One(Box<ValueMapping>),
    /// A value object.
    Object(ObjectMapping),
    /// A list of value objects, one for each element.
    Each {
        /// The list.
        from: Path,
        /// Which elements count.
        only: Option<Condition>,
        /// An element's fields; their paths begin in the element.
        fields: ObjectMapping,
        /// The whole list, in a facet, where the embedded one was cut.
        more: Option<(Condition, Path)>,
    },
    /// A list written out.
    Items(Vec<Mapping>),
}

/// The fields of a value object; null when all of them are.
#[derive(Clone, Debug)]
pub struct ObjectMapping {
    /// How many fields the value type has.
    pub width: usize,
    /// The mapped ones, in the order of the type.
    pub fields: Vec<(FieldId, Mapping)>,
    /// Null unless this holds.
    pub when: Option<Condition>,
    /// Of a file: where it is.
    pub file: Option<FileMapping>,
}

/// Where a file is, and whether it may be opened.
#[derive(Clone, Debug)]
pub struct FileMapping {
    /// Where its bytes are, in the system's words: the first that is there. Without one there is no file.
    pub from: Vec<Origin>,
    /// Where the answer is JSON and has the bytes in it as base64: a JSON pointer to that text (RFC 6901).
    pub inside: Option<Arc<str>>,
    /// It is not opened unless this holds.
    pub safe: Option<Condition>,
}

/// How one value is made: `when`, then the first of `cases` that holds, then the first of `from` that is there, mapped
/// and converted; then `otherwise`.
#[derive(Clone, Debug)]
pub struct ValueMapping {
    /// The form it must have.
    pub form: Form,
    /// Null unless this holds.
    pub when: Option<Condition>,
    /// First that holds.
    pub cases: Vec<(Condition, Value)>,
    /// First that is there.
    pub from: Vec<Origin>,
    /// The system's word → ours.
    pub map: Vec<(Arc<str>, Value)>,
    /// Where nothing was found or mapped.
    pub otherwise: Option<Value>,
    /// How the system writes it.
    pub wire: WireForm,
    /// Money: where the currency is, first found.
    pub currency: Vec<Origin>,
    /// Whether conditions and orders on it may be sent to the system, and what it is called there.
    pub push: Option<Arc<str>>,
    /// The path as written, for faults.
    pub text: Arc<str>,
    /// Where it is written to.
    pub write: WriteTo,
}

/// The form a mapped value has.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A scalar or enum (or a list of them).
    Shape(Shape),
    /// Another record: of which entity, and by which of its fields (`None`: its key).
    Reference(crate::model::EntityId, Option<FieldId>),
    /// Money: `amount`, `currency`.
    Money,
    /// Rich text, and which form the system keeps.
    RichText {
        /// HTML, to be sanitised; else plain text.
        html: bool,
    },
}

/// Where a system counts smallest units by other digits behind the point than ISO 4217: pairs of currency and digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits(pub Arc<[(Arc<str>, u32)]>);

impl Digits {
    /// The system's own digits of a currency; `None` where it follows the standard.
    #[must_use]
    pub fn of(&self, currency: &str) -> Option<u32> {
        self.0.iter().find(|(code, _)| **code == *currency).map(|(_, digits)| *digits)
    }
}

/// How a system writes a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WireForm {
    /// As JSON has it; RFC 3339 for times, ISO for days, the major unit for money.
    #[default]
    Plain,
    /// As JSON has it; a day is written as the instant of its midnight in the connector's zone.
    Midnight,
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMillis,
    /// `/Date(1770076800000)/`, `/Date(1770076800000+0060)/`.
    ODataV2,
    /// A whole number of the currency's smallest unit.
    Minor(Digits),
    /// Lower case on the wire, upper case here (codes).
    Lower,
    /// HTML on the wire, plain text here.
    Html,
    /// A pattern of year, month, day, hour, minute, second.
    Pattern(Arc<str>),
}
