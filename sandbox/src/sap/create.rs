//! A sales order that is made: header, items, texts and partners in one deep insert, or nothing.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use crate::data::documents::Scheduled;
use crate::data::terms::REPLENISHED_IN;
use crate::data::told::OrderNotes;
use crate::data::{Business, Company, Order, OrderLine, Product};
use crate::effect::{Effect, Event};
use crate::sap::NAME;

use super::change::{Change, Done, made, orders};
use super::error::Refusal;
use super::query::Shape;
use super::record::FUNCTIONS;
use super::schema::{ORDERS, Set, set};
use super::simulate::{AREA, object, results};

/// `POST A_SalesOrder`: 201 with what was made.
pub(super) fn order(change: &Change<'_>, business: &mut Business, root: &str, at: i64) -> Done {
    let header = orders().ok_or_else(|| Refusal::service(ORDERS))?;
    let body = Json::Object(change.members()?);
    let given = object(&body, header, &[])?;
    let company = customer(business, given)?;
    let asked = results(given.get("to_Item"));
    if asked.is_empty() {
        return Err(Refusal::business("V1/046", "The sales document contains no items"));
    }
    let number = business.orders.iter().filter_map(|order| order.number.parse::<u64>().ok()).max();
    let number = (number.unwrap_or(4600) + 1).to_string();
    let today = Timestamp::from_second(at).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    let lines = (1..).zip(asked).map(|(place, asked)| line(business, company, (today, place, asked)));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let net: Decimal = lines.iter().map(|line| line.net).sum();
    if company.credit_limit.is_some_and(|limit| net > limit) {
        let text = format!("Credit check for customer {} was not successful", text(given, "SoldToParty"));
        return Err(Refusal::business("VP/150", text));
    }
    let notes = notes(business, given)?;
    let order = Order {
        number: number.clone(),
        sold_to: text(given, "SoldToParty").to_owned(),
        reference: Some(text(given, "PurchaseOrderByCustomer").to_owned()).filter(|text| !text.is_empty()),
        placed: today,
        requested: day(given, "RequestedDeliveryDate")?,
        currency: company.currency,
        process: "A",
        delivery: "A",
        rejection: "A",
        block: "",
        lines,
        modified: at,
    };
    let reference = Some(notes.reference.clone()).filter(|reference| !reference.is_empty());
    business.orders.push(order);
    business.told.orders.insert(number.clone(), notes);
    let mut shape = Shape::default();
    for navigation in header.navigations.iter().filter(|navigation| given.contains_key(navigation.name)) {
        shape.expand.insert(navigation.name, Shape::default());
    }
    let effect = Effect::new(NAME, "A_SalesOrder", number.clone(), "create").set(body.clone()).reference(reference);
    let event = event("Created", &number);
    Ok((made(business, root, &number, &shape)?, vec![effect.tells(vec![event])]))
}

/// What the event mesh is told of an order: its key, and nothing of what is in it.
pub(super) fn event(what: &str, number: &str) -> Event {
    let kind = format!("sap.s4.beh.salesorder.v1.SalesOrder.{what}.v1");
    Event::new(kind, serde_json::json!({ "SalesOrder": number }))
}

pub(super) fn text<'a>(given: &'a Map<String, Json>, name: &str) -> &'a str {
    given.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// The customer that a header is of, once the header holds.
fn customer<'a>(business: &'a Business, given: &Map<String, Json>) -> Result<&'a Company, Refusal> {
    let kind = text(given, "SalesOrderType");
    if kind != "OR" {
        return Err(Refusal::business("V1/320", format!("Sales document type {kind} is not defined")));
    }
    if AREA.iter().any(|(name, known)| text(given, name) != *known) {
        return Err(Refusal::business("V1/155", "The sales area is not defined for the customer"));
    }
    let debtor = text(given, "SoldToParty");
    let company = business.company_of(debtor);
    let company =
        company.ok_or_else(|| Refusal::business("VP/197", format!("The sold-to party {debtor} is not maintained")))?;
    if company.blocked {
        return Err(Refusal::business("V1/045", format!("Customer {debtor} is blocked for orders")));
    }
    Ok(company)
}

/// One item, with its price and what is promised of it.
fn line(
    business: &Business,
    company: &Company,
    (today, place, asked): (Date, u32, &Json),
) -> Result<OrderLine, Refusal> {
    let of: &Set = set(ORDERS, "A_SalesOrderItem").ok_or_else(|| Refusal::service(ORDERS))?;
    let given = object(asked, of, &["to_Text", "to_Partner", "to_PricingElement"])?;
    let material = text(given, "Material");
    let product = business.product(material).ok_or_else(|| {
        Refusal::business("V1/382", format!("Material {material} is not defined for sales org.1710, distr.chan.10"))
    })?;
    let unit = text(given, "RequestedQuantityUnit");
    if !unit.is_empty() && unit != product.unit {
        return Err(Refusal::business("V1/384", format!("Sales unit {unit} is not defined for item {}", place * 10)));
    }
    let quantity = quantity(given, material)?;
    let position = text(given, "SalesOrderItem");
    let position = if position.is_empty() { Ok(place * 10) } else { position.parse() };
    let text = product.texts.first().map(|(_, text)| text.clone()).unwrap_or_default();
    Ok(OrderLine {
        position: position.map_err(|_| Refusal::syntax("Invalid value in property 'SalesOrderItem'"))?,
        sku: product.sku.clone(),
        text,
        quantity,
        unit: product.unit,
        net: company.net(product, quantity),
        schedule: promised(business, company, (product, quantity, today)),
    })
}

/// The quantity of an item: a decimal as text, more than nothing.
pub(super) fn quantity(given: &Map<String, Json>, material: &str) -> Result<Decimal, Refusal> {
    let malformed = || Refusal::syntax("Malformed literal of type Edm.Decimal in property 'RequestedQuantity'");
    let quantity: Decimal = text(given, "RequestedQuantity").parse().map_err(|_| malformed())?;
    if quantity <= Decimal::ZERO {
        return Err(Refusal::business("V1/211", format!("Enter a quantity for material {material}")));
    }
    Ok(quantity)
}

/// At once what is in stock, the rest when it has been replenished.
pub(super) fn promised(
    business: &Business,
    company: &Company,
    (product, quantity, today): (&Product, Decimal, Date),
) -> Vec<Scheduled> {
    let now = business.stock_of(&product.sku, company.plant()).min(quantity);
    let later = today.saturating_add(REPLENISHED_IN.days());
    let mut parts = vec![Scheduled { ordered: quantity, confirmed: now, on: (now > Decimal::ZERO).then_some(today) }];
    if now < quantity {
        parts.push(Scheduled { ordered: Decimal::ZERO, confirmed: quantity - now, on: Some(later) });
    }
    parts
}

/// A calendar day: `/Date(milliseconds)/`, or the day itself.
pub(super) fn day(given: &Map<String, Json>, name: &str) -> Result<Option<Date>, Refusal> {
    let value = text(given, name);
    if value.is_empty() {
        return Ok(None);
    }
    let instant = value.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/"));
    let date = match instant {
        Some(millis) => {
            let at = millis.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
            at.map(|at| at.to_zoned(TimeZone::UTC).date())
        }
        None => value.split('T').next().and_then(|day| day.parse().ok()),
    };
    let malformed = || Refusal::syntax(format!("Malformed literal of type Edm.DateTime in property '{name}'"));
    date.map(Some).ok_or_else(malformed)
}

/// Reference, texts and partners.
fn notes(business: &Business, given: &Map<String, Json>) -> Result<OrderNotes, Refusal> {
    let mut notes = OrderNotes { reference: text(given, "YY1_PortalReference_SDH").to_owned(), ..Default::default() };
    let of = |name| set(ORDERS, name).ok_or_else(|| Refusal::service(ORDERS));
    for row in results(given.get("to_Text")) {
        let row = object(row, of("A_SalesOrderText")?, &[])?;
        let field = |name| text(row, name).to_owned();
        notes.texts.push((field("LongTextID"), field("Language"), field("LongText")));
    }
    for row in results(given.get("to_Partner")) {
        let row = object(row, of("A_SalesOrderHeaderPartner")?, &[])?;
        let function = text(row, "PartnerFunction");
        let code = FUNCTIONS.iter().find(|(code, english)| *code == function || *english == function);
        let (code, _) =
            code.ok_or_else(|| Refusal::business("VP/040", format!("Partner function {function} is not allowed")))?;
        let customer = text(row, "Customer");
        if business.company_of(customer).is_none() {
            return Err(Refusal::business("VP/199", format!("Customer {customer} does not exist")));
        }
        notes.partners.insert((*code).to_owned(), customer.to_owned());
    }
    Ok(notes)
}
