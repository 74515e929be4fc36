//! `Query.search`: over every system that can search, taken in turn.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::{ANA, JONAS, MEI, World};

const SEARCH: &str = "query($text: String!, $types: [RecordType!], $first: Int, $after: String) {
    search(text: $text, types: $types, first: $first, after: $after) {
        edges { cursor node { type title excerpt record { __typename id
            ... on Ticket { number account { id } } ... on Product { sku } ... on Deal { name account { id } } } } }
        nodes { title }
        pageInfo { hasNextPage endCursor }
        incomplete { source types code } } }";

/// What is found, with a page of a hundred.
async fn found(world: &World, email: &str, text: &str) -> Vec<Value> {
    let answer = world.ask(email, SEARCH, json!({ "text": text, "first": 100 })).await;
    assert_eq!(answer["search"]["incomplete"], json!([]), "{answer}");
    assert_eq!(answer["search"]["pageInfo"]["hasNextPage"], false);
    hits(&answer["search"])
}

fn hits(connection: &Value) -> Vec<Value> {
    let edges = connection["edges"].as_array().unwrap_or_else(|| panic!("no hits: {connection}"));
    edges.iter().map(|edge| edge["node"].clone()).collect()
}

/// The titles of the hits of each type.
fn titles(hits: &[Value]) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for hit in hits {
        all.entry(hit["type"].as_str().unwrap()).or_default().push(hit["title"].as_str().unwrap());
    }
    all.values_mut().for_each(|titles| titles.sort_unstable());
    all
}

/// What the business has: of everybody, and of the company.
fn expected(world: &World, domain: &str, text: &str) -> BTreeMap<&'static str, Vec<String>> {
    let company = world.company(domain);
    let business = world.business();
    let words: Vec<String> = text.split(' ').map(str::to_lowercase).collect();
    let has = |text: &str| words.iter().all(|word| text.to_lowercase().contains(word));
    let products = business.products.iter().filter(|product| product.texts.iter().any(|(_, text)| has(text)));
    let english = |texts: &[(&str, String)]| texts.iter().find(|(language, _)| *language == "EN").unwrap().1.clone();
    let tickets = business.tickets.iter().filter(|ticket| {
        ticket.organization == company.zendesk_organization
            && ticket.subject.to_lowercase().contains(&text.to_lowercase())
    });
    let articles = business.articles.iter().filter(|article| !article.draft && article.segment.is_none());
    let articles = articles.flat_map(|article| article.translations.iter().filter(|text| text.locale == "en-us"));
    let deals = business.deals.iter().filter(|deal| deal.company == company.id && has(&deal.name));
    let mut all = BTreeMap::from([
        ("PRODUCT", products.map(|product| english(&product.texts).chars().take(40).collect()).collect()),
        ("TICKET", tickets.map(|ticket| ticket.subject.clone()).collect()),
        ("ARTICLE", articles.filter(|text| has(&text.title)).map(|text| text.title.clone()).collect()),
        ("DEAL", deals.map(|deal| deal.name.clone()).collect::<Vec<String>>()),
    ]);
    all.retain(|_, titles| !titles.is_empty());
    all.values_mut().for_each(|titles| titles.sort_unstable());
    all
}

#[tokio::test]
async fn the_best_of_every_system_is_found_in_turn() {
    let world = World::open().await;
    for text in ["shaft seal", "parts", "E-17"] {
        let hits = found(&world, ANA, text).await;
        let expected = expected(&world, "kestrel-marine.example", text);
        let told: BTreeMap<&str, Vec<String>> = titles(&hits)
            .into_iter()
            .map(|(of, titles)| (of, titles.into_iter().map(str::to_owned).collect()))
            .collect();
        assert_eq!(told, expected.into_iter().collect(), "{text}");
        // Each type once before any comes a second time.
        let kinds: Vec<&str> = hits.iter().map(|hit| hit["type"].as_str().unwrap()).collect();
        let mut first: Vec<&str> = kinds[..told.len()].to_vec();
        first.sort_unstable();
        assert_eq!(first, told.keys().copied().collect::<Vec<_>>(), "{text}");
    }
    let both = found(&world, ANA, "shaft seal").await;
    assert!(titles(&both).len() >= 3, "{both:?}");
}

#[tokio::test]
async fn a_hit_is_its_record_and_shows_where_it_was_found() {
    let world = World::open().await;
    for hit in found(&world, ANA, "shaft seal").await {
        let name = hit["record"]["__typename"].as_str().unwrap().to_uppercase();
        assert_eq!(hit["type"], name.as_str(), "{hit}");
        match name.as_str() {
            "ARTICLE" => {
                let excerpt = hit["excerpt"].as_str().unwrap();
                assert!(excerpt.contains("shaft seal") && !excerpt.contains('<'), "{excerpt}");
            }
            _ => assert_eq!(hit["excerpt"], Value::Null, "{hit}"),
        }
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let world = World::open().await;
    let all = found(&world, ANA, "pump").await;
    let (mut paged, mut after) = (Vec::new(), json!(null));
    loop {
        let answer = world.ask(ANA, SEARCH, json!({ "text": "pump", "first": 2, "after": after })).await;
        let page = &answer["search"];
        paged.extend(hits(page));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
        assert!(paged.len() < 1000, "no end");
    }
    assert!(all.len() > 4, "{all:?}");
    assert_eq!(paged, all);
    // A cursor is good for its own text only.
    let strange = world.answer(ANA, SEARCH, json!({ "text": "parts", "first": 2, "after": after })).await;
    assert_eq!(strange["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{strange}");
}

#[tokio::test]
async fn only_the_types_that_are_asked_for_are_asked() {
    let world = World::open().await;
    world.ask(ANA, "{ viewer { account { name } } }", json!({})).await;
    world.forget();
    let answer = world.ask(ANA, SEARCH, json!({ "text": "shaft seal", "types": ["ARTICLE"] })).await;
    assert_eq!(titles(&hits(&answer["search"])).into_keys().collect::<Vec<_>>(), ["ARTICLE"]);
    assert_eq!(world.requests(), 1, "only the help centre is asked");
    // Nobody searches orders.
    let answer = world.ask(ANA, SEARCH, json!({ "text": "shaft seal", "types": ["ORDER"] })).await;
    assert_eq!(answer["search"]["edges"], json!([]));
}

#[tokio::test]
async fn what_the_viewer_may_not_see_is_left_out() {
    let world = World::open().await;
    let kestrel = world.company("kestrel-marine.example").id;
    let name = |company| world.business().deals.iter().find(|deal| deal.company == company).unwrap().name.clone();
    let text = name(kestrel).split(' ').next().unwrap().replace('"', "");
    let (anas, meis) = (found(&world, ANA, &text).await, found(&world, MEI, &text).await);
    assert!(titles(&anas).contains_key("DEAL"), "{anas:?}");
    let mut without = titles(&anas);
    without.remove("DEAL");
    assert_eq!(titles(&meis), without);
}

#[tokio::test]
async fn nobody_finds_anything_of_another_account() {
    let world = World::open().await;
    let own = |email, domain| {
        let world = &world;
        async move {
            for text in ["shaft seal", "parts", "date"] {
                let found = found(world, email, text).await;
                let expected = expected(world, domain, text);
                let told: BTreeMap<&str, usize> =
                    titles(&found).into_iter().map(|(of, titles)| (of, titles.len())).collect();
                for of in ["TICKET", "DEAL"] {
                    assert_eq!(told.get(of), expected.get(of).map(Vec::len).as_ref(), "{email}: {text}");
                }
            }
        }
    };
    own(ANA, "kestrel-marine.example").await;
    own(JONAS, "soehne-nord.example").await;
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_named_and_the_rest_is_shown() {
    let world = World::open().await;
    world.ask(ANA, "{ viewer { account { name } } }", json!({})).await;
    world.fault("sap", "down").await;
    let answer = world.ask(ANA, SEARCH, json!({ "text": "shaft seal", "first": 100 })).await;
    let gap = json!([{ "source": "erp", "types": ["PRODUCT"], "code": "UPSTREAM_UNAVAILABLE" }]);
    assert_eq!(answer["search"]["incomplete"], gap);
    let rest = hits(&answer["search"]);
    assert_eq!(titles(&rest).into_keys().collect::<Vec<_>>(), ["ARTICLE", "TICKET"]);
    for system in ["zendesk", "hubspot"] {
        world.fault(system, "down").await;
    }
    let answer = world.answer(ANA, SEARCH, json!({ "text": "shaft seals" })).await;
    assert_eq!(answer["data"]["search"], Value::Null, "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn a_text_that_is_too_short_or_too_long_is_refused_before_anything_is_sent() {
    let world = World::open().await;
    world.ask(ANA, "{ viewer { account { name } } }", json!({})).await;
    world.forget();
    for (text, said) in
        [("x ".to_owned(), "at least 2"), ("x".repeat(201), "at most 200"), ("\"\"--".to_owned(), "word")]
    {
        let answer = world.answer(ANA, SEARCH, json!({ "text": text })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(error["message"].as_str().unwrap().contains(said), "{answer}");
        assert_eq!(world.requests(), 0);
    }
}
