//! `unprovided`: a portal that is sold to many tenants asks all of them the same.

use serde_json::json;

use super::portal::{ANA, Folder, Portal};

/// What the product's front end asks, of which this business has no project tool, no documents and no sites.
const PRODUCT: &str = "query P($id: ID!) {
  viewer {
    account {
      name
      projects(first: 5, filter: { status: [ACTIVE] }) { totalCount nodes { name milestones { name } tasks { nodes { title } } } }
      documents { edges { node { name } } }
      orders(first: 1) { nodes { number site { name } } }
    }
  }
  project(id: $id) { name }
  node(id: $id) { ... on Project { name } ... on Order { number } }
}";

#[tokio::test(flavor = "multi_thread")]
async fn what_no_source_provides_is_null_without_an_error_and_costs_nothing() {
    let folder = Folder::acme();
    folder.change("vestibule.yaml", |text| format!("{text}unprovided: \"null\"\n"));
    let portal = Portal::open(folder).await;
    let account = portal.account(ANA, "orders(first: 1) { nodes { id number } }").await;
    let order = &account["orders"]["nodes"][0];
    let before = portal.business.state.calls.counts().values().sum::<u64>();
    let answer = portal.ask(ANA, PRODUCT, json!({ "id": order["id"] })).await;
    let asked = portal.business.state.calls.counts().values().sum::<u64>() - before;
    assert_eq!(answer.get("errors"), None, "{answer:#}");
    let data = &answer["data"];
    assert!(data["viewer"]["account"]["name"].is_string());
    assert_eq!(data["viewer"]["account"]["projects"], json!(null));
    assert_eq!(data["viewer"]["account"]["documents"], json!(null));
    assert_eq!(data["viewer"]["account"]["orders"]["nodes"], json!([{ "number": order["number"], "site": null }]));
    assert_eq!((&data["project"], &data["node"]), (&json!(null), &json!({ "number": order["number"] })));
    assert!(asked <= 3, "{asked} calls for a name, a list and a record");
}

#[test]
fn otherwise_it_is_not_served_at_all() {
    let omitted = Folder::acme().assembled().unwrap_or_else(|told| panic!("{told}"));
    assert!(omitted.served.schema.get_object("Project").is_none() && omitted.served.absent.is_empty());
    let why = omitted.served.unserved.iter().find(|(at, _)| at == "Account.projects");
    assert_eq!(why.map(|(_, why)| why.as_str()), Some("no source provides Project"));
    let folder = Folder::acme();
    folder.change("vestibule.yaml", |text| format!("{text}unprovided: nothing\n"));
    let told = folder.assembled().err().unwrap_or_default();
    assert!(told.contains("error[C001]"), "{told}");
}
