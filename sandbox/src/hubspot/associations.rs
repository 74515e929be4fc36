//! Associations v4 between companies, contacts and deals.
//!
//! Type ids as in `AssociationTypes.ts` of HubSpot's own client. HubSpot numbers a custom label once per direction: the
//! portal's labels are 36 and 38 from a contact to its company, and 37 and 39 the other way.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Context};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::data::{Business, Contact, Deal, Membership};
use crate::web::{Pairs, iso_millis, json as answer};
use crate::{State, hubspot::NAME};

use super::error::Refusal;
use super::object::{Kind, live};
use super::read::{Input, limit, number, parsed};

const BATCH: usize = 1000;

#[derive(Debug, Deserialize)]
struct Batch {
    inputs: Vec<Input>,
}

/// One associated object, with the types of the association: category, type id, label.
struct Link {
    to: u64,
    types: Vec<(&'static str, u32, Option<&'static str>)>,
}

impl Link {
    fn plain(to: u64, id: u32) -> Self {
        Self { to, types: vec![("HUBSPOT_DEFINED", id, None)] }
    }

    fn shown(&self) -> Value {
        let shown = |(category, id, label): &(&str, u32, Option<&str>)| json!({ "category": category, "typeId": id, "label": label });
        json!({ "toObjectId": self.to, "associationTypes": self.types.iter().map(shown).collect::<Vec<_>>() })
    }
}

/// What `from` is associated with, ids ascending; `None` for a pair of types that the business never associates.
fn links(business: &Business, (kind, id): (Kind, u64), to: Kind) -> Option<Vec<Link>> {
    let contacts = || business.contacts.iter().filter(|contact| !contact.archived);
    let deals = || business.deals.iter();
    let links = match (kind, to) {
        (Kind::Contact, Kind::Company) => {
            let own = contacts().find(|contact| contact.id == id);
            own.into_iter()
                .flat_map(|contact| memberships(contact, Direction::ToCompany))
                .map(|(_, link)| link)
                .collect()
        }
        (Kind::Company, Kind::Contact) => contacts()
            .flat_map(|contact| memberships(contact, Direction::ToContact))
            .filter_map(|(company, link)| (company == id).then_some(link))
            .collect(),
        (Kind::Company, Kind::Deal) => {
            deals().filter(|deal| deal.company == id).map(|deal| primary(deal.id, [6, 342])).collect()
        }
        (Kind::Deal, Kind::Company) => {
            let own = deals().filter(|deal| deal.id == id && deal.company != 0);
            own.map(|deal| primary(deal.company, [5, 341])).collect()
        }
        (Kind::Contact, Kind::Deal) => {
            deals().filter(|deal| speakers(business, deal).contains(&id)).map(|deal| Link::plain(deal.id, 4)).collect()
        }
        (Kind::Deal, Kind::Contact) => {
            let own = deals().find(|deal| deal.id == id);
            own.map(|deal| speakers(business, deal))
                .unwrap_or_default()
                .into_iter()
                .map(|id| Link::plain(id, 3))
                .collect()
        }
        _ => return None,
    };
    Some(links)
}

/// The contacts whom a deal is with: those it was made with, or else the company's own.
fn speakers(business: &Business, deal: &Deal) -> Vec<u64> {
    let told = business.told.deal_contacts.get(&deal.id);
    told.map_or_else(|| spokesperson(business, deal.company).into_iter().collect(), Clone::clone)
}

/// The contact whom a company's deals are with.
fn spokesperson(business: &Business, company: u64) -> Option<u64> {
    let primary = |contact: &&Contact| contact.companies.first().is_some_and(|first| first.company == company);
    business.contacts.iter().filter(|contact| !contact.archived).find(primary).map(|contact| contact.id)
}

fn primary(to: u64, [primary, plain]: [u32; 2]) -> Link {
    Link { to, types: vec![("HUBSPOT_DEFINED", primary, Some("Primary")), ("HUBSPOT_DEFINED", plain, None)] }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToCompany,
    ToContact,
}

/// The contact's companies, each with its link in the direction asked for.
fn memberships(contact: &Contact, direction: Direction) -> impl Iterator<Item = (u64, Link)> {
    let link = move |(place, membership): (usize, &Membership)| {
        let to = if direction == Direction::ToCompany { membership.company } else { contact.id };
        let (first, plain, inverse) = if direction == Direction::ToCompany { (1, 279, 0) } else { (2, 280, 1) };
        let mut link = if place == 0 { primary(to, [first, plain]) } else { Link::plain(to, plain) };
        for label in &membership.labels {
            let id = if *label == "Portal admin" { 38 } else { 36 };
            link.types.push(("USER_DEFINED", id + inverse, Some(label)));
        }
        (membership.company, link)
    };
    contact.companies.iter().enumerate().map(link)
}

/// Links as a filterless system would give them. What a contact or a deal says of its company stays true, since that
/// is what such an answer can be checked by; a company is given other companies' contacts and deals beside its own.
fn unfiltered(business: &Business, from: (Kind, u64), to: Kind) -> Option<Vec<Link>> {
    let mut own = links(business, from, to)?;
    if from.0 == Kind::Company {
        let others = business.companies.iter().filter(|company| company.id != from.1);
        own.extend(
            others.filter_map(|other| links(business, (Kind::Company, other.id), to)?.into_iter().next()).take(4),
        );
    }
    Some(own)
}

fn found(state: &State, business: &Business, from: (Kind, u64), to: Kind) -> Result<Vec<Link>, Refusal> {
    let rows = if state.hostile(NAME) { unfiltered(business, from, to) } else { links(business, from, to) };
    rows.ok_or_else(|| {
        let text = format!("No association types between {} and {}", from.0.name(), to.name());
        Refusal::invalid(&text)
    })
}

/// `POST /crm/v4/associations/{from}/{to}/batch/read`. An object without associations is an error of a 207.
pub(super) async fn batch(
    Context(state): Context<Arc<State>>,
    Path((from, to)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (from, to) = (Kind::parse(&from)?, Kind::parse(&to)?);
    let batch: Batch = parsed(&body)?;
    if batch.inputs.is_empty() || batch.inputs.len() > BATCH {
        let text = format!("Batch size must be between 1 and {BATCH}, was {}", batch.inputs.len());
        return Err(Refusal::invalid(&text));
    }
    let business = state.read();
    let mut ids: Vec<String> = batch.inputs.into_iter().map(|input| input.id).collect();
    if state.hostile(NAME) {
        let others = live(&business, from).into_iter().map(|object| object.id.to_string());
        let others: Vec<String> = others.filter(|id| !ids.contains(id)).take(4).collect();
        ids.extend(others);
    }
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for id in &ids {
        let links = found(&state, &business, (from, id.parse().unwrap_or_default()), to)?;
        if links.is_empty() {
            errors.push(lonely(id, from, to));
        } else {
            results.push(json!({ "from": { "id": id }, "to": links.iter().map(Link::shown).collect::<Vec<_>>() }));
        }
    }
    let at = iso_millis(state.now());
    let mut body = json!({ "status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at });
    if errors.is_empty() {
        return Ok(answer(StatusCode::OK, &body));
    }
    body["numErrors"] = json!(errors.len());
    body["errors"] = json!(errors);
    Ok(answer(StatusCode::MULTI_STATUS, &body))
}

fn lonely(id: &str, from: Kind, to: Kind) -> Value {
    json!({
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": format!("No {} is associated with {} {id}.", to.name(), from.name()),
        "context": { "fromObjectId": [id], "fromObjectType": [from.name()], "toObjectType": [to.name()] },
    })
}

/// `GET /crm/v4/objects/{from}/{id}/associations/{to}`.
pub(super) async fn of_one(
    Context(state): Context<Arc<State>>,
    Path((from, id, to)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let (from, to) = (Kind::parse(&from)?, Kind::parse(&to)?);
    let pairs = Pairs::of(&uri);
    let limit = limit(&pairs, 500, 500)?;
    let skip = usize::try_from(number(&pairs, "after")?.unwrap_or_default()).unwrap_or(usize::MAX);
    let business = state.read();
    let Some(object) = live(&business, from).into_iter().find(|object| object.id.to_string() == id) else {
        return Err(Refusal::not_found("resource not found"));
    };
    let links = found(&state, &business, (from, object.id), to)?;
    let page: Vec<Value> = links.iter().skip(skip).take(limit).map(Link::shown).collect();
    let mut body = json!({ "results": page });
    if links.len() > skip.saturating_add(limit) {
        let after = (skip + limit).to_string();
        body["paging"] = json!({ "next": { "after": after, "link": format!("?after={after}") } });
    }
    Ok(Json(body))
}

/// The associations as v3 tells them inside an object: `[{"id", "type"}]`, one row per type.
pub(super) fn legacy(business: &Business, from: (Kind, u64), to: Kind) -> Result<Vec<Value>, Refusal> {
    let links = links(business, from, to).ok_or_else(|| Refusal::invalid("No such association"))?;
    let plain = format!("{}_to_{}", from.0.name(), to.name());
    let rows = links.iter().flat_map(|link| {
        let rows = link.types.iter().map(|(_, _, label)| match label {
            None => plain.clone(),
            Some("Primary") => plain.clone(),
            Some(label) => label.to_lowercase().replace(' ', "_"),
        });
        rows.map(|kind| json!({ "id": link.to.to_string(), "type": kind })).collect::<Vec<_>>()
    });
    Ok(rows.collect())
}

/// The ids of the objects of kind `to` that `from` is associated with, for search.
pub(super) fn ids(business: &Business, from: (Kind, u64), to: Kind) -> Vec<u64> {
    links(business, from, to).into_iter().flatten().map(|link| link.to).collect()
}
