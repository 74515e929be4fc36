//! The lists of the Support API: whose records each has, and what it can be sorted by.

use super::desk::{Desk, number};
use super::error::Refusal;
use super::item::{self, Item, Person};
use super::list::Listing;

/// A ticket that has been closed for that long is archived: gone from lists, though not from reads by id and search.
const ARCHIVED_AFTER: i64 = 120 * 86_400;

impl<'a> Desk<'a> {
    /// All records of a kind.
    pub(super) fn all(&self, kind: &str) -> Vec<Item<'a>> {
        match kind {
            "organizations" => item::organizations(self.business),
            "users" => item::people(self.business),
            _ => item::tickets(self.business),
        }
    }

    /// The lists that there are.
    pub(super) fn listing(&self, path: &[&str]) -> Result<Listing<'a>, Refusal> {
        let tickets = || item::tickets(self.business);
        let archive = self.now - ARCHIVED_AFTER;
        let live = move |item: &Item<'_>| !matches!(item, Item::Ticket(ticket) if ticket.status == "closed" && ticket.modified < archive);
        let by_ticket: &'static [&'static str] = &["id", "updated_at", "created_at", "status", "priority"];
        match path {
            ["organizations"] => Ok(Listing::new("organizations", self.all("organizations"), |_| true)),
            ["users"] => Ok(self.users()),
            ["tickets"] => {
                // The seeded tickets have no external id.
                let external = self.ask.pairs.get("external_id").map(str::to_owned);
                let told = &self.business.told;
                let listing = Listing::new("tickets", tickets(), move |item| match &external {
                    None => true,
                    Some(id) => {
                        let own = told.desk_field("ticket", item.id(), "external_id").and_then(|own| own.as_str());
                        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
                    }
                });
                Ok(listing.where_else(live).sorted_by(by_ticket))
            }
            ["organizations", id, "tickets"] => {
                let id = self.known("organizations", id)?;
                let listing = Listing::new("tickets", tickets(), move |item| item.account() == id);
                Ok(listing.where_else(live).sorted_by(by_ticket))
            }
            ["organizations", id, "users"] => {
                let id = self.known("organizations", id)?;
                let business = self.business;
                Ok(Listing::new("users", self.all("users"), move |item| {
                    matches!(item, Item::Person(Person::Contact(contact, _))
                        if item::organizations_of(business, contact).contains(&id))
                }))
            }
            ["users", id, "organizations"] => {
                let id = self.known("users", id)?;
                let contact = item::users(self.business).find(|contact| contact.zendesk_user == Some(id));
                let own = contact.map(|contact| item::organizations_of(self.business, contact)).unwrap_or_default();
                Ok(Listing::new("organizations", self.all("organizations"), move |item| own.contains(&item.id())))
            }
            ["users", id, "tickets", "requested"] => {
                let id = self.known("users", id)?;
                let own = move |item: &Item<'_>| matches!(item, Item::Ticket(ticket) if ticket.requester == id);
                Ok(Listing::new("tickets", tickets(), own).sorted_by(by_ticket))
            }
            ["tickets", id, "comments"] => {
                let id = self.known("tickets", id)?;
                let hostile = self.ask.hostile;
                let asked = self.business.tickets.iter().filter(move |ticket| hostile || ticket.id == id);
                let all = asked.flat_map(item::comments).collect();
                let own = move |item: &Item<'_>| matches!(item, Item::Comment(ticket, _) if ticket.id == id);
                Ok(Listing::new("comments", all, own).sorted_by(&["created_at"]))
            }
            ["tickets", id, "audits"] => {
                let id = self.known("tickets", id)?;
                let hostile = self.ask.hostile;
                let asked = self.business.tickets.iter().filter(move |ticket| hostile || ticket.id == id);
                let all = asked.flat_map(|ticket| item::audits(&self.business.told, ticket)).collect();
                let own = move |item: &Item<'_>| matches!(item, Item::Audit(ticket, _) | Item::Update(ticket, _) if ticket.id == id);
                Ok(Listing::new("audits", all, own).sorted_by(&["created_at"]))
            }
            _ => Err(Refusal::endpoint()),
        }
    }

    fn users(&self) -> Listing<'a> {
        let external = self.ask.pairs.get("external_id").map(str::to_owned);
        let roles = self.ask.pairs.0.iter().filter(|(name, _)| name == "role" || name == "role[]");
        let roles: Vec<String> = roles.map(|(_, role)| role.clone()).collect();
        let told = &self.business.told;
        let own = move |item: &Item<'_>| match (&external, item) {
            (None, _) => true,
            (Some(id), Item::Person(person)) => item::external_id(told, person).as_ref() == Some(id),
            _ => false,
        };
        let role = move |item: &Item<'_>| {
            let role = match item {
                Item::Person(Person::Staff(_)) => "agent",
                Item::Person(Person::Portal) => "admin",
                _ => "end-user",
            };
            roles.is_empty() || roles.iter().any(|asked| asked == role)
        };
        Listing::new("users", self.all("users"), own).where_else(role)
    }

    /// The id of a record that must exist.
    fn known(&self, kind: &str, id: &str) -> Result<u64, Refusal> {
        let id = number(id)?;
        let exists = self.ask.hostile || self.all(kind).iter().any(|item| item.id() == id);
        exists.then_some(id).ok_or_else(Refusal::missing)
    }
}
