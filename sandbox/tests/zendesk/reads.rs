//! Records by id, side-loads, search, refusals.

use serde_json::{Value, json};

use crate::client::{KESTREL, Zendesk, distinct};

async fn newest(zendesk: &Zendesk, query: &str) -> Value {
    let path = format!("search?query=type:ticket organization:{KESTREL} {query}&sort_by=updated_at&sort_order=desc");
    zendesk.get(&path).await["results"][0].clone()
}

#[tokio::test]
async fn organizations_are_found_by_either_id() {
    let zendesk = Zendesk::open().await;
    let one = zendesk.get(&format!("organizations/{KESTREL}.json")).await["organization"].clone();
    assert_eq!(one["id"], json!(KESTREL));
    assert_eq!((&one["name"], &one["external_id"]), (&json!("Kestrel Marine BV"), &json!("9001001")));
    let other = KESTREL + 1;
    let many = zendesk.get(&format!("organizations/show_many?ids={other},7,{KESTREL}")).await;
    let rows = many["organizations"].as_array().unwrap();
    assert_eq!(distinct(rows, "id"), [KESTREL.to_string(), other.to_string()].into());
    let external = zendesk.get("organizations/show_many.json?external_ids=9001001").await;
    assert_eq!(external["organizations"], json!([one]));
}

#[tokio::test]
async fn users_are_found_by_mail_and_external_id() {
    let zendesk = Zendesk::open().await;
    let found = zendesk.get("users/search?query=email:ana.lund@kestrel-marine.example").await;
    assert_eq!(found["count"], 1);
    let user = &found["users"][0];
    assert_eq!((&user["role"], &user["organization_id"]), (&json!("end-user"), &json!(KESTREL)));
    let external = user["external_id"].as_str().unwrap();
    assert_eq!(zendesk.get(&format!("users?external_id={external}")).await["users"], json!([user]));
    let id = &user["id"];
    assert_eq!(&zendesk.get(&format!("users/{id}")).await["user"], user);
    assert_eq!(zendesk.get(&format!("users/show_many?ids={id},1")).await["users"], json!([user]));
    let requested = zendesk.get(&format!("users/{id}/tickets/requested?page[size]=100")).await;
    let tickets = requested["tickets"].as_array().unwrap();
    assert!(!tickets.is_empty());
    assert_eq!(distinct(tickets, "requester_id"), [id.to_string()].into());
    assert_eq!(zendesk.get("users/me").await["user"]["email"], "portal@example.com");
}

#[tokio::test]
async fn ticket_ids_are_numbers_beyond_32_bits() {
    let zendesk = Zendesk::open().await;
    let page = zendesk.get("tickets?page[size]=1&sort=-id").await;
    let id = page["tickets"][0]["id"].as_u64().unwrap();
    assert!(id > u64::from(u32::MAX));
    assert_eq!(zendesk.get(&format!("tickets/{id}")).await["ticket"]["id"], json!(id));
    let many = zendesk.get(&format!("tickets/show_many.json?ids={id},1,35000")).await;
    assert_eq!(distinct(many["tickets"].as_array().unwrap(), "id"), [id.to_string(), "35000".to_owned()].into());
    assert_eq!(zendesk.get("tickets?external_id=ref-1").await["tickets"], json!([]));
}

#[tokio::test]
async fn comments_have_internal_notes_and_their_authors() {
    let zendesk = Zendesk::open().await;
    let tickets = zendesk.get(&format!("organizations/{KESTREL}/tickets?page[size]=100")).await;
    let mut notes = 0;
    for ticket in tickets["tickets"].as_array().unwrap() {
        let path = format!("tickets/{}/comments?include=users&page[size]=2", ticket["id"]);
        let ascending = zendesk.all(&format!("{path}&sort=created_at"), "comments").await;
        let mut descending = zendesk.all(&format!("{path}&sort=-created_at"), "comments").await;
        descending.reverse();
        assert_eq!(ascending, descending);
        notes += ascending.iter().filter(|comment| comment["public"] == false).count();
        assert!(ascending[0]["html_body"].as_str().unwrap().starts_with("<div class=\"zd-comment\""));
        let page = zendesk.get(&path).await;
        let authors = distinct(page["comments"].as_array().unwrap(), "author_id");
        assert_eq!(distinct(page["users"].as_array().unwrap(), "id"), authors);
    }
    assert!(notes > 0, "some comments are internal");
}

#[tokio::test]
async fn service_levels_and_metrics_are_side_loaded() {
    let zendesk = Zendesk::open().await;
    let ticket = newest(&zendesk, "status<solved -status:new").await;
    let id = &ticket["id"];
    assert!(ticket["slas"].is_null());
    let many = zendesk.get(&format!("tickets/show_many?ids={id}&include=slas,metric_sets,users")).await;
    let metrics = &many["tickets"][0]["slas"]["policy_metrics"];
    assert!(
        metrics.as_array().unwrap().iter().all(|metric| metric["metric"].is_string() && metric["stage"].is_string())
    );
    assert_eq!(many["metric_sets"][0]["ticket_id"], *id);
    assert!(!many["users"].as_array().unwrap().is_empty());
    let alone = zendesk.read(&format!("tickets/{id}/slas/policy_metrics")).await;
    if metrics.as_array().unwrap().is_empty() {
        assert_eq!(alone.0, 404);
    } else {
        assert_eq!(alone.1["policy_metrics"], *metrics);
    }
    let solved = newest(&zendesk, "status>=solved").await;
    let many = zendesk.get(&format!("tickets/show_many?ids={}&include=metric_sets", solved["id"])).await;
    assert_eq!(many["metric_sets"][0]["solved_at"], solved["updated_at"]);
    // Paused and breached levels are among what all open tickets have.
    let page = zendesk.all("tickets?page[size]=100&include=slas", "tickets").await;
    let levels: Vec<&Value> =
        page.iter().flat_map(|ticket| ticket["slas"]["policy_metrics"].as_array().unwrap()).collect();
    assert!(levels.iter().any(|level| level["stage"] == "paused" && level["breach_at"].is_null()));
    assert!(
        levels.iter().any(|level| level["stage"] == "active" && level["hours"].as_i64().is_some_and(|hours| hours < 0))
    );
}

#[tokio::test]
async fn search_filters() {
    let zendesk = Zendesk::open().await;
    let count = async |query: &str| zendesk.get(&format!("search?query={query}")).await["count"].as_u64().unwrap();
    let all = count(&format!("type:ticket organization:{KESTREL}")).await;
    let open = count(&format!("type:ticket organization:{KESTREL} status<solved")).await;
    let done = count(&format!("type:ticket organization:{KESTREL} status>=solved")).await;
    assert!(open > 0 && done > 0);
    assert_eq!(open + done, all);
    assert_eq!(count("type:organization \"Kestrel Marine\"").await, 1);
    assert!(count("type:ticket subject:\"pump leaks\"").await > 0);
}

#[tokio::test]
async fn refusals_have_their_status_and_shape() {
    let zendesk = Zendesk::open().await;
    for path in ["tickets/1", "organizations/1", "users/1", "tickets/1/comments", "organizations/1/tickets"] {
        let (status, body) = zendesk.read(path).await;
        assert_eq!((status, body), (404, json!({ "error": "RecordNotFound", "description": "Not found" })), "{path}");
    }
    assert_eq!(zendesk.read("nonsense").await.1["error"], "InvalidEndpoint");
    for path in ["tickets/x", "tickets/show_many", "tickets/show_many?ids=1,x"] {
        let (status, body) = zendesk.read(path).await;
        assert_eq!(status, 400, "{path}");
        assert!(body["error"]["title"].is_string() && body["error"]["message"].is_string());
    }
    assert_eq!(zendesk.read("search?query=").await.0, 422);
    let response = zendesk.http.get(format!("{}tickets", zendesk.base())).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.json::<Value>().await.unwrap()["error"], "Couldn't authenticate you");
    let response = zendesk.ask("users/me").send().await.unwrap();
    for name in ["x-rate-limit", "x-rate-limit-remaining", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
    {
        assert!(response.headers()[name].to_str().unwrap().parse::<u64>().unwrap() > 0, "{name}");
    }
}
