//! What changed between the graph that clients know (the lock) and the one that is served: E1 and E2, checked.
//!
//! The classification is that of the GraphQL world: breaking is what makes an operation invalid that was valid, or an answer
//! one that a client could not get before. What is only added is safe (E1) and is told, no more.

pub mod codes;
mod inputs;
mod outputs;
mod types;

#[cfg(test)]
mod tests;

use apollo_compiler::ast::DirectiveList;
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::{ExtendedType, Schema};

use self::codes::{L001, L010, L011, L015, L050};
use super::Served;
use super::sdl::{Sdl, spot};
use crate::diagnostic::Report;

/// What became of a graph.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// What breaks clients is an error, what changes answers a warning; the places are in the lock.
    pub report: Report,
    /// What was added, and what was deprecated or no longer is, in the order of the graph.
    pub noted: Vec<String>,
}

/// Compares the graph that is served with its lock: a file's name, as people know it, and its text.
#[must_use]
pub fn compare(lock: (&str, &str), served: &Served) -> Changes {
    let (name, text) = lock;
    let mut changes = Changes::default();
    match Schema::parse_and_validate(text, name) {
        Ok(before) => {
            let sdl = Sdl { schema: &before };
            Comparing { sdl, before: &before, after: &served.schema, served, changes: &mut changes }.run();
        }
        Err(failed) => {
            for error in failed.errors.iter() {
                changes.report.push(spot(error.sources, L001, error.error.location()).error(
                    format!("this is no graph: {}", error.error),
                    "Take the file as it was committed; it is written by `vestibule schema lock`, and never by hand.",
                ));
            }
        }
    }
    changes
}

struct Comparing<'a> {
    sdl: Sdl<'a>,
    before: &'a Schema,
    after: &'a Schema,
    served: &'a Served,
    changes: &'a mut Changes,
}

impl Comparing<'_> {
    fn run(&mut self) {
        self.roots();
        self.directives();
        let (before, after) = (self.before, self.after);
        for (name, old) in before.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
            match after.types.get(name) {
                Some(new) => self.same_type(old, new),
                None => {
                    self.broken(L010, (old.name().location(), name), format!("the {} `{name}` is gone", kind(old)));
                }
            }
        }
        let new = after.types.values().filter(|ty| !ty.is_built_in() && !before.types.contains_key(ty.name()));
        for ty in new {
            self.changes.noted.push(format!("new: the {} {}", kind(ty), ty.name()));
        }
    }

    fn same_type(&mut self, old: &ExtendedType, new: &ExtendedType) {
        match (old, new) {
            (ExtendedType::Object(old), ExtendedType::Object(new)) => {
                self.interfaces(&old.name, (&old.implements_interfaces, &new.implements_interfaces));
                self.fields(&old.name, (&old.fields, &new.fields));
            }
            (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
                self.interfaces(&old.name, (&old.implements_interfaces, &new.implements_interfaces));
                self.fields(&old.name, (&old.fields, &new.fields));
            }
            (ExtendedType::Union(old), ExtendedType::Union(new)) => self.members(old, new),
            (ExtendedType::Enum(old), ExtendedType::Enum(new)) => self.values(old, new),
            (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => self.input(old, new),
            (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => {}
            _ => {
                let (was, is) = (kind(old), kind(new));
                self.broken(
                    L011,
                    (old.name().location(), old.name()),
                    format!("`{}` was of kind {was}, and is of kind {is}", old.name()),
                );
            }
        }
    }

    fn roots(&mut self) {
        let after: Vec<_> = self.after.schema_definition.iter_root_operations().collect();
        for (operation, root) in self.before.schema_definition.iter_root_operations() {
            if !after.iter().any(|(other, name)| *other == operation && name.name == root.name) {
                let what = format!("the graph's {operation} is not `{}` any more", root.name);
                self.broken(L015, (root.name.location(), &root.name), what);
            }
        }
    }

    fn directives(&mut self) {
        let (before, after) = (self.before, self.after);
        for (name, old) in before.directive_definitions.iter().filter(|(_, of)| !of.is_built_in()) {
            let at = (old.name.location(), name.as_str());
            let Some(new) = after.directive_definitions.get(name) else {
                self.broken(L050, at, format!("the directive `@{name}` is gone"));
                continue;
            };
            for place in old.locations.iter().filter(|place| !new.locations.contains(place)) {
                self.broken(L050, at, format!("`@{name}` may not stand on {place} any more"));
            }
            if old.repeatable && !new.repeatable {
                self.broken(L050, at, format!("`@{name}` may not stand twice in one place any more"));
            }
            self.arguments((&format!("@{name}"), old.name.location()), (&old.arguments, &new.arguments));
        }
        for name in after.directive_definitions.keys().filter(|name| !before.directive_definitions.contains_key(*name))
        {
            self.changes.noted.push(format!("new: the directive @{name}"));
        }
    }

    /// Reports what breaks clients; `at` is where it stands in the lock, and its coordinate.
    fn broken(&mut self, code: &'static str, at: (Option<SourceSpan>, &str), message: String) {
        let (span, coordinate) = at;
        let reason = self.served.unserved.iter().find(|(known, _)| known == coordinate);
        let why = reason.map(|(_, why)| format!(" ({why})")).unwrap_or_default();
        self.changes.report.push(self.sdl.at(code, span).error(
            format!("{message}{why}"),
            "Clients that use it break: bring it back, or, once none does, run `vestibule schema lock --accept`.",
        ));
    }

    /// Notes a deprecation that came or went.
    fn deprecated(&mut self, coordinate: &str, (old, new): (&DirectiveList, &DirectiveList)) {
        match (old.has("deprecated"), new.has("deprecated")) {
            (false, true) => self.changes.noted.push(format!("deprecated: {coordinate}")),
            (true, false) => self.changes.noted.push(format!("no longer deprecated: {coordinate}")),
            _ => {}
        }
    }
}

/// What to add where something is gone: whether clients were told before.
fn told(directives: &DirectiveList) -> &'static str {
    if directives.has("deprecated") {
        "is gone, as its deprecation said"
    } else {
        "is gone, and was not deprecated before"
    }
}

fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "scalar",
        ExtendedType::Object(_) => "object type",
        ExtendedType::Interface(_) => "interface",
        ExtendedType::Union(_) => "union",
        ExtendedType::Enum(_) => "enum",
        ExtendedType::InputObject(_) => "input",
    }
}
