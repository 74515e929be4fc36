//! Lists that lag behind what was written here.

use std::time::Duration;

use super::fixture::{CRM, NUMBER, OF_ACCOUNT, ORDER, World, key};
use super::lists::{one, orders, read};
use crate::model::{Change, ChangeKind, ListPage, ListRead, Order, Value};

/// Says that a record of the account was written.
fn wrote(world: &World, kind: ChangeKind, id: &str) {
    world.sources.wrote(&Change {
        source: CRM,
        entity: ORDER,
        key: key(id),
        kind,
        version: None,
        parents: vec![(OF_ACCOUNT, key("a1"))],
        touches: Vec::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
    });
}

fn add(world: &World, id: &str, number: &str) {
    world.crm.add(ORDER, &[("id", id), ("account", "a1"), ("number", number), ("status", "OPEN")]);
}

/// The numbers on a page, whether there are more, and of how many.
fn told(page: &ListPage) -> (String, bool, Option<u64>) {
    let number = |value: &Value| match value {
        Value::Text(text) => text.to_string(),
        other => panic!("{other:?} is no number"),
    };
    let numbers: Vec<_> = page.records.iter().map(|(record, _)| number(record.value(NUMBER))).collect();
    (numbers.join(" "), page.has_next, page.total)
}

async fn first(world: &World, order: Option<bool>) -> (String, bool, Option<u64>) {
    let order = order.map(|descending| Order { field: NUMBER, descending });
    told(&one(world, ListRead { order, ..read(world, &["a1"]) }).await.unwrap())
}

#[tokio::test]
async fn what_is_new_comes_first_where_the_list_does_not_know_it_yet() {
    let world = orders("ooo");
    world.crm.lists_lag();
    add(&world, "new", "9");
    wrote(&world, ChangeKind::Created, "new");
    assert_eq!(first(&world, None).await, ("9 0".to_owned(), true, Some(4)));
    wrote(&world, ChangeKind::Updated, "new");
    assert_eq!(first(&world, None).await, ("9 0".to_owned(), true, Some(4)), "it is new whatever was done since");
}

#[tokio::test]
async fn what_was_changed_and_stands_on_a_later_page_stays_there() {
    let world = orders("ooo");
    wrote(&world, ChangeKind::Updated, "2");
    assert_eq!(first(&world, None).await, ("0 1".to_owned(), true, Some(3)));
}

#[tokio::test]
async fn what_was_changed_is_put_into_a_list_that_is_whole_and_has_it_not() {
    let world = orders("o");
    world.crm.lists_lag();
    add(&world, "moved", "9");
    wrote(&world, ChangeKind::Updated, "moved");
    assert_eq!(first(&world, None).await, ("9 0".to_owned(), false, Some(2)));
}

#[tokio::test]
async fn it_is_put_where_the_order_has_it() {
    let new = |numbers: &[&str]| {
        let world = World::new();
        numbers.iter().for_each(|number| add(&world, number, number));
        world.crm.lists_lag();
        add(&world, "new", "5");
        wrote(&world, ChangeKind::Created, "new");
        world
    };
    let is = |numbers: &str, next, total| (numbers.to_owned(), next, Some(total));
    assert_eq!(first(&new(&["7", "3", "1"]), Some(true)).await, is("7 5", true, 4));
    assert_eq!(first(&new(&["9", "7", "3"]), Some(true)).await, is("9 7", true, 3), "on a later page, if anywhere");
    assert_eq!(first(&new(&["1", "3", "7"]), Some(false)).await, is("1 3", true, 3));
    assert_eq!(first(&new(&["1", "7", "8"]), Some(false)).await, is("1 5", true, 4));
    assert_eq!(first(&new(&["1"]), Some(false)).await, is("1 5", false, 2));
    assert_eq!(first(&new(&["x", "y", "z"]), Some(true)).await, is("5 x", true, 4), "the newest by any order");
    assert_eq!(first(&new(&["x", "y", "z"]), Some(false)).await, is("x y", true, 3));
}

#[tokio::test]
async fn what_a_list_said_of_it_meanwhile_is_not_shown_later() {
    let world = orders("ooo");
    world.crm.lists_lag();
    world.crm.rows.lock().unwrap().remove(0);
    add(&world, "0", "changed");
    wrote(&world, ChangeKind::Updated, "0");
    for _ in 0..2 {
        assert_eq!(first(&world, None).await.0, "changed 1", "nor is its row kept for the record");
    }
    world.clock.advance(Duration::from_secs(59));
    assert_eq!(first(&world, None).await.0, "changed 1");
    // The system has caught up by now.
    *world.crm.listed.lock().unwrap() = None;
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(first(&world, None).await.0, "1 2", "as the system lists it");
}
