//! Manifests and overlays read, checked and compiled into a [`Connector`]: all problems at once, each with its place.

mod auth;
mod check;
pub mod codes;
mod condition;
mod connector;
mod context;
mod elsewhere;
mod entity;
mod errors;
mod evidence;
mod facets;
mod fields;
mod format;
mod here;
mod key;
mod language;
mod money;
mod needs;
mod once;
mod overlay;
mod page;
mod path;
mod pattern;
mod polls;
mod reads;
mod request;
mod schema;
mod sink;
mod storage;
mod touches;
mod value;
mod webhooks;
mod wire;
mod writes;
mod written;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::schema::{ManifestFile, json_schema};
use self::sink::Sink;
use super::resolved::Connector;
use crate::diagnostic::Report;
use crate::graph::Graph;

/// One file of a connector or an overlay.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its name inside the folder: `connector.yaml`, `entities/Order.yaml`.
    pub name: Arc<str>,
    /// As the operator knows it, for messages.
    pub shown: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// What a connector is made from, for one source.
#[derive(Clone, Copy, Debug)]
pub struct LoadInput<'a> {
    /// The connector's name: its folder's.
    pub name: &'a str,
    /// The connector's own files.
    pub files: &'a [SourceFile],
    /// The tenant's overlay for this source; may be empty.
    pub overlay: &'a [SourceFile],
    /// The tenant's graph.
    pub graph: &'a Graph,
    /// Values of settings; the manifest's defaults fill in.
    pub settings: &'a BTreeMap<String, String>,
    /// Names of the secrets that are given.
    pub secrets: &'a BTreeSet<String>,
    /// The way to sign in that the source chose; may be left out where the connector has only one.
    pub auth: Option<&'a str>,
    /// Names of all the tenant's sources, which `links` may lead to.
    pub sources: &'a BTreeSet<String>,
}

/// Reads a connector with its overlay. There is one only where the report has no errors; warnings may stand beside it.
#[must_use]
pub fn load(input: LoadInput<'_>) -> (Option<Connector>, Report) {
    let sink = Sink::default();
    let connector = connector::load(&input, &sink);
    let report = sink.into_report();
    let sound = !report.has_errors();
    (connector.filter(|_| sound), report)
}
