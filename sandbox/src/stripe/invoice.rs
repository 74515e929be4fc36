//! Invoices and their lines.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::data::{Invoice, InvoiceLine};

use super::view::{View, minor};
use super::{customer, payment, subscription};

/// Lines that come inside an invoice.
const EMBEDDED: usize = 10;

/// The invoice, with its first lines.
pub(super) fn shown(view: &View<'_>, invoice: &Invoice) -> Value {
    let id = &invoice.id;
    let company = customer::company(view, &invoice.customer);
    let mut first = lines(view, invoice);
    let more = first.len() > EMBEDDED;
    first.truncate(EMBEDDED);
    let manual = invoice.subscription.is_none();
    let lines = json!({
        "object": "list",
        "data": first,
        "has_more": more,
        "url": format!("/v1/invoices/{id}/lines"),
    });
    let mut shown = json!({
        "id": id,
        "object": "invoice",
        "account_country": "NL",
        "account_name": "Vestibule Demo",
        "attempt_count": i32::from(!manual),
        "attempted": !manual,
        "auto_advance": false,
        "billing_reason": if manual { "manual" } else { "subscription_cycle" },
        "collection_method": if invoice.due.is_some() { "send_invoice" } else { "charge_automatically" },
        "created": invoice.created,
        "currency": invoice.currency.to_lowercase(),
        "customer": invoice.customer,
        "customer_address": company.map(customer::address),
        "customer_email": company.and_then(|company| customer::email(view, company)),
        "customer_name": company.map(|company| &company.name),
        "customer_phone": company.and_then(|company| company.phone.as_ref()),
        "description": null,
        "discounts": [],
        "due_date": invoice.due,
        "footer": null,
        "lines": lines,
        "livemode": false,
        "metadata": invoice.order.as_ref().map_or_else(|| json!({}), |order| json!({ "order_number": order })),
        "number": invoice.number,
        "parent": invoice.subscription.as_ref().map(|subscription| json!({
            "type": "subscription_details",
            "quote_details": null,
            "subscription_details": { "metadata": {}, "subscription": subscription },
        })),
        "period_end": invoice.created,
        "period_start": invoice.created,
        "status": invoice.status,
    });
    for part in [amounts(invoice), finalized(view, invoice)] {
        if let (Value::Object(shown), Value::Object(part)) = (&mut shown, part) {
            shown.extend(part);
        }
    }
    view.told(&invoice.id, shown)
}

/// The amounts: integers in the minor unit.
fn amounts(invoice: &Invoice) -> Value {
    let cents = |amount: Decimal| minor(amount, invoice.currency);
    let net: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let total = net + invoice.tax;
    json!({
        "amount_due": cents(total),
        "amount_overpaid": 0,
        "amount_paid": cents(invoice.paid),
        "amount_remaining": cents(total - invoice.paid),
        "amount_shipping": 0,
        "starting_balance": 0,
        "subtotal": cents(net),
        "subtotal_excluding_tax": cents(net),
        "total": cents(total),
        "total_discount_amounts": [],
        "total_excluding_tax": cents(net),
        "total_taxes": taxes(invoice, cents(net), cents(invoice.tax)),
    })
}

/// What an invoice has once it is no draft any more.
fn finalized(view: &View<'_>, invoice: &Invoice) -> Value {
    let id = &invoice.id;
    let final_at = (invoice.status != "draft").then_some(invoice.created + 3600);
    let page = final_at.map(|_| format!("{}/i/{id}", view.base));
    let settled = |status: &str| (invoice.status == status).then_some(invoice.created + 86_400);
    let paid_at = || {
        let payments = view.business.payments.iter().filter(|payment| payment.invoice.as_ref() == Some(id));
        payments.filter(|payment| payment.status == "succeeded").map(|payment| payment.created).max()
    };
    json!({
        "effective_at": final_at,
        "ending_balance": final_at.map(|_| 0),
        "hosted_invoice_url": page,
        "invoice_pdf": page.as_ref().map(|page| format!("{page}/pdf")),
        "status_transitions": {
            "finalized_at": final_at,
            "marked_uncollectible_at": settled("uncollectible"),
            "paid_at": (invoice.status == "paid").then(paid_at).flatten(),
            "voided_at": settled("void"),
        },
        "webhooks_delivered_at": final_at,
    })
}

fn taxes(invoice: &Invoice, taxable: i64, amount: i64) -> Value {
    if invoice.tax.is_zero() {
        return json!([]);
    }
    json!([{
        "amount": amount,
        "tax_behavior": "exclusive",
        "tax_rate_details": { "tax_rate": "txr_1VestibuleStandard" },
        "taxability_reason": "standard_rated",
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }])
}

/// All lines, in the invoice's order.
pub(super) fn lines(view: &View<'_>, invoice: &Invoice) -> Vec<Value> {
    invoice.lines.iter().map(|row| line(view, invoice, row)).collect()
}

fn line(view: &View<'_>, invoice: &Invoice, line: &InvoiceLine) -> Value {
    let amount = minor(line.amount, invoice.currency);
    let own = invoice.subscription.as_ref();
    let subscription = own.and_then(|id| view.business.subscriptions.iter().find(|row| row.id == *id));
    let item = line.id.replacen("il_", "ii_", 1);
    let (parent, price, product) = match subscription {
        Some(subscription) => (
            json!({
                "type": "subscription_item_details",
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null,
                    "proration": false,
                    "proration_details": null,
                    "subscription": subscription.id,
                    "subscription_item": subscription::item_id(subscription),
                },
            }),
            subscription::price_id(subscription),
            subscription::product_id(subscription.product),
        ),
        None => (
            json!({
                "type": "invoice_item_details",
                "invoice_item_details": {
                    "invoice_item": item,
                    "proration": false,
                    "proration_details": null,
                    "subscription": null,
                },
                "subscription_item_details": null,
            }),
            item.replacen("ii_", "price_", 1),
            item.replacen("ii_", "prod_", 1),
        ),
    };
    let unit = Decimal::from(amount) / Decimal::from(line.quantity.max(1));
    json!({
        "id": line.id,
        "object": "line_item",
        "amount": amount,
        "currency": invoice.currency.to_lowercase(),
        "description": line.description,
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": invoice.id,
        "livemode": false,
        "metadata": {},
        "parent": parent,
        "period": { "start": invoice.created, "end": invoice.created },
        "pretax_credit_amounts": [],
        "pricing": {
            "type": "price_details",
            "price_details": { "price": price, "product": product },
            "unit_amount_decimal": unit.round_dp(12).normalize().to_string(),
        },
        "quantity": line.quantity,
        "subtotal": amount,
        "taxes": [],
    })
}

/// The invoice's payments, which come only where they are expanded.
pub(super) fn payments(view: &View<'_>, id: &str) -> Value {
    let own = view.business.payments.iter().filter(|payment| payment.invoice.as_deref() == Some(id));
    json!({
        "object": "list",
        "data": own.filter_map(payment::of_invoice).collect::<Vec<_>>(),
        "has_more": false,
        "url": format!("/v1/invoice_payments?invoice={id}"),
    })
}
