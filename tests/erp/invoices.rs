//! Invoices of the ERP where no billing system has any: a tenant of the CRM and the ERP alone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use vestibule::tenant::{Overlays, Setup};
use vestibule_sandbox::data::documents::BillingDocument;

use crate::world::{ANA, JONAS, KESTREL, World, nodes, texts};

const LIST: &str =
    "{ viewer { account { invoices(first: 50) { totalCount nodes { id number kind status open customerReference
    issuedOn dueOn overdue amountDue { amount } total { amount currency } tax { amount } order { number } account { name }
    lines { position product { sku } description quantity unit total { amount } } } } } } }";

/// Takes the billing system out of the demo's configuration, and everything that names it.
fn without_billing(setup: &mut Setup) {
    let text = std::mem::take(&mut setup.origin.text);
    let mut kept = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        inside = if inside { line.starts_with("    ") } else { line == "  billing:" };
        if !inside {
            kept.push(line.replace("[erp, billing]", "[erp]").replace("[erp, billing, ", "[erp, "));
        }
    }
    kept.retain(|line| !line.trim_start().starts_with("Invoice:"));
    setup.origin.text = kept.join("\n") + "\n";
    setup.origin.folder = overlays();
    setup.overlays = Overlays::Configured;
}

/// A folder with the demo's overlays, without the link to the billing system.
fn overlays() -> PathBuf {
    static TURN: AtomicU32 = AtomicU32::new(0);
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo/connectors");
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let to = std::env::temp_dir().join(format!("vestibule-erp-{}-{turn}", std::process::id()));
    std::fs::create_dir_all(to.join("connectors/crm/entities")).unwrap();
    for name in ["Account", "Contact"] {
        let text = std::fs::read_to_string(from.join(format!("crm/entities/{name}.yaml"))).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("billing:")).collect();
        std::fs::write(to.join(format!("connectors/crm/entities/{name}.yaml")), lines.join("\n") + "\n").unwrap();
    }
    to
}

async fn world() -> World {
    World::with(without_billing).await
}

/// Kestrel's documents that are the customer's to see, the newest first.
fn own(world: &World) -> Vec<BillingDocument> {
    let all = world.business().billing.clone();
    let visible = |one: &BillingDocument| matches!(one.category, "M" | "O" | "P");
    let mut own: Vec<BillingDocument> =
        all.into_iter().filter(|one| KESTREL.contains(&one.sold_to.as_str()) && visible(one)).collect();
    own.sort_by(|a, b| (b.date, &b.number).cmp(&(a.date, &a.number)));
    own
}

fn status(document: &BillingDocument) -> &'static str {
    match (document.cancelled, document.clearing) {
        (true, _) => "VOID",
        (_, "C") => "PAID",
        (_, "B") => "PARTIALLY_PAID",
        _ => "OPEN",
    }
}

/// A sum of nothing has no decimals.
fn plain(mut amount: rust_decimal::Decimal) -> String {
    amount.rescale(if amount.is_zero() { 0 } else { 2 });
    amount.to_string()
}

/// What the graph has to say of a document; the id is the gateway's.
fn expected(document: &BillingDocument, id: &Value, today: jiff::civil::Date) -> Value {
    let sign = if document.category == "O" { -1 } else { 1 };
    let due = document.due.filter(|_| document.posted);
    let open = if document.clearing == "C" { rust_decimal::Decimal::ZERO } else { document.signed() - document.paid };
    let money = |amount: rust_decimal::Decimal| {
        let mut amount = amount * rust_decimal::Decimal::from(sign);
        amount.rescale(2);
        amount.to_string()
    };
    let lines = document.lines.iter().map(|line| {
        let mut quantity = line.quantity;
        quantity.rescale(3);
        let mut net = line.net;
        net.rescale(2);
        json!({
            "position": line.position,
            "product": (!line.sku.is_empty()).then(|| json!({ "sku": line.sku })),
            "description": line.text.chars().take(40).collect::<String>(),
            "quantity": quantity.to_string(),
            "unit": line.unit,
            "total": { "amount": net.to_string() },
        })
    });
    let order = &document.lines[0].order;
    json!({
        "id": id,
        "number": document.number,
        "kind": if document.category == "O" { "CREDIT_NOTE" } else { "INVOICE" },
        "status": status(document),
        "open": matches!(status(document), "OPEN" | "PARTIALLY_PAID"),
        "customerReference": document.reference,
        "issuedOn": document.date.to_string(),
        "dueOn": due.map(|due| due.to_string()),
        "overdue": matches!(status(document), "OPEN" | "PARTIALLY_PAID") && due.is_some_and(|due| due < today),
        "amountDue": (!document.cancelled).then(|| json!({ "amount": plain(open) })),
        "total": { "amount": money(document.net() + document.tax()), "currency": document.currency },
        "tax": { "amount": money(document.tax()) },
        "order": (!order.is_empty()).then(|| json!({ "number": order })),
        "account": { "name": "Kestrel Marine BV" },
        "lines": lines.collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn a_tenant_without_a_billing_system_gets_its_invoices_from_the_erp() {
    let world = world().await;
    let answer = world.ask(ANA, LIST).await;
    let invoices = &answer["viewer"]["account"]["invoices"];
    let own = own(&world);
    let seen = nodes(invoices);
    assert_eq!(texts(seen, "number"), own.iter().map(|one| one.number.as_str()).collect::<Vec<_>>());
    for (seen, own) in seen.iter().zip(&own) {
        assert_eq!(seen, &expected(own, &seen["id"], world.today()));
    }
    assert_eq!(invoices["totalCount"], own.len());
    assert!(own.iter().any(|one| one.category == "O") && own.iter().any(|one| one.category == "M"));
    let hidden = world.business().billing.iter().any(|one| one.category == "U" && one.sold_to == KESTREL[0]);
    assert!(hidden, "the pro forma invoice is there, and not shown");
}

#[tokio::test]
async fn an_order_has_the_billing_documents_that_bill_it() {
    let world = world().await;
    let query =
        "{ viewer { account { orders(first: 50) { nodes { number invoices(first: 10) { nodes { number } } } } } } }";
    world.calls().await;
    let answer = world.ask(ANA, query).await;
    assert_eq!(world.sap_calls().await, 3);
    let own = own(&world);
    let mut some = 0;
    for order in nodes(&answer["viewer"]["account"]["orders"]) {
        let number = order["number"].as_str().unwrap();
        let of = own.iter().filter(|one| one.lines.iter().any(|line| line.order == number));
        let mut of: Vec<&str> = of.map(|one| &*one.number).collect();
        of.sort_by(|a, b| b.cmp(a));
        assert_eq!(texts(nodes(&order["invoices"]), "number"), of, "order {number}");
        some += of.len();
    }
    assert!(some > 0, "some order has a credit note");
}

#[tokio::test]
async fn the_invoice_of_another_account_and_what_is_no_customers_are_not_there() {
    let world = world().await;
    let answer = world.ask(ANA, LIST).await;
    let id = nodes(&answer["viewer"]["account"]["invoices"])[0]["id"].as_str().unwrap();
    let query = format!("{{ invoice(id: \"{id}\") {{ number }} }}");
    assert!(world.ask(ANA, &query).await["invoice"]["number"].is_string());
    assert_eq!(world.ask(JONAS, &query).await["invoice"], Value::Null);
}

#[tokio::test]
async fn without_the_erp_the_list_is_an_error() {
    let world = world().await;
    world.fault("sap", "down").await;
    let answer = world.answer(ANA, "{ viewer { account { name invoices(first: 5) { nodes { number } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"], json!({ "name": "Kestrel Marine BV", "invoices": null }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
}
