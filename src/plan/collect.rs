//! Collecting fields: which of a selection's fields an object of a concrete type has, merged by response key.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::executable::{DirectiveList, Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Node, Schema};
use indexmap::IndexMap;

/// The fields of an object, by response key in the order of the answer; those of one key are merged.
pub type Collected<'a> = IndexMap<&'a str, Vec<&'a Node<Field>>>;

/// What collecting needs to know.
#[derive(Clone, Copy)]
pub struct Collector<'a> {
    /// The schema: which types are which.
    pub schema: &'a Schema,
    /// The document: its fragments.
    pub document: &'a ExecutableDocument,
    /// The Boolean variables of conditions.
    pub flags: &'a BTreeMap<&'a str, bool>,
}

/// What a walk has found.
#[derive(Default)]
struct Walked<'a> {
    /// Fragments that were spread already.
    visited: BTreeSet<&'a str>,
    collected: Collected<'a>,
}

impl<'a> Collector<'a> {
    /// `CollectFields` of the specification, for objects of type `ty`.
    #[must_use]
    pub fn collect(&self, ty: &str, sets: &[&'a SelectionSet]) -> Collected<'a> {
        let mut walked = Walked::default();
        for set in sets {
            self.walk(ty, set, &mut walked);
        }
        walked.collected
    }

    fn walk(&self, ty: &str, set: &'a SelectionSet, to: &mut Walked<'a>) {
        for selection in set.selections.iter().filter(|selection| self.wanted(selection.directives())) {
            match selection {
                Selection::Field(field) => to.collected.entry(field.response_key().as_str()).or_default().push(field),
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|condition| self.applies(condition, ty)) {
                        self.walk(ty, &inline.selection_set, to);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if !to.visited.insert(spread.fragment_name.as_str()) {
                        continue;
                    }
                    if let Some(fragment) = spread.fragment_def(self.document)
                        && self.applies(fragment.type_condition(), ty)
                    {
                        self.walk(ty, &fragment.selection_set, to);
                    }
                }
            }
        }
    }

    fn applies(&self, condition: &str, ty: &str) -> bool {
        condition == ty || self.schema.is_subtype(condition, ty)
    }

    fn wanted(&self, directives: &DirectiveList) -> bool {
        let holds = |name: &str| {
            let value = directives.get(name)?.specified_argument_by_name("if")?;
            match value.as_variable() {
                Some(variable) => self.flags.get(variable.as_str()).copied(),
                None => value.to_bool(),
            }
        };
        !holds("skip").unwrap_or(false) && holds("include").unwrap_or(true)
    }
}
