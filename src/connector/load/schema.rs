//! JSON Schemas of manifests, for editors: made from the table of keys and the fields of a graph.
//!
//! What a schema accepts may be wider than what loads (paths, CEL and what hangs together are the loader's to check), but
//! every key that no place of the format has is refused by both.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Object, Value, json};

use super::format::{CONNECTOR, EACH, ENTITY, FILE, Holds, Key, Map, OTHER_SET, OWN_LIST, READ, TEST, VALUE};
use crate::graph::{Builtin, Entity, Field, FieldKind, Graph};

/// Which file of a connector a schema is for.
#[derive(Clone, Copy, Debug)]
pub enum ManifestFile<'a> {
    /// `connector.yaml`.
    Connector,
    /// `entities/<Type>.yaml`: of the entity of that name, or of any.
    Entity(Option<&'a str>),
}

/// The JSON Schema of a manifest file over a graph; an overlay has the same keys, and may leave out any.
///
/// # Errors
/// The graph has no such entity.
pub fn json_schema(graph: &Graph, file: ManifestFile<'_>, overlay: bool) -> Result<Value, String> {
    let entities: Vec<&Entity> = match file {
        ManifestFile::Entity(Some(name)) => {
            let id = graph.entity_id(name).ok_or_else(|| format!("the graph has no entity `{name}`"))?;
            graph.entity(id).into_iter().collect()
        }
        _ => graph.entities.iter().collect(),
    };
    let root = if matches!(file, ManifestFile::Connector) { &CONNECTOR } else { &ENTITY };
    let mut making = Making { graph, entities, made: BTreeMap::new() };
    let mut schema = making.map(root);
    if !overlay && let Some(members) = schema.as_object_mut() {
        members.insert("required".to_owned(), json!(root.needs));
    }
    let what = if overlay { format!("an overlay of {}", root.name) } else { root.name.to_owned() };
    let mut whole = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": what });
    if let (Some(whole), Value::Object(schema)) = (whole.as_object_mut(), schema) {
        whole.extend(schema);
        let defs = making.made.into_iter().filter_map(|(name, made)| Some((name.to_owned(), made?)));
        whole.insert("$defs".to_owned(), Value::Object(defs.collect()));
    }
    Ok(whole)
}

struct Making<'a> {
    graph: &'a Graph,
    /// Whose fields may be mapped.
    entities: Vec<&'a Entity>,
    /// Definitions by name; `None` while one is made.
    made: BTreeMap<&'static str, Option<Value>>,
}

impl Making<'_> {
    fn map(&mut self, map: &Map) -> Value {
        json!({ "type": "object", "properties": self.keys(map), "additionalProperties": false })
    }

    fn keys(&mut self, map: &Map) -> Value {
        map.every().map(|key| (key.0.to_owned(), self.property(key))).collect::<Object<String, Value>>().into()
    }

    /// A key's value; null is as good as leaving it out, and in an overlay removes.
    fn property(&mut self, Key(_, holds, about): &Key) -> Value {
        json!({ "description": about, "anyOf": [self.holds(holds), { "type": "null" }] })
    }

    fn holds(&mut self, holds: &Holds) -> Value {
        match holds {
            Holds::Anything => json!({}),
            Holds::Text => text(),
            Holds::Number => json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^-?[0-9.]+$" }] }),
            Holds::Boolean => json!({ "enum": [true, false, "true", "false"] }),
            Holds::Duration => json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" }),
            Holds::Words(words) => json!({ "enum": written(&words()) }),
            Holds::Condition => self.reference("condition", Self::condition),
            Holds::Map(map) => self.reference(map.name, |making| making.map(map)),
            Holds::Named(of) => json!({ "type": "object", "additionalProperties": self.or_null(of) }),
            Holds::List(of) => json!({ "type": "array", "items": self.holds(of) }),
            Holds::Either(all) => {
                let all: Vec<Value> = all.iter().map(|one| self.holds(one)).collect();
                json!({ "anyOf": all })
            }
            Holds::Fields => self.reference("fields", |making| {
                let names: BTreeSet<&str> = making.entities.iter().flat_map(|entity| mapped(&entity.fields)).collect();
                making.fields(&names)
            }),
            Holds::ValueFields => self.reference("valueFields", Self::value_fields),
            Holds::File => self.reference("file", Self::file),
            Holds::Lists => self.reference("lists", Self::lists),
        }
    }

    fn or_null(&mut self, holds: &Holds) -> Value {
        json!({ "anyOf": [self.holds(holds), { "type": "null" }] })
    }

    /// A definition, made where it is met first: what holds itself ends there.
    fn reference(&mut self, name: &'static str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.made.contains_key(name) {
            self.made.insert(name, None);
            let made = make(self);
            self.made.insert(name, Some(made));
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn condition(&mut self) -> Value {
        let test = self.reference(TEST.name, |making| making.map(&TEST));
        let tests = json!({ "anyOf": [text(), { "type": "null" }, { "type": "array", "items": text() }, test] });
        json!({ "type": "object", "minProperties": 1, "additionalProperties": tests })
    }

    fn fields(&mut self, names: &BTreeSet<&str>) -> Value {
        let mapping = self.reference("mapping", Self::mapping);
        let properties: Object<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), mapping.clone())).collect();
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }

    fn value_fields(&mut self) -> Value {
        let graph = self.graph;
        self.fields(&graph.values.iter().flat_map(|value| mapped(&value.fields)).collect())
    }

    fn file(&mut self) -> Value {
        let file = self.graph.values.iter().filter(|value| value.builtin == Some(Builtin::File));
        let mut file = self.fields(&file.flat_map(|value| mapped(&value.fields)).collect());
        if let (Some(properties), Value::Object(keys)) =
            (file.get_mut("properties").and_then(Value::as_object_mut), self.keys(&FILE))
        {
            properties.extend(keys);
        }
        file
    }

    /// How a field is mapped: a path, one value, a value object, a list.
    fn mapping(&mut self) -> Value {
        let this = json!({ "$ref": "#/$defs/mapping" });
        let value = self.reference(VALUE.name, |making| making.map(&VALUE));
        let each = self.reference(EACH.name, |making| making.map(&EACH));
        let object = self.reference("valueObject", |making| {
            let mut object = making.value_fields();
            let when = making.holds(&Holds::Condition);
            if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
                properties.insert("when".to_owned(), json!({ "anyOf": [when, { "$ref": "#/$defs/mapping" }] }));
            }
            object
        });
        let file = self.reference("file", Self::file);
        json!({ "anyOf": [text(), { "type": "null" }, value, each, object, file, { "type": "array", "items": this }] })
    }

    fn lists(&mut self) -> Value {
        let read = self.reference(READ.name, |making| making.map(&READ));
        let own = self.reference(OWN_LIST.name, |making| making.map(&OWN_LIST));
        let other = self.reference(OTHER_SET.name, |making| making.map(&OTHER_SET));
        let ways = json!({ "anyOf": [read, own, other, { "type": "array", "items": read }, { "type": "null" }] });
        let fields = self.entities.iter().flat_map(|entity| &entity.fields);
        let references = fields.filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        let names: BTreeSet<&str> = references.map(|field| &*field.name).chain(["all"]).collect();
        let properties: Object<String, Value> = names.iter().map(|name| ((*name).to_owned(), ways.clone())).collect();
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}

/// The fields that are a manifest's to map.
fn mapped(fields: &[Field]) -> impl Iterator<Item = &str> {
    let kinds = fields.iter().filter(|field| {
        matches!(
            field.kind,
            FieldKind::Stored(_) | FieldKind::Reference(_) | FieldKind::References(_) | FieldKind::Computed(_)
        )
    });
    kinds.map(|field| &*field.name)
}

/// One value: what YAML reads as a number or Boolean is a text as well.
fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

/// Words as they may stand in YAML: `2` is a number there.
fn written(words: &[&str]) -> Vec<Value> {
    let number = |word: &&&str| word.parse::<u64>().ok().map(Value::from);
    let numbers = words.iter().filter_map(|word| number(&word)).collect::<Vec<_>>();
    words.iter().map(|word| Value::from(*word)).chain(numbers).collect()
}
