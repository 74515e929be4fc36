//! The help centre.

use serde_json::{Value, json};

use crate::client::{Zendesk, distinct};

#[tokio::test]
async fn articles_come_in_the_language_of_the_path() {
    let zendesk = Zendesk::open().await;
    let english = zendesk.all("help_center/en-us/articles?per_page=10&include=sections", "articles").await;
    let german = zendesk.all("help_center/de/articles.json?page[size]=7", "articles").await;
    assert_eq!(distinct(&english, "locale"), ["\"en-us\"".to_owned()].into());
    assert_eq!(distinct(&german, "locale"), ["\"de\"".to_owned()].into());
    assert!(german.len() < english.len(), "not all are translated");
    // An agent gets drafts and restricted articles too.
    assert!(english.iter().any(|article| article["draft"] == true));
    assert!(english.iter().any(|article| article["user_segment_id"].is_u64()));
    let page = zendesk.get("help_center/en-us/articles?include=sections").await;
    assert_eq!(page["per_page"], 30);
    let sections = distinct(page["sections"].as_array().unwrap(), "id");
    assert_eq!(sections, distinct(page["articles"].as_array().unwrap(), "section_id"));
    let id = &german[0]["id"];
    let path = format!("help_center/de/articles/{id}?include=sections");
    let one = zendesk.get(&path).await;
    assert_eq!(one["article"], german[0]);
    assert_eq!(one["sections"][0]["id"], german[0]["section_id"]);
    let only_english = english.iter().find(|article| !german.iter().any(|other| other["id"] == article["id"])).unwrap();
    assert_eq!(zendesk.read(&format!("help_center/de/articles/{}", only_english["id"])).await.0, 404);
    assert_eq!(zendesk.read("help_center/fr/articles").await.0, 404);
}

#[tokio::test]
async fn articles_are_searched() {
    let zendesk = Zendesk::open().await;
    let found = zendesk.get("help_center/articles/search?query=alarm&locale=en-us").await;
    let rows = found["results"].as_array().unwrap();
    assert_eq!(rows[0]["title"], "Alarm E-17");
    assert_eq!(rows[0]["result_type"], "article");
    assert!(rows[0]["snippet"].as_str().unwrap().contains("<em>Alarm</em>"), "{}", rows[0]["snippet"]);
    let german = zendesk.get("help_center/articles/search?query=rechnung*&locale=de").await;
    assert_eq!(distinct(german["results"].as_array().unwrap(), "locale"), ["\"de\"".to_owned()].into());
    let everywhere = zendesk.get("help_center/articles/search?query=alarm&locale=*").await;
    assert_eq!(everywhere["count"], json!(2));
    let section: Value = zendesk.get("help_center/articles/search?section=3600003&locale=en-us").await;
    assert_eq!(distinct(section["results"].as_array().unwrap(), "section_id"), ["3600003".to_owned()].into());
    assert_eq!(zendesk.read("help_center/articles/search").await.0, 400);
}
