//! The Support API: organizations, users, tickets, comments, search.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::data::Business;
use crate::web::iso;

use super::error::Refusal;
use super::item::{self, Item, Person};
use super::list::{Ask, Listing, Page, strangers};
use super::search::Search;
use super::shape;

/// Search shows that many results and no more.
const SEARCH_LIMIT: usize = 1000;
/// Ids in one `show_many`.
const MANY: usize = 100;

/// One request to the desk.
pub(super) struct Desk<'a> {
    pub(super) business: &'a Business,
    pub(super) ask: Ask<'a>,
    /// Such as `http://127.0.0.1:8004`.
    pub(super) base: &'a str,
    pub(super) now: i64,
}

impl<'a> Desk<'a> {
    /// Answers a path below `/api/v2`.
    pub(super) fn answer(&self, path: &[&str]) -> Result<Value, Refusal> {
        match path {
            ["organizations", "show_many"] => self.many("organizations"),
            ["users", "show_many"] => self.many("users"),
            ["tickets", "show_many"] => self.many("tickets"),
            ["users", "me"] => Ok(json!({ "user": shape::person(self.base, &Person::Portal) })),
            ["users", "search"] => self.search("users", Some("type:user ")),
            ["incremental", "tickets", "cursor"] => self.incremental("tickets"),
            ["incremental", "users", "cursor"] => self.incremental("users"),
            ["search"] => self.search("results", None),
            ["search", "count"] => {
                let search = self.query(None)?;
                let count = self.found(&search).items(None, self.ask.hostile).len();
                Ok(json!({ "count": count }))
            }
            ["tickets", id, "slas", "policy_metrics"] => self.policy_metrics(number(id)?),
            ["tickets", id, "metrics"] => {
                let item = self.one(item::tickets(self.business), number(id)?)?;
                let Item::Ticket(ticket) = item else {
                    return Err(Refusal::missing());
                };
                Ok(json!({ "ticket_metric": shape::metric_set(self.base, ticket) }))
            }
            ["tickets", ticket, "audits", id] if *id != "count" => {
                let (ticket, id) = (number(ticket)?, number(id)?);
                let all: Vec<Item<'a>> =
                    self.business.tickets.iter().flat_map(|ticket| item::audits(&self.business.told, ticket)).collect();
                let own = |item: &Item<'_>| {
                    matches!(item, Item::Audit(of, _) | Item::Update(of, _) if of.id == ticket) || self.ask.hostile
                };
                let found = self.one(all.into_iter().filter(own).collect(), id)?;
                Ok(json!({ "audit": found.body(self.base, &self.business.told) }))
            }
            ["attachments", id] => {
                let id = number(id)?;
                let file = self.business.told.files.iter().find(|file| file.id == id).ok_or_else(Refusal::missing)?;
                Ok(json!({ "attachment": shape::attachment(self.base, file) }))
            }
            [kind @ ("organizations" | "users" | "tickets"), id] if *id != "count" => {
                let item = self.one(self.all(kind), number(id)?)?;
                self.with(kind.trim_end_matches('s'), &[item], true)
            }
            [rest @ .., "count"] => {
                let count = self.listing(rest)?.items(None, self.ask.hostile).len();
                Ok(json!({ "count": { "value": count, "refreshed_at": iso(self.now) } }))
            }
            rest => {
                let listing = self.listing(rest)?;
                let name = listing.name;
                let Page { items, envelope } = self.ask.page(listing)?;
                let mut body = self.with(name, &items, false)?;
                merge(&mut body, envelope, &["page", "per_page", "page_count"]);
                Ok(body)
            }
        }
    }

    /// The record of an id; a hostile desk gives one of another account.
    fn one(&self, all: Vec<Item<'a>>, id: u64) -> Result<Item<'a>, Refusal> {
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| item.id() == id);
        let found = if self.ask.hostile { strangers(own, others) } else { own };
        found.first().copied().ok_or_else(Refusal::missing)
    }

    /// `show_many`: what there is of the ids, in the desk's own order.
    fn many(&self, kind: &'static str) -> Result<Value, Refusal> {
        let listed = |name: &str| {
            let given = self.ask.pairs.get(name)?;
            Some(
                given
                    .split(',')
                    .map(|id| id.trim().to_lowercase())
                    .filter(|id| !id.is_empty())
                    .collect::<BTreeSet<_>>(),
            )
        };
        let (ids, external) = (listed("ids"), listed("external_ids"));
        let asked = ids.as_ref().or(external.as_ref()).filter(|ids| !ids.is_empty());
        let asked = asked.ok_or_else(|| Refusal::parameter("ids", "must be a list of ids"))?;
        if asked.len() > MANY {
            return Err(Refusal::parameter("ids", "must hold at most 100 ids"));
        }
        let by_id = ids.is_some();
        if by_id && asked.iter().any(|id| id.parse::<u64>().is_err()) {
            return Err(Refusal::parameter("ids", "must be integers"));
        }
        let own = |item: &Item<'_>| match (by_id, item) {
            (true, _) => asked.contains(&item.id().to_string()),
            (false, Item::Organization(company)) => asked.contains(&company.id.to_string()),
            (false, Item::Person(person)) => {
                item::external_id(&self.business.told, person).is_some_and(|id| asked.contains(&id.to_lowercase()))
            }
            _ => false,
        };
        let (own, others): (Vec<_>, Vec<_>) = self.all(kind).into_iter().partition(own);
        let mut items = if self.ask.hostile { strangers(own, others) } else { own };
        items.truncate(MANY);
        // Newest first: no order is promised, so it is not the order of the ids.
        items.sort_by_key(|item| std::cmp::Reverse(item.id()));
        let mut body = self.with(kind, &items, false)?;
        body["count"] = json!(items.len());
        body["next_page"] = Value::Null;
        body["previous_page"] = Value::Null;
        Ok(body)
    }

    fn policy_metrics(&self, id: u64) -> Result<Value, Refusal> {
        match self.one(item::tickets(self.business), id)? {
            Item::Ticket(ticket) if !ticket.slas.is_empty() => {
                Ok(json!({ "policy_metrics": shape::policy_metrics(ticket, self.now) }))
            }
            _ => Err(Refusal::missing()),
        }
    }

    fn query(&self, before: Option<&str>) -> Result<Search, Refusal> {
        let query = self.ask.pairs.get("query").unwrap_or_default();
        let external = self.ask.pairs.get("external_id").filter(|_| before.is_some());
        let external = external.map(|id| format!("external_id:{id} ")).unwrap_or_default();
        let search = Search::parse(&format!("{external}{query}"), self.now);
        if search.is_empty() {
            return Err(Refusal::search("query cannot be blank"));
        }
        let query = format!("{}{external}{query}", before.unwrap_or_default());
        Ok(Search::parse(&query, self.now))
    }

    fn found(&self, search: &Search) -> Listing<'a> {
        let all = ["tickets", "users", "organizations"].iter().flat_map(|kind| self.all(kind)).collect();
        let (own, blind, business) = (search.clone(), search.clone(), self.business);
        let listing = Listing::new("results", all, move |item| own.matches(business, item, false));
        listing.where_else(move |item| blind.matches(business, item, true))
    }

    /// `search` and `users/search`: pages by number only.
    fn search(&self, name: &str, before: Option<&str>) -> Result<Value, Refusal> {
        let search = self.query(before)?;
        let asked = self.ask.pairs.get("sort_by").map(|field| (field, self.ask.pairs.get("sort_order") != Some("asc")));
        let sort = asked.or(search.order()).filter(|(field, _)| *field != "relevance");
        let items = self.found(&search).items(sort, self.ask.hostile);
        let page = self.ask.numbered(items, 100, SEARCH_LIMIT).ok_or_else(Refusal::beyond_search)?;
        let mut body = self.with(name, &page.items, false)?;
        if name == "results" {
            for (row, item) in body["results"].as_array_mut().into_iter().flatten().zip(&page.items) {
                row["result_type"] = json!(item.kind());
            }
            body["facets"] = Value::Null;
        }
        merge(&mut body, page.envelope, &["page", "per_page", "page_count"]);
        Ok(body)
    }
}

/// An id in a path.
pub(super) fn number(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| Refusal::parameter("id", "must be an integer"))
}

/// Adds what paging says to an answer, without some of it.
pub(super) fn merge(body: &mut Value, envelope: Value, without: &[&str]) {
    if let (Value::Object(body), Value::Object(envelope)) = (body, envelope) {
        body.extend(envelope.into_iter().filter(|(name, _)| !without.contains(&name.as_str())));
    }
}
