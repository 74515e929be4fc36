//! Lists: filters, newest first, cursors, envelope.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Context};
use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use crate::web::mixed;
use crate::{State, stripe::NAME};

use super::error::Refusal;
use super::params::{Param, Params};
use super::view::{Kind, View};
use super::{customer, expand, invoice};

const PAGING: [&str; 3] = ["limit", "starting_after", "ending_before"];
/// The values that `status` may have, where a list is strict about it.
const INVOICE_STATUSES: [&str; 5] = ["draft", "open", "paid", "uncollectible", "void"];

/// `GET /v1/{resource}`.
pub(super) async fn list(
    Context(state): Context<Arc<State>>,
    Path(resource): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let kind = Kind::parse(&resource).ok_or_else(|| Refusal::url(&Method::GET, &uri))?;
    let known: Vec<&str> = PAGING.into_iter().chain(kind.filters().iter().map(|(name, _)| *name)).collect();
    let params = Params::parse(&uri, &known)?;
    let business = state.read();
    let view = View::new(&business, &headers, state.now());
    check(&view, kind, &params)?;
    let hostile = state.hostile(NAME);
    let own = params.get("customer").filter(|_| !hostile);
    let mut rows = kind.all(&view, own);
    rows.sort_by_key(|row| std::cmp::Reverse((row["created"].as_i64(), row["id"].as_str().map(str::to_owned))));
    if hostile {
        rows = mixed(rows, account);
    } else {
        for param in &params.0 {
            filter(kind, param, &mut rows)?;
        }
        named(&params, &mut rows)?;
        if kind == Kind::Subscription && params.get("status").is_none() {
            rows.retain(|row| row["status"] != "canceled");
        }
    }
    let mut body = page(rows, &params, kind.name())?;
    body["url"] = json!(uri.path());
    expand::apply(&view, &params, &mut body)?;
    Ok(Json(body))
}

/// `GET /v1/invoices/{id}/lines`, in the invoice's order.
pub(super) async fn lines(
    Context(state): Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let params = Params::parse(&uri, &PAGING)?;
    let business = state.read();
    let view = View::new(&business, &headers, state.now());
    let own = business.invoices.iter().find(|invoice| invoice.id == id);
    let own = own.ok_or_else(|| Refusal::missing("invoice", &id))?;
    let mut rows = invoice::lines(&view, own);
    if state.hostile(NAME) {
        let others = mixed(business.invoices.iter().collect(), |invoice| invoice.customer.clone());
        let others = others.into_iter().filter(|invoice| invoice.customer != own.customer).take(3);
        rows = mixed(rows.into_iter().chain(others.flat_map(|other| invoice::lines(&view, other))).collect(), account);
    }
    let mut body = page(rows, &params, "line_item")?;
    body["url"] = json!(uri.path());
    expand::apply(&view, &params, &mut body)?;
    Ok(Json(body))
}

/// Whose a row is: its customer, or the closest to it that the row names.
pub(super) fn account(row: &Value) -> String {
    ["customer", "invoice", "id"].iter().find_map(|name| row[name].as_str()).unwrap_or_default().to_owned()
}

/// Refuses what the real list refuses: filters by things that do not exist, and statuses that there are not.
fn check(view: &View<'_>, kind: Kind, params: &Params) -> Result<(), Refusal> {
    if let Some(id) = params.get("customer")
        && !customer::known(view, id)
    {
        return Err(Refusal::dangling("customer", id, "customer"));
    }
    for (name, named) in [
        ("invoice", Kind::Invoice),
        ("subscription", Kind::Subscription),
        ("payment_intent", Kind::PaymentIntent),
        ("price", Kind::Price),
        ("product", Kind::Product),
    ] {
        if let Some(id) = params.get(name)
            && named.find(view, id).is_none()
        {
            return Err(Refusal::dangling(named.name(), id, name));
        }
    }
    match params.get("status") {
        Some(status) if kind == Kind::Invoice && !INVOICE_STATUSES.contains(&status) => {
            let text = format!("Invalid status: must be one of {}", INVOICE_STATUSES.join(", "));
            Err(Refusal::invalid(&text, Some("status")))
        }
        _ => Ok(()),
    }
}

/// Keeps the rows that one parameter asks for.
fn filter(kind: Kind, param: &Param, rows: &mut Vec<Value>) -> Result<(), Refusal> {
    let name = param.name.as_str();
    let Some((_, pointer)) = kind.filters().iter().find(|(filter, _)| *filter == name) else {
        return Ok(());
    };
    let value = param.value.as_str();
    let text = |row: &Value, pointer: &str| match row.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    match (param.part.as_deref(), name) {
        // Arrays are alternatives, so `named` looks at all their values together.
        (_, "ids" | "lookup_keys") => {}
        (None, "status") if kind == Kind::Subscription && value == "all" => {}
        (None, "status") if kind == Kind::Subscription && value == "ended" => {
            rows.retain(|row| row["status"] == "canceled" || row["status"] == "incomplete_expired");
        }
        (None, _) => rows.retain(|row| text(row, pointer) == value),
        (Some(part), "payment") => rows.retain(|row| text(row, &format!("{pointer}/{part}")) == value),
        (Some(part @ ("gt" | "gte" | "lt" | "lte")), _) => {
            let bound: i64 = value.parse().map_err(|_| Refusal::integer(&format!("{name}[{part}]"), value))?;
            rows.retain(|row| {
                row.pointer(pointer).and_then(Value::as_i64).is_some_and(|own| match part {
                    "gt" => own > bound,
                    "gte" => own >= bound,
                    "lt" => own < bound,
                    _ => own <= bound,
                })
            });
        }
        (Some(part), _) => return Err(Refusal::unknown(&format!("{name}[{part}]"))),
    }
    Ok(())
}

/// Keeps the rows that an array of alternatives names.
fn named(params: &Params, rows: &mut Vec<Value>) -> Result<(), Refusal> {
    for (name, field) in [("ids", "id"), ("lookup_keys", "lookup_key")] {
        let wanted = params.array(name)?;
        if !wanted.is_empty() {
            rows.retain(|row| row[field].as_str().is_some_and(|own| wanted.contains(&own)));
        }
    }
    Ok(())
}

/// The part of `rows` that the cursors ask for, in an envelope.
pub(super) fn page(rows: Vec<Value>, params: &Params, kind: &str) -> Result<Value, Refusal> {
    let limit = params.limit()?;
    let place = |param: &str, id: &str| {
        let found = rows.iter().position(|row| row["id"] == json!(id));
        found.ok_or_else(|| Refusal::dangling(kind, id, param))
    };
    let (from, to, more) = match (params.get("starting_after"), params.get("ending_before")) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("You may only specify one of: starting_after, ending_before.", None));
        }
        (None, Some(id)) => {
            let to = place("ending_before", id)?;
            let from = to.saturating_sub(limit);
            (from, to, from > 0)
        }
        (after, None) => {
            let from = after.map_or(Ok(0), |id| place("starting_after", id).map(|place| place + 1))?;
            let to = rows.len().min(from + limit);
            (from, to, to < rows.len())
        }
    };
    Ok(json!({ "object": "list", "has_more": more, "data": rows[from..to] }))
}
