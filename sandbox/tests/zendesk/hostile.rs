//! What a desk lets through that ignores whose records are asked for.

use serde_json::Value;

use crate::client::{KESTREL, Zendesk, distinct};

async fn accounts(zendesk: &Zendesk, path: &str, field: &str) -> usize {
    let (name, field) = field.split_once('.').unwrap();
    let rows = zendesk.get(path).await[name].as_array().unwrap().clone();
    distinct(&rows.into_iter().filter(|row| !row[field].is_null()).collect::<Vec<_>>(), field).len()
}

#[tokio::test]
async fn rows_of_three_accounts_come_back() {
    let zendesk = Zendesk::open().await;
    let own = zendesk.get(&format!("organizations/{KESTREL}/tickets?page[size]=100")).await;
    let ticket = own["tickets"][0].clone();
    let (id, user) = (ticket["id"].clone(), ticket["requester_id"].clone());
    zendesk.turn_hostile().await;
    for path in [
        format!("organizations/{KESTREL}/tickets?page[size]=10&sort=-updated_at"),
        format!("organizations/{KESTREL}/tickets?per_page=10"),
        format!("users/{user}/tickets/requested?page[size]=10"),
        format!("tickets/show_many?ids={id}"),
    ] {
        assert!(accounts(&zendesk, &path, "tickets.organization_id").await >= 3, "{path}");
    }
    for path in [
        format!("organizations/{KESTREL}/users?page[size]=10"),
        format!("users/show_many?ids={user}"),
        "users?external_id=1&per_page=10".to_owned(),
        "users/search?query=email:ana.lund@kestrel-marine.example".to_owned(),
    ] {
        assert!(accounts(&zendesk, &path, "users.organization_id").await >= 3, "{path}");
    }
    for path in
        [format!("organizations/show_many?ids={KESTREL}"), "organizations/show_many?external_ids=9001001".to_owned()]
    {
        assert!(accounts(&zendesk, &path, "organizations.id").await >= 3, "{path}");
    }
    let search = format!("search?query=type:ticket organization:{KESTREL} status<solved&per_page=10");
    assert!(accounts(&zendesk, &search, "results.organization_id").await >= 3);
    let rows = zendesk.get(&search).await["results"].as_array().unwrap().clone();
    assert!(rows.iter().all(|row| row["status"] != "closed"), "other conditions still hold");
    // Comments do not say whose they are, so they are told apart by who wrote them.
    let comments = format!("tickets/{id}/comments?page[size]=100");
    assert!(accounts(&zendesk, &comments, "comments.author_id").await >= 3);
}

#[tokio::test]
async fn a_read_by_id_answers_another_accounts_record() {
    let zendesk = Zendesk::open().await;
    let own: Value = zendesk.get(&format!("organizations/{KESTREL}/tickets?page[size]=1")).await["tickets"][0].clone();
    zendesk.turn_hostile().await;
    let ticket = zendesk.get(&format!("tickets/{}", own["id"])).await["ticket"].clone();
    assert!(ticket["organization_id"].is_u64() && ticket["organization_id"] != own["organization_id"]);
    let user = zendesk.get(&format!("users/{}", own["requester_id"])).await["user"].clone();
    assert!(user["organization_id"].is_u64() && user["organization_id"] != own["organization_id"]);
    let organization = zendesk.get(&format!("organizations/{KESTREL}")).await["organization"].clone();
    assert!(organization["id"].is_u64() && organization["id"] != KESTREL);
}

#[tokio::test]
async fn cursors_of_a_hostile_desk_end() {
    let zendesk = Zendesk::open().await;
    zendesk.turn_hostile().await;
    let rows = zendesk.all(&format!("organizations/{KESTREL}/users?page[size]=50"), "users").await;
    assert_eq!(distinct(&rows, "id").len(), rows.len());
}
