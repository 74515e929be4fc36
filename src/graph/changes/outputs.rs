//! What clients get: fields, interfaces, unions, enums.

use apollo_compiler::Name;
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{Component, ComponentName, EnumType, FieldDefinition, UnionType};

use super::codes::{L012, L013, L014, L020, L021, L022};
use super::types::{answers_fit, promises_kept};
use super::{Comparing, told};

type Fields = IndexMap<Name, Component<FieldDefinition>>;

impl Comparing<'_> {
    pub(super) fn fields(&mut self, of: &Name, (before, after): (&Fields, &Fields)) {
        for old in before.values() {
            let coordinate = format!("{of}.{}", old.name);
            let at = (old.name.location(), coordinate.as_str());
            let Some(new) = after.get(&old.name) else {
                self.broken(L020, at, format!("`{coordinate}` {}", told(&old.directives)));
                continue;
            };
            if !answers_fit(&old.ty, &new.ty) {
                self.broken(L021, at, format!("`{coordinate}` was {}, and is {}", old.ty, new.ty));
            } else if !promises_kept(&old.directives, (&new.directives, &new.ty)) {
                self.broken(L022, at, format!("`{coordinate}` may be null without an error, which it could not"));
            }
            self.deprecated(&coordinate, (&old.directives, &new.directives));
            self.arguments((&coordinate, old.name.location()), (&old.arguments, &new.arguments));
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            self.changes.noted.push(format!("new: {of}.{name}"));
        }
    }

    pub(super) fn interfaces(
        &mut self,
        of: &Name,
        (before, after): (&IndexSet<ComponentName>, &IndexSet<ComponentName>),
    ) {
        let has = |all: &IndexSet<ComponentName>, name: &Name| all.iter().any(|known| known.name == *name);
        for old in before.iter().filter(|old| !has(after, &old.name)) {
            self.broken(L014, (old.name.location(), of), format!("`{of}` is no `{}` any more", old.name));
        }
        for new in after.iter().filter(|new| !has(before, &new.name)) {
            self.changes.noted.push(format!("new: {of} is a {}", new.name));
        }
    }

    pub(super) fn members(&mut self, before: &UnionType, after: &UnionType) {
        let has = |of: &UnionType, name: &Name| of.members.iter().any(|known| known.name == *name);
        for old in before.members.iter().filter(|old| !has(after, &old.name)) {
            let what = format!("`{}` is no `{}` any more", old.name, before.name);
            self.broken(L012, (old.name.location(), &before.name), what);
        }
        for new in after.members.iter().filter(|new| !has(before, &new.name)) {
            self.changes.noted.push(format!("new: {} may be a {}", before.name, new.name));
        }
    }

    pub(super) fn values(&mut self, before: &EnumType, after: &EnumType) {
        for old in before.values.values() {
            let coordinate = format!("{}.{}", before.name, old.value);
            match after.values.get(&old.value) {
                Some(new) => self.deprecated(&coordinate, (&old.directives, &new.directives)),
                None => {
                    let what = format!("the value `{coordinate}` {}", told(&old.directives));
                    self.broken(L013, (old.value.location(), &coordinate), what);
                }
            }
        }
        for value in after.values.keys().filter(|value| !before.values.contains_key(*value)) {
            self.changes.noted.push(format!("new: {}.{value}", before.name));
        }
    }
}
