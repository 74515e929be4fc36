//! Payment intents, their charges, and what ties them to invoices.

use serde_json::{Value, json};

use crate::data::Payment;

use super::view::{View, minor};

/// The charge's id, unless the intent was cancelled before there was a charge.
pub(super) fn charge_id(payment: &Payment) -> Option<String> {
    (payment.status != "canceled").then(|| payment.id.replacen("pi_", "ch_", 1))
}

fn method_id(payment: &Payment) -> String {
    payment.id.replacen("pi_", "pm_", 1)
}

/// The payment intent.
pub(super) fn intent(payment: &Payment) -> Value {
    let amount = minor(payment.amount, payment.currency);
    let declined = json!({
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
    });
    json!({
        "id": payment.id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": if payment.status == "succeeded" { amount } else { 0 },
        "automatic_payment_methods": null,
        "canceled_at": (payment.status == "canceled").then_some(payment.created + 86_400),
        "cancellation_reason": null,
        "capture_method": "automatic",
        "client_secret": format!("{}_secret_demo", payment.id),
        "confirmation_method": "automatic",
        "created": payment.created,
        "currency": payment.currency.to_lowercase(),
        "customer": payment.customer,
        "description": null,
        "last_payment_error": (payment.status == "requires_payment_method").then_some(declined),
        "latest_charge": charge_id(payment),
        "livemode": false,
        "metadata": {},
        "next_action": null,
        "payment_method": (payment.status != "requires_payment_method").then(|| method_id(payment)),
        "payment_method_types": [payment.method],
        "receipt_email": null,
        "setup_future_usage": null,
        "shipping": null,
        "statement_descriptor": null,
        "status": payment.status,
    })
}

/// The charge, where there is one.
pub(super) fn charge(view: &View<'_>, payment: &Payment) -> Option<Value> {
    let id = charge_id(payment)?;
    let (status, paid) = match payment.status {
        "succeeded" => ("succeeded", true),
        "requires_payment_method" => ("failed", false),
        _ => ("pending", false),
    };
    let amount = minor(payment.amount, payment.currency);
    let details = match payment.method {
        "sepa_debit" => {
            json!({ "type": "sepa_debit", "sepa_debit": { "country": "DE", "last4": "3000" } })
        }
        _ => {
            json!({ "type": "card", "card": { "brand": "visa", "country": "NL", "last4": "4242" } })
        }
    };
    Some(json!({
        "id": id,
        "object": "charge",
        "amount": amount,
        "amount_captured": if paid { amount } else { 0 },
        "amount_refunded": 0,
        "captured": paid,
        "created": payment.created,
        "currency": payment.currency.to_lowercase(),
        "customer": payment.customer,
        "description": null,
        "disputed": false,
        "failure_code": (status == "failed").then_some("card_declined"),
        "failure_message": (status == "failed").then_some("Your card has insufficient funds."),
        "livemode": false,
        "metadata": {},
        "paid": paid,
        "payment_intent": payment.id,
        "payment_method": method_id(payment),
        "payment_method_details": details,
        "receipt_email": null,
        "receipt_number": null,
        "receipt_url": paid.then(|| format!("{}/receipts/{id}", view.base)),
        "refunded": false,
        "status": status,
    }))
}

/// What ties the payment to its invoice.
pub(super) fn of_invoice(payment: &Payment) -> Option<Value> {
    let invoice = payment.invoice.as_ref()?;
    let amount = minor(payment.amount, payment.currency);
    let paid = payment.status == "succeeded";
    let status = match payment.status {
        "succeeded" => "paid",
        "canceled" => "canceled",
        _ => "open",
    };
    Some(json!({
        "id": payment.id.replacen("pi_", "inpay_", 1),
        "object": "invoice_payment",
        "amount_paid": paid.then_some(amount),
        "amount_requested": amount,
        "created": payment.created,
        "currency": payment.currency.to_lowercase(),
        "invoice": invoice,
        "is_default": paid,
        "livemode": false,
        "payment": { "type": "payment_intent", "payment_intent": payment.id },
        "status": status,
        "status_transitions": {
            "canceled_at": (status == "canceled").then_some(payment.created + 86_400),
            "paid_at": paid.then_some(payment.created),
        },
    }))
}
