//! Quotations: of some orders the offer they began with, and for some customers offers that wait, have lapsed, or were
//! refused. One that somebody of the business still has to approve is not the customer's to see.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::data::documents::Quotation;
use crate::data::{Company, Order, OrderLine, Product};

use super::DAY;
use super::orders::{day, lines};
use super::random::Random;
use super::special::KESTREL;

const FIRST_NUMBER: usize = 20_000_001;

/// What became of an offer: days since it was made, days that it holds, approval, progress, rejection.
type Fate = (i64, Option<i64>, &'static str, &'static str, &'static str);

/// The showcase's: two wait (one without end), one has lapsed, one was refused, one is ordered in part, one is still in
/// approval.
const SHOWCASE: [Fate; 6] = [
    (2, Some(30), "B", "A", "A"),
    (9, None, "", "A", "A"),
    (80, Some(30), "B", "A", "A"),
    (40, Some(60), "", "A", "C"),
    (12, Some(45), "", "B", "A"),
    (1, Some(30), "A", "A", "A"),
];
const USUAL: [Fate; 5] = [
    (5, Some(30), "", "A", "A"),
    (100, Some(30), "B", "A", "A"),
    (60, Some(30), "", "A", "C"),
    (25, Some(60), "", "A", "A"),
    (3, Some(14), "A", "A", "A"),
];

/// All quotations, oldest first, numbers ascending.
pub(super) fn all(now: i64, companies: &[Company], (orders, products): (&[Order], &[Product])) -> Vec<Quotation> {
    let mut random = Random::new(101);
    let mut quotations = Vec::new();
    for company in companies.iter().filter(|company| !company.debtors.is_empty()) {
        let own = orders.iter().filter(|order| company.debtors.contains(&order.sold_to) && order.rejection != "C");
        let accepted: Vec<&Order> = own.filter(|_| random.chance(25)).collect();
        quotations.extend(accepted.into_iter().map(|order| of_order(&mut random, order)));
        let fates: &[Fate] = if company.id == KESTREL { &SHOWCASE } else { &USUAL };
        for (turn, fate) in fates.iter().enumerate() {
            if company.id != KESTREL && !random.chance(25) {
                continue;
            }
            let debtor = &company.debtors[turn % company.debtors.len()];
            let lines = lines(&mut random, company.currency, products);
            quotations.push(offer(now, (company, debtor), (*fate, lines)));
        }
    }
    quotations.sort_by(|a, b| (a.date, &a.sold_to).cmp(&(b.date, &b.sold_to)));
    for (number, quotation) in (FIRST_NUMBER..).zip(&mut quotations) {
        quotation.number = number.to_string();
    }
    quotations
}

fn until(date: Date, holds: i64) -> Date {
    date.saturating_add(holds.days())
}

fn of_order(random: &mut Random, order: &Order) -> Quotation {
    let date = order.placed.saturating_sub(random.between(2, 20).days());
    let bare = |line: &OrderLine| OrderLine { schedule: Vec::new(), ..line.clone() };
    Quotation {
        number: String::new(),
        sold_to: order.sold_to.clone(),
        date,
        until: Some(until(date, 30)),
        currency: order.currency,
        approval: "",
        process: "C",
        rejection: "A",
        lines: order.lines.iter().map(bare).collect(),
        order: Some(order.number.clone()),
        modified: order.modified,
    }
}

fn offer(
    now: i64,
    (company, debtor): (&Company, &str),
    ((age, holds, approval, process, rejection), lines): (Fate, Vec<OrderLine>),
) -> Quotation {
    let date = day(now - age * DAY);
    Quotation {
        number: String::new(),
        sold_to: debtor.to_owned(),
        date,
        until: holds.map(|holds| until(date, holds)),
        currency: company.currency,
        approval,
        process,
        rejection,
        lines,
        order: None,
        modified: now - age * DAY,
    }
}
