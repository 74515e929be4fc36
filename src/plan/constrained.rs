//! Arguments with bounds of their own (`@constraint`): checked for each request, before anything is sent.

use std::sync::Arc;

use apollo_compiler::response::JsonMap;

use super::input::{Input, Template};
use super::prepare::GraphqlError;
use super::tree::Plan;
use crate::error::{Code, Error};
use crate::graph::{Bounds, Constraint};

/// An argument of a field of the operation, with its bounds.
#[derive(Debug)]
pub struct Constrained {
    /// The argument's name.
    pub(super) name: Arc<str>,
    pub(super) value: Template,
    pub(super) bounds: Constraint,
    /// Line and column of the field.
    pub(super) at: (u32, u32),
}

/// Checks every argument that has bounds.
///
/// # Errors
/// [`Code::BadUserInput`] for each that is outside of them.
pub fn within_bounds(plan: &Plan, variables: &JsonMap) -> Result<(), Vec<GraphqlError>> {
    let outside = plan.constrained.iter().filter_map(|argument| {
        let message = argument.outside(&argument.value.resolve(variables)?)?;
        Some(GraphqlError { error: Error::public(Code::BadUserInput, message), locations: vec![argument.at] })
    });
    let errors: Vec<GraphqlError> = outside.collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

impl Constrained {
    /// What is wrong with a value. Null is for the type to allow.
    fn outside(&self, value: &Input) -> Option<String> {
        let (bounds, count, unit) = match value {
            Input::Text(text) => (self.bounds.letters, text.trim().chars().count(), "letters"),
            Input::List(items) => (self.bounds.items, items.len(), "elements"),
            _ => return None,
        };
        let name = &self.name;
        let Bounds { least, most } = bounds;
        if let Some(least) = least.filter(|least| count < *least) {
            return Some(format!("`{name}` has at least {least} {unit}; this has {count}."));
        }
        let most = most.filter(|most| count > *most)?;
        Some(format!("`{name}` has at most {most} {unit}; this has {count}."))
    }
}
