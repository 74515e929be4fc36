//! The answer's upper part: the roots, the viewer, the memberships.

use super::answer::{Writer, Written};
use super::batch::Way;
use crate::model::CallerKind;
use crate::plan::{GatewayField, Output, What};

impl<'w> Writer<'w> {
    /// A field of `Query`, `Viewer` or (with its number) a `Membership`.
    pub(super) fn caller_field(&mut self, output: &'w Output, membership: Option<usize>) -> Written {
        if !self.run.may(output.permission.as_ref(), membership) {
            return Err(self.fail(&super::forbidden()));
        }
        match &output.what {
            What::Gateway(field) => self.gateway_field(field, membership),
            What::Record { child } => self.caller_slot(*child, 0),
            What::Mutation(number) => self.mutation(*number),
            What::Records { child } => match self.hanging.1.get(*child).map(|batch| &batch.way) {
                Some(Way::Slots(slots)) => {
                    self.list(0..slots.len(), false, |writer, at| writer.caller_slot(*child, at))
                }
                Some(Way::Refused(error)) => Err(self.fail(error)),
                _ => Ok(false),
            },
            What::Connection { child, outputs } => {
                let (Some(plan), Some(batch)) = (self.hanging.0.get(*child), self.hanging.1.get(*child)) else {
                    return Ok(false);
                };
                self.connection((plan, batch), 0, outputs)
            }
            what => self.plain(what),
        }
    }

    pub(super) fn caller_slot(&mut self, child: usize, at: usize) -> Written {
        let (Some(plan), Some(batch)) = (self.hanging.0.get(child), self.hanging.1.get(child)) else {
            return Ok(false);
        };
        match &batch.way {
            Way::Slots(slots) => {
                let Some(slot) = slots.get(at) else { return Ok(false) };
                self.slot((&plan.place, &batch.place), slot, 0)
            }
            _ => Ok(false),
        }
    }

    fn gateway_field(&mut self, field: &'w GatewayField, membership: Option<usize>) -> Written {
        match field {
            GatewayField::Viewer(outputs) | GatewayField::Changed { outputs, .. } => {
                self.object(outputs, |writer, output| writer.caller_field(output, None))
            }
            GatewayField::Pushed(name) => self.optional(self.run.variables.get(&**name).and_then(|told| told.as_str())),
            GatewayField::Kind => self.text(match self.run.caller().kind {
                CallerKind::Customer => "CUSTOMER",
                CallerKind::Staff => "STAFF",
                CallerKind::Service => "SERVICE",
            }),
            GatewayField::Name => self.text(&self.run.caller().name),
            GatewayField::Email => self.optional(self.run.caller().email.as_deref()),
            GatewayField::Locale => self.text(self.run.locale()),
            GatewayField::TimeZone => self.text(&self.run.caller().time_zone),
            GatewayField::MultiFactor => self.boolean(self.run.caller().multi_factor),
            GatewayField::AuthenticatedAt => {
                let at = self.run.caller().authenticated_at.map(|at| at.to_string());
                self.optional(at.as_deref())
            }
            GatewayField::Permissions => {
                let permissions = self.run.account().map(|access| &access.permissions);
                self.list(permissions.into_iter().flatten(), true, |writer, permission| writer.text(permission))
            }
            GatewayField::Memberships(outputs) => self.list(0..self.run.accounts().len(), true, |writer, at| {
                writer.object(outputs, |writer, output| writer.caller_field(output, Some(at)))
            }),
            _ => self.membership_field(field, membership),
        }
    }

    fn membership_field(&mut self, field: &'w GatewayField, membership: Option<usize>) -> Written {
        let found = membership.and_then(|at| Some((at, self.run.access(at)?)));
        let Some((at, access)) = found else { return Ok(false) };
        match field {
            GatewayField::AccountId => {
                let id = self.run.seal(&access.id);
                self.text(&id)
            }
            GatewayField::Roles => self.list(&access.roles, true, |writer, role| writer.text(role)),
            GatewayField::Current => self.boolean(self.run.current() == Some(at)),
            GatewayField::Account(child) => self.caller_slot(*child, at),
            _ => Ok(false),
        }
    }
}
