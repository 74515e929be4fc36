//! HubSpot: objects are made and patched.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

const KESTREL: &str = "/crm/v3/objects/companies/9001001";
const CONTACTS: &str = "/crm/v3/objects/contacts";
const DEALS: &str = "/crm/v3/objects/deals";

async fn patch(client: &Client, path: &str, properties: Value) -> (u16, Value) {
    client.send(Method::PATCH, ("hubspot", path), &json!({ "properties": properties })).await
}

#[tokio::test]
async fn a_patch_sets_properties_and_moves_the_date_of_change() {
    let client = Client::start().await;
    let (_, before) = client.get("hubspot", KESTREL).await;
    let (status, answer) = patch(&client, KESTREL, json!({ "phone": "+31 10 1", "city": "" })).await;
    assert_eq!((status, &answer["properties"]["phone"]), (200, &json!("+31 10 1")));
    let (_, after) = client.get("hubspot", &format!("{KESTREL}?properties=phone,city,zip")).await;
    assert_eq!(after["properties"]["phone"], "+31 10 1");
    assert_eq!(after["properties"]["city"], Value::Null);
    assert_eq!(after["properties"]["zip"], "3011 AB");
    assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
    assert_eq!(after["properties"]["hs_lastmodifieddate"], after["updatedAt"]);
    // What the CRM is told stays there.
    let (_, desk) = client.get("zendesk", "/api/v2/organizations/36000101.json").await;
    assert!(desk["organization"]["updated_at"].as_str().unwrap() < after["updatedAt"].as_str().unwrap());
    // The same again is no change.
    let (status, same) = patch(&client, KESTREL, json!({ "phone": "+31 10 1" })).await;
    assert_eq!((status, &same["updatedAt"]), (200, &after["updatedAt"]));
    let ledger = client.ledger();
    assert_eq!(ledger.len(), 1);
    assert_eq!((ledger[0].system, ledger[0].entity, ledger[0].operation), ("hubspot", "company", "update"));
    assert_eq!((ledger[0].key.as_str(), &ledger[0].set), ("9001001", &json!({ "phone": "+31 10 1", "city": null })));
}

#[tokio::test]
async fn what_a_property_does_not_take_is_refused_and_nothing_is_set() {
    let client = Client::start().await;
    for (path, properties, code) in [
        (KESTREL, json!({ "phone": "1", "colour": "red" }), "PROPERTY_DOESNT_EXIST"),
        (KESTREL, json!({ "industry": "PIRACY" }), "INVALID_OPTION"),
        (KESTREL, json!({ "hs_object_id": "1" }), "READ_ONLY_VALUE"),
        ("/crm/v3/objects/contacts/7001001", json!({ "email": "ana lund@x" }), "INVALID_EMAIL"),
        ("/crm/v3/objects/deals/8001001", json!({ "closedate": "soon" }), "INVALID_DATE"),
        ("/crm/v3/objects/deals/8001001", json!({ "amount": "a lot" }), "INVALID_LONG"),
        ("/crm/v3/objects/deals/8001001", json!({ "dealstage": "limbo" }), "INVALID_OPTION"),
    ] {
        let (status, answer) = patch(&client, path, properties).await;
        assert_eq!((status, &answer["category"]), (400, &json!("VALIDATION_ERROR")), "{answer}");
        assert_eq!(answer["errors"][0]["code"], code);
        assert!(answer["message"].as_str().unwrap().starts_with("Property values were not valid: [{"), "{answer}");
    }
    assert_eq!(patch(&client, "/crm/v3/objects/companies/1", json!({})).await.0, 404);
    assert!(client.ledger().is_empty());
}

#[tokio::test]
async fn a_contact_is_made_with_its_company_and_its_label() {
    let client = Client::start().await;
    let types = json!([
        { "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279 },
        { "associationCategory": "USER_DEFINED", "associationTypeId": 36 },
    ]);
    let body = json!({
        "properties": { "email": "new.person@kestrel-marine.example", "firstname": "New", "lastname": "Person" },
        "associations": [{ "to": { "id": "9001001" }, "types": types }],
    });
    let (status, made) = client.send(Method::POST, ("hubspot", CONTACTS), &body).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["properties"]["lastname"], "Person");
    let (_, links) = client.get("hubspot", &format!("/crm/v4/objects/contacts/{id}/associations/companies")).await;
    assert_eq!(links["results"][0]["toObjectId"], 9_001_001);
    let labels: Vec<_> =
        links["results"][0]["associationTypes"].as_array().unwrap().iter().map(|link| link["typeId"].clone()).collect();
    assert_eq!(labels, [1, 279, 36]);
    // The second contact of an e-mail is refused with the id of the first, whatever the case.
    let again = json!({ "properties": { "email": "NEW.person@kestrel-marine.example" } });
    let (status, refused) = client.send(Method::POST, ("hubspot", CONTACTS), &again).await;
    assert_eq!((status, &refused["category"]), (409, &json!("CONFLICT")));
    assert_eq!(refused["message"], format!("Contact already exists. Existing ID: {id}"));
    assert_eq!(client.ledger().len(), 1);
}

#[tokio::test]
async fn a_deal_is_made_once_for_a_stamp() {
    let client = Client::start().await;
    let body = |company: &str| {
        json!({
            "properties": {
                "dealname": "Retrofit", "amount": "1200.50", "deal_currency_code": "EUR", "closedate": "2027-01-31",
                "dealstage": "closedwon", "pipeline": "default", "portal_key": "ref-1",
            },
            "associations": [{
                "to": { "id": company },
                "types": [{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341 }],
            }],
        })
    };
    assert_eq!(client.send(Method::POST, ("hubspot", DEALS), &body("1")).await.0, 400);
    let (status, made) = client.send(Method::POST, ("hubspot", DEALS), &body("9001001")).await;
    assert_eq!(status, 201, "{made}");
    let (status, refused) = client.send(Method::POST, ("hubspot", DEALS), &body("9001001")).await;
    assert_eq!((status, &refused["errors"][0]["code"]), (400, &json!("CONFLICTING_UNIQUE_VALUE")));
    let read = json!({ "properties": ["closedate", "hs_is_closed_won"], "idProperty": "portal_key", "inputs": [{ "id": "ref-1" }] });
    let (_, found) = client.send(Method::POST, ("hubspot", "/crm/v3/objects/deals/batch/read"), &read).await;
    assert_eq!(found["results"][0]["id"], made["id"]);
    assert_eq!(found["results"][0]["properties"]["closedate"], "2027-01-31T00:00:00.000Z");
    assert_eq!(found["results"][0]["properties"]["hs_is_closed_won"], "true");
    let booked = client.running.state.ledger.of("ref-1");
    assert_eq!(booked.len(), 1);
    assert_eq!((booked[0].entity, booked[0].key.as_str()), ("deal", made["id"].as_str().unwrap()));
}

#[tokio::test]
async fn search_lags_behind_while_reads_by_id_do_not() {
    let client = Client::start().await;
    client.control("/lag", json!({ "system": "hubspot", "seconds": 5 })).await;
    patch(&client, KESTREL, json!({ "name": "Kestrel Offshore" })).await;
    let body = json!({ "query": "Kestrel Offshore" });
    let found = async || client.send(Method::POST, ("hubspot", "/crm/v3/objects/companies/search"), &body).await.1;
    assert_eq!(found().await["total"], 0);
    assert_eq!(client.get("hubspot", KESTREL).await.1["properties"]["name"], "Kestrel Offshore");
    client.control("/clock", json!({ "advance": 5 })).await;
    assert_eq!(found().await["total"], 1);
}
