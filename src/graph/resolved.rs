//! The graph as the rest of the gateway knows it: entities and value types, every field with what the engine does for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::{Node, ast};

use super::constraint::Constraint;
use super::mutation::Mutation;
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
    /// What arguments of fields have to be, by `Type.field(argument)`.
    pub constraints: BTreeMap<Arc<str>, Constraint>,
    /// What clients may ask to be written.
    pub mutations: Vec<Arc<Mutation>>,
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
    /// A figure over a list of the record (`@aggregate`).
    Figure(Figure),
    /// A value object of nothing but such figures: it is there with the record.
    Figures(ValueTypeId),
    /// Several lists of the record shown as one (`@merge`).
    OverLists(Merge),
    /// Answered by the gateway from the caller or its own log.
    Gateway,
}

/// A figure over a list of the record; in a value object, of the record that holds it.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The list: a connection field of the record.
    pub list: Arc<str>,
    /// What is worked out.
    pub function: Function,
    /// The field of what is listed that is summed or compared; none for a count.
    pub field: Option<Arc<str>>,
    /// A literal of the list's filter type.
    pub filter: Option<Node<ast::Value>>,
    /// The form of the figure.
    pub shape: Shape,
}

/// A list that is left out of a merged field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Whose field.
    pub entity: EntityId,
    /// The merged field.
    pub field: FieldId,
    /// Which of its lists.
    pub list: usize,
}

/// What `@aggregate` does with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// How many there are.
    Count,
    /// The sum of a field; of money, one for each currency.
    Sum,
    /// The least value of a field.
    Min,
    /// The greatest value of a field.
    Max,
}

impl Figure {
    /// The names of the filter's members, each with the value that is wanted.
    pub fn tests(&self) -> impl Iterator<Item = (&str, &ast::Value)> {
        tests(self.filter.as_ref())
    }
}

/// Several lists of the record shown as one.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The lists that are taken in, in the order in which ties are broken.
    pub lists: Vec<MergedList>,
    /// The latest first.
    pub descending: bool,
}

/// One list that `@merge` takes in.
#[derive(Clone, Debug)]
pub struct MergedList {
    /// The list: a connection field of the record.
    pub list: Arc<str>,
    /// The date or instant of its records that they are ordered by.
    pub at: Arc<str>,
    /// A literal of the list's filter type.
    pub filter: Option<Node<ast::Value>>,
    /// The item's `kind`.
    pub kind: Option<Arc<str>>,
    /// The path of the date that is the item's `dueOn`.
    pub due: Option<Arc<str>>,
}

impl MergedList {
    /// The names of the filter's members, each with the value that is wanted.
    pub fn tests(&self) -> impl Iterator<Item = (&str, &ast::Value)> {
        tests(self.filter.as_ref())
    }
}

fn tests(filter: Option<&Node<ast::Value>>) -> impl Iterator<Item = (&str, &ast::Value)> {
    let members = filter.and_then(|filter| filter.as_object()).unwrap_or_default();
    members.iter().map(|(name, value)| (name.as_str(), &**value))
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

impl Scalar {
    /// The scalar of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Int" => Self::Int,
            "Long" => Self::Long,
            "Boolean" => Self::Boolean,
            "String" => Self::String,
            "ID" => Self::Id,
            "DateTime" => Self::DateTime,
            "Date" => Self::Date,
            "Decimal" => Self::Decimal,
            "CurrencyCode" => Self::CurrencyCode,
            "CountryCode" => Self::CountryCode,
            "Locale" => Self::Locale,
            "TimeZone" => Self::TimeZone,
            "URL" => Self::Url,
            "HTML" => Self::Html,
            _ => return None,
        })
    }
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

    /// Leaves lists out of merged fields: those that are not served.
    pub fn leave_out(&mut self, lists: &[LeftOut]) {
        for (entity, of) in (0..=u16::MAX).map(EntityId).zip(&mut self.entities) {
            for (field, known) in (0..=u8::MAX).map(FieldId).zip(&mut of.fields) {
                let FieldKind::OverLists(merge) = &mut known.kind else { continue };
                let mut numbers = 0..;
                merge
                    .lists
                    .retain(|_| numbers.next().is_some_and(|list| !lists.contains(&LeftOut { entity, field, list })));
            }
        }
    }

    /// The number of the entity of that name.
    #[must_use]
    pub fn entity_id(&self, name: &str) -> Option<EntityId> {
        let at = self.entities.iter().position(|entity| &*entity.name == name)?;
        u16::try_from(at).ok().map(EntityId)
    }
}

impl Entity {
    /// The entity that a field leads to; none where it is no reference to one record, or to a record of any kind.
    #[must_use]
    pub fn target(&self, field: FieldId) -> Option<EntityId> {
        match self.field(field)?.kind {
            FieldKind::Reference(Target::Entity(entity)) => Some(entity),
            _ => None,
        }
    }

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

    /// The list of that name: its field, what it lists, and by which reference of that.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<(&Field, EntityId, FieldId)> {
        let field = self.fields.iter().find(|field| &*field.name == name)?;
        match field.kind {
            FieldKind::List { of, inverse } => Some((field, of, inverse)),
            _ => None,
        }
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
    /// Lists of entities with several owners, by the name of the reference field (or `all`): what the merged list can do,
    /// or why there is none.
    pub merged: BTreeMap<(EntityId, String), Result<MergedCoverage, String>>,
}

/// What a list over several sources can do.
#[derive(Clone, Debug, Default)]
pub struct MergedCoverage {
    /// The names of the sources, in the order of the configuration.
    pub owners: Vec<String>,
    /// What all of them can do.
    pub can: ListCoverage,
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
    /// The writes its owner has, by the operation's name.
    pub writes: BTreeMap<String, WriteCoverage>,
}

/// What a write can do.
#[derive(Clone, Debug, Default)]
pub struct WriteCoverage {
    /// The fields of the input that it takes, by name; inside of value objects and lists as paths: `lines`, `lines.quantity`.
    pub input: Vec<String>,
    /// The fields of the payload that its answer tells, beside records.
    pub gives: Vec<String>,
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
