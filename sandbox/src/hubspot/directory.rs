//! Owners and pipelines: the small lists that explain ids in objects.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Context};
use axum::http::Uri;
use serde_json::{Value, json};

use crate::State;
use crate::data::Staff;
use crate::web::{Pairs, iso_millis};

use super::error::Refusal;
use super::object::Kind;
use super::read::{limit, number};

/// Stage id, label, probability; a probability of 0 or 1 is closed.
pub(super) const STAGES: [(&str, &str, &str); 8] = [
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("1043923", "Technische Klärung", "0.5"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
];

fn shown(state: &State, member: &Staff) -> Value {
    let at = iso_millis(state.now() - 1000 * 86_400);
    json!({
        "id": member.id.to_string(),
        "email": member.email,
        "type": "PERSON",
        "firstName": member.first_name,
        "lastName": member.last_name,
        "userId": member.id + 40_000_000,
        "userIdIncludingInactive": member.id + 40_000_000,
        "createdAt": at,
        "updatedAt": at,
        "archived": false,
    })
}

/// `GET /crm/v3/owners`, in pages; `email` finds one.
pub(super) async fn owners(Context(state): Context<Arc<State>>, uri: Uri) -> Result<Json<Value>, Refusal> {
    let pairs = Pairs::of(&uri);
    let limit = limit(&pairs, 100, 500)?;
    let after = number(&pairs, "after")?.unwrap_or_default();
    let email = pairs.get("email");
    let business = state.read();
    let found = business.staff.iter().filter(|member| email.is_none_or(|email| member.email == email));
    let rest: Vec<&Staff> = found.filter(|member| member.id > after).collect();
    let page = &rest[..rest.len().min(limit)];
    let mut body = json!({ "results": page.iter().map(|member| shown(&state, member)).collect::<Vec<_>>() });
    if let (true, Some(last)) = (rest.len() > limit, page.last()) {
        let link = format!("https://api.hubapi.com/crm/v3/owners?limit={limit}&after={}", last.id);
        body["paging"] = json!({ "next": { "after": last.id.to_string(), "link": link } });
    }
    Ok(Json(body))
}

/// `GET /crm/v3/owners/{id}`.
pub(super) async fn owner(Context(state): Context<Arc<State>>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let business = state.read();
    let found = business.staff.iter().find(|member| member.id.to_string() == id);
    found.map(|member| Json(shown(&state, member))).ok_or_else(|| Refusal::not_found("resource not found"))
}

/// `GET /crm/v3/pipelines/deals`; other types have none here.
pub(super) async fn pipelines(
    Context(state): Context<Arc<State>>,
    Path(kind): Path<String>,
) -> Result<Json<Value>, Refusal> {
    if Kind::parse(&kind)? != Kind::Deal {
        return Ok(Json(json!({ "results": [] })));
    }
    let at = iso_millis(state.now() - 1200 * 86_400);
    let stage = |(place, (id, label, probability)): (usize, &(&str, &str, &str))| {
        let closed = matches!(*probability, "0.0" | "1.0").to_string();
        json!({
            "id": id,
            "label": label,
            "displayOrder": place,
            "metadata": { "isClosed": closed, "probability": probability },
            "createdAt": at,
            "updatedAt": at,
            "archived": false,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        })
    };
    let stages: Vec<Value> = STAGES.iter().enumerate().map(stage).collect();
    let pipeline = json!({
        "id": "default",
        "label": "Sales Pipeline",
        "displayOrder": 0,
        "stages": stages,
        "createdAt": at,
        "updatedAt": at,
        "archived": false,
    });
    Ok(Json(json!({ "results": [pipeline] })))
}
