//! An invoice that its customer pays on the hosted page: what no API call of a portal does.

use axum::response::Html;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::State;
use crate::data::{Business, Payment};
use crate::effect::{By, Effect};
use crate::stripe::NAME;

use super::view::{Kind, View};
use super::write::event;

/// Pays what is left of an open invoice by card.
///
/// # Errors
/// When there is no such invoice, or it is not open.
pub fn pay(state: &State, by: By, id: &str) -> Result<(), String> {
    let base = state.address(NAME);
    state.commit(by, |business, at| {
        let shown = |business: &Business, at: i64| {
            let view = View { business, base: base.clone(), now: at };
            Kind::Invoice.find(&view, id).unwrap_or(Value::Null)
        };
        let before = shown(business, at);
        let own = business.invoices.iter_mut().find(|invoice| invoice.id == id);
        let own = own.ok_or_else(|| format!("there is no invoice {id}"))?;
        if own.status != "open" {
            return Err(format!("invoice {id} is {}, not open", own.status));
        }
        let total: Decimal = own.lines.iter().map(|line| line.amount).sum::<Decimal>() + own.tax;
        let amount = total - own.paid;
        (own.paid, own.status) = (total, "paid");
        let (customer, currency) = (own.customer.clone(), own.currency);
        let payment = Payment {
            id: format!("pi_1Paid{:06}", business.payments.len() + 1),
            customer,
            invoice: Some(id.to_owned()),
            amount,
            currency,
            status: "succeeded",
            method: "card",
            created: at,
        };
        let intent = super::payment::intent(&payment);
        let paid = Effect::new(NAME, "payment_intent", payment.id.clone(), "create").set(json!({ "invoice": id }));
        business.payments.push(payment);
        let after = shown(business, at);
        let told = vec![event("invoice.updated", (&before, &after)), event("invoice.paid", (&Value::Null, &after))];
        let paid = paid.tells(vec![event("payment_intent.succeeded", (&Value::Null, &intent))]);
        let invoice = Effect::new(NAME, "invoice", id, "pay").set(json!({ "status": "paid" })).tells(told);
        Ok(((), vec![paid, invoice]))
    })
}

/// A page of Stripe's own that a session opened: a line of text in the demo.
pub(super) async fn page() -> Html<&'static str> {
    Html("<!DOCTYPE html><title>Vestibule Demo</title><p>Here a person would see to payment</p>")
}
