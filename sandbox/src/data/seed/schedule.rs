//! What is promised of the orders: when each item arrives, in one part or two, or not yet known.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::data::Order;
use crate::data::documents::Scheduled;

use super::orders::day;
use super::random::Random;

/// Gives every item of the orders its schedule lines. What was delivered came a while after it was ordered; what was not is
/// still to come.
pub(super) fn promise(now: i64, orders: &mut [Order]) {
    let mut random = Random::new(97);
    let today = day(now);
    for order in orders {
        let later = |date: Date, days: i64| date.saturating_add(days.days());
        let delivered = match order.delivery {
            "A" => 0,
            "B" => order.lines.len() / 2,
            _ => order.lines.len(),
        };
        let placed = order.placed;
        for (at, line) in order.lines.iter_mut().enumerate() {
            let arrives =
                if at < delivered { later(placed, random.between(4, 14)) } else { later(today, random.between(2, 21)) };
            line.schedule = match random.between(1, 20) {
                // Nothing can be promised yet.
                1 if at >= delivered => vec![part(line.quantity, Decimal::ZERO, None)],
                // A part earlier, the rest when it is there.
                2..=5 => {
                    let first = (line.quantity / Decimal::TWO).round_dp(0).min(line.quantity);
                    let rest = line.quantity - first;
                    let rest = (rest > Decimal::ZERO)
                        .then(|| part(Decimal::ZERO, rest, Some(later(arrives, random.between(3, 9)))));
                    let first = part(line.quantity, first, (first > Decimal::ZERO).then_some(arrives));
                    std::iter::once(first).chain(rest).collect()
                }
                _ => vec![part(line.quantity, line.quantity, Some(arrives))],
            };
        }
    }
}

fn part(ordered: Decimal, confirmed: Decimal, on: Option<Date>) -> Scheduled {
    Scheduled { ordered, confirmed, on }
}
