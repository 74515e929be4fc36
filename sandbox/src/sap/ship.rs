//! Goods that leave: what the business's own people do with an order.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use crate::State;
use crate::data::Business;
use crate::data::documents::{Delivery, DeliveryLine};
use crate::effect::{By, Effect, Event};
use crate::sap::NAME;

use super::create::event;

/// The orders of which something can still leave, oldest first.
pub(crate) fn shippable(business: &Business) -> Vec<String> {
    let open = |order: &&crate::data::Order| {
        matches!(order.delivery, "A" | "B")
            && order.rejection == "A"
            && order.block.is_empty()
            && business.told.order(&order.number).locked_by.is_none()
            && !left(business, &order.number).is_empty()
    };
    business.orders.iter().filter(open).map(|order| order.number.clone()).collect()
}

/// What of an order is in no delivery yet.
fn left(business: &Business, number: &str) -> Vec<DeliveryLine> {
    let Some(order) = business.orders.iter().find(|order| order.number == number) else {
        return Vec::new();
    };
    let gone = |position: u32| {
        let lines = business.deliveries.iter().flat_map(|delivery| &delivery.lines);
        let own = lines.filter(move |line| line.order == number && line.order_position == position);
        own.map(|line| line.quantity).sum::<rust_decimal::Decimal>()
    };
    let rest = order.lines.iter().map(|line| (line, line.quantity - gone(line.position)));
    (1..)
        .zip(rest.filter(|(_, rest)| rest.is_sign_positive() && !rest.is_zero()))
        .map(|(place, (line, quantity))| DeliveryLine {
            position: place * 10,
            order: number.to_owned(),
            order_position: line.position,
            sku: line.sku.clone(),
            text: line.text.clone(),
            quantity,
            unit: line.unit,
        })
        .collect()
}

/// Delivers what is left of an order; gives the number of the delivery.
///
/// # Errors
/// When there is no such order, or nothing of it can leave.
pub fn ship(state: &State, by: By, number: &str) -> Result<String, String> {
    state.commit(by, |business, at| {
        if !shippable(business).iter().any(|open| open == number) {
            return Err(format!("nothing of order {number} can leave"));
        }
        let lines = left(business, number);
        let today = Timestamp::from_second(at).unwrap_or_default().to_zoned(TimeZone::UTC).date();
        let numbers = business.deliveries.iter().filter_map(|delivery| delivery.number.parse::<u64>().ok());
        let key = (numbers.max().unwrap_or(80_000_000) + 1).to_string();
        let order = business.orders.iter_mut().find(|order| order.number == number);
        let order = order.ok_or_else(|| format!("there is no order {number}"))?;
        (order.delivery, order.process, order.modified) = ("C", "B", at);
        let sold_to = order.sold_to.clone();
        business.deliveries.push(Delivery {
            number: key.clone(),
            sold_to,
            made: today,
            planned: today,
            left: Some((today, Time::midnight())),
            expected: today.saturating_add(3.days()),
            proof: "A",
            confirmed: None,
            bill_of_lading: Some(format!("1ZV{key:0>13}")),
            lines,
            version: 1,
        });
        let kind = "sap.s4.beh.outbounddelivery.v1.OutboundDelivery.Created.v1";
        let told = vec![Event::new(kind, json!({ "OutboundDelivery": key }))];
        let delivery = Effect::new(NAME, "A_OutbDeliveryHeader", key.clone(), "create").tells(told);
        let delivery = delivery.set(json!({ "ReferenceSDDocument": number }));
        let order = Effect::new(NAME, "A_SalesOrder", number, "ship").tells(vec![event("Changed", number)]);
        let order = order.set(json!({ "OverallTotalDeliveryStatus": "C" }));
        Ok((key, vec![delivery, order]))
    })
}
