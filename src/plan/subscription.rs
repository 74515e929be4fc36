//! Subscriptions: an operation that is answered again for each change, by the same plan.
//!
//! What is told of a change itself comes as variables whose names no client can write, and so does the id that the record is
//! read by: a push is a query, with the same checks.

use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::executable::Field;

use super::build::{Builder, Merged, sets};
use super::input::Template;
use super::records::Mode;
use super::tree::{GatewayField, Hangs, Plan, What};
use crate::model::{EntityId, FieldSet, SourceId};

/// What is told of a change, by the name of its field.
#[must_use]
pub fn pushed(field: &str) -> String {
    format!(" {field}")
}

/// The variable with the sealed id by which the record of a push is read; its value may be null.
pub const PUSHED_RECORD: &str = " record";

/// What a subscription is about.
#[derive(Clone, Copy, Debug)]
pub struct Subscription<'p> {
    /// The arguments of its field.
    pub arguments: &'p [(Arc<str>, Template)],
    /// Which child of the plan is the record.
    pub child: usize,
}

/// Whether no variable of a subscription has a part in what a push shows: all of them stand in the arguments of `changed`
/// alone, and so say only which changes are told. `of` is the document, and how many variables the operation defines.
///
/// Every variable has a `$` where it is defined and where it is used: are there no more of these than definitions and
/// arguments need, there is none elsewhere. One too many, in a comment say, costs a shared answer and nothing else.
#[must_use]
pub fn shapes_nothing(plan: &Plan, (document, defined): (&str, usize)) -> bool {
    let Some(of) = plan.subscription() else { return false };
    let used: usize = of.arguments.iter().map(|(_, template)| template.variables()).sum();
    // A variable that is null where null may not stand is an error that a push shows.
    let never_null = plan.root.iter().any(|output| !output.never_null.is_empty());
    !never_null && document.matches('$').count() == defined + used
}

impl Plan {
    /// What the operation is about, where it is a subscription.
    #[must_use]
    pub fn subscription(&self) -> Option<Subscription<'_>> {
        self.root.iter().find_map(|output| match &output.what {
            What::Gateway(GatewayField::Changed { arguments, child, .. }) => {
                Some(Subscription { arguments, child: *child })
            }
            _ => None,
        })
    }

    /// The fields that a push shows of records of that kind which live in `source`, where it shows any; and whether anything
    /// hangs on them that is read apart.
    #[must_use]
    pub fn shown(&self, entity: EntityId, source: SourceId) -> Option<(FieldSet, bool)> {
        let child = self.children.get(self.subscription()?.child)?;
        let (_, plan) = child.place.plan_of(entity, source)?;
        let apart = !plan.children.is_empty() || plan.parts.len() > 1;
        let guarded = plan.guarded.iter().fold(plan.fields, |all, (_, fields)| all.union(*fields));
        Some((guarded, apart))
    }
}

impl<'a> Builder<'a> {
    /// A field of `Subscription`.
    pub(super) fn subscription_field(&mut self, fields: Merged<'_, 'a>) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        if field.name != "changed" {
            return What::Refused(Arc::from(format!("`Subscription.{}` is not served.", field.name)));
        }
        let selected = sets(fields);
        // Whether a record may be shown is found out by reading it, also where nothing of it is written.
        let mut records = Vec::new();
        let change = field.definition.ty.inner_named_type();
        for (_, inner) in self.collector.collect(change, &selected) {
            if inner.first().is_some_and(|inner| inner.name == "record") {
                records.extend(sets(&inner));
            }
        }
        let candidates = self.candidates("Record");
        let place = self.place(&candidates, &[records], Mode { live: false, read: true });
        let id = Template::Variable(Arc::from(PUSHED_RECORD), None);
        let child = self.hang(("Subscription", field), Hangs::Ids(id), place);
        let outputs = self.object(change, &selected, |_, fields| Self::change_field(fields, child));
        let arguments = self.arguments(field);
        What::Gateway(GatewayField::Changed { outputs, arguments, child })
    }

    fn change_field(fields: Merged<'_, 'a>, child: usize) -> What {
        let Some(field): Option<&&Node<Field>> = fields.first() else { return What::Absent };
        match field.name.as_str() {
            "record" => What::Record { child },
            name => What::Gateway(GatewayField::Pushed(Arc::from(pushed(name)))),
        }
    }
}
