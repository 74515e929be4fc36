//! `POST /crm/v3/objects/{kind}/search`: groups of filters (any group, all filters in it), text query, sort, offset.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Context};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::data::Business;
use crate::web::mixed;
use crate::{State, hubspot::NAME};

use super::error::Refusal;
use super::filter::{Group, term, text};
use super::object::{Kind, Object, live};
use super::read::parsed;

const MOST_ROWS: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    #[serde(default)]
    filter_groups: Vec<Group>,
    #[serde(default)]
    sorts: Vec<Value>,
    #[serde(default)]
    properties: Vec<String>,
    limit: Option<usize>,
    after: Option<Value>,
    query: Option<String>,
}

/// Whether the text query finds the object: a part of any of the properties that HubSpot searches.
fn mentions(object: &Object, query: &str) -> bool {
    let searched = ["name", "domain", "phone", "email", "firstname", "lastname", "dealname"];
    let query = query.to_lowercase();
    let values = searched.iter().filter_map(|name| object.properties.get(name)?.as_deref());
    values.into_iter().any(|value| value.to_lowercase().contains(&query))
}

/// Checks the caps of the small plans.
fn checked(search: &Search) -> Result<(usize, usize), Refusal> {
    let filters: Vec<usize> = search.filter_groups.iter().map(|group| group.filters.len()).collect();
    if filters.len() > 5 || filters.iter().any(|count| *count > 6) || filters.iter().sum::<usize>() > 18 {
        return Err(Refusal::invalid("at most 5 filterGroups, 6 filters a group and 18 filters are allowed"));
    }
    if search.sorts.len() > 1 {
        return Err(Refusal::invalid("only one sort is allowed"));
    }
    let limit = search.limit.unwrap_or(10);
    if !(1..=200).contains(&limit) {
        return Err(Refusal::invalid(&format!("limit must be between 1 and 200, was {limit}")));
    }
    let after = search.after.as_ref().map(text).filter(|after| !after.is_empty());
    let wrong = |_| Refusal::invalid("after must be a number");
    let after: usize = after.map_or(Ok(0), |after| after.parse().map_err(wrong))?;
    if after.saturating_add(limit) > MOST_ROWS {
        return Err(Refusal::invalid(&format!("a query pages through {MOST_ROWS} results at most")));
    }
    Ok((limit, after))
}

/// Orders by the one sort; without a value comes last.
fn sort(rows: &mut [Object], sort: &Value) -> Result<(), Refusal> {
    let name = sort.as_str().map(|name| name.trim_start_matches('-')).or_else(|| sort["propertyName"].as_str());
    let name = name.ok_or_else(|| Refusal::invalid("a sort needs a propertyName"))?;
    let down = sort["direction"] == "DESCENDING" || sort.as_str().is_some_and(|name| name.starts_with('-'));
    let key = |object: &Object| object.properties.get(name)?.as_deref().and_then(|value| term(name, value).ok());
    if rows.first().is_some_and(|object| !object.properties.contains_key(name)) {
        return Err(Refusal::property(name, &format!("Property '{name}' does not exist")));
    }
    rows.sort_by(|left, right| match (key(left), key(right)) {
        (Some(left), Some(right)) if down => right.cmp(&left),
        (Some(left), Some(right)) => left.cmp(&right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    });
    Ok(())
}

/// Answers a search.
pub(super) async fn search(
    Context(state): Context<Arc<State>>,
    Path(kind): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = Kind::parse(&kind)?;
    let search: Search = parsed(&body)?;
    let hostile = state.hostile(NAME);
    state.searched(NAME, |business| found(business, kind, (&search, hostile)).map(Json))
}

fn found(business: &Business, kind: Kind, (search, hostile): (&Search, bool)) -> Result<Value, Refusal> {
    let (limit, after) = checked(search)?;
    let mut rows = Vec::new();
    for object in live(business, kind) {
        let mut fits = search.filter_groups.is_empty();
        for group in &search.filter_groups {
            fits |= group.holds(business, kind, &object)?;
        }
        let found = search.query.as_deref().is_none_or(|query| mentions(&object, query));
        if hostile || (fits && found) {
            rows.push(object);
        }
    }
    if let Some(wanted) = search.sorts.first() {
        sort(&mut rows, wanted)?;
    }
    if hostile {
        rows = mixed(rows, |object| object.companies.first().copied());
    }
    let shown = rows.iter().skip(after).take(limit).map(|object| object.shown(kind, &search.properties));
    let mut body = json!({ "total": rows.len(), "results": shown.collect::<Vec<_>>() });
    if rows.len() > after + limit {
        body["paging"] = json!({ "next": { "after": (after + limit).to_string() } });
    }
    Ok(body)
}
