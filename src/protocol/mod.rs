//! The engines that speak the wire: they batch, project, filter, page and read errors, for every system alike.

mod address;
mod core;
mod dictionary;
mod encode;
mod errors;
mod facets;
mod headers;
mod language;
mod lexer;
mod merge;
mod names;
mod needed;
mod odata;
mod open;
mod page;
mod path;
mod push;
mod request;
mod rest;
mod scan;
mod stage;
mod storage;
mod template;
mod unwrapped;
mod wants;
mod write;

use std::sync::Arc;
use std::time::Duration;

pub use address::address;
use futures::future::BoxFuture;
use jiff::Timestamp;
pub(crate) use lexer::stands_for_itself;
use smol_str::SmolStr;
pub use storage::{Objects, StoreKeys};

use crate::clock::Clock;
use crate::connector::{Connector, EntityMapping, LookBy, Poll, ProtocolKind, RowView, WriteMapping};
use crate::error::{Code, Error};
use crate::graph::Graph;
use crate::model::{
    Arguments, Attachment, Condition, FieldSet, Key, ListOf, OpenFile, OpenedFile, Order, Parent, Person, Position,
    ReadContext, Unwritten, Wire,
};
use crate::upstream::Transport;

/// What an engine is bound to.
pub struct Binding {
    /// The configured source's name, for errors.
    pub source: Arc<str>,
    /// The source's connector, with the overlay applied.
    pub connector: Arc<Connector>,
    /// Sends the calls.
    pub transport: Arc<dyn Transport>,
    /// The time, for `now`, `today`, and what is kept.
    pub clock: Arc<dyn Clock>,
    /// The graph whose entities the connector maps.
    pub graph: Arc<Graph>,
}

/// The engine of a source, as its connector's `protocol` says.
#[must_use]
pub fn engine(binding: Binding) -> Arc<dyn Protocol> {
    let kind = binding.connector.protocol;
    let core = core::Core::new(binding);
    match kind {
        // A store of objects answers what the manifest spells out: see `storage`.
        ProtocolKind::Rest | ProtocolKind::Storage => Arc::new(rest::Rest::new(core)),
        ProtocolKind::OData => Arc::new(odata::OData::new(core)),
    }
}

/// One row of a system, with everything that was joined to it: what a mapping makes a record from.
#[derive(Clone, Debug)]
pub struct Row {
    /// The row itself.
    pub row: Wire,
    /// By the facet's place in the manifest; [`Wire::Null`] where it was not read. A facet that is read apart (`set`, a
    /// request) is the list of its rows that join this one.
    pub facets: Vec<Wire>,
    /// The key of the parent it was listed under.
    pub parent: Option<Key>,
    /// The record's entity tag, where the answer had it.
    pub etag: Option<SmolStr>,
}

impl Row {
    /// The row as mappings and conditions read it.
    #[must_use]
    pub fn view(&self) -> RowView<'_> {
        RowView { row: &self.row, facets: &self.facets, parent: self.parent.as_ref(), etag: self.etag.as_deref() }
    }
}

/// A page of one parent's rows.
#[derive(Clone, Debug)]
pub struct RowPage {
    /// The rows, each with the position behind it.
    pub rows: Vec<(Row, Position)>,
    /// Behind everything that was listed, where some of it is not there any more: an index may be behind its records.
    pub last: Option<Position>,
    /// Whether there is more, by the system's own word.
    pub has_next: bool,
    /// How many there are in all, where that was asked for and the system told.
    pub total: Option<u64>,
}

/// Rows by key.
#[derive(Clone, Debug)]
pub struct GetRows {
    /// Which; none twice.
    pub keys: Vec<Key>,
    /// Fields wanted: the engine reads what [`EntityMapping::needs_of`] says of them.
    pub fields: FieldSet,
    /// Arguments of a computed field.
    pub arguments: Arguments,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// Rows by parent.
#[derive(Clone, Debug)]
pub struct ListRows {
    /// Which list.
    pub list: ListOf,
    /// Whose.
    pub parents: Vec<Parent>,
    /// Fields wanted.
    pub fields: FieldSet,
    /// At most so many rows a parent.
    pub first: u32,
    /// Conditions: those the way declares are pushed down; all are checked again after the read, by the caller.
    pub filter: Vec<Condition>,
    /// Full text.
    pub search: Option<Arc<str>>,
    /// The order.
    pub order: Option<Order>,
    /// Whether the total is wanted.
    pub total: bool,
    /// Whether it is wanted for certain that there is more: without, a full page counts as if there were.
    pub more: bool,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// Rows by a unique value.
#[derive(Clone, Debug)]
pub struct FindRows {
    /// The `find` of the manifest (query family: or a plain field's name).
    pub by: Arc<str>,
    /// The values; none twice.
    pub values: Vec<Key>,
    /// Fields wanted.
    pub fields: FieldSet,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// A write, made ready: its input is in the system's terms.
#[derive(Debug)]
pub struct WriteRow<'a> {
    /// What the manifest says of it.
    pub write: &'a WriteMapping,
    /// The record that is changed.
    pub key: Option<Key>,
    /// The input, in the graph's terms.
    pub input: Wire,
    /// The same as a row of the system.
    pub values: Wire,
    /// The record's row as it was just read.
    pub before: Option<Row>,
    /// The version that the person has seen.
    pub version: Option<SmolStr>,
    /// Stands for this one write.
    pub reference: Arc<str>,
    /// The files of the input.
    pub files: &'a [Attachment],
    /// Who writes.
    pub person: Person,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// What the answer to a write told.
#[derive(Clone, Debug)]
pub struct WroteRow {
    /// The record's row, where the answer has it; nothing is joined to it.
    pub row: Option<Row>,
    /// Its key.
    pub key: Option<Key>,
    /// The payload's further fields.
    pub gives: Vec<(Arc<str>, Wire)>,
}

/// What changed since a time, as a poll asks for it.
#[derive(Clone, Debug)]
pub struct ChangedRows<'a> {
    /// How it is asked for.
    pub poll: &'a Poll,
    /// Since when.
    pub since: Timestamp,
    /// Behind which page; `None` is the first.
    pub after: Option<Arc<str>>,
    /// For how long anybody waits.
    pub context: Arc<ReadContext>,
}

/// A page of what changed: rows as the system has them.
#[derive(Clone, Debug, Default)]
pub struct ChangedPage {
    /// The rows.
    pub rows: Vec<Wire>,
    /// Where the next page is.
    pub next: Option<Arc<str>>,
    /// Whether there is more that no page reaches.
    pub cut: bool,
}

/// One upstream call that a read will make, for `explain` and the cost of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCall {
    /// Method and the manifest's own path, with no value in it.
    pub template: Arc<str>,
    /// How many keys or parents one call takes.
    pub many: u32,
    /// The answer is a dictionary that is kept this long: usually no call at all.
    pub keep: Option<Duration>,
}

/// An engine bound to one source: its connector, settings and transport.
pub trait Protocol: Send + Sync {
    /// Rows by key: one answer for each key in the order of `read.keys`. `None` where the system says there is none. Rows
    /// are matched to keys by the key in the *row* (an answer nobody asked for is dropped).
    fn get<'a>(&'a self, of: &'a EntityMapping, read: GetRows) -> BoxFuture<'a, Vec<Result<Option<Row>, Error>>>;

    /// Rows by parent: one page for each parent in the order of `read.parents`.
    fn list<'a>(&'a self, of: &'a EntityMapping, read: ListRows) -> BoxFuture<'a, Vec<Result<RowPage, Error>>>;

    /// Rows by a unique value: those whose value, in the row, is the one asked for (none, one, or several).
    fn find<'a>(&'a self, of: &'a EntityMapping, read: FindRows) -> BoxFuture<'a, Vec<Result<Vec<Row>, Error>>>;

    /// Does one write: once, and never again by itself.
    fn write<'a>(
        &'a self,
        of: &'a EntityMapping,
        write: &'a WriteRow<'a>,
    ) -> BoxFuture<'a, Result<WroteRow, Unwritten>>;

    /// Looks among the last rows of a list ([`LookBy::Last`]) for what may have been written.
    fn look<'a>(
        &'a self,
        of: &'a EntityMapping,
        write: &'a WriteRow<'a>,
        look: &'a LookBy,
    ) -> BoxFuture<'a, Result<Option<Key>, Error>>;

    /// The bytes of a file of a record, from where the record says it is ([`OpenFile::at`]).
    fn open<'a>(&'a self, of: &'a EntityMapping, file: OpenFile) -> BoxFuture<'a, Result<OpenedFile, Error>> {
        let _ = file;
        let error = Error::new(Code::NotFound, format!("the protocol of `{}` gives no files", of.file));
        Box::pin(std::future::ready(Err(error)))
    }

    /// One page of what changed since a time. It waits behind whatever a person asks for.
    fn changed<'a>(&'a self, ask: &'a ChangedRows<'a>) -> BoxFuture<'a, Result<ChangedPage, Error>> {
        let error =
            Error::new(Code::Internal, format!("the protocol of `{}` is not asked what changed", ask.poll.name));
        Box::pin(std::future::ready(Err(error)))
    }

    /// The calls that [`Protocol::get`] makes for these fields, in order.
    fn plan_get(&self, of: &EntityMapping, fields: FieldSet) -> Vec<PlannedCall>;

    /// The calls that [`Protocol::list`] makes.
    fn plan_list(&self, of: &EntityMapping, read: &ListRows) -> Vec<PlannedCall>;
}

#[cfg(test)]
mod tests;
