//! Values: the form in which a stored field is written, through value objects and lists down to the references in them.

use std::sync::Arc;

use super::build::{Builder, Merged, sets};
use super::records::{Making, fallback, with_permissions};
use super::tree::{Fallback, FileField, FileLink, Form, Hop, Slot, What};
use crate::graph::{Builtin, FieldKind, Shape, ValueType};

impl<'a> Builder<'a> {
    /// The form of a stored value; `making.path` leads from the record to it.
    pub(super) fn form(&mut self, making: &mut Making, shape: &Shape, fields: Merged<'_, 'a>) -> Form {
        match shape {
            Shape::Scalar(_) | Shape::Enum(_) => Form::Leaf,
            Shape::List { of, elements_non_null } => {
                let of = Box::new(self.form(making, of, fields));
                Form::List { of, elements_non_null: *elements_non_null }
            }
            Shape::Object(id) => {
                let graph = Arc::clone(&self.planner.graph);
                let Some(value) = graph.value_type(*id) else { return Form::Leaf };
                let what = |builder: &mut Self, fields: Merged<'_, 'a>| builder.member(making, value, fields);
                Form::Object(with_permissions(self.object(&value.name, &sets(fields), what), &value.fields))
            }
        }
    }

    /// A link to a file: how the file is found again in its record.
    fn link(&self, making: &Making, name: &str) -> What {
        let part = match name {
            "url" => FileField::Url,
            "previewUrl" => FileField::Preview,
            "expiresAt" => FileField::Expires,
            _ => return What::Absent,
        };
        let graph = &self.planner.graph;
        let mut fields = graph.entity(making.entity).map_or(&[][..], |entity| &entity.fields);
        let (mut path, mut several) = (Vec::new(), false);
        for hop in &making.path {
            let Some(field) = fields.get(usize::from(hop.field.0)) else { return What::Absent };
            // What hangs on arguments cannot be read anew without them.
            let FieldKind::Stored(shape) = &field.kind else {
                return What::Refused(Arc::from("Links to files that are worked out are not served."));
            };
            let mut shape = shape;
            while let Shape::List { of, .. } = shape {
                (shape, several) = (of, true);
            }
            fields = match shape {
                Shape::Object(id) => graph.value_type(*id).map_or(&[][..], |value| &value.fields),
                _ => &[],
            };
            path.push(Arc::clone(&field.name));
        }
        What::File(FileLink { part, path: path.into(), several })
    }

    fn member(&mut self, making: &mut Making, value: &ValueType, fields: Merged<'_, 'a>) -> What {
        let Some(first) = fields.first() else { return What::Absent };
        let found = value.field_id(&first.name).and_then(|id| Some((id, value.fields.get(usize::from(id.0))?)));
        let Some((id, field)) = found else { return What::Absent };
        if let FieldKind::Figure(figure) = &field.kind {
            let graph = Arc::clone(&self.planner.graph);
            return graph
                .entity(making.entity)
                .map_or(What::Absent, |entity| self.figure(making, (entity, figure), fields));
        }
        making.path.push(Hop { field: id, first: self.argument(first, "first") });
        let form = match &field.kind {
            FieldKind::Stored(shape) => Some(self.form(making, shape, fields)),
            FieldKind::Reference(target) => Some(self.reference(making, (*target, &value.name), fields)),
            FieldKind::References(target) => {
                let of = Box::new(self.reference(making, (*target, &value.name), fields));
                Some(Form::List { of, elements_non_null: first.definition.ty.item_type().is_non_null() })
            }
            FieldKind::Gateway if value.builtin == Some(Builtin::File) => {
                making.path.pop();
                return self.link(making, &first.name);
            }
            // The inside of built-in values comes with the value.
            FieldKind::Gateway | FieldKind::Derived(_) if value.builtin.is_some() => Some(Form::Leaf),
            _ => None,
        };
        making.path.pop();
        let Some(form) = form else {
            return What::Refused(Arc::from(format!("`{}.{}` is not served yet.", value.name, first.name)));
        };
        // The key is the record's, not the value's: it is no name for a part of it.
        let fallback = match fallback(&value.fields, &first.name) {
            Fallback::Key => Fallback::None,
            other => other,
        };
        What::Slot(Slot { field: id, form, fallback, first: self.argument(first, "first") })
    }
}
