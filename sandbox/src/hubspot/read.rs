//! Reads of objects by id, in batches, and in pages.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Context};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::web::{Pairs, iso_millis, json as answer, mixed};
use crate::{State, hubspot::NAME};

use super::associations;
use super::error::Refusal;
use super::object::{Kind, Object, all, live};

const BATCH: usize = 100;

/// An id in a batch.
#[derive(Debug, Deserialize)]
pub(super) struct Input {
    pub(super) id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Batch {
    #[serde(default)]
    properties: Vec<String>,
    #[serde(default, rename = "propertiesWithHistory")]
    _history: Vec<String>,
    id_property: Option<String>,
    inputs: Vec<Input>,
}

/// The body as `T`; whatever does not fit is HubSpot's 400.
pub(super) fn parsed<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(&format!("Invalid input JSON: {error}")))
}

/// A comma-separated list; `properties` may come several times too.
fn listed(pairs: &Pairs, key: &str) -> Vec<String> {
    let values = pairs.0.iter().filter(|(name, _)| name == key);
    values.flat_map(|(_, value)| value.split(',')).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Whether `object` is the one named `value` by `property`. E-mail addresses ignore case.
pub(super) fn named(object: &Object, property: Option<&str>, value: &str) -> bool {
    match property {
        None | Some("hs_object_id") => object.id.to_string() == value,
        Some(property) => {
            let own = object.properties.get(property).and_then(Option::as_deref);
            own.is_some_and(|own| own.to_lowercase() == value.to_lowercase())
        }
    }
}

/// Refuses to find objects by a property that is not unique.
pub(super) fn checked(kind: Kind, property: Option<&str>) -> Result<(), Refusal> {
    match property {
        Some(name) if name != "hs_object_id" && !kind.unique(name) => {
            let text = format!("Property '{name}' is not a unique identifier property for object type {}", kind.name());
            Err(Refusal::property(name, &text))
        }
        _ => Ok(()),
    }
}

/// `POST /crm/v3/objects/{kind}/batch/read`. Results come in an order of HubSpot's own.
pub(super) async fn batch(
    Context(state): Context<Arc<State>>,
    Path(kind): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let kind = Kind::parse(&kind)?;
    let batch: Batch = parsed(&body)?;
    let property = batch.id_property.as_deref();
    checked(kind, property)?;
    if batch.inputs.is_empty() || batch.inputs.len() > BATCH {
        let text = format!("Batch size must be between 1 and {BATCH}, was {}", batch.inputs.len());
        return Err(Refusal::invalid(&text));
    }
    let objects = live(&state.read(), kind);
    let wanted = |object: &Object| batch.inputs.iter().any(|input| named(object, property, &input.id));
    let mut found: Vec<&Object> = objects.iter().filter(|object| wanted(object)).collect();
    let missing = |input: &&Input| !found.iter().any(|object| named(object, property, &input.id));
    let missing: Vec<&str> = batch.inputs.iter().filter(missing).map(|input| input.id.as_str()).collect();
    if state.hostile(NAME) {
        let others: Vec<&Object> = objects.iter().filter(|object| !wanted(object)).collect();
        found.extend(mixed(others, |object| object.companies.first().copied()).into_iter().take(3));
    }
    found.sort_by_key(|object| object.id.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let at = iso_millis(state.now());
    let mut body = json!({
        "status": "COMPLETE",
        "results": found.iter().map(|object| object.shown(kind, &batch.properties)).collect::<Vec<_>>(),
        "startedAt": at,
        "completedAt": at,
    });
    if missing.is_empty() {
        return Ok(answer(StatusCode::OK, &body));
    }
    let text = format!(
        "Could not get some {} objects, they may be deleted or not exist. Check that ids are valid.",
        kind.name().to_uppercase()
    );
    let context = json!({ "ids": missing });
    body["numErrors"] = json!(1);
    body["errors"] =
        json!([{ "status": "error", "category": "OBJECT_NOT_FOUND", "message": text, "context": context }]);
    Ok(answer(StatusCode::MULTI_STATUS, &body))
}

/// `GET /crm/v3/objects/{kind}/{id}`.
pub(super) async fn one(
    Context(state): Context<Arc<State>>,
    Path((kind, id)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let kind = Kind::parse(&kind)?;
    let pairs = Pairs::of(&uri);
    let property = pairs.get("idProperty");
    checked(kind, property)?;
    let archived = pairs.get("archived") == Some("true");
    let business = state.read();
    let objects = all(&business, kind);
    let own = |object: &&Object| named(object, property, &id) && object.archived == archived;
    let Some(mut object) = objects.iter().find(own) else {
        return Err(Refusal::not_found("resource not found"));
    };
    if state.hostile(NAME) {
        let other = |other: &&Object| !other.archived && other.companies.first() != object.companies.first();
        object = objects.iter().find(other).unwrap_or(object);
    }
    let mut shown = object.shown(kind, &listed(&pairs, "properties"));
    let mut related = Map::new();
    for to in listed(&pairs, "associations") {
        let rows = associations::legacy(&business, (kind, object.id), Kind::parse(&to)?)?;
        if !rows.is_empty() {
            related.insert(to, json!({ "results": rows }));
        }
    }
    if !related.is_empty() {
        shown["associations"] = Value::Object(related);
    }
    Ok(Json(shown))
}

/// `GET /crm/v3/objects/{kind}`, ids ascending; the cursor is the last id of the page.
pub(super) async fn list(
    Context(state): Context<Arc<State>>,
    Path(kind): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let kind = Kind::parse(&kind)?;
    let pairs = Pairs::of(&uri);
    let limit = limit(&pairs, 10, 100)?;
    let archived = pairs.get("archived") == Some("true");
    let after = number(&pairs, "after")?.unwrap_or_default();
    let properties = listed(&pairs, "properties");
    let mut rest: Vec<Object> = all(&state.read(), kind)
        .into_iter()
        .filter(|object| object.archived == archived && object.id > after)
        .collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let mut body = json!({ "results": rest.iter().map(|object| object.shown(kind, &properties)).collect::<Vec<_>>() });
    if let (true, Some(last)) = (more, rest.last()) {
        let link = format!("https://api.hubapi.com{}?limit={limit}&after={}", uri.path(), last.id);
        body["paging"] = json!({ "next": { "after": last.id.to_string(), "link": link } });
    }
    Ok(Json(body))
}

/// A number in the query.
pub(super) fn number(pairs: &Pairs, key: &str) -> Result<Option<u64>, Refusal> {
    let parse = |text: &str| text.parse().map_err(|_| Refusal::invalid(&format!("{key} must be a number, was {text}")));
    pairs.get(key).map(parse).transpose()
}

/// The page size, within what the endpoint allows.
pub(super) fn limit(pairs: &Pairs, default: u64, most: u64) -> Result<usize, Refusal> {
    match number(pairs, "limit")?.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
        limit => Err(Refusal::invalid(&format!("limit must be between 1 and {most}, was {limit}"))),
    }
}
