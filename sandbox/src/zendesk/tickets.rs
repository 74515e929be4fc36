//! Tickets that are made and updated.
//!
//! After developer.zendesk.com/api-reference/ticketing/tickets/tickets and the guide on `safe_update`: what a ticket is told
//! comes with one audit, a comment is a part of an update, and a closed ticket takes nothing any more.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::data::told::Update;
use crate::data::{Business, Comment, Ticket};
use crate::effect::{By, Effect, Event};
use crate::web;
use crate::zendesk::NAME;

use super::desk::number;
use super::error::Refusal;
use super::item::{AUDITS, Item, KINDS, PORTAL, PRIORITIES, Person, STATUSES};
use super::users;
use super::write::{Write, changed, files, of_ticket, person};

/// The fields of a ticket that a write may set, but for the comment.
const FIELDS: [&str; 10] = [
    "subject",
    "status",
    "priority",
    "type",
    "assignee_id",
    "requester_id",
    "organization_id",
    "external_id",
    "tags",
    "custom_fields",
];

/// A comment that was checked.
pub(super) struct Said {
    pub(super) author: u64,
    pub(super) html: String,
    pub(super) public: bool,
    /// The uploads that come with it.
    pub(super) tokens: Vec<String>,
}

/// `POST /tickets`: 201 with ticket and audit.
pub(super) fn create(write: &Write<'_>) -> Result<Response, Refusal> {
    let mut given = write.object("ticket")?;
    let reference = write.key().or_else(|| given.get("external_id").and_then(Value::as_str).map(str::to_owned));
    let body = write.state.commit(By::Api, |business, at| {
        let new_user = given.get("requester").and_then(Value::as_object).cloned();
        let requester = match &new_user {
            Some(user) => users::known(business, user),
            None => Some(given.get("requester_id").map_or(Some(PORTAL), Value::as_u64).unwrap_or_default()),
        };
        // Whoever asks for the first time is made a user, once all else holds.
        if let Some(id) = requester {
            given.insert("requester_id".to_owned(), json!(id));
        } else {
            given.remove("requester_id");
        }
        checked(business, &given)?;
        let comment = given.get("comment").cloned().unwrap_or_else(|| json!({ "body": given.get("description") }));
        let author = requester.unwrap_or(PORTAL);
        let said = said(business, (&comment, author, at))?
            .ok_or_else(|| Refusal::invalid("base", "Description: cannot be blank"))?;
        let requester = match (requester, &new_user) {
            (None, Some(user)) => users::add(business, user, at)?,
            (requester, _) => requester.unwrap_or(PORTAL),
        };
        let id = business.tickets.iter().map(|ticket| ticket.id).max().unwrap_or(35_000) + 1;
        let organization = match person(business, requester) {
            Some(Person::Contact(_, organization)) => organization,
            _ => None,
        };
        business.tickets.push(Ticket {
            id,
            organization,
            requester,
            assignee: None,
            subject: String::new(),
            status: "new",
            priority: None,
            kind: None,
            slas: Vec::new(),
            comments: Vec::new(),
            created: at,
            modified: at,
            solved: None,
        });
        given.insert("requester_id".to_owned(), json!(requester));
        let (ticket, audit, _) = told(write.base, business, (id, at), (&given, Some(said)))?;
        let event = of_ticket(&ticket, "created", json!({}));
        let effect =
            Effect::new(NAME, "ticket", id.to_string(), "create").set(json!(given)).reference(reference.clone());
        Ok::<_, Refusal>((json!({ "ticket": ticket, "audit": audit }), vec![effect.tells(vec![event])]))
    })?;
    Ok(web::json(StatusCode::CREATED, &body))
}

/// `PUT /tickets/{id}`: 200 with ticket and audit.
pub(super) fn update(write: &Write<'_>, id: &str) -> Result<Response, Refusal> {
    let id = number(id)?;
    let given = write.object("ticket")?;
    let body = write.state.commit(By::Api, |business, at| put(write, business, (id, at), &given))?;
    Ok(web::json(StatusCode::OK, &body))
}

/// What an update answers, and what it did.
type Done = (Value, Vec<Effect>);

fn put(
    write: &Write<'_>,
    business: &mut Business,
    (id, at): (u64, i64),
    given: &Map<String, Value>,
) -> Result<Done, Refusal> {
    let own = business.tickets.iter().find(|ticket| ticket.id == id).ok_or_else(Refusal::missing)?;
    if own.status == "closed" {
        return Err(Refusal::invalid("status", "Status: closed prevents ticket update"));
    }
    if given.get("safe_update") == Some(&json!(true)) {
        let stamp = given.get("updated_stamp").and_then(Value::as_str);
        let stamp = stamp.and_then(|stamp| stamp.parse::<jiff::Timestamp>().ok());
        let stamp = stamp.ok_or_else(|| Refusal::parameter("updated_stamp", "is required with safe_update"))?;
        if stamp.as_second() != own.modified {
            return Err(Refusal::moved());
        }
    }
    checked(business, given)?;
    let said = match given.get("comment") {
        Some(comment) => said(business, (comment, PORTAL, at))?,
        None => None,
    };
    let (ticket, audit, events) = told(write.base, business, (id, at), (given, said))?;
    if audit.is_null() {
        return Ok((json!({ "ticket": ticket, "audit": audit }), Vec::new()));
    }
    let reference = given.get("external_id").and_then(Value::as_str).map(str::to_owned);
    let effect = Effect::new(NAME, "ticket", id.to_string(), "update").set(json!(given)).reference(reference);
    Ok((json!({ "ticket": ticket, "audit": audit }), vec![effect.tells(events)]))
}

/// Refuses what fields do not take.
fn checked(business: &Business, given: &Map<String, Value>) -> Result<(), Refusal> {
    for (field, all) in [("status", &STATUSES[..]), ("priority", &PRIORITIES[..]), ("type", &KINDS[..])] {
        let value = given.get(field).filter(|value| !value.is_null());
        let known = value.is_none_or(|value| value.as_str().is_some_and(|word| all.contains(&word)));
        if !known {
            return Err(Refusal::invalid(field, &format!("{field}: is invalid")));
        }
    }
    for field in ["requester_id", "assignee_id"] {
        let value = given.get(field).filter(|value| !value.is_null());
        let who = value.map(|value| value.as_u64().and_then(|id| person(business, id)));
        if who.is_some_and(|who| who.is_none_or(|who| field == "assignee_id" && matches!(who, Person::Contact(..)))) {
            return Err(Refusal::invalid(field.trim_end_matches("_id"), &format!("{field}: is invalid")));
        }
    }
    let organization = given.get("organization_id").filter(|value| !value.is_null());
    let known = |id: u64| business.companies.iter().any(|company| company.zendesk_organization == Some(id));
    if organization.is_some_and(|id| !id.as_u64().is_some_and(known)) {
        return Err(Refusal::invalid("organization", "Organization: is invalid"));
    }
    Ok(())
}

/// The comment, once it holds; none where there is nothing in it.
fn said(business: &Business, (comment, author, at): (&Value, u64, i64)) -> Result<Option<Said>, Refusal> {
    let text = |name: &str| comment[name].as_str().filter(|text| !text.trim().is_empty());
    let paragraphs = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let paragraphs = text.split("\n\n").map(|part| format!("<p>{}</p>", part.trim().replace('\n', "<br>")));
        paragraphs.collect::<String>()
    };
    let Some(html) = text("html_body").map(str::to_owned).or_else(|| text("body").map(paragraphs)) else {
        return Ok(None);
    };
    let author = if comment["author_id"].is_null() { Some(author) } else { comment["author_id"].as_u64() };
    let author = author.filter(|id| person(business, *id).is_some());
    let author = author.ok_or_else(|| Refusal::invalid("author", "Author: is invalid"))?;
    let tokens = comment["uploads"].as_array().into_iter().flatten().map(|token| token.as_str().unwrap_or_default());
    let tokens: Vec<String> = tokens.map(str::to_owned).collect();
    match tokens.iter().find(|token| files(business, token, at).next().is_none()) {
        Some(token) => Err(Refusal::invalid("uploads", &format!("Uploads: token {token} is invalid or has expired"))),
        None => Ok(Some(Said { author, html, public: comment["public"] != json!(false), tokens })),
    }
}

/// Sets what differs, adds the comment, and writes the audit: the ticket, the audit (null where nothing changed), and the
/// events of it.
pub(super) fn told(
    base: &str,
    business: &mut Business,
    (id, at): (u64, i64),
    (given, said): (&Map<String, Value>, Option<Said>),
) -> Result<(Value, Value, Vec<Event>), Refusal> {
    let shown = |business: &Business| {
        let ticket = business.tickets.iter().find(|ticket| ticket.id == id);
        ticket.map(|ticket| Item::Ticket(ticket).body(base, &business.told)).ok_or_else(Refusal::missing)
    };
    let before = shown(business)?;
    let differs = |field: &str| given.get(field).is_some_and(|value| *value != before[field]);
    let changes: Vec<(String, Value, Value)> = FIELDS
        .iter()
        .filter(|field| differs(field))
        .map(|field| ((*field).to_owned(), before[*field].clone(), given[*field].clone()))
        .collect();
    if changes.is_empty() && said.is_none() {
        return Ok((before, Value::Null, Vec::new()));
    }
    for (field, _, after) in &changes {
        set(business, id, (field, after));
    }
    let author = said.as_ref().map_or(PORTAL, |said| said.author);
    let comment = said.map(|said| comment_on(business, (id, at), said));
    let count = business.told.updates.values().map(Vec::len).sum::<usize>();
    let audit = Update {
        id: 3 * AUDITS + 36_000_000_001 + u64::try_from(count).unwrap_or_default(),
        author,
        at,
        comment,
        changes,
        metadata: given.get("metadata").cloned().unwrap_or_else(|| json!({})),
    };
    if let Some(ticket) = business.tickets.iter_mut().find(|ticket| ticket.id == id) {
        ticket.modified = at;
        ticket.solved = if ticket.status == "solved" { ticket.solved.or(Some(at)) } else { None };
    }
    business.told.updates.entry(id).or_default().push(audit.clone());
    let after = shown(business)?;
    let mut events: Vec<Event> =
        audit.changes.iter().filter_map(|(field, before, now)| changed(&after, field, (before, now))).collect();
    let ticket = business.tickets.iter().find(|ticket| ticket.id == id).ok_or_else(Refusal::missing)?;
    let comment = ticket.comments.iter().find(|said| Some(said.id) == comment);
    if let Some(said) = comment {
        events.push(spoken(business, &after, said));
    }
    let shown = Item::Update(ticket, business.told.updates.get(&id).and_then(|all| all.last()).unwrap_or(&audit));
    Ok((after, shown.body(base, &business.told), events))
}

fn spoken(business: &Business, ticket: &Value, said: &Comment) -> Event {
    let author = person(business, said.author);
    let staff = !matches!(author, Some(Person::Contact(..)));
    let comment = json!({
        "author": { "id": said.author.to_string(), "is_staff": staff },
        "body": super::text::plain(&said.html),
        "id": said.id.to_string(),
        "is_public": said.public,
    });
    of_ticket(ticket, "comment_added", json!({ "comment": comment }))
}

/// Sets one field; those that the record has no place for are kept beside it.
fn set(business: &mut Business, id: u64, (field, value): (&str, &Value)) {
    let word = |all: &'static [&'static str]| all.iter().copied().find(|known| Some(*known) == value.as_str());
    let Some(ticket) = business.tickets.iter_mut().find(|ticket| ticket.id == id) else {
        return;
    };
    match field {
        "subject" => value.as_str().unwrap_or_default().clone_into(&mut ticket.subject),
        "status" => ticket.status = word(&STATUSES).unwrap_or(ticket.status),
        "priority" => ticket.priority = word(&PRIORITIES),
        "type" => ticket.kind = word(&KINDS),
        "assignee_id" => ticket.assignee = value.as_u64(),
        "requester_id" => ticket.requester = value.as_u64().unwrap_or(ticket.requester),
        "organization_id" => ticket.organization = value.as_u64(),
        _ => {
            business.told.desk.entry(("ticket", id)).or_default().insert(field.to_owned(), value.clone());
        }
    }
}

/// Adds a comment with its files; gives its id.
fn comment_on(business: &mut Business, (ticket, at): (u64, i64), said: Said) -> u64 {
    let ids = business.tickets.iter().flat_map(|ticket| ticket.comments.iter().map(|comment| comment.id));
    let id = ids.max().unwrap_or(9_100_000_000) + 1;
    for file in business.told.files.iter_mut().filter(|file| said.tokens.contains(&file.token)) {
        file.comment.get_or_insert(id);
    }
    let Said { author, html, public, .. } = said;
    if let Some(ticket) = business.tickets.iter_mut().find(|own| own.id == ticket) {
        ticket.comments.push(Comment { id, author, html, public, created: at });
    }
    id
}
