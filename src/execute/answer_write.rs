//! The answer to a write: the record, what else it shows, and what the person has to put right.

use super::answer::{Writer, Written};
use super::write::{Answer, UserError};
use crate::connector::normal;
use crate::error::{Code, Error};
use crate::graph::Scalar;
use crate::model::Wire;
use crate::plan::{Output, PayloadField, What};

impl<'w> Writer<'w> {
    /// The answer of the mutation of that number.
    pub(super) fn mutation(&mut self, number: usize) -> Written {
        let found = self.plan.mutations.get(number).zip(self.done.get(number));
        let Some((plan, done)) = found else { return Ok(false) };
        let answer = match &done.answer {
            Ok(answer) => answer,
            Err(error) => {
                self.note_failure(error);
                return Err(self.fail(error));
            }
        };
        let around = std::mem::replace(&mut self.hanging, (&plan.children, &done.children));
        let written = self.object(&plan.payload, |writer, output| writer.payload(answer, output));
        self.hanging = around;
        written
    }

    fn payload(&mut self, answer: &'w Answer, output: &'w Output) -> Written {
        match &output.what {
            What::Payload(PayloadField::Record(child)) => self.caller_slot(*child, 0),
            What::Payload(PayloadField::Errors(outputs)) => self.list(&answer.errors, true, |writer, error| {
                writer.object(outputs, |writer, output| writer.user_error(error, output))
            }),
            What::Payload(PayloadField::Given(scalar)) => {
                let given = answer.gives.iter().find(|(name, _)| *name == output.name);
                given.map_or(Ok(false), |(_, value)| self.given(value, *scalar))
            }
            _ => self.caller_field(output, None),
        }
    }

    fn user_error(&mut self, error: &'w UserError, output: &'w Output) -> Written {
        match &output.what {
            What::Payload(PayloadField::Code) => self.text(error.code.name()),
            What::Payload(PayloadField::Message) => {
                let words = error.words(self.run.locale());
                self.text(words)
            }
            What::Payload(PayloadField::Path) if error.path.is_empty() => Ok(false),
            What::Payload(PayloadField::Path) => self.list(&error.path, true, |writer, step| writer.text(step)),
            what => self.plain(what),
        }
    }

    /// A value of the system's answer. A browser is sent to an address of it: one that is none is not told.
    fn given(&mut self, value: &'w Wire, scalar: Option<Scalar>) -> Written {
        match value {
            Wire::Null | Wire::Object(_) => Ok(false),
            Wire::Bool(value) => self.boolean(*value),
            Wire::Number(text) | Wire::Text(text) => match scalar.map(|scalar| normal(scalar, text)) {
                None => self.text(text),
                Some(Some(text)) => self.text(&text),
                Some(None) => {
                    let what = "what the system gave is no value of the field's type";
                    Err(self.fail(&Error::new(Code::UpstreamRejected, what)))
                }
            },
            Wire::List(items) => self.list(items, false, |writer, item| writer.given(item, scalar)),
        }
    }
}
