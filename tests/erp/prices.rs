//! Own prices and stock: worked out by the ERP for the account in use, and kept for it alone.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vestibule_sandbox::data::terms::REPLENISHED_IN;
use vestibule_sandbox::data::{Company, Product};

use crate::world::{ANA, JONAS, KESTREL, World, nodes};

/// A page of the catalogue with prices; `quantity` is written into the query.
fn priced(quantity: &str) -> String {
    format!(
        "{{ products(first: 5) {{ nodes {{ sku unit price(quantity: \"{quantity}\") {{ unitPrice {{ amount currency }} \
         total {{ amount currency }} breaks {{ from }} }} }} }} }}"
    )
    .replace(" breaks { from }", "")
}

const STOCK: &str =
    "{ products(first: 10) { nodes { sku availability(quantity: \"30\") { available inStock expectedOn } } } }";

/// The company of a debtor, and a product by number.
fn known(world: &World, debtor: &str, sku: &str) -> (Company, Product) {
    let business = world.business();
    (business.company_of(debtor).unwrap().clone(), business.product(sku).unwrap().clone())
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("no decimal: {value}")).parse().unwrap()
}

/// Checks every price of an answer against what the business asks of that debtor.
fn check(world: &World, debtor: &str, quantity: &str, products: &[Value]) -> BTreeMap<String, Decimal> {
    let quantity: Decimal = quantity.parse().unwrap();
    let mut totals = BTreeMap::new();
    for product in products {
        let sku = product["sku"].as_str().unwrap();
        let (company, known) = known(world, debtor, sku);
        let total = company.net(&known, quantity);
        let price = &product["price"];
        assert_eq!(decimal(&price["total"]["amount"]), total, "{sku} for {debtor}");
        assert_eq!(price["total"]["currency"], company.currency);
        let unit = (total / quantity).round_dp(6);
        assert_eq!(decimal(&price["unitPrice"]["amount"]), unit, "{sku} for {debtor}");
        totals.insert(sku.to_owned(), total);
    }
    assert_eq!(totals.len(), 5);
    totals
}

#[tokio::test]
async fn two_accounts_pay_different_prices_for_one_product_with_a_warm_cache() {
    let world = World::open().await;
    let query = priced("12");
    let anas = world.ask(ANA, &query).await;
    let anas = check(&world, KESTREL[0], "12", nodes(&anas["products"]));
    let jonass = world.ask(JONAS, &query).await;
    let jonass = check(&world, "10100003", "12", nodes(&jonass["products"]));
    assert!(anas.iter().all(|(sku, total)| jonass[sku] > *total), "one pays less for everything");
    // Everything is kept by now, for each of them.
    world.calls().await;
    for (email, debtor) in [(ANA, KESTREL[0]), (JONAS, "10100003")] {
        let again = world.ask(email, &query).await;
        check(&world, debtor, "12", nodes(&again["products"]));
    }
    assert_eq!(world.sap_calls().await, 0);
}

#[tokio::test]
async fn two_accounts_that_ask_live_at_the_same_moment_get_their_own_prices() {
    let world = World::open().await;
    let query = priced("3").replacen("{ products", "query @live { products", 1);
    for _ in 0..3 {
        let (ana, jonas) = tokio::join!(world.ask(ANA, &query), world.ask(JONAS, &query));
        check(&world, KESTREL[0], "3", nodes(&ana["products"]));
        check(&world, "10100003", "3", nodes(&jonas["products"]));
    }
}

#[tokio::test]
async fn a_person_of_two_accounts_gets_the_prices_of_the_one_in_use() {
    let world = World::open().await;
    let memberships = world.ask(JONAS, "{ viewer { memberships { accountId current account { number } } } }").await;
    let memberships = memberships["viewer"]["memberships"].as_array().unwrap().clone();
    assert!(memberships.len() > 1, "{memberships:?}");
    for membership in &memberships {
        let number = membership["account"]["number"].as_str().unwrap().to_owned();
        let company = world.business().companies.iter().find(|one| one.number.as_deref() == Some(&number)).cloned();
        let debtor = company.unwrap().debtors[0].clone();
        let answer = world.ask_for(JONAS, membership["accountId"].as_str(), &priced("2")).await;
        check(&world, &debtor, "2", nodes(&answer["data"]["products"]));
    }
}

#[tokio::test]
async fn a_page_of_prices_is_one_simulation() {
    let world = World::open().await;
    world.ask(ANA, "{ products(first: 5) { nodes { sku unit } } }").await;
    world.calls().await;
    world.ask(ANA, &priced("12")).await;
    // The products as the account sees them, a token for the first POST, the simulation.
    assert_eq!(world.sap_calls().await, 3);
    world.ask(ANA, &priced("13")).await;
    assert_eq!(world.sap_calls().await, 2);
}

#[tokio::test]
async fn two_aliases_with_different_quantities_are_two_reads_and_larger_quantities_cost_less() {
    let world = World::open().await;
    let query = "{ products(first: 1) { nodes { sku few: price(quantity: \"1\") { unitPrice { amount } }
        many: price(quantity: \"50\") { unitPrice { amount } } default: price { unitPrice { amount } } } } }";
    let answer = world.ask(ANA, query).await;
    let product = &nodes(&answer["products"])[0];
    let (few, many) =
        (decimal(&product["few"]["unitPrice"]["amount"]), decimal(&product["many"]["unitPrice"]["amount"]));
    assert!(many < few, "{many} is less than {few}");
    assert_eq!(product["default"], product["few"], "one is the quantity where none is asked for");
}

#[tokio::test]
async fn stock_is_that_of_the_plant_that_delivers_to_the_account() {
    let world = World::open().await;
    world.ask(ANA, "{ products(first: 10) { nodes { sku } } }").await;
    world.calls().await;
    let answer = world.ask(ANA, STOCK).await;
    // The products, a token, the simulation, the stock.
    assert_eq!(world.sap_calls().await, 4);
    let (mut there, mut not) = (0, 0);
    let today = world.today();
    for product in nodes(&answer["products"]) {
        let sku = product["sku"].as_str().unwrap();
        let stock = world.business().stock_of(sku, "1010");
        let seen = &product["availability"];
        assert_eq!(decimal(&seen["inStock"]), stock, "{sku}");
        assert_eq!(seen["available"], stock >= Decimal::from(30), "{sku}");
        let on: jiff::civil::Date = seen["expectedOn"].as_str().unwrap().parse().unwrap();
        let days = if stock >= Decimal::from(30) { 0 } else { REPLENISHED_IN };
        assert_eq!(on, today.saturating_add(days.days()), "{sku}");
        if days == 0 { there += 1 } else { not += 1 }
    }
    assert!(there > 0 && not > 0, "{there} are there, {not} are not");
}

#[tokio::test]
async fn price_and_stock_of_one_quantity_are_asked_together() {
    let world = World::open().await;
    world.ask(ANA, "{ products(first: 5) { nodes { sku } } }").await;
    world.ask(ANA, &priced("1")).await;
    world.calls().await;
    let both = "{ products(first: 5) { nodes { sku price(quantity: \"7\") { total { amount } } \
                availability(quantity: \"7\") { available } } } }";
    world.ask(ANA, both).await;
    // The products, one simulation, the stock.
    assert_eq!(world.sap_calls().await, 3);
}

#[tokio::test]
async fn without_the_erp_prices_are_errors_and_what_is_kept_of_the_products_stays() {
    let world = World::open().await;
    world.ask(ANA, "{ products(first: 5) { nodes { sku } } }").await;
    world.fault("sap", "down").await;
    let answer = world.answer(ANA, &priced("1").replace("unit price", "price")).await;
    for product in nodes(&answer["data"]["products"]) {
        assert!(product["sku"].is_string());
        assert_eq!(product["price"], Value::Null);
    }
    assert_eq!(answer["errors"].as_array().unwrap().len(), 5);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
    assert_eq!(answer["errors"][0]["path"], json!(["products", "nodes", 0, "price"]));
}

#[tokio::test]
async fn a_quantity_that_the_erp_refuses_is_an_error_of_the_field() {
    let world = World::open().await;
    let answer = world.answer(ANA, &priced("0")).await;
    assert_eq!(nodes(&answer["data"]["products"])[0]["price"], Value::Null);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_REJECTED", "{answer}");
}
