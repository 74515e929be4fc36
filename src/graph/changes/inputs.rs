//! What clients send: arguments, and the fields of inputs.

use apollo_compiler::Node;
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::InputObjectType;

use super::codes::{L030, L031, L032, L040, L041, L042, L043, L060};
use super::types::inputs_fit;
use super::{Comparing, told};

/// What a value is called, and its codes.
struct Sent<'a> {
    coordinate: &'a str,
    other_type: &'static str,
}

impl Comparing<'_> {
    /// The arguments of a field or directive, which stands at `span` in the lock.
    pub(super) fn arguments(
        &mut self,
        (of, span): (&str, Option<SourceSpan>),
        (before, after): (&[Node<InputValueDefinition>], &[Node<InputValueDefinition>]),
    ) {
        for old in before {
            let coordinate = format!("{of}({}:)", old.name);
            match after.iter().find(|new| new.name == old.name) {
                Some(new) => self.sent(Sent { coordinate: &coordinate, other_type: L031 }, (old, new)),
                None => {
                    let what = format!("the argument `{coordinate}` {}", told(&old.directives));
                    self.broken(L030, (old.name.location(), &coordinate), what);
                }
            }
        }
        for new in after.iter().filter(|new| !before.iter().any(|old| old.name == new.name)) {
            let coordinate = format!("{of}({}:)", new.name);
            if new.is_required() {
                self.broken(L032, (span, &coordinate), format!("the new argument `{coordinate}` is required"));
            } else {
                self.changes.noted.push(format!("new: {coordinate}"));
            }
        }
    }

    pub(super) fn input(&mut self, before: &InputObjectType, after: &InputObjectType) {
        if after.directives.has("oneOf") && !before.directives.has("oneOf") {
            let what = format!("`{}` takes exactly one of its fields now", before.name);
            self.broken(L043, (before.name.location(), &before.name), what);
        }
        for old in before.fields.values() {
            let coordinate = format!("{}.{}", before.name, old.name);
            match after.fields.get(&old.name) {
                Some(new) => self.sent(Sent { coordinate: &coordinate, other_type: L041 }, (old, new)),
                None => {
                    let what = format!("`{coordinate}` {}", told(&old.directives));
                    self.broken(L040, (old.name.location(), &coordinate), what);
                }
            }
        }
        for new in after.fields.values().filter(|new| !before.fields.contains_key(&new.name)) {
            let coordinate = format!("{}.{}", before.name, new.name);
            if new.is_required() {
                let what = format!("the new `{coordinate}` is required");
                self.broken(L042, (before.name.location(), &coordinate), what);
            } else {
                self.changes.noted.push(format!("new: {coordinate}"));
            }
        }
    }

    fn sent(&mut self, sent: Sent<'_>, (old, new): (&InputValueDefinition, &InputValueDefinition)) {
        let Sent { coordinate, other_type } = sent;
        let was = old.default_value.as_ref().map(ToString::to_string);
        let is = new.default_value.as_ref().map(ToString::to_string);
        // Whoever left it out may not leave it out any more, whatever the type says.
        let asked = new.is_required() && !old.is_required();
        if !inputs_fit(&old.ty, &new.ty) || asked {
            let what = format!("`{coordinate}` was {}, and is {}", written(old), written(new));
            self.broken(other_type, (old.name.location(), coordinate), what);
        } else if was != is {
            let none = || "nothing".to_owned();
            self.changes.report.push(self.sdl.at(L060, old.name.location()).warning(
                format!(
                    "where `{coordinate}` is left out it was {}, and is {}",
                    was.unwrap_or_else(none),
                    is.unwrap_or_else(none)
                ),
                "Queries that leave it out get another answer: see that none minds, and run `vestibule schema lock`.",
            ));
        }
        self.deprecated(coordinate, (&old.directives, &new.directives));
    }
}

fn written(of: &InputValueDefinition) -> String {
    match &of.default_value {
        Some(default) => format!("{} = {default}", of.ty),
        None => of.ty.to_string(),
    }
}
