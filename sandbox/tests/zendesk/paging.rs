//! Cursor and offset paging.

use crate::client::{KESTREL, Zendesk, distinct};

#[tokio::test]
async fn cursors_lose_no_row_in_either_order() {
    let zendesk = Zendesk::open().await;
    let count = zendesk.get("tickets/count").await["count"]["value"].as_u64().unwrap();
    assert!(count > 100, "several pages");
    for sort in ["updated_at", "-updated_at", "id", "-status"] {
        let rows = zendesk.all(&format!("tickets?page[size]=37&sort={sort}"), "tickets").await;
        assert_eq!(rows.len() as u64, count, "{sort}");
        assert_eq!(distinct(&rows, "id").len() as u64, count, "{sort}");
        if sort == "-updated_at" {
            assert!(rows.windows(2).all(|pair| pair[0]["updated_at"].as_str() >= pair[1]["updated_at"].as_str()));
        }
    }
}

#[tokio::test]
async fn cursors_lead_back() {
    let zendesk = Zendesk::open().await;
    let first = zendesk.get("tickets?page[size]=10&sort=-updated_at").await;
    assert_eq!(first["meta"]["has_more"], true);
    assert!(first["links"]["prev"].is_null() && first["count"].is_null());
    let after = first["meta"]["after_cursor"].as_str().unwrap();
    let second = zendesk.get(&format!("tickets?page[size]=10&sort=-updated_at&page[after]={after}")).await;
    let before = second["meta"]["before_cursor"].as_str().unwrap();
    let back = zendesk.get(&format!("tickets?page[size]=10&sort=-updated_at&page[before]={before}")).await;
    assert_eq!(back["tickets"], first["tickets"]);
    assert_ne!(second["tickets"], first["tickets"]);
}

#[tokio::test]
async fn without_a_size_pages_have_numbers_and_a_count() {
    let zendesk = Zendesk::open().await;
    let first = zendesk.get("users.json?per_page=40").await;
    let count = first["count"].as_u64().unwrap();
    assert!(count > 100 && first["previous_page"].is_null() && first["meta"].is_null());
    let rows = zendesk.all("users.json?per_page=40", "users").await;
    assert_eq!(distinct(&rows, "id").len() as u64, count);
    let newest = zendesk.get("tickets?sort_by=created_at&sort_order=desc&per_page=2").await;
    let created = |row: usize| newest["tickets"][row]["created_at"].as_str().unwrap().to_owned();
    assert!(created(0) >= created(1));
    assert_eq!(zendesk.read("tickets?page=101&per_page=100").await.0, 400);
}

#[tokio::test]
async fn bad_paging_is_refused_in_the_newer_shape() {
    let zendesk = Zendesk::open().await;
    for query in
        ["page[size]=0", "page[size]=101", "page[size]=x", "page[size]=5&page[after]=!", "page[size]=5&sort=colour"]
    {
        let (status, body) = zendesk.read(&format!("tickets?{query}")).await;
        assert_eq!(status, 400, "{query}");
        assert_eq!(body["errors"][0]["code"], "InvalidPaginationParameter");
        assert!(body["errors"][0]["detail"].is_string() && body["errors"][0]["source"].is_object());
    }
}

#[tokio::test]
async fn an_organization_has_its_own_tickets_and_users() {
    let zendesk = Zendesk::open().await;
    let tickets =
        zendesk.all(&format!("organizations/{KESTREL}/tickets?page[size]=3&sort=-updated_at"), "tickets").await;
    assert!(tickets.len() > 3);
    assert_eq!(distinct(&tickets, "organization_id"), [KESTREL.to_string()].into());
    let users = zendesk.all(&format!("organizations/{KESTREL}/users?page[size]=1"), "users").await;
    assert!(users.iter().any(|user| user["email"] == "ana.lund@kestrel-marine.example"));
    assert_eq!(distinct(&users, "role"), ["\"end-user\"".to_owned()].into());
    // Tickets that were closed long ago are archived: search still has them, lists do not.
    let query = format!("search?query=type:ticket organization:{KESTREL}");
    let searched = zendesk.get(&query).await["count"].as_u64().unwrap();
    assert!(searched > tickets.len() as u64);
}

#[tokio::test]
async fn search_ends_at_a_thousand_results() {
    let zendesk = Zendesk::open().await;
    let query = "search?query=type:ticket created>2000-01-01&per_page=100&sort_by=created_at&sort_order=asc";
    let page = zendesk.get(&format!("{query}&page=10")).await;
    assert!(page["count"].as_u64().unwrap() > 500);
    assert_eq!(zendesk.read(&format!("{query}&page=11")).await.0, 422);
    let first = zendesk.get(&format!("{query}&page=1")).await;
    let rows = first["results"].as_array().unwrap();
    assert_eq!(rows.len(), 100);
    assert!(rows.windows(2).all(|pair| pair[0]["created_at"].as_str() <= pair[1]["created_at"].as_str()));
    assert!(rows.iter().all(|row| row["result_type"] == "ticket"));
}
