//! The Stripe dialect.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, NOW, distinct, texts};

const CUSTOMER: &str = "cus_KestrelMarine1";

async fn rows(client: &Client, path: &str) -> Value {
    let (status, body) = client.get("stripe", path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body["data"].clone()
}

#[tokio::test]
async fn key_and_version_are_demanded() {
    let client = Client::start().await;
    let bare = || client.bare(Method::GET, "stripe", "/v1/balance");
    let response = bare().header("Stripe-Version", "2026-07-29.dahlia").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers()["request-id"].to_str().unwrap().starts_with("req_"));
    assert_eq!(bare().bearer_auth("sk_test_demo").send().await.unwrap().status(), 400);
    let old = bare().bearer_auth("sk_test_demo").header("Stripe-Version", "2024-06-20");
    assert_eq!(old.send().await.unwrap().status(), 400);
    assert_eq!(client.get("stripe", "/v1/balance").await.0, 200);
}

#[tokio::test]
async fn lists_are_newest_first_and_lose_no_row_either_way() {
    let client = Client::start().await;
    let (mut ids, mut created, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let (_, page) = client.get("stripe", &format!("/v1/invoices?limit=100{cursor}")).await;
        assert_eq!((&page["object"], &page["url"]), (&json!("list"), &json!("/v1/invoices")));
        ids.extend(texts(&page["data"], "/id"));
        created.extend(page["data"].as_array().unwrap().iter().map(|row| row["created"].as_i64().unwrap()));
        if page["has_more"] == false {
            break;
        }
        cursor = format!("&starting_after={}", ids.last().unwrap());
    }
    let seeded = vestibule_sandbox::data::seed::business(NOW).invoices;
    assert_eq!(ids.len(), seeded.len());
    assert_eq!(distinct(&ids), ids.len());
    assert!(created.is_sorted_by(|left, right| left >= right));
    let back = rows(&client, &format!("/v1/invoices?limit=3&ending_before={}", ids[10])).await;
    assert_eq!(texts(&back, "/id"), ids[7..10]);
}

#[tokio::test]
async fn filters_filter() {
    let client = Client::start().await;
    let own = rows(&client, &format!("/v1/invoices?customer={CUSTOMER}&limit=100")).await;
    assert!(own.as_array().unwrap().len() >= 12);
    assert_eq!(distinct(&texts(&own, "/customer")), 1);
    let open = rows(&client, &format!("/v1/invoices?customer={CUSTOMER}&status=open&due_date[lt]={NOW}")).await;
    assert!(!open.as_array().unwrap().is_empty());
    assert!(open.as_array().unwrap().iter().all(|row| row["status"] == "open" && row["due_date"].as_i64() < Some(NOW)));
    let subscriptions = rows(&client, &format!("/v1/subscriptions?customer={CUSTOMER}&status=all")).await;
    let subscription = subscriptions[0]["id"].as_str().unwrap();
    let billed = rows(&client, &format!("/v1/invoices?subscription={subscription}")).await;
    assert_eq!(texts(&billed, "/parent/subscription_details/subscription")[0], subscription);
    assert_eq!(billed[0].get("subscription"), None);
    let all = rows(&client, "/v1/subscriptions?status=all&limit=100").await;
    let live = rows(&client, "/v1/subscriptions?limit=100").await;
    assert!(texts(&all, "/status").contains(&"canceled".to_owned()));
    assert!(!texts(&live, "/status").contains(&"canceled".to_owned()));
    let found = rows(&client, "/v1/customers?email=ana.lund@kestrel-marine.example").await;
    assert_eq!(texts(&found, "/id"), [CUSTOMER]);
    let products = texts(&rows(&client, "/v1/products").await, "/id");
    assert_eq!(products.len(), 3);
    let path = format!("/v1/products?ids[]={}&ids%5B1%5D={}&limit=100", products[0], products[1]);
    assert_eq!(texts(&rows(&client, &path).await, "/id"), products[..2]);
}

#[tokio::test]
async fn refusals_have_codes() {
    let client = Client::start().await;
    for (path, status, code) in [
        ("/v1/customers/cus_none", 404, json!("resource_missing")),
        ("/v1/invoices?customer=cus_none", 400, json!("resource_missing")),
        ("/v1/invoices?starting_after=in_none", 400, json!("resource_missing")),
        ("/v1/invoices?colour=red", 400, json!("parameter_unknown")),
        ("/v1/invoices?limit=ten", 400, json!("parameter_invalid_integer")),
        ("/v1/invoices?limit=101", 400, Value::Null),
        ("/v1/invoices?status=overdue", 400, Value::Null),
        ("/v1/products?ids=prod_ServicePlus", 400, Value::Null),
        ("/v1/invoices?expand[]=data.number", 400, Value::Null),
        ("/v1/invoices?expand[]=data.a.b.c.d", 400, Value::Null),
        ("/v1/unicorns", 404, Value::Null),
        ("/v2/invoices", 404, Value::Null),
    ] {
        let (got, body) = client.get("stripe", path).await;
        assert_eq!((got, &body["error"]["code"]), (status, &code), "{path}: {body}");
        assert_eq!(body["error"]["type"], "invalid_request_error");
    }
    let (status, deleted) = client.get("stripe", "/v1/customers/cus_Deleted0001").await;
    assert_eq!((status, &deleted["deleted"]), (200, &json!(true)));
}

#[tokio::test]
async fn money_is_in_minor_units_and_yen_has_none() {
    let client = Client::start().await;
    let business = vestibule_sandbox::data::seed::business(NOW);
    for (code, factor) in [("EUR", 100), ("JPY", 1)] {
        let invoice = business.invoices.iter().find(|invoice| invoice.currency == code && !invoice.tax.is_zero());
        let invoice = invoice.unwrap();
        let (_, shown) = client.get("stripe", &format!("/v1/invoices/{}", invoice.id)).await;
        let cents =
            |amount: rust_decimal::Decimal| (amount * rust_decimal::Decimal::from(factor)).normalize().to_string();
        let net = invoice.lines.iter().map(|line| line.amount).sum::<rust_decimal::Decimal>();
        assert_eq!(shown["currency"], code.to_lowercase());
        assert_eq!(shown["subtotal"].to_string(), cents(net));
        assert_eq!(shown["total"].to_string(), cents(net + invoice.tax));
        assert_eq!(shown["total_taxes"][0]["amount"].to_string(), cents(invoice.tax));
        assert_eq!(shown["amount_remaining"].to_string(), cents(net + invoice.tax - invoice.paid));
    }
}

#[tokio::test]
async fn drafts_have_no_number_and_long_invoices_embed_ten_lines() {
    let client = Client::start().await;
    let drafts = rows(&client, "/v1/invoices?status=draft&limit=100").await;
    let drafts = drafts.as_array().unwrap();
    assert!(!drafts.is_empty());
    assert!(drafts.iter().all(|row| row["number"].is_null() && row["hosted_invoice_url"].is_null()));
    let own = rows(&client, &format!("/v1/invoices?customer={CUSTOMER}&limit=100")).await;
    let long = own.as_array().unwrap().iter().find(|row| row["lines"]["has_more"] == true).unwrap();
    assert_eq!(long["lines"]["data"].as_array().unwrap().len(), 10);
    let path = long["lines"]["url"].as_str().unwrap();
    let lines = rows(&client, &format!("{path}?limit=100")).await;
    assert!(lines.as_array().unwrap().len() > 12);
    let sum: i64 = lines.as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(Some(sum), long["subtotal"].as_i64());
    let next = rows(&client, &format!("{path}?starting_after={}", lines[9]["id"].as_str().unwrap())).await;
    assert_eq!(next[0]["id"], lines[10]["id"]);
}

#[tokio::test]
async fn search_speaks_the_query_language() {
    let client = Client::start().await;
    let own = rows(&client, &format!("/v1/invoices?customer={CUSTOMER}&limit=100")).await;
    let row = own.as_array().unwrap().iter().find(|row| row["metadata"]["order_number"].is_string()).unwrap();
    let order = row["metadata"]["order_number"].as_str().unwrap();
    let search = async |query: &str| {
        let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        client.get("stripe", &format!("/v1/invoices/search?limit=100&query={query}")).await
    };
    let (_, found) = search(&format!("customer:\"{CUSTOMER}\" AND metadata[\"order_number\"]:\"{order}\"")).await;
    assert_eq!(found["object"], "search_result");
    assert_eq!(texts(&found["data"], "/id"), [row["id"].as_str().unwrap()]);
    let (_, found) = search(&format!("customer:\"{CUSTOMER}\" AND -status:\"paid\" AND total>1000")).await;
    assert!(!found["data"].as_array().unwrap().is_empty());
    assert!(!texts(&found["data"], "/status").contains(&"paid".to_owned()));
    let (_, first) = search("status:\"paid\" OR status:\"open\"").await;
    assert!(first["next_page"].is_string());
    for wrong in ["status:\"paid\" OR total>1 AND total<2", "status", "colour:\"red\"", "status:\"paid"] {
        assert_eq!(search(wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn ids_expand_in_both_spellings() {
    let client = Client::start().await;
    for expand in
        ["expand[]=data.latest_charge&expand[]=data.customer", "expand[0]=data.latest_charge&expand[1]=data.customer"]
    {
        let intents = rows(&client, &format!("/v1/payment_intents?customer={CUSTOMER}&{expand}")).await;
        assert_eq!(texts(&intents, "/customer/name")[0], "Kestrel Marine BV");
        let paid = intents.as_array().unwrap().iter().find(|row| row["status"] == "succeeded").unwrap();
        assert_eq!(paid["latest_charge"]["object"], "charge");
        let receipt = paid["latest_charge"]["receipt_url"].as_str().unwrap();
        assert_eq!(reqwest::get(receipt).await.unwrap().status(), 200);
    }
    let own = rows(&client, &format!("/v1/invoices?customer={CUSTOMER}&status=paid")).await;
    let id = own[0]["id"].as_str().unwrap();
    assert_eq!(own[0].get("payments"), None);
    let (_, invoice) = client.get("stripe", &format!("/v1/invoices/{id}?expand[]=payments")).await;
    let ties = rows(&client, &format!("/v1/invoice_payments?invoice={id}")).await;
    assert_eq!(invoice["payments"]["data"], ties);
    let intent = ties[0]["payment"]["payment_intent"].as_str().unwrap();
    let (_, intent) = client.get("stripe", &format!("/v1/payment_intents/{intent}?expand[]=latest_charge")).await;
    assert_eq!(intent["latest_charge"]["payment_intent"], intent["id"]);
    let pdf = reqwest::get(own[0]["invoice_pdf"].as_str().unwrap()).await.unwrap();
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-"));
}

#[tokio::test]
async fn a_hostile_system_mixes_customers() {
    let client = Client::start().await;
    let own = rows(&client, &format!("/v1/invoices?customer={CUSTOMER}")).await;
    let id = own[0]["id"].as_str().unwrap().to_owned();
    client.fault(json!({ "system": "stripe", "mode": "hostile" })).await;
    for path in [
        format!("/v1/invoices?customer={CUSTOMER}&limit=5"),
        format!("/v1/payment_intents?customer={CUSTOMER}&limit=5"),
        format!("/v1/subscriptions?customer={CUSTOMER}&limit=5"),
        "/v1/invoices/search?limit=5&query=number:%22nothing%22".to_owned(),
    ] {
        assert!(distinct(&texts(&rows(&client, &path).await, "/customer")) >= 3, "{path}");
    }
    assert!(distinct(&texts(&rows(&client, &format!("/v1/invoice_payments?invoice={id}")).await, "/invoice")) >= 3);
    assert!(distinct(&texts(&rows(&client, &format!("/v1/invoices/{id}/lines")).await, "/invoice")) >= 3);
    let emails: BTreeSet<String> =
        texts(&rows(&client, "/v1/customers?email=nobody").await, "/id").into_iter().collect();
    assert!(emails.len() >= 3);
    let (_, one) = client.get("stripe", &format!("/v1/invoices/{id}")).await;
    assert_ne!(one["customer"], CUSTOMER);
}
