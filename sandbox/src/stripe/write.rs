//! Writes: customers, subscriptions, and the sessions of Stripe's own pages.
//!
//! After docs.stripe.com/api (customers/update, subscriptions/update, subscriptions/cancel, subscriptions/resume, billing_portal/sessions/create,
//! checkout/sessions/create). There is no ETag: whoever writes last wins. Proration is taken and not worked out.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Context};
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::State;
use crate::data::{Business, Subscription};
use crate::effect::{By, Effect, Event};
use crate::stripe::NAME;

use super::error::Refusal;
use super::form::{Form, over};
use super::view::{Kind, View};
use super::{customer, subscription};

const CUSTOMER: [&str; 10] = [
    "name",
    "business_name",
    "email",
    "phone",
    "description",
    "address",
    "shipping",
    "metadata",
    "preferred_locales",
    "invoice_settings",
];
const SUBSCRIPTION: [&str; 10] = [
    "items",
    "cancel_at_period_end",
    "proration_behavior",
    "proration_date",
    "payment_behavior",
    "metadata",
    "description",
    "default_payment_method",
    "cancellation_details",
    "billing_cycle_anchor",
];
const PORTAL: [&str; 5] = ["customer", "return_url", "configuration", "flow_data", "locale"];
const CHECKOUT: [&str; 12] = [
    "mode",
    "customer",
    "line_items",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "metadata",
    "currency",
    "locale",
    "payment_intent_data",
    "setup_intent_data",
    "subscription_data",
];
const PRORATIONS: [&str; 3] = ["create_prorations", "none", "always_invoice"];
/// Seconds that a checkout page is open for.
const CHECKOUT_LIVES: i64 = 86_400;

/// The key of a request.
fn key(headers: &HeaderMap) -> Option<String> {
    headers.get("idempotency-key")?.to_str().ok().map(str::to_owned)
}

/// An event with the object, and what of it was different before.
pub(super) fn event(kind: &str, (before, after): (&Value, &Value)) -> Event {
    let mut body = json!({ "object": after });
    let previous: Map<String, Value> = after
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, now)| before.get(name).filter(|was| *was != now).map(|was| (name.clone(), was.clone())))
        .collect();
    if !previous.is_empty() {
        body["previous_attributes"] = Value::Object(previous);
    }
    Event::new(kind, body)
}

/// `POST /v1/customers/{id}`.
pub(super) async fn update_customer(
    Context(state): Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body, &CUSTOMER)?;
    if form.text("email").is_some_and(|email| !email.is_empty() && !email.contains('@')) {
        let email = form.text("email").unwrap_or_default();
        return Err(Refusal::mail(email));
    }
    let shown = state.commit(By::Api, |business, at| {
        let view = |business: &Business| Kind::Customer.find(&View::new(business, &headers, at), &id);
        let before = view(business).filter(|found| found["deleted"] != true);
        let before = before.ok_or_else(|| Refusal::missing("customer", &id))?;
        tell(business, &id, &form, &before);
        let after = view(business).ok_or_else(|| Refusal::missing("customer", &id))?;
        let event = event("customer.updated", (&before, &after));
        let effect = Effect::new(NAME, "customer", id.clone(), "update").set(json!(form.0)).reference(key(&headers));
        let effect = effect.changed(before != after);
        Ok::<_, Refusal>((after, vec![effect.tells(vec![event])]))
    })?;
    Ok(Json(shown))
}

/// Keeps what the fields of an object are once a form was put over them.
fn tell(business: &mut Business, id: &str, form: &Form, before: &Value) {
    let own = business.told.billing.entry(id.to_owned()).or_default();
    for (name, value) in form.0.iter().filter(|(name, _)| before.get(name.as_str()).is_some()) {
        own.insert(name.clone(), over(&before[name], value, name == "metadata"));
    }
}

/// `POST /v1/subscriptions/{id}`.
pub(super) async fn update_subscription(
    Context(state): Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body, &SUBSCRIPTION)?;
    let leaving = form.flag("cancel_at_period_end")?;
    if form.text("proration_behavior").is_some_and(|given| !PRORATIONS.contains(&given)) {
        let text = format!("Invalid proration_behavior: must be one of {}", PRORATIONS.join(", "));
        return Err(Refusal::invalid(&text, Some("proration_behavior")));
    }
    let shown = state.commit(By::Api, |business, at| {
        let own = own(business, &id)?;
        if own.status == "canceled" {
            let text = "A canceled subscription can only update its cancellation_details and metadata.";
            return Err(Refusal::invalid(text, None));
        }
        let changed = with_items(business, own.clone(), &form)?;
        let before = subscription::shown(&View::new(business, &headers, at), own);
        let kept = form.0.iter().filter(|(name, _)| *name != "items" && *name != "cancel_at_period_end");
        let kept = Form(kept.map(|(name, value)| (name.clone(), value.clone())).collect());
        tell(business, &id, &kept, &before);
        if let Some(leaving) = leaving {
            let told = business.told.billing.entry(id.clone()).or_default();
            told.insert("canceled_at".to_owned(), json!(leaving.then_some(at)));
        }
        let leaving = leaving.unwrap_or(changed.cancel_at_period_end);
        replace(business, Subscription { cancel_at_period_end: leaving, ..changed });
        done(business, (&id, "customer.subscription.updated"), (&headers, at), (&before, json!(form.0)))
    })?;
    Ok(Json(shown))
}

/// `DELETE /v1/subscriptions/{id}`: ends it at once.
pub(super) async fn cancel_subscription(
    Context(state): Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body, &["invoice_now", "prorate", "cancellation_details"])?;
    let shown = state.commit(By::Api, |business, at| {
        let own = own(business, &id)?.clone();
        if own.status == "canceled" {
            return Err(Refusal::missing("subscription", &id));
        }
        let before = subscription::shown(&View::new(business, &headers, at), &own);
        let told = business.told.billing.entry(id.clone()).or_default();
        told.insert("canceled_at".to_owned(), json!(at));
        told.insert("ended_at".to_owned(), json!(at));
        replace(business, Subscription { status: "canceled", ..own });
        done(business, (&id, "customer.subscription.deleted"), (&headers, at), (&before, json!(form.0)))
    })?;
    Ok(Json(shown))
}

/// `POST /v1/subscriptions/{id}/resume`: ends a pause. The invoice that it may make is paid at once.
pub(super) async fn resume_subscription(
    Context(state): Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body, &["billing_cycle_anchor", "proration_behavior", "proration_date"])?;
    let shown = state.commit(By::Api, |business, at| {
        let own = own(business, &id)?.clone();
        if own.status != "paused" {
            return Err(Refusal::invalid("You cannot resume a subscription that is not paused.", None));
        }
        let before = subscription::shown(&View::new(business, &headers, at), &own);
        replace(business, Subscription { status: "active", ..own });
        done(business, (&id, "customer.subscription.resumed"), (&headers, at), (&before, json!(form.0)))
    })?;
    Ok(Json(shown))
}

fn own<'a>(business: &'a Business, id: &str) -> Result<&'a Subscription, Refusal> {
    let found = business.subscriptions.iter().find(|subscription| subscription.id == id);
    found.ok_or_else(|| Refusal::missing("subscription", id))
}

fn replace(business: &mut Business, changed: Subscription) {
    if let Some(own) = business.subscriptions.iter_mut().find(|own| own.id == changed.id) {
        *own = changed;
    }
}

/// The subscription with the items of a form: its one item may have another quantity or price.
fn with_items(business: &Business, mut own: Subscription, form: &Form) -> Result<Subscription, Refusal> {
    for (place, row) in form.rows("items")?.iter().enumerate() {
        let param = |name: &str| format!("items[{place}][{name}]");
        match row.text("id") {
            Some(item) if item == subscription::item_id(&own) => {}
            Some(item) => return Err(Refusal::dangling("subscription_item", item, &param("id"))),
            None => {
                return Err(Refusal::invalid("A subscription of the demo has one item: name it", Some(&param("id"))));
            }
        }
        if let Some(quantity) = row.text("quantity") {
            let parsed = quantity.parse::<i64>().map_err(|_| Refusal::integer(&param("quantity"), quantity))?;
            if parsed < 0 {
                let text = "This value must be greater than or equal to 0.";
                return Err(Refusal::invalid(text, Some(&param("quantity"))));
            }
            own.quantity = parsed;
        }
        if let Some(price) = row.text("price") {
            let model = business.subscriptions.iter().find(|other| subscription::price_id(other) == price);
            let model = model.ok_or_else(|| Refusal::dangling("price", price, &param("price")))?;
            if model.currency != own.currency {
                return Err(Refusal::invalid(
                    "The price has another currency than the subscription",
                    Some(&param("price")),
                ));
            }
            (own.product, own.price, own.interval) = (model.product, model.price, model.interval);
        }
    }
    Ok(own)
}

/// The answer to a write of a subscription, and its effect.
fn done(
    business: &Business,
    (id, kind): (&str, &str),
    (headers, at): (&HeaderMap, i64),
    (before, set): (&Value, Value),
) -> Result<(Value, Vec<Effect>), Refusal> {
    let after = subscription::shown(&View::new(business, headers, at), own(business, id)?);
    let operation = if kind.ends_with("deleted") { "delete" } else { "update" };
    let effect = Effect::new(NAME, "subscription", id, operation).set(set).reference(key(headers));
    let effect = effect.changed(*before != after);
    let event = event(kind, (before, &after));
    Ok((after, vec![effect.tells(vec![event])]))
}

/// A customer that a form must name.
fn billed(business: &Business, headers: &HeaderMap, id: &str) -> Result<(), Refusal> {
    let view = View::new(business, headers, 0);
    let found = customer::company(&view, id).map(|_| ());
    found.ok_or_else(|| Refusal::dangling("customer", id, "customer"))
}

/// `POST /v1/billing_portal/sessions`: the address of a page, to be used once.
pub(super) async fn open_portal(
    Context(state): Context<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body, &PORTAL)?;
    let id = form.needed("customer")?;
    let shown = state.commit(By::Api, |business, at| {
        billed(business, &headers, id)?;
        let number = business.told.sessions.len() + 1;
        let view = View::new(business, &headers, at);
        let session = json!({
            "id": format!("bps_1Vestibule{number:06}"),
            "object": "billing_portal.session",
            "configuration": "bpc_1VestibuleDefault",
            "created": at,
            "customer": id,
            "flow": form.0.get("flow_data"),
            "livemode": false,
            "locale": form.text("locale"),
            "on_behalf_of": null,
            "return_url": form.text("return_url"),
            "url": format!("{}/p/session/test_{number:06}", view.base),
        });
        Ok::<_, Refusal>(opened(business, session, (&headers, &form)))
    })?;
    Ok(Json(shown))
}

/// `POST /v1/checkout/sessions`: a page to pay on.
pub(super) async fn open_checkout(
    Context(state): Context<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body, &CHECKOUT)?;
    let mode = form.needed("mode")?;
    if !["payment", "setup", "subscription"].contains(&mode) {
        return Err(Refusal::invalid("Invalid mode: must be one of payment, setup, or subscription", Some("mode")));
    }
    if mode != "setup" && form.rows("line_items")?.is_empty() {
        return Err(Refusal::absent("line_items"));
    }
    let shown = state.commit(By::Api, |business, at| {
        if let Some(id) = form.text("customer") {
            billed(business, &headers, id)?;
        }
        let number = business.told.sessions.len() + 1;
        let view = View::new(business, &headers, at);
        let session = json!({
            "id": format!("cs_test_1Vestibule{number:06}"),
            "object": "checkout.session",
            "cancel_url": form.text("cancel_url"),
            "client_reference_id": form.text("client_reference_id"),
            "created": at,
            "customer": form.text("customer"),
            "expires_at": at + CHECKOUT_LIVES,
            "livemode": false,
            "metadata": form.0.get("metadata").cloned().unwrap_or_else(|| json!({})),
            "mode": mode,
            "payment_status": if mode == "setup" { "no_payment_required" } else { "unpaid" },
            "status": "open",
            "success_url": form.text("success_url"),
            "url": format!("{}/c/pay/test_{number:06}", view.base),
        });
        Ok::<_, Refusal>(opened(business, session, (&headers, &form)))
    })?;
    Ok(Json(shown))
}

fn opened(business: &mut Business, session: Value, (headers, form): (&HeaderMap, &Form)) -> (Value, Vec<Effect>) {
    let entity = if session["object"] == "checkout.session" { "checkout.session" } else { "billing_portal.session" };
    let id = session["id"].as_str().unwrap_or_default().to_owned();
    business.told.sessions.push(session.clone());
    let effect = Effect::new(NAME, entity, id, "create").set(json!(form.0)).reference(key(headers));
    let told = if entity == "checkout.session" {
        Vec::new()
    } else {
        vec![event("billing_portal.session.created", (&Value::Null, &session))]
    };
    (session, vec![effect.tells(told)])
}

/// `GET /v1/checkout/sessions/{id}`.
pub(super) async fn session(
    Context(state): Context<Arc<State>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let business = state.read();
    let found = business.told.sessions.iter().find(|session| session["id"] == json!(id));
    found.cloned().map(Json).ok_or_else(|| Refusal::missing("checkout.session", &id))
}
