//! Where in a row something is written: the columns of mappings, and putting a value there.

use std::sync::Arc;

use crate::connector::mapping::{Form, Mapping, Origin, Path, Root, Step, ValueMapping};
use crate::connector::resolved::EntityMapping;
use crate::connector::write::WriteTo;
use crate::graph::Shape;
use crate::model::Wire;

/// The steps to where a value is written; `None` where it has no way back.
pub(super) fn column(value: &ValueMapping, of: &EntityMapping) -> Option<Vec<Step>> {
    let path = match &value.write {
        WriteTo::Never => return None,
        WriteTo::Path(path) => path,
        WriteTo::Usual => {
            let plain =
                value.cases.is_empty() && value.when.is_none() && !matches!(value.form, Form::Reference(_, Some(_)));
            match value.from.as_slice() {
                [Origin::Path(path)] if plain => path,
                _ => return None,
            }
        }
    };
    let several = matches!(value.form, Form::Shape(Shape::List { .. }) | Form::Reference(..));
    match (&*path.steps, several) {
        ([inner @ .., Step::Each], true) => {
            steps(&Path { root: path.root, steps: inner.into(), text: Arc::clone(&path.text) }, of)
        }
        _ => steps(path, of),
    }
}

/// The steps of a path that can be written: names, and elements that are told by a member.
pub(super) fn steps(path: &Path, of: &EntityMapping) -> Option<Vec<Step>> {
    let mut steps: Vec<Step> = match path.root {
        Root::Row => Vec::new(),
        Root::Facet(at) => vec![Step::Name(Arc::clone(of.facets.get(at)?.write.as_ref()?))],
        Root::Parent | Root::Header => return None,
    };
    steps.extend(path.steps.iter().cloned());
    let fit = steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Where(..)));
    (fit && !steps.is_empty()).then_some(steps)
}

/// Whether a mapping is written anywhere.
pub(super) fn is_written(mapping: &Mapping, of: &EntityMapping) -> bool {
    match mapping {
        Mapping::One(one) => column(one, of).is_some(),
        // A file is brought by a request of its own, not as a value.
        Mapping::Object(object) | Mapping::Each { fields: object, .. } if object.file.is_some() => false,
        Mapping::Object(object) => object.fields.iter().any(|(_, inner)| is_written(inner, of)),
        Mapping::Each { from, fields, .. } => {
            steps(from, of).is_some() && fields.fields.iter().any(|(_, inner)| is_written(inner, of))
        }
        Mapping::Items(items) => !items.is_empty() && items.iter().all(|item| is_written(item, of)),
    }
}

/// Whether a mapping is written to a column of that name, or has its currency there.
pub(super) fn mentions(mapping: &Mapping, of: &EntityMapping, theirs: &str) -> bool {
    let is = |steps: &[Step]| steps.iter().any(|step| matches!(step, Step::Name(name) if **name == *theirs));
    match mapping {
        Mapping::One(one) => {
            let currency = |origin: &Origin| matches!(origin, Origin::Path(path) if is(&path.steps));
            column(one, of).is_some_and(|steps| is(&steps) || one.currency.iter().any(currency))
        }
        Mapping::Object(object) => object.fields.iter().any(|(_, inner)| mentions(inner, of, theirs)),
        Mapping::Each { fields, .. } => fields.fields.iter().any(|(_, inner)| mentions(inner, of, theirs)),
        Mapping::Items(items) => items.iter().any(|item| mentions(item, of, theirs)),
    }
}

/// Puts a value where some steps lead, and makes what is on the way.
pub(super) fn put(row: &mut Wire, steps: &[Step], value: Wire) {
    let Some((step, rest)) = steps.split_first() else {
        *row = value;
        return;
    };
    match step {
        Step::Name(name) => put(member(row, name), rest, value),
        Step::Where(name, told) => {
            if !matches!(row, Wire::List(_)) {
                *row = Wire::List(Vec::new());
            }
            let Wire::List(items) = row else { return };
            let is_it = |item: &Wire| item.get(name).as_text().as_deref() == Some(told);
            let at = items.iter().position(is_it).unwrap_or(items.len());
            if at == items.len() {
                items.push(Wire::Object(vec![(Arc::clone(name), scalar(told))]));
            }
            if let Some(item) = items.get_mut(at) {
                put(item, rest, value);
            }
        }
        Step::At(_) | Step::Each => {}
    }
}

/// What tells an element is a number where it looks like one, as systems' ids do.
fn scalar(text: &Arc<str>) -> Wire {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = Arc::clone(text).into();
    if digits { Wire::Number(text) } else { Wire::Text(text) }
}

fn member<'w>(row: &'w mut Wire, name: &Arc<str>) -> &'w mut Wire {
    if !matches!(row, Wire::Object(_)) {
        *row = Wire::Object(Vec::new());
    }
    let at = match row {
        Wire::Object(members) => members.iter().position(|(known, _)| known == name),
        _ => None,
    };
    if let (Wire::Object(members), None) = (&mut *row, at) {
        members.push((Arc::clone(name), Wire::Null));
    }
    match row {
        Wire::Object(members) => {
            let at = at.unwrap_or(members.len() - 1);
            &mut members[at].1
        }
        other => other,
    }
}
