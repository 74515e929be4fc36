//! One mapped value: found, put into our words, and fitted to the field's type.

use std::sync::Arc;

use smol_str::SmolStr;

use super::at;
use super::condition::holds;
use super::mapper::Mapper;
use super::row::{RowView, lookup};
use crate::connector::convert::{code, describe, money, scalar, text};
use crate::connector::mapping::{FileMapping, Form, Mapping, ObjectMapping, Origin, ValueMapping, WireForm};
use crate::graph::{Builtin, Scalar, Shape, ValueType};
use crate::model::{FileValue, Key, Reference, Value, Wire};

/// The text of a key; Booleans, lists and maps are none.
pub(super) fn key_text(value: &Wire) -> Option<&str> {
    match value {
        Wire::Text(text) | Wire::Number(text) => Some(text),
        _ => None,
    }
}

/// A key of one part.
pub(super) fn key(value: &Wire) -> Option<Key> {
    match value {
        Wire::Text(text) | Wire::Number(text) => Key::shared(text),
        _ => None,
    }
}

impl Mapper<'_> {
    /// The value of a field.
    pub fn value(&self, mapping: &Mapping, row: &RowView<'_>) -> Value {
        match mapping {
            Mapping::One(one) => self.one(one, row),
            Mapping::Object(object) => self.object(object, row),
            Mapping::Each { from, only, fields, more } => {
                let cut = more.as_ref().filter(|(cut, _)| holds(cut, row, &self.basis));
                let from = cut.map_or(from, |(_, whole)| whole);
                let found = lookup(from, row);
                let items = found.items().iter().filter(|item| !self.absent(item, false)).map(|item| row.inside(item));
                let items = items.filter(|item| only.as_ref().is_none_or(|only| holds(only, item, &self.basis)));
                list(items.map(|item| self.object(fields, &item)))
            }
            Mapping::Items(items) => list(items.iter().map(|item| self.value(item, row))),
        }
    }

    fn object(&self, mapping: &ObjectMapping, row: &RowView<'_>) -> Value {
        if mapping.when.as_ref().is_some_and(|when| !holds(when, row, &self.basis)) {
            return Value::Null;
        }
        let mut mapped = mapping.fields.iter().peekable();
        let value = |place| match mapped.next_if(|(field, _)| usize::from(field.0) == place) {
            Some((_, mapping)) => self.value(mapping, row),
            None => Value::Null,
        };
        let values: Arc<[Value]> = (0..mapping.width).map(value).collect();
        if let Some(file) = &mapping.file {
            return self.file(file, values, row);
        }
        // An empty list is a way of having nothing, too.
        let nothing = |value: &Value| value.is_null() || matches!(value, Value::List(items) if items.is_empty());
        if values.iter().all(nothing) { Value::Null } else { Value::Object(values) }
    }

    /// A file is there where its system says where it is.
    fn file(&self, file: &FileMapping, values: Arc<[Value]>, row: &RowView<'_>) -> Value {
        let file = self.first(&file.from, (row, false), |at| {
            let Some(at) = at.shared_text().filter(|at| !at.is_empty()) else {
                return Value::Fault(self.error("where a file is should be a text, and is none".to_owned()));
            };
            let safe = file.safe.as_ref().is_none_or(|safe| holds(safe, row, &self.basis));
            let (source, inside) = (self.input.source, file.inside.clone());
            Value::File(Arc::new(FileValue { source, values, at, inside, safe }))
        });
        file.unwrap_or(Value::Null)
    }

    fn one(&self, mapping: &ValueMapping, row: &RowView<'_>) -> Value {
        if mapping.when.as_ref().is_some_and(|when| !holds(when, row, &self.basis)) {
            return Value::Null;
        }
        if let Some((_, is)) = mapping.cases.iter().find(|(when, _)| holds(when, row, &self.basis)) {
            return is.clone();
        }
        let boolean = matches!(mapping.form, Form::Shape(Shape::Scalar(Scalar::Boolean)));
        let value = self.first(&mapping.from, (row, boolean), |found| match &mapping.form {
            Form::Shape(shape) => self.shaped(shape, found, mapping),
            Form::Reference(..) => self.reference(found, mapping),
            Form::Money => self.money(found, mapping, row),
            Form::RichText { html } => self.rich_text(found, *html, mapping),
        });
        match value {
            None | Some(Value::Null) => nothing(mapping),
            Some(value) => value,
        }
    }

    fn fault(&self, mapping: &ValueMapping, wanted: &str, value: &Wire) -> Value {
        let path = &mapping.text;
        Value::Fault(self.error(format!("`{path}` should be {wanted}, but is {}", describe(value))))
    }

    fn shaped(&self, shape: &Shape, found: &Wire, mapping: &ValueMapping) -> Value {
        match shape {
            Shape::List { of, .. } => {
                let items = found.items().iter().filter(|item| !self.absent(item, false));
                list(items.map(|item| match self.shaped(of, item, mapping) {
                    Value::Null => mapping.otherwise.clone().unwrap_or(Value::Null),
                    value => value,
                }))
            }
            Shape::Enum(values) => self.worded(values, found, mapping),
            Shape::Scalar(kind) => match in_our_words(found, mapping) {
                Some(value) => value.clone(),
                // Where a list of words is given for a Boolean, another word is not the system's mistake.
                None if !mapping.map.is_empty() && mapping.otherwise.is_some() => Value::Null,
                None => scalar(*kind, found, &mapping.wire, &self.basis.zone())
                    .unwrap_or_else(|wanted| self.fault(mapping, wanted, found)),
            },
            Shape::Object(_) => self.fault(mapping, "mapped field by field", found),
        }
    }

    /// A value of an enum: by the list of words; without one, a word that is itself a value.
    fn worded(&self, values: &[Arc<str>], found: &Wire, mapping: &ValueMapping) -> Value {
        if let Some(value) = in_our_words(found, mapping) {
            return value.clone();
        }
        let Some(word) = found.as_text() else { return self.fault(mapping, "one word", found) };
        let word = if mapping.wire == WireForm::Lower { word.to_ascii_uppercase().into() } else { word };
        match values.iter().find(|value| mapping.map.is_empty() && ***value == *word) {
            Some(value) => Value::text(value),
            None if mapping.otherwise.is_some() => Value::Null,
            None => other(values),
        }
    }

    fn reference(&self, found: &Wire, mapping: &ValueMapping) -> Value {
        let Form::Reference(entity, by) = mapping.form else { return Value::Null };
        match found {
            Wire::List(items) => {
                let items = items.iter().filter(|item| !self.absent(item, false));
                list(items.map(|item| match item {
                    Wire::List(_) => self.fault(mapping, "a key", item),
                    one => self.reference(one, mapping),
                }))
            }
            // No key is empty: this is how systems without null write that there is none.
            Wire::Text(text) if text.is_empty() => Value::Null,
            one => match key(one) {
                Some(key) => Value::Reference(Reference { entity, source: self.input.source, by, key }),
                None => self.fault(mapping, "a key", one),
            },
        }
    }

    fn money(&self, found: &Wire, mapping: &ValueMapping, row: &RowView<'_>) -> Value {
        let money = self.first(&mapping.currency, (row, false), |currency| {
            let Some(code) = code::currency_of(currency) else {
                return self.fault(mapping, "with a currency of ISO 4217", currency);
            };
            let Some(amount) = money::amount(found, &mapping.wire, &code) else {
                return self.fault(mapping, "a number", found);
            };
            self.built(Builtin::Money, [("amount", amount), ("currency", code)])
        });
        money.unwrap_or_else(|| {
            let places: Vec<String> = mapping.currency.iter().map(place).collect();
            let detail = format!("`{}` has no currency at {}", mapping.text, places.join(", "));
            Value::Fault(self.error(detail))
        })
    }

    fn rich_text(&self, found: &Wire, html: bool, mapping: &ValueMapping) -> Value {
        let Some(kept) = found.as_text() else { return self.fault(mapping, "a text", found) };
        let (plain, html) = if html {
            let clean = text::sanitised(&kept);
            (text::from_html(&clean), clean)
        } else {
            (kept.clone().into_owned(), text::to_html(&kept))
        };
        self.built(Builtin::RichText, [("text", plain.into()), ("html", html.into())])
    }

    /// A value of one of the types the gateway makes itself.
    fn built<const N: usize>(&self, builtin: Builtin, parts: [(&str, SmolStr); N]) -> Value {
        let of_type = |value: &&ValueType| value.builtin == Some(builtin);
        let Some(value_type) = self.input.graph.values.iter().find(of_type) else {
            return Value::Fault(self.error(format!("the graph has no type for {builtin:?}")));
        };
        let mut values = vec![Value::Null; value_type.fields.len()];
        for (name, part) in parts {
            let field = value_type.field_id(name);
            if let Some(slot) = field.and_then(|field| values.get_mut(usize::from(field.0))) {
                *slot = Value::Text(part);
            }
        }
        Value::Object(values.into())
    }
}

/// Nulls drop out of lists: an element that is not there is no element.
fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::List(items.filter(|value| !value.is_null()).collect())
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::Path(path) => at(path),
        Origin::Computed(computed) => format!("`= {}`", computed.text),
    }
}

fn in_our_words<'m>(found: &Wire, mapping: &'m ValueMapping) -> Option<&'m Value> {
    if mapping.map.is_empty() {
        return None;
    }
    let word = found.as_text()?;
    mapping.map.iter().find(|(theirs, _)| **theirs == *word).map(|(_, ours)| ours)
}

fn other(values: &[Arc<str>]) -> Value {
    let other = values.iter().find(|value| &***value == "OTHER");
    other.map_or(Value::Null, |other| Value::text(other))
}

/// The value where nothing was found, or a word was not mapped.
fn nothing(mapping: &ValueMapping) -> Value {
    match (&mapping.otherwise, &mapping.form) {
        (Some(value), _) => value.clone(),
        (None, Form::Shape(Shape::List { .. })) => Value::List(Arc::default()),
        // With cases only, that none of them holds is a word we do not know.
        (None, Form::Shape(Shape::Enum(values))) if mapping.from.is_empty() && !mapping.cases.is_empty() => {
            other(values)
        }
        _ => Value::Null,
    }
}
