//! Subscriptions of the customers whom Stripe bills.

use rust_decimal::Decimal;

use crate::data::{Company, Subscription};

use super::DAY;
use super::orders::currency;
use super::random::Random;
use super::special::KESTREL;

/// Name and euros a month.
const PLANS: &[(&str, i64)] = &[("Service Plus", 149), ("Remote Monitoring", 39), ("Spare Parts Flat", 89)];
const STATUSES: &[&str] =
    &["active", "active", "active", "active", "trialing", "past_due", "canceled", "paused", "unpaid"];

/// All subscriptions.
pub(super) fn all(now: i64, companies: &[Company]) -> Vec<Subscription> {
    let mut random = Random::new(41);
    let mut subscriptions = Vec::new();
    for company in companies {
        let Some(customer) = &company.stripe_customer else {
            continue;
        };
        let some = if company.id == KESTREL { 2 } else { random.between(0, 9) / 4 };
        for turn in 1..=some {
            let mut subscription = one(&mut random, now, company.currency);
            subscription.id = format!("sub_1{}{turn}", customer.trim_start_matches("cus_"));
            subscription.customer.clone_from(customer);
            if company.id == KESTREL {
                subscription.status = "active";
            }
            subscriptions.push(subscription);
        }
    }
    subscriptions
}

fn one(random: &mut Random, now: i64, code: &'static str) -> Subscription {
    let (product, euros) = *random.pick(PLANS);
    let yearly = random.chance(25);
    let (rate, decimals) = currency(code);
    let period = if yearly { 365 } else { 30 };
    let periods = if yearly { random.between(0, 2) } else { random.between(1, 24) };
    let into = random.between(1, period - 1) * DAY;
    let status = *random.pick(STATUSES);
    Subscription {
        id: String::new(),
        customer: String::new(),
        status,
        product,
        price: (Decimal::from(if yearly { euros * 11 } else { euros }) * rate).round_dp(decimals),
        quantity: random.between(1, 12),
        currency: code,
        interval: if yearly { "year" } else { "month" },
        start: now - periods * period * DAY - into,
        period_end: now - into + period * DAY,
        cancel_at_period_end: status == "active" && random.chance(15),
    }
}
