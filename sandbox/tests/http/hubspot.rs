//! The HubSpot dialect.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, companies_of_contacts, distinct, texts};

const KESTREL: &str = "9001001";
const COMPANIES: &str = "/crm/v3/objects/companies";
const CONTACTS: &str = "/crm/v3/objects/contacts";

fn inputs<T: ToString>(ids: &[T]) -> Value {
    ids.iter().map(|id| json!({ "id": id.to_string() })).collect()
}

#[tokio::test]
async fn a_wrong_token_gets_the_vendors_401() {
    let client = Client::start().await;
    let response = client.bare(Method::GET, "hubspot", COMPANIES).bearer_auth("wrong").send().await.unwrap();
    assert_eq!(response.status(), 401);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["category"], "INVALID_AUTHENTICATION");
    assert!(body["correlationId"].is_string());
}

#[tokio::test]
async fn batch_read_gives_text_or_null_and_only_what_was_asked() {
    let client = Client::start().await;
    let body = json!({
        "properties": ["name", "erp_debtor", "no_such_property", "state"],
        "propertiesWithHistory": [],
        "inputs": inputs(&[KESTREL]),
    });
    let (status, answer) = client.post("hubspot", &format!("{COMPANIES}/batch/read"), &body).await;
    assert_eq!(status, 200);
    let properties = answer["results"][0]["properties"].as_object().unwrap();
    assert_eq!(properties["erp_debtor"], "0010100001;0010100002");
    assert_eq!(properties["hs_object_id"], KESTREL);
    assert_eq!(properties["state"], Value::Null);
    let names: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from(["createdate", "erp_debtor", "hs_lastmodifieddate", "hs_object_id", "name", "state"])
    );
    assert!(properties.values().all(|value| value.is_string() || value.is_null()));
}

#[tokio::test]
async fn batch_read_is_unordered_and_207_with_the_missing() {
    let client = Client::start().await;
    let mut ids: Vec<u64> = (9_001_001..9_001_041).collect();
    ids.push(42);
    let (status, answer) =
        client.post("hubspot", &format!("{COMPANIES}/batch/read"), &json!({ "inputs": inputs(&ids) })).await;
    assert_eq!(status, 207);
    let got = texts(&answer["results"], "/id");
    assert_eq!(got.len(), 40);
    assert_ne!(got, ids[..40].iter().map(u64::to_string).collect::<Vec<_>>());
    assert_eq!(answer["numErrors"], 1);
    assert_eq!(answer["errors"][0]["context"]["ids"], json!(["42"]));
}

#[tokio::test]
async fn batch_read_takes_a_hundred() {
    let client = Client::start().await;
    let ids: Vec<u64> = (9_001_001..9_001_102).collect();
    let path = format!("{COMPANIES}/batch/read");
    let (status, answer) = client.post("hubspot", &path, &json!({ "inputs": inputs(&ids) })).await;
    assert_eq!((status, &answer["category"]), (400, &json!("VALIDATION_ERROR")));
    let (status, answer) = client.post("hubspot", &path, &json!({ "inputs": inputs(&ids[1..]) })).await;
    assert_eq!((status, answer["results"].as_array().unwrap().len()), (200, 100));
}

#[tokio::test]
async fn a_contact_is_found_by_unique_property_unless_archived() {
    let client = Client::start().await;
    let path = format!("{CONTACTS}/Ana.Lund%40kestrel-marine.example?idProperty=email&properties=email,jobtitle");
    let response = client.request(Method::GET, "hubspot", &path).send().await.unwrap();
    assert!(response.headers().contains_key("x-hubspot-ratelimit-remaining"));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["properties"]["email"], "ana.lund@kestrel-marine.example");
    let (status, _) = client.get("hubspot", &format!("{CONTACTS}/nobody@x.example?idProperty=email")).await;
    assert_eq!(status, 404);
    let (status, _) = client.get("hubspot", &format!("{CONTACTS}/Ana?idProperty=firstname")).await;
    assert_eq!(status, 400);
    let (_, archived) = client.get("hubspot", &format!("{CONTACTS}?archived=true&limit=1")).await;
    let id = archived["results"][0]["id"].as_str().unwrap();
    assert_eq!(client.get("hubspot", &format!("{CONTACTS}/{id}")).await.0, 404);
    assert_eq!(client.get("hubspot", &format!("{CONTACTS}/{id}?archived=true")).await.0, 200);
}

#[tokio::test]
async fn lists_and_searches_lose_no_row() {
    let client = Client::start().await;
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let (_, page) = client.get("hubspot", &format!("{COMPANIES}?limit=37{after}")).await;
        listed.extend(texts(&page["results"], "/id"));
        match page["paging"]["next"]["after"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break,
        }
    }
    assert_eq!(listed.len(), distinct(&listed));
    let (mut found, mut at) = (Vec::new(), json!("0"));
    let total = loop {
        let sorts = json!([{ "propertyName": "name", "direction": "DESCENDING" }]);
        let body = json!({ "filterGroups": [], "sorts": sorts, "limit": 50, "after": at });
        let (_, page) = client.post("hubspot", &format!("{COMPANIES}/search"), &body).await;
        found.extend(texts(&page["results"], "/id"));
        match page["paging"]["next"].get("after") {
            Some(next) => at = next.clone(),
            None => break page["total"].as_u64().unwrap(),
        }
    };
    assert_eq!(found.len() as u64, total);
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), found.into_iter().collect::<BTreeSet<_>>());
}

async fn searched(client: &Client, kind: &str, filters: Value) -> Vec<String> {
    let body = json!({ "filterGroups": [{ "filters": filters }], "limit": 200 });
    let (status, answer) = client.post("hubspot", &format!("/crm/v3/objects/{kind}/search"), &body).await;
    assert_eq!(status, 200, "{answer}");
    texts(&answer["results"], "/id")
}

#[tokio::test]
async fn search_filters() {
    let client = Client::start().await;
    let companies = async |filter: Value| searched(&client, "companies", json!([filter])).await;
    let named = |operator: &str, value: &str| json!({ "propertyName": "name", "operator": operator, "value": value });
    assert_eq!(companies(named("EQ", "kestrel marine bv")).await, [KESTREL]);
    assert_eq!(companies(named("EQ", "Meyer Maschinenbau GmbH")).await.len(), 2);
    assert_eq!(companies(named("CONTAINS_TOKEN", "söhne")).await, ["9001002"]);
    assert_eq!(companies(named("CONTAINS_TOKEN", "kestr*")).await, [KESTREL]);
    let parents = json!({ "propertyName": "hs_parent_company_id", "operator": "IN", "values": ["9001008"] });
    assert_eq!(companies(parents).await, ["9001009", "9001010", "9001011"]);
    let has = companies(json!({ "propertyName": "erp_debtor", "operator": "HAS_PROPERTY" })).await;
    let range =
        json!({ "propertyName": "hs_object_id", "operator": "BETWEEN", "value": 9_001_002, "highValue": 9_001_004 });
    assert_eq!(companies(range).await, ["9001002", "9001003", "9001004"]);
    let late = json!({ "propertyName": "createdate", "operator": "GTE", "value": "2026-01-01T00:00:00Z" });
    let early = json!({ "propertyName": "createdate", "operator": "LT", "value": "1767225600000" });
    let both = searched(&client, "deals", json!([late.clone(), early.clone()])).await;
    assert!(both.is_empty());
    let deals =
        searched(&client, "deals", json!([late])).await.len() + searched(&client, "deals", json!([early])).await.len();
    assert!(deals >= 120 && !has.is_empty());
    let people = json!([{ "propertyName": "associations.company", "operator": "EQ", "value": KESTREL }]);
    let people = searched(&client, "contacts", people).await;
    let companies = companies_of_contacts();
    assert!(people.len() >= 3 && people.iter().all(|id| companies[id] == 9_001_001));
}

#[tokio::test]
async fn search_refuses_what_hubspot_refuses() {
    let client = Client::start().await;
    let filter = json!({ "propertyName": "name", "operator": "EQ", "value": "x" });
    for body in [
        json!({ "limit": 201 }),
        json!({ "after": "9990", "limit": 100 }),
        json!({ "filterGroups": [{ "filters": vec![&filter; 7] }] }),
        json!({ "filterGroups": vec![json!({ "filters": [filter] }); 6] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "nope", "operator": "EQ", "value": "x" }] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "name", "operator": "LIKE", "value": "x" }] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "name", "operator": "EQ" }] }] }),
        json!({ "sorts": ["name", "domain"] }),
    ] {
        let (status, answer) = client.post("hubspot", &format!("{COMPANIES}/search"), &body).await;
        assert_eq!((status, &answer["category"]), (400, &json!("VALIDATION_ERROR")), "{body}");
    }
}

#[tokio::test]
async fn associations_have_types_both_ways_and_207_for_the_lonely() {
    let client = Client::start().await;
    let path = "/crm/v4/associations/contacts/companies/batch/read";
    let asked = json!({ "inputs": inputs(&["7001002", "7001006"]) });
    let (status, answer) = client.post("hubspot", path, &asked).await;
    assert_eq!(status, 200);
    let jonas = &answer["results"][0];
    assert_eq!(jonas["from"]["id"], "7001002");
    assert_eq!(texts(&jonas["to"], "/toObjectId"), ["9001002", "9001003"]);
    assert_eq!(texts(&jonas["to"][0]["associationTypes"], "/typeId"), ["1", "279", "38"]);
    assert_eq!(texts(&jonas["to"][1]["associationTypes"], "/typeId"), ["279", "36"]);
    assert_eq!(jonas["to"][1]["associationTypes"][1]["label"], "Portal user");
    let piet = &answer["results"][1]["to"][0]["associationTypes"];
    assert_eq!(texts(piet, "/category"), ["HUBSPOT_DEFINED", "HUBSPOT_DEFINED"]);

    let path = "/crm/v4/associations/companies/contacts/batch/read";
    let (status, answer) = client.post("hubspot", path, &json!({ "inputs": inputs(&[KESTREL, "42"]) })).await;
    assert_eq!(status, 207);
    assert_eq!(answer["errors"][0]["context"]["fromObjectId"], json!(["42"]));
    let types = texts(&answer["results"][0]["to"][0]["associationTypes"], "/typeId");
    assert_eq!(types, ["2", "280", "39"]);

    let (_, one) =
        client.get("hubspot", &format!("/crm/v4/objects/companies/{KESTREL}/associations/contacts?limit=2")).await;
    assert_eq!(one["results"].as_array().unwrap().len(), 2);
    assert_eq!(one["paging"]["next"]["after"], "2");
}

#[tokio::test]
async fn owners_and_pipelines_explain_ids() {
    let client = Client::start().await;
    let (_, owners) = client.get("hubspot", "/crm/v3/owners?limit=4").await;
    let (_, rest) = client.get("hubspot", "/crm/v3/owners?limit=4&after=5100004").await;
    assert_eq!(owners["paging"]["next"]["after"], "5100004");
    assert_eq!(rest["results"].as_array().unwrap().len(), 2);
    let (_, pipelines) = client.get("hubspot", "/crm/v3/pipelines/deals").await;
    let stages = texts(&pipelines["results"][0]["stages"], "/id");
    let (_, deals) = client.get("hubspot", "/crm/v3/objects/deals?limit=100&properties=dealstage").await;
    assert!(texts(&deals["results"], "/properties/dealstage").iter().all(|stage| stages.contains(stage)));
}

#[tokio::test]
async fn a_hostile_system_mixes_accounts_but_tells_whose_they_are() {
    let client = Client::start().await;
    client.fault(json!({ "system": "hubspot", "mode": "hostile" })).await;
    let companies = companies_of_contacts();
    let accounts = |ids: Vec<String>| distinct(&ids.iter().map(|id| companies[id].to_string()).collect::<Vec<_>>());
    let filter = json!([{ "propertyName": "associations.company", "operator": "EQ", "value": KESTREL }]);
    assert!(accounts(searched(&client, "contacts", filter).await) >= 3);
    let (_, batch) =
        client.post("hubspot", &format!("{CONTACTS}/batch/read"), &json!({ "inputs": inputs(&["7001001"]) })).await;
    assert!(accounts(texts(&batch["results"], "/id")) >= 3);
    let (_, one) = client.get("hubspot", &format!("{CONTACTS}/7001001")).await;
    assert_ne!(one["id"], "7001001");
    let inputs = json!({ "inputs": inputs(&[KESTREL]) });
    let (_, people) = client.post("hubspot", "/crm/v4/associations/companies/contacts/batch/read", &inputs).await;
    assert!(accounts(texts(&people["results"][0]["to"], "/toObjectId")) >= 3);
    let body = json!({ "inputs": [{ "id": "7001001" }] });
    let (_, memberships) = client.post("hubspot", "/crm/v4/associations/contacts/companies/batch/read", &body).await;
    let results = memberships["results"].as_array().unwrap();
    assert!(results.len() >= 3);
    assert!(results.iter().all(|row| row["to"][0]["toObjectId"] == companies[row["from"]["id"].as_str().unwrap()]));
}
