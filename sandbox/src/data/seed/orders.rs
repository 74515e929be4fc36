//! Sales orders over the last three years.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::data::{Company, Order, OrderLine, Product};

use super::DAY;
use super::random::Random;
use super::special::{KESTREL, NORDSOEHNE};

const FIRST_NUMBER: usize = 4601;
/// Days since the showcase's orders were placed: some of every status, two of one day.
const SHOWCASE: &[i64] = &[1, 3, 6, 6, 12, 18, 25, 33, 47, 60, 75, 110, 190, 260, 400, 620];

/// The most that is paid online, in euros without tax.
const ONLINE: i64 = 12_000;

/// How money looks in a currency: units of it per euro in hundredths, and its decimals (ISO 4217).
pub(in crate::data) fn currency(code: &str) -> (Decimal, u32) {
    match code {
        "USD" => (Decimal::new(110, 2), 2),
        "JPY" => (Decimal::new(16_000, 2), 0),
        "CHF" => (Decimal::new(95, 2), 2),
        _ => (Decimal::ONE, 2),
    }
}

/// The tax on what is invoiced to a country, as a part of the net amount.
pub(super) fn tax_rate(country: &str) -> Decimal {
    let percent = match country {
        "DE" => 19,
        "NL" => 21,
        "FR" => 20,
        "JP" => 10,
        _ => 0,
    };
    Decimal::new(percent, 2)
}

/// Whether the payment service bills an order: what customers whom it knows order for up to this many euros, which they pay
/// at once by card or debit. Larger orders are on account: the ERP bills them once they are complete, with terms. So an
/// order is billed in one place, and whoever orders small and large things has bills of both.
pub(super) fn is_paid_online(company: &Company, order: &Order) -> bool {
    let net: Decimal = order.lines.iter().map(|line| line.net).sum();
    company.stripe_customer.is_some() && net <= Decimal::from(ONLINE) * currency(order.currency).0
}

/// The calendar day of an instant, in UTC.
pub(super) fn day(instant: i64) -> Date {
    Timestamp::from_second(instant).unwrap_or_default().to_zoned(TimeZone::UTC).date()
}

/// All orders, oldest first, numbers ascending.
pub(super) fn all(now: i64, companies: &[Company], products: &[Product]) -> Vec<Order> {
    let mut random = Random::new(37);
    let mut planned: Vec<(i64, &Company, &str)> = Vec::new();
    for company in companies.iter().filter(|company| !company.debtors.is_empty()) {
        let ages: Vec<i64> = match company.id {
            KESTREL => SHOWCASE.to_vec(),
            _ => {
                let some = if company.id <= NORDSOEHNE { 9 } else { random.between(1, 11) };
                (0..some).map(|_| random.between(0, 1000)).collect()
            }
        };
        for (turn, age) in ages.into_iter().enumerate() {
            let debtor = &company.debtors[turn % company.debtors.len()];
            planned.push((age, company, debtor));
        }
    }
    planned.sort_by_key(|(age, company, _)| (-age, company.id));
    (FIRST_NUMBER..)
        .zip(planned)
        .map(|(number, (age, company, debtor))| {
            let mut order = blank(&mut random, now - age * DAY, company.currency);
            order.number = number.to_string();
            debtor.clone_into(&mut order.sold_to);
            order.lines = lines(&mut random, company.currency, products);
            settle(&mut random, &mut order, age);
            order
        })
        .collect()
}

fn blank(random: &mut Random, instant: i64, currency: &'static str) -> Order {
    let reference = match random.between(1, 6) {
        1 => None,
        2 => Some(format!("Müller/{}", random.between(10, 99))),
        3 => Some(format!("PO '{}'", random.between(1000, 9999))),
        _ => Some(format!("PO-{}", random.between(10_000, 99_999))),
    };
    Order {
        number: String::new(),
        sold_to: String::new(),
        reference,
        placed: day(instant),
        requested: random.chance(88).then(|| day(instant + random.between(3, 40) * DAY)),
        currency,
        process: "",
        delivery: "",
        rejection: "A",
        block: "",
        lines: Vec::new(),
        modified: instant,
    }
}

/// Where the order stands at its age in days.
fn settle(random: &mut Random, order: &mut Order, age: i64) {
    (order.process, order.delivery) = match age {
        0..=10 => ("A", "A"),
        11..=45 => ("B", *random.pick(&["A", "B", "B", "C"])),
        _ if random.chance(4) => ("B", "B"),
        // Orders of services have nothing to deliver.
        _ if random.chance(5) => ("C", ""),
        _ => ("C", "C"),
    };
    if random.chance(4) {
        order.rejection = *random.pick(&["B", "C"]);
    }
    if age < 46 && random.chance(12) {
        order.block = "01";
    }
    order.modified += random.between(0, age.min(20)) * DAY;
}

pub(super) fn lines(random: &mut Random, code: &'static str, products: &[Product]) -> Vec<OrderLine> {
    let (rate, decimals) = currency(code);
    let count = u32::try_from(random.between(1, 6)).unwrap_or(1);
    let line = |position: u32| {
        let product = random.pick(products);
        let quantity = match product.unit {
            "KG" => Decimal::new(random.between(500, 90_000), 3),
            _ => Decimal::from(random.between(1, 24)),
        };
        OrderLine {
            position: position * 10,
            sku: product.sku.clone(),
            text: product.texts.first().map(|(_, text)| text.clone()).unwrap_or_default(),
            quantity,
            unit: product.unit,
            net: (product.price * rate * quantity).round_dp(decimals),
            schedule: Vec::new(),
        }
    };
    (1..=count).map(line).collect()
}
