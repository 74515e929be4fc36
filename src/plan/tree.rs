//! A plan: what is read, what each read hangs on, and what is written of it. Nothing in it belongs to one caller.

use std::sync::Arc;

use super::constrained::Constrained;
use super::input::{Input, Template};
use super::known::Costs;
use super::mutation::{MutationPlan, PayloadField};
use crate::graph::{Derived, Function, Shape};
use crate::model::{EntityId, FieldId, FieldSet, ListOf, Order, SourceId};

/// What is written of an object, in the order of the answer.
pub type Outputs = Arc<[Output]>;

/// An operation, compiled: one tree of places, and the selection that is written from them.
#[derive(Debug)]
pub struct Plan {
    /// What the root type writes.
    pub root: Outputs,
    /// The places that hang on the caller or the arguments alone.
    pub children: Vec<Child>,
    /// The writes, in the order in which they are done.
    pub mutations: Vec<MutationPlan>,
    /// Whether `__schema` or `__type` is asked for.
    pub introspection: bool,
    /// Arguments with bounds of their own.
    pub constrained: Vec<Constrained>,
    /// What it costs, as far as that was worked out.
    pub costs: Costs,
}

/// One key of one object of the answer.
#[derive(Debug)]
pub struct Output {
    /// The response key: the alias, or the field's name.
    pub key: Arc<str>,
    /// How that is written behind another member: `,"number":`. Names of GraphQL need no escapes.
    pub label: Box<str>,
    /// The field's name.
    pub name: Arc<str>,
    /// Whether it may not be null.
    pub non_null: bool,
    /// Variables that may be null by their own type, and stand in its arguments where null may not stand.
    pub never_null: Vec<Arc<str>>,
    /// What the caller needs for this field.
    pub permission: Option<Arc<str>>,
    /// Line and column of the first place in the document that asks for it.
    pub at: (u32, u32),
    /// What is written.
    pub what: What,
}

/// What an output writes.
#[derive(Debug)]
pub enum What {
    /// The name of the concrete type.
    Typename(Arc<str>),
    /// `__schema` or `__type`: written by introspection.
    Introspection,
    /// The record's sealed id.
    Id,
    /// The record's version.
    Version,
    /// Where the record is from.
    Provenance(Outputs),
    /// A value of the record, or of the value object that is written.
    Slot(Slot),
    /// A link to the file that is written.
    File(FileLink),
    /// Worked out from fields of the same record.
    Derived(Arc<Derived>),
    /// Worked out by a system: the values are in that child.
    Computed {
        /// Which child of the entity.
        child: usize,
        /// Its value.
        slot: Slot,
    },
    /// A figure over a list: of that child.
    Figure(FigurePlan),
    /// A value object of such figures.
    Figures(Outputs),
    /// A page of a list: of that child.
    Connection {
        /// Which child.
        child: usize,
        /// What is written of the connection.
        outputs: Outputs,
    },
    /// One record that hangs on the caller or the arguments.
    Record {
        /// Which child of the plan.
        child: usize,
    },
    /// Several such records, in order.
    Records {
        /// Which child of the plan.
        child: usize,
    },
    /// A part of a connection, edge or page.
    Page(PageField),
    /// What is made of a record for an item of a list of several kinds of records.
    Item(ItemField),
    /// A write of that number, and its answer.
    Mutation(usize),
    /// A part of a write's answer.
    Payload(PayloadField),
    /// Answered from the caller or the record's origin.
    Gateway(GatewayField),
    /// Served only because an interface asks for it: null.
    Absent,
    /// Cannot be answered: an error with this message.
    Refused(Arc<str>),
}

/// A field of a file that the gateway answers.
#[derive(Clone, Debug)]
pub struct FileLink {
    /// Which.
    pub part: FileField,
    /// The names of the fields that lead from the record to the file.
    pub path: Arc<[Arc<str>]>,
    /// Whether there may be several files at the end of it.
    pub several: bool,
}

/// The fields of a file that the gateway answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileField {
    /// `url`: downloads it.
    Url,
    /// `previewUrl`: shows it, where its kind may be shown.
    Preview,
    /// `expiresAt`.
    Expires,
}

/// The fields of connections, edges and `PageInfo`.
#[derive(Debug)]
pub enum PageField {
    /// `nodes`: of that view, with whether an element may not be null.
    Nodes(usize, bool),
    /// `edges`.
    Edges(Outputs),
    /// `edges.node`: of that view.
    Node(usize),
    /// `edges.cursor`.
    Cursor,
    /// `pageInfo`.
    Info(Outputs),
    /// `totalCount`.
    Total,
    /// `incomplete`: a list of one source is whole or an error.
    Incomplete(Outputs),
    /// `pageInfo.hasNextPage`.
    HasNext,
    /// `pageInfo.hasPreviousPage`.
    HasPrevious,
    /// `pageInfo.startCursor`.
    Start,
    /// `pageInfo.endCursor`.
    End,
}

/// The fields of an item that is made of a record.
#[derive(Debug)]
pub enum ItemField {
    /// `at`: this date or instant of the record, as an instant.
    At(FieldId),
    /// `type` or `kind`: the same for every record of a list.
    Word(Arc<str>),
    /// `title`: the record's heading, or its key where it has none.
    Title(Option<FieldId>),
    /// `dueOn`: under a path through value objects.
    Due(Vec<FieldId>),
    /// `excerpt`: the beginning of this text, on one line.
    Excerpt(FieldId),
    /// `record`: the record itself.
    Record(Outputs),
}

/// Fields of `Viewer`, `Membership`, `Provenance` and `Change`.
#[derive(Debug)]
pub enum GatewayField {
    /// `Subscription.changed`.
    Changed {
        /// What is written of a change.
        outputs: Outputs,
        /// Its arguments, the schema's defaults filled in.
        arguments: Vec<(Arc<str>, Template)>,
        /// Which child of the plan is the record.
        child: usize,
    },
    /// A field of `Change`: the text of this variable, or null.
    Pushed(Arc<str>),
    /// `Query.viewer`.
    Viewer(Outputs),
    /// What kind of caller.
    Kind,
    /// The person's name.
    Name,
    /// The person's address.
    Email,
    /// `Viewer.memberships`.
    Memberships(Outputs),
    /// What the person may do in the account in use.
    Permissions,
    /// The person's language.
    Locale,
    /// The person's time zone.
    TimeZone,
    /// Signed in with a second factor.
    MultiFactor,
    /// When the person signed in.
    AuthenticatedAt,
    /// `Membership.accountId`.
    AccountId,
    /// `Membership.account`: of that child of the plan.
    Account(usize),
    /// `Membership.roles`.
    Roles,
    /// `Membership.current`.
    Current,
    /// `Provenance.source`.
    Source,
    /// `Provenance.fetchedAt`.
    FetchedAt,
    /// `Provenance.stale`.
    Stale,
    /// `SourceGap.source`.
    GapSource,
    /// `SourceGap.types`.
    GapTypes,
    /// `SourceGap.code`.
    GapCode,
    /// `Provenance.system`.
    System,
    /// `Provenance.key`.
    RecordKey,
    /// `Provenance.url`.
    RecordUrl,
}

/// A value in a record or value object, and what is written of it.
#[derive(Debug)]
pub struct Slot {
    /// Which field of the record or value object.
    pub field: FieldId,
    /// The form of its value.
    pub form: Form,
    /// What stands in where the system has nothing.
    pub fallback: Fallback,
    /// Cuts a list of values.
    pub first: Option<Template>,
}

/// A figure over a list.
#[derive(Debug)]
pub struct FigurePlan {
    /// Which children of the entity: the list as each of its owners has it.
    pub children: Vec<usize>,
    /// What is worked out.
    pub function: Function,
    /// The field of the listed records that is summed or compared, with its form; none for a count.
    pub field: Option<(FieldId, Shape)>,
    /// What a caller needs for the fields that it looks at.
    pub permissions: Vec<Arc<str>>,
    /// The form of its value.
    pub form: Form,
}

/// The form of a value as it is written.
#[derive(Debug)]
pub enum Form {
    /// A scalar or enum.
    Leaf,
    /// A value object.
    Object(Outputs),
    /// Another record: of that child of the entity.
    Reference(usize),
    /// A list of these.
    List {
        /// The form of an element.
        of: Box<Form>,
        /// Whether an element may not be null.
        elements_non_null: bool,
    },
}

/// What stands in where the system has nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Null.
    None,
    /// The record's key: for names and numbers.
    Key,
    /// The words of the enum value in this field of the same object.
    Words(FieldId),
}

/// Where records of the graph appear in the answer.
#[derive(Debug)]
pub struct Place {
    /// What is read and written of each kind of record that may stand here.
    pub entities: Vec<EntityPlan>,
    /// Past the cache.
    pub live: bool,
}

/// What is read and written of one kind of record in one place: of those that live in one source, since every owner maps
/// other fields and has other contributors.
#[derive(Debug)]
pub struct EntityPlan {
    /// Which entity.
    pub entity: EntityId,
    /// The source in which these records live; `None` where no source owns the entity.
    pub owner: Option<SourceId>,
    /// Its name.
    pub name: Arc<str>,
    /// What a caller needs to see any of its records.
    pub permission: Option<Arc<str>>,
    /// Whether it is the hub: there from the caller's scope, before any read.
    pub hub: bool,
    /// What is written, for each selection that shows these records (`nodes` and `edges.node` are two).
    pub views: Vec<Outputs>,
    /// Fields that are wanted for everybody.
    pub fields: FieldSet,
    /// Fields that are wanted only for callers with a permission.
    pub guarded: Vec<(Arc<str>, FieldSet)>,
    /// Whether the owner's record is needed, whatever its fields: false where only ids are written.
    pub record: bool,
    /// The sources, the owner first, each with the wanted fields it tells; a contributor without any is left out.
    pub parts: Vec<(SourceId, FieldSet)>,
    /// What hangs on these records.
    pub children: Vec<Child>,
}

/// Records, or values, that hang on something.
#[derive(Debug)]
pub struct Child {
    /// The field, such as `Account.orders`.
    pub coordinate: Arc<str>,
    /// What it hangs on.
    pub hangs: Hangs,
    /// What a caller needs for the field: without it nothing is read.
    pub permission: Option<Arc<str>>,
    /// The language asked for.
    pub locale: Option<Template>,
    /// It is the answer for the account in use: null, and nothing is read, where none is.
    pub per_account: bool,
    /// What is read and written; empty for computed values.
    pub place: Place,
}

/// What a child hangs on.
#[derive(Debug)]
pub enum Hangs {
    /// The account in use.
    CurrentAccount,
    /// Every account of the caller.
    Memberships,
    /// The caller's own contact.
    Contact,
    /// Sealed ids in an argument.
    Ids(Template),
    /// What was written; or else the record that the input names for this field of the answer.
    Written(Option<Arc<str>>),
    /// The references in this slot of the parent: a path through value objects and lists.
    Reference(Vec<Hop>),
    /// The list of the parent (or of the caller's contact, or all).
    List(ListPlan),
    /// Several lists of the parent, shown as one.
    Lists(MergePlan),
    /// Figures over the list of the parent, which is read to its end within a bound ([`FIGURE_ROWS`](super::FIGURE_ROWS)).
    Figures {
        /// The list.
        list: ListPlan,
        /// Whether all of them only count.
        counts: bool,
    },
    /// Computed fields of the parent with the same arguments.
    Computed {
        /// The fields.
        fields: FieldSet,
        /// The source that works them out.
        source: SourceId,
        /// The arguments.
        arguments: Vec<(Arc<str>, Template)>,
    },
}

/// A step of a path from a record to references in it.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The field: of the record, or of the value object the path has come to.
    pub field: FieldId,
    /// How many elements of a list there are shown; all where left out.
    pub first: Option<Template>,
}

/// A list.
#[derive(Debug)]
pub struct ListPlan {
    /// What is listed.
    pub of: EntityId,
    /// The sources that are read; the lists of several are merged.
    pub sources: Vec<SourceId>,
    /// Which list.
    pub list: ListOf,
    /// In which order several are merged where the request names none.
    pub order: Option<Order>,
    /// The arguments, the schema's defaults filled in.
    pub arguments: Vec<(Arc<str>, Template)>,
    /// Whether `totalCount` is wanted.
    pub total: bool,
    /// Whether `hasNextPage` is wanted.
    pub more: bool,
}

/// Lists of different entities, or of different owners of one, shown as one list of items.
#[derive(Debug)]
pub struct MergePlan {
    /// The lists as each source has them, in the order in which ties are broken.
    pub sides: Vec<MergedSide>,
    /// Which of them the next item is taken from.
    pub taken: Taken,
    /// The arguments of the merged list itself, the schema's defaults filled in.
    pub arguments: Vec<(Arc<str>, Template)>,
}

/// From which of several lists the next item is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The one whose next record has the first date.
    ByTime {
        /// The latest first.
        descending: bool,
    },
    /// One after the other: they have no order in common.
    InTurn,
}

/// One source's list, as it is taken into a merged one.
#[derive(Debug)]
pub struct MergedSide {
    /// The list's own field, such as `Account.orders`.
    pub coordinate: Arc<str>,
    /// What is listed.
    pub of: EntityId,
    /// By which source.
    pub source: SourceId,
    /// Which list.
    pub list: ListOf,
    /// Arguments of the list: its filter.
    pub arguments: Vec<(Arc<str>, Template)>,
    /// The date that its records are ordered by; none where they are taken in turn.
    pub at: Option<FieldId>,
    /// Whether the source itself gives the list in that order; otherwise it is read to its end within the bound of figures.
    pub ordered: bool,
    /// What a caller needs for the list; without it the list is not in the merged one.
    pub permissions: Vec<Arc<str>>,
    /// The value of `RecordType`.
    pub record_type: Arc<str>,
    /// The first of the views that show its records, of every entity plan of the place.
    pub view: usize,
}

impl MergedSide {
    /// Whether it has to be read to its end before its order is known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.at.is_some() && !self.ordered
    }
}

impl MergePlan {
    /// The order that a side is asked for.
    #[must_use]
    pub fn order(&self, side: &MergedSide) -> Option<Order> {
        match self.taken {
            Taken::ByTime { descending } if side.ordered => side.at.map(|field| Order { field, descending }),
            _ => None,
        }
    }

    /// The sides that a request asks for: `types` names kinds of records.
    pub fn asked(&self, given: &[(Arc<str>, Input)]) -> Vec<bool> {
        let types = given.iter().find(|(name, _)| &**name == "types").map(|(_, types)| types);
        let wanted = |side: &MergedSide| match types {
            Some(Input::List(types)) => {
                types.iter().any(|one| one.as_text().is_some_and(|one| one == side.record_type))
            }
            _ => true,
        };
        self.sides.iter().map(wanted).collect()
    }
}

impl Place {
    /// The plan for a record of that kind that lives in `source`, with its number.
    #[must_use]
    pub fn plan_of(&self, entity: EntityId, source: SourceId) -> Option<(usize, &EntityPlan)> {
        let fits = |plan: &EntityPlan| plan.entity == entity && plan.owner.is_none_or(|owner| owner == source);
        self.entities.iter().enumerate().find(|(_, plan)| fits(plan))
    }
}
