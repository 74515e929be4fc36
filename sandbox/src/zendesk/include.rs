//! Side-loading: what `include` puts inside records or beside them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::data::Ticket;

use super::desk::Desk;
use super::error::Refusal;
use super::item::{Item, PORTAL};
use super::shape;

impl<'a> Desk<'a> {
    /// Records with what `include` side-loads: inside them, or as arrays beside them.
    pub(super) fn with(&self, name: &str, items: &[Item<'a>], single: bool) -> Result<Value, Refusal> {
        // `tickets(users,slas)` is how search writes it.
        let include = self.ask.pairs.get("include").unwrap_or_default().replace("tickets(", "").replace(')', "");
        let include: BTreeSet<&str> = include.split(',').map(str::trim).collect();
        let tickets: Vec<&Ticket> = items
            .iter()
            .filter_map(|item| match item {
                Item::Ticket(ticket) => Some(*ticket),
                _ => None,
            })
            .collect();
        let mut rows: Vec<Value> = items.iter().map(|item| item.body(self.base, &self.business.told)).collect();
        for (row, item) in rows.iter_mut().zip(items) {
            let Item::Ticket(ticket) = item else {
                continue;
            };
            if include.contains("slas") {
                row["slas"] = json!({ "policy_metrics": shape::policy_metrics(ticket, self.now) });
            }
            if include.contains("comment_count") {
                row["comment_count"] = json!(ticket.comments.len());
            }
        }
        let mut body = Map::new();
        let main = if single { rows.pop().ok_or_else(Refusal::missing)? } else { json!(rows) };
        body.insert(name.to_owned(), main);
        if include.contains("users") {
            body.insert("users".to_owned(), self.users_of(items));
        }
        if include.contains("organizations") {
            let ids: BTreeSet<u64> = items.iter().map(Item::account).collect();
            let found = self.all("organizations").into_iter().filter(|item| ids.contains(&item.id()));
            body.insert(
                "organizations".to_owned(),
                found.map(|item| item.body(self.base, &self.business.told)).collect(),
            );
        }
        if include.contains("metric_sets") {
            let sets = tickets.iter().map(|ticket| shape::metric_set(self.base, ticket));
            body.insert("metric_sets".to_owned(), sets.collect());
        }
        Ok(Value::Object(body))
    }

    /// The users that records name.
    fn users_of(&self, items: &[Item<'a>]) -> Value {
        let ids: BTreeSet<u64> = items
            .iter()
            .flat_map(|item| match item {
                Item::Ticket(ticket) => [Some(ticket.requester), ticket.assignee],
                Item::Comment(_, comment) => [Some(comment.author), None],
                _ => [None, None],
            })
            .flatten()
            .collect();
        let found = self.all("users").into_iter().filter(|item| ids.contains(&item.id()));
        found.filter(|item| item.id() != PORTAL).map(|item| item.body(self.base, &self.business.told)).collect()
    }
}
