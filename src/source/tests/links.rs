//! Links, both ways.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fixture::{
    ACCOUNT, CONTACT, CRM, DESK, EMAIL, NAME, World, connector, contact, fields, key, order, path, told,
};
use crate::connector::{LinkRule, Origin};
use crate::error::Code;
use crate::model::{FieldId, GetRead, Key, ReadContext, Reads, Record, Reference, SourceId, Wire};
use crate::source::{Reverse, resolve_links, reverse};

fn world(rule: Option<LinkRule>) -> World {
    let mut linked = contact();
    linked.links = rule.map(|rule| (Arc::from("desk"), rule)).into_iter().collect::<BTreeMap<_, _>>();
    World::with(connector(vec![linked, order()]), connector(vec![contact()]))
}

fn by_email(value: &str) -> Option<LinkRule> {
    Some(LinkRule::Find { find: "email".into(), value: Origin::Path(path(value)) })
}

fn text(text: &str) -> Wire {
    Wire::Text(text.into())
}

async fn records(world: &World, ids: &[&str]) -> Vec<Arc<Record>> {
    let read = GetRead {
        source: CRM,
        entity: CONTACT,
        keys: ids.iter().map(|id| key(id)).collect(),
        fields: fields(&[FieldId::LINKS]),
        arguments: Arc::from([]),
        context: world.context(),
    };
    world.sources.get(read).await.into_iter().map(|answer| answer.unwrap().unwrap().0).collect()
}

fn reference(source: SourceId, text: &str, by: Option<FieldId>) -> Reference {
    Reference { entity: CONTACT, source, by, key: key(text) }
}

#[tokio::test]
async fn links_of_many_records_are_one_question_to_each_source() {
    let world = world(None);
    for (id, link) in [("1", text("a@x")), ("2", text("b@x")), ("3", text("nobody@x")), ("4", text("a@x"))] {
        world.crm.add(CONTACT, &[("id", id)]);
        world.crm.link("link.desk", link);
    }
    world.crm.add(CONTACT, &[("id", "5")]);
    world.crm.link("link.desk", Wire::List(vec![text("77"), text("78")]));
    world.crm.add(CONTACT, &[("id", "6")]);
    world.crm.link("link.desk", Wire::Null);
    for (id, email) in [("70", "a@x"), ("71", "b@x"), ("72", "b@x")] {
        world.desk.add(CONTACT, &[("id", id), ("email", email)]);
    }
    let read = records(&world, &["1", "2", "3", "4", "5", "6"]).await;
    let context = world.context();
    let links = resolve_links(&world.sources, &read, &|_| context.clone()).await;
    let desk: Vec<Result<Vec<&str>, Code>> = links
        .iter()
        .map(|links| links.keys(DESK).map(|k| k.iter().map(Key::as_str).collect()).map_err(|error| error.code()))
        .collect();
    let one = |key| Ok(vec![key]);
    assert_eq!(desk, [one("70"), Err(Code::Conflict), Ok(vec![]), one("70"), Ok(vec!["77", "78"]), Ok(vec![])]);
    assert!(links.iter().zip(&read).all(|(links, record)| links.keys(CRM).unwrap() == [record.key.clone()]));
    assert_eq!(world.desk.calls(), ["find email a@x,b@x,nobody@x"]);
}

#[tokio::test]
async fn a_source_that_is_down_is_an_error_of_its_link_only() {
    let world = world(None);
    world.crm.add(CONTACT, &[("id", "1")]);
    world.crm.link("link.desk", text("a@x"));
    *world.desk.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    let (read, context) = (records(&world, &["1"]).await, world.context());
    let links = resolve_links(&world.sources, &read, &|_| context.clone()).await;
    assert_eq!(links[0].keys(DESK).unwrap_err().code(), Code::UpstreamUnavailable);
    assert!(links[0].keys(CRM).is_ok());
}

async fn back(world: &World, references: Vec<Reference>) -> Vec<Result<Option<String>, Code>> {
    let context: Arc<ReadContext> = world.context();
    let wanted = Reverse { references, owner: CRM, fields: fields(&[EMAIL, NAME]) };
    let answers = reverse(&world.sources, wanted, &|_| context.clone()).await;
    answers.iter().map(|answer| told(answer).map(|found| found.map(|(key, _)| key))).collect()
}

fn people(world: &World) {
    for (id, email) in [("1", "a@x"), ("2", "b@x"), ("3", "twice@x"), ("4", "twice@x")] {
        world.crm.add(CONTACT, &[("id", id), ("email", email)]);
    }
    for (id, email) in [("70", "a@x"), ("71", "b@x"), ("72", "twice@x"), ("73", "unknown@x")] {
        world.desk.add(CONTACT, &[("id", id), ("email", email)]);
    }
    world.desk.add(CONTACT, &[("id", "74")]);
}

#[tokio::test]
async fn what_the_other_source_was_asked_for_is_read_there_and_found_here() {
    let world = world(by_email("email"));
    people(&world);
    let wanted = ["70", "72", "73", "74", "71", "none", "70"].map(|id| reference(DESK, id, None));
    let found = back(&world, wanted.to_vec()).await;
    let is = |id: &str| Ok(Some(id.to_owned()));
    assert_eq!(found, [is("1"), Err(Code::Conflict), Ok(None), Ok(None), is("2"), Ok(None), is("1")]);
    assert_eq!(world.desk.calls(), ["get 70,71,72,73,74,none"]);
    assert_eq!(world.crm.calls(), ["find email a@x,b@x,twice@x,unknown@x"]);
}

#[tokio::test]
async fn a_reference_by_the_linking_field_needs_no_read_there() {
    let world = world(by_email("email"));
    people(&world);
    assert_eq!(back(&world, vec![reference(DESK, "b@x", Some(EMAIL))]).await, [Ok(Some("2".to_owned()))]);
    assert!(world.desk.calls().is_empty());
}

#[tokio::test]
async fn the_owners_key_at_the_other_end_is_read_by_key() {
    let world = world(by_email("id"));
    world.crm.add(CONTACT, &[("id", "1"), ("name", "Ada")]);
    world.desk.add(CONTACT, &[("id", "70"), ("email", "1")]);
    assert_eq!(back(&world, vec![reference(DESK, "70", None)]).await, [Ok(Some("1".to_owned()))]);
    assert_eq!(world.crm.calls(), ["get 1"]);
}

#[tokio::test]
async fn what_the_owner_holds_is_found_where_it_can_be_looked_for() {
    let world_ = world(Some(LinkRule::Held(Origin::Path(path("number")))));
    world_.crm.add(CONTACT, &[("id", "1"), ("number", "70")]);
    assert_eq!(back(&world_, vec![reference(DESK, "70", None)]).await, [Ok(Some("1".to_owned()))]);
    assert_eq!(world_.crm.calls(), ["find number 70"]);

    let blind = world(Some(LinkRule::Held(Origin::Path(path("property")))));
    assert_eq!(back(&blind, vec![reference(DESK, "70", None)]).await, [Ok(None)]);
    let unlinked = world(None);
    assert_eq!(back(&unlinked, vec![reference(DESK, "70", None)]).await, [Ok(None)]);
    assert!(blind.crm.calls().is_empty() && unlinked.crm.calls().is_empty());
}

#[tokio::test]
async fn errors_stay_with_their_reference_and_the_hub_is_not_followed() {
    let world = world(by_email("email"));
    people(&world);
    *world.desk.down.lock().unwrap() = Some(Code::UpstreamTimeout);
    let found = back(&world, vec![reference(DESK, "70", None), reference(CRM, "2", None)]).await;
    assert_eq!(found, [Err(Code::UpstreamTimeout), Ok(Some("2".to_owned()))]);
    let hub = Reference { entity: ACCOUNT, ..reference(DESK, "9", None) };
    assert_eq!(back(&world, vec![hub]).await, [Err(Code::Internal)]);
    assert!(back(&world, Vec::new()).await.is_empty());
}
