//! `entities/<Type>.yaml`: one entity as one system knows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes::{M001, M011, M012, M015, M019, M020, M050, M091};
use super::here::Here;
use super::money::Usual;
use super::needs::{Base, Facets};
use super::overlay::EntityFile;
use super::reads::{For, Reader};
use super::request::Common;
use super::sink::suggestion;
use super::writes::Writer;
use super::yaml::Node;
use super::{check, evidence, facets, fields, format, key, writes};
use crate::connector::{
    Condition, EntityMapping, EvidenceRule, FindMapping, Form, LinkRule, ListMapping, Look, LookBy, Mapping, Needs,
    Once, Origin, Path, ProtocolKind, Root, Vary,
};
use crate::graph::{Entity, FieldKind, Scalar, Scope, Shape};
use crate::model::{EntityId, FieldId};

/// An entity while its file is read.
pub(super) struct Draft<'a> {
    pub common: &'a Common<'a>,
    pub id: EntityId,
    pub entity: &'a Entity,
    pub facets: &'a Facets,
    pub fields: Vec<Option<Mapping>>,
}

/// Reads one entity's file.
pub(super) fn read(common: &Common<'_>, id: EntityId, file: &EntityFile) -> Option<EntityMapping> {
    let (sink, root) = (common.ctx.sink, &file.root);
    let entity = common.ctx.graph.entity(id)?;
    sink.keys(root, &format!("the entity `{}`", file.entity), &format::ENTITY).then_some(())?;
    let queries = common.protocol == ProtocolKind::OData;
    let bare = Here::mapping(common.ctx, &[]);
    let key = key::read(common, &bare, root);
    let mut base_needs = Facets::default().needs(&bare.take_uses(), Base::Row);
    let key_parts = key::names(&key);
    let read_facets = facets::read(&Reader { common, entity, fields: &[], key_parts: &key_parts }, root.get("facets"));
    let known = &read_facets.known;

    let here = Here::mapping(common.ctx, &known.names);
    let (usual, money_uses) = Usual::read(&here, root.get("money"));
    let money_needs = known.needs(&money_uses, Base::Row);
    let (fields, needs) =
        fields::Fields { common, facets: known, usual: &usual, money_needs: &money_needs }.read(entity, root);
    let draft = Draft { common, id, entity, facets: known, fields };

    let version = root.get("version").and_then(|node| key::version(&here, node));
    let visible = visible(&here, root);
    let gone = root.get("gone").and_then(|node| here.condition(node, "`gone`"));
    base_needs.add(&known.needs(&here.take_uses(), Base::Row));
    let evidence = evidence::read(&draft, root);
    if let Some((_, needs)) = &evidence {
        base_needs.add(needs);
    }
    let links = links(&draft, &here, root);
    let link_needs = known.needs(&here.take_uses(), Base::Row);

    let reader = Reader { common, entity, fields: &draft.fields, key_parts: &key_parts };
    let get = root.get("get").filter(|node| supported(common, node, !queries)).map(|get| reader.ways(get, For::Get));
    if !queries && root.get("get").is_none() {
        sink.error(
            (M012, &root.place),
            "nothing says how records are read by key",
            "add `get:`, such as `{ GET: \"/orders/{key}\" }`",
        );
    }
    let lists = if queries { draft.own_lists(&reader, root) } else { draft.lists(&reader, root) };
    let find = if queries { draft.own_finds(root) } else { draft.finds(&reader, (root, &mut base_needs)) };
    let url_here = Here { slots: &["key"], key_parts: &key_parts, ..Here::plain(common.ctx) };
    // Without these two nothing of the entity may ever be served; the rest is still read for its problems.
    let sound = evidence.is_some() && visible.is_some();
    let mut mapping = EntityMapping {
        entity: id,
        file: Arc::clone(&file.shown),
        set: set(common, root, queries),
        key,
        version,
        evidence: evidence.map_or(EvidenceRule::Itself, |(rule, _)| rule),
        visible: visible.flatten(),
        gone,
        fields: draft.fields,
        facets: read_facets.facets,
        get: get.unwrap_or_default(),
        lists,
        find,
        links,
        writes: BTreeMap::new(),
        url: root.get("url").and_then(|url| url_here.pattern(url, "`url`")),
        base_needs,
        link_needs,
        needs,
        varies: Vec::new(),
    };
    let writer = Writer { common, entity, of: &mapping, facets: known, key_parts: &key_parts };
    mapping.writes = writes::read(&writer, root);
    settle_writes(&mut mapping, known);
    settle_varies(&mut mapping, common, entity);
    settle_more(&mut mapping);
    check::entity(common, (&mapping, root), &read_facets.depth);
    sound.then_some(mapping)
}

/// `Some(None)` is `all`; `None` where it is missing or wrong, which was reported.
fn visible(here: &Here<'_>, root: &Node) -> Option<Option<Condition>> {
    let Some(node) = root.get("visible") else {
        let remedy = "`visible: all`, or a condition on what customers may see, such as `visible: { public: true }`";
        here.ctx.sink.error((M015, &root.place), "nothing says which records may be seen", remedy);
        return None;
    };
    if node.text().is_some_and(|text| &**text == "all") {
        return Some(None);
    }
    here.condition(node, "`visible`").map(Some)
}

fn set(common: &Common<'_>, root: &Node, queries: bool) -> Option<Arc<str>> {
    let sink = common.ctx.sink;
    match root.get("set") {
        None if queries => {
            sink.error(
                (M011, &root.place),
                "nothing says in which collection the records are",
                "add `set:`, the entity set's name",
            );
            None
        }
        None => None,
        Some(node) => {
            supported(common, node, queries);
            sink.text(node, "`set`").cloned()
        }
    }
}

/// Refuses a key that the connector's family of protocols does not use.
fn supported(common: &Common<'_>, node: &Node, fits: bool) -> bool {
    if !fits {
        let remedy = "remove it: the engine of this protocol does it by itself, or not at all";
        common.ctx.sink.error((M019, &node.place), "this is not for the connector's protocol", remedy);
    }
    fits
}

fn links(draft: &Draft<'_>, here: &Here<'_>, root: &Node) -> BTreeMap<Arc<str>, LinkRule> {
    let sink = draft.common.ctx.sink;
    let entries = root.get("links").map(|links| sink.entries(links, "`links`")).unwrap_or_default();
    let mut links = BTreeMap::new();
    for entry in entries {
        if !draft.common.sources.contains(&&*entry.key) {
            let remedy = suggestion(&entry.key, draft.common.sources.iter().copied());
            sink.error((M091, &entry.at), format!("the tenant has no source `{}`", entry.key), remedy);
        }
        let rule = if entry.value.entries().is_some() {
            sink.keys(&entry.value, "a link", &format::LINK);
            match (entry.value.get("find"), entry.value.get("value")) {
                (Some(find), Some(value)) => sink
                    .text(find, "`find`")
                    .zip(here.origin(value, "`value`"))
                    .map(|(find, value)| LinkRule::Find { find: Arc::clone(find), value }),
                _ => {
                    let remedy = "`{ find: <a find of the other source>, value: <path here> }`, or a path";
                    sink.error((M001, &entry.value.place), "a link needs `find` and `value`", remedy);
                    None
                }
            }
        } else {
            here.origin(&entry.value, "a link").map(LinkRule::Held)
        };
        links.extend(rule.map(|rule| (Arc::clone(&entry.key), rule)));
    }
    links
}

impl Draft<'_> {
    /// The lists of the call family: those that are written.
    fn lists(&self, reader: &Reader<'_>, root: &Node) -> Vec<ListMapping> {
        let sink = self.common.ctx.sink;
        let entries = root.get("lists").map(|lists| sink.entries(lists, "`lists`")).unwrap_or_default();
        let mut lists = Vec::new();
        for entry in entries {
            let references = self.entity.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
            let parent = self.entity.field_id(&entry.key).filter(|field| {
                self.entity.field(*field).is_some_and(|field| matches!(field.kind, FieldKind::Reference(_)))
            });
            let all = &*entry.key == "all";
            if !all && parent.is_none() {
                let names = references.map(|field| &*field.name).chain(["all"]);
                let message = format!("`{}` has no reference `{}` to list by", self.entity.name, entry.key);
                sink.error((M050, &entry.at), message, suggestion(&entry.key, names));
                continue;
            }
            let what = if all { For::All } else { For::List };
            lists.push(ListMapping { parent, ways: reader.ways(&entry.value, what) });
        }
        lists
    }

    /// The lists of the query family: every reference that is one plain path, and all where the entity is everybody's.
    /// What is written narrows them.
    fn own_lists(&self, reader: &Reader<'_>, root: &Node) -> Vec<ListMapping> {
        let plain = |mapping: &Option<Mapping>| {
            matches!(mapping, Some(Mapping::One(value))
                if value.push.is_some() && matches!(value.form, Form::Reference(_, None)) && one_path(value).is_some())
        };
        let fields = (0..=u8::MAX).map(FieldId).zip(&self.fields);
        let by_reference = fields.filter(|(_, mapping)| plain(mapping)).map(|(field, _)| Some(field));
        let all = (self.entity.scope == Scope::Tenant).then_some(None);
        let mut lists: Vec<ListMapping> =
            by_reference.chain(all).map(|parent| ListMapping { parent, ways: Vec::new() }).collect();
        let sink = self.common.ctx.sink;
        for entry in root.get("lists").map(|lists| sink.entries(lists, "`lists`")).unwrap_or_default() {
            let name = |list: &ListMapping| match list.parent.and_then(|parent| self.entity.field(parent)) {
                Some(field) => Arc::clone(&field.name),
                None => Arc::from("all"),
            };
            if let Some(set) = entry.value.get("set") {
                lists.extend(self.list_elsewhere(reader, (entry, set)));
                continue;
            }
            let names: Vec<Arc<str>> = lists.iter().map(name).collect();
            let Some(list) = names.iter().position(|name| *name == entry.key).and_then(|at| lists.get_mut(at)) else {
                let message =
                    format!("`{}` is no list of `{}`: no reference of one plain column", entry.key, self.entity.name);
                sink.error((M050, &entry.at), message, suggestion(&entry.key, names.iter().map(|name| &**name)));
                continue;
            };
            sink.keys(&entry.value, "a list", &format::OWN_LIST);
            let declared = reader.declared(&entry.value);
            let search = entry.value.get("search");
            let search = search.and_then(|search| reader.searched(search, (&declared, list.parent.is_none())));
            list.ways.extend(std::iter::once(declared).chain(search));
        }
        lists
    }

    fn finds(&self, reader: &Reader<'_>, (root, base_needs): (&Node, &mut Needs)) -> BTreeMap<Arc<str>, FindMapping> {
        let sink = self.common.ctx.sink;
        let entries = root.get("find").map(|find| sink.entries(find, "`find`")).unwrap_or_default();
        let mut finds = BTreeMap::new();
        for entry in entries {
            let field = self.entity.field_id(&entry.key).and_then(|field| self.fields.get(usize::from(field.0)));
            let path = match field {
                Some(Some(Mapping::One(value))) => one_path(value).cloned(),
                Some(Some(_)) => None,
                Some(None) | None => super::path::parse(&entry.key, &self.facets.names).ok(),
            };
            let Some(path) = path.filter(|path| path.root == Root::Row) else {
                let message = format!("a find by `{}` cannot be checked: it is not one path of the row", entry.key);
                sink.error((M020, &entry.at), message, "name a field that is mapped to one path, or the path itself");
                continue;
            };
            let uses = super::here::Uses { paths: vec![path.clone()], names: Vec::new() };
            base_needs.add(&self.facets.needs(&uses, Base::Row));
            if let Some(read) = reader.read(&entry.value, For::Find) {
                finds.insert(Arc::clone(&entry.key), FindMapping { read: Some(read), path });
            }
        }
        finds
    }

    /// The finds of the query family: every plain text or number.
    fn own_finds(&self, root: &Node) -> BTreeMap<Arc<str>, FindMapping> {
        if let Some(node) = root.get("find") {
            supported(self.common, node, false);
        }
        let mut finds = BTreeMap::new();
        for (field, mapping) in self.entity.fields.iter().zip(&self.fields) {
            let Some(Mapping::One(value)) = mapping else { continue };
            let text = matches!(
                &value.form,
                Form::Shape(Shape::Scalar(Scalar::String | Scalar::Id | Scalar::Int | Scalar::Long))
            );
            let plain = text && value.map.is_empty() && value.push.is_some();
            if let Some(path) = one_path(value).filter(|path| plain && path.root == Root::Row) {
                finds.insert(Arc::clone(&field.name), FindMapping { read: None, path: path.clone() });
            }
        }
        finds
    }
}

/// The one path of a value that is made from nothing else.
fn one_path(value: &crate::connector::ValueMapping) -> Option<&Path> {
    match value.from.as_slice() {
        [Origin::Path(path)] if value.cases.is_empty() => Some(path),
        _ => None,
    }
}

/// A facet that only `more` asks for is read only for the rows whose embedded list was cut.
fn settle_more(mapping: &mut EntityMapping) {
    let mut whens = Vec::new();
    for field in mapping.fields.iter().flatten() {
        let Mapping::Each { more: Some((when, path)), .. } = field else { continue };
        let Root::Facet(at) = path.root else { continue };
        let asks = |needs: &&Needs| needs.facets.contains_key(&at);
        let always = [&mapping.base_needs, &mapping.link_needs].into_iter().any(|needs| asks(&needs));
        if !always && mapping.needs.iter().filter(asks).count() == 1 {
            whens.push((at, when.clone()));
        }
    }
    for (at, when) in whens {
        if let Some(facet) = mapping.facets.get_mut(at) {
            facet.when = Some(when);
        }
    }
}

/// What writes look at in rows is read with every row: when a found record was made, what confirms a change.
fn settle_writes(mapping: &mut EntityMapping, facets: &Facets) {
    let mut uses = super::here::Uses::default();
    for write in mapping.writes.values() {
        if let Once::Known { look: Some(look), .. } = &write.once {
            uses.paths.extend(look.created.clone());
        }
        uses.paths.extend(write.confirm.iter().flat_map(|confirm| &confirm.0).map(|(path, _)| path.clone()));
    }
    mapping.base_needs.add(&facets.needs(&uses, Base::Row));
    // OData finds by any column: by the one that references are written into, too.
    let stamps = mapping.writes.values().filter_map(|write| match &write.once {
        Once::Known { look: Some(Look { by: LookBy::Stamp { column, find }, .. }), .. } if mapping.set.is_some() => {
            Some((Arc::clone(find), FindMapping { read: None, path: column.clone() }))
        }
        _ => None,
    });
    let stamps: Vec<_> = stamps.filter(|(name, _)| !mapping.find.contains_key(name)).collect();
    mapping.find.extend(stamps);
}

/// What any read of the entity hangs on, and what every read of it does.
fn settle_varies(mapping: &mut EntityMapping, common: &Common<'_>, entity: &Entity) {
    let localized = entity.localized.then_some(Vary::Locale);
    let always = mapping.get.iter().flat_map(|read| &read.varies).chain(&common.varies).copied().chain(localized);
    let always = Needs { varies: always.collect(), ..Needs::default() };
    mapping.base_needs.add(&always);
    let mut sum = mapping.base_needs.clone();
    sum.add(&mapping.link_needs);
    mapping.needs.iter().for_each(|needs| sum.add(needs));
    let lists = mapping.lists.iter().flat_map(|list| &list.ways);
    let reads = lists.chain(mapping.find.values().filter_map(|find| find.read.as_ref()));
    sum.add(&Needs { varies: reads.flat_map(|read| &read.varies).copied().collect(), ..Needs::default() });
    mapping.varies = sum.varies;
}
