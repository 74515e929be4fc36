//! What the system refuses, what it demands, and what a hostile one lets through.

use reqwest::StatusCode;
use serde_json::Value;

use crate::client::{KESTREL, ORDERS, Sap, distinct};

#[tokio::test]
async fn refusals_have_their_status_and_shape() {
    let sap = Sap::open().await;
    let long = format!("{ORDERS}?$filter={}", "SalesOrder eq '1' or ".repeat(500));
    for (path, status) in [
        (format!("{ORDERS}('999999')"), 404),
        ("API_SALES_ORDER_SRV/A_NoSuchSet".to_owned(), 404),
        ("API_NO_SUCH_SRV/A_SalesOrder".to_owned(), 404),
        (format!("{ORDERS}('4601')/to_Nothing"), 404),
        (format!("{ORDERS}(4601)"), 400),
        (format!("{ORDERS}('4601'"), 400),
        ("API_SALES_ORDER_SRV/A_SalesOrderItem('4601')".to_owned(), 400),
        (format!("{ORDERS}?$filter=NoSuch eq '1'"), 400),
        (format!("{ORDERS}?$filter=SalesOrder eq"), 400),
        (format!("{ORDERS}?$filter=SalesOrder eq 4601"), 400),
        (format!("{ORDERS}?$select=NoSuch"), 400),
        (format!("{ORDERS}?$select=to_Item/Material"), 400),
        (format!("{ORDERS}?$expand=to_Nothing"), 400),
        (format!("{ORDERS}?$orderby=SalesOrder down"), 400),
        (format!("{ORDERS}?$top=-1"), 400),
        (format!("{ORDERS}?$search=x"), 400),
    ] {
        let (found, body) = sap.read(&path).await;
        assert_eq!(found, status, "{path}: {body}");
        assert!(!body["error"]["code"].as_str().unwrap().is_empty());
        assert_eq!(body["error"]["message"]["lang"], "en");
        assert!(body["error"]["message"]["value"].is_string());
        assert!(body["error"]["innererror"]["errordetails"].is_array());
    }
    let response = sap.ask(&long).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn a_failed_logon_is_html_and_a_forgotten_accept_is_xml() {
    let sap = Sap::open().await;
    for ask in [sap.http.get(sap.url(ORDERS)), sap.http.get(sap.url(ORDERS)).basic_auth("PORTAL", Some("wrong"))] {
        let response = ask.header("accept", "application/json").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    }
    for path in [format!("{ORDERS}?$top=1"), format!("{ORDERS}?$filter=x")] {
        let text = sap.ask(&path).send().await.unwrap().text().await.unwrap();
        assert!(text.starts_with("<?xml"), "{text}");
    }
    let json = sap.ask(&format!("{ORDERS}?$top=1&$format=json")).send().await.unwrap();
    assert!(json.json::<Value>().await.unwrap()["d"]["results"].is_array());
}

#[tokio::test]
async fn a_token_is_fetched_at_the_root_and_a_batch_needs_it() {
    let sap = Sap::open().await;
    let root = sap.ask("API_SALES_ORDER_SRV/?$format=json").header("x-csrf-token", "Fetch").send().await.unwrap();
    let token = root.headers()["x-csrf-token"].clone();
    let cookie = root.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(root.json::<Value>().await.unwrap()["d"]["EntitySets"][0], "A_SalesOrder");
    let part = |target: &str| {
        format!(
            "--b1\r\nContent-Type: application/http\r\ncontent-transfer-encoding: binary\r\n\r\nGET {target} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        )
    };
    let body = format!("{}{}--b1--\r\n", part("A_SalesOrder('4601')"), part("A_SalesOrder('999999')"));
    let post = || {
        let post = sap.http.post(sap.url("API_SALES_ORDER_SRV/$batch")).basic_auth("PORTAL", Some("demo"));
        post.header("content-type", "multipart/mixed;boundary=b1").body(body.clone())
    };
    let refused = post().send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(refused.headers()["x-csrf-token"], "Required");
    let answered = post().header("x-csrf-token", token).header("cookie", cookie).send().await.unwrap();
    assert_eq!(answered.status(), StatusCode::ACCEPTED);
    assert!(answered.headers()["content-type"].to_str().unwrap().starts_with("multipart/mixed; boundary="));
    let text = answered.text().await.unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 1);
    assert_eq!(text.matches("HTTP/1.1 404 Not Found").count(), 1);
    assert!(text.contains("\"SalesOrder\":\"4601\""));
}

#[tokio::test]
async fn a_hostile_system_ignores_whose_records_are_asked_for() {
    let sap = Sap::open().await;
    let own = sap.rows(&format!("{ORDERS}?$filter=SoldToParty eq '{KESTREL}'&$top=50")).await;
    assert_eq!(distinct(&own, "SoldToParty").len(), 1);
    let number = own[0]["SalesOrder"].as_str().unwrap();
    sap.turn_hostile().await;
    let list =
        format!("{ORDERS}?$filter=SoldToParty eq '{KESTREL}' and TransactionCurrency eq 'EUR'&$top=50&$expand=to_Item");
    let rows = sap.rows(&list).await;
    assert!(distinct(&rows, "SoldToParty").len() >= 3);
    assert!(distinct(&rows, "SoldToParty").contains(KESTREL));
    assert_eq!(distinct(&rows, "TransactionCurrency").len(), 1, "other conditions still hold");
    assert!(!rows[0]["to_Item"]["results"].as_array().unwrap().is_empty());
    let one = sap.d(&format!("{ORDERS}('{number}')?$expand=to_Item")).await;
    assert_ne!(one["SoldToParty"], KESTREL);
    assert!(!one["to_Item"]["results"].as_array().unwrap().is_empty());
    let keyed = sap.rows(&format!("{ORDERS}?$filter=SalesOrder eq '{number}'")).await;
    assert!(distinct(&keyed, "SoldToParty").len() >= 3);
    let items = sap.rows(&format!("{ORDERS}('{number}')/to_Item")).await;
    assert!(distinct(&items, "SalesOrder").len() >= 3);
    let partners =
        sap.rows(&format!("API_BUSINESS_PARTNER/A_BusinessPartner?$filter=BusinessPartner eq '{KESTREL}'")).await;
    assert!(distinct(&partners, "BusinessPartner").len() >= 3);
    let credit = sap
        .d(&format!(
            "API_CRDTMBUSINESSPARTNER/CreditManagementAccount(BusinessPartner='{KESTREL}',CreditSegment='0000')"
        ))
        .await;
    assert_ne!(credit["BusinessPartner"], KESTREL);
}
