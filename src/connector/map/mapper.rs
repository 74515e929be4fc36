//! What mapping one row needs at hand: where values come from, and the names expressions may use.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use super::condition::Basis;
use super::row::{RowView, lookup};
use super::{MapInput, rejected};
use crate::connector::mapping::Origin;
use crate::connector::resolved::Computed;
use crate::error::Error;
use crate::model::{Key, Value, Wire};

/// Maps rows of one read.
pub(super) struct Mapper<'a> {
    pub input: &'a MapInput<'a>,
    pub basis: Basis<'a>,
    /// Made only where an expression is evaluated.
    request: OnceCell<RequestNames>,
}

/// The names of an expression that come from the request.
struct RequestNames {
    now: Wire,
    today: Wire,
    args: Wire,
    caller: Wire,
}

impl<'a> Mapper<'a> {
    pub fn new(input: &'a MapInput<'a>) -> Self {
        let basis = Basis { connector: input.connector, now: input.now };
        Self { input, basis, request: OnceCell::new() }
    }

    /// An error of this source and entity.
    pub fn error(&self, detail: String) -> Error {
        let error = rejected(detail).at_source(self.input.source_name);
        match self.input.graph.entity(self.input.of.entity) {
            Some(entity) => error.at_entity(&entity.name),
            None => error,
        }
    }

    /// What an origin gives for a row.
    // As a part of its caller what stands in the row is a pointer, and no `Cow` is written out for it.
    #[inline(always)]
    pub fn origin<'r>(&self, origin: &Origin, row: &RowView<'r>) -> Result<Cow<'r, Wire>, Error> {
        match origin {
            Origin::Path(path) => Ok(lookup(path, row)),
            Origin::Computed(computed) => self.computed(computed, row).map(Cow::Owned),
        }
    }

    /// What is made of the first of several origins that is there; a fault where one cannot be worked out.
    pub fn first(
        &self,
        origins: &[Origin],
        (row, boolean): (&RowView<'_>, bool),
        make: impl FnOnce(&Wire) -> Value,
    ) -> Option<Value> {
        for origin in origins {
            // Nearly everything stands in the row, and is looked at there.
            let worked_out;
            let found = match self.origin(origin, row) {
                Ok(Cow::Borrowed(found)) => found,
                Ok(Cow::Owned(found)) => {
                    worked_out = found;
                    &worked_out
                }
                Err(error) => return Some(Value::Fault(error)),
            };
            if !self.absent(found, boolean) {
                return Some(make(found));
            }
        }
        None
    }

    /// Whether nothing is there. False is never "nothing" to a Boolean, even where the system writes it for that.
    pub fn absent(&self, value: &Wire, boolean: bool) -> bool {
        match value {
            Wire::Bool(_) if boolean => false,
            Wire::List(items) if items.is_empty() => true,
            other => self.basis.absent(other),
        }
    }

    fn computed(&self, computed: &Computed, row: &RowView<'_>) -> Result<Wire, Error> {
        let request = self.request.get_or_init(|| self.names());
        let mut names: Vec<(&str, &Wire)> = vec![
            ("row", row.row),
            ("now", &request.now),
            ("today", &request.today),
            ("settings", &self.input.connector.settings),
            ("args", &request.args),
            ("caller", &request.caller),
        ];
        names.extend(self.input.of.facets.iter().map(|facet| &*facet.name).zip(row.facets));
        computed.program.evaluate(&names).map_err(|failure| {
            self.error(format!("`= {}` failed at column {}: {failure}", computed.text, failure.column))
        })
    }

    fn names(&self) -> RequestNames {
        let text = |text: &str| Wire::Text(text.into());
        let keys = |keys: &[Key]| match keys {
            [] => Wire::Null,
            [one] => text(one.first()),
            several => Wire::List(several.iter().map(|key| text(key.first())).collect()),
        };
        let context = self.input.context;
        let contact = context.contact.as_ref().map_or(Wire::Null, |key| text(key.first()));
        let member = |name: &str, value: Wire| (Arc::from(name), value);
        RequestNames {
            now: text(&self.input.now.to_string()),
            today: self.basis.zone().day(self.input.now).map_or(Wire::Null, |day| text(&day.to_string())),
            args: Wire::Object(self.input.arguments.iter().map(|(name, value)| member(name, wire(value))).collect()),
            caller: Wire::Object(vec![
                member("account", keys(&context.account)),
                member("contact", contact),
                member("locale", text(&context.locale)),
                member("language", text(context.locale.split('-').next().unwrap_or_default())),
            ]),
        }
    }
}

/// An argument as data of an expression; a record is its key.
fn wire(value: &Value) -> Wire {
    match value {
        Value::Null | Value::Fault(_) | Value::Object(_) | Value::File(_) => Wire::Null,
        Value::Bool(value) => Wire::Bool(*value),
        Value::Int(value) => Wire::Number(value.to_string().into()),
        Value::Text(text) => Wire::Text(text.clone()),
        Value::List(items) => Wire::List(items.iter().map(wire).collect()),
        Value::Reference(reference) => Wire::Text(reference.key.first().into()),
    }
}
