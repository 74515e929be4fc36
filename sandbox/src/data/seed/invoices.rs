//! The payment service's invoices: for subscriptions, and for the orders that are paid online; and the payments on them.
//! Orders on account have billing documents in the ERP instead, never both.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::data::{Company, Invoice, InvoiceLine, Order, Payment, Subscription};

use super::DAY;
use super::orders::{currency, is_paid_online, tax_rate};
use super::random::Random;
use super::special::KESTREL;

/// What is billed.
pub(super) struct Billed<'a> {
    pub(super) companies: &'a [Company],
    pub(super) orders: &'a [Order],
    pub(super) subscriptions: &'a [Subscription],
}

/// Statuses of the showcase's invoices for orders of a while ago, in turn.
const SHOWCASE: &[&str] = &["paid", "open", "uncollectible", "void", "paid", "open", "paid"];

const METHODS: &[&str] = &["card", "card", "sepa_debit"];

/// All invoices, by customer; ids and numbers ascend with time.
pub(super) fn all(now: i64, billed: &Billed<'_>) -> Vec<Invoice> {
    let mut random = Random::new(53);
    let mut invoices = Vec::new();
    for company in billed.companies {
        let Some(customer) = &company.stripe_customer else {
            continue;
        };
        let orders = billed.orders.iter().filter(|order| company.debtors.contains(&order.sold_to));
        let orders = orders.filter(|order| is_paid_online(company, order));
        let mut own: Vec<Invoice> = orders.map(|order| for_order(&mut random, order)).collect();
        for subscription in billed.subscriptions.iter().filter(|subscription| subscription.customer == *customer) {
            own.extend(for_subscription(&mut random, now, subscription));
        }
        own.retain(|invoice| invoice.created <= now);
        own.sort_by_key(|invoice| invoice.created);
        let mut showcase = SHOWCASE.iter().cycle().copied();
        for (turn, invoice) in own.iter_mut().enumerate() {
            let shown = company.id == KESTREL && invoice.due.is_some() && (now - invoice.created) / DAY > 14;
            let given = shown.then(|| showcase.next()).flatten();
            finish(&mut random, now, company, (turn, given, invoice));
        }
        invoices.append(&mut own);
    }
    invoices
}

fn blank(created: i64, currency: &'static str) -> Invoice {
    Invoice {
        id: String::new(),
        customer: String::new(),
        number: None,
        status: "open",
        currency,
        lines: Vec::new(),
        tax: Decimal::ZERO,
        paid: Decimal::ZERO,
        created,
        due: None,
        order: None,
        subscription: None,
    }
}

fn line(description: Option<String>, quantity: i64, amount: Decimal) -> InvoiceLine {
    InvoiceLine { id: String::new(), description, quantity, amount }
}

fn for_order(random: &mut Random, order: &Order) -> Invoice {
    let placed = order.placed.to_zoned(TimeZone::UTC).map_or(order.modified, |at| at.timestamp().as_second());
    let created = placed + random.between(0, 2) * DAY + random.between(8 * 3600, 17 * 3600);
    let mut invoice = blank(created, order.currency);
    invoice.lines = order.lines.iter().map(|item| line(Some(item.text.clone()), 1, item.net)).collect();
    invoice.due = Some(created + *random.pick(&[14, 30, 30, 60]) * DAY);
    invoice.order = Some(order.number.clone());
    invoice
}

/// The invoices of the last six periods; they are charged automatically, so none has a due date.
fn for_subscription(random: &mut Random, now: i64, subscription: &Subscription) -> Vec<Invoice> {
    let period = if subscription.interval == "year" { 365 } else { 30 } * DAY;
    let starts = (1..=6).map(|turn| subscription.period_end - turn * period);
    let begun = starts.filter(|start| *start >= subscription.start && *start <= now);
    begun
        .map(|start| {
            let mut invoice = blank(start + random.between(0, 3000), subscription.currency);
            let amount = subscription.price * Decimal::from(subscription.quantity);
            let text = format!("{} × {}", subscription.quantity, subscription.product);
            invoice.lines = vec![line(random.chance(95).then_some(text), subscription.quantity, amount)];
            invoice.subscription = Some(subscription.id.clone());
            invoice
        })
        .collect()
}

/// Gives the invoice its names, its tax and its fate.
fn finish(
    random: &mut Random,
    now: i64,
    company: &Company,
    (turn, given, invoice): (usize, Option<&'static str>, &mut Invoice),
) {
    let stem = company.stripe_customer.as_deref().unwrap_or_default().trim_start_matches("cus_").to_owned();
    invoice.id = format!("in_1{stem}{:04}", turn + 1);
    invoice.customer = format!("cus_{stem}");
    let (rate, decimals) = currency(invoice.currency);
    // A few are long: Stripe embeds ten lines only.
    if (company.id == KESTREL && turn == 2) || random.chance(1) {
        let part = (Decimal::new(1990, 2) * rate).round_dp(decimals);
        invoice.lines.extend((1..=14).map(|part_number| line(Some(format!("Spare part {part_number}")), 1, part)));
    }
    for (place, line) in (1..).zip(&mut invoice.lines) {
        line.id = format!("il_1{stem}{:04}_{place}", turn + 1);
    }
    let net: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    invoice.tax = (net * tax_rate(company.country)).round_dp(decimals);
    invoice.status = given.unwrap_or_else(|| status(random, now, invoice));
    invoice.paid = match invoice.status {
        "paid" => net + invoice.tax,
        "open" if random.chance(15) => (net / Decimal::from(4)).round_dp(decimals),
        _ => Decimal::ZERO,
    };
    if invoice.status != "draft" {
        let prefix: String = stem.to_uppercase().chars().filter(char::is_ascii_alphanumeric).take(4).collect();
        invoice.number = Some(format!("{prefix}{}-{:04}", company.id % 1000, turn + 1));
    }
}

fn status(random: &mut Random, now: i64, invoice: &Invoice) -> &'static str {
    let age = (now - invoice.created) / DAY;
    match (invoice.due, age) {
        (None, 0) => "draft",
        (None, _) if random.chance(3) => "open",
        (None, _) => "paid",
        (Some(_), 0..=2) => "draft",
        (Some(_), 3..=14) => "open",
        (Some(_), _) => match random.between(1, 100) {
            1..=10 => "open",
            11..=13 => "void",
            14..=16 => "uncollectible",
            _ => "paid",
        },
    }
}

/// One payment for what was paid on each invoice, and some attempts that came to nothing.
pub(super) fn payments(now: i64, invoices: &[Invoice]) -> Vec<Payment> {
    let mut random = Random::new(59);
    let mut turns: BTreeMap<&str, u32> = BTreeMap::new();
    let mut payments = Vec::new();
    for invoice in invoices {
        let net: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
        let mut attempts = Vec::new();
        if invoice.status == "open" && random.chance(25) {
            let status = *random.pick(&["requires_payment_method", "processing", "canceled"]);
            attempts.push((status, net + invoice.tax - invoice.paid));
        }
        if invoice.paid > Decimal::ZERO {
            attempts.push(("succeeded", invoice.paid));
        }
        for (status, amount) in attempts {
            let turn = turns.entry(&invoice.customer).or_default();
            *turn += 1;
            let method = *random.pick(METHODS);
            payments.push(Payment {
                id: format!("pi_1{}{turn:04}", invoice.customer.trim_start_matches("cus_")),
                customer: invoice.customer.clone(),
                invoice: Some(invoice.id.clone()),
                amount,
                currency: invoice.currency,
                status,
                method,
                created: (invoice.created + random.between(0, 20 * DAY)).min(now),
            });
        }
    }
    payments
}
