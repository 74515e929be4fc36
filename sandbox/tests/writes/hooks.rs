//! Webhooks: every change is told, in the vendor's shape and with its signature.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use vestibule_sandbox::SYSTEMS;
use vestibule_sandbox::effect::{By, Effect, Event};
use vestibule_sandbox::hooks::MOST;

use crate::client::Client;

/// What came, and what is answered to it.
#[derive(Default)]
struct Inbox {
    came: Vec<(HeaderMap, Value)>,
    /// The statuses of the next answers; 200 after them.
    answers: Vec<u16>,
}

type Shared = Arc<Mutex<Inbox>>;

async fn take(State(inbox): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut inbox = inbox.lock().unwrap();
    inbox.came.push((headers, serde_json::from_slice(&body).unwrap()));
    let status = if inbox.answers.is_empty() { 200 } else { inbox.answers.remove(0) };
    StatusCode::from_u16(status).unwrap()
}

/// A receiver, to which all systems send.
async fn receiver(client: &Client) -> Shared {
    let inbox = Shared::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(take).with_state(Arc::clone(&inbox));
    tokio::spawn(async move { axum::serve(listener, router).await });
    for system in SYSTEMS {
        let target = json!({ "system": system, "url": format!("http://{address}/{system}"), "retry_ms": 1 });
        client.control("/webhooks", target).await;
    }
    inbox
}

async fn phone(client: &Client, number: &str) {
    let body = json!({ "properties": { "phone": number } });
    let (status, _) = client.send(Method::PATCH, ("hubspot", "/crm/v3/objects/companies/9001001"), &body).await;
    assert_eq!(status, 200);
}

async fn idle(client: &Client) -> Value {
    client.control("/webhooks/idle", json!({})).await
}

fn bodies(inbox: &Shared) -> Vec<Value> {
    inbox.lock().unwrap().came.iter().map(|(_, body)| body.clone()).collect()
}

/// The phone numbers of the events that came, in the order in which they came.
fn phones(inbox: &Shared) -> Vec<String> {
    bodies(inbox).iter().map(|body| body[0]["propertyValue"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_system_tells_in_its_own_shape() {
    let client = Client::start().await;
    let inbox = receiver(&client).await;
    for (system, pointer, expected, header) in [
        ("hubspot", "/0/subscriptionType", json!("company.propertyChange"), "x-hubspot-signature-v3"),
        ("sap", "/type", json!("sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1"), "x-portal-secret"),
        ("stripe", "/type", json!("customer.updated"), "stripe-signature"),
        ("zendesk", "/type", json!("zen:event-type:ticket.created"), "x-zendesk-webhook-signature"),
    ] {
        crate::faults::write(&client, system).await.send().await.unwrap();
        idle(&client).await;
        let (headers, body) = inbox.lock().unwrap().came.last().unwrap().clone();
        assert_eq!(body.pointer(pointer), Some(&expected), "{body}");
        assert!(headers.contains_key(header), "{headers:?}");
    }
    let all = bodies(&inbox);
    assert_eq!(all.len(), 4);
    assert_eq!((&all[0][0]["objectId"], &all[0][0]["attemptNumber"]), (&json!(9_001_001), &json!(0)));
    assert_eq!(all[1]["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["SalesOrder"]);
    assert_eq!(all[2]["data"]["previous_attributes"]["phone"], "+31 (0)10 555 01 23");
    assert_eq!((&all[3]["detail"]["status"], &all[3]["detail"]["requester_id"]), (&json!("NEW"), &json!("430000101")));
}

#[tokio::test]
async fn what_the_control_port_and_internal_notes_change_is_told_too() {
    let client = Client::start().await;
    let inbox = receiver(&client).await;
    let (_, open) = client.get("stripe", "/v1/invoices?status=open&limit=1").await;
    client.control(&format!("/invoices/{}/pay", open["data"][0]["id"].as_str().unwrap()), json!({})).await;
    let (_, made) = crate::client::read(crate::faults::write(&client, "zendesk").await.send().await.unwrap()).await;
    let note = json!({ "ticket": { "comment": { "body": "psst", "public": false } } });
    let path = format!("/api/v2/tickets/{}", made["ticket"]["id"]);
    client.send(Method::PUT, ("zendesk", &path), &note).await;
    idle(&client).await;
    let kinds: Vec<Value> = bodies(&inbox).iter().map(|body| body["type"].clone()).collect();
    for kind in ["payment_intent.succeeded", "invoice.updated", "invoice.paid"] {
        assert!(kinds.contains(&json!(kind)), "{kinds:?}");
    }
    let notes: Vec<Value> =
        bodies(&inbox).into_iter().filter(|body| body["type"] == "zen:event-type:ticket.comment_added").collect();
    assert_eq!(notes[0]["event"]["comment"]["is_public"], json!(false));
    assert_eq!(notes[0]["subject"], format!("zen:ticket:{}", made["ticket"]["id"]));
}

#[tokio::test]
async fn failures_are_retried_as_the_vendor_does() {
    // System, answers before the good one, attempts that come of it.
    for (system, answers, attempts) in [
        ("hubspot", vec![500, 429], 3),
        ("hubspot", vec![404], 1),
        ("zendesk", vec![409, 503], 3),
        ("zendesk", vec![500], 1),
        ("zendesk", vec![409, 409, 409, 409, 409], 4),
        ("stripe", vec![404, 302], 3),
        ("sap", vec![401], 2),
    ] {
        let client = Client::start().await;
        let inbox = receiver(&client).await;
        inbox.lock().unwrap().answers.clone_from(&answers);
        crate::faults::write(&client, system).await.send().await.unwrap();
        idle(&client).await;
        assert_eq!(bodies(&inbox).len(), attempts, "{system} {answers:?}");
    }
}

#[tokio::test]
async fn deliveries_are_held_dropped_repeated_and_reordered() {
    let client = Client::start().await;
    let inbox = receiver(&client).await;
    let handling = |own: Value| {
        let mut body = json!({ "system": "hubspot" });
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        body
    };
    client.control("/webhooks/handling", handling(json!({ "pause": true }))).await;
    for number in ["1", "2", "3", "4"] {
        phone(&client, number).await;
    }
    assert_eq!(idle(&client).await["systems"]["hubspot"]["waiting"], 4);
    assert!(bodies(&inbox).is_empty());
    client.control("/webhooks/handling", handling(json!({ "reorder": 3, "drop": 4, "repeat": 1 }))).await;
    idle(&client).await;
    assert_eq!(phones(&inbox), ["3", "3", "2", "2", "1", "1"]);
    let (_, shown) = client.get("control", "/webhooks").await;
    assert_eq!(shown["log"].as_array().unwrap().iter().filter(|one| one["dropped"] == json!(true)).count(), 1);
}

#[tokio::test]
async fn a_delivery_that_is_cut_comes_again() {
    let client = Client::start().await;
    let inbox = receiver(&client).await;
    client.control("/webhooks/handling", json!({ "system": "hubspot", "cut": 2 })).await;
    phone(&client, "1").await;
    phone(&client, "2").await;
    let log = idle(&client).await["log"].clone();
    assert_eq!(phones(&inbox), ["1", "2"]);
    let statuses: Vec<Value> = log.as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, [json!(200), Value::Null, json!(200)]);
    assert_eq!(bodies(&inbox)[1][0]["attemptNumber"], 1);
}

#[tokio::test]
async fn the_queue_is_bounded_and_says_what_it_lost() {
    let client = Client::start().await;
    receiver(&client).await;
    client.control("/webhooks/handling", json!({ "system": "hubspot", "pause": true })).await;
    for number in 0..MOST + 3 {
        let told = vec![Event::new("company.propertyChange", json!({ "objectId": number }))];
        let effect = Effect::new("hubspot", "company", "9001001", "update").tells(told);
        client.running.state.commit(By::Control, |_, _| Ok::<_, ()>(((), vec![effect]))).unwrap();
    }
    let (_, shown) = client.get("control", "/webhooks").await;
    let hubspot = &shown["systems"]["hubspot"];
    assert_eq!((&hubspot["waiting"], &hubspot["overflowed"]), (&json!(1000), &json!(3)));
}

#[tokio::test]
async fn webhooks_go_nowhere_else() {
    let client = Client::start().await;
    for (body, word) in [
        (json!({ "system": "hubspot", "url": "http://example.com/" }), "this machine"),
        (json!({ "system": "oracle", "url": "http://127.0.0.1/" }), "zendesk"),
        (json!({ "system": "hubspot" }), "url"),
        (json!({ "system": "hubspot", "url": "http://127.0.0.1/", "colour": 1 }), "colour"),
    ] {
        let (status, answer) = client.send(Method::POST, ("control", "/webhooks"), &body).await;
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    // Secrets are never shown.
    client.control("/webhooks", json!({ "system": "hubspot", "url": "http://127.0.0.1:9/", "secret": "s3cret" })).await;
    assert!(!client.get("control", "/webhooks").await.1.to_string().contains("s3cret"));
}
