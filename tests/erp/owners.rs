//! Invoices of two owners: billing has those of subscriptions and of what is paid online, the ERP has those of orders on
//! account. A customer sees one list; what it has to be is worked out here from what the two systems hold.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Value, json};
use vestibule_sandbox::data::{Business, Invoice};

use crate::world::{ANA, JONAS, KESTREL, World, nodes, texts};

/// An invoice as the list has to show it: day, whether it is the ERP's, number.
type Row = (Date, bool, String);

fn day(instant: i64) -> Date {
    jiff::Timestamp::from_second(instant).unwrap().to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn of_kestrel(business: &Business) -> impl Iterator<Item = &Invoice> {
    business.invoices.iter().filter(|one| one.customer == "cus_KestrelMarine1" && one.status != "draft")
}

/// Kestrel's invoices of both systems, the newest first; of one day, billing's come first, each system's in its own order.
fn merged(world: &World) -> Vec<Row> {
    let business = world.business();
    let mut billing: Vec<&Invoice> = of_kestrel(&business).collect();
    billing.sort_by_key(|one| std::cmp::Reverse(one.created));
    let mut erp: Vec<_> = business
        .billing
        .iter()
        .filter(|one| KESTREL.contains(&one.sold_to.as_str()) && matches!(one.category, "M" | "O" | "P"))
        .collect();
    erp.sort_by(|a, b| (b.date, &b.number).cmp(&(a.date, &a.number)));
    let billing = billing.into_iter().map(|one| (day(one.created), false, one.number.clone().unwrap()));
    let mut all: Vec<Row> = billing.chain(erp.into_iter().map(|one| (one.date, true, one.number.clone()))).collect();
    // Stable: what is equal stays in the order of its system, billing's first.
    all.sort_by_key(|one| std::cmp::Reverse(one.0));
    all
}

fn numbers(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|(_, _, number)| number.as_str()).collect()
}

fn page(first: usize, after: &Value) -> String {
    let after = if after.is_null() { String::new() } else { format!(", after: {after}") };
    format!(
        "{{ viewer {{ account {{ invoices(first: {first}{after}) {{ nodes {{ number issuedOn provenance {{ source }} }}
         pageInfo {{ hasNextPage endCursor }} incomplete {{ source code }} }} }} }} }}"
    )
}

async fn one_page(world: &World, first: usize, after: &Value) -> Value {
    world.ask(ANA, &page(first, after)).await["viewer"]["account"]["invoices"].clone()
}

/// The demo without a cache, so that every page is asked for.
async fn uncached() -> World {
    World::with(|setup| setup.origin.text.push_str("cache: { enabled: false }\n")).await
}

#[tokio::test]
async fn pages_of_any_size_make_one_list_of_both_systems_the_newest_first() {
    let world = World::open().await;
    let merged = merged(&world);
    let (of_erp, of_billing) = merged.iter().partition::<Vec<&Row>, _>(|(_, erp, _)| *erp);
    assert!(of_erp.len() >= 5 && of_billing.len() >= 12, "{} and {}", of_erp.len(), of_billing.len());
    for first in [1, 2, 3, 7, 20, 100] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = one_page(&world, first, &after).await;
            assert_eq!(page["incomplete"], json!([]));
            seen.extend(texts(nodes(&page), "number").into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            assert_eq!(nodes(&page).len(), first, "a page is full as long as there is more");
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, numbers(&merged), "pages of {first}");
    }
}

#[tokio::test]
async fn no_invoice_is_there_twice_and_no_order_is_billed_in_both_systems() {
    let world = World::open().await;
    let query =
        "{ viewer { account { invoices(first: 100) { nodes { id kind provenance { source } order { number } } } } } }";
    let answer = world.ask(ANA, query).await;
    let all = nodes(&answer["viewer"]["account"]["invoices"]);
    let ids: BTreeSet<&str> = texts(all, "id").into_iter().collect();
    assert_eq!((ids.len(), all.len()), (merged(&world).len(), merged(&world).len()));
    let of = |source: &str| -> BTreeSet<String> {
        let own = all.iter().filter(|one| one["provenance"]["source"] == source);
        own.filter_map(|one| one["order"]["number"].as_str().map(str::to_owned)).collect()
    };
    assert!(!of("billing").is_empty() && !of("erp").is_empty() && of("billing").is_disjoint(&of("erp")));
}

#[tokio::test]
async fn while_billing_is_down_the_erps_invoices_come_and_billings_are_asked_for_again_behind_the_cursor() {
    let world = uncached().await;
    let merged = merged(&world);
    let first = one_page(&world, 4, &Value::Null).await;
    assert_eq!(texts(nodes(&first), "number"), numbers(&merged[..4]));
    world.fault("stripe", "down").await;
    let during = one_page(&world, 3, &first["pageInfo"]["endCursor"]).await;
    let of_erp: Vec<&str> = merged[4..].iter().filter(|(_, erp, _)| *erp).map(|(.., number)| number.as_str()).collect();
    assert_eq!(texts(nodes(&during), "number"), of_erp[..3]);
    assert_eq!(during["incomplete"], json!([{ "source": "billing", "code": "UPSTREAM_UNAVAILABLE" }]));
    world.mend().await;
    let rest = one_page(&world, 100, &during["pageInfo"]["endCursor"]).await;
    assert_eq!((&rest["incomplete"], &rest["pageInfo"]["hasNextPage"]), (&json!([]), &json!(false)));
    let shown = |number: &&str| !texts(nodes(&during), "number").contains(number);
    let expected: Vec<&str> = numbers(&merged[4..]).into_iter().filter(shown).collect();
    assert_eq!(texts(nodes(&rest), "number"), expected, "none is lost, none comes twice, and they are in order");
}

#[tokio::test]
async fn while_the_erp_is_down_billings_invoices_come_and_who_does_not_ask_what_is_missing_gets_an_error() {
    let world = uncached().await;
    world.ask(ANA, "{ viewer { name } }").await;
    world.fault("sap", "down").await;
    let during = one_page(&world, 100, &Value::Null).await;
    let of_billing: Vec<Row> = merged(&world).into_iter().filter(|(_, erp, _)| !erp).collect();
    assert_eq!(texts(nodes(&during), "number"), numbers(&of_billing));
    assert_eq!(during["incomplete"], json!([{ "source": "erp", "code": "UPSTREAM_UNAVAILABLE" }]));
    let answer = world.answer(ANA, "{ viewer { account { invoices(first: 100) { nodes { number } } } } }").await;
    assert_eq!(nodes(&answer["data"]["viewer"]["account"]["invoices"]).len(), of_billing.len());
    assert_eq!(answer["errors"][0]["extensions"]["source"], "erp");
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "account", "invoices"]));
}

#[tokio::test]
async fn an_invoice_is_read_by_its_id_from_the_system_that_has_it() {
    let world = uncached().await;
    let answer = world
        .ask(ANA, "{ viewer { account { invoices(first: 100) { nodes { id number provenance { source } } } } } }")
        .await;
    let all = nodes(&answer["viewer"]["account"]["invoices"]);
    for (source, system) in [("billing", "stripe"), ("erp", "sap")] {
        let one = all.iter().find(|one| one["provenance"]["source"] == source).unwrap();
        let query = format!(
            "{{ invoice(id: {0}) {{ number provenance {{ source }} }} node(id: {0}) {{ __typename id }} }}",
            one["id"]
        );
        world.calls().await;
        let answer = world.ask(ANA, &query).await;
        assert_eq!(answer["invoice"], json!({ "number": one["number"], "provenance": { "source": source } }));
        assert_eq!(answer["node"], json!({ "__typename": "Invoice", "id": one["id"] }));
        let asked: Vec<String> =
            world.calls().await.into_iter().filter(|(_, count)| *count > 0).map(|(of, _)| of).collect();
        assert_eq!(asked, [system]);
        assert_eq!(world.ask(JONAS, &query).await["invoice"], Value::Null);
    }
}

#[tokio::test]
async fn an_order_has_the_invoices_of_both_systems_in_turn_and_a_subscription_those_of_billing() {
    let world = World::open().await;
    let (number, added) = {
        let mut business = world.business_mut();
        let of_erp = |one: &&vestibule_sandbox::data::documents::BillingDocument| {
            one.category == "O" && KESTREL.contains(&one.sold_to.as_str())
        };
        let number = business.billing.iter().find(of_erp).unwrap().lines[0].order.clone();
        let model = of_kestrel(&business).next().unwrap().clone();
        let added = |at: u32| Invoice {
            id: format!("in_1KestrelTwice{at}"),
            number: Some(format!("KM-TWICE-{at}")),
            order: Some(number.clone()),
            subscription: None,
            ..model.clone()
        };
        let added = [added(1), added(2), added(3)];
        business.invoices.extend(added.clone());
        (number, added.map(|one| one.number.unwrap()))
    };
    let documents: Vec<String> = {
        let business = world.business();
        let own = business.billing.iter().filter(|one| matches!(one.category, "M" | "O"));
        let mut own: Vec<_> = own.filter(|one| one.lines[0].order == number).map(|one| one.number.clone()).collect();
        own.sort_by(|a, b| b.cmp(a));
        own
    };
    assert_eq!(documents.len(), 2, "billed and credited");
    let list = |first: usize, after: &Value| {
        let after = if after.is_null() { String::new() } else { format!(", after: {after}") };
        format!(
            "{{ viewer {{ account {{ orders(first: 50, filter: {{ number: \"{number}\" }}) {{ nodes {{ number
             invoices(first: {first}{after}) {{ nodes {{ number provenance {{ source }} }}
             pageInfo {{ hasNextPage endCursor }} incomplete {{ source }} }} }} }} }} }} }}"
        )
    };
    let one = async |first: usize, after: &Value| {
        let answer = world.ask(ANA, &list(first, after)).await;
        let orders = nodes(&answer["viewer"]["account"]["orders"]).to_vec();
        orders.into_iter().find(|order| order["number"] == number.as_str()).unwrap()["invoices"].clone()
    };
    let whole = one(50, &Value::Null).await;
    let seen = texts(nodes(&whole), "number");
    let sources: Vec<&str> = nodes(&whole).iter().map(|one| one["provenance"]["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["billing", "erp", "billing", "erp", "billing"]);
    let of = |source: &str| -> Vec<&str> {
        seen.iter().zip(&sources).filter(|(_, of)| **of == source).map(|(number, _)| *number).collect()
    };
    assert_eq!(of("erp"), documents);
    assert_eq!(of("billing").into_iter().collect::<BTreeSet<_>>(), added.iter().map(String::as_str).collect());
    for first in [1, 2, 3] {
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = one(first, &after).await;
            paged.extend(texts(nodes(&page), "number").into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(paged, seen, "pages of {first}");
    }
    let query = "{ viewer { account { subscriptions(first: 5) { nodes { name invoices(first: 50) {
        nodes { number provenance { source } subscription { name } } } } } } } }";
    let answer = world.ask(ANA, query).await;
    let subscriptions = nodes(&answer["viewer"]["account"]["subscriptions"]);
    assert_eq!(subscriptions.len(), 2);
    let invoices =
        subscriptions.iter().flat_map(|one| nodes(&one["invoices"]).iter().map(move |invoice| (one, invoice)));
    let mut some = 0;
    for (subscription, invoice) in invoices {
        assert_eq!(
            (&invoice["provenance"]["source"], &invoice["subscription"]["name"]),
            (&json!("billing"), &subscription["name"])
        );
        some += 1;
    }
    assert!(some > 1);
}

#[tokio::test]
async fn an_invoice_leads_to_its_order_and_back_and_only_billings_have_payments() {
    let world = World::open().await;
    let query = "{ viewer { account { invoices(first: 30) { nodes { number provenance { source }
        order { number invoices(first: 3) { nodes { number } } } } } } } }";
    let answer = world.ask(ANA, query).await;
    let all = nodes(&answer["viewer"]["account"]["invoices"]);
    for source in ["billing", "erp"] {
        let ordered = all.iter().filter(|one| one["provenance"]["source"] == source && !one["order"].is_null());
        let ordered: Vec<&Value> = ordered.collect();
        assert!(!ordered.is_empty(), "{source}");
        for invoice in ordered {
            let back = texts(nodes(&invoice["order"]["invoices"]), "number");
            assert!(back.contains(&invoice["number"].as_str().unwrap()), "{invoice}");
        }
    }
    let query = "{ viewer { account { invoices(first: 12) {
        nodes { provenance { source } payments(first: 3) { nodes { id } } } } } } }";
    let answer = world.ask(ANA, query).await;
    let mut paid = 0;
    for invoice in nodes(&answer["viewer"]["account"]["invoices"]) {
        let payments = nodes(&invoice["payments"]).len();
        assert!(payments == 0 || invoice["provenance"]["source"] == "billing");
        paid += payments;
    }
    assert!(paid > 1, "{paid}");
}

#[tokio::test]
async fn whom_only_one_of_the_systems_knows_has_that_ones_invoices_and_nothing_is_missing() {
    let world = World::open().await;
    let (neither, alone) = ("Nordsöhne Logistik KG", "O'Neill & Söhne \"Nord\" GmbH");
    {
        let mut business = world.business_mut();
        for company in &mut business.companies {
            if company.name == neither {
                company.stripe_customer = None;
            } else if company.name == alone {
                company.debtors.clear();
            }
        }
        // It has something of its own in the ERP, and nothing in billing.
        let model = business.billing.iter().find(|one| one.category == "M" && !one.cancelled).unwrap().clone();
        let own = vestibule_sandbox::data::documents::BillingDocument {
            number: "99999901".to_owned(),
            sold_to: "10100004".to_owned(),
            ..model
        };
        business.billing.push(own);
    }
    let query = "{ viewer { memberships { account { name summary { openInvoices }
        invoices(first: 100) { nodes { number provenance { source } } incomplete { source } pageInfo { hasNextPage } } } } } }";
    let answer = world.ask(JONAS, query).await;
    for membership in answer["viewer"]["memberships"].as_array().unwrap() {
        let account = &membership["account"];
        let source = if account["name"] == neither { "erp" } else { "billing" };
        let invoices = nodes(&account["invoices"]);
        assert!(!invoices.is_empty() && invoices.iter().all(|one| one["provenance"]["source"] == source), "{account}");
        assert_eq!(
            (&account["invoices"]["incomplete"], &account["invoices"]["pageInfo"]["hasNextPage"]),
            (&json!([]), &json!(false))
        );
        assert!(account["summary"]["openInvoices"].is_number());
    }
}
