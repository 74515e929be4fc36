//! What an answer to a query looks like, before there is one: what templates and conditions are held to.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

/// The answer that a query's operation gets.
pub(super) struct Shape<'a> {
    pub(super) schema: &'a Valid<Schema>,
    pub(super) document: &'a Valid<ExecutableDocument>,
}

/// How many elements the lists of a full answer have: more than any enum that a letter would go by has values.
const ELEMENTS: usize = 12;

/// Which answer of a shape.
#[derive(Clone, Copy)]
struct Sample {
    /// With everything in it, or with everything null or empty that may be.
    full: bool,
    /// In a list, the number of the element: each has other values of enums, so that some meet what a template looks for.
    element: Option<usize>,
}

impl Shape<'_> {
    /// The data of an answer: with everything in it (`full`), or with everything null or empty that may be. What stands at the root
    /// is there in both.
    pub(super) fn sample(&self, operation: &SelectionSet, full: bool) -> Map<String, Value> {
        let mut data = Map::new();
        let sample = Sample { full, element: None };
        self.fields(operation, &mut |field| {
            let value = match field.ty().is_list() {
                true => self.value(field.ty(), field, sample),
                false => self.of_type(field.ty(), field, sample),
            };
            add(&mut data, field.response_key().as_str(), value);
        });
        data
    }

    fn fields(&self, of: &SelectionSet, take: &mut dyn FnMut(&Field)) {
        for selection in &of.selections {
            match selection {
                Selection::Field(field) => take(field),
                Selection::InlineFragment(inline) => self.fields(&inline.selection_set, take),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.fields(&fragment.selection_set, take);
                    }
                }
            }
        }
    }

    fn value(&self, ty: &Type, field: &Field, sample: Sample) -> Value {
        match (sample.full || ty.is_non_null(), ty.is_list()) {
            (false, _) => Value::Null,
            (true, false) => self.of_type(ty, field, sample),
            (true, true) if !sample.full => json!([]),
            (true, true) => {
                // A list in a list has one element: what lies deep is not looked for by what it is.
                let elements = sample.element.map_or(0..ELEMENTS, |element| element..element + 1);
                let of = |element| self.value(ty.item_type(), field, Sample { element: Some(element), ..sample });
                elements.map(of).collect()
            }
        }
    }

    fn of_type(&self, ty: &Type, field: &Field, sample: Sample) -> Value {
        let name = ty.inner_named_type();
        if !field.selection_set.selections.is_empty() {
            let mut members = Map::new();
            self.fields(&field.selection_set, &mut |inner| {
                let value = self.value(inner.ty(), inner, sample);
                add(&mut members, inner.response_key().as_str(), value);
            });
            return Value::Object(members);
        }
        match self.schema.types.get(name) {
            Some(ExtendedType::Enum(of)) => {
                let mut values = of.values.keys().cycle().skip(sample.element.unwrap_or_default());
                values.next().map_or(Value::Null, |value| json!(value.as_str()))
            }
            _ => match name.as_str() {
                "Boolean" => json!(true),
                "Int" | "Long" => json!(1),
                "Float" => json!(1.5),
                "Decimal" => json!("1.00"),
                "DateTime" => json!("2026-01-31T09:00:00Z"),
                "Date" => json!("2026-01-31"),
                _ => json!("text"),
            },
        }
    }
}

/// Several selections of one key are one.
fn add(members: &mut Map<String, Value>, key: &str, value: Value) {
    match (members.get_mut(key), value) {
        (Some(Value::Object(there)), Value::Object(more)) => {
            for (key, value) in more {
                add(there, &key, value);
            }
        }
        (Some(Value::Array(there)), Value::Array(more)) => {
            for (there, more) in there.iter_mut().zip(more) {
                if let (Value::Object(there), Value::Object(more)) = (there, more) {
                    for (key, value) in more {
                        add(there, &key, value);
                    }
                }
            }
        }
        (_, value) => {
            members.insert(key.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "scalar DateTime
        enum Side { CUSTOMER BUSINESS }
        type Query { ticket(id: ID!): Ticket  viewer: Viewer! }
        type Viewer { name: String! }
        type Ticket { number: String!  closedAt: DateTime  side: Side!  messages: [Message!]! }
        type Message { side: Side!  text: String }";

    #[test]
    fn a_sample_has_what_is_asked_for_under_the_names_that_it_is_asked_by() {
        let schema = Schema::parse_and_validate(SCHEMA, "schema.graphql").unwrap();
        let query = "query($id: ID!) { record: ticket(id: $id) { no: number ...more messages { text } } }
            fragment more on Ticket { closedAt side messages { side } }";
        let document = ExecutableDocument::parse_and_validate(&schema, query, "q.graphql").unwrap();
        let shape = Shape { schema: &schema, document: &document };
        let of = |full| Value::Object(shape.sample(&document.operations.get(None).unwrap().selection_set, full));
        assert_eq!(
            of(false),
            json!({ "record": { "no": "text", "closedAt": null, "side": "CUSTOMER", "messages": [] } })
        );
        let full = of(true);
        assert_eq!(full["record"]["closedAt"], "2026-01-31T09:00:00Z");
        assert_eq!(full["record"]["messages"][1], json!({ "side": "BUSINESS", "text": "text" }));
    }
}
