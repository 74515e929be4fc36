//! Stripe: customers, subscriptions, pages.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, read};

const CUSTOMER: &str = "/v1/customers/cus_KestrelMarine1";
const SUBSCRIPTION: &str = "/v1/subscriptions/sub_1KestrelMarine11";

async fn post(client: &Client, path: &str, form: &str) -> Answer {
    let request = client.ask(Method::POST, "stripe", path).header("content-type", "application/x-www-form-urlencoded");
    read(request.body(form.to_owned()).send().await.unwrap()).await
}

#[tokio::test]
async fn a_customer_is_updated_member_by_member() {
    let client = Client::start().await;
    let (_, before) = client.get("stripe", CUSTOMER).await;
    let form = "phone=%2B31+10+2&address%5Bcity%5D=Delft&metadata[portal]=yes&metadata[hubspot_company]=&description=";
    let (status, after) = post(&client, CUSTOMER, form).await;
    assert_eq!(status, 200, "{after}");
    assert_eq!((&after["phone"], &after["address"]["city"]), (&json!("+31 10 2"), &json!("Delft")));
    assert_eq!(after["address"]["postal_code"], before["address"]["postal_code"]);
    assert_eq!(after["metadata"], json!({ "portal": "yes" }));
    assert_eq!(client.get("stripe", CUSTOMER).await.1, after);
    assert_eq!(client.ledger().len(), 1);
    for (form, changed) in [("address%5Bcity%5D=Delft", false), ("address%5Bcity%5D=Breda", true)] {
        post(&client, CUSTOMER, form).await;
        assert_eq!(client.ledger().last().map(|entry| entry.changed), Some(changed), "{form}");
    }
}

#[tokio::test]
async fn what_a_form_may_not_say_is_refused() {
    let client = Client::start().await;
    for (path, form, code, param) in [
        (CUSTOMER, "colour=red", json!("parameter_unknown"), "colour"),
        (CUSTOMER, "metadata[a][b][c][d][e][f][g][h][i][j]=1", Value::Null, "metadata"),
        (CUSTOMER, "email=nobody", json!("email_invalid"), "email"),
        (SUBSCRIPTION, "items[0][id]=si_x&items[0][quantity]=2", json!("resource_missing"), "items[0][id]"),
        (
            SUBSCRIPTION,
            "items[0][id]=si_1KestrelMarine11&items[0][quantity]=two",
            json!("parameter_invalid_integer"),
            "items[0][quantity]",
        ),
        (
            SUBSCRIPTION,
            "items[0][id]=si_1KestrelMarine11&items[0][price]=price_x",
            json!("resource_missing"),
            "items[0][price]",
        ),
        (SUBSCRIPTION, "cancel_at_period_end=perhaps", Value::Null, "cancel_at_period_end"),
        (SUBSCRIPTION, "proration_behavior=some", Value::Null, "proration_behavior"),
        ("/v1/billing_portal/sessions", "return_url=x", json!("parameter_missing"), "customer"),
        ("/v1/billing_portal/sessions", "customer=cus_x", json!("resource_missing"), "customer"),
        ("/v1/checkout/sessions", "mode=payment", json!("parameter_missing"), "line_items"),
    ] {
        let (status, answer) = post(&client, path, form).await;
        assert_eq!((status, &answer["error"]["type"]), (400, &json!("invalid_request_error")), "{form}: {answer}");
        assert_eq!((&answer["error"]["code"], &answer["error"]["param"]), (&code, &json!(param)), "{answer}");
    }
    assert_eq!(post(&client, "/v1/customers/cus_x", "phone=1").await.0, 404);
    assert!(client.ledger().is_empty());
}

#[tokio::test]
async fn search_lags_behind() {
    let client = Client::start().await;
    client.control("/lag", json!({ "system": "stripe", "seconds": 60 })).await;
    post(&client, CUSTOMER, "phone=555").await;
    let found = async || client.get("stripe", "/v1/customers/search?query=phone:%22555%22").await.1["data"].clone();
    assert_eq!(found().await, json!([]));
    client.control("/clock", json!({ "advance": 60 })).await;
    assert_eq!(found().await[0]["id"], "cus_KestrelMarine1");
    // Every search can lag, and no other system can.
    let (status, _) =
        client.send(Method::POST, ("control", "/lag"), &json!({ "system": "oracle", "seconds": 1 })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_subscription_changes_leaves_stays_and_ends() {
    let client = Client::start().await;
    let form = "items[0][id]=si_1KestrelMarine11&items[0][quantity]=7&proration_behavior=create_prorations";
    let (status, more) = post(&client, SUBSCRIPTION, form).await;
    assert_eq!((status, &more["items"]["data"][0]["quantity"]), (200, &json!(7)), "{more}");
    post(&client, SUBSCRIPTION, form).await;
    let (_, leaving) = post(&client, SUBSCRIPTION, "cancel_at_period_end=true").await;
    assert_eq!(leaving["cancel_at"], leaving["items"]["data"][0]["current_period_end"]);
    assert!(leaving["canceled_at"].as_i64().unwrap() > crate::client::NOW);
    let (_, staying) = post(&client, SUBSCRIPTION, "cancel_at_period_end=false").await;
    assert_eq!((&staying["cancel_at"], &staying["canceled_at"]), (&Value::Null, &Value::Null));
    let delete = client.ask(Method::DELETE, "stripe", SUBSCRIPTION);
    let (status, ended) = read(delete.send().await.unwrap()).await;
    assert_eq!((status, &ended["status"], &ended["ended_at"]), (200, &json!("canceled"), &ended["canceled_at"]));
    assert_eq!(post(&client, SUBSCRIPTION, "cancel_at_period_end=false").await.0, 400);
    let booked: Vec<_> = client.ledger().iter().map(|entry| (entry.operation, entry.changed)).collect();
    let (update, same) = (("update", true), ("update", false));
    assert_eq!(booked, [update, same, update, update, ("delete", true)], "the same quantity again changes nothing");
}

#[tokio::test]
async fn pages_are_opened_for_a_customer() {
    let client = Client::start().await;
    let form = "customer=cus_KestrelMarine1&return_url=https%3A%2F%2Fportal.example%2Fbilling";
    let (status, portal) = post(&client, "/v1/billing_portal/sessions", form).await;
    assert_eq!((status, &portal["return_url"]), (200, &json!("https://portal.example/billing")), "{portal}");
    assert_eq!(client.http.get(portal["url"].as_str().unwrap()).send().await.unwrap().status(), 200);
    let form = "mode=payment&customer=cus_KestrelMarine1&line_items[0][price]=price_x&line_items[0][quantity]=1";
    let (status, checkout) = post(&client, "/v1/checkout/sessions", form).await;
    assert_eq!((status, &checkout["status"], &checkout["payment_status"]), (200, &json!("open"), &json!("unpaid")));
    let path = format!("/v1/checkout/sessions/{}", checkout["id"].as_str().unwrap());
    assert_eq!(client.get("stripe", &path).await.1, checkout);
}

#[tokio::test]
async fn a_customer_pays_an_invoice_on_its_page() {
    let client = Client::start().await;
    let (_, open) = client.get("stripe", "/v1/invoices?status=open&limit=1").await;
    let id = open["data"][0]["id"].as_str().unwrap();
    assert!(open["data"][0]["hosted_invoice_url"].is_string());
    client.control(&format!("/invoices/{id}/pay"), json!({})).await;
    let (_, paid) = client.get("stripe", &format!("/v1/invoices/{id}?expand[]=payments")).await;
    assert_eq!((&paid["status"], &paid["amount_remaining"]), (&json!("paid"), &json!(0)));
    // An earlier payment of it may have failed.
    let payments = paid["payments"]["data"].as_array().unwrap();
    let payment = payments.iter().find(|payment| payment["status"] == "paid").unwrap();
    assert_eq!(payment["amount_paid"], open["data"][0]["amount_remaining"]);
    assert!(paid["status_transitions"]["paid_at"].as_i64().unwrap() > crate::client::NOW);
    let (status, refused) = client.send(Method::POST, ("control", &format!("/invoices/{id}/pay")), &json!({})).await;
    assert_eq!(status, 400, "{refused}");
}
