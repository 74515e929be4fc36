//! Mutations in a plan: what is written, one after the other, and what each answers.

use std::sync::Arc;

use apollo_compiler::executable::{Field, SelectionSet};

use super::build::{Builder, Merged, sets};
use super::input::Template;
use super::records::Mode;
use super::tree::{Child, GatewayField, Hangs, Outputs, What};
use crate::graph::{Mutation, Scalar};
use crate::model::{EntityId, SourceId};

/// One write that an operation asks for.
#[derive(Debug)]
pub struct MutationPlan {
    /// The write.
    pub mutation: Arc<Mutation>,
    /// Its place in the answer: the response key.
    pub key: Arc<str>,
    /// Its input.
    pub input: Template,
    /// The sources that have the write: of a record that is changed, its owner has to be one of them.
    pub sources: Vec<SourceId>,
    /// What is written of its answer.
    pub payload: Outputs,
    /// The places that hang on what was written, or on the caller; read afterwards.
    pub children: Vec<Child>,
}

/// The fields of a mutation's answer.
#[derive(Debug)]
pub enum PayloadField {
    /// A record, of that child.
    Record(usize),
    /// `userErrors`.
    Errors(Outputs),
    /// `UserError.code`.
    Code,
    /// `UserError.message`.
    Message,
    /// `UserError.path`.
    Path,
    /// A value of the system's own answer: of that scalar.
    Given(Option<Scalar>),
}

impl<'a> Builder<'a> {
    /// The root of a mutation.
    pub(super) fn mutations(&mut self, ty: &str, set: &'a SelectionSet) -> Outputs {
        self.object(ty, &[set], |builder, fields| match builder.mutation(fields) {
            Some(plan) => {
                builder.mutations.push(plan);
                What::Mutation(builder.mutations.len() - 1)
            }
            None => What::Absent,
        })
    }

    fn mutation(&mut self, fields: Merged<'_, 'a>) -> Option<MutationPlan> {
        let field = *fields.first()?;
        let graph = Arc::clone(&self.planner.graph);
        let mutation = graph.mutations.iter().find(|known| *known.name == *field.name.as_str())?;
        let sources = self.planner.catalog.writers(mutation.entity, &mutation.operation);
        let input = self.argument(field, "input")?;
        // What hangs on the caller is read after the write, and for each write anew.
        let before = std::mem::take(&mut self.children);
        let payload =
            self.object(&mutation.payload, &sets(fields), |builder, fields| builder.payload(mutation.entity, fields));
        let children = std::mem::replace(&mut self.children, before);
        let key = Arc::from(field.response_key().as_str());
        Some(MutationPlan { mutation: Arc::clone(mutation), key, input, sources, payload, children })
    }

    fn payload(&mut self, written: EntityId, fields: Merged<'_, 'a>) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        let named = field.definition.ty.inner_named_type().as_str();
        match named {
            "Viewer" => {
                let viewer =
                    self.object("Viewer", &sets(fields), |builder, fields| builder.viewer_field(fields, false));
                return What::Gateway(GatewayField::Viewer(viewer));
            }
            "UserError" => {
                return What::Payload(PayloadField::Errors(
                    self.object("UserError", &sets(fields), |_, fields| user_error(fields)),
                ));
            }
            _ => {}
        }
        let Some(of) = self.planner.graph.entity_id(named) else {
            return What::Payload(PayloadField::Given(Scalar::named(named)));
        };
        let place = self.place(&[of], &[sets(fields)], Mode { live: false, read: true });
        let what = (of != written).then(|| Arc::from(field.name.as_str()));
        What::Payload(PayloadField::Record(self.hang(("Mutation", field), Hangs::Written(what), place)))
    }
}

fn user_error(fields: &[&apollo_compiler::Node<Field>]) -> What {
    What::Payload(match fields.first().map(|field| field.name.as_str()) {
        Some("code") => PayloadField::Code,
        Some("message") => PayloadField::Message,
        Some("path") => PayloadField::Path,
        _ => return What::Absent,
    })
}
