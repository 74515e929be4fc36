//! Random fragments, and the conditions under which a part of a document counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use serde_json::json;

use crate::document::Writer;

/// The object types that may stand where the schema names a type.
pub struct Possible(BTreeMap<String, BTreeSet<String>>);

impl Possible {
    pub fn of(schema: &Schema) -> Self {
        let composite = schema.types.iter().filter(|(_, ty)| ty.is_object() || ty.is_interface() || ty.is_union());
        let objects: Vec<&str> =
            schema.types.iter().filter(|(_, ty)| ty.is_object()).map(|(name, _)| name.as_str()).collect();
        let possible = |name: &str| {
            let fits = |object: &&&str| **object == name || schema.is_subtype(name, object);
            objects.iter().filter(fits).map(ToString::to_string).collect()
        };
        Self(composite.map(|(name, _)| (name.to_string(), possible(name))).collect())
    }

    pub fn overlap(&self, one: &str, other: &str) -> bool {
        let both = self.0.get(one).zip(self.0.get(other));
        both.is_some_and(|(one, other)| !one.is_disjoint(other))
    }
}

impl Writer<'_> {
    pub(crate) fn inline(&mut self, ty: &str, depth: usize) -> String {
        let condition = if self.chance.once_in(4) { None } else { self.condition(ty) };
        let directives = self.directives("INLINE_FRAGMENT");
        let inside = condition.clone().unwrap_or_else(|| ty.to_owned());
        self.features.count("inline fragments");
        self.condition_counts(&inside);
        let on = condition.map_or_else(String::new, |on| format!(" on {on}"));
        format!("...{on}{directives}{}", self.selection(&inside, depth + 1))
    }

    pub(crate) fn spread(&mut self, ty: &str, depth: usize) -> String {
        self.features.count("fragments");
        if self.slips(15) {
            return "...Nobody".to_owned();
        }
        let known: Vec<(String, String)> = self
            .fragments
            .iter()
            // A fragment that is being written has no text: spread in itself it would be a cycle.
            .filter(|(_, on, text)| (!text.is_empty() || self.mistake) && self.possible.overlap(ty, on))
            .map(|(name, on, _)| (name.clone(), on.clone()))
            .collect();
        if !known.is_empty() && self.chance.once_in(2) {
            let (name, on) = self.chance.one(&known).clone();
            self.condition_counts(&on);
            return format!("...{name}{}", self.directives("FRAGMENT_SPREAD"));
        }
        let on = self.condition(ty).unwrap_or_else(|| ty.to_owned());
        self.condition_counts(&on);
        let name = format!("F{}", self.fragments.len());
        let at = self.fragments.len();
        self.fragments.push((name.clone(), on.clone(), String::new()));
        let text = self.selection(&on, depth.max(1));
        self.fragments[at].2 = text.trim_start().to_owned();
        format!("...{name}{}", self.directives("FRAGMENT_SPREAD"))
    }

    fn condition_counts(&mut self, on: &str) {
        match self.schema.types.get(on) {
            Some(ExtendedType::Interface(_)) => self.features.count("fragments on interfaces"),
            Some(ExtendedType::Union(_)) => self.features.count("fragments on unions"),
            _ => {}
        }
    }

    /// A type that a fragment may be on where `ty` stands.
    fn condition(&mut self, ty: &str) -> Option<String> {
        let composite = self.schema.types.iter().filter(|(_, of)| of.is_object() || of.is_interface() || of.is_union());
        let wrong = self.mistake && self.chance.once_in(20);
        let fitting: Vec<String> = composite
            .filter(|(name, of)| !of.is_built_in() && (wrong || self.possible.overlap(ty, name)))
            .map(|(name, _)| name.to_string())
            .collect();
        if wrong {
            self.mistake = false;
        }
        (!fitting.is_empty()).then(|| self.chance.one(&fitting).clone())
    }

    pub(crate) fn directives(&mut self, place: &str) -> String {
        let mut out = String::new();
        if self.chance.once_in(7) {
            let name = ["skip", "include"][self.chance.below(2)];
            self.features.count(&format!("@{name}"));
            let value =
                if name == "skip" && self.chance.below(3) > 0 { "false".to_owned() } else { self.condition_value() };
            let _ = write!(out, " @{name}(if: {value})");
            if self.chance.once_in(6) {
                let other = if name == "skip" { "include" } else { "skip" };
                let _ = write!(out, " @{other}(if: {})", self.condition_value());
            }
            if self.slips(10) {
                let _ = write!(out, " @{name}(if: true)");
            }
        }
        if place == "FIELD" && self.chance.once_in(40) {
            out.push_str(" @live");
        }
        if self.slips(80) {
            out.push_str(
                [" @nothing", " @skip", " @include(if: \"yes\")", " @deprecated", " @skip(if: true, nothing: 1)"]
                    [self.chance.below(5)],
            );
        }
        out
    }

    /// What `@skip` or `@include` looks at: see the README for why null is never sent to it.
    fn condition_value(&mut self) -> String {
        let value = ["true", "false"][self.chance.below(2)];
        if self.chance.once_in(2) {
            return value.to_owned();
        }
        self.features.count("@skip or @include by variable");
        let name = format!("c{}", self.declared.len());
        let given = self.chance.once_in(2);
        let declared = match self.chance.below(3) {
            0 => format!("${name}: Boolean!"),
            1 => format!("${name}: Boolean! = {value}"),
            _ => format!("${name}: Boolean = {value}"),
        };
        if given || !declared.contains('=') {
            self.variables.insert(name.clone(), json!(self.chance.once_in(2)));
        }
        self.declared.push(declared);
        format!("${name}")
    }
}
