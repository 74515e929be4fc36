//! Writes of objects: `POST` makes one with its associations, `PATCH` sets properties.
//!
//! After the guides on companies, contacts, deals and associations
//! (developers.hubspot.com/docs/api-reference/crm-objects-v3/guide). There is no ETag and no idempotency key: whoever sets
//! the same value twice changes nothing twice, and a second contact of an e-mail is refused with the id of the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Context};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::data::told::Properties;
use crate::data::{Business, Contact, Deal, Membership};
use crate::effect::{By, Effect};
use crate::web::{Pairs, json as answer};
use crate::{State, hubspot::NAME};

use super::error::Refusal;
use super::events;
use super::filter::text;
use super::object::{Kind, live};
use super::property::{Fault, kept};
use super::read::{checked, named, parsed};

/// What is set: none where a property is emptied.
pub(super) type Set = BTreeMap<String, Option<String>>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    associations: Vec<Association>,
    #[serde(default, rename = "objectWriteTraceId")]
    _trace: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Association {
    to: To,
    types: Vec<Type>,
}

#[derive(Debug, Deserialize)]
struct To {
    id: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    association_category: String,
    association_type_id: u32,
}

/// Where an association leads: the object, and the label of one's own that it carries.
pub(super) type Linked = (Kind, u64, Option<&'static str>);

/// `PATCH /crm/v3/objects/{kind}/{id}`: 200 with the object.
pub(super) async fn update(
    Context(state): Context<Arc<State>>,
    Path((kind, id)): Path<(String, String)>,
    uri: Uri,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = Kind::parse(&kind)?;
    let pairs = Pairs::of(&uri);
    let property = pairs.get("idProperty");
    checked(kind, property)?;
    let body: Body = parsed(&body)?;
    let shown = state.commit(By::Api, |business, at| {
        let found = live(business, kind).into_iter().find(|object| named(object, property, &id));
        let found = found.ok_or_else(|| Refusal::not_found("resource not found"))?;
        let id = found.id;
        let asked = valid(business, (kind, Some(id)), &body.properties)?;
        let differs = |(name, value): &(&String, &Option<String>)| {
            found.properties.get(name.as_str()).is_none_or(|own| own != *value)
        };
        let set: Set = asked.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect();
        if set.is_empty() {
            return Ok((shown(business, (kind, id), &asked)?, Vec::new()));
        }
        apply(business, (kind, id), &set, at);
        let effect = Effect::new(NAME, kind.name(), id.to_string(), "update").set(json!(set)).reference(stamp(&set));
        let effect = effect.tells(events::changed(kind, id, &set));
        Ok::<_, Refusal>((shown(business, (kind, id), &asked)?, vec![effect]))
    })?;
    Ok(Json(shown))
}

/// `POST /crm/v3/objects/{kind}`: 201 with the object.
pub(super) async fn create(
    Context(state): Context<Arc<State>>,
    Path(kind): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let kind = Kind::parse(&kind)?;
    let body: Body = parsed(&body)?;
    if kind == Kind::Company {
        return Err(Refusal::method());
    }
    let shown = state.commit(By::Api, |business, at| {
        let mut set = valid(business, (kind, None), &body.properties)?;
        set.retain(|_, value| value.is_some());
        let links = body.associations.iter().map(|association| linked(business, kind, association));
        let links: Vec<Linked> = links.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let id = match kind {
            Kind::Contact => add_contact(business, &set, &links, at)?,
            _ => add_deal(business, &set, &links, at),
        };
        apply(business, (kind, id), &set, at);
        let effect = Effect::new(NAME, kind.name(), id.to_string(), "create").set(json!(set)).reference(stamp(&set));
        let effect = effect.tells(events::created(kind, id, (&set, &links)));
        Ok::<_, Refusal>((shown(business, (kind, id), &set)?, vec![effect]))
    })?;
    Ok(answer(StatusCode::CREATED, &shown))
}

/// The stamp of a portal, where there is one.
fn stamp(set: &Set) -> Option<String> {
    set.get("portal_key").cloned().flatten()
}

/// What is to be set, once all of it holds; `own` is the object that may have unique values already.
fn valid(business: &Business, (kind, own): (Kind, Option<u64>), given: &Map<String, Value>) -> Result<Set, Refusal> {
    let mut faults = Vec::new();
    let mut set = Set::new();
    for (name, value) in given {
        let value = if value.is_null() { String::new() } else { text(value) };
        match kept(kind, name, &value) {
            Ok(value) => {
                set.insert(name.clone(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::properties(&faults));
    }
    for (name, value) in set.iter().filter(|(name, _)| kind.unique(name)) {
        let Some(value) = value else {
            continue;
        };
        let holder = live(business, kind).into_iter().find(|other| named(other, Some(name), value));
        match holder.filter(|other| Some(other.id) != own) {
            Some(other) if kind == Kind::Contact => return Err(Refusal::exists(other.id)),
            Some(other) => {
                let message = format!("{value} is already the value of {name} of the object with ID {}.", other.id);
                return Err(Refusal::properties(&[Fault {
                    name: name.clone(),
                    code: "CONFLICTING_UNIQUE_VALUE",
                    message,
                }]));
            }
            None => {}
        }
    }
    Ok(set)
}

/// Sets properties over what the object has.
pub(super) fn apply(business: &mut Business, (kind, id): (Kind, u64), set: &Set, at: i64) {
    let told: &mut Properties = business.told.objects.entry((kind.name(), id)).or_default();
    told.set.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
    told.modified = at;
}

/// The object as the answer to a write has it: with what was set.
fn shown(business: &Business, (kind, id): (Kind, u64), set: &Set) -> Result<Value, Refusal> {
    let found = live(business, kind).into_iter().find(|object| object.id == id);
    let names: Vec<String> = set.keys().cloned().collect();
    found.map(|object| object.shown(kind, &names)).ok_or_else(|| Refusal::not_found("resource not found"))
}

/// What one association leads to, once for each of its types.
fn linked(business: &Business, from: Kind, association: &Association) -> Result<Vec<Linked>, Refusal> {
    let id: u64 = text(&association.to.id).parse().unwrap_or_default();
    let link = |kind: &Type| {
        let to = match (from, kind.association_category.as_str(), kind.association_type_id) {
            (Kind::Contact, "HUBSPOT_DEFINED", 1 | 279) | (Kind::Deal, "HUBSPOT_DEFINED", 5 | 341) => {
                (Kind::Company, None)
            }
            (Kind::Contact, "USER_DEFINED", 36) => (Kind::Company, Some("Portal user")),
            (Kind::Contact, "USER_DEFINED", 38) => (Kind::Company, Some("Portal admin")),
            (Kind::Deal, "HUBSPOT_DEFINED", 3) => (Kind::Contact, None),
            (_, category, id) => {
                let text = format!("Association type {category} {id} is not valid from {}", from.name());
                return Err(Refusal::invalid(&text));
            }
        };
        if live(business, to.0).iter().any(|object| object.id == id) {
            return Ok((to.0, id, to.1));
        }
        Err(Refusal::invalid(&format!("No {} exists with ID {id} to be associated", to.0.name())))
    };
    association.types.iter().map(link).collect()
}

fn add_contact(business: &mut Business, set: &Set, links: &[Linked], at: i64) -> Result<u64, Refusal> {
    let text = |name: &str| set.get(name).cloned().flatten();
    let email = text("email").ok_or_else(|| {
        let message = "A contact is known by its email here: one is needed".to_owned();
        Refusal::properties(&[Fault { name: "email".to_owned(), code: "REQUIRED_FIELD", message }])
    })?;
    let id = business.contacts.iter().map(|contact| contact.id).max().unwrap_or(7_001_000) + 1;
    let mut companies: Vec<Membership> = Vec::new();
    for (_, company, label) in links {
        match companies.iter_mut().find(|membership| membership.company == *company) {
            Some(membership) => membership.labels.extend(label),
            None => companies.push(Membership { company: *company, labels: label.iter().copied().collect() }),
        }
    }
    business.contacts.push(Contact {
        id,
        email,
        first_name: text("firstname"),
        last_name: text("lastname"),
        phone: None,
        job_title: None,
        language: None,
        companies,
        zendesk_user: None,
        archived: false,
        created: at,
        modified: at,
    });
    Ok(id)
}

fn add_deal(business: &mut Business, set: &Set, links: &[Linked], at: i64) -> u64 {
    let id = business.deals.iter().map(|deal| deal.id).max().unwrap_or(8_001_000) + 1;
    let to = |kind: Kind| links.iter().filter(move |link| link.0 == kind).map(|link| link.1);
    business.told.deal_contacts.insert(id, to(Kind::Contact).collect());
    business.deals.push(Deal {
        id,
        // No company has the id 0: a deal may be of nobody.
        company: to(Kind::Company).next().unwrap_or_default(),
        name: set.get("dealname").cloned().flatten().unwrap_or_default(),
        amount: None,
        currency: None,
        stage: "appointmentscheduled",
        close: None,
        created: at,
        modified: at,
    });
    id
}
