//! `filter.search` of lists: tickets, products, articles, deals.

use serde_json::json;

use crate::world::{ANA, World, texts};

const TICKETS: &str = "query($text: String!, $after: String) { viewer { account {
    tickets(first: 5, after: $after, filter: { search: $text }) { nodes { number subject } pageInfo { hasNextPage endCursor } } } } }";
const PRODUCTS: &str =
    "query($text: String!, $after: String) { products(first: 5, after: $after, filter: { search: $text }) {
    nodes { sku name } pageInfo { hasNextPage endCursor } } }";

/// The texts of a field on all pages of a search.
async fn all(world: &World, query: &str, (at, field, text): (&str, &str, &str)) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), json!(null));
    loop {
        let answer = world.ask(ANA, query, json!({ "text": text, "after": after })).await;
        let page = answer.pointer(at).unwrap();
        found.extend(texts(page, field));
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
        assert!(found.len() < 1000, "no end");
    }
}

#[tokio::test]
async fn tickets_are_found_by_their_subject() {
    let world = World::open().await;
    let kestrel = world.company("kestrel-marine.example");
    for text in ["pump", "SHAFT SEAL", "3.1 for order", "納期について"] {
        let mut found = all(&world, TICKETS, ("/viewer/account/tickets", "number", text)).await;
        let business = world.business();
        let own = business.tickets.iter().filter(|ticket| ticket.organization == kestrel.zendesk_organization);
        let fits = own.filter(|ticket| ticket.subject.to_lowercase().contains(&text.to_lowercase()));
        let mut expected: Vec<String> = fits.map(|ticket| ticket.id.to_string()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
    let found = all(&world, TICKETS, ("/viewer/account/tickets", "number", "pump")).await;
    assert!(!found.is_empty(), "the demo has a ticket about a pump");
}

#[tokio::test]
async fn internal_notes_are_not_told_by_whether_there_are_hits() {
    let world = World::open().await;
    let kestrel = world.company("kestrel-marine.example");
    let noted = |word: &str| {
        let business = world.business();
        let own = business.tickets.iter().filter(|ticket| ticket.organization == kestrel.zendesk_organization);
        own.flat_map(|ticket| &ticket.comments).any(|comment| !comment.public && comment.html.contains(word))
    };
    let mut tried = 0;
    for word in ["margin", "discount", "credit hold", "INTERNAL"] {
        if noted(word) {
            tried += 1;
            let found = all(&world, TICKETS, ("/viewer/account/tickets", "number", word)).await;
            assert_eq!(found, Vec::<String>::new(), "{word}");
        }
    }
    assert!(tried > 1, "the demo has notes about this account's tickets");
}

#[tokio::test]
async fn products_are_found_by_description_and_number_in_any_language_and_once() {
    let world = World::open().await;
    for text in ["pump", "PUMPE", "pump marine", "seal kit", "A-10", "O'RING", "düse", "1\"", "Drucksensor 0–16"] {
        let found = all(&world, PRODUCTS, ("/products", "sku", text)).await;
        let business = world.business();
        let words: Vec<String> = text.replace('"', "").split(' ').map(str::to_lowercase).collect();
        let has = |text: &str, sku: &str| {
            let (text, sku) = (text.to_lowercase(), sku.to_lowercase());
            words.iter().all(|word| text.contains(word) || sku.contains(word))
        };
        let fits = business.products.iter().filter(|product| {
            product.texts.iter().any(|(_, text)| has(&text.chars().take(40).collect::<String>(), &product.sku))
        });
        let mut expected: Vec<String> = fits.map(|product| product.sku.clone()).collect();
        expected.sort();
        assert!(!expected.is_empty(), "{text} finds something");
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test]
async fn deals_are_found_by_the_beginnings_of_words_of_their_name() {
    let world = World::open().await;
    let kestrel = world.company("kestrel-marine.example");
    let query = "query($text: String!) { viewer { account { deals(filter: { search: $text }) { nodes { name } } } } }";
    let mut some = 0;
    for text in ["retro", "station pump", "service", "phase 2"] {
        let answer = world.ask(ANA, query, json!({ "text": text })).await;
        let mut found = texts(&answer["viewer"]["account"]["deals"], "name");
        let business = world.business();
        let fits = business.deals.iter().filter(|deal| {
            let name = deal.name.to_lowercase();
            let begins = |word: &str| name.split(|c: char| !c.is_alphanumeric()).any(|own| own.starts_with(word));
            deal.company == kestrel.id && text.split(' ').all(begins)
        });
        let mut expected: Vec<String> = fits.map(|deal| deal.name.clone()).collect();
        found.sort();
        expected.sort();
        some += expected.len();
        assert_eq!(found, expected, "{text}");
    }
    assert!(some > 0, "the demo has deals of this account");
}
