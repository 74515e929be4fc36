//! `changes:` of an entity, and `again:` of webhooks: how a system is asked what changed.

use std::sync::Arc;
use std::time::Duration;

use super::codes::{M001, M019, M064};
use super::format;
use super::here::{Here, SINCE, Uses};
use super::page;
use super::reads::{bare, whole};
use super::request::{Common, is_request};
use super::touches;
use super::webhooks::{at, parents};
use super::wire::WireType;
use super::yaml::Node;
use crate::connector::{
    ChangeRule, EntityMapping, Poll, PollWay, ProtocolKind, Read, Root, Step, Unit, Version, Webhooks, WireForm,
};
use crate::graph::Scalar;
use crate::model::ChangeKind;

/// How far back is asked anew where the manifest does not say.
const USUAL_OVERLAP: Duration = Duration::from_secs(60);

/// Reads `changes:` of an entity.
pub(super) fn read(common: &Common<'_>, of: &EntityMapping, root: &Node) -> Option<Poll> {
    let node = root.get("changes")?;
    let sink = common.ctx.sink;
    sink.keys(node, "`changes`", &format::CHANGES).then_some(())?;
    let here = Here::mapping(common.ctx, &[]);
    let mut poll = Poll {
        name: Arc::clone(&common.ctx.graph.entity(of.entity)?.name),
        entities: vec![of.entity],
        way: PollWay::Set { set: Arc::from(""), by: Arc::from(""), columns: Vec::new() },
        since: since(common, node),
        at: None,
        version: node.get("version").and_then(|version| here.path(version, "`version`")),
        overlap: overlap(common, node),
        ordered: node.get("ordered").and_then(|given| sink.boolean(given, "`ordered`")).unwrap_or(false),
        changes: rules(&here, node, of),
    };
    if let (None, Some(Version::Path(path))) = (&poll.version, &of.version) {
        poll.version = (path.root == Root::Row).then(|| path.clone());
    }
    if poll.changes.iter().flat_map(|rule| &rule.key).any(|path| path.root != Root::Row) {
        let message = "the key of this entity does not stand in its own row: a poll cannot tell whose row it has";
        sink.error((M019, &node.place), message, "let the changes of the record it belongs to touch its lists");
        return None;
    }
    if common.protocol == ProtocolKind::OData {
        return own_set(common, (of, node), poll);
    }
    poll.at = match node.get("at") {
        Some(node) => Some(at(&here, node)?),
        None => {
            let remedy = "add `at:`, the path of the time of its last change, such as `at: updated_at`";
            sink.error((M001, &node.place), "nothing says when a row changed", remedy);
            return None;
        }
    };
    poll.way = PollWay::Read(Box::new(request(common, node)?));
    Some(poll)
}

/// Reads `again:` of webhooks: the request by which the system tells their events once more.
pub(super) fn again(common: &Common<'_>, node: &Node, webhooks: &Webhooks) -> Option<Poll> {
    let sink = common.ctx.sink;
    sink.keys(node, "`again`", &format::AGAIN).then_some(())?;
    if webhooks.id.is_empty() {
        let remedy = "add `id:` to `webhooks`, the path of what tells an event from every other";
        sink.error((M001, &node.place), "nothing tells an event that is told again from a new one", remedy);
        return None;
    }
    let mut entities: Vec<_> = webhooks.changes.iter().flat_map(|rule| rule.entities.iter().copied()).collect();
    entities.sort_unstable();
    entities.dedup();
    Some(Poll {
        name: Arc::from("webhooks"),
        entities,
        way: PollWay::Read(Box::new(request(common, node)?)),
        since: since(common, node),
        at: None,
        version: None,
        overlap: overlap(common, node),
        ordered: false,
        changes: Vec::new(),
    })
}

fn since(common: &Common<'_>, node: &Node) -> WireForm {
    let given = node.get("wire").and_then(|wire| common.wires.form(common.ctx, wire, WireType::DateTime));
    given.unwrap_or_else(|| common.wires.of(Scalar::DateTime))
}

fn overlap(common: &Common<'_>, node: &Node) -> Duration {
    let given = node.get("overlap").and_then(|given| common.ctx.sink.duration(given, "`overlap`"));
    given.unwrap_or(USUAL_OVERLAP)
}

/// What a row means: that its record is gone, or else that it is different.
fn rules(here: &Here<'_>, node: &Node, of: &EntityMapping) -> Vec<ChangeRule> {
    let entities = vec![of.entity];
    let parents = parents(here, node, &entities);
    let touches = node.get("touches").map(|given| touches::read(here, given, of.entity)).unwrap_or_default();
    let rule = |when, kind| ChangeRule {
        when,
        entities: entities.clone(),
        key: of.key.iter().map(|part| part.from.clone()).collect(),
        kind,
        parents: parents.clone(),
        touches: touches.iter().map(|touched| (of.entity, *touched)).collect(),
    };
    let gone = node.get("gone").and_then(|gone| here.condition(gone, "`gone`"));
    let gone = gone.map(|gone| rule(Some(gone), ChangeKind::Deleted));
    gone.into_iter().chain([rule(None, ChangeKind::Updated)]).collect()
}

/// The request, and where its answer has the rows.
fn request(common: &Common<'_>, node: &Node) -> Option<Read> {
    let sink = common.ctx.sink;
    let here = Here::request(common.ctx, SINCE, &[]);
    let request = common.request(&here, node)?;
    let uses: Uses = here.take_uses();
    if !uses.name("since") {
        let remedy = "place `= since` in its query or body: without it everything would be read each time";
        sink.error((M064, &node.place), "this request does not ask for what changed since a time", remedy);
    }
    let own = node.get("page").map(|given| page::read(&here, given));
    let page = own.unwrap_or_else(|| common.page.clone()).unwrap_or_else(page::unpaged);
    let rows = node.get("rows").map_or_else(|| Some(whole()), |rows| here.path(rows, "`rows`"))?;
    Some(Read { request, page, rows, ..bare() })
}

/// A poll of the entity's own set, which the engine makes by itself.
fn own_set(common: &Common<'_>, (of, node): (&EntityMapping, &Node), mut poll: Poll) -> Option<Poll> {
    let sink = common.ctx.sink;
    if is_request(node) {
        sink.error((M019, &node.place), "this is not for the connector's protocol", "name the column with `by:`");
        return None;
    }
    let Some(by) = node.get("by") else {
        let remedy = "add `by:`, the column with the time of the last change, such as `by: LastChangeDateTime`";
        sink.error((M001, &node.place), "nothing says by which column changes are asked for", remedy);
        return None;
    };
    let path = Here::mapping(common.ctx, &[]).path(by, "`by`")?;
    poll.at = Some((path, Unit::Rfc3339));
    poll.ordered = true;
    let mut columns: Vec<Arc<str>> = Vec::new();
    for path in poll.paths() {
        if let Some(Step::Name(name)) = path.steps.first()
            && !columns.contains(name)
        {
            columns.push(Arc::clone(name));
        }
    }
    poll.way = PollWay::Set { set: of.set.clone()?, by: Arc::clone(sink.text(by, "`by`")?), columns };
    Some(poll)
}
