//! Zendesk: tickets, comments, files, users.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, read};

/// Ana Lund's user.
const ANA: u64 = 430_000_101;

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.send(Method::POST, ("zendesk", path), &body).await
}

async fn ticket(client: &Client) -> Value {
    let body = json!({ "ticket": {
        "subject": "Pump leaks", "requester_id": ANA, "external_id": "ref-7", "priority": "high",
        "comment": { "body": "It <leaks>.\n\nA lot." },
    } });
    let (status, answer) = post(client, "/api/v2/tickets.json", body).await;
    assert_eq!(status, 201, "{answer}");
    answer["ticket"].clone()
}

async fn put(client: &Client, ticket: &Value, body: Value) -> Answer {
    let path = format!("/api/v2/tickets/{}.json", ticket["id"]);
    client.send(Method::PUT, ("zendesk", &path), &json!({ "ticket": body })).await
}

#[tokio::test]
async fn a_ticket_is_made_and_found_by_its_external_id() {
    let client = Client::start().await;
    let made = ticket(&client).await;
    assert_eq!((&made["status"], &made["organization_id"]), (&json!("new"), &json!(36_000_101)));
    assert_eq!(made["description"], "It <leaks>.\nA lot.");
    let (_, found) = client.get("zendesk", "/api/v2/tickets?external_id=REF-7").await;
    assert_eq!(found["tickets"][0]["id"], made["id"]);
    assert_eq!(found["count"], 1);
    let (_, comments) = client.get("zendesk", &format!("/api/v2/tickets/{}/comments", made["id"])).await;
    assert_eq!((&comments["count"], &comments["comments"][0]["author_id"]), (&json!(1), &json!(ANA)));
    let (_, audits) = client.get("zendesk", &format!("/api/v2/tickets/{}/audits", made["id"])).await;
    assert_eq!(audits["audits"].as_array().unwrap().len(), 1);
    assert_eq!(audits["audits"][0]["events"][1]["type"], "Create");
    assert_eq!(client.running.state.ledger.of("ref-7").len(), 1);
}

#[tokio::test]
async fn what_a_ticket_does_not_take_is_refused() {
    let client = Client::start().await;
    for (body, field) in [
        (json!({ "subject": "Nothing said" }), "base"),
        (json!({ "comment": { "body": "x" }, "requester_id": 1 }), "requester"),
        (json!({ "comment": { "body": "x" }, "status": "lost" }), "status"),
        (json!({ "comment": { "body": "x" }, "assignee_id": ANA }), "assignee"),
        (json!({ "comment": { "body": "x" }, "organization_id": 5 }), "organization"),
        (json!({ "comment": { "body": "x", "uploads": ["nosuch"] } }), "uploads"),
        (json!({ "comment": { "body": "x", "author_id": 9 } }), "author"),
    ] {
        let (status, answer) = post(&client, "/api/v2/tickets", json!({ "ticket": body })).await;
        assert_eq!((status, &answer["error"]), (422, &json!("RecordInvalid")), "{answer}");
        assert!(answer["details"][field][0]["description"].is_string(), "{answer}");
    }
    assert_eq!(post(&client, "/api/v2/tickets", json!({})).await.0, 400);
    assert!(client.ledger().is_empty());
}

#[tokio::test]
async fn a_reply_with_a_file_is_a_comment_with_an_attachment() {
    let client = Client::start().await;
    let made = ticket(&client).await;
    let upload =
        client.ask(Method::POST, "zendesk", "/api/v2/uploads?filename=a%20b.png").header("content-type", "image/png");
    let (status, upload) = read(upload.body("bytes").send().await.unwrap()).await;
    assert_eq!(status, 201, "{upload}");
    let token = &upload["upload"]["token"];
    let comment = json!({ "html_body": "<p>Photo</p>", "author_id": ANA, "uploads": [token] });
    let (status, answer) = put(&client, &made, json!({ "comment": comment, "status": "open" })).await;
    assert_eq!((status, &answer["ticket"]["status"]), (200, &json!("open")), "{answer}");
    let said = &answer["audit"]["events"][0];
    assert_eq!((&said["type"], &said["attachments"][0]["file_name"]), (&json!("Comment"), &json!("a b.png")));
    assert_eq!(answer["audit"]["events"][1]["previous_value"], "new");
    let content = said["attachments"][0]["content_url"].as_str().unwrap();
    let content = client.http.get(content).send().await.unwrap();
    assert_eq!((content.headers()["content-type"].to_str().unwrap(), content.status().as_u16()), ("image/png", 200));
    assert_eq!(content.text().await.unwrap(), "bytes");
    // A token serves once.
    let (status, _) = put(&client, &made, json!({ "comment": comment })).await;
    assert_eq!(status, 422);
    let (_, comments) = client.get("zendesk", &format!("/api/v2/tickets/{}/comments", made["id"])).await;
    assert_eq!(comments["count"], 2);
}

#[tokio::test]
async fn a_safe_update_fails_once_the_ticket_has_moved() {
    let client = Client::start().await;
    let made = ticket(&client).await;
    let safe = |stamp: &Value| json!({ "status": "solved", "safe_update": true, "updated_stamp": stamp });
    let (status, noted) = put(&client, &made, json!({ "comment": { "body": "psst", "public": false } })).await;
    assert_eq!(status, 200);
    assert_ne!(noted["ticket"]["updated_at"], made["updated_at"]);
    let (status, answer) = put(&client, &made, safe(&made["updated_at"])).await;
    assert_eq!((status, &answer["error"]), (409, &json!("UpdateConflict")));
    let (status, answer) = put(&client, &made, safe(&noted["ticket"]["updated_at"])).await;
    assert_eq!((status, &answer["ticket"]["status"]), (200, &json!("solved")));
    // The same again changes nothing, and moves nothing.
    let (_, same) = put(&client, &made, json!({ "status": "solved" })).await;
    assert_eq!(same["ticket"], answer["ticket"]);
    assert_eq!(client.ledger().len(), 3);
}

#[tokio::test]
async fn a_closed_ticket_takes_nothing() {
    let client = Client::start().await;
    let made = ticket(&client).await;
    put(&client, &made, json!({ "status": "closed" })).await;
    let (status, answer) = put(&client, &made, json!({ "comment": { "body": "one more thing" } })).await;
    assert_eq!(status, 422);
    assert_eq!(answer["details"]["status"][0]["description"], "Status: closed prevents ticket update");
}

#[tokio::test]
async fn users_are_made_once() {
    let client = Client::start().await;
    let user = json!({ "user": { "name": "Kim Berg", "email": "kim@kestrel-marine.example", "organization_id": 36_000_101, "external_id": "c-1" } });
    let (status, made) = post(&client, "/api/v2/users/create_or_update", user.clone()).await;
    assert_eq!((status, &made["user"]["organization_id"]), (201, &json!(36_000_101)), "{made}");
    let (status, same) = post(&client, "/api/v2/users/create_or_update.json", user.clone()).await;
    assert_eq!((status, &same["user"]["id"]), (200, &made["user"]["id"]));
    let (status, refused) = post(&client, "/api/v2/users", user).await;
    assert_eq!((status, &refused["error"]), (422, &json!("RecordInvalid")));
    let (_, found) = client.get("zendesk", "/api/v2/users?external_id=c-1").await;
    assert_eq!(found["users"][0]["name"], "Kim Berg");
    let (status, _) = post(
        &client,
        "/api/v2/tickets",
        json!({ "ticket": { "comment": { "body": "Hi" }, "requester_id": made["user"]["id"] } }),
    )
    .await;
    assert_eq!(status, 201);
    let (_, named) = client.get("zendesk", "/api/v2/search?query=type:user%20name:%22Kim%20Berg%22").await;
    assert_eq!(named["results"][0]["id"], made["user"]["id"]);
    // The CRM does not know them.
    let read = json!({ "idProperty": "email", "inputs": [{ "id": "kim@kestrel-marine.example" }] });
    let (status, _) = client.send(Method::POST, ("hubspot", "/crm/v3/objects/contacts/batch/read"), &read).await;
    assert_eq!(status, 207);
    assert_eq!(client.ledger().len(), 2);
}
