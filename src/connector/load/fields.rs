//! `fields:` — how a row becomes the fields of a record: value objects, lists, and single values.

use std::cell::RefCell;
use std::sync::Arc;

use super::codes::{M001, M019, M020, M021, M022, M023};
use super::format;
use super::here::Here;
use super::money::Usual;
use super::needs::{Base, Facets};
use super::request::Common;
use super::sink::suggestion;
use super::value::Kind;
use super::yaml::{Entry, Node};
use crate::connector::{FileMapping, Mapping, Needs, ObjectMapping, Root, Step};
use crate::graph::{Builtin, Entity, Field, FieldKind, Shape, Target, WorkedOut};
use crate::model::{FieldId, ValueTypeId};

/// What the fields of a file are read with.
pub(super) struct Fields<'a> {
    pub common: &'a Common<'a>,
    pub facets: &'a Facets,
    pub usual: &'a Usual,
    /// What the usual currency needs.
    pub money_needs: &'a Needs,
}

/// Where the paths of a mapping begin, and what was needed so far.
pub(super) struct Scope<'a> {
    pub here: Here<'a>,
    pub base: Base,
    pub needs: &'a RefCell<Needs>,
}

impl Fields<'_> {
    /// The fields of an entity and what each needs.
    pub(super) fn read(&self, entity: &Entity, root: &Node) -> (Vec<Option<Mapping>>, Vec<Needs>) {
        let mut mappings: Vec<Option<Mapping>> = entity.fields.iter().map(|_| None).collect();
        let mut needs = vec![Needs::default(); entity.fields.len()];
        let sink = self.common.ctx.sink;
        let entries = root.get("fields").map(|fields| sink.entries(fields, "`fields`")).unwrap_or_default();
        for entry in entries {
            let Some(at) = entity.field_id(&entry.key).map(|field| usize::from(field.0)) else {
                self.unknown(&entity.name, entry, &entity.fields);
                continue;
            };
            let needed = RefCell::new(Needs::default());
            let here = Here::mapping(self.common.ctx, &self.facets.names);
            let scope = Scope { here, base: Base::Row, needs: &needed };
            let mapping = entity.fields.get(at).and_then(|field| self.field(&entity.name, (field, entry), &scope));
            needed.borrow_mut().add(&self.facets.needs(&scope.here.take_uses(), Base::Row));
            if let (Some(slot), Some(total)) = (mappings.get_mut(at), needs.get_mut(at)) {
                *slot = mapping;
                *total = needed.into_inner();
            }
        }
        (mappings, needs)
    }

    fn unknown(&self, name: &str, entry: &Entry, fields: &[Field]) {
        let known = fields.iter().filter(|field| {
            matches!(
                field.kind,
                FieldKind::Stored(_) | FieldKind::Reference(_) | FieldKind::References(_) | FieldKind::Computed(_)
            )
        });
        let remedy = suggestion(&entry.key, known.map(|field| &*field.name));
        let message = format!("`{name}` has no field `{}`", entry.key);
        self.common.ctx.sink.error(
            (M020, &entry.at),
            message,
            format!("{remedy} (a field of your own has to stand in the graph first)"),
        );
    }

    fn field(&self, name: &str, (field, entry): (&Field, &Entry), scope: &Scope<'_>) -> Option<Mapping> {
        let sink = self.common.ctx.sink;
        match &field.kind {
            FieldKind::Stored(shape) | FieldKind::Computed(WorkedOut { shape, .. }) => self.shape(shape, entry, scope),
            FieldKind::Reference(Target::Entity(target)) | FieldKind::References(Target::Entity(target)) => {
                self.value(Kind::Reference(*target), (&entry.key, &entry.value), scope)
            }
            FieldKind::Reference(Target::Any) | FieldKind::References(Target::Any) => {
                let message = format!("`{}` may lead to any record, which cannot be mapped yet", entry.key);
                sink.error((M019, &entry.at), message, "remove it");
                None
            }
            FieldKind::Id
            | FieldKind::Version
            | FieldKind::Provenance
            | FieldKind::List { .. }
            | FieldKind::Derived(_)
            | FieldKind::Figure(_)
            | FieldKind::Figures(_)
            | FieldKind::OverLists(_)
            | FieldKind::Gateway => {
                let message = format!("`{}` of `{name}` is not a manifest's to map: the gateway answers it", entry.key);
                sink.error(
                    (M020, &entry.at),
                    message,
                    "remove it; keys and versions have keys of their own, lists stand under `lists`",
                );
                None
            }
        }
    }

    fn shape(&self, shape: &Shape, entry: &Entry, scope: &Scope<'_>) -> Option<Mapping> {
        let named = (&entry.key, &entry.value);
        match shape {
            Shape::Scalar(_) | Shape::Enum(_) => self.value(Kind::Shape(shape.clone()), named, scope),
            Shape::Object(id) => self.object(*id, named, scope),
            Shape::List { of, .. } => self.list((shape, of), named, scope),
        }
    }

    /// One value, where a list is a mistake.
    fn value(&self, kind: Kind, (name, node): (&Arc<str>, &Node), scope: &Scope<'_>) -> Option<Mapping> {
        if node.list().is_some() {
            let remedy = format!("write one path; several to choose from go into `{name}: {{ from: [a, b] }}`");
            self.common.ctx.sink.error((M022, &node.place), format!("`{name}` is no list"), remedy);
            return None;
        }
        self.one(kind, (name, node), scope).map(|value| Mapping::One(Box::new(value)))
    }

    fn object(&self, id: ValueTypeId, named: (&Arc<str>, &Node), scope: &Scope<'_>) -> Option<Mapping> {
        let value_type = self.common.ctx.graph.value_type(id)?;
        match value_type.builtin {
            Some(Builtin::Money) => self.value(Kind::Money, named, scope),
            Some(Builtin::RichText) => self.value(Kind::RichText, named, scope),
            Some(Builtin::File) | None => self.fields_of(id, named, (scope, &["when"])).map(Mapping::Object),
        }
    }

    /// The fields of a value object; `beside` are keys that are no fields.
    fn fields_of(
        &self,
        id: ValueTypeId,
        named: (&Arc<str>, &Node),
        (scope, beside): (&Scope<'_>, &[&str]),
    ) -> Option<ObjectMapping> {
        let (name, node) = named;
        let value_type = self.common.ctx.graph.value_type(id)?;
        let sink = self.common.ctx.sink;
        let Some(entries) = node.entries() else {
            let names: Vec<&str> = value_type.fields.iter().map(|field| &*field.name).collect();
            let message = format!("`{name}` is a `{}`: it is not one value", value_type.name);
            sink.error((M021, &node.place), message, format!("map its fields: {}", super::sink::listed(&names)));
            return None;
        };
        let is_file = value_type.builtin == Some(Builtin::File);
        let mut fields = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            let field = value_type.field_id(&entry.key);
            if field.is_none()
                && (beside.contains(&&*entry.key) || is_file && format::FILE.every().any(|key| key.0 == &*entry.key))
            {
                continue;
            }
            let Some(field) = field else {
                self.unknown(&value_type.name, entry, &value_type.fields);
                continue;
            };
            let known = value_type.fields.get(usize::from(field.0))?;
            let mapping = self.field(&value_type.name, (known, entry), scope);
            fields.extend(mapping.map(|mapping| (field, mapping)));
        }
        fields.sort_by_key(|(field, _): &(FieldId, Mapping)| *field);
        let own_when = value_type.field_id("when").is_none();
        let when = node.get("when").filter(|_| own_when && beside.contains(&"when"));
        let when = when.and_then(|when| scope.here.condition(when, "`when`"));
        let file = if is_file { Some(self.file(named, scope)?) } else { None };
        Some(ObjectMapping { width: value_type.fields.len(), fields, when, file })
    }

    /// Where a file is, and when it may be opened. What it is called is the system's to say as well: people keep it under
    /// that name.
    fn file(&self, (name, node): (&Arc<str>, &Node), scope: &Scope<'_>) -> Option<FileMapping> {
        let sink = self.common.ctx.sink;
        let part = |key: &str| node.get(key).filter(|node| !node.is_null());
        for (key, remedy) in [
            ("from", "add `from:`, where its bytes are in the system's words: a path"),
            ("name", "add `name:`, what people keep it under: a path"),
        ] {
            if part(key).is_none() {
                sink.error((M023, &node.place), format!("the file `{name}` has no `{key}`"), remedy);
            }
        }
        let from = scope.here.origins(part("from")?, "`from`");
        let inside = part("inside").and_then(|inside| self.pointer(inside, scope));
        let safe = part("safe").and_then(|safe| scope.here.condition(safe, "`safe`"));
        Some(FileMapping { from, inside, safe })
    }

    /// Where the bytes are in the answer that has them: nothing of the record's row.
    fn pointer(&self, inside: &Node, scope: &Scope<'_>) -> Option<Arc<str>> {
        let path = scope.here.afresh().path(inside, "`inside`")?;
        let part = |step: &Step| match step {
            Step::Name(name) => Some(format!("/{}", name.replace('~', "~0").replace('/', "~1"))),
            Step::At(at) => Some(format!("/{at}")),
            Step::Each | Step::Where(..) => None,
        };
        let parts = path.steps.iter().map(part).collect::<Option<String>>();
        let pointer = parts.filter(|pointer| path.root == Root::Row && !pointer.is_empty());
        if pointer.is_none() {
            let message = format!("`inside` is one place in an answer, and `{}` is none", path.text);
            self.common.ctx.sink.error((M001, &inside.place), message, "write names, such as `d.GetPDF.Content`");
        }
        pointer.map(Arc::from)
    }

    fn list(&self, (shape, of): (&Shape, &Shape), named: (&Arc<str>, &Node), scope: &Scope<'_>) -> Option<Mapping> {
        let (name, node) = named;
        let builtin = match of {
            Shape::Object(id) => self.common.ctx.graph.value_type(*id)?.builtin,
            _ => None,
        };
        match (of, builtin) {
            (Shape::Scalar(_) | Shape::Enum(_), _) => match node.list() {
                Some(items) => {
                    let item = |item| self.value(Kind::Shape(of.clone()), (name, item), scope);
                    Some(Mapping::Items(items.iter().filter_map(item).collect()))
                }
                None => self.value(Kind::Shape(shape.clone()), named, scope),
            },
            (Shape::Object(id), None | Some(Builtin::File)) => match node.list() {
                Some(items) => {
                    let item = |item| self.object(*id, (name, item), scope);
                    Some(Mapping::Items(items.iter().filter_map(item).collect()))
                }
                None => self.each(*id, named, scope),
            },
            (Shape::Object(_) | Shape::List { .. }, _) => {
                let message = format!("`{name}` is a list of a kind that cannot be mapped yet");
                self.common.ctx.sink.error((M019, &node.place), message, "remove it");
                None
            }
        }
    }

    fn each(&self, id: ValueTypeId, (name, node): (&Arc<str>, &Node), scope: &Scope<'_>) -> Option<Mapping> {
        let sink = self.common.ctx.sink;
        let (Some(list), Some(inner)) = (node.get("each"), node.get("fields")) else {
            let remedy = "write `{ each: <path or facet>, fields: { … } }`, or a list of maps";
            sink.error((M021, &node.place), format!("`{name}` is a list of values of several fields"), remedy);
            return None;
        };
        sink.keys(node, &format!("`{name}`"), &format::EACH);
        let from = scope.here.path(list, "`each`")?;
        // The list's own path is needed as a list, not as all of the facet: its columns are those its fields use.
        let mut uses = scope.here.take_uses();
        let base = match (scope.base, Base::of(&from)) {
            (_, base @ Base::Facet(_)) => {
                uses.paths.retain(|path| path != &from);
                base
            }
            _ => Base::Inside,
        };
        scope.needs.borrow_mut().add(&self.facets.needs(&uses, scope.base));
        let element = Scope { here: scope.here.afresh(), base, needs: scope.needs };
        let fields = self.fields_of(id, (name, inner), (&element, &[]));
        let only = node.get("where").and_then(|only| element.here.condition(only, "`where`"));
        scope.needs.borrow_mut().add(&self.facets.needs(&element.here.take_uses(), base));
        let more = node.get("more").and_then(|more| {
            sink.keys(more, "`more`", &format::MORE);
            let (when, from) = (more.get("when"), more.get("from"));
            if when.is_none() || from.is_none() {
                sink.error(
                    (M001, &more.place),
                    "`more` needs `when` and `from`",
                    "`{ when: <it was cut>, from: <facet> }`",
                );
            }
            Some((scope.here.condition(when?, "`when`")?, scope.here.path(from?, "`from`")?))
        });
        Some(Mapping::Each { from, only, fields: fields?, more })
    }
}
