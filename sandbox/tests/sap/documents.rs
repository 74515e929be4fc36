//! Deliveries and billing documents agree with the orders; a simulation prices and promises, and keeps nothing.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vestibule_sandbox::data::Company;
use vestibule_sandbox::data::documents::BillingDocument;
use vestibule_sandbox::data::terms::REPLENISHED_IN;

use crate::client::{KESTREL, Sap, distinct};

const DELIVERIES: &str = "API_OUTBOUND_DELIVERY_SRV;v=0002";
const BILLING: &str = "API_BILLING_DOCUMENT_SRV";
const SIMULATION: &str = "API_SALES_ORDER_SIMULATION_SRV/A_SalesOrderSimulation";

#[tokio::test]
async fn what_is_delivered_is_what_was_ordered() {
    let sap = Sap::open().await;
    let business = sap.running.state.read().clone();
    let mut delivered: BTreeMap<(&str, u32), Decimal> = BTreeMap::new();
    for delivery in &business.deliveries {
        assert!(!delivery.lines.is_empty(), "{} has items", delivery.number);
        for line in &delivery.lines {
            let order = business.orders.iter().find(|order| order.number == line.order).unwrap();
            assert_eq!(order.sold_to, delivery.sold_to);
            *delivered.entry((&line.order, line.order_position)).or_default() += line.quantity;
        }
    }
    for order in &business.orders {
        let of = |line: &vestibule_sandbox::data::OrderLine| {
            delivered.get(&(order.number.as_str(), line.position)).copied().unwrap_or_default()
        };
        assert!(order.lines.iter().all(|line| of(line) <= line.quantity));
        let all = order.lines.iter().all(|line| of(line) == line.quantity);
        let none = order.lines.iter().all(|line| of(line).is_zero());
        match order.delivery {
            "C" => assert!(all, "order {} is delivered", order.number),
            "B" => assert!(!all, "order {} is delivered in part", order.number),
            _ => assert!(none, "order {} is not delivered", order.number),
        }
    }
}

#[tokio::test]
async fn a_delivery_has_the_shapes_of_v2() {
    let sap = Sap::open().await;
    let filter = format!("SoldToParty eq '{KESTREL}' and OverallGoodsMovementStatus eq 'C'");
    let path = format!("{DELIVERIES}/A_OutbDeliveryHeader?$filter={filter}&$expand=to_DeliveryDocumentItem&$top=1");
    let delivery = sap.rows(&path).await.remove(0);
    assert_eq!(delivery["__metadata"]["type"], "API_OUTBOUND_DELIVERY_SRV.A_OutbDeliveryHeaderType");
    assert!(delivery["__metadata"]["etag"].as_str().unwrap().starts_with("W/\"'000"));
    let time = delivery["ActualGoodsMovementTime"].as_str().unwrap();
    assert!(time.starts_with("PT") && time.ends_with("M00S"), "{time}");
    let item = &delivery["to_DeliveryDocumentItem"]["results"][0];
    let order = item["ReferenceSDDocument"].as_str().unwrap();
    let items = sap.rows(&format!("{DELIVERIES}/A_OutbDeliveryItem?$filter=ReferenceSDDocument eq '{order}'")).await;
    assert!(distinct(&items, "DeliveryDocument").contains(delivery["DeliveryDocument"].as_str().unwrap()));
}

#[tokio::test]
async fn an_order_is_billed_by_the_erp_or_by_the_payment_service_and_never_by_both() {
    let sap = Sap::open().await;
    let business = sap.running.state.read().clone();
    let kinds: BTreeSet<&str> = business.billing.iter().map(|document| document.category).collect();
    assert_eq!(kinds, BTreeSet::from(["M", "N", "O", "U"]));
    let online: BTreeSet<&String> = business.invoices.iter().filter_map(|invoice| invoice.order.as_ref()).collect();
    let bills = |company: &&Company| {
        let billed = business.billing.iter().any(|document| company.debtors.contains(&document.sold_to));
        (billed, business.invoices.iter().any(|invoice| Some(&invoice.customer) == company.stripe_customer.as_ref()))
    };
    let kinds_of_customers: BTreeSet<(bool, bool)> = business.companies.iter().map(|company| bills(&company)).collect();
    assert_eq!(kinds_of_customers.len(), 4, "of both, of either alone, and of none");
    for document in &business.billing {
        let orders = || document.lines.iter().map(|line| &line.order);
        assert!(
            orders().all(|order| !online.contains(order)),
            "{} is of an order that is paid online",
            document.number
        );
        if document.category == "O" {
            let billed =
                |other: &&BillingDocument| other.category == "M" && other.lines[0].order == document.lines[0].order;
            assert!(business.billing.iter().any(|other| billed(&other)), "{} credits nothing", document.number);
        }
        if let Some(cancelled) = &document.cancels {
            let cancelled = business.billing.iter().find(|other| other.number == *cancelled).unwrap();
            assert!(cancelled.cancelled && cancelled.net() == document.net());
        }
    }
    let document = sap.rows(&format!("{BILLING}/A_BillingDocument?$top=1&$expand=to_Item")).await.remove(0);
    let amount = |name: &str| document[name].as_str().unwrap().parse::<Decimal>().unwrap();
    assert_eq!(amount("TotalGrossAmount"), amount("TotalNetAmount") + amount("TaxAmount"));
}

/// Posts a simulation with a token of its own.
async fn simulate(sap: &Sap, body: &Value) -> (StatusCode, Value) {
    let fetched = sap.ask("API_SALES_ORDER_SIMULATION_SRV/").header("x-csrf-token", "Fetch").send().await.unwrap();
    let token = fetched.headers()["x-csrf-token"].clone();
    let cookie = fetched.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let post = sap.http.post(sap.url(SIMULATION)).basic_auth("PORTAL", Some("demo"));
    let post = post.header("x-csrf-token", token).header("cookie", cookie).header("accept", "application/json");
    let answer = post.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
    (answer.status(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

fn order(sold_to: &str, items: &[(&str, &str)]) -> Value {
    let item = |(material, quantity): &(&str, &str)| json!({ "Material": material, "RequestedQuantity": quantity, "to_ScheduleLine": [] });
    json!({
        "SalesOrderType": "OR", "SalesOrganization": "1710", "DistributionChannel": "10", "OrganizationDivision": "00",
        "SoldToParty": sold_to, "to_Pricing": {}, "to_Item": items.iter().map(item).collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn a_simulation_prices_for_the_customer_and_says_what_can_come_when() {
    let sap = Sap::open().await;
    let business = sap.running.state.read().clone();
    let (some, other) = (&business.products[0], &business.products[7]);
    let mut prices = Vec::new();
    for debtor in [KESTREL, "10100003", "10100011"] {
        let (status, body) = simulate(&sap, &order(debtor, &[(&some.sku, "3"), (&other.sku, "500")])).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let company = business.company_of(debtor).unwrap();
        let items = body["d"]["to_Item"]["results"].as_array().unwrap();
        let net: Decimal = items[0]["NetAmount"].as_str().unwrap().parse().unwrap();
        assert_eq!(net, company.net(some, Decimal::from(3)));
        assert_eq!(items[1]["Plant"], if company.country == "US" { "1710" } else { "1010" });
        let lines = items[1]["to_ScheduleLine"]["results"].as_array().unwrap();
        let confirmed =
            |line: &Value| line["ConfdOrderQtyByMatlAvailCheck"].as_str().unwrap().parse::<Decimal>().unwrap();
        assert_eq!(confirmed(&lines[0]), business.stock_of(&other.sku, company.plant()));
        assert_eq!(lines.iter().map(confirmed).sum::<Decimal>(), Decimal::from(500));
        assert_eq!(lines.len(), 2, "the rest comes in {REPLENISHED_IN} days");
        prices.push(net);
    }
    assert!(prices[0] < prices[1], "groups pay differently: {prices:?}");
}

#[tokio::test]
async fn a_simulation_refuses_what_cannot_be_ordered_and_what_comes_without_a_token() {
    let sap = Sap::open().await;
    let sku = sap.running.state.read().products[0].sku.clone();
    let with = |name: &str, value: &str| {
        let mut body = order(KESTREL, &[(&sku, "1")]);
        body[name] = json!(value);
        body
    };
    for (body, code) in [
        (with("SoldToParty", "999"), "VP/197"),
        (with("SalesOrganization", "1010"), "V1/155"),
        (with("SalesOrderType", ""), "V1/320"),
        (order(KESTREL, &[("NO-SUCH", "1")]), "V1/382"),
        (order(KESTREL, &[(&sku, "0")]), "V1/211"),
        (with("NoSuchProperty", "1"), "005056A509B11EE1B9A8FEC11C21D78E"),
    ] {
        let (status, answer) = simulate(&sap, &body).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (StatusCode::BAD_REQUEST, Some(code)), "{body}");
    }
    let bare = sap.http.post(sap.url(SIMULATION)).basic_auth("PORTAL", Some("demo")).body("{}").send().await.unwrap();
    assert_eq!((bare.status(), bare.headers()["x-csrf-token"].to_str().unwrap()), (StatusCode::FORBIDDEN, "Required"));
}

#[tokio::test]
async fn the_ledger_has_what_was_posted_and_says_what_is_open_of_it() {
    let sap = Sap::open().await;
    let business = sap.running.state.read().clone();
    let (mut part, mut unposted) = (0, 0);
    for document in business.billing.iter().filter(|document| document.category != "U") {
        let path = format!(
            "API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube?$filter=AccountingDocumentItemType eq 'D' and \
             (BillingDocument eq '{0}' or InvoiceReference eq '{0}')",
            document.number
        );
        // One of each kind is enough to be asked for over HTTP.
        if (part > 0 || document.clearing != "B") && (unposted > 0 || document.posted) {
            continue;
        }
        let items = sap.rows(&path).await;
        let amount = |item: &Value| item["AmountInTransactionCurrency"].as_str().unwrap().parse::<Decimal>().unwrap();
        let open: Decimal = items.iter().filter(|item| item["IsCleared"] == false).map(amount).sum();
        assert_eq!(items.len(), usize::from(document.posted) + usize::from(document.clearing == "B"));
        if document.posted {
            assert_eq!(open, document.signed() - document.paid, "{}", document.number);
        }
        part += usize::from(document.clearing == "B");
        unposted += usize::from(!document.posted);
    }
    assert!(part > 0 && unposted > 0, "{part} paid in part, {unposted} not posted");
}
