//! What stays of the graph, and why the rest does not.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Schema;

use crate::graph::resolved::LeftOut;

/// Names that stay, by the name of their type.
#[derive(Default)]
pub(super) struct Kept {
    fields: BTreeMap<String, BTreeSet<String>>,
    narrowed: BTreeMap<String, BTreeSet<String>>,
    arguments: BTreeSet<(String, String)>,
    absent: BTreeSet<(String, String)>,
    why: BTreeMap<String, String>,
    /// Lists that are not in a merged field which stays.
    pub left_out: Vec<LeftOut>,
}

impl Kept {
    /// Keeps a field of an object or interface; whether it is new.
    pub fn keep(&mut self, of: &str, field: &str) -> bool {
        self.fields.entry(of.to_owned()).or_default().insert(field.to_owned())
    }

    /// Keeps a field of an object or interface that is always null.
    pub fn keep_absent(&mut self, of: &str, field: &str) {
        self.keep(of, field);
        self.absent.insert((of.to_owned(), field.to_owned()));
    }

    /// Whether the field is always null.
    pub fn is_absent(&self, of: &str, field: &str) -> bool {
        self.absent.contains(&(of.to_owned(), field.to_owned()))
    }

    /// What is always null, and why, by coordinate.
    pub fn absent(&self) -> Vec<(String, String)> {
        let coordinates = self.absent.iter().map(|(of, field)| format!("{of}.{field}"));
        coordinates.map(|at| (at.clone(), self.why.get(&at).cloned().unwrap_or_default())).collect()
    }

    /// Keeps only these input fields of an input type, or values of an enum.
    pub fn narrow(&mut self, of: &str, to: BTreeSet<String>) {
        self.narrowed.insert(of.to_owned(), to);
    }

    /// Keeps only these of what is still kept of an input type.
    pub fn narrow_more(&mut self, of: &str, to: BTreeSet<String>) {
        match self.narrowed.get_mut(of) {
            Some(members) => members.retain(|member| to.contains(member)),
            None => self.narrow(of, to),
        }
    }

    /// Takes a field back that was kept, and says why.
    pub fn take_back(&mut self, of: &str, field: &str, reason: String) {
        if self.fields.get_mut(of).is_some_and(|fields| fields.remove(field)) {
            self.leave(&format!("{of}.{field}"), reason);
        }
    }

    /// Leaves an argument of a field out.
    pub fn leave_argument(&mut self, field: &str, argument: &str, reason: String) {
        self.arguments.insert((field.to_owned(), argument.to_owned()));
        self.leave(&format!("{field}({argument}:)"), reason);
    }

    /// Says why something is not served; the first reason stays.
    pub fn leave(&mut self, coordinate: &str, reason: String) {
        self.why.entry(coordinate.to_owned()).or_insert(reason);
    }

    /// Whether anything of the type stays.
    pub fn has_type(&self, of: &str) -> bool {
        self.fields.contains_key(of)
    }

    /// Whether the field of an object or interface stays.
    pub fn has(&self, of: &str, field: &str) -> bool {
        self.fields.get(of).is_some_and(|fields| fields.contains(field))
    }

    /// Whether the input field or enum value stays.
    pub fn has_member(&self, of: &str, member: &str) -> bool {
        self.narrowed.get(of).is_none_or(|members| members.contains(member))
    }

    /// Whether the input or enum has no member left.
    pub fn is_empty(&self, of: &str) -> bool {
        self.narrowed.get(of).is_some_and(BTreeSet::is_empty)
    }

    /// Whether the argument of `Type.field` stays.
    pub fn has_argument(&self, field: &str, argument: &str) -> bool {
        !self.arguments.contains(&(field.to_owned(), argument.to_owned()))
    }

    /// The reasons, by coordinate, without those of what is served after all or is inside a type that is not.
    pub fn into_reasons(self, served: &Schema) -> Vec<(String, String)> {
        let told = |coordinate: &str| match coordinate.split_once('.') {
            None => !served.types.contains_key(coordinate),
            Some((of, member)) => {
                let is_member = self.narrowed.get(of).is_some_and(|members| members.contains(member));
                served.types.contains_key(of) && !self.has(of, member) && !is_member
            }
        };
        self.why.iter().filter(|(coordinate, _)| told(coordinate)).map(|(at, why)| (at.clone(), why.clone())).collect()
    }
}
