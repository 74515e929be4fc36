//! Which figures over lists are provided: where the list is, and all that a figure looks at is told by who lists it.

use super::provided::{Fields, Provided, builtin};
use crate::graph::closed;
use crate::graph::resolved::{Entity, EntityCoverage, FieldKind, Figure, ListCoverage, Shape};
use crate::model::{EntityId, FieldId, ValueTypeId};

/// What is listed, and what its owner does for it.
#[derive(Clone, Copy)]
pub(super) struct Listed<'l> {
    pub(super) entity: &'l Entity,
    pub(super) covered: &'l EntityCoverage,
    pub(super) can: &'l ListCoverage,
}

impl<'a> Provided<'a> {
    /// Whether a figure over a list of an entity is provided, with the fields of its value.
    pub(super) fn figure(&self, entity: &Entity, figure: &Figure) -> Result<Fields, String> {
        let (of, by, listed) = self.listed(entity, &figure.list)?;
        for covered in self.owners(of) {
            let Some(can) = covered.lists.get(by) else {
                return Err(format!("`{}` does not list {} by `{by}`", covered.owner, listed.name));
            };
            let listed = Listed { entity: listed, covered, can };
            if let Some(name) = &figure.field {
                listed.told(listed.entity.field_id(name), name)?;
            }
            for (name, _) in figure.tests() {
                listed.tested(name)?;
            }
        }
        Ok(self.inside(&figure.shape))
    }

    /// The list of that name, if it is served to everybody who may see it: of what it is, by which field, and what that is.
    pub(super) fn listed(&self, entity: &Entity, name: &str) -> Result<(EntityId, &'a str, &'a Entity), String> {
        let Some((list, of, inverse)) = entity.list(name) else {
            return Err(format!("{} has no list `{name}`", entity.name));
        };
        self.unguarded(&entity.name, &list.name, &["stepUp"])?;
        let by = self.field_name(of, inverse);
        let served = self.list(of, by)?;
        let Some(listed) = self.graph.entity(of) else { return Err(format!("no source provides {}", served.of)) };
        Ok((of, by, listed))
    }

    /// A value object of figures is provided where one of them is.
    pub(super) fn figures(&self, entity: &Entity, id: ValueTypeId) -> Result<Fields, String> {
        let Some(value) = self.graph.value_type(id) else { return Err(format!("{} has no figures", entity.name)) };
        let (mut fields, mut reason) = (Vec::new(), None);
        for field in &value.fields {
            let FieldKind::Figure(figure) = &field.kind else { continue };
            match self.unguarded(&value.name, &field.name, &["stepUp"]).and_then(|()| self.figure(entity, figure)) {
                Ok(inside) => {
                    fields.push((value.name.to_string(), field.name.to_string()));
                    fields.extend(inside);
                }
                Err(why) if field.non_null => {
                    return Err(format!("its required `{}` is not served: {why}", field.name));
                }
                Err(why) => reason = reason.or(Some(why)),
            }
        }
        if fields.is_empty() {
            Err(reason.unwrap_or_else(|| format!("{} has no figures", value.name)))
        } else {
            Ok(fields)
        }
    }

    /// Why the figures of a value object that is served are not, by coordinate.
    pub(super) fn figures_left(&self, entity: &Entity, id: ValueTypeId) -> Vec<(String, String)> {
        let value = self.graph.value_type(id);
        let figures = value.into_iter().flat_map(|value| value.fields.iter().map(move |field| (value, field)));
        let left = figures.filter_map(|(value, field)| {
            let FieldKind::Figure(figure) = &field.kind else { return None };
            let why = self.figure(entity, figure).err()?;
            Some((format!("{}.{}", value.name, field.name), why))
        });
        left.collect()
    }

    /// The fields of the money that a figure may be.
    fn inside(&self, shape: &Shape) -> Fields {
        match shape {
            Shape::List { of, .. } => self.inside(of),
            Shape::Object(id) => self.graph.value_type(*id).map(builtin).unwrap_or_default(),
            Shape::Scalar(_) | Shape::Enum(_) => Vec::new(),
        }
    }
}

impl Listed<'_> {
    /// What is looked at has to come with the list: from the source that lists.
    pub(super) fn told(&self, id: Option<FieldId>, name: &str) -> Result<(), String> {
        let (of, owner) = (&self.entity.name, &self.covered.owner);
        let field = id.and_then(|id| self.entity.field(id));
        if !matches!(field.map(|field| &field.kind), Some(FieldKind::Stored(_) | FieldKind::Reference(_))) {
            return Err(format!("`{name}` is no field of {of} that a system tells"));
        }
        match self.covered.fields.get(name) {
            Some(source) if source == owner => Ok(()),
            Some(source) => Err(format!("`{source}` tells {of}.{name}, and not `{owner}`, which lists {of}")),
            None => Err(format!("`{owner}` does not map {of}.{name}")),
        }
    }

    pub(super) fn tested(&self, name: &str) -> Result<(), String> {
        let (of, owner) = (&self.entity.name, &self.covered.owner);
        if name == "search" {
            let known = self.can.filter.iter().any(|known| known == name);
            return if known { Ok(()) } else { Err(format!("`{owner}` does not search this list of {of}")) };
        }
        let id = self.entity.field_id(name);
        match id.and_then(|id| self.entity.field(id)).map(|field| &field.kind) {
            Some(FieldKind::Derived(expression)) => {
                let conditions = closed(expression, self.entity)
                    .ok_or_else(|| format!("a list cannot be filtered by the expression of {of}.{name}"))?;
                conditions.iter().try_for_each(|condition| {
                    let field = self.entity.field(condition.field);
                    self.told(Some(condition.field), field.map_or("", |field| &field.name))
                })
            }
            _ => self.told(id, name),
        }
    }
}
