//! `connector.yaml`, and every entity after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes::{M001, M003, M008, M020};
use super::context::Context;
use super::here::Here;
use super::needs::varies;
use super::request::Common;
use super::sink::{Sink, suggestion};
use super::wire::Wires;
use super::yaml::Node;
use super::{LoadInput, auth, entity, errors, format, language, overlay, page, polls, storage, webhooks};
use crate::connector::{
    Arrays, Connector, EntityMapping, Language, ODataOptions, ODataPage, Part, Pattern, ProtocolKind, WireForm, Writing,
};
use crate::diagnostic::Place;
use crate::graph::Scalar;
use crate::model::{EntityId, Wire};

/// The engines.
pub(super) const PROTOCOLS: &[(&str, ProtocolKind)] =
    &[("rest", ProtocolKind::Rest), ("odata", ProtocolKind::OData), ("storage", ProtocolKind::Storage)];
/// How lists stand in query and form.
pub(super) const ARRAYS: &[(&str, Arrays)] = &[
    ("repeat", Arrays::Repeat),
    ("comma", Arrays::Comma),
    ("brackets", Arrays::Brackets),
    ("indexed", Arrays::Indexed),
];
/// How OData pages.
pub(super) const ODATA_PAGES: &[(&str, ODataPage)] = &[("skip", ODataPage::Skip), ("next-link", ODataPage::NextLink)];
/// How many keys go into one or-chain where the connector does not say: an address stays under 2,000 characters.
const USUAL_CHAIN: u32 = 20;

/// Reads all files of a connector.
pub(super) fn load(input: &LoadInput<'_>, sink: &Sink) -> Option<Connector> {
    let merged = overlay::files(input, sink);
    let Some(root) = merged.connector else {
        let place = Place { file: Arc::from(format!("{}/connector.yaml", input.name)), line: 1, column: 1 };
        sink.error(
            (M003, &place),
            "there is no connector.yaml",
            "add it: it says what the system is and how to reach it",
        );
        return None;
    };
    sink.keys(&root, "a connector", &format::CONNECTOR).then_some(())?;
    let ctx = Context::new(input, sink, &root);
    let (mut connector, common) = whole(input, &ctx, &root);
    for file in &merged.entities {
        let Some(id) = input.graph.entity_id(&file.entity) else {
            let names = input.graph.entities.iter().map(|entity| &*entity.name);
            let message = format!("the graph has no entity `{}`", file.entity);
            sink.error((M020, &file.root.place), message, suggestion(&file.entity, names));
            continue;
        };
        if let Some(mapping) = entity::read(&common, id, file) {
            connector.polls.extend(polls::read(&common, &mapping, &file.root));
            connector.entities.insert(id, mapping);
        }
    }
    connector.webhooks = root.get("webhooks").and_then(|node| webhooks::read(&Here::plain(&ctx), node, &connector));
    if let (Some(told), Some(again)) = (&connector.webhooks, root.get("webhooks").and_then(|node| node.get("again"))) {
        connector.polls.extend(polls::again(&common, again, told));
    }
    ctx.report_unused();
    Some(connector)
}

fn whole<'a>(input: &LoadInput<'a>, ctx: &'a Context<'a>, root: &Node) -> (Connector, Common<'a>) {
    let sink = ctx.sink;
    let here = Here::plain(ctx);
    let text = |key: &str| root.get(key).and_then(|node| sink.text(node, &format!("`{key}`"))).cloned();
    if let Some(format) = root.get("format").filter(|format| format.text().is_none_or(|text| &**text != "1")) {
        sink.error((M001, &format.place), "this version reads format 1", "`format: 1`");
    }
    let needed = |key: &str, remedy: &str| {
        if root.get(key).is_none() {
            sink.error((M001, &root.place), format!("a connector needs `{key}`"), remedy);
        }
        root.get(key)
    };
    let base = needed("base", "the address that every request begins with").and_then(|base| {
        let pattern = here.pattern(base, "`base`")?;
        let host = address_host(&pattern).or_else(|| {
            // A setting without a value was reported as such; an address that lacks it would be a second report of one fault.
            if !ctx.lacks_settings() {
                sink.error(
                    (M008, &base.place),
                    "`base` is no http address",
                    "such as `https://{subdomain}.example.com/api`",
                );
            }
            None
        });
        Some((pattern, host))
    });
    let protocol =
        needed("protocol", "`rest`, `odata` or `storage`").and_then(|node| sink.word(node, "`protocol`", PROTOCOLS));
    let odata = root.get("odata").and_then(|node| odata(sink, node));
    // What is missing was reported, and no connector comes of it; the rest is still read for its problems.
    let (base, host) = base.unwrap_or_else(|| (Pattern { parts: Vec::new(), text: Arc::from("") }, None));
    let protocol = protocol.unwrap_or(ProtocolKind::Rest);
    let odata = (protocol == ProtocolKind::OData).then(|| {
        odata.unwrap_or(ODataOptions { version: 4, keys: USUAL_CHAIN, page: ODataPage::NextLink, csrf: false })
    });
    let hosts: Vec<_> = root.get("hosts").map(|hosts| host_patterns(&here, hosts)).unwrap_or_default();
    let zone = root.get("zone").and_then(|node| zone(&here, node));
    let limits = errors::limits(&here, root.get("limits"));
    let request_headers = Here { names: &["caller", "settings"], ..here.afresh() };
    let headers = root.get("headers").map(|node| request_headers.templates(node, "`headers`")).unwrap_or_default();
    let auth = auth::read(&here, root.get("auth"));
    auth::check_chosen(&here, input, (&auth, root.get("auth")));
    let wires =
        Wires::read(ctx, root.get("wire"), zone.is_some(), odata.as_ref().is_some_and(|odata| odata.version == 2));
    let filled = hosts.iter().map(|host: &Pattern| literal(host));
    let common = Common {
        ctx,
        protocol,
        wires,
        page: root.get("page").and_then(|node| page::read(&here, node)),
        languages: root.get("languages").map(|node| languages(&here, node)).unwrap_or_default(),
        quotas: limits.quotas.iter().filter_map(|quota| quota.name.clone()).collect(),
        hosts: host.into_iter().chain(filled).collect(),
        varies: varies(&request_headers.take_uses()),
        sources: input.sources.iter().map(String::as_str).collect(),
    };
    let health = root.get("health").and_then(|node| {
        sink.keys(node, "`health`", &format::REQUEST).then_some(())?;
        common.request(&here.afresh(), node)
    });
    let empty = root.get("empty").map(|node| empty(sink, node)).unwrap_or_default();
    let connector = Connector {
        name: Arc::from(input.name),
        title: text("title").unwrap_or_else(|| Arc::from(input.name)),
        docs: text("docs"),
        locales: root.get("locales").map(|node| locales(&here.afresh(), node)).unwrap_or_default(),
        protocol,
        base,
        hosts,
        auth,
        headers,
        arrays: root.get("arrays").and_then(|node| sink.word(node, "`arrays`", ARRAYS)).unwrap_or_default(),
        zone: zone.unwrap_or_else(|| Arc::from("UTC")),
        empty,
        settings: ctx.settings(),
        limits,
        errors: errors::read(&here.afresh(), root.get("errors")),
        health,
        writing: Writing {
            clear: root.get("clear").and_then(Node::scalar_wire).unwrap_or(Wire::Null),
            numbers_as_text: common.wires.numbers_as_text.unwrap_or(protocol == ProtocolKind::OData),
            lower_currencies: common.wires.of(Scalar::CurrencyCode) == WireForm::Lower,
        },
        odata,
        storage: storage::read(&here.afresh(), (input, protocol), root),
        webhooks: None,
        polls: Vec::new(),
        entities: BTreeMap::<EntityId, EntityMapping>::new(),
    };
    (connector, common)
}

/// The languages of a system: one text, with commas, so that a setting can be all of it.
fn locales(here: &Here<'_>, node: &Node) -> Vec<Arc<str>> {
    let text = here.pattern(node, "`locales`").map(|pattern| literal(&pattern)).unwrap_or_default();
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Arc::from).collect()
}

fn literal(pattern: &Pattern) -> String {
    let parts = pattern.parts.iter().map(|part| match part {
        Part::Text(text) | Part::Slot(text) => &**text,
    });
    parts.collect()
}

fn address_host(pattern: &Pattern) -> Option<String> {
    let url = url::Url::parse(&literal(pattern)).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn host_patterns(here: &Here<'_>, node: &Node) -> Vec<Pattern> {
    let one = std::slice::from_ref(node);
    node.list().unwrap_or(one).iter().filter_map(|host| here.pattern(host, "a host")).collect()
}

fn zone(here: &Here<'_>, node: &Node) -> Option<Arc<str>> {
    let name = literal(&here.pattern(node, "`zone`")?);
    if jiff::tz::TimeZone::get(&name).is_err() {
        let message = format!("`{name}` is no time zone");
        here.ctx.sink.error(
            (M008, &node.place),
            message,
            "a name of the IANA database, such as `Europe/Berlin` or `UTC`",
        );
    }
    Some(Arc::from(name))
}

fn languages(here: &Here<'_>, node: &Node) -> BTreeMap<Arc<str>, Arc<Language>> {
    let entries = here.ctx.sink.entries(node, "`languages`");
    entries.iter().filter_map(|entry| Some((Arc::clone(&entry.key), Arc::new(language::read(here, entry)?)))).collect()
}

fn empty(sink: &Sink, node: &Node) -> Vec<Wire> {
    let Some(items) = node.list() else {
        sink.error((M001, &node.place), "`empty` must be a list", "such as `[\"\"]`");
        return Vec::new();
    };
    items.iter().filter_map(Node::scalar_wire).collect()
}

fn odata(sink: &Sink, node: &Node) -> Option<ODataOptions> {
    sink.keys(node, "`odata`", &format::ODATA).then_some(())?;
    let version =
        node.get("version").and_then(|version| sink.word(version, "`version`", &[("2", 2), ("4", 4)])).unwrap_or(4);
    let page = node.get("page").and_then(|page| sink.word(page, "`page`", ODATA_PAGES)).unwrap_or(ODataPage::NextLink);
    let keys =
        node.get("in").and_then(|keys| sink.number(keys, "`in`")).filter(|keys| *keys > 0).unwrap_or(USUAL_CHAIN);
    let csrf = node.get("csrf").and_then(|csrf| sink.boolean(csrf, "`csrf`")).unwrap_or(false);
    Some(ODataOptions { version, keys, page, csrf })
}
