//! How much an introspection asks for: counted on the schema itself, value by value, before anything of it is written.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;

use super::write::type_name;
use super::{Thing, Told};
use crate::plan::prepare::Planner;

/// How many values `__schema` and `__type` will answer with, no further than one beyond `most`; `@skip` and `@include` are
/// taken for absent, and deprecated fields for asked for.
#[must_use]
pub fn introspected(planner: &Planner, of: (&ExecutableDocument, &Operation), variables: &JsonMap, most: u64) -> u64 {
    let (document, operation) = of;
    let mut count = Count { planner, document, most, values: 0 };
    for field in operation.root_fields(document) {
        match field.name.as_str() {
            "__schema" => count.set(&field.selection_set, Thing::Schema),
            "__type" => {
                let named = type_name(field, variables).and_then(|name| planner.schema.types.get(name));
                if let Some(named) = named {
                    count.set(&field.selection_set, Thing::Named(named));
                }
            }
            _ => {}
        }
    }
    count.values
}

struct Count<'s> {
    planner: &'s Planner,
    document: &'s ExecutableDocument,
    most: u64,
    values: u64,
}

impl<'s> Count<'s> {
    fn set(&mut self, set: &'s SelectionSet, thing: Thing<'s>) {
        for selection in &set.selections {
            if self.values > self.most {
                return;
            }
            match selection {
                Selection::Field(field) => {
                    self.values += 1;
                    match thing.tell(self.planner, &field.name) {
                        Told::One(below) => self.below(&field.selection_set, below),
                        Told::Many(things) => {
                            things.into_iter().for_each(|below| self.below(&field.selection_set, below));
                        }
                        Told::Names(names) => self.values += names.len() as u64,
                        Told::Nothing | Told::Text(_) | Told::Flag(_) => {}
                    }
                }
                Selection::InlineFragment(inline) => self.set(&inline.selection_set, thing),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(self.document) {
                        self.set(&fragment.selection_set, thing);
                    }
                }
            }
        }
    }

    fn below(&mut self, set: &'s SelectionSet, thing: Thing<'s>) {
        self.values += 1;
        self.set(set, thing);
    }
}
