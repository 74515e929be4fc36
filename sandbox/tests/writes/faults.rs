//! Writes that fail in the middle: what was answered, and what was done.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Client, read};
use vestibule_sandbox::SYSTEMS;

/// One write to each system that may be done again and again.
pub async fn write(client: &Client, system: &str) -> RequestBuilder {
    match system {
        "hubspot" => {
            let body = json!({ "properties": { "phone": "+31 10 9" } });
            client.ask(Method::PATCH, system, "/crm/v3/objects/companies/9001001").json(&body)
        }
        "sap" => {
            let number = client.running.state.read().orders.last().unwrap().number.clone();
            let path = format!("/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder('{number}')");
            let headers = crate::sap::session(client).await;
            let body = json!({ "PurchaseOrderByCustomer": "PO-9" });
            client.ask(Method::PATCH, system, &path).headers(headers).header("if-match", "*").json(&body)
        }
        "stripe" => client.ask(Method::POST, system, "/v1/customers/cus_KestrelMarine1").body("phone=9"),
        _ => {
            let body = json!({ "ticket": { "comment": { "body": "Hello?" }, "requester_id": 430_000_101 } });
            client.ask(Method::POST, system, "/api/v2/tickets").json(&body)
        }
    }
}

/// The status of an answer that came whole; none where the connection was cut.
async fn sent(request: RequestBuilder) -> Option<u16> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    response.bytes().await.ok().map(|_| status)
}

#[tokio::test]
async fn each_way_to_fail_leaves_what_it_says_behind() {
    // Mode, whether it is answered, effects at once, effects when half a minute has passed.
    for (mode, answered, at_once, later) in [
        ("cut-before", false, 0, 0),
        ("cut-during", false, 1, 1),
        ("cut-after", false, 1, 1),
        ("late", false, 0, 1),
        ("locked", true, 0, 0),
        ("down", true, 0, 0),
        ("rate-limited", true, 0, 0),
    ] {
        let client = Client::start().await;
        for system in SYSTEMS {
            client.control("/faults/writes", json!({ "system": system, "mode": mode, "times": 1 })).await;
            let done = || client.ledger().iter().filter(|entry| entry.system == system).count();
            let status = sent(write(&client, system).await).await;
            assert_eq!(status.is_some(), answered, "{system} {mode}: {status:?}");
            assert!(status.is_none_or(|status| status >= 400), "{system} {mode}: {status:?}");
            assert_eq!(done(), at_once, "{system} {mode}");
            client.control("/clock", json!({ "advance": 30 })).await;
            assert_eq!(done(), later, "{system} {mode}");
            // The next one is whole again.
            let status = sent(write(&client, system).await).await;
            assert!(status.is_some_and(|status| status < 300), "{system} {mode}: {status:?}");
            let late = client.ledger().iter().filter(|entry| entry.system == system && entry.late).count();
            assert_eq!(late, usize::from(mode == "late"), "{system} {mode}: the ledger says what was late");
        }
        let (_, log) = client.get("control", "/calls/log").await;
        let cut = log.as_array().unwrap().iter().filter(|call| call["status"].is_null()).count();
        assert_eq!(cut, if answered { 0 } else { 4 }, "{mode}");
    }
}

/// What each system says of a refusal stands where its own refusals have it.
#[tokio::test]
async fn what_a_test_has_a_system_refuse_comes_in_its_own_shape() {
    let client = Client::start().await;
    let places = [
        ("hubspot", "/errors/0/code", "/message", "/errors/0/context/propertyName/0"),
        ("sap", "/error/code", "/error/message/value", "/error/innererror/errordetails/0/propertyref"),
        ("stripe", "/error/code", "/error/message", "/error/param"),
        ("zendesk", "/error", "/description", "/details/phone/0/description"),
    ];
    for (system, code, message, field) in places {
        let refusal = json!({ "system": system, "status": 422, "code": "ODD_ONE", "message": "No such thing.", "field": "phone" });
        client.control("/faults/writes", refusal).await;
        let (status, body) = read(write(&client, system).await.send().await.unwrap()).await;
        assert_eq!(status, 422, "{system}: {body}");
        let said = [code, message, field].map(|place| body.pointer(place).and_then(Value::as_str));
        let about = if system == "zendesk" { "No such thing." } else { "phone" };
        assert_eq!(said, [Some("ODD_ONE"), Some("No such thing."), Some(about)], "{system}: {body}");
        assert_eq!(sent(write(&client, system).await).await.map(|status| status < 300), Some(true), "{system}: once");
    }
    assert_eq!(client.ledger().len(), 4, "what is refused is not done");
}

#[tokio::test]
async fn a_refusal_chooses_its_write_and_has_to_be_one() {
    let client = Client::start().await;
    let refusal =
        json!({ "system": "zendesk", "status": 413, "code": "ODD_ONE", "message": "No.", "path": "/uploads" });
    client.control("/faults/writes", refusal).await;
    assert_eq!(sent(write(&client, "zendesk").await).await, Some(201));
    let upload = || client.ask(Method::POST, "zendesk", "/api/v2/uploads?filename=a").body("x");
    assert_eq!((sent(upload()).await, sent(upload()).await), (Some(413), Some(201)));
    for wrong in [
        json!({ "system": "sap", "status": 200, "code": "ODD_ONE", "message": "No." }),
        json!({ "system": "sap", "status": 400, "code": "ODD_ONE" }),
        json!({ "system": "sap", "status": 400, "code": "ODD_ONE", "message": "No.", "mode": "down" }),
    ] {
        let (status, _) = client.send(Method::POST, ("control", "/faults/writes"), &wrong).await;
        assert_eq!(status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_cut_leaves_not_even_a_status() {
    let client = Client::start().await;
    for mode in ["cut-before", "cut-after", "late"] {
        client.control("/faults/writes", json!({ "system": "hubspot", "mode": mode })).await;
        assert!(write(&client, "hubspot").await.send().await.is_err(), "{mode}");
    }
}

#[tokio::test]
async fn half_an_answer_is_the_beginning_of_it() {
    let client = Client::start().await;
    client.control("/faults/writes", json!({ "system": "hubspot", "mode": "cut-during" })).await;
    let mut response = write(&client, "hubspot").await.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut read = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        read.extend_from_slice(&chunk);
    }
    assert!(read.starts_with(b"{") && serde_json::from_slice::<Value>(&read).is_err());
}

#[tokio::test]
async fn reads_are_left_alone() {
    let client = Client::start().await;
    for system in SYSTEMS {
        client.control("/faults/writes", json!({ "system": system, "mode": "cut-before" })).await;
    }
    let search = json!({ "filterGroups": [] });
    assert_eq!(client.send(Method::POST, ("hubspot", "/crm/v3/objects/deals/search"), &search).await.0, 200);
    assert_eq!(client.get("stripe", "/v1/balance").await.0, 200);
    let batch = client.ask(Method::POST, "sap", "/sap/opu/odata/sap/API_SALES_ORDER_SRV/$batch");
    let batch = batch.headers(crate::sap::session(&client).await).header("content-type", "multipart/mixed; boundary=b");
    assert_eq!(batch.body("--b--").send().await.unwrap().status(), 202);
}

#[tokio::test]
async fn faults_choose_their_writes() {
    let client = Client::start().await;
    client
        .control("/faults/writes", json!({ "system": "zendesk", "mode": "cut-before", "path": "POST /api/v2/uploads" }))
        .await;
    assert_eq!(sent(write(&client, "zendesk").await).await, Some(201));
    let upload = client.ask(Method::POST, "zendesk", "/api/v2/uploads?filename=a").body("x");
    assert_eq!(sent(upload).await, None);
    client.control("/faults/writes", json!({ "system": "stripe", "mode": "down", "every": 2 })).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(sent(write(&client, "stripe").await).await.unwrap());
    }
    assert_eq!(statuses, [200, 503, 200, 503]);
    for (body, word) in [
        (json!({ "system": "stripe", "mode": "explode" }), "cut-before"),
        (json!({ "system": "oracle", "mode": "down" }), "zendesk"),
        (json!({ "system": "stripe", "mode": "down", "every": 0 }), "every"),
        (json!({ "system": "stripe", "seed": 1, "rates": { "down": 60, "late": 50 } }), "110"),
    ] {
        let (status, answer) = client.send(Method::POST, ("control", "/faults/writes"), &body).await;
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    client.ask(Method::DELETE, "control", "/faults/writes").send().await.unwrap();
    assert_eq!(client.get("control", "/faults/writes").await.1, json!({}));
}

/// What comes of forty writes by chance: statuses, then the ledger.
async fn run(seed: u64) -> (Vec<Option<u16>>, Vec<(u64, i64, String)>) {
    let client = Client::start().await;
    let rates = json!({ "cut-before": 10, "cut-during": 10, "cut-after": 10, "late": 20, "down": 5, "locked": 5 });
    client.control("/faults/writes", json!({ "system": "zendesk", "seed": seed, "rates": rates, "seconds": 20 })).await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(sent(write(&client, "zendesk").await).await);
        client.control("/clock", json!({ "advance": 3 })).await;
    }
    client.control("/clock", json!({ "advance": 60 })).await;
    (statuses, client.ledger().into_iter().map(|entry| (entry.number, entry.at, entry.key)).collect())
}

#[tokio::test]
async fn a_run_by_chance_repeats_exactly() {
    let first = run(5).await;
    assert_eq!(first, run(5).await);
    assert_ne!(first.0, run(6).await.0);
    assert!(first.0.contains(&None) && first.0.contains(&Some(201)));
    // What was cut before or refused was not done, and all the rest was.
    assert!(first.1.len() > first.0.iter().filter(|status| **status == Some(201)).count() && first.1.len() < 40);
}

#[tokio::test]
async fn a_key_is_done_once_whatever_is_lost() {
    for (system, path, body, hit) in [
        ("stripe", "/v1/billing_portal/sessions", "customer=cus_KestrelMarine1", "idempotent-replayed"),
        (
            "zendesk",
            "/api/v2/tickets.json",
            r#"{"ticket":{"comment":{"body":"x"},"requester_id":430000101}}"#,
            "x-idempotency-lookup",
        ),
    ] {
        let client = Client::start().await;
        let ask =
            |body: &'static str| client.ask(Method::POST, system, path).header("idempotency-key", "k-1").body(body);
        client.control("/faults/writes", json!({ "system": system, "mode": "cut-after", "times": 1 })).await;
        assert_eq!(sent(ask(body)).await, None);
        let replay = ask(body).send().await.unwrap();
        assert!(replay.status().is_success() && replay.headers().contains_key(hit));
        let first = replay.text().await.unwrap();
        assert_eq!(ask(body).send().await.unwrap().text().await.unwrap(), first);
        assert_eq!(client.running.state.ledger.of("k-1").len(), 1);
        let (status, other) = read(ask("{\"ticket\":{}}").send().await.unwrap()).await;
        assert_eq!(status, 400);
        let kind = if system == "stripe" { &other["error"]["type"] } else { &other["error"] };
        assert_eq!(kind, if system == "stripe" { "idempotency_error" } else { "IdempotentRequestError" });
        // After its time a key is new.
        client.control("/clock", json!({ "advance": 86_400 })).await;
        assert!(ask(body).send().await.unwrap().status().is_success());
        assert_eq!(client.running.state.ledger.of("k-1").len(), 2);
    }
}

#[tokio::test]
async fn a_key_whose_write_is_under_way_is_busy_and_then_answered() {
    let client = Client::start().await;
    let ask = || {
        let request =
            client.ask(Method::POST, "stripe", "/v1/billing_portal/sessions").header("idempotency-key", "k-2");
        request.body("customer=cus_KestrelMarine1")
    };
    client.control("/faults/writes", json!({ "system": "stripe", "mode": "late", "seconds": 10, "times": 1 })).await;
    assert_eq!(sent(ask()).await, None);
    let (status, busy) = read(ask().send().await.unwrap()).await;
    assert_eq!((status, &busy["error"]["code"]), (409, &json!("idempotency_key_in_use")));
    assert_eq!(client.control("/clock", json!({ "advance": 9 })).await["waiting"], 1);
    assert!(client.ledger().is_empty());
    assert_eq!(client.control("/clock", json!({ "advance": 1 })).await["waiting"], 0);
    assert_eq!(sent(ask()).await, Some(200));
    assert_eq!(client.ledger().len(), 1);
}

#[tokio::test]
async fn what_was_refused_before_it_began_does_not_use_up_its_key() {
    let client = Client::start().await;
    let ask = |form: &'static str| {
        let request =
            client.ask(Method::POST, "stripe", "/v1/billing_portal/sessions").header("idempotency-key", "k-3");
        request.body(form)
    };
    assert_eq!(sent(ask("return_url=x")).await, Some(400));
    assert_eq!(sent(ask("customer=cus_KestrelMarine1")).await, Some(200));
}
