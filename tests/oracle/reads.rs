//! The systems behind the gateway, in memory: they answer from the data of a case.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value as Json;
use vestibule::error::{Code, Error};
use vestibule::execute::{Contexts, Linker};
use vestibule::graph::{Entity, FieldKind, Graph, Scope, Shape};
use vestibule::model::{
    Answer, Condition, EntityId, Evidence, FieldSet, FindRead, Freshness, GetRead, Key, ListOf, ListPage, ListRead,
    Membership, Parent, Position, Reads, Record, Reference, Test, Value,
};
use vestibule::source::Reverse;

use crate::gateway::{MAIN, NOW};

/// Data, as the systems hold it.
pub struct Memory {
    graph: Arc<Graph>,
    data: Arc<Json>,
    failing: BTreeSet<String>,
    failing_lists: BTreeSet<String>,
}

impl Memory {
    pub fn new(graph: &Arc<Graph>, data: &Arc<Json>) -> Self {
        let set = |name: &str| {
            let texts = data[name].as_array().into_iter().flatten();
            texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let (failing, failing_lists) = (set("failing"), set("failingLists"));
        Self { graph: Arc::clone(graph), data: Arc::clone(data), failing, failing_lists }
    }

    fn entity(&self, id: EntityId) -> &Entity {
        self.graph.entity(id).expect("an entity of the graph")
    }

    fn row(&self, of: EntityId, key: &str) -> Option<&Json> {
        self.data["records"][&*self.entity(of).name].get(key)
    }

    fn record(&self, of: EntityId, (key, row): (&str, &Json), read: (FieldSet, &[(Arc<str>, Value)])) -> Arc<Record> {
        let (wanted, arguments) = read;
        let entity = self.entity(of);
        let values = wanted.without_links().iter().map(|field| {
            let field = entity.field(field).expect("a field");
            row.get(&*field.name).map_or(Value::Null, |value| self.value(&field.kind, value, arguments))
        });
        // An account is proof of itself; all else that belongs to accounts belongs to each of the caller's.
        let accounts = if of == self.graph.hub { vec![key] } else { vec!["1", "2"] };
        let own = accounts
            .into_iter()
            .map(|key| Membership { account: Key::new(key).expect("a key"), labels: Arc::from([]) });
        Arc::new(Record {
            entity: of,
            source: MAIN,
            key: Key::new(key).expect("a key"),
            version: row.get("version").and_then(Json::as_str).map(Into::into),
            loaded: wanted,
            values: values.collect(),
            evidence: match entity.scope {
                Scope::Tenant => Evidence::Tenant,
                _ => Evidence::Accounts(own.collect()),
            },
            links: Arc::from([]),
            visible: true,
            fetched_at: NOW.parse().expect("an instant"),
        })
    }

    fn value(&self, kind: &FieldKind, json: &Json, arguments: &[(Arc<str>, Value)]) -> Value {
        match kind {
            _ if json.is_null() => Value::Null,
            _ if json.get("fault").is_some() => {
                Value::Fault(Error::new(Code::UpstreamRejected, "a value does not fit"))
            }
            FieldKind::Stored(shape) => self.shaped(shape, json),
            FieldKind::Reference(_) => self.reference(json),
            FieldKind::References(_) => list(json, |item| self.reference(item)),
            FieldKind::Computed(_) => {
                let told = arguments.iter().map(|(name, value)| format!("{name}:{}", told(value)));
                Value::text(&told.collect::<Vec<_>>().join(" "))
            }
            _ => Value::Null,
        }
    }

    fn reference(&self, json: &Json) -> Value {
        let Some((entity, key)) = json["ref"].as_str().and_then(|text| text.split_once(':')) else {
            return Value::Null;
        };
        let entity = self.graph.entity_id(entity).expect("an entity of the graph");
        Value::Reference(Reference { entity, source: MAIN, by: None, key: Key::new(key).expect("a key") })
    }

    fn shaped(&self, shape: &Shape, json: &Json) -> Value {
        match (shape, json) {
            (_, Json::Null) => Value::Null,
            _ if json.get("fault").is_some() => {
                Value::Fault(Error::new(Code::UpstreamRejected, "a value does not fit"))
            }
            (Shape::List { of, .. }, _) => list(json, |item| self.shaped(of, item)),
            (Shape::Object(id), _) => {
                let fields = self.graph.value_type(*id).into_iter().flat_map(|value| &value.fields);
                let value = |name: &str, kind| json.get(name).map_or(Value::Null, |value| self.value(kind, value, &[]));
                Value::Object(fields.map(|field| value(&field.name, &field.kind)).collect())
            }
            (_, Json::Bool(value)) => Value::Bool(*value),
            (_, Json::Number(number)) => Value::Int(number.as_i64().expect("a whole number")),
            (_, Json::String(text)) => Value::text(text),
            _ => Value::Null,
        }
    }

    fn answer(&self, of: EntityId, key: &Key, read: (FieldSet, &[(Arc<str>, Value)])) -> Answer {
        if self.failing.contains(&format!("{}:{}", self.entity(of).name, key.first())) {
            return Err(Error::new(Code::UpstreamUnavailable, "the system is down"));
        }
        let row = self.row(of, key.first());
        Ok(row.map(|row| (self.record(of, (key.first(), row), read), Freshness::Live)))
    }

    fn page(&self, read: &ListRead, parent: &Parent) -> Result<ListPage, Error> {
        let entity = self.entity(read.entity);
        let (by, of) = match read.list {
            ListOf::All => (None, format!("{}.all", entity.name)),
            ListOf::Parent(field) => {
                let field = entity.field(field).expect("a field of the entity");
                let FieldKind::Reference(vestibule::graph::Target::Entity(to)) = field.kind else {
                    panic!("{} is no reference", field.name)
                };
                let to = format!("{}:{}", self.entity(to).name, parent.keys[0].first());
                let of = format!("{}.{}@{to}", entity.name, field.name);
                (Some((&*field.name, to)), of)
            }
        };
        if self.failing_lists.contains(&of) {
            return Err(Error::new(Code::UpstreamUnavailable, "the list is down"));
        }
        let none = serde_json::Map::new();
        let table = self.data["records"][&*entity.name].as_object().unwrap_or(&none);
        let belongs = |row: &Json| by.as_ref().is_none_or(|(field, to)| row[*field]["ref"].as_str() == Some(to));
        let holds = |row: &Json| read.filter.iter().all(|condition| self.holds(entity, condition, row));
        let mut keys: Vec<&String> = table.keys().filter(|key| belongs(&table[*key]) && holds(&table[*key])).collect();
        keys.sort();
        let rows = keys.iter().enumerate().take(read.first as usize).map(|(at, key)| {
            let position = Position { token: None, skip: u32::try_from(at).expect("few") + 1 };
            (self.record(read.entity, (key, &table[*key]), (read.fields, &[])), position)
        });
        Ok(ListPage {
            records: rows.collect(),
            read: None,
            has_next: keys.len() > read.first as usize,
            total: read.total.then_some(keys.len() as u64),
            freshness: Freshness::Live,
        })
    }

    fn holds(&self, entity: &Entity, condition: &Condition, row: &Json) -> bool {
        let field = entity.field(condition.field).expect("a field of the entity");
        let value = row.get(&*field.name).map_or(Value::Null, |value| self.value(&field.kind, value, &[]));
        let same = |other: &Value| told(other) == told(&value);
        match &condition.test {
            Test::In(values) => values.iter().any(same),
            Test::NotIn(values) => !value.is_null() && !values.iter().any(same),
            Test::NotAll(all) => !all.iter().all(|one| self.holds(entity, one, row)),
            Test::Between { from, to, .. } => value.as_text().is_some_and(|day| {
                from.as_ref().is_none_or(|from| &**from <= day) && to.as_ref().is_none_or(|to| day <= &**to)
            }),
        }
    }
}

fn list(json: &Json, item: impl Fn(&Json) -> Value) -> Value {
    match json {
        Json::Array(items) => Value::List(items.iter().map(item).collect()),
        _ => Value::Null,
    }
}

/// A value in letters, as `reference.mjs` writes what it was given.
fn told(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(told).collect::<Vec<_>>().join(",");
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => Json::String(text.to_string()).to_string(),
        Value::List(items) => format!("[{}]", all(items)),
        Value::Object(fields) => format!("{{{}}}", all(fields)),
        Value::File(_) | Value::Reference(_) | Value::Fault(_) => "?".to_owned(),
    }
}

impl Reads for Memory {
    fn get(&self, read: GetRead) -> BoxFuture<'_, Vec<Answer>> {
        let answer = |key: &Key| self.answer(read.entity, key, (read.fields, &read.arguments));
        futures::future::ready(read.keys.iter().map(answer).collect()).boxed()
    }

    fn list(&self, read: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>> {
        futures::future::ready(read.parents.iter().map(|parent| self.page(&read, parent)).collect()).boxed()
    }

    fn find(&self, read: FindRead) -> BoxFuture<'_, Vec<Answer>> {
        futures::future::ready(read.values.iter().map(|_| Ok(None)).collect()).boxed()
    }
}

impl Linker for Memory {
    fn reverse<'a>(&'a self, asked: Reverse, _contexts: Contexts<'a>) -> BoxFuture<'a, Vec<Answer>> {
        futures::future::ready(asked.references.iter().map(|_| Ok(None)).collect()).boxed()
    }
}
