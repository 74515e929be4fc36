//! What a write makes old, and what it leaves as it was; and what a system may not make a browser do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";

/// Everything that is kept for a while: each list on its own, by the system that it is read from.
const PARTS: [(&str, &str, &str); 6] = [
    ("orders", "sap", "{ viewer { account { orders(first: 5) { nodes { number } } } } }"),
    ("shipments", "sap", "{ viewer { account { shipments(first: 5) { nodes { number } } } } }"),
    ("subscriptions", "stripe", "{ viewer { account { subscriptions(first: 5) { nodes { id } } } } }"),
    ("tickets", "zendesk", "{ viewer { account { tickets(first: 5) { nodes { subject } } } } }"),
    ("deals", "hubspot", "{ viewer { account { deals(first: 5) { nodes { name } } } } }"),
    ("contacts", "hubspot", "{ viewer { account { contacts(first: 5) { nodes { name } } } } }"),
];

struct Page {
    portal: Portal,
    token: String,
}

impl Page {
    async fn open() -> Self {
        let portal = Portal::open().await;
        let token = portal.token(ANA).await;
        let page = Self { portal, token };
        // The business's own people change nothing meanwhile.
        let stopped = page.portal.client.delete(format!("{}/agent", page.portal.control)).send().await.unwrap();
        assert!(stopped.status().is_success());
        page
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.portal.send(&self.token, &json!({ "query": query, "variables": variables })).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    fn calls(&self, system: &str) -> usize {
        self.portal.state.calls.log().iter().filter(|call| call.system == system).count()
    }

    /// Which parts are asked of their systems when they are read now.
    async fn read_anew(&self) -> Vec<&'static str> {
        let mut anew = Vec::new();
        for (part, system, query) in PARTS {
            let before = self.calls(system);
            self.ask(query, json!({})).await;
            anew.extend((self.calls(system) > before).then_some(part));
        }
        anew
    }
}

#[tokio::test]
async fn a_write_makes_old_what_it_touches_and_nothing_else() {
    let page = Page::open().await;
    let found = page
        .ask(
            "{ viewer { account { tickets(first: 1) { nodes { id } } deals(first: 1) { nodes { id } } } } products(first: 1) { nodes { id } } }",
            json!({}),
        )
        .await;
    let at = |pointer: &str| found.pointer(pointer).unwrap_or_else(|| panic!("{found}")).clone();
    let writes: BTreeMap<&str, (&str, Value, &[&str])> = BTreeMap::from([
        ("createTicket", ("CreateTicketInput", json!({ "subject": "Effects", "body": "x" }), &["tickets"][..])),
        (
            "replyToTicket",
            (
                "ReplyToTicketInput",
                json!({ "ticketId": at("/viewer/account/tickets/nodes/0/id"), "body": "x" }),
                &["tickets"][..],
            ),
        ),
        (
            "placeOrder",
            (
                "PlaceOrderInput",
                json!({ "lines": [{ "productId": at("/products/nodes/0/id"), "quantity": "1" }] }),
                &["orders"][..],
            ),
        ),
        (
            "updateDeal",
            (
                "UpdateDealInput",
                json!({ "id": at("/viewer/account/deals/nodes/0/id"), "expectedOn": "2031-02-03" }),
                &["deals"][..],
            ),
        ),
    ]);
    page.read_anew().await;
    assert_eq!(page.read_anew().await, [""; 0], "everything is kept for a while");
    for (mutation, (input, values, touched)) in writes {
        let query = format!("mutation($input: {input}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
        let answer = page.ask(&query, json!({ "input": values })).await;
        assert_eq!(answer[mutation]["userErrors"], json!([]), "{answer}");
        assert_eq!(page.read_anew().await, touched, "{mutation}");
        // The system's own webhook tells of the same, and of nothing else.
        let idle = page.portal.client.post(format!("{}/webhooks/idle", page.portal.control)).send().await.unwrap();
        assert!(idle.status().is_success());
        let again = page.read_anew().await;
        assert!(again.iter().all(|part| touched.contains(part)), "{mutation}: {again:?}");
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_no_address_that_is_none() {
    let page = Page::open().await;
    let invoices = page
        .ask("{ viewer { account { invoices(first: 50) { nodes { id provenance { source } } } } } }", json!({}))
        .await;
    let nodes = invoices["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap();
    let own = nodes.iter().find(|invoice| invoice["provenance"]["source"] == "billing").unwrap();
    let pay = "mutation($id: ID!) { payInvoice(input: { id: $id, returnUrl: \"https://portal.example\" }) {
        redirectUrl userErrors { code } } }";
    let ids: Vec<String> = page.portal.state.read().invoices.iter().map(|invoice| invoice.id.clone()).collect();
    for (address, shown) in [
        ("https://pay.example/i/1", json!("https://pay.example/i/1")),
        ("javascript:alert(document.domain)", Value::Null),
        ("data:text/html,<script>alert(1)</script>", Value::Null),
    ] {
        for id in &ids {
            let mut business = page.portal.state.write();
            let told = business.told.billing.entry(id.clone()).or_default();
            told.insert("hosted_invoice_url".to_owned(), json!(address));
        }
        let answer = page.portal.send(&page.token, &json!({ "query": pay, "variables": { "id": own["id"] } })).await;
        assert_eq!(answer["data"]["payInvoice"]["redirectUrl"], shown, "{answer}");
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code.is_null(), !shown.is_null(), "{answer}");
        assert!(!answer.to_string().contains("alert"), "{answer}");
    }
}
