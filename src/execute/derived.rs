//! Derived fields, worked out for each record and caller.

use std::sync::Arc;

use super::record::Of;
use super::run::Run;
use crate::error::{Code, Error};
use crate::graph::{Derived, Field, FieldKind, Graph, Shape};
use crate::model::{Value, Wire};

/// The value of a derived field.
///
/// # Errors
/// A field it needs could not be read, or the expression failed.
pub(super) fn evaluate(derived: &Derived, of: Of<'_>, run: &Run<'_>) -> Result<Value, Error> {
    if let Some(conditions) = &derived.closed {
        let mut all = true;
        for condition in conditions {
            let value = of.value(condition.field)?;
            if let Value::Fault(error) = value {
                return Err(error.clone());
            }
            let holds = condition.holds(value, &run.today);
            all &=
                holds.ok_or_else(|| Error::new(Code::Internal, "a derived field compares values of another kind"))?;
        }
        return Ok(Value::Bool(all));
    }
    let Some(program) = &derived.program else { return Ok(Value::Null) };
    let graph = &run.executor.planner.graph;
    let Some(entity) = graph.entity(of.plan.entity) else { return Ok(Value::Null) };
    let mut values = Vec::new();
    for id in derived.needs.iter() {
        if let Some(field) = entity.field(id) {
            values.push((&*field.name, wire(graph, field, of.value(id)?)?));
        }
    }
    values.push(("today", Wire::Text(Arc::clone(&run.today).into())));
    // Who looks at it is only said where the expression has the word.
    if program.text().contains("viewer") {
        values.push(("viewer", viewer(run)));
    }
    let names: Vec<(&str, &Wire)> = values.iter().map(|(name, value)| (*name, value)).collect();
    match program.evaluate(&names) {
        Ok(Wire::Bool(value)) => Ok(Value::Bool(value)),
        Ok(Wire::Text(text)) => Ok(Value::text(&text)),
        Ok(Wire::Number(digits)) => Ok(digits.parse().map_or_else(|_| Value::text(&digits), Value::Int)),
        Ok(_) => Ok(Value::Null),
        Err(error) => Err(Error::new(Code::Internal, format!("`{}`: {error}", program.text()))),
    }
}

fn viewer(run: &Run<'_>) -> Wire {
    let caller = run.caller();
    let text = |text: &str| Wire::Text(text.into());
    Wire::Object(vec![
        (Arc::from("name"), text(&caller.name)),
        (Arc::from("email"), caller.email.as_deref().map_or(Wire::Null, text)),
        (Arc::from("locale"), text(&caller.locale)),
    ])
}

fn wire(graph: &Graph, field: &Field, value: &Value) -> Result<Wire, Error> {
    match &field.kind {
        FieldKind::Stored(shape) => shaped(graph, shape, value),
        _ => Ok(Wire::Null),
    }
}

fn shaped(graph: &Graph, shape: &Shape, value: &Value) -> Result<Wire, Error> {
    Ok(match (shape, value) {
        (_, Value::Fault(error)) => return Err(error.clone()),
        (_, Value::Bool(value)) => Wire::Bool(*value),
        (_, Value::Int(number)) => Wire::Number(number.to_string().into()),
        (_, Value::Text(text)) => Wire::Text(text.clone()),
        (Shape::List { of, .. }, Value::List(items)) => {
            Wire::List(items.iter().map(|item| shaped(graph, of, item)).collect::<Result<_, _>>()?)
        }
        (Shape::Object(id), Value::Object(values)) => {
            let fields = graph.value_type(*id).map(|value| value.fields.as_slice()).unwrap_or_default();
            let members = fields.iter().zip(values.iter());
            let member = |(field, value): (&Field, &Value)| Ok((Arc::clone(&field.name), wire(graph, field, value)?));
            Wire::Object(members.map(member).collect::<Result<_, Error>>()?)
        }
        _ => Wire::Null,
    })
}
