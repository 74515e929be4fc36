//! Users that are made or updated.
//!
//! After developer.zendesk.com/api-reference/ticketing/users/users: `create_or_update` finds a user by `external_id` or
//! e-mail; a second user of an e-mail is refused elsewhere.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::data::{Business, Contact, Membership};
use crate::effect::{By, Effect, Event};
use crate::web;
use crate::zendesk::NAME;

use super::error::Refusal;
use super::item::{self, Item, external_id};
use super::write::Write;

/// Fields that are kept as they were told.
const FIELDS: [&str; 7] = ["name", "email", "phone", "external_id", "locale", "tags", "user_fields"];

/// The user that a request means, by `external_id` or e-mail.
pub(super) fn known(business: &Business, given: &Map<String, Value>) -> Option<u64> {
    let text = |name: &str| given.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (external, email) = (text("external_id"), text("email"));
    item::people(business).into_iter().find_map(|found| {
        let Item::Person(person) = &found else {
            return None;
        };
        let body = found.body("", &business.told);
        let same = email.is_some_and(|email| body["email"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(email)));
        let named = external.is_some() && external_id(&business.told, person).as_deref() == external;
        (same || named).then(|| person.id())
    })
}

/// Makes a user; gives its id.
pub(super) fn add(business: &mut Business, given: &Map<String, Value>, at: i64) -> Result<u64, Refusal> {
    let text = |name: &str| given.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let email = text("email").map(str::to_owned);
    let name = text("name").map(str::to_owned);
    let name = name.ok_or_else(|| Refusal::invalid("name", "Name: is too short (minimum one character)"))?;
    if email.as_ref().is_some_and(|email| !email.contains('@')) {
        let text = format!("Email: {} is not properly formatted", email.unwrap_or_default());
        return Err(Refusal::invalid("email", &text));
    }
    let organization = organization(business, given)?;
    let ids = business.contacts.iter().chain(&business.told.desk_users).filter_map(|contact| contact.zendesk_user);
    let id = ids.max().unwrap_or(430_000_000) + 1;
    business.told.desk_users.push(Contact {
        // The CRM knows nothing of them.
        id: 0,
        email: email.unwrap_or_default(),
        first_name: Some(name),
        last_name: None,
        phone: None,
        job_title: None,
        language: None,
        companies: organization.into_iter().map(|company| Membership { company, labels: Vec::new() }).collect(),
        zendesk_user: Some(id),
        archived: false,
        created: at,
        modified: at,
    });
    tell(business, id, given);
    for absent in ["external_id", "email"] {
        business.told.desk.entry(("user", id)).or_default().entry(absent).or_insert(Value::Null);
    }
    Ok(id)
}

/// The company of the organization that a request names.
fn organization(business: &Business, given: &Map<String, Value>) -> Result<Option<u64>, Refusal> {
    let Some(id) = given.get("organization_id").filter(|id| !id.is_null()) else {
        return Ok(None);
    };
    let own = |company: &&crate::data::Company| {
        company.zendesk_organization.is_some() && company.zendesk_organization == id.as_u64()
    };
    let company = business.companies.iter().find(own);
    company.map(|company| Some(company.id)).ok_or_else(|| Refusal::invalid("organization", "Organization: is invalid"))
}

fn tell(business: &mut Business, id: u64, given: &Map<String, Value>) {
    let own = business.told.desk.entry(("user", id)).or_default();
    own.extend(
        given
            .iter()
            .filter(|(name, _)| FIELDS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone())),
    );
}

/// `POST /users`: 201.
pub(super) fn create(write: &Write<'_>) -> Result<Response, Refusal> {
    let given = write.object("user")?;
    let body = write.state.commit(By::Api, |business, at| {
        if known(business, &given).is_some() {
            let email = given.get("email").and_then(Value::as_str).unwrap_or_default();
            let text = format!("Email: {email} is already being used by another user");
            return Err(Refusal::invalid("email", &text));
        }
        let id = add(business, &given, at)?;
        done(write, business, (id, "create"), &given)
    })?;
    Ok(web::json(StatusCode::CREATED, &body))
}

/// `POST /users/create_or_update`: 201 for a new user, 200 for one that there was.
pub(super) fn create_or_update(write: &Write<'_>) -> Result<Response, Refusal> {
    let given = write.object("user")?;
    let (status, body) = write.state.commit(By::Api, |business, at| {
        let Some(id) = known(business, &given) else {
            let id = add(business, &given, at)?;
            let (body, effects) = done(write, business, (id, "create"), &given)?;
            return Ok(((StatusCode::CREATED, body), effects));
        };
        organization(business, &given)?;
        let body = shown(write, business, id)?;
        if given.iter().filter(|(name, _)| FIELDS.contains(&name.as_str())).all(|(name, value)| body[name] == *value) {
            return Ok(((StatusCode::OK, json!({ "user": body })), Vec::new()));
        }
        tell(business, id, &given);
        let (body, effects) = done(write, business, (id, "update"), &given)?;
        Ok::<_, Refusal>(((StatusCode::OK, body), effects))
    })?;
    Ok(web::json(status, &body))
}

fn shown(write: &Write<'_>, business: &Business, id: u64) -> Result<Value, Refusal> {
    let found = item::people(business).into_iter().find(|item| item.id() == id).ok_or_else(Refusal::missing)?;
    Ok(found.body(write.base, &business.told))
}

fn done(
    write: &Write<'_>,
    business: &Business,
    (id, operation): (u64, &'static str),
    given: &Map<String, Value>,
) -> Result<(Value, Vec<Effect>), Refusal> {
    let user = shown(write, business, id)?;
    let detail = json!({
        "created_at": user["created_at"],
        "email": user["email"],
        "external_id": user["external_id"],
        "id": id.to_string(),
        "organization_id": user["organization_id"].as_u64().map(|id| id.to_string()),
        "role": user["role"],
        "updated_at": user["updated_at"],
    });
    let (name, event) = match operation {
        "create" => ("created", json!({})),
        _ => ("details_changed", json!({ "current": user["name"], "previous": null })),
    };
    let body = json!({ "subject": format!("zen:user:{id}"), "detail": detail, "event": event });
    let event = Event::new(format!("zen:event-type:user.{name}"), body);
    let effect = Effect::new(NAME, "user", id.to_string(), operation).set(json!(given)).tells(vec![event]);
    Ok((json!({ "user": user }), vec![effect.reference(write.key())]))
}
