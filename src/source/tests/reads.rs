//! Reads by key and by value.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::{ACCOUNT, CONTACT, CRM, EMAIL, NAME, World, fields, key, keys, told};
use crate::cache::{Purge, Tag};
use crate::error::Code;
use crate::model::Freshness::{Cached, Live, Stale};
use crate::model::{FindRead, GetRead, ReadContext, Reads};

fn get(world: &World, names: &[&str]) -> GetRead {
    GetRead {
        source: CRM,
        entity: CONTACT,
        keys: keys(names),
        fields: fields(&[EMAIL]),
        arguments: Arc::from([]),
        context: world.context(),
    }
}

fn find(world: &World, values: &[&str]) -> FindRead {
    let (by, context) = (Arc::from("email"), world.context());
    FindRead { source: CRM, entity: CONTACT, by, values: keys(values), fields: fields(&[EMAIL]), context }
}

fn people() -> World {
    let world = World::new();
    for (id, email) in [("1", "ada@a.example"), ("2", "bob@b.example"), ("3", "ada@c.example")] {
        world.crm.add(CONTACT, &[("id", id), ("email", email)]);
    }
    world
}

#[tokio::test]
async fn what_is_missing_is_one_call_and_answers_keep_their_order() {
    let world = people();
    world.sources.get(get(&world, &["2"])).await;
    let answers = world.sources.get(get(&world, &["3", "2", "nobody", "1"])).await;
    let told: Vec<_> = answers.iter().map(|answer| told(answer).unwrap()).collect();
    let is = |name: &str, freshness| Some((name.to_owned(), freshness));
    assert_eq!(told, [is("3", Live), is("2", Cached), None, is("1", Live)]);
    assert_eq!(world.crm.calls(), ["get 2", "get 3,nobody,1"]);
    world.sources.get(get(&world, &["nobody"])).await;
    assert_eq!(world.crm.calls(), [""; 0], "that there is nobody was just heard");
}

#[tokio::test]
async fn more_fields_are_another_read() {
    let world = people();
    world.sources.get(get(&world, &["1"])).await;
    world.sources.get(GetRead { fields: fields(&[EMAIL, NAME]), ..get(&world, &["1"]) }).await;
    world.sources.get(get(&world, &["1"])).await;
    assert_eq!(world.crm.calls(), ["get 1", "get 1"]);
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_there() {
    let world = World::new();
    world.crm.add(CONTACT, &[("id", "1"), ("email", "x@x.example"), ("hidden", "yes")]);
    world.crm.add(CONTACT, &[("id", "2"), ("email", "y@y.example"), ("gone", "yes")]);
    for _ in 0..2 {
        let answers = world.sources.get(get(&world, &["1", "2"])).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(None))));
    }
    assert!(matches!(&world.sources.find(find(&world, &["x@x.example"])).await[..], [Ok(None)]));
}

#[tokio::test]
async fn a_value_of_two_records_is_ambiguous_and_hidden_ones_do_not_count() {
    let world = people();
    world.crm.add(CONTACT, &[("id", "4"), ("email", "bob@b.example"), ("hidden", "yes")]);
    world.crm.add(CONTACT, &[("id", "5"), ("email", "ada@a.example")]);
    let answers = world.sources.find(find(&world, &["ada@a.example", "bob@b.example", "eve@e.example"])).await;
    let told: Vec<_> = answers.iter().map(told).collect();
    assert_eq!(told, [Err(Code::Conflict), Ok(Some(("2".to_owned(), Live))), Ok(None)]);
    assert_eq!(world.crm.calls(), ["find email ada@a.example,bob@b.example,eve@e.example"]);
    let error = answers[0].as_ref().unwrap_err();
    assert_eq!((error.source_name().unwrap().as_ref(), error.entity().unwrap().as_ref()), ("crm", "Contact"));
}

#[tokio::test]
async fn what_was_found_is_known_by_key_too_and_purged_by_it() {
    let world = people();
    world.sources.find(find(&world, &["bob@b.example"])).await;
    assert_eq!(told(&world.sources.get(get(&world, &["2"])).await[0]), Ok(Some(("2".to_owned(), Cached))));
    world.sources.cache().purge(&[Tag::Record(CRM, CONTACT, key("2"))], Purge::Hard);
    assert_eq!(told(&world.sources.find(find(&world, &["bob@b.example"])).await[0]), Ok(Some(("2".to_owned(), Live))));
}

#[tokio::test]
async fn a_system_that_is_down_is_named_and_what_was_read_before_is_served() {
    let world = people();
    world.sources.get(get(&world, &["1"])).await;
    *world.crm.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    world.clock.advance(Duration::from_secs(20));
    let answers = world.sources.get(get(&world, &["1", "2"])).await;
    assert_eq!(told(&answers[0]), Ok(Some(("1".to_owned(), Stale))));
    let error = answers[1].as_ref().unwrap_err();
    assert_eq!((error.code(), error.source_name().unwrap().as_ref()), (Code::UpstreamUnavailable, "crm"));
}

#[tokio::test]
async fn an_entity_the_source_does_not_know_is_a_fault_of_ours() {
    let world = World::new();
    let answers = world.sources.get(GetRead { entity: ACCOUNT, ..get(&world, &["1", "2"]) }).await;
    assert!(answers.iter().all(|answer| told(answer) == Err(Code::Internal)));
    assert_eq!(answers.len(), 2);
}

#[tokio::test]
async fn waits_are_noted_and_hits_are_not() {
    let world = people();
    world.sources.get(get(&world, &["1"])).await;
    world.sources.get(get(&world, &["1"])).await;
    let timings = world.timings.all();
    assert_eq!(timings.iter().map(|one| (&*one.source, one.reads)).collect::<Vec<_>>(), [("crm", 1)]);
}

#[tokio::test]
async fn readers_share_what_does_not_depend_on_them() {
    let world = people();
    let read = |context: Arc<ReadContext>| GetRead { context, ..get(&world, &["1"]) };
    world.sources.get(read(world.context_of("en", "a1"))).await;
    world.sources.get(read(world.context_of("de", "a2"))).await;
    assert_eq!(world.crm.calls(), ["get 1"]);
}
