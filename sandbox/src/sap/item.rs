//! Changes of an order's header and of its items.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use crate::data::{Business, Order};
use crate::effect::Effect;
use crate::sap::NAME;

use super::answer::Answer;
use super::change::{Change, Done};
use super::create::{day, event, promised, quantity, text};
use super::error::Refusal;
use super::schema::{ORDERS, set};

/// What of a header may change.
const HEADER: [&str; 5] = [
    "PurchaseOrderByCustomer",
    "RequestedDeliveryDate",
    "DeliveryBlockReason",
    "SalesOrderDate",
    "YY1_PortalReference_SDH",
];
/// What of an item may change.
const ITEM: [&str; 3] = ["RequestedQuantity", "RequestedQuantityUnit", "SalesDocumentRjcnReason"];
/// The delivery blocks that there are.
const BLOCKS: [&str; 3] = ["", "01", "02"];

/// 204.
fn nothing() -> Answer {
    let mut answer = Answer::ok("application/json;charset=utf-8", String::new());
    answer.status = StatusCode::NO_CONTENT;
    answer
}

/// The members of a change, which the type has and which may change.
fn members(change: &Change<'_>, name: &str, allowed: &[&str]) -> Result<Map<String, Json>, Refusal> {
    let of = set(ORDERS, name).ok_or_else(|| Refusal::service(ORDERS))?;
    let given = change.members()?;
    for name in given.keys().filter(|name| !name.starts_with("__")) {
        if of.property(name).is_none() {
            return Err(Refusal::property(name, of.kind));
        }
        if !allowed.contains(&name.as_str()) {
            return Err(Refusal::syntax(format!("Property '{name}' cannot be updated")));
        }
    }
    Ok(given)
}

fn order<'a>(business: &'a mut Business, number: &str) -> Result<&'a mut Order, Refusal> {
    let found = business.orders.iter_mut().find(|order| order.number == number);
    found.ok_or_else(|| Refusal::missing("A_SalesOrderType"))
}

/// What of a header may change, as it is.
fn header(business: &Business, number: &str) -> Result<impl PartialEq + use<>, Refusal> {
    let own = business.orders.iter().find(|order| order.number == number);
    let own = own.ok_or_else(|| Refusal::missing("A_SalesOrderType"))?;
    Ok((own.reference.clone(), own.requested, own.block, business.told.order(number).reference.clone()))
}

/// `PATCH A_SalesOrder('…')`: 204.
pub(super) fn change_header(change: &Change<'_>, business: &mut Business, number: &str, at: i64) -> Done {
    let given = members(change, "A_SalesOrder", &HEADER)?;
    let requested = day(&given, "RequestedDeliveryDate")?;
    let block = text(&given, "DeliveryBlockReason");
    let block = BLOCKS.iter().find(|known| **known == block);
    let block = block.ok_or_else(|| Refusal::business("V1/318", "The delivery block is not defined"))?;
    let before = header(business, number)?;
    let own = order(business, number)?;
    if given.contains_key("PurchaseOrderByCustomer") {
        let reference = text(&given, "PurchaseOrderByCustomer");
        own.reference = Some(reference.to_owned()).filter(|text| !text.is_empty());
    }
    if given.contains_key("RequestedDeliveryDate") {
        own.requested = requested;
    }
    if given.contains_key("DeliveryBlockReason") {
        own.block = block;
    }
    own.modified = at;
    if given.contains_key("YY1_PortalReference_SDH") {
        let notes = business.told.orders.entry(number.to_owned()).or_default();
        text(&given, "YY1_PortalReference_SDH").clone_into(&mut notes.reference);
    }
    let reference = business.told.order(number).reference.clone();
    let effect = Effect::new(NAME, "A_SalesOrder", number, "update").set(Json::Object(given));
    let effect = effect.reference(Some(reference).filter(|reference| !reference.is_empty()));
    let effect = effect.changed(header(business, number)? != before);
    Ok((nothing(), vec![effect.tells(vec![event("Changed", number)])]))
}

/// `PATCH A_SalesOrderItem(SalesOrder='…',SalesOrderItem='…')`: 204.
pub(super) fn change(change: &Change<'_>, business: &mut Business, (number, item): (&str, &str), at: i64) -> Done {
    let given = members(change, "A_SalesOrderItem", &ITEM)?;
    let missing = || Refusal::missing("A_SalesOrderItemType");
    let position: u32 = item.parse().map_err(|_| missing())?;
    let reason = |business: &Business| business.told.order(number).rejected.get(&position).cloned();
    let (before, mut same) = (reason(business), true);
    let own = order(business, number)?;
    let line = own.lines.iter().find(|line| line.position == position).ok_or_else(missing)?.clone();
    if own.delivery == "C" {
        let text = format!("Item {position:06} is already delivered completely and cannot be changed");
        return Err(Refusal::business("V1/497", text));
    }
    if given.contains_key("RequestedQuantity") {
        let quantity = quantity(&given, &line.sku)?;
        let sold_to = own.sold_to.clone();
        let company = business.company_of(&sold_to).ok_or_else(|| Refusal::missing("A_CustomerType"))?;
        let product = business.product(&line.sku).ok_or_else(|| Refusal::missing("A_ProductType"))?;
        let today = Timestamp::from_second(at).unwrap_or_default().to_zoned(TimeZone::UTC).date();
        let (net, schedule) = (company.net(product, quantity), promised(business, company, (product, quantity, today)));
        let line = order(business, number)?.lines.iter_mut().find(|line| line.position == position);
        let line = line.ok_or_else(missing)?;
        same = line.quantity == quantity;
        (line.quantity, line.net, line.schedule) = (quantity, net, schedule);
    }
    if given.contains_key("SalesDocumentRjcnReason") {
        reject(business, (number, position), text(&given, "SalesDocumentRjcnReason"))?;
    }
    order(business, number)?.modified = at;
    let effect = Effect::new(NAME, "A_SalesOrderItem", format!("{number}/{position}"), "update");
    let effect = effect.set(Json::Object(given)).changed(!same || reason(business) != before);
    let effect = effect.tells(vec![event("Changed", number)]);
    Ok((nothing(), vec![effect]))
}

/// Gives an item a reason for rejection, or takes it away; the header says how many items have one.
fn reject(business: &mut Business, (number, position): (&str, u32), reason: &str) -> Result<(), Refusal> {
    let valid = reason.len() <= 2 && reason.chars().all(|char| char.is_ascii_alphanumeric());
    if !valid {
        return Err(Refusal::business("V1/541", format!("Reason for rejection {reason} is not defined")));
    }
    let notes = business.told.orders.entry(number.to_owned()).or_default();
    if reason.is_empty() {
        notes.rejected.remove(&position);
    } else {
        notes.rejected.insert(position, reason.to_owned());
    }
    let rejected = notes.rejected.len();
    let own = order(business, number)?;
    (own.rejection, own.process) = match rejected {
        0 => ("A", own.process),
        some if some >= own.lines.len() => ("C", "C"),
        _ => ("B", own.process),
    };
    Ok(())
}
