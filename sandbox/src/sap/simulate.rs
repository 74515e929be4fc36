//! `A_SalesOrderSimulation`: prices an order for a customer and says when it would come, and keeps nothing of it.
//!
//! Only what a request names comes back: `to_Item`, and in an item `to_ScheduleLine`.

use axum::http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use crate::data::terms::REPLENISHED_IN;
use crate::data::{Business, Company, Product};

use super::answer::Answer;
use super::error::Refusal;
use super::schema::{Set, set};
use super::value::Value;

const SERVICE: &str = "API_SALES_ORDER_SIMULATION_SRV";
/// Where a simulation is asked.
pub(super) const PATH: &str = "API_SALES_ORDER_SIMULATION_SRV/A_SalesOrderSimulation";
/// The sales area of the business.
pub(super) const AREA: [(&str, &str); 3] =
    [("SalesOrganization", "1710"), ("DistributionChannel", "10"), ("OrganizationDivision", "00")];

/// The answer to a simulation.
///
/// # Errors
/// On a body that is none, a property that the type does not have, and a customer, material or quantity that cannot be.
pub(super) fn simulate(business: &Business, now: i64, body: &[u8]) -> Result<Answer, Refusal> {
    let header = set(SERVICE, "A_SalesOrderSimulation").ok_or_else(|| Refusal::service(SERVICE))?;
    let body: Json = serde_json::from_slice(body).map_err(|_| Refusal::syntax("Error while parsing a JSON stream"))?;
    let given = object(&body, header, &["to_Pricing", "to_PricingElement", "to_Partner", "to_Credit"])?;
    let text = |name: &str| given.get(name).and_then(Json::as_str).unwrap_or_default();
    if text("SalesOrderType").is_empty() {
        return Err(Refusal::business("V1/320", "Sales document type is not defined"));
    }
    if AREA.iter().any(|(name, known)| text(name) != *known) {
        return Err(Refusal::business("V1/155", "The sales area is not defined for the customer"));
    }
    let company = business.company_of(text("SoldToParty"));
    let company = company.ok_or_else(|| Refusal::business("VP/197", "The sold-to party is not maintained"))?;
    let today = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    let asked = results(given.get("to_Item"));
    let items = (1..).zip(asked).map(|(at, item)| one(business, company, (today, at, item)));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let mut answer = empty(header);
    for (name, value) in given.iter().filter(|(_, value)| value.is_string()) {
        answer.insert(name.clone(), value.clone());
    }
    answer.insert("TransactionCurrency".to_owned(), json!(company.currency));
    answer.insert("CustomerPriceGroup".to_owned(), json!(company.price_group().0));
    if given.contains_key("to_Item") {
        answer.insert("to_Item".to_owned(), json!({ "results": items }));
    }
    let body = json!({ "d": answer }).to_string();
    Ok(Answer { status: StatusCode::CREATED, ..Answer::ok("application/json;charset=utf-8", body) })
}

/// What a deep insert has behind a navigation: a list, or `{"results": […]}`.
pub(super) fn results(value: Option<&Json>) -> &[Json] {
    let value = value.map(|value| value.get("results").unwrap_or(value));
    value.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The members of an entity in a request; `more` are further navigations.
pub(super) fn object<'a>(value: &'a Json, of: &Set, more: &[&str]) -> Result<&'a Map<String, Json>, Refusal> {
    let members = value.as_object().ok_or_else(|| Refusal::syntax("Error while parsing a JSON stream"))?;
    let known = |name: &str| of.property(name).is_some() || of.navigation(name).is_some() || more.contains(&name);
    match members.keys().find(|name| !known(name)) {
        Some(unknown) => Err(Refusal::property(unknown, of.kind)),
        None => Ok(members),
    }
}

/// Every property of a type, empty.
fn empty(of: &Set) -> Map<String, Json> {
    of.properties.iter().map(|(name, edm)| ((*name).to_owned(), edm.empty().json())).collect()
}

fn one(
    business: &Business,
    company: &Company,
    (today, at, asked): (Date, u32, &Json),
) -> Result<Map<String, Json>, Refusal> {
    let of = set(SERVICE, "A_SalesOrderItemSimulation").ok_or_else(|| Refusal::service(SERVICE))?;
    let given = object(asked, of, &["to_PricingElement", "to_Partner"])?;
    let text = |name: &str| given.get(name).and_then(Json::as_str).unwrap_or_default();
    let material = text("Material");
    let product = business.product(material).ok_or_else(|| {
        Refusal::business("V1/382", format!("Material {material} is not defined for sales org.1710, distr.chan.10"))
    })?;
    let quantity: Decimal = text("RequestedQuantity")
        .parse()
        .map_err(|_| Refusal::syntax("Malformed literal of type Edm.Decimal in property 'RequestedQuantity'"))?;
    if quantity <= Decimal::ZERO {
        return Err(Refusal::business("V1/211", format!("Enter a quantity for material {material}")));
    }
    let number =
        if text("SalesOrderItem").is_empty() { (at * 10).to_string() } else { text("SalesOrderItem").to_owned() };
    let net = Value::money(company.net(product, quantity), company.currency).json();
    let mut item = empty(of);
    for (name, value) in [
        ("SalesOrderItem", json!(number)),
        ("HigherLevelItem", json!("0")),
        ("SalesOrderItemCategory", json!("TAN")),
        ("Material", json!(material)),
        ("RequestedQuantity", Value::quantity(quantity).json()),
        ("RequestedQuantityUnit", json!(product.unit)),
        ("ConfdDelivQtyInOrderQtyUnit", Value::quantity(quantity).json()),
        ("TransactionCurrency", json!(company.currency)),
        ("NetAmount", net),
        ("Plant", json!(company.plant())),
    ] {
        item.insert(name.to_owned(), value);
    }
    if given.contains_key("to_ScheduleLine") {
        let lines = schedule(business, company, (product, quantity, today))?;
        item.insert("to_ScheduleLine".to_owned(), json!({ "results": lines }));
    }
    Ok(item)
}

/// What leaves when: at once what is in stock, the rest when it has been replenished.
fn schedule(
    business: &Business,
    company: &Company,
    (product, quantity, today): (&Product, Decimal, Date),
) -> Result<Vec<Map<String, Json>>, Refusal> {
    let of = set(SERVICE, "A_SalesOrderScheduleLineSimln").ok_or_else(|| Refusal::service(SERVICE))?;
    let now = business.stock_of(&product.sku, company.plant()).min(quantity);
    let mut parts = vec![(today, quantity, now)];
    if now < quantity {
        parts.push((today.saturating_add(REPLENISHED_IN.days()), Decimal::ZERO, quantity - now));
    }
    let line = |(at, (date, ordered, confirmed)): (u32, (Date, Decimal, Decimal))| {
        let mut line = empty(of);
        line.insert("ScheduleLine".to_owned(), json!(at.to_string()));
        line.insert("RequestedDeliveryDate".to_owned(), Value::date(today).json());
        line.insert("ConfirmedDeliveryDate".to_owned(), Value::date(date).json());
        line.insert("OrderQuantityUnit".to_owned(), json!(product.unit));
        line.insert("ScheduleLineOrderQuantity".to_owned(), Value::quantity(ordered).json());
        line.insert("ConfdOrderQtyByMatlAvailCheck".to_owned(), Value::quantity(confirmed).json());
        line
    };
    Ok((1..).zip(parts).map(line).collect())
}
