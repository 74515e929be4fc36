//! Outbound deliveries of the orders: as many of their goods as the orders say.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use crate::data::documents::{Delivery, DeliveryLine};
use crate::data::{Order, OrderLine};

use super::orders::day;
use super::random::Random;

const FIRST_NUMBER: usize = 80_000_001;

/// All deliveries, in the order of their orders.
pub(super) fn all(now: i64, orders: &[Order]) -> Vec<Delivery> {
    let mut random = Random::new(71);
    let today = day(now);
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for order in orders {
        for lines in parts(&mut random, order) {
            let mut delivery = made_out(&mut random, order, lines, today);
            // Now and then goods of the order before travel along.
            let earlier = last.get(order.sold_to.as_str()).and_then(|at| deliveries.get_mut(*at));
            if let Some(earlier) = earlier.filter(|earlier| earlier.lines.len() > 1 && random.chance(25)) {
                delivery.lines.extend(earlier.lines.pop());
            }
            delivery.number = (FIRST_NUMBER + deliveries.len()).to_string();
            for (position, line) in (1..).zip(&mut delivery.lines) {
                line.position = position * 10;
            }
            last.insert(&order.sold_to, deliveries.len());
            deliveries.push(delivery);
        }
    }
    deliveries
}

/// What of an order is in each of its deliveries.
fn parts(random: &mut Random, order: &Order) -> Vec<Vec<DeliveryLine>> {
    let lines: Vec<DeliveryLine> = order.lines.iter().map(|line| delivered(order, line, line.quantity)).collect();
    match order.delivery {
        "C" if lines.len() > 1 && random.chance(25) => {
            let (first, second) = lines.split_at(lines.len() / 2);
            vec![first.to_vec(), second.to_vec()]
        }
        "C" => vec![lines],
        "B" if lines.len() > 1 => vec![lines[..lines.len() / 2].to_vec()],
        "B" => {
            let halves = order.lines.iter().map(|line| (line, (line.quantity / Decimal::TWO).round_dp(0)));
            let some = halves.filter(|(_, half)| !half.is_zero());
            let some: Vec<_> = some.map(|(line, half)| delivered(order, line, half)).collect();
            // Of a single piece there is no part.
            if some.is_empty() { Vec::new() } else { vec![some] }
        }
        _ => Vec::new(),
    }
}

fn delivered(order: &Order, line: &OrderLine, quantity: Decimal) -> DeliveryLine {
    DeliveryLine {
        position: 0,
        order: order.number.clone(),
        order_position: line.position,
        sku: line.sku.clone(),
        text: line.text.clone(),
        quantity,
        unit: line.unit,
    }
}

fn made_out(random: &mut Random, order: &Order, lines: Vec<DeliveryLine>, today: Date) -> Delivery {
    let later = |date: Date, days: i64| date.saturating_add(days.days());
    let made = later(order.placed, random.between(1, 5)).min(today);
    let planned = later(made, random.between(1, 3));
    let expected = later(planned, random.between(1, 4));
    let clock = |random: &mut Random| Time::constant(i8::try_from(random.between(6, 17)).unwrap_or_default(), 30, 0, 0);
    let left = (planned <= today && (order.process == "C" || random.chance(70))).then(|| (planned, clock(random)));
    let arrived = left.is_some() && expected <= today;
    let (proof, confirmed) = match random.between(1, 10) {
        1 => ("", None),
        2..=9 if arrived => ("C", Some((expected, clock(random)))),
        _ => ("A", None),
    };
    let bill_of_lading =
        (left.is_some() && random.chance(80)).then(|| format!("1ZV{:013}", random.between(1, 9_999_999_999)));
    Delivery {
        number: String::new(),
        sold_to: order.sold_to.clone(),
        made,
        planned,
        left,
        expected,
        proof,
        confirmed,
        bill_of_lading,
        lines,
        version: 1 + u32::from(left.is_some()) + u32::from(confirmed.is_some()),
    }
}
