//! Writes to the desk: which endpoints there are, and what all of them share.
//!
//! After the reference of the Ticketing API (developer.zendesk.com/api-reference/ticketing): fields that the desk does not
//! know are ignored in silence, values that it does not take are 422 `RecordInvalid`.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::data::Business;
use crate::data::told::File;
use crate::effect::{By, Effect, Event};
use crate::web::{self, Pairs};
use crate::{State, zendesk::NAME};

use super::error::Refusal;
use super::item::{self, Item, Person};
use super::{shape, tickets, users};

/// Seconds that an upload can be used for.
const UPLOAD_LIVES: i64 = 3600;
/// Largest file, in bytes, as on Zendesk's plans.
pub(super) const LARGEST: usize = 50 * 1024 * 1024;

/// One write.
pub(super) struct Write<'a> {
    pub(super) state: &'a State,
    /// The desk's address.
    pub(super) base: &'a str,
    pub(super) parts: &'a Parts,
    pub(super) body: &'a Bytes,
}

impl Write<'_> {
    /// Answers a write to a path below `/api/v2`.
    pub(super) fn answer(&self, path: &[&str]) -> Result<Response, Refusal> {
        match (&self.parts.method, path) {
            (&Method::POST, ["tickets"]) => tickets::create(self),
            (&Method::PUT, ["tickets", id]) => tickets::update(self, id),
            (&Method::POST, ["uploads"]) => self.upload(),
            (&Method::POST, ["users"]) => users::create(self),
            (&Method::POST, ["users", "create_or_update"]) => users::create_or_update(self),
            _ => Err(Refusal::read_only()),
        }
    }

    /// The object that the body has under `name`.
    pub(super) fn object(&self, name: &str) -> Result<Map<String, Value>, Refusal> {
        let body: Value = serde_json::from_slice(self.body).map_err(|_| Refusal::unprocessable())?;
        match body.get(name) {
            Some(Value::Object(object)) => Ok(object.clone()),
            _ => Err(Refusal::parameter(name, "is required")),
        }
    }

    /// The idempotency key of the request.
    pub(super) fn key(&self) -> Option<String> {
        self.parts.headers.get("idempotency-key")?.to_str().ok().map(str::to_owned)
    }

    /// Takes the bytes of a file; a token of another upload adds to it.
    fn upload(&self) -> Result<Response, Refusal> {
        let pairs = Pairs::of(&self.parts.uri);
        let name = pairs.get("filename").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Refusal::parameter("filename", "is required"))?.to_owned();
        let media = self.parts.headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
        let media = media.unwrap_or("application/octet-stream").to_owned();
        let given = pairs.get("token");
        let body = self.state.commit(By::Api, |business, at| {
            let id = 4_981_000_001 + u64::try_from(business.told.files.len()).unwrap_or_default();
            let token = match given {
                Some(token) if files(business, token, at).next().is_none() => return Err(Refusal::missing()),
                Some(token) => token.to_owned(),
                // Nobody guesses the real ones; here they tell one upload from the next.
                None => format!("{:x}", (id ^ 0x5DEE_CE66).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            };
            let content = self.body.clone();
            let file = File { id, token: token.clone(), name, media, content, at, comment: None };
            let shown = shape::attachment(self.base, &file);
            let effect = Effect::new(NAME, "upload", id.to_string(), "create")
                .set(json!({ "file_name": file.name, "content_type": file.media, "size": file.content.len() }));
            business.told.files.push(file);
            let all: Vec<Value> = files(business, &token, at).map(|file| shape::attachment(self.base, file)).collect();
            let expires = web::iso(at + UPLOAD_LIVES);
            let upload = json!({ "token": token, "expires_at": expires, "attachment": shown, "attachments": all });
            Ok((json!({ "upload": upload }), vec![effect]))
        })?;
        Ok(web::json(StatusCode::CREATED, &body))
    }
}

/// The files of a token that can still be used.
pub(super) fn files<'a>(business: &'a Business, token: &'a str, at: i64) -> impl Iterator<Item = &'a File> {
    let fresh = move |file: &&File| file.comment.is_none() && at - file.at <= UPLOAD_LIVES;
    business.told.files.iter().filter(move |file| file.token == token).filter(fresh)
}

/// A user of that id.
pub(super) fn person(business: &Business, id: u64) -> Option<Person<'_>> {
    item::people(business).into_iter().find_map(|item| match item {
        Item::Person(person) if person.id() == id => Some(person),
        _ => None,
    })
}

/// The event of one field: what it was and what it is, in capitals where it is one of a few words.
pub(super) fn changed(ticket: &Value, field: &str, (before, after): (&Value, &Value)) -> Option<Event> {
    let name = match field {
        "status" | "priority" | "type" | "subject" | "external_id" => field,
        "tags" => "tags",
        "assignee_id" => "agent_assignment",
        "custom_fields" => "custom_field",
        _ => return None,
    };
    let worded = |value: &Value| match (field, value) {
        ("status" | "priority" | "type", Value::String(word)) => json!(word.to_uppercase()),
        _ => value.clone(),
    };
    let event = json!({ "current": worded(after), "previous": worded(before) });
    Some(of_ticket(ticket, &format!("{name}_changed"), event))
}

/// An event of a ticket, with the details that all of them carry; ids are text in them.
pub(super) fn of_ticket(ticket: &Value, name: &str, event: Value) -> Event {
    let text = |name: &str| match &ticket[name] {
        Value::Null => Value::Null,
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    };
    let word = |name: &str| ticket[name].as_str().map(str::to_uppercase);
    let detail = json!({
        "actor_id": text("submitter_id"),
        "assignee_id": text("assignee_id"),
        "brand_id": text("brand_id"),
        "created_at": ticket["created_at"],
        "description": ticket["description"],
        "external_id": text("external_id"),
        "form_id": null,
        "group_id": text("group_id"),
        "id": text("id"),
        "is_public": ticket["is_public"],
        "organization_id": text("organization_id"),
        "priority": word("priority"),
        "requester_id": text("requester_id"),
        "status": word("status"),
        "subject": ticket["subject"],
        "submitter_id": text("submitter_id"),
        "tags": ticket["tags"],
        "type": word("type"),
        "updated_at": ticket["updated_at"],
        "via": { "channel": "web_service" },
    });
    let subject = format!("zen:ticket:{}", ticket["id"]);
    let body = json!({ "subject": subject, "detail": detail, "event": event });
    Event::new(format!("zen:event-type:ticket.{name}"), body)
}
