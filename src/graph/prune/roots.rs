//! Which fields of the roots, and of the types that the gateway answers, are provided.

use apollo_compiler::schema::ObjectType;

use super::gateway::answers;
use super::kept::Kept;
use super::lists::ServedList;
use super::provided::{Provided, UNANSWERED, UNGUARDED};
use super::search::SEARCH;
use crate::graph::resolved::{Scope, Target};
use crate::graph::rules::is_by_id;

impl<'a> Provided<'a> {
    /// A type answered by the gateway: the fields on the list, as far as what they lead to is provided.
    pub(super) fn gateway(&self, object: &'a ObjectType, kept: &mut Kept) {
        for field in object.fields.values() {
            let coordinate = format!("{}.{}", object.name, field.name);
            let named = field.ty.inner_named_type().as_str();
            let reached = match self.graph.entity_id(named) {
                Some(id) => self.reach(Target::Entity(id)),
                None => Ok(()),
            };
            match reached {
                _ if !answers(&object.name, &field.name) => kept.leave(&coordinate, UNANSWERED.to_owned()),
                Err(reason) => kept.leave(&coordinate, reason),
                Ok(()) => {
                    kept.keep(&object.name, &field.name);
                    self.made(named, kept);
                }
            }
        }
    }

    /// A value that the gateway makes has the fields that are required.
    fn made(&self, named: &str, kept: &mut Kept) {
        let Some(object) = self.sdl.object(named) else { return };
        if object.directives.has("entity") || object.directives.has("gateway") {
            return;
        }
        for field in object.fields.values().filter(|field| field.ty.is_non_null()) {
            if kept.keep(named, &field.name) {
                self.made(field.ty.inner_named_type(), kept);
            }
        }
    }

    pub(super) fn roots(&self, kept: &mut Kept, lists: &mut Vec<ServedList<'a>>) {
        let roots = &self.sdl.schema.schema_definition;
        self.writes(kept);
        self.pushed(kept);
        let Some(query) = roots.query.as_ref().and_then(|query| self.sdl.object(&query.name)) else { return };
        for field in query.fields.values().filter(|field| field.name != SEARCH) {
            let named = field.ty.inner_named_type().as_str();
            let answer = if answers(&query.name, &field.name) {
                Ok(None)
            } else if self.unguarded(&query.name, &field.name, &["stepUp", "permission"]).is_err() {
                Err(UNGUARDED.to_owned())
            } else if let Some(listed) = self.sdl.listed(named) {
                self.list_of_all(&listed.name)
                    .map(|list| Some(ServedList { parent: &query.name, field: &field.name, ..list }))
            } else if let Some(id) = self.graph.entity_id(named).filter(|_| is_by_id(field)) {
                self.reach(Target::Entity(id)).map(|()| None)
            } else if field.directives.has("computed") {
                Err("the gateway does not ask systems to work out a field yet".to_owned())
            } else {
                Err(UNANSWERED.to_owned())
            };
            match answer {
                Ok(list) => {
                    kept.keep(&query.name, &field.name);
                    lists.extend(list);
                }
                Err(reason) => kept.leave(&format!("{}.{}", query.name, field.name), reason),
            }
        }
        self.search(&query.name, lists, kept);
    }

    /// A list on `Query`: only of what is for everybody signed in.
    fn list_of_all(&self, name: &str) -> Result<ServedList<'a>, String> {
        let id = self.graph.entity_id(name).unwrap_or(self.graph.hub);
        match self.graph.entity(id).map(|entity| entity.scope) {
            Some(Scope::Tenant) => self.list(id, "all"),
            _ => Err("the gateway does not list what belongs to accounts over all of them yet".to_owned()),
        }
    }

    /// What is pushed: changes of whatever is served, since the gateway's own writes are changes as well.
    fn pushed(&self, kept: &mut Kept) {
        let Some(subscription) = &self.sdl.schema.schema_definition.subscription else { return };
        let Some(object) = self.sdl.object(&subscription.name) else { return };
        for field in object.fields.values() {
            if self.coverage.entities.is_empty() {
                kept.leave(&object.name, "no source has records that could change".to_owned());
            } else if answers(&object.name, &field.name) {
                kept.keep(&object.name, &field.name);
            } else {
                kept.leave(&format!("{}.{}", object.name, field.name), UNANSWERED.to_owned());
            }
        }
    }
}
