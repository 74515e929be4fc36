//! Billing documents: SAP bills the orders that are on account, and credits what it billed. What is paid online, and every
//! subscription, is the payment service's; its customers may have bills of both, but no order is billed twice.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::data::documents::{BillingDocument, BillingLine};
use crate::data::{Company, Order, OrderLine};

use super::DAY;
use super::orders::{currency, day, is_paid_online, tax_rate};
use super::random::Random;
use super::special::KESTREL;

const FIRST_NUMBER: usize = 90_000_001;
/// Services of the showcase that no order stands behind: days ago, and the price in euros. Today's is not posted yet.
const SERVICES: [(i64, i64); 4] = [(0, 140), (20, 480), (95, 1250), (310, 95)];
/// Days since the showcase's pro forma invoice.
const PRO_FORMA: i64 = 4;

/// All billing documents, oldest first.
pub(super) fn all(now: i64, companies: &[Company], orders: &[Order]) -> Vec<BillingDocument> {
    let mut random = Random::new(83);
    let mut documents: Vec<BillingDocument> = Vec::new();
    for company in companies {
        let own = orders.iter().filter(|order| company.debtors.contains(&order.sold_to));
        let own = own.filter(|order| order.process == "C" && !is_paid_online(company, order));
        for (turn, order) in own.enumerate() {
            documents.push(of_order(&mut random, now, company, ("M", order, &order.lines)));
            let credited = if company.id == KESTREL { turn % 2 == 0 } else { random.chance(12) };
            if credited {
                documents.push(of_order(&mut random, now, company, ("O", order, &order.lines[..1])));
            }
        }
        if company.id == KESTREL {
            documents.extend(SERVICES.map(|(age, price)| service(now, company, (age, price), "M")));
            documents.push(service(now, company, (PRO_FORMA, 700), "U"));
        }
    }
    documents.sort_by(|a, b| (a.date, &a.sold_to).cmp(&(b.date, &b.sold_to)));
    for (number, document) in (FIRST_NUMBER..).zip(&mut documents) {
        document.number = number.to_string();
    }
    cancel(&mut random, &mut documents);
    documents
}

fn blank(company: &Company, category: &'static str, date: Date) -> BillingDocument {
    BillingDocument {
        number: String::new(),
        category,
        sold_to: String::new(),
        reference: None,
        date,
        currency: company.currency,
        cancelled: false,
        cancels: None,
        clearing: "",
        due: None,
        paid: Decimal::ZERO,
        posted: category != "U",
        lines: Vec::new(),
        modified: 0,
    }
}

fn taxed(company: &Company, net: Decimal) -> Decimal {
    (net * tax_rate(company.country)).round_dp(currency(company.currency).1)
}

fn of_order(
    random: &mut Random,
    now: i64,
    company: &Company,
    (category, order, lines): (&'static str, &Order, &[OrderLine]),
) -> BillingDocument {
    let date = order.placed.saturating_add(random.between(3, 12).days()).min(day(now));
    let mut document = blank(company, category, date);
    document.sold_to.clone_from(&order.sold_to);
    document.reference.clone_from(&order.reference);
    document.clearing = match random.between(1, 20) {
        1..=2 => "A",
        3 if category == "M" => "B",
        _ => "C",
    };
    document.modified = order.modified;
    let line = |line: &OrderLine| BillingLine {
        position: line.position,
        order: order.number.clone(),
        sku: line.sku.clone(),
        text: line.text.clone(),
        quantity: line.quantity,
        unit: line.unit,
        net: line.net,
        tax: taxed(company, line.net),
    };
    document.lines = lines.iter().map(line).collect();
    if category == "M" {
        document.due = Some(date.saturating_add(random.pick(&[14, 30, 30, 60]).days()));
    }
    // What was made out today is posted tonight, and nothing is cleared before.
    if date == day(now) {
        (document.posted, document.clearing) = (false, "");
    }
    if document.clearing == "B" {
        let decimals = currency(company.currency).1;
        document.paid = (document.net() / Decimal::from(3)).round_dp(decimals);
    }
    document
}

fn service(now: i64, company: &Company, (age, price): (i64, i64), category: &'static str) -> BillingDocument {
    let mut document = blank(company, category, day(now - age * DAY));
    document.sold_to = company.debtors.first().cloned().unwrap_or_default();
    document.clearing = match age {
        0 => "",
        31.. => "C",
        _ => "A",
    };
    document.due = (category == "M").then(|| document.date.saturating_add(14.days()));
    document.posted &= age > 0;
    document.modified = now - age * DAY;
    let net = Decimal::from(price);
    document.lines = vec![BillingLine {
        position: 10,
        order: String::new(),
        sku: String::new(),
        text: "Service on board".to_owned(),
        quantity: Decimal::ONE,
        unit: "EA",
        net,
        tax: taxed(company, net),
    }];
    document
}

/// A few invoices were wrong: each is cancelled by a document of its own.
fn cancel(random: &mut Random, documents: &mut Vec<BillingDocument>) {
    let mut number = FIRST_NUMBER + documents.len();
    let mut cancellations = Vec::new();
    for document in documents.iter_mut().filter(|document| document.category == "M") {
        if !random.chance(10) {
            continue;
        }
        document.cancelled = true;
        document.clearing = "C";
        document.paid = Decimal::ZERO;
        cancellations.push(BillingDocument {
            number: number.to_string(),
            category: "N",
            cancels: Some(document.number.clone()),
            cancelled: false,
            ..document.clone()
        });
        number += 1;
    }
    documents.append(&mut cancellations);
}
