//! What a manifest's requests name of the caller is part of the key.

use std::sync::Arc;

use super::fixture::{CONTACT, CRM, EMAIL, ORDER, World, connector, contact, fields, key, order, path};
use super::lists::{one, open_only, read as lists_of};
use crate::connector::{
    Computed, Connector, EntityMapping, Facet, FacetWay, Method, Needs, Page, PageStyle, Part, Pattern, Read, Request,
    Template,
};
use crate::expr::Program;
use crate::model::{FieldId, GetRead, ListRead, Reads, Value};

fn read(slot: &str, query: Option<&str>) -> Read {
    let computed = |text: &str| Computed { program: Program::compile("true", &[]).unwrap(), text: text.into() };
    let query = query.map(|text| (Arc::from("q"), Template::List(vec![Template::Computed(computed(text))])));
    Read {
        varies: Vec::new(),
        request: Request {
            query: query.into_iter().collect(),
            ..Request::bare(
                Method::Get,
                Pattern { parts: vec![Part::Text("/".into()), Part::Slot(slot.into())], text: slot.into() },
            )
        },
        rows: path("rows"),
        single: false,
        keys: None,
        groups: None,
        parent: None,
        by: None,
        many: None,
        page: Page {
            style: PageStyle::None,
            size: None,
            at: None,
            next: None,
            more: None,
            last: None,
            total: None,
            max: 100,
            rows: None,
        },
        language: None,
        filter: Vec::new(),
        order: Vec::new(),
        sorted: None,
        search: false,
        columns: Vec::new(),
        excerpt: None,
        local: 0,
        keep: None,
    }
}

fn with(read: Read) -> World {
    World::with(connector(vec![EntityMapping { get: vec![read], ..contact() }, order()]), connector(vec![contact()]))
}

/// Whether two readers share one read.
async fn is_shared(world: &World, (one, other): ((&str, &str), (&str, &str))) -> bool {
    world.crm.add(CONTACT, &[("id", "1")]);
    for (locale, account) in [one, other] {
        let context = world.context_of(locale, account);
        let arguments = Arc::from([]);
        let (keys, fields) = (vec![key("1")], fields(&[EMAIL]));
        let read = GetRead { source: CRM, entity: CONTACT, keys, fields, arguments, context };
        assert!(matches!(&world.sources.get(read).await[..], [Ok(Some(_))]));
    }
    world.crm.calls().len() == 1
}

#[tokio::test]
async fn only_what_is_named_separates_readers() {
    let accounts = (("en", "a1"), ("en", "a2"));
    let locales = (("en", "a1"), ("de", "a1"));
    for (slot, query, by_account, by_locale) in [
        ("key", None, false, false),
        ("key", Some("caller.account"), true, false),
        ("key", Some("caller[\"account\"]"), true, true),
        ("key", Some("upper(caller.language)"), false, true),
        ("locale", None, false, true),
        ("key", Some("args.quantity + settings.page"), false, false),
        ("key", Some("{'who': caller}"), true, true),
    ] {
        assert_eq!(is_shared(&with(read(slot, query)), accounts).await, !by_account, "{slot} {query:?}: account");
        assert_eq!(is_shared(&with(read(slot, query)), locales).await, !by_locale, "{slot} {query:?}: locale");
    }
    let Connector { mut entities, .. } = connector(vec![contact(), order()]);
    let headers = vec![(
        Arc::from("accept-language"),
        Template::Computed(Computed { program: Program::compile("true", &[]).unwrap(), text: "caller.locale".into() }),
    )];
    let entities = vec![entities.remove(&CONTACT).unwrap()];
    let world = World::with(Connector { headers, ..connector(entities) }, connector(vec![contact()]));
    assert!(!is_shared(&world, locales).await, "a header of the connector counts for all its entities");
}

#[tokio::test]
async fn arguments_separate_reads() {
    let world = World::new();
    world.crm.add(CONTACT, &[("id", "1")]);
    for quantity in [1, 2, 1] {
        let arguments = Arc::from([(Arc::from("quantity"), Value::Int(quantity))]);
        let (keys, fields, context) = (vec![key("1")], fields(&[EMAIL]), world.context());
        world.sources.get(GetRead { source: CRM, entity: CONTACT, keys, fields, arguments, context }).await;
    }
    assert_eq!(world.crm.calls().len(), 2);
}

#[tokio::test]
async fn a_field_that_is_read_for_the_account_separates_the_readers_of_that_field_alone() {
    const NAME: FieldId = FieldId(2);
    let way = FacetWay::Read(Box::new(read("key", Some("caller.account"))));
    let facet =
        Facet { name: "terms".into(), way, by: None, key: None, only: None, when: None, keep: None, write: None };
    let own = Needs { facets: [(0, Vec::new())].into(), ..Needs::default() };
    let needs = vec![Needs::default(), Needs::default(), own];
    let of = EntityMapping { facets: vec![facet], needs, ..contact() };
    let world = World::with(connector(vec![of, order()]), connector(vec![contact()]));
    world.crm.add(CONTACT, &[("id", "1"), ("email", "k@example.com"), ("name", "Kim")]);
    let mut calls = Vec::new();
    for (field, account) in [(EMAIL, "a1"), (EMAIL, "a2"), (NAME, "a1"), (NAME, "a2"), (NAME, "a1"), (EMAIL, "a3")] {
        let context = world.context_of("en", account);
        let (keys, arguments) = (vec![key("1")], Arc::from([]));
        let read = GetRead { source: CRM, entity: CONTACT, keys, fields: fields(&[field]), arguments, context };
        assert!(matches!(&world.sources.get(read).await[..], [Ok(Some(_))]));
        calls.push(world.crm.calls().len());
    }
    assert_eq!(calls, [1, 0, 1, 1, 0, 0], "one for everybody, then one for each account");
}

#[tokio::test]
async fn a_list_that_is_filtered_by_such_a_field_is_each_readers_own_though_nobody_is_shown_the_field() {
    let way = FacetWay::Read(Box::new(read("key", Some("caller.account"))));
    let facet =
        Facet { name: "state".into(), way, by: None, key: None, only: None, when: None, keep: None, write: None };
    let own = Needs { facets: [(0, Vec::new())].into(), ..Needs::default() };
    let needs = vec![Needs::default(), Needs::default(), own, Needs::default()];
    let of = EntityMapping { facets: vec![facet], needs, ..order() };
    let world = World::with(connector(vec![contact(), of]), connector(vec![contact()]));
    world.crm.add(ORDER, &[("id", "1"), ("account", "a1"), ("number", "1"), ("status", "OPEN")]);
    let mut calls = Vec::new();
    for (filter, account) in
        [(Vec::new(), "a1"), (Vec::new(), "a2"), (open_only(), "a1"), (open_only(), "a2"), (open_only(), "a1")]
    {
        let context = world.context_of("en", account);
        one(&world, ListRead { filter, context, ..lists_of(&world, &["a1"]) }).await.unwrap();
        calls.push(world.crm.calls().len());
    }
    assert_eq!(calls, [1, 0, 1, 1, 0], "one for everybody, then one for each account");
}
