//! Subscriptions, and the products and prices that they are of.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::data::Subscription;

use super::view::{View, minor};

const DAY: i64 = 86_400;

/// The product's id.
pub(super) fn product_id(name: &str) -> String {
    format!("prod_{}", name.replace(' ', ""))
}

/// The price's id: one price per product, currency and interval.
pub(super) fn price_id(subscription: &Subscription) -> String {
    let name = subscription.product.replace(' ', "");
    format!("price_1{name}{}{}", subscription.currency, subscription.interval)
}

/// The id of the subscription's one item.
pub(super) fn item_id(subscription: &Subscription) -> String {
    subscription.id.replacen("sub_", "si_", 1)
}

fn price(view: &View<'_>, subscription: &Subscription) -> Value {
    let amount = minor(subscription.price, subscription.currency);
    let monthly = subscription.interval == "month";
    json!({
        "id": price_id(subscription),
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": view.now - 1000 * DAY,
        "currency": subscription.currency.to_lowercase(),
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": monthly.then(|| format!("{} monthly", subscription.product)),
        "product": product_id(subscription.product),
        "recurring": {
            "interval": subscription.interval,
            "interval_count": 1,
            "meter": null,
            "trial_period_days": null,
            "usage_type": "licensed",
        },
        "tax_behavior": "exclusive",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": amount.to_string(),
    })
}

/// The subscription.
pub(super) fn shown(view: &View<'_>, subscription: &Subscription) -> Value {
    let id = &subscription.id;
    let length = if subscription.interval == "year" { 365 } else { 30 } * DAY;
    let own = view.business.invoices.iter().filter(|invoice| invoice.subscription.as_ref() == Some(id));
    let latest = own.max_by_key(|invoice| invoice.created).map(|invoice| &invoice.id);
    let ended = (subscription.status == "canceled").then_some(view.now - 3 * DAY);
    let leaving = subscription.cancel_at_period_end;
    let trial = (subscription.status == "trialing").then_some(subscription.period_end);
    let shown = json!({
        "id": id,
        "object": "subscription",
        "application": null,
        "automatic_tax": { "enabled": false },
        "billing_cycle_anchor": subscription.start,
        "billing_mode": { "type": "flexible" },
        "cancel_at": leaving.then_some(subscription.period_end),
        "cancel_at_period_end": leaving,
        "canceled_at": ended.or(leaving.then_some(view.now - DAY)),
        "collection_method": "charge_automatically",
        "created": subscription.start,
        "currency": subscription.currency.to_lowercase(),
        "customer": subscription.customer,
        "days_until_due": null,
        "default_payment_method": null,
        "description": null,
        "discounts": [],
        "ended_at": ended,
        "items": {
            "object": "list",
            "data": [{
                "id": item_id(subscription),
                "object": "subscription_item",
                "created": subscription.start,
                "current_period_end": subscription.period_end,
                "current_period_start": subscription.period_end - length,
                "discounts": [],
                "metadata": {},
                "price": price(view, subscription),
                "quantity": subscription.quantity,
                "subscription": id,
                "tax_rates": [],
            }],
            "has_more": false,
            "total_count": 1,
            "url": format!("/v1/subscription_items?subscription={id}"),
        },
        "latest_invoice": latest,
        "livemode": false,
        "metadata": {},
        "next_pending_invoice_item_invoice": null,
        "pause_collection": null,
        "schedule": null,
        "start_date": subscription.start,
        "status": subscription.status,
        "trial_end": trial,
        "trial_start": trial.map(|_| subscription.start),
    });
    view.told(id, shown)
}

/// All prices.
pub(super) fn prices(view: &View<'_>) -> Vec<Value> {
    let rows = view.business.subscriptions.iter().map(|row| (price_id(row), price(view, row)));
    rows.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// All products.
pub(super) fn products(view: &View<'_>) -> Vec<Value> {
    let names: BTreeMap<&str, String> =
        view.business.subscriptions.iter().map(|row| (row.product, price_id(row))).collect();
    let shown = |(name, price): (&str, String)| {
        json!({
            "id": product_id(name),
            "object": "product",
            "active": true,
            "created": view.now - 1001 * DAY,
            "default_price": price,
            "description": format!("{name} for pumps and plants"),
            "images": [],
            "livemode": false,
            "marketing_features": [],
            "metadata": {},
            "name": name,
            "package_dimensions": null,
            "shippable": null,
            "statement_descriptor": null,
            "tax_code": null,
            "type": "service",
            "unit_label": null,
            "updated": view.now - 100 * DAY,
            "url": null,
        })
    };
    names.into_iter().map(shown).collect()
}
