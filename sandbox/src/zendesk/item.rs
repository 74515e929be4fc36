//! What lists are made of: one record of the desk with its id, its account, and the keys to sort by.

use serde_json::Value;

use crate::data::told::{Told, Update};
use crate::data::{Article, Business, Comment, Company, Contact, Membership, Staff, Ticket, Translation};
use crate::web::iso;

use super::shape;

/// What lies between the ids of comments (or tickets) and those of their audits.
pub(super) const AUDITS: u64 = 1_000_000_000;
/// Id of the user whose credential the portal has.
pub(super) const PORTAL: u64 = 410_000_000;
/// The statuses of a ticket, in the order in which search compares them.
pub(super) const STATUSES: [&str; 6] = ["new", "open", "pending", "hold", "solved", "closed"];
/// The priorities of a ticket, lowest first.
pub(super) const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];

/// The types of a ticket.
pub(super) const KINDS: [&str; 4] = ["problem", "incident", "question", "task"];

/// A user.
#[derive(Debug, Clone, Copy)]
pub(super) enum Person<'a> {
    /// An end user and the organization that is theirs by default.
    Contact(&'a Contact, Option<u64>),
    /// An agent.
    Staff(&'a Staff),
    /// The user of the portal's own credential, an admin.
    Portal,
}

impl Person<'_> {
    /// The user's id.
    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Contact(contact, _) => contact.zendesk_user.unwrap_or_default(),
            Self::Staff(staff) => staff.zendesk_user,
            Self::Portal => PORTAL,
        }
    }
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'a> {
    Organization(&'a Company),
    Person(Person<'a>),
    Ticket(&'a Ticket),
    Comment(&'a Ticket, &'a Comment),
    /// One update of a ticket: with a comment, or with changes only.
    Audit(&'a Ticket, Option<&'a Comment>),
    /// One update of a ticket by API.
    Update(&'a Ticket, &'a Update),
    Article(&'a Article, &'a Translation),
}

impl Item<'_> {
    /// The record's id.
    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Organization(company) => company.zendesk_organization.unwrap_or_default(),
            Self::Person(person) => person.id(),
            Self::Ticket(ticket) => ticket.id,
            Self::Comment(_, comment) => comment.id,
            Self::Audit(_, Some(comment)) => comment.id + AUDITS,
            Self::Audit(ticket, None) => ticket.id + AUDITS,
            Self::Update(_, update) => update.id,
            Self::Article(article, _) => article.id,
        }
    }

    /// Whose record it is: an organization, or 0 for nobody's. Articles are nobody's, so each counts as its own.
    pub(super) fn account(&self) -> u64 {
        match self {
            Self::Organization(_) | Self::Article(..) => self.id(),
            Self::Person(Person::Contact(_, organization)) => organization.unwrap_or_default(),
            Self::Person(_) => 0,
            Self::Ticket(ticket) | Self::Comment(ticket, _) | Self::Audit(ticket, _) | Self::Update(ticket, _) => {
                ticket.organization.unwrap_or_default()
            }
        }
    }

    /// When the record was made and last changed, Unix seconds.
    pub(super) fn times(&self) -> (i64, i64) {
        match self {
            Self::Organization(company) => (company.created, company.modified),
            Self::Person(Person::Contact(contact, _)) => (contact.created, contact.modified),
            Self::Person(_) => (1_500_000_000, 1_500_000_000),
            Self::Ticket(ticket) => (ticket.created, ticket.modified),
            Self::Comment(_, comment) | Self::Audit(_, Some(comment)) => (comment.created, comment.created),
            Self::Audit(ticket, None) => (ticket.modified, ticket.modified),
            Self::Update(_, update) => (update.at, update.at),
            Self::Article(article, _) => (article.created, article.modified),
        }
    }

    /// The text that orders records by `field`, where lists can be sorted by it.
    pub(super) fn sort_key(&self, field: &str) -> String {
        let (created, updated) = self.times();
        let rank =
            |all: &[&str], value: &str| all.iter().position(|known| *known == value).unwrap_or_default().to_string();
        match (field, self) {
            ("created_at", _) => iso(created),
            ("updated_at" | "edited_at", _) => iso(updated),
            ("status", Self::Ticket(ticket)) => rank(&STATUSES, ticket.status),
            ("priority", Self::Ticket(ticket)) => {
                ticket.priority.map_or_else(String::new, |priority| format!("1{}", rank(&PRIORITIES, priority)))
            }
            ("ticket_type", Self::Ticket(ticket)) => ticket.kind.unwrap_or_default().to_owned(),
            ("title", Self::Article(_, text)) => text.title.clone(),
            _ => String::new(),
        }
    }

    /// The record as JSON, with what the desk was told of it; `base` is the desk's address.
    pub(super) fn body(&self, base: &str, told: &Told) -> Value {
        let mut body = match self {
            Self::Organization(company) => shape::organization(base, company),
            Self::Person(person) => shape::person(base, person),
            Self::Ticket(ticket) => shape::ticket(base, ticket),
            Self::Comment(ticket, comment) => shape::comment(ticket, comment),
            Self::Audit(ticket, comment) => shape::audit(ticket, *comment),
            Self::Update(ticket, update) => shape::update((base, told), ticket, update),
            Self::Article(article, text) => shape::article(base, article, text),
        };
        let said = match self {
            Self::Comment(_, comment) => Some((comment.id, "/attachments")),
            Self::Audit(_, Some(comment)) => Some((comment.id, "/events/0/attachments")),
            _ => None,
        };
        if let Some((said, place)) = said
            && let Some(attachments) = body.pointer_mut(place)
        {
            let files = told.files.iter().filter(|file| file.comment == Some(said));
            *attachments = files.map(|file| shape::attachment(base, file)).collect();
        }
        if let (Value::Object(body), Some(fields)) = (&mut body, told.desk.get(&(self.kind(), self.id()))) {
            body.extend(fields.clone());
        }
        body
    }

    /// What search calls this kind of record.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::Person(_) => "user",
            Self::Ticket(_) => "ticket",
            Self::Comment(..) => "comment",
            Self::Audit(..) | Self::Update(..) => "audit",
            Self::Article(..) => "article",
        }
    }
}

/// All organizations.
pub(super) fn organizations(business: &Business) -> Vec<Item<'_>> {
    let known = business.companies.iter().filter(|company| company.zendesk_organization.is_some());
    known.map(Item::Organization).collect()
}

/// The organizations of a user, the default one first.
pub(super) fn organizations_of<'a>(business: &'a Business, contact: &'a Contact) -> Vec<u64> {
    let organization = |membership: &Membership| {
        let company = business.companies.iter().find(|company| company.id == membership.company)?;
        company.zendesk_organization
    };
    contact.companies.iter().filter_map(organization).collect()
}

/// All end users.
pub(super) fn users(business: &Business) -> impl Iterator<Item = &Contact> {
    business.contacts.iter().filter(|contact| contact.zendesk_user.is_some()).chain(&business.told.desk_users)
}

/// The key that another system has for a user: the CRM's, unless the desk was told one.
pub(super) fn external_id(told: &Told, person: &Person<'_>) -> Option<String> {
    match (told.desk_field("user", person.id(), "external_id"), person) {
        (Some(field), _) => field.as_str().map(str::to_owned),
        (None, Person::Contact(contact, _)) => Some(contact.id.to_string()),
        _ => None,
    }
}

/// All users: end users, agents, and the portal's own.
pub(super) fn people(business: &Business) -> Vec<Item<'_>> {
    let by_company: std::collections::HashMap<u64, u64> =
        business.companies.iter().filter_map(|company| Some((company.id, company.zendesk_organization?))).collect();
    let contacts = users(business).map(|contact| {
        let organization = contact.companies.iter().find_map(|membership| by_company.get(&membership.company));
        Person::Contact(contact, organization.copied())
    });
    let staff = business.staff.iter().map(Person::Staff);
    contacts.chain(staff).chain([Person::Portal]).map(Item::Person).collect()
}

/// All tickets.
pub(super) fn tickets(business: &Business) -> Vec<Item<'_>> {
    business.tickets.iter().map(Item::Ticket).collect()
}

/// The history of a ticket: an update for each comment and one of changes only, and then what was done by API.
pub(super) fn audits<'a>(told: &'a Told, ticket: &'a Ticket) -> Vec<Item<'a>> {
    let updates = told.updates.get(&ticket.id).map_or(&[][..], Vec::as_slice);
    let by_api = |id: u64| updates.iter().any(|update| update.comment == Some(id));
    let commented = ticket.comments.iter().filter(|comment| !by_api(comment.id));
    let commented = commented.map(|comment| Item::Audit(ticket, Some(comment)));
    // A ticket that was made by API has no history before that.
    let seeded = updates.first().is_none_or(|first| first.at > ticket.created);
    let seeded = seeded.then_some(Item::Audit(ticket, None));
    commented.chain(seeded).chain(updates.iter().map(|update| Item::Update(ticket, update))).collect()
}

/// The comments of a ticket.
pub(super) fn comments(ticket: &Ticket) -> impl Iterator<Item = Item<'_>> {
    ticket.comments.iter().map(move |comment| Item::Comment(ticket, comment))
}
