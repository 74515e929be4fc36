//! SAP: orders are made, changed and rejected.

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::client::{Answer, Client, read};

const ROOT: &str = "/sap/opu/odata/sap/API_SALES_ORDER_SRV";

/// A session: token and cookie.
pub async fn session(client: &Client) -> HeaderMap {
    let fetch = client.ask(Method::GET, "sap", &format!("{ROOT}/")).header("x-csrf-token", "Fetch");
    let answer = fetch.send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    HeaderMap::from_iter([
        ("x-csrf-token".parse().unwrap(), answer.headers()["x-csrf-token"].clone()),
        ("cookie".parse().unwrap(), HeaderValue::from_str(&cookie).unwrap()),
        ("accept".parse().unwrap(), HeaderValue::from_static("application/json")),
    ])
}

async fn change(client: &Client, method: &str, (path, etag): (&str, Option<&str>), body: &Value) -> Answer {
    let method = method.parse().unwrap();
    let mut request = client.ask(method, "sap", &format!("{ROOT}/{path}")).headers(session(client).await).json(body);
    if let Some(etag) = etag {
        request = request.header("if-match", etag);
    }
    read(request.send().await.unwrap()).await
}

fn order(materials: &[(&str, &str)]) -> Value {
    let items: Vec<Value> =
        materials.iter().map(|(sku, quantity)| json!({ "Material": sku, "RequestedQuantity": quantity })).collect();
    json!({
        "SalesOrderType": "OR", "SalesOrganization": "1710", "DistributionChannel": "10", "OrganizationDivision": "00",
        "SoldToParty": "10100001", "PurchaseOrderByCustomer": "PO 'X'", "RequestedDeliveryDate": "/Date(1800000000000)/",
        "YY1_PortalReference_SDH": "ref-9",
        "to_Item": items,
        "to_Text": [{ "LongTextID": "TX01", "Language": "EN", "LongText": "Ring twice" }],
        "to_Partner": [{ "PartnerFunction": "SH", "Customer": "10100002" }],
    })
}

/// Two materials that the business sells, by the piece.
fn materials(client: &Client) -> [String; 2] {
    let business = client.running.state.read();
    let mut all = business.products.iter().filter(|product| product.unit != "KG").map(|product| product.sku.clone());
    [all.next().unwrap(), all.next().unwrap()]
}

async fn made(client: &Client) -> Value {
    let [first, second] = materials(client);
    let (status, answer) =
        change(client, "POST", ("A_SalesOrder", None), &order(&[(&first, "2"), (&second, "1")])).await;
    assert_eq!(status, 201, "{answer}");
    answer["d"].clone()
}

async fn get(client: &Client, path: &str) -> Value {
    let request = client.ask(Method::GET, "sap", &format!("{ROOT}/{path}")).header("accept", "application/json");
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer}");
    answer["d"].clone()
}

#[tokio::test]
async fn an_order_is_made_whole_and_priced_for_its_customer() {
    let client = Client::start().await;
    let made = made(&client).await;
    let items = made["to_Item"]["results"].as_array().unwrap();
    assert_eq!(items.iter().map(|item| item["SalesOrderItem"].clone()).collect::<Vec<_>>(), ["10", "20"]);
    let total: f64 = items.iter().map(|item| item["NetAmount"].as_str().unwrap().parse::<f64>().unwrap()).sum();
    assert!((made["TotalNetAmount"].as_str().unwrap().parse::<f64>().unwrap() - total).abs() < 0.001 && total > 0.0);
    let number = made["SalesOrder"].as_str().unwrap();
    let found =
        get(&client, "A_SalesOrder?$filter=YY1_PortalReference_SDH eq 'ref-9'&$expand=to_Text,to_Partner").await;
    assert_eq!(found["results"][0]["SalesOrder"], number);
    assert_eq!(found["results"][0]["to_Text"]["results"][0]["LongText"], "Ring twice");
    let partners = found["results"][0]["to_Partner"]["results"].as_array().unwrap();
    let ship_to = partners.iter().find(|partner| partner["PartnerFunction"] == "SH").unwrap();
    assert_eq!(ship_to["Customer"], "10100002");
    let booked = client.running.state.ledger.of("ref-9");
    assert_eq!(booked.len(), 1);
    assert_eq!((booked[0].entity, booked[0].operation, booked[0].key.as_str()), ("A_SalesOrder", "create", number));
}

#[tokio::test]
async fn what_the_business_refuses_is_not_made() {
    let client = Client::start().await;
    let [sku, _] = materials(&client);
    let with = |change: fn(&mut Value)| {
        let mut body = order(&[(&sku, "1")]);
        change(&mut body);
        body
    };
    let cases = [
        (order(&[(&sku, "1"), ("NOSUCH", "1")]), "V1/382"),
        (order(&[(&sku, "0")]), "V1/211"),
        (order(&[(&sku, "100000")]), "VP/150"),
        (order(&[]), "V1/046"),
        (with(|body| body["SoldToParty"] = json!("9")), "VP/197"),
        (with(|body| body["SalesOrderType"] = json!("XX")), "V1/320"),
        (with(|body| body["DistributionChannel"] = json!("99")), "V1/155"),
        (with(|body| body["to_Partner"][0]["Customer"] = json!("1")), "VP/199"),
        (with(|body| body["to_Item"][0]["RequestedQuantityUnit"] = json!("TON")), "V1/384"),
        (with(|body| body["Colour"] = json!("red")), "005056A509B11EE1B9A8FEC11C21D78E"),
    ];
    let before = client.running.state.read().orders.len();
    for (body, code) in cases {
        let (status, answer) = change(&client, "POST", ("A_SalesOrder", None), &body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)), "{answer}");
    }
    assert_eq!(client.running.state.read().orders.len(), before);
    assert!(client.ledger().is_empty());
}

#[tokio::test]
async fn a_change_needs_token_cookie_and_the_etag_of_now() {
    let client = Client::start().await;
    let made = made(&client).await;
    let path = format!("A_SalesOrder('{}')", made["SalesOrder"].as_str().unwrap());
    let body = json!({ "PurchaseOrderByCustomer": "PO-2" });
    let bare = client.ask(Method::PATCH, "sap", &format!("{ROOT}/{path}")).json(&body).send().await.unwrap();
    assert_eq!((bare.status().as_u16(), bare.headers()["x-csrf-token"].to_str().unwrap()), (403, "Required"));
    assert_eq!(change(&client, "PATCH", (&path, None), &body).await.0, 428);
    let etag = made["__metadata"]["etag"].as_str().unwrap();
    assert_eq!(change(&client, "MERGE", (&path, Some(etag)), &body).await.0, 204);
    assert_eq!(change(&client, "PATCH", (&path, Some(etag)), &body).await.0, 412);
    let now = get(&client, &path).await;
    assert_eq!(now["PurchaseOrderByCustomer"], "PO-2");
    let etag = now["__metadata"]["etag"].as_str().unwrap();
    let (status, refused) = change(&client, "PATCH", (&path, Some(etag)), &json!({ "TotalNetAmount": "1" })).await;
    assert_eq!(status, 400, "{refused}");
    client.control("/locks", json!({ "order": made["SalesOrder"], "user": "SMITHJ" })).await;
    let (status, refused) = change(&client, "PATCH", (&path, Some(etag)), &body).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("V1/042")));
    let text = refused["error"]["message"]["value"].as_str().unwrap();
    assert!(text.ends_with("is currently being processed by user SMITHJ"), "{text}");
    assert_eq!(client.ledger().len(), 2);
    client.control("/locks", json!({ "order": made["SalesOrder"], "user": null })).await;
    for (reference, changed) in [("PO-2", false), ("PO-3", true)] {
        let body = json!({ "PurchaseOrderByCustomer": reference });
        assert_eq!(change(&client, "PATCH", (&path, Some("*")), &body).await.0, 204);
        assert_eq!(client.ledger().last().map(|entry| entry.changed), Some(changed), "{reference}");
    }
}

#[tokio::test]
async fn a_quantity_that_changes_is_priced_again() {
    let client = Client::start().await;
    let made = made(&client).await;
    let number = made["SalesOrder"].as_str().unwrap();
    let path = format!("A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='10')");
    assert_eq!(change(&client, "PATCH", (&path, Some("*")), &json!({ "RequestedQuantity": "4" })).await.0, 204);
    let amount = |item: &Value| item["NetAmount"].as_str().unwrap().parse::<f64>().unwrap();
    let item = get(&client, &path).await;
    assert!((amount(&item) - 2.0 * amount(&made["to_Item"]["results"][0])).abs() < 0.011);
    assert_eq!(change(&client, "PATCH", (&path, Some("*")), &json!({ "RequestedQuantity": "4" })).await.0, 204);
    let changed: Vec<_> = client.ledger().iter().map(|entry| entry.changed).collect();
    assert_eq!(changed, [true, true, false], "the same quantity again changes nothing");
    assert_eq!(change(&client, "PATCH", (&path, Some("*")), &json!({ "RequestedQuantity": "0" })).await.0, 400);
}

async fn batch(client: &Client, parts: &[(String, &str, Value)]) -> (u16, String) {
    let part = |(path, etag, body): &(String, &str, Value)| {
        format!(
            "--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
             MERGE {path} HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: {etag}\r\n\r\n{body}\r\n\r\n"
        )
    };
    let parts: String = parts.iter().map(part).collect();
    let body = format!(
        "--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n{parts}--changeset_1--\r\n\r\n--batch_1--\r\n"
    );
    let request = client.ask(Method::POST, "sap", &format!("{ROOT}/$batch")).headers(session(client).await);
    let request = request.header("content-type", "multipart/mixed; boundary=batch_1").body(body);
    let answer: Response = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_changeset_rejects_every_item_or_none() {
    let client = Client::start().await;
    let made = made(&client).await;
    let number = made["SalesOrder"].as_str().unwrap();
    let etag = made["__metadata"]["etag"].as_str().unwrap();
    let item = |position: u32| format!("A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='{position}')");
    let reason = json!({ "SalesDocumentRjcnReason": "50" });
    let (status, text) = batch(&client, &[(item(10), etag, reason.clone()), (item(99), etag, reason.clone())]).await;
    assert_eq!(
        (status, text.matches("HTTP/1.1 404").count(), text.matches("HTTP/1.1 204").count()),
        (202, 1, 0),
        "{text}"
    );
    assert_eq!(get(&client, &format!("A_SalesOrder('{number}')")).await["__metadata"]["etag"], etag);
    assert_eq!(client.ledger().len(), 1);
    let (status, text) = batch(&client, &[(item(10), etag, reason.clone()), (item(20), etag, reason.clone())]).await;
    assert_eq!((status, text.matches("HTTP/1.1 204").count()), (202, 2), "{text}");
    assert!(text.contains("multipart/mixed; boundary="), "{text}");
    let now = get(&client, &format!("A_SalesOrder('{number}')?$expand=to_Item")).await;
    assert_eq!(now["OverallSDDocumentRejectionSts"], "C");
    assert_eq!(now["to_Item"]["results"][1]["SalesDocumentRjcnReason"], "50");
    assert_ne!(now["__metadata"]["etag"], etag);
    assert_eq!(client.ledger().len(), 3);
    // What was seen before is stale now.
    let (_, text) = batch(&client, &[(item(10), etag, reason.clone())]).await;
    assert!(text.contains("HTTP/1.1 412"), "{text}");
    // The same reason again is booked, and changes nothing; another one does.
    for (reason, changed) in [("50", false), ("51", true), ("", true), ("", false)] {
        let body = json!({ "SalesDocumentRjcnReason": reason });
        assert_eq!(change(&client, "PATCH", (&item(10), Some("*")), &body).await.0, 204);
        assert_eq!(client.ledger().last().map(|entry| entry.changed), Some(changed), "{reason}");
    }
}
