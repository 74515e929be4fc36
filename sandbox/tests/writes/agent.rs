//! The agent: what the business's own people do.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule_sandbox::effect::By;

use crate::client::Client;

#[tokio::test]
async fn steps_are_the_same_for_the_same_seed() {
    let run = async |seed: u64| {
        let client = Client::start().await;
        client.control("/agent", json!({ "seed": seed })).await;
        let mut steps = Vec::new();
        for _ in 0..12 {
            steps.push(client.control("/agent/step", json!({})).await);
        }
        let booked: Vec<_> = client.ledger().into_iter().map(|entry| (entry.at, entry.key, entry.operation)).collect();
        assert!(client.ledger().iter().all(|entry| entry.by == By::Agent));
        (steps, booked)
    };
    let first = run(3).await;
    assert_eq!(first, run(3).await);
    assert_ne!(first.0, run(4).await.0);
    let acts: std::collections::BTreeSet<&str> = first.0.iter().map(|step| step["act"].as_str().unwrap()).collect();
    assert!(acts.len() > 2, "{acts:?}");
}

#[tokio::test]
async fn each_act_shows_in_its_system() {
    let client = Client::start().await;
    let act = async |act: &str| client.control("/agent/step", json!({ "act": act })).await["key"].clone();
    let order = act("ship").await;
    let path =
        format!("/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder('{}')?$format=json", order.as_str().unwrap());
    assert_eq!(client.get("sap", &path).await.1["d"]["OverallTotalDeliveryStatus"], "C");
    let path = "/sap/opu/odata/sap/API_OUTBOUND_DELIVERY_SRV;v=0002/A_OutbDeliveryItem?$format=json&$filter=ReferenceSDDocument eq ";
    let (_, items) = client.get("sap", &format!("{path}'{}'", order.as_str().unwrap())).await;
    assert!(!items["d"]["results"].as_array().unwrap().is_empty());
    for (kind, public) in [("answer", true), ("note", false)] {
        let ticket = act(kind).await;
        let path = format!("/api/v2/tickets/{}/comments?sort=-created_at", ticket.as_str().unwrap());
        let (_, comments) = client.get("zendesk", &path).await;
        let last = comments["comments"].as_array().unwrap().iter().max_by_key(|said| said["id"].as_u64()).unwrap();
        assert_eq!((&last["public"], &last["via"]["channel"]), (&json!(public), &json!("web")));
    }
    let invoice = act("pay").await;
    let (_, paid) = client.get("stripe", &format!("/v1/invoices/{}", invoice.as_str().unwrap())).await;
    assert_eq!(paid["status"], "paid");
    // What is done cannot be done again.
    for (kind, key) in [("ship", &order), ("pay", &invoice)] {
        let (status, answer) =
            client.send(Method::POST, ("control", "/agent/step"), &json!({ "act": kind, "key": key })).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn it_acts_by_itself_only_while_it_is_on() {
    let client = Client::start().await;
    assert_eq!(client.get("control", "/agent").await.1["every_ms"], Value::Null);
    client.control("/agent", json!({ "every_ms": 10 })).await;
    // It is waited for, not slept: each look lets it act.
    let came = async {
        while client.ledger().len() < 3 {
            client.get("control", "/agent").await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), came).await.unwrap();
    let off = client.ask(Method::DELETE, "control", "/agent").send().await.unwrap();
    assert_eq!(off.status(), 200);
    assert_eq!(client.get("control", "/agent").await.1["every_ms"], Value::Null);
}

#[tokio::test]
async fn a_step_near_somebody_is_for_that_persons_customer() {
    let client = Client::start().await;
    let ana = "ana.lund@kestrel-marine.example";
    for act in ["ship", "answer", "pay"] {
        let step = client.control("/agent/step", json!({ "act": act, "near": ana })).await;
        let key = step["key"].as_str().unwrap();
        let business = client.running.state.read();
        let contact = business.contacts.iter().find(|contact| contact.email == ana).unwrap();
        let company = business.companies.iter().find(|company| company.id == contact.companies[0].company).unwrap();
        let own = match act {
            "ship" => {
                business.orders.iter().any(|order| order.number == key && company.debtors.contains(&order.sold_to))
            }
            "answer" => business
                .tickets
                .iter()
                .any(|ticket| ticket.id.to_string() == key && ticket.organization == company.zendesk_organization),
            _ => business
                .invoices
                .iter()
                .any(|invoice| invoice.id == key && Some(&invoice.customer) == company.stripe_customer.as_ref()),
        };
        assert!(own, "{step}");
    }
    // Somebody who may act for nobody has nothing done.
    for nobody in ["piet.vos@kestrel-marine.example", "nobody@nowhere.example"] {
        let body = json!({ "act": "ship", "near": nobody });
        assert_eq!(client.send(Method::POST, ("control", "/agent/step"), &body).await.0, 400, "{nobody}");
    }
}

#[tokio::test]
async fn who_is_favoured_is_served_more_often_and_not_alone() {
    let client = Client::start().await;
    let state = &client.running.state;
    state.agent.favour("ana.lund@kestrel-marine.example");
    let mut own = 0;
    for _ in 0..40 {
        let step = client.control("/agent/step", json!({ "act": "answer" })).await;
        let business = state.read();
        let key = step["key"].as_str().unwrap();
        let ticket = business.tickets.iter().find(|ticket| ticket.id.to_string() == key).unwrap();
        let company = business.companies.iter().find(|company| company.name == "Kestrel Marine BV").unwrap();
        own += usize::from(ticket.organization == company.zendesk_organization);
    }
    assert!((20..40).contains(&own), "{own} of 40");
}
