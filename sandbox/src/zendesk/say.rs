//! What agents say on tickets: the business's own people, not a portal.

use serde_json::{Map, Value, json};

use crate::State;
use crate::data::Business;
use crate::effect::{By, Effect};
use crate::zendesk::NAME;

use super::tickets::{self, Said};

/// The tickets that somebody may still say something on, oldest first.
pub(crate) fn open(business: &Business) -> Vec<String> {
    let open = business.tickets.iter().filter(|ticket| !matches!(ticket.status, "solved" | "closed"));
    open.map(|ticket| ticket.id.to_string()).collect()
}

/// An agent answers in public, which leaves the ticket pending, or leaves a note for the others.
///
/// # Errors
/// When there is no such ticket, or it is closed.
pub fn say(state: &State, by: By, (ticket, html, public): (&str, &str, bool)) -> Result<(), String> {
    let base = state.address(NAME);
    state.commit(by, |business, at| {
        let missing = || format!("there is no ticket {ticket} to say something on");
        let own = business.tickets.iter().find(|own| own.id.to_string() == ticket && own.status != "closed");
        let (id, assignee) = own.map(|own| (own.id, own.assignee)).ok_or_else(missing)?;
        let first = business.staff.first().map(|staff| staff.zendesk_user);
        let author = assignee.or(first).ok_or_else(missing)?;
        let mut given: Map<String, Value> = Map::new();
        if public {
            given.insert("status".to_owned(), json!("pending"));
        }
        let said = Said { author, html: html.to_owned(), public, tokens: Vec::new() };
        let told = tickets::told(&base, business, (id, at), (&given, Some(said)));
        let (_, _, events) = told.map_err(|_| missing())?;
        let set = json!({ "comment": { "html_body": html, "public": public, "author_id": author } });
        let operation = if public { "reply" } else { "note" };
        let effect = Effect::new(NAME, "ticket", ticket, operation).set(set).tells(events);
        Ok(((), vec![effect]))
    })
}
