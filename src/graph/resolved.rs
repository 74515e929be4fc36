//! The graph as the rest of the gateway knows it: entities and value types, every field with what the engine does for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Place;
use crate::model::{EntityId, FieldId, ValueTypeId};

/// The resolved graph of one tenant, before pruning: the numbers in it are those of [`crate::model`].
#[derive(Clone, Debug)]
pub struct Graph {
    /// By [`EntityId`].
    pub entities: Vec<Entity>,
    /// By [`ValueTypeId`].
    pub values: Vec<ValueType>,
    /// The type that is the hub: `Account`.
    pub hub: EntityId,
    /// The type of people at customers: `Contact`.
    pub person: EntityId,
    /// What the lists on `Query` show that are for the account in use: the catalogue as far as it is that account's.
    pub lists_per_account: Vec<EntityId>,
}

/// An object type marked `@entity`.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Such as `Order`.
    pub name: Arc<str>,
    /// Who may reach its records.
    pub scope: Scope,
    /// Its texts depend on the reader's language.
    pub localized: bool,
    /// The field that is its heading.
    pub title: Option<FieldId>,
    /// The permission that every field, list and reference that leads to it needs.
    pub permission: Option<Arc<str>>,
    /// By [`FieldId`], in the order of the schema.
    pub fields: Vec<Field>,
}

/// Who may reach a record: `@entity(scope:)`. What proves it is the manifest's to say (`evidence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// People who belong to the account that the record belongs to, and staff.
    Account,
    /// The one person it is for.
    Viewer,
    /// Everybody signed in.
    Tenant,
}

impl Scope {
    /// Whether a parent of this scope can be evidence for its child's: only one that is at least as narrow, since whoever
    /// reaches the parent would reach the child.
    #[must_use]
    pub const fn proves(self, child: Self) -> bool {
        match child {
            Self::Tenant => true,
            Self::Account => matches!(self, Self::Account | Self::Viewer),
            Self::Viewer => matches!(self, Self::Viewer),
        }
    }
}

/// An object type that is part of a record.
#[derive(Clone, Debug)]
pub struct ValueType {
    /// Such as `OrderLine`.
    pub name: Arc<str>,
    /// Made by the gateway from one upstream value.
    pub builtin: Option<Builtin>,
    /// By [`FieldId`].
    pub fields: Vec<Field>,
}

/// Value types a manifest maps as one value, not field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// `amount`, `currency`: from one number and a currency.
    Money,
    /// `text`, `html`: from a text in either form.
    RichText,
    /// A file that stays where it is.
    File,
}

/// A field of an entity or value type.
#[derive(Clone, Debug)]
pub struct Field {
    /// Such as `placedOn`.
    pub name: Arc<str>,
    /// What the engine does for it.
    pub kind: FieldKind,
    /// Marked `!` at the outermost position.
    pub non_null: bool,
    /// What a caller needs for this very field (beside what its type needs).
    pub permission: Option<Arc<str>>,
    /// Where it stands: line of `schema.graphql` or the extension, with the file's name.
    pub place: Place,
}

/// What the engine does for a field (rules R1 to R6 of the schema's header).
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// `id`: sealed from the record's key.
    Id,
    /// `version`.
    Version,
    /// `provenance`.
    Provenance,
    /// A value a manifest maps.
    Stored(Shape),
    /// Another record (R2).
    Reference(Target),
    /// Several other records: a plain list of references inside the record.
    References(Target),
    /// A connection (R3): those records of `of` whose field `inverse` is this record.
    List {
        /// What is listed.
        of: EntityId,
        /// The field of it that points back.
        inverse: FieldId,
    },
    /// Worked out by a system for its arguments (R4).
    Computed(WorkedOut),
    /// Worked out by the gateway from fields of the same record, in CEL.
    Derived(Arc<str>),
    /// A figure over a list (`@aggregate`), or several lists shown as one (`@merge`), or a holder of such figures.
    OverLists,
    /// Answered by the gateway from the caller or its own log.
    Gateway,
}

/// A value that a system works out in a read of its own.
#[derive(Clone, Debug)]
pub struct WorkedOut {
    /// Its form.
    pub shape: Shape,
    /// It is the answer for the account in use: null where none is.
    pub per_account: bool,
}

/// What a reference may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Records of this entity.
    Entity(EntityId),
    /// Any record that the field's interface or union takes in: the value says which entity.
    Any,
}

/// The form of a stored value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A scalar, by what its values must look like.
    Scalar(Scalar),
    /// An enum: its values; `OTHER` among them takes what is not mapped.
    Enum(Arc<[Arc<str>]>),
    /// A value object.
    Object(ValueTypeId),
    /// A list of these. `elements_non_null` is the inner `!`.
    List {
        /// The form of an element.
        of: Box<Shape>,
        /// Whether an element may not be null.
        elements_non_null: bool,
    },
}

/// The scalars of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `Int`: 32 bits.
    Int,
    /// `Long`: up to 2^53 − 1.
    Long,
    /// `Boolean`.
    Boolean,
    /// `String`.
    String,
    /// `ID`.
    Id,
    /// `DateTime`: RFC 3339 in UTC.
    DateTime,
    /// `Date`: a calendar day.
    Date,
    /// `Decimal`: exact, as text.
    Decimal,
    /// `CurrencyCode`: ISO 4217.
    CurrencyCode,
    /// `CountryCode`: ISO 3166-1 alpha-2.
    CountryCode,
    /// `Locale`: BCP 47.
    Locale,
    /// `TimeZone`: IANA.
    TimeZone,
    /// `URL`: absolute, http or https.
    Url,
    /// `HTML`: sanitised.
    Html,
}

impl Graph {
    /// The entity.
    #[must_use]
    pub fn entity(&self, id: EntityId) -> Option<&Entity> {
        self.entities.get(usize::from(id.0))
    }

    /// The value type.
    #[must_use]
    pub fn value_type(&self, id: ValueTypeId) -> Option<&ValueType> {
        self.values.get(usize::from(id.0))
    }

    /// The number of the entity of that name.
    #[must_use]
    pub fn entity_id(&self, name: &str) -> Option<EntityId> {
        let at = self.entities.iter().position(|entity| &*entity.name == name)?;
        u16::try_from(at).ok().map(EntityId)
    }
}

impl Entity {
    /// The number of the field of that name.
    #[must_use]
    pub fn field_id(&self, name: &str) -> Option<FieldId> {
        field_id(&self.fields, name)
    }

    /// The field.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(usize::from(id.0))
    }
}

impl ValueType {
    /// The number of the field of that name.
    #[must_use]
    pub fn field_id(&self, name: &str) -> Option<FieldId> {
        field_id(&self.fields, name)
    }
}

fn field_id(fields: &[Field], name: &str) -> Option<FieldId> {
    let at = fields.iter().position(|field| &*field.name == name)?;
    u8::try_from(at).ok().map(FieldId)
}

/// What the tenant's sources provide of the graph: what is not in it is not served.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Entities that some source owns, each with what is done for the records of each of its owners.
    pub entities: BTreeMap<EntityId, Vec<EntityCoverage>>,
}

/// What the tenant's sources do for the records of one entity that live in one source.
#[derive(Clone, Debug, Default)]
pub struct EntityCoverage {
    /// The name of the source that owns them, for the reasons why something is not served.
    pub owner: String,
    /// Fields that the owner or a contributor maps (stored values and references), by name; with the fields of value
    /// objects as paths: `lines`, `lines.product`.
    pub fields: BTreeMap<String, String>,
    /// Lists of this entity that its owner can read: the name of the reference field, or `all`; each with the names of
    /// the filter fields and of the sort fields it can do.
    pub lists: BTreeMap<String, ListCoverage>,
    /// Whether it can be read by key.
    pub by_key: bool,
}

/// What a list can do.
#[derive(Clone, Debug, Default)]
pub struct ListCoverage {
    /// Fields it can be filtered by; `search` where it has full text.
    pub filter: Vec<String>,
    /// Fields it can be sorted by.
    pub sort: Vec<String>,
    /// Whether `totalCount` can be had.
    pub total: bool,
}
