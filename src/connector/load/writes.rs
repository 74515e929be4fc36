//! `writes:` — what each operation sends, how one effect is made sure of, what its answer tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes::M001;
use super::here::{AFTER, BEFORE, Here, WRITE};
use super::needs::Facets;
use super::request::{Common, is_request};
use super::yaml::{Entry, Node};
use super::{format, once, touches, written};
use crate::connector::{
    Before, Computed, EachRow, EntityMapping, FileRules, Once, Origin, Path, ProtocolKind, Request, Root, WriteAnswer,
    WriteMapping, WriteWay,
};
use crate::graph::Entity;
use crate::spool::FileKind;

/// What the writes of a file are read with: the entity is mapped already.
pub(super) struct Writer<'a> {
    pub common: &'a Common<'a>,
    pub entity: &'a Entity,
    pub of: &'a EntityMapping,
    pub facets: &'a Facets,
    pub key_parts: &'a [Arc<str>],
}

/// What a write's requests use.
#[derive(Default)]
pub(super) struct Used {
    names: Vec<Vec<Arc<str>>>,
}

impl Used {
    fn add(&mut self, here: &Here<'_>) {
        self.names.extend(here.take_uses().names);
    }

    /// Whether a name is used, with whatever members.
    pub(super) fn name(&self, name: &str) -> bool {
        self.names.iter().any(|path| path.first().is_some_and(|first| &**first == name))
    }

    /// Whether this very path is used.
    pub(super) fn path(&self, path: [&str; 2]) -> bool {
        self.names.iter().any(|used| used.iter().map(|word| &**word).eq(path))
    }

    fn input(&self) -> Vec<Arc<str>> {
        let mut all: Vec<Arc<str>> = Vec::new();
        for used in &self.names {
            if let [first, rest @ ..] = used.as_slice()
                && &**first == "input"
                && !rest.is_empty()
            {
                let path = rest.iter().map(|word| &**word).collect::<Vec<_>>().join(".");
                all.push(path.into());
            }
        }
        all.sort();
        all.dedup();
        all
    }
}

/// Reads `writes:`.
pub(super) fn read(writer: &Writer<'_>, root: &Node) -> BTreeMap<Arc<str>, WriteMapping> {
    let entries = root.get("writes").map(|writes| writer.common.ctx.sink.entries(writes, "`writes`"));
    let one = |entry: &Entry| Some((Arc::clone(&entry.key), writer.write(entry, root)?));
    entries.unwrap_or_default().into_iter().filter_map(one).collect()
}

impl<'a> Writer<'a> {
    fn write(&self, entry: &Entry, root: &Node) -> Option<WriteMapping> {
        let (sink, node) = (self.common.ctx.sink, &entry.value);
        sink.keys(node, &format!("the write `{}`", entry.key), &format::WRITE).then_some(())?;
        let mut used = Used::default();
        let before = self.before(node, &mut used);
        let way = self.way((entry, node), &mut used)?;
        let instead = self.instead(node, &mut used);
        let answer = self.answer(node, &mut used);
        let once = once::read(self, (entry, node), &mut used);
        let request = matches!(way, WriteWay::Request(_));
        let told = answer.record.is_some() || !answer.key.is_empty();
        let creates = if request { told && !used.name("key") } else { &*entry.key == "create" };
        let write = WriteMapping {
            operation: Arc::clone(&entry.key),
            instead,
            before,
            creates,
            by_key: if request { used.name("key") } else { !creates },
            fields: node.get("fields").map(|fields| sink.texts(fields, "`fields`")),
            ignores: node.get("ignores").map(|fields| sink.texts(fields, "`ignores`")).unwrap_or_default(),
            used: used.input(),
            sends_values: used.name("values") || matches!(way, WriteWay::Row(_)),
            looks_before: ["record", "etag", "version"].into_iter().any(|name| used.name(name)),
            answer,
            once: once.unwrap_or(Once::Natural),
            confirm: node
                .get("confirm")
                .and_then(|confirm| Here::mapping(self.common.ctx, &self.facets.names).condition(confirm, "`confirm`")),
            touches: node
                .get("touches")
                .map(|node| touches::read(&self.here(&[]), node, self.of.entity))
                .unwrap_or_default(),
            files: node.get("files").map(|files| self.files(files)).unwrap_or_default(),
            way,
        };
        written::check(self, (&write, &used), (entry, root));
        Some(write)
    }

    fn files(&self, node: &Node) -> FileRules {
        let sink = self.common.ctx.sink;
        sink.keys(node, "`files`", &format::FILES);
        let number = |key: &str| node.get(key).and_then(|value| sink.number(value, &format!("`{key}`")));
        let kind = |node: &Node| sink.word(node, "`kinds`", &FileKind::ALL);
        FileRules {
            most: number("most").and_then(|most| usize::try_from(most).ok()),
            largest: number("largest").map(u64::from),
            kinds: node.get("kinds").map(|kinds| kinds.list().unwrap_or_default().iter().filter_map(kind).collect()),
        }
    }

    /// A place where a write's requests may name these.
    pub(super) fn here(&self, names: &'a [&'a str]) -> Here<'a> {
        Here { names, slots: &["key"], key_parts: self.key_parts, ..Here::plain(self.common.ctx) }
    }

    fn way(&self, (entry, node): (&Entry, &Node), used: &mut Used) -> Option<WriteWay> {
        let sink = self.common.ctx.sink;
        let here = self.here(WRITE);
        let queries = self.common.protocol == ProtocolKind::OData;
        let engines = [node.get("values"), node.get("each")];
        if is_request(node) {
            if let Some(odd) = engines.into_iter().flatten().next() {
                let message = "a write is a request, or is made by the engine: this is both";
                sink.error((M001, &odd.place), message, "remove one of the two");
            }
            let request = self.request(&here, node);
            used.add(&here);
            return request.map(|request| WriteWay::Request(Box::new(request)));
        }
        if !queries {
            let message = format!("nothing says what `{}` sends", entry.key);
            sink.error((M001, &entry.at), message, "a request, such as `PATCH: /orders/{key}`");
            return None;
        }
        let templates =
            |node: &Node| node.get("values").map(|values| here.templates(values, "`values`")).unwrap_or_default();
        let way = match node.get("each") {
            None => WriteWay::Row(templates(node)),
            Some(each) => {
                sink.keys(each, "`each`", &format::WRITE_EACH).then_some(())?;
                let text = |key: &str| each.get(key).and_then(|value| sink.text(value, &format!("`{key}`"))).cloned();
                let (Some(set), Some(by)) = (text("set"), text("by")) else {
                    let remedy = "`{ set: <set>, by: <column with the record's key>, key: [..], values: {..} }`";
                    sink.error((M001, &each.place), "`each` needs `set` and `by`", remedy);
                    return None;
                };
                let key = each.get("key").map(|key| sink.texts(key, "`key`")).unwrap_or_default();
                if key.is_empty() {
                    sink.error((M001, &each.place), "`each` needs `key`", "the columns of a row's own key");
                }
                WriteWay::Each(EachRow { set, by, key, values: templates(each) })
            }
        };
        used.add(&here);
        Some(way)
    }

    /// A request of a write.
    pub(super) fn request(&self, here: &Here<'_>, node: &Node) -> Option<Request> {
        self.common.any_request(here, node)
    }

    fn instead(&self, node: &Node, used: &mut Used) -> Vec<(Computed, Request)> {
        let sink = self.common.ctx.sink;
        let items = node.get("instead").and_then(Node::list).unwrap_or_default();
        let here = self.here(WRITE);
        let one = |node: &Node| {
            sink.keys(node, "`instead`", &format::INSTEAD).then_some(())?;
            let Some(when) = node.get("when") else {
                sink.error((M001, &node.place), "what is sent instead needs `when`", "CEL, such as `= !input.later`");
                return None;
            };
            Some((self.cel(&here, when)?, self.request(&here, node)?))
        };
        let instead = items.iter().filter_map(one).collect();
        used.add(&here);
        instead
    }

    fn before(&self, node: &Node, used: &mut Used) -> Vec<Before> {
        let sink = self.common.ctx.sink;
        let entries = node.get("before").map(|before| sink.entries(before, "`before`")).unwrap_or_default();
        entries.into_iter().filter_map(|entry| self.step(entry, used)).collect()
    }

    fn step(&self, entry: &Entry, used: &mut Used) -> Option<Before> {
        let (sink, node) = (self.common.ctx.sink, &entry.value);
        sink.keys(node, &format!("`{}`", entry.key), &format::BEFORE).then_some(())?;
        let here = self.here(BEFORE);
        let cel = |key: &str| node.get(key).and_then(|value| self.cel(&here, value));
        let (each, when) = (cel("each"), cel("when"));
        let request = self.request(&here, node);
        used.add(&here);
        let gives = node.get("gives").and_then(|gives| self.here(AFTER).path(gives, "`gives`"));
        let Some(gives) = gives else {
            sink.error((M001, &entry.at), "a request before the write needs `gives`", "the path of its outcome");
            return None;
        };
        Some(Before { name: Arc::clone(&entry.key), each, when, request: request?, gives })
    }

    /// CEL, with or without `= ` before it: where nothing else can stand.
    pub(super) fn cel(&self, here: &Here<'_>, node: &Node) -> Option<Computed> {
        let text = self.common.ctx.sink.text(node, "an expression")?;
        here.cel(node, text.strip_prefix("= ").unwrap_or(text).trim())
    }

    fn answer(&self, node: &Node, used: &mut Used) -> WriteAnswer {
        let sink = self.common.ctx.sink;
        let here = self.here(AFTER);
        let gives = node.get("gives").map(|gives| sink.entries(gives, "`gives`")).unwrap_or_default();
        let gives = gives
            .into_iter()
            .filter_map(|entry| Some((Arc::clone(&entry.key), here.path(&entry.value, "a path of the answer")?)));
        let record = node.get("record").and_then(|record| here.path(record, "`record`"));
        let gives: Vec<(Arc<str>, Path)> = gives.collect();
        let key = node.get("key").map(|key| self.key(&here, key)).unwrap_or_default();
        if !key.is_empty() && key.len() != self.of.key.len() {
            let message = format!("a key has {} parts here, and {} in the answer", self.of.key.len(), key.len());
            let place = &node.get("key").unwrap_or(node).place;
            sink.error((M001, place), message, "one path for each part, in the order of the entity's `key`");
        }
        // What is taken of an answer is no use of the key by the request.
        let mut own = here.take_uses().names;
        own.retain(|name| name.first().is_none_or(|first| &**first != "key"));
        used.names.extend(own);
        WriteAnswer { record, key, gives }
    }

    /// The key in an answer, or in a row that is looked at: a path, or one for each part.
    pub(super) fn key(&self, here: &Here<'_>, node: &Node) -> Vec<Origin> {
        let one = std::slice::from_ref(node);
        node.list().unwrap_or(one).iter().filter_map(|part| here.origin(part, "a part of the key")).collect()
    }

    /// Whether a path begins in the row itself.
    pub(super) fn in_row(path: &Path) -> bool {
        path.root == Root::Row
    }
}
