//! Deliveries: of an account, and of an order, whose number stands in their items only.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule_sandbox::data::documents::Delivery;

use crate::world::{ANA, JONAS, KESTREL, World, nodes, texts};

const LIST: &str = "{ viewer { account { shipments(first: 50) { totalCount nodes { number status statusLabel open
    trackingNumber shippedAt expectedOn deliveredAt order { number } account { name }
    lines { product { sku } description quantity unit } } } } } }";

/// Kestrel's deliveries, the newest first.
fn own(world: &World) -> Vec<Delivery> {
    let all = world.business().deliveries.clone();
    let mut own: Vec<Delivery> = all.into_iter().filter(|one| KESTREL.contains(&one.sold_to.as_str())).collect();
    own.sort_by(|a, b| b.number.cmp(&a.number));
    own
}

fn status(delivery: &Delivery) -> &'static str {
    match delivery {
        delivery if delivery.proof == "C" => "DELIVERED",
        delivery if delivery.left.is_some() => "IN_TRANSIT",
        _ => "PENDING",
    }
}

/// What the graph has to say of a delivery.
fn expected(delivery: &Delivery) -> Value {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let instant = |(date, time): (jiff::civil::Date, jiff::civil::Time)| {
        date.to_datetime(time).to_zoned(zone.clone()).unwrap().timestamp().to_string()
    };
    let lines = delivery.lines.iter().map(|line| {
        let mut quantity = line.quantity;
        quantity.rescale(3);
        let text: String = line.text.chars().take(40).collect();
        json!({ "product": { "sku": line.sku }, "description": text, "quantity": quantity.to_string(), "unit": line.unit })
    });
    json!({
        "number": delivery.number,
        "status": status(delivery),
        "statusLabel": match status(delivery) { "DELIVERED" => "Delivered", "IN_TRANSIT" => "In transit", _ => "Pending" },
        "open": status(delivery) != "DELIVERED",
        "trackingNumber": delivery.bill_of_lading,
        "shippedAt": delivery.left.map(instant),
        "expectedOn": delivery.expected.to_string(),
        "deliveredAt": delivery.confirmed.map(instant),
        "order": { "number": delivery.lines[0].order },
        "account": { "name": "Kestrel Marine BV" },
        "lines": lines.collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn the_deliveries_of_an_account_are_those_of_all_its_debtors_the_newest_first() {
    let world = World::open().await;
    let answer = world.ask(ANA, LIST).await;
    let shipments = &answer["viewer"]["account"]["shipments"];
    let own = own(&world);
    assert_eq!(shipments["totalCount"], own.len());
    let all: Vec<Value> = own.iter().map(expected).collect();
    assert_eq!(nodes(shipments), all);
    for status in ["DELIVERED", "IN_TRANSIT"] {
        assert!(own.iter().any(|one| self::status(one) == status), "the demo shows {status}");
    }
}

#[tokio::test]
async fn an_order_has_the_deliveries_that_have_items_of_it() {
    let world = World::open().await;
    let query =
        "{ viewer { account { orders(first: 50) { nodes { number shipments(first: 10) { nodes { number } } } } } } }";
    world.calls().await;
    let answer = world.ask(ANA, query).await;
    // The orders, the items that name them, the deliveries of these: for all orders at once.
    assert_eq!(world.sap_calls().await, 3);
    let orders = nodes(&answer["viewer"]["account"]["orders"]);
    let own = own(&world);
    let mut counts = BTreeSet::new();
    for order in orders {
        let number = order["number"].as_str().unwrap();
        let of = own.iter().filter(|one| one.lines.iter().any(|line| line.order == number));
        let of: Vec<&str> = of.map(|one| &*one.number).collect();
        assert_eq!(texts(nodes(&order["shipments"]), "number"), of, "order {number}");
        counts.insert(of.len());
    }
    assert!(counts.contains(&0) && counts.contains(&1), "orders with and without: {counts:?}");
}

#[tokio::test]
async fn the_deliveries_of_an_order_come_in_pages() {
    let world = World::open().await;
    let business = world.business().clone();
    let deliveries_of =
        |order: &str| business.deliveries.iter().filter(|one| one.lines.iter().any(|line| line.order == order)).count();
    let kestrel = business.orders.iter().filter(|order| KESTREL.contains(&order.sold_to.as_str()));
    let order = kestrel.max_by_key(|order| deliveries_of(&order.number)).unwrap().number.clone();
    assert!(deliveries_of(&order) > 1, "an order in several deliveries");
    let find = "{ viewer { account { orders(first: 50) { nodes { id number } } } } }";
    let found = world.ask(ANA, find).await;
    let of = nodes(&found["viewer"]["account"]["orders"]).iter().find(|one| one["number"] == *order).unwrap();
    let id = of["id"].as_str().unwrap();
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let page = format!(
            "{{ order(id: \"{id}\") {{ shipments(first: 1{after}) {{ nodes {{ number }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        let answer = world.ask(ANA, &page).await;
        let shipments = answer["order"]["shipments"].clone();
        seen.extend(texts(nodes(&shipments), "number").into_iter().map(str::to_owned));
        if shipments["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", shipments["pageInfo"]["endCursor"]);
    }
    let mut all: Vec<String> = business
        .deliveries
        .iter()
        .filter(|one| one.lines.iter().any(|line| line.order == order))
        .map(|one| one.number.clone())
        .collect();
    all.reverse();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_delivery_is_found_by_its_carriers_number() {
    let world = World::open().await;
    let one = own(&world).into_iter().find(|one| one.bill_of_lading.is_some()).unwrap();
    let query = format!(
        "{{ viewer {{ account {{ shipments(filter: {{ trackingNumber: \"{}\" }}) {{ nodes {{ number }} }} }} }} }}",
        one.bill_of_lading.unwrap()
    );
    let answer = world.ask(ANA, &query).await;
    assert_eq!(texts(nodes(&answer["viewer"]["account"]["shipments"]), "number"), [one.number]);
}

#[tokio::test]
async fn the_delivery_of_another_account_is_not_there() {
    let world = World::open().await;
    let answer = world.ask(ANA, LIST.replace("number status", "id number status").as_str()).await;
    let id = nodes(&answer["viewer"]["account"]["shipments"])[0]["id"].as_str().unwrap();
    let query = format!("{{ shipment(id: \"{id}\") {{ number }} }}");
    assert!(world.ask(ANA, &query).await["shipment"]["number"].is_string());
    assert_eq!(world.ask(JONAS, &query).await["shipment"], Value::Null);
}

#[tokio::test]
async fn a_hostile_erp_shows_nobody_the_deliveries_of_others() {
    let world = World::open().await;
    world.fault("sap", "hostile").await;
    let own: BTreeSet<String> = own(&world).into_iter().map(|one| one.number).collect();
    let answer = world.answer(ANA, LIST).await;
    let seen = answer["data"]["viewer"]["account"]["shipments"]["nodes"].as_array().cloned().unwrap_or_default();
    assert!(seen.iter().all(|one| own.contains(one["number"].as_str().unwrap())), "{seen:?}");
    let orders =
        "{ viewer { account { orders(first: 50) { nodes { number shipments(first: 10) { nodes { number } } } } } } }";
    let answer = world.answer(ANA, orders).await;
    let orders = answer["data"]["viewer"]["account"]["orders"]["nodes"].as_array().cloned().unwrap_or_default();
    for order in &orders {
        for shipment in order["shipments"]["nodes"].as_array().cloned().unwrap_or_default() {
            assert!(shipment.is_null() || own.contains(shipment["number"].as_str().unwrap()), "{order}");
        }
    }
}

#[tokio::test]
async fn without_the_erp_the_list_is_an_error_and_the_rest_is_there() {
    let world = World::open().await;
    world.fault("sap", "down").await;
    let query = "{ viewer { account { name shipments(first: 5) { nodes { number } } } } }";
    let answer = world.answer(ANA, query).await;
    assert_eq!(answer["data"]["viewer"]["account"], json!({ "name": "Kestrel Marine BV", "shipments": null }));
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "account", "shipments"]));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
}
