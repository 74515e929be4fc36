//! Pages of lists: filters checked again, pages read on, positions, records kept on the way.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::{CRM, NUMBER, OF_ACCOUNT, ORDER, STATUS, World, fields, key, keys};
use crate::cache::{Purge, Tag};
use crate::error::{Code, Error};
use crate::model::{
    Condition, Extent, Freshness, GetRead, ListOf, ListPage, ListRead, Parent, Position, Reads, Test, Value,
};

pub(super) fn read(world: &World, parents: &[&str]) -> ListRead {
    let parent = |name: &&str| Parent { keys: keys(&[name]).into(), after: None };
    ListRead {
        source: CRM,
        entity: ORDER,
        list: ListOf::Parent(OF_ACCOUNT),
        parents: parents.iter().map(parent).collect(),
        fields: fields(&[NUMBER]),
        extent: Extent::Page,
        first: 2,
        filter: Vec::new(),
        search: None,
        order: None,
        total: true,
        more: true,
        context: world.context(),
    }
}

pub(super) fn open_only() -> Vec<Condition> {
    vec![Condition { field: STATUS, test: Test::In(Arc::from([Value::text("OPEN")])) }]
}

pub(super) fn after(read: ListRead, position: &Position) -> ListRead {
    let parents = read.parents.iter().map(|parent| Parent { keys: parent.keys.clone(), after: Some(position.clone()) });
    ListRead { parents: parents.collect(), ..read }
}

/// Orders of one account: a letter each, `o` open, `d` done, `h` open and hidden.
pub(super) fn orders(pattern: &str) -> World {
    let world = World::new();
    for (at, letter) in pattern.chars().enumerate() {
        let id = at.to_string();
        let status = if letter == 'd' { "DONE" } else { "OPEN" };
        let mut row = vec![("id", &*id), ("account", "a1"), ("number", &*id), ("status", status)];
        if letter == 'h' {
            row.push(("hidden", "yes"));
        }
        world.crm.add(ORDER, &row);
    }
    world
}

pub(super) async fn one(world: &World, read: ListRead) -> Result<ListPage, Error> {
    world.sources.list(read).await.remove(0)
}

fn ids(page: &ListPage) -> String {
    page.records.iter().map(|(record, _)| record.key.as_str()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn pages_of_several_parents_are_one_call_and_their_records_are_kept() {
    let world = orders("ooo");
    world.crm.add(ORDER, &[("id", "x"), ("account", "a2"), ("number", "x"), ("status", "DONE")]);
    let pages = world.sources.list(read(&world, &["a1", "a2", "a3"])).await;
    let told: Vec<_> = pages.iter().map(|page| page.as_ref().unwrap()).map(|p| (ids(p), p.has_next, p.total)).collect();
    let is = |text: &str, next, total| (text.to_owned(), next, Some(total));
    assert_eq!(told, [is("0 1", true, 3), is("x", false, 1), is("", false, 0)]);
    let keys = keys(&["1", "x"]);
    let (fields, arguments, context) = (fields(&[NUMBER]), Arc::from([]), world.context());
    let records = world.sources.get(GetRead { source: CRM, entity: ORDER, keys, fields, arguments, context }).await;
    assert!(records.iter().all(|answer| matches!(answer, Ok(Some((_, Freshness::Cached))))));
    assert_eq!(world.crm.calls(), ["list a1 a2 a3"]);
}

#[tokio::test]
async fn conditions_are_checked_again_and_the_page_is_read_on() {
    let world = orders("doddohdo");
    let first = one(&world, ListRead { filter: open_only(), ..read(&world, &["a1"]) }).await.unwrap();
    assert_eq!((&*ids(&first), first.has_next, first.total), ("1 4", true, None));
    let behind = &first.last().unwrap().named();
    let rest = after(ListRead { filter: open_only(), ..read(&world, &["a1"]) }, behind);
    let rest = one(&world, rest).await.unwrap();
    assert_eq!((&*ids(&rest), rest.has_next), ("7", false), "5 may not be seen");
}

#[tokio::test]
async fn a_page_that_does_not_fill_says_that_there_is_more_and_goes_on_behind_what_was_looked_at() {
    let world = orders(&format!("o{}odd", "d".repeat(20)));
    *world.crm.page.lock().unwrap() = 2;
    let filtered = || ListRead { filter: open_only(), ..read(&world, &["a1"]) };
    let first = one(&world, filtered()).await.unwrap();
    assert_eq!((&*ids(&first), first.has_next), ("0", true));
    assert_eq!(world.crm.calls().len(), 5);
    let behind = &first.last().unwrap().named();
    let second = one(&world, after(filtered(), behind)).await.unwrap_err();
    assert_eq!(second.code(), Code::QueryTooCostly, "ten more without one that fits, and no record to go on from");
    *world.crm.page.lock().unwrap() = 100;
    let second = one(&world, after(filtered(), behind)).await.unwrap();
    assert_eq!((&*ids(&second), second.has_next), ("21", false), "what was looked at is not looked at again");
}

#[tokio::test]
async fn a_page_of_which_nothing_is_there_any_more_is_read_on() {
    let world = World::new();
    for (id, lost) in [("0", "yes"), ("1", "yes"), ("2", "")] {
        let row = [("id", id), ("account", "a1"), ("number", id), ("status", "OPEN"), ("lost", lost)];
        world.crm.add(ORDER, &row[..if lost.is_empty() { 4 } else { 5 }]);
    }
    *world.crm.page.lock().unwrap() = 2;
    let page = one(&world, read(&world, &["a1"])).await.unwrap();
    assert_eq!((&*ids(&page), page.has_next), ("2", false));
}

#[tokio::test]
async fn a_page_is_read_on_in_large_steps() {
    let world = orders(&format!("{}oo", "d".repeat(90)));
    let page = one(&world, ListRead { filter: open_only(), ..read(&world, &["a1"]) }).await.unwrap();
    assert_eq!((&*ids(&page), page.has_next), ("90 91", false));
    assert_eq!(world.crm.calls().len(), 2);
}

#[tokio::test]
async fn has_next_is_the_systems_word_where_the_page_is_full() {
    let world = orders("oo");
    assert!(!one(&world, read(&world, &["a1"])).await.unwrap().has_next);
    *world.crm.page.lock().unwrap() = 1;
    let world = orders("ood");
    let page = one(&world, ListRead { filter: open_only(), first: 3, ..read(&world, &["a1"]) }).await.unwrap();
    assert_eq!((&*ids(&page), page.has_next), ("0 1", false));
}

#[tokio::test]
async fn other_filters_orders_sizes_and_parents_are_other_lists() {
    let world = orders("od");
    let plain = || read(&world, &["a1"]);
    let reads = [
        plain(),
        ListRead { filter: open_only(), ..plain() },
        ListRead { first: 5, ..plain() },
        ListRead { search: Some("x".into()), ..plain() },
        ListRead { total: false, ..plain() },
        ListRead { extent: Extent::Whole, ..plain() },
        read(&world, &["a2"]),
    ];
    let count = reads.len();
    for read in reads {
        one(&world, read.clone()).await.unwrap();
        assert_eq!(one(&world, read).await.unwrap().freshness, Freshness::Cached);
    }
    assert_eq!(world.crm.calls().len(), count);
}

#[tokio::test]
async fn the_next_page_follows_on_the_very_page_that_was_read() {
    let world = orders("oooooo");
    let page = |position: Option<&Position>| match position {
        None => read(&world, &["a1"]),
        Some(position) => after(read(&world, &["a1"]), position),
    };
    let first = one(&world, page(None)).await.unwrap();
    let behind = first.last().unwrap().named();
    assert_eq!(ids(&one(&world, page(Some(&behind))).await.unwrap()), "2 3");
    assert_eq!(one(&world, page(Some(&behind))).await.unwrap().freshness, Freshness::Cached);

    // The list is read anew: what was cached behind the old first page does not follow on the new one.
    world.crm.rows.lock().unwrap().remove(0);
    world.sources.cache().purge(&[Tag::Record(CRM, ORDER, key("0"))], Purge::Hard);
    let anew = one(&world, page(None)).await.unwrap();
    assert_eq!((&*ids(&anew), anew.freshness), ("1 2", Freshness::Live));
    let behind_anew = anew.last().unwrap().named();
    let second = one(&world, page(Some(&behind_anew))).await.unwrap();
    assert_eq!((&*ids(&second), second.freshness), ("3 4", Freshness::Live));
    assert_eq!(ids(&one(&world, page(Some(&behind))).await.unwrap()), "2 3", "the old page goes on as it was");
}

#[tokio::test]
async fn a_purge_of_the_parents_list_or_of_a_record_in_it_makes_it_old() {
    for tag in [
        Tag::List(CRM, ORDER, ListOf::Parent(OF_ACCOUNT), Some(key("a1"))),
        Tag::Record(CRM, ORDER, key("1")),
        Tag::Entity(CRM, ORDER),
    ] {
        let world = orders("oo");
        one(&world, read(&world, &["a1"])).await.unwrap();
        world.sources.cache().purge(&[tag], Purge::Hard);
        assert_eq!(one(&world, read(&world, &["a1"])).await.unwrap().freshness, Freshness::Live);
    }
    let world = orders("oo");
    one(&world, read(&world, &["a1"])).await.unwrap();
    world.sources.cache().purge(&[Tag::List(CRM, ORDER, ListOf::Parent(OF_ACCOUNT), Some(key("a2")))], Purge::Hard);
    assert_eq!(one(&world, read(&world, &["a1"])).await.unwrap().freshness, Freshness::Cached);
}

#[tokio::test]
async fn a_failed_page_fails_its_own_parent_and_is_not_kept() {
    let world = orders("oo");
    world.crm.add(ORDER, &[("account", "a2"), ("number", "without a key")]);
    let pages = world.sources.list(read(&world, &["a1", "a2"])).await;
    assert!(pages[0].is_ok());
    assert_eq!(pages[1].as_ref().unwrap_err().code(), Code::UpstreamRejected, "never a silently shorter list");
    *world.crm.down.lock().unwrap() = Some(Code::UpstreamTimeout);
    world.clock.advance(Duration::from_secs(20));
    let pages = world.sources.list(read(&world, &["a1", "a2"])).await;
    assert_eq!(pages[0].as_ref().unwrap().freshness, Freshness::Stale);
    assert_eq!(pages[1].as_ref().unwrap_err().code(), Code::UpstreamTimeout);
}

#[tokio::test]
async fn a_strange_position_is_refused_before_anything_is_called() {
    let world = orders("oo");
    for token in [None, Some("not a page"), Some("zz.5")] {
        let position = Position { token: token.map(Into::into), skip: 0 };
        let refused = one(&world, after(read(&world, &["a1"]), &position)).await.unwrap_err();
        assert_eq!(refused.code(), Code::BadUserInput);
    }
    assert!(world.crm.calls().is_empty());
}
