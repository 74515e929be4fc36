//! The `odata` engine speaks V4, over HTTP: a connector as an operator would write it, against a sales order service that
//! refuses what OData V4 does not have and pages by its own links.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use vestibule::clock::SystemClock;
use vestibule::config::{Given, Origin};
use vestibule::execute::GraphRequest;
use vestibule::model::{Access, Authority, Caller, CallerKind, Key, Links, RecordId};
use vestibule::tenant::{Opening, Overlays, Setup, Shelf, Tenant, assemble};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

const SERVICE: &str = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001";

const CONNECTOR: &str = r#"
format: 1
title: Orders
protocol: odata
base: "{address}/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001/"
settings: { address: { type: URL } }
secrets: [token]
auth: { token: { bearer: "{token}" } }
odata: { version: 4, page: next-link, in: 20 }
empty: [""]
errors: { code: error.code, message: error.message }
"#;

const ACCOUNT: &str = r#"
set: Customer
key: { from: Customer, pattern: "[0-9]{1,10}" }
evidence: itself
visible: all
fields: { number: Customer }
"#;

const ORDER: &str = r#"
set: SalesOrder
key: { from: SalesOrder, pattern: "[0-9]{1,10}" }
version: etag
evidence: { own: SoldToParty }
visible: { SDDocumentCategory: C, IsHidden: "false" }
money: TransactionCurrency
fields:
  account: SoldToParty
  number: SalesOrder
  customerReference: PurchaseOrderByCustomer
  status: { from: OverallSDProcessStatus, map: { A: CONFIRMED, B: IN_PROGRESS, C: COMPLETED } }
  placedOn: SalesOrderDate
  total: TotalNetAmount
  lines:
    each: items
    fields: { position: SalesOrderItem, quantity: RequestedQuantity, total: { from: NetAmount, currency: TransactionCurrency } }
facets:
  items: { expand: _Item }
lists:
  account: { sorted: -placedOn, filter: [status, placedOn, customerReference] }
"#;

const CONFIG: &str = r#"
format: 1
tenant: acme
sealingKey: { env: SEALING_KEY }
identity:
  issuers: [{ issuer: "https://login.example.com/", audience: portal, algorithm: RS256, contact: email }]
  authority: { source: erp, fresh: 60s, ifError: 5m }
access: { labels: { Buyer: [buyer] }, roles: { buyer: ["orders:read"] } }
sources:
  erp:
    connector: orders
    auth: token
    settings: { address: { env: ADDRESS } }
    secrets: { token: { env: TOKEN } }
    plainHttp: true
    privateNetworks: [127.0.0.0/8]
"#;

fn order(number: u32, sold_to: &str, reference: &str) -> Value {
    let day = format!("2026-03-{number:02}");
    // With IEEE754Compatible, Edm.Decimal and Edm.Int64 are strings (OData JSON 4.01, section 3.2).
    json!({
        "@odata.etag": format!("W/\"{number}\""), "SalesOrder": number.to_string(), "SoldToParty": sold_to,
        "PurchaseOrderByCustomer": reference, "OverallSDProcessStatus": "B", "SalesOrderDate": day,
        "SDDocumentCategory": "C", "IsHidden": false,
        "TotalNetAmount": "12345678901234567.89", "TransactionCurrency": "EUR",
        "_Item": [{ "SalesOrderItem": "10", "RequestedQuantity": "3.000", "NetAmount": "0.10", "TransactionCurrency": "EUR" }],
    })
}

/// Orders 1 to 5 of our debtor, the newest first, as the service answers them; 4711 is the reference of order 2.
fn orders() -> Vec<Value> {
    (1..=5).rev().map(|number| order(number, "1000123", if number == 2 { "4711" } else { "PO-1" })).collect()
}

/// The filters this service understands, word for word: another literal form is a syntax or type error to it.
fn matching(filter: &str) -> Option<Vec<Value>> {
    let of_account = "SoldToParty eq '1000123'";
    let visible = "SDDocumentCategory eq 'C' and IsHidden eq false";
    let own = |keep: &dyn Fn(&Value) -> bool| Some(orders().into_iter().filter(|row| keep(row)).collect());
    if filter == format!("{of_account} and {visible}") {
        return own(&|_| true);
    }
    if filter == format!("{of_account} and PurchaseOrderByCustomer eq '4711' and {visible}") {
        return own(&|row| row["PurchaseOrderByCustomer"] == "4711");
    }
    let days = "SalesOrderDate ge 2026-03-02 and SalesOrderDate lt 2026-03-04";
    if filter == format!("{of_account} and {days} and {visible}") {
        return own(&|row| ["2026-03-02", "2026-03-03"].contains(&row["SalesOrderDate"].as_str().unwrap()));
    }
    if filter == "SalesOrder eq '3'" {
        // A row that nobody asked for comes along.
        return Some(vec![order(3, "1000123", "PO-1"), order(77, "2000456", "FOREIGN")]);
    }
    None
}

fn answer(request: &Request) -> ResponseTemplate {
    let asked: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let refused = |status: u16, why: &str| {
        let body = json!({ "error": { "code": "005056A509B11EE1B9A8FEC11C21578E", "message": why } });
        ResponseTemplate::new(status).set_body_json(body)
    };
    if header("authorization") != "Bearer secret" {
        return refused(401, "not signed in");
    }
    if header("accept") != "application/json;IEEE754Compatible=true" || header("odata-maxversion") != "4.0" {
        return refused(406, "the service would answer numbers that lose digits");
    }
    if let Some(old) = ["$format", "$inlinecount", "$top"].iter().find(|old| asked.contains_key(**old)) {
        return refused(400, &format!("the system query option `{old}` is not expected here"));
    }
    let Some(rows) = asked.get("$filter").and_then(|filter| matching(filter)) else {
        return refused(400, &format!("invalid filter: {:?}", asked.get("$filter")));
    };
    let size: usize = header("prefer").strip_prefix("odata.maxpagesize=").unwrap().parse().unwrap();
    let skip: usize = asked.get("$skiptoken").map_or(0, |token| token.parse().unwrap());
    let mut body = json!({ "@odata.context": "$metadata#SalesOrder" });
    if asked.get("$count").is_some_and(|count| count == "true") {
        body["@odata.count"] = json!(rows.len().to_string());
    }
    if rows.len() > skip + size {
        let mut next = request.url.clone();
        let kept = request.url.query_pairs().filter(|(name, _)| name != "$skiptoken");
        next.query_pairs_mut().clear().extend_pairs(kept).append_pair("$skiptoken", &(skip + size).to_string());
        // Services behind a gateway name a host that only they know.
        next.set_host(Some("inside.example")).unwrap();
        body["@odata.nextLink"] = json!(next.as_str());
    }
    body["value"] = rows.into_iter().skip(skip).take(size).collect();
    ResponseTemplate::new(200).set_body_json(body)
}

async fn service() -> MockServer {
    let server = MockServer::start().await;
    let path = matchers::path(format!("{SERVICE}/SalesOrder"));
    Mock::given(matchers::method("GET")).and(path).respond_with(answer).mount(&server).await;
    server
}

fn tenant(server: &MockServer, folder: &Path) -> (Tenant, Caller) {
    let connector = folder.join("orders");
    fs::create_dir_all(connector.join("entities")).unwrap();
    for (name, text) in [("connector", CONNECTOR), ("entities/Account", ACCOUNT), ("entities/Order", ORDER)] {
        fs::write(connector.join(format!("{name}.yaml")), text).unwrap();
    }
    let values = [("SEALING_KEY", "0123456789abcdef0123456789abcdef"), ("TOKEN", "secret"), ("ADDRESS", &server.uri())];
    let environment = Arc::new(Given(values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()));
    let (assembly, report) = assemble(&Setup {
        origin: Origin { name: "gateway.yaml".into(), folder: folder.to_owned(), text: CONFIG.to_owned() },
        environment: environment.clone(),
        shelf: Shelf::new(Some(folder.to_owned())),
        overlays: Overlays::Configured,
    });
    assert!(!report.has_errors(), "{:?}", report.sorted());
    let assembly = assembly.unwrap();
    let source = assembly.catalog.source_id("erp").unwrap();
    let key = Key::new("1000123").unwrap();
    let mut links = Links::default();
    links.insert(source, Ok(Arc::from([key.clone()])));
    let id = RecordId { entity: assembly.graph.hub, source, key };
    let access = Access { id, links, roles: vec!["buyer".into()], permissions: ["orders:read".into()].into() };
    let caller = Caller {
        tenant: "acme".into(),
        kind: CallerKind::Customer,
        subject: ("https://login.example.com/".into(), "kim".into()),
        name: "Kim".into(),
        email: None,
        locale: "en".into(),
        time_zone: "UTC".into(),
        authority: Arc::new(Authority { contact: None, accounts: vec![access] }),
        current: Some(0),
        multi_factor: false,
        authenticated_at: None,
    };
    let opening = Opening { environment, clock: Arc::new(SystemClock::default()), issuers: Vec::new() };
    (Tenant::open(assembly, opening).unwrap(), caller)
}

async fn ask(of: &(Tenant, Caller), query: &str, variables: Value) -> Value {
    let Value::Object(variables) = variables else { return Value::Null };
    let request = GraphRequest { query: query.to_owned(), variables, ..GraphRequest::default() };
    serde_json::from_slice(&of.0.execute(&of.1, request).await.body).unwrap()
}

const LIST: &str = "query($after: String, $filter: OrderFilter) { viewer { account { orders(first: 2, after: $after, filter: $filter) {
    totalCount nodes { id number version status placedOn total { amount currency }
      lines { position quantity total { amount } } }
    pageInfo { hasNextPage endCursor } } } } }";

fn numbers(orders: &Value) -> Vec<&str> {
    orders["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_are_paged_by_the_services_own_links_with_exact_numbers() {
    let (server, folder) = (service().await, tempfile::tempdir().unwrap());
    let portal = tenant(&server, folder.path());
    let (mut after, mut seen) = (Value::Null, Vec::new());
    for page in 0..3 {
        let answer = ask(&portal, LIST, json!({ "after": after })).await;
        let orders = &answer["data"]["viewer"]["account"]["orders"];
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        assert_eq!((&orders["totalCount"], &orders["pageInfo"]["hasNextPage"]), (&json!(5), &json!(page < 2)));
        if page == 0 {
            let mut first = orders["nodes"][0].clone();
            first.as_object_mut().unwrap().remove("id");
            let expected = json!({
                "number": "5", "version": "W/\"5\"", "status": "IN_PROGRESS", "placedOn": "2026-03-05",
                "total": { "amount": "12345678901234567.89", "currency": "EUR" },
                "lines": [{ "position": 10, "quantity": "3.000", "total": { "amount": "0.10" } }],
            });
            assert_eq!(first, expected);
        }
        seen.extend(numbers(orders).into_iter().map(str::to_owned).collect::<Vec<_>>());
        after = orders["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, ["5", "4", "3", "2", "1"]);
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.len(), 3, "one call for a page");
    let first: BTreeMap<String, String> = asked[0].url.query_pairs().into_owned().collect();
    assert_eq!(first["$orderby"], "SalesOrderDate desc,SalesOrder desc");
    let inner = "_Item($select=SalesOrderItem,RequestedQuantity,NetAmount,TransactionCurrency)";
    assert_eq!(first["$expand"], inner);
}

#[tokio::test]
async fn days_are_bare_and_text_of_digits_is_quoted() {
    let (server, folder) = (service().await, tempfile::tempdir().unwrap());
    let portal = tenant(&server, folder.path());
    for (filter, expected) in [
        (json!({ "customerReference": "4711" }), vec!["2"]),
        (json!({ "placedOn": { "from": "2026-03-02", "to": "2026-03-03" } }), vec!["3", "2"]),
    ] {
        let answer = ask(&portal, LIST, json!({ "filter": filter })).await;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        assert_eq!(numbers(&answer["data"]["viewer"]["account"]["orders"]), expected);
    }
}

#[tokio::test]
async fn records_are_read_by_key_and_what_is_anothers_is_not_there() {
    let (server, folder) = (service().await, tempfile::tempdir().unwrap());
    let portal = tenant(&server, folder.path());
    let listed = ask(&portal, LIST, json!({})).await;
    // The third order's id, from the second page: its record is read again, by key and past the cache.
    let after = &listed["data"]["viewer"]["account"]["orders"]["pageInfo"]["endCursor"];
    let second = ask(&portal, LIST, json!({ "after": after })).await;
    let third = &second["data"]["viewer"]["account"]["orders"]["nodes"][0];
    assert_eq!(third["number"], "3");
    let query = "query($id: ID!) { order(id: $id) { number customerReference } }";
    let answer = ask(&portal, query, json!({ "id": third["id"] })).await;
    assert_eq!(answer["data"]["order"], json!({ "number": "3", "customerReference": "PO-1" }), "{answer}");
    let asked = server.received_requests().await.unwrap();
    let by_key = asked.last().unwrap().url.query_pairs().find(|(name, _)| name == "$filter").unwrap().1;
    assert_eq!(by_key, "SalesOrder eq '3'");
}

#[tokio::test]
async fn a_refusal_in_the_shape_of_v4_is_coded_and_says_nothing_of_the_system() {
    let (server, folder) = (MockServer::start().await, tempfile::tempdir().unwrap());
    let body = json!({ "error": { "code": "SY/530", "message": "inside.example: no authorisation for SALES01" } });
    let refusal = ResponseTemplate::new(403).set_body_json(body);
    Mock::given(matchers::method("GET")).respond_with(refusal).mount(&server).await;
    let portal = tenant(&server, folder.path());
    let answer = ask(&portal, LIST, json!({})).await;
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer}");
    assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{answer}");
    let text = answer.to_string();
    assert!(!text.contains("SALES01") && !text.contains("inside.example") && !text.contains("SY/530"), "{text}");
}
