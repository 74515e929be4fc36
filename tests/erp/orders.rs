//! When orders are to arrive: what the schedule lines of their items promise.

use jiff::civil::Date;
use serde_json::{Value, json};
use vestibule_sandbox::data::Order;

use crate::world::{ANA, KESTREL, World, nodes};

const LIST: &str = "{ viewer { account { summary { nextDeliveryOn }
    orders(first: 50) { nodes { number open expectedOn lines { position } } } } } }";

fn own(world: &World) -> Vec<Order> {
    let business = world.business();
    business.orders.iter().filter(|order| KESTREL.contains(&order.sold_to.as_str())).cloned().collect()
}

/// The last confirmed day, where all that was not rejected is confirmed.
fn expected(order: &Order) -> Option<Date> {
    let whole = order.lines.iter().all(|line| {
        order.rejection == "C"
            || line.schedule.iter().map(|part| part.confirmed).sum::<rust_decimal::Decimal>() >= line.quantity
    });
    let parts = order.lines.iter().flat_map(|line| &line.schedule).filter(|part| !part.confirmed.is_zero());
    parts.filter_map(|part| part.on).max().filter(|_| whole)
}

#[tokio::test]
async fn an_order_is_expected_on_the_last_day_that_is_confirmed_for_any_of_its_items() {
    let world = World::open().await;
    world.calls().await;
    let answer = world.ask(ANA, LIST).await;
    let own = own(&world);
    let listed = nodes(&answer["viewer"]["account"]["orders"]);
    assert_eq!(listed.len(), own.len());
    for listed in listed {
        let order = own.iter().find(|order| listed["number"] == order.number.as_str()).unwrap();
        let day = expected(order).map(|day| day.to_string());
        assert_eq!(listed["expectedOn"], json!(day), "order {}", order.number);
    }
    let open = listed.iter().filter(|order| order["open"] == true);
    let next = open.filter_map(|order| order["expectedOn"].as_str()).min();
    assert!(next.is_some(), "something is on its way");
    assert_eq!(answer["viewer"]["account"]["summary"]["nextDeliveryOn"], json!(next));
}

#[tokio::test]
async fn the_days_come_with_the_orders_and_cost_no_call_of_their_own() {
    let world = World::open().await;
    world.ask(ANA, "{ viewer { name } }").await;
    world.calls().await;
    world
        .ask(ANA, "{ viewer { account { orders(first: 50) { nodes { number expectedOn lines { description } } } } } }")
        .await;
    assert_eq!(world.sap_calls().await, 1);
}

#[tokio::test]
async fn what_is_not_confirmed_whole_has_no_day() {
    let world = World::open().await;
    let number = {
        let mut business = world.business_mut();
        let whole = |order: &&mut Order| {
            KESTREL.contains(&order.sold_to.as_str()) && order.rejection == "A" && expected(order).is_some()
        };
        let order = business.orders.iter_mut().find(whole).unwrap();
        let line = order.lines.first_mut().unwrap();
        line.schedule.truncate(1);
        line.schedule[0].confirmed = line.quantity / rust_decimal::Decimal::from(2);
        order.number.clone()
    };
    let answer = world.ask(ANA, LIST).await;
    let listed = nodes(&answer["viewer"]["account"]["orders"]);
    let order = listed.iter().find(|order| order["number"] == number.as_str()).unwrap();
    assert_eq!(order["expectedOn"], Value::Null);
}
