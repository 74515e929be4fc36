//! Entities, filters, paging and keys.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::Value;

use crate::client::{KESTREL, ORDERS, Sap, distinct};

#[tokio::test]
async fn an_order_has_the_shapes_of_v2() {
    let sap = Sap::open().await;
    let list = sap.rows(&format!("{ORDERS}?$filter=SoldToParty eq '{KESTREL}'&$orderby=SalesOrder desc")).await;
    let number = list[0]["SalesOrder"].as_str().unwrap().to_owned();
    let path = format!("{ORDERS}('{number}')?$expand=to_Item,to_Partner");
    let response = sap.ask(&path).header("accept", "application/json").send().await.unwrap();
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    let order = response.json::<Value>().await.unwrap()["d"].clone();
    assert_eq!(order["__metadata"]["type"], "API_SALES_ORDER_SRV.A_SalesOrderType");
    assert_eq!(order["__metadata"]["uri"], sap.url(&format!("{ORDERS}('{number}')")));
    assert_eq!(order["__metadata"]["etag"], etag);
    assert!(etag.starts_with("W/\"datetimeoffset'20") && etag.ends_with("Z'\""), "{etag}");
    // A calendar day is midnight UTC without an offset, an instant has one.
    let day = order["SalesOrderDate"].as_str().unwrap();
    let milliseconds: i64 = day.strip_prefix("/Date(").unwrap().strip_suffix(")/").unwrap().parse().unwrap();
    assert_eq!(milliseconds % 86_400_000, 0);
    assert!(order["LastChangeDateTime"].as_str().unwrap().ends_with("+0000)/"));
    assert_eq!(order["HeaderBillingBlockReason"], "");
    assert_eq!(order["CompleteDeliveryIsDefined"], false);
    assert_eq!(order["CustomerPurchaseOrderDate"], Value::Null);
    let items = order["to_Item"]["results"].as_array().unwrap();
    assert_eq!(items[0]["SalesOrderItem"], "10");
    assert!(items[0]["RequestedQuantity"].as_str().unwrap().contains('.'));
    assert!(items[0]["to_SalesOrder"]["__deferred"]["uri"].as_str().unwrap().ends_with("/to_SalesOrder"));
    let partners = order["to_Partner"]["results"].as_array().unwrap();
    assert_eq!(partners.len(), 4);
    // Unexpanded, the items are deferred, and their address leads to them.
    let plain = sap.d(&format!("{ORDERS}('{number}')")).await;
    let uri = plain["to_Item"]["__deferred"]["uri"].as_str().unwrap();
    let below = uri.strip_prefix(&sap.url("")).unwrap();
    assert_eq!(sap.rows(below).await.len(), items.len());
    let again = sap.ask(&path).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn yen_have_no_decimals() {
    let sap = Sap::open().await;
    let rows = sap.rows(&format!("{ORDERS}?$filter=TransactionCurrency eq 'JPY'&$expand=to_Item")).await;
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(!row["TotalNetAmount"].as_str().unwrap().contains('.'), "{row}");
        let items = row["to_Item"]["results"].as_array().unwrap();
        let sum: i64 = items.iter().map(|item| item["NetAmount"].as_str().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(row["TotalNetAmount"], sum.to_string());
    }
}

#[tokio::test]
async fn an_or_chain_reads_many_keys() {
    let sap = Sap::open().await;
    let chain: Vec<String> = (4601..4641).map(|number| format!("SalesOrder eq '{number}'")).collect();
    let rows = sap.rows(&format!("{ORDERS}?$filter={} or SalesOrder eq '1'", chain.join(" or "))).await;
    let expected: BTreeSet<String> = (4601..4641).map(|number| number.to_string()).collect();
    assert_eq!(distinct(&rows, "SalesOrder"), expected);
    assert_eq!(rows.len(), 40);
}

#[tokio::test]
async fn server_paging_loses_no_row() {
    let sap = Sap::open().await;
    let first =
        format!("{ORDERS}?$inlinecount=allpages&$orderby=SalesOrderDate desc,SalesOrder desc&$select=SalesOrder");
    let mut page = sap.d(&first).await;
    let total: usize = page["__count"].as_str().unwrap().parse().unwrap();
    assert!(total > 300, "several pages");
    let mut seen = Vec::new();
    loop {
        let rows = page["results"].as_array().unwrap().clone();
        assert!(rows.len() <= 100);
        seen.extend(rows);
        let Some(next) = page["__next"].as_str() else {
            break;
        };
        assert!(next.contains("$skiptoken="));
        page = sap.d(next.strip_prefix(&sap.url("")).unwrap()).await;
    }
    assert_eq!(seen.len(), total);
    assert_eq!(distinct(&seen, "SalesOrder").len(), total);
    // A smaller page that is asked for is whole, and has no next one.
    let small = sap
        .d(&format!("{ORDERS}?$top=20&$skip=5&$inlinecount=allpages&$orderby=SalesOrderDate desc,SalesOrder desc"))
        .await;
    assert_eq!(small["results"].as_array().unwrap().len(), 20);
    assert_eq!(small["results"][0]["SalesOrder"], seen[5]["SalesOrder"]);
    assert_eq!(small["__count"], total.to_string());
    assert_eq!(small["__next"], Value::Null);
    let large = sap.d(&format!("{ORDERS}?$top=150")).await;
    let next = large["__next"].as_str().unwrap().strip_prefix(&sap.url("")).unwrap();
    assert_eq!(sap.rows(next).await.len(), 50);
}

#[tokio::test]
async fn odd_characters_in_keys_and_literals() {
    let sap = Sap::open().await;
    let product = sap.d("API_PRODUCT_SRV/A_Product('D%C3%9CSE%203%2F8')?$expand=to_Description").await;
    assert_eq!(product["Product"], "DÜSE 3/8");
    let uri = product["__metadata"]["uri"].as_str().unwrap();
    assert!(uri.ends_with("A_Product('D%C3%9CSE%203%2F8')"), "{uri}");
    assert_eq!(sap.d(uri.strip_prefix(&sap.url("")).unwrap()).await["Product"], "DÜSE 3/8");
    let languages = distinct(product["to_Description"]["results"].as_array().unwrap(), "Language");
    assert!(languages.contains("EN"));
    let quoted = sap.d("API_PRODUCT_SRV/A_Product('O''RING-1%2F2')").await;
    assert_eq!(quoted["Product"], "O'RING-1/2");
    let uri = quoted["__metadata"]["uri"].as_str().unwrap();
    assert!(uri.ends_with("('O''RING-1%2F2')"), "{uri}");
    let found =
        sap.rows("API_PRODUCT_SRV/A_Product?$filter=Product%20eq%20'O''RING-1%2F2'+or+Product+eq+'KIT%235%266'").await;
    assert_eq!(distinct(&found, "Product"), BTreeSet::from(["KIT#5&6".to_owned(), "O'RING-1/2".to_owned()]));
    let two = sap.d("API_PRODUCT_SRV/A_ProductDescription(Product='O''RING-1%2F2',Language='EN')").await;
    assert_eq!(two["Language"], "EN");
    let partner = sap
        .rows("API_BUSINESS_PARTNER/A_BusinessPartner?$filter=substringof('O''Neill',BusinessPartnerFullName)")
        .await;
    assert_eq!(partner[0]["BusinessPartnerFullName"], "O'Neill & Söhne \"Nord\" GmbH");
}

#[tokio::test]
async fn partners_expand_to_addresses_and_customers() {
    let sap = Sap::open().await;
    let path = format!(
        "API_BUSINESS_PARTNER/A_BusinessPartner('{KESTREL}')?$expand=to_Customer,to_BusinessPartnerAddress\
         &$select=BusinessPartner,to_Customer/CustomerName,to_BusinessPartnerAddress/CityName"
    );
    let partner = sap.d(&path).await;
    assert_eq!(partner["to_Customer"]["CustomerName"], "Kestrel Marine BV");
    assert_eq!(partner["to_Customer"].get("VATRegistration"), None);
    assert_eq!(partner["to_BusinessPartnerAddress"]["results"][0]["CityName"], "Rotterdam");
    assert_eq!(partner.get("BusinessPartnerFullName"), None);
    // An expanded navigation that `$select` does not name is not shown.
    let path =
        format!("API_BUSINESS_PARTNER/A_BusinessPartner('{KESTREL}')?$expand=to_Customer&$select=BusinessPartner");
    assert_eq!(sap.d(&path).await.get("to_Customer"), None);
}

#[tokio::test]
async fn credit_accounts_have_limits() {
    let sap = Sap::open().await;
    let path =
        format!("API_CRDTMBUSINESSPARTNER/CreditManagementAccount(BusinessPartner='{KESTREL}',CreditSegment='0000')");
    let account = sap.d(&path).await;
    assert_eq!(account["CreditLimitAmount"], "50000.00");
    assert_eq!(account["CreditSegmentCurrency"], "EUR");
    let path =
        format!("API_CRDTMBUSINESSPARTNER/CreditMgmtBusinessPartner('{KESTREL}')?$expand=to_CreditMgmtAccountTP");
    let rows = sap.d(&path).await["to_CreditMgmtAccountTP"]["results"].clone();
    assert_eq!(rows[0]["CreditLimitAmount"], "50000.00");
}

#[tokio::test]
async fn partner_functions_follow_the_language() {
    let sap = Sap::open().await;
    let functions = async |language: &str| {
        let ask = sap.ask(&format!("{ORDERS}('4601')/to_Partner?$format=json")).header("accept-language", language);
        let body: Value = ask.send().await.unwrap().json().await.unwrap();
        let rows = body["d"]["results"].as_array().unwrap().clone();
        assert!(distinct(&rows, "PartnerFunctionInternalCode").contains("WE"));
        distinct(&rows, "PartnerFunction")
    };
    assert!(functions("en").await.contains("SH"));
    assert!(functions("de-DE").await.contains("WE"));
}
