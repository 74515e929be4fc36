//! Random data for a schema: records, what they hold, and what fails. Both sides read it as it stands here.
//!
//! A value is as in an answer; `{"ref": "Thing:2"}` is another record, `{"fault": true}` a value that does not fit.

use serde_json::{Map, Value, json};
use vestibule::graph::{Entity, Field, FieldKind, Graph, Scalar, Shape, Target};

use crate::chance::Chance;

/// Keys that are referred to; of some there is no record.
const KEYS: [&str; 4] = ["1", "2", "3", "4"];

/// Random data: `{"records": {"Thing": {"1": {…}}}, "failing": ["Thing:3"], "failingLists": ["Thing.owner@Item:1"]}`.
pub fn data(graph: &Graph, chance: &mut Chance) -> Value {
    let mut maker = Maker { graph, chance, calm: false };
    // Data without any fault show long answers; data with many show what becomes of them.
    maker.calm = maker.chance.once_in(3);
    let mut records = Map::new();
    let mut failing = Vec::new();
    let mut lists = Vec::new();
    for entity in &graph.entities {
        let mut table = Map::new();
        // Of accounts there are the caller's: whose they are is the matter of other tests.
        let keys = if entity.name.as_ref() == "Account" { &KEYS[..2] } else { &KEYS[..] };
        for key in keys {
            if maker.chance.once_in(6) {
                continue;
            }
            table.insert((*key).to_owned(), maker.record(entity));
            if !maker.calm && maker.chance.once_in(12) {
                failing.push(json!(format!("{}:{key}", entity.name)));
            }
        }
        records.insert(entity.name.to_string(), Value::Object(table));
        for field in entity.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(Target::Entity(_))))
        {
            let FieldKind::Reference(Target::Entity(to)) = field.kind else { continue };
            let of = graph.entity(to).map_or("", |entity| &entity.name);
            for key in KEYS {
                if !maker.calm && maker.chance.once_in(12) {
                    lists.push(json!(format!("{}.{}@{of}:{key}", entity.name, field.name)));
                }
            }
        }
        if !maker.calm && maker.chance.once_in(12) {
            lists.push(json!(format!("{}.all", entity.name)));
        }
    }
    json!({ "records": records, "failing": failing, "failingLists": lists })
}

struct Maker<'a> {
    graph: &'a Graph,
    chance: &'a mut Chance,
    /// Nothing fails.
    calm: bool,
}

impl Maker<'_> {
    fn record(&mut self, entity: &Entity) -> Value {
        let mut record = Map::new();
        if self.chance.once_in(2) {
            record.insert("version".to_owned(), json!("v1"));
        }
        for field in &entity.fields {
            if let Some(value) = self.field(field, 0) {
                record.insert(field.name.to_string(), value);
            }
        }
        Value::Object(record)
    }

    /// A value of the field; left out (and null) now and then, where a system would leave it out.
    fn field(&mut self, field: &Field, depth: usize) -> Option<Value> {
        let is_told = matches!(
            field.kind,
            FieldKind::Stored(_) | FieldKind::Reference(_) | FieldKind::References(_) | FieldKind::Computed(_)
        );
        if !is_told {
            return None;
        }
        let rare = if field.non_null { 25 } else { 7 };
        if self.chance.once_in(rare) {
            return self.chance.once_in(2).then_some(Value::Null);
        }
        if !self.calm && self.chance.once_in(25) {
            return Some(json!({ "fault": true }));
        }
        match &field.kind {
            FieldKind::Stored(shape) => Some(self.shape(shape, depth)),
            FieldKind::Reference(target) => Some(self.reference(*target)),
            FieldKind::References(target) => {
                let count = self.chance.below(4);
                let item = |maker: &mut Self| match maker.chance.once_in(7) {
                    true => Value::Null,
                    false => maker.reference(*target),
                };
                Some(Value::Array((0..count).map(|_| item(self)).collect()))
            }
            // What it shows are its arguments.
            FieldKind::Computed(_) => Some(json!(true)),
            _ => None,
        }
    }

    fn reference(&mut self, target: Target) -> Value {
        let names: Vec<&str> = match target {
            Target::Entity(id) => self.graph.entity(id).iter().map(|entity| &*entity.name).collect(),
            Target::Any => self.graph.entities.iter().map(|entity| &*entity.name).collect(),
        };
        let name = *self.chance.one(&names);
        json!({ "ref": format!("{name}:{}", self.chance.one(&KEYS)) })
    }

    fn shape(&mut self, shape: &Shape, depth: usize) -> Value {
        match shape {
            Shape::List { of, elements_non_null } => {
                let count = self.chance.below(if depth > 3 { 1 } else { 4 });
                let rare = if *elements_non_null { 30 } else { 6 };
                let item = |maker: &mut Self| {
                    if maker.chance.once_in(rare) {
                        return Value::Null;
                    }
                    if !maker.calm && maker.chance.once_in(30) {
                        return json!({ "fault": true });
                    }
                    maker.shape(of, depth + 1)
                };
                Value::Array((0..count).map(|_| item(self)).collect())
            }
            Shape::Object(id) => {
                let graph = self.graph;
                let Some(value) = graph.value_type(*id) else { return Value::Null };
                let mut object = Map::new();
                for field in &value.fields {
                    if depth > 4 && matches!(field.kind, FieldKind::Stored(Shape::Object(_) | Shape::List { .. })) {
                        continue;
                    }
                    if let Some(value) = self.field(field, depth + 1) {
                        object.insert(field.name.to_string(), value);
                    }
                }
                Value::Object(object)
            }
            Shape::Enum(values) => json!(**self.chance.one(values)),
            Shape::Scalar(scalar) => self.scalar(*scalar),
        }
    }

    fn scalar(&mut self, scalar: Scalar) -> Value {
        match scalar {
            Scalar::Int => json!(self.chance.one(&[0, 1, -1, 7, i32::MAX, i32::MIN])),
            Scalar::Long => json!(self.chance.one(&[0, 9_007_199_254_740_991_i64, -5])),
            Scalar::Boolean => json!(self.chance.once_in(2)),
            Scalar::Decimal => json!(self.chance.one(&["1.50", "0", "-7.125"])),
            Scalar::Date => json!(self.chance.one(&["2026-02-28", "2026-03-01", "2026-03-02"])),
            Scalar::DateTime => json!("2026-03-01T08:15:30Z"),
            _ => json!(self.chance.one(&["one", "", "quote \" and \\ and \u{1f600}", "line\nline\u{1}\u{7f}\u{2028}"])),
        }
    }
}
