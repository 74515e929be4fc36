//! What a write makes old, and what it leaves as it was; and what a system may not make a browser do.

use serde_json::{Value, json};

use crate::world::World;

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

/// A gateway whose clock stands still: nothing that is kept grows old by itself, and nothing is asked for in the background.
struct Page(World);

impl Page {
    async fn ask(&self, query: &str) -> Value {
        let answer = self.0.ask(ANA, query).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    fn calls(&self, system: &str) -> usize {
        self.0.business.state.calls.log().iter().filter(|call| call.system == system).count()
    }

    /// Which parts are asked of their systems when they are read now.
    async fn read_anew(&self) -> Vec<&'static str> {
        let mut anew = Vec::new();
        for (part, system, query) in PARTS {
            let before = self.calls(system);
            self.ask(query).await;
            anew.extend((self.calls(system) > before).then_some(part));
        }
        anew
    }
}

#[tokio::test]
async fn a_write_makes_old_what_it_touches_and_nothing_else() {
    let page = Page(World::open().await);
    let found = page
        .ask(
            "{ viewer { account { tickets(first: 1) { nodes { id } } deals(first: 1) { nodes { id } } } } products(first: 1) { nodes { id } } }",
        )
        .await;
    let at = |pointer: &str| found.pointer(pointer).unwrap_or_else(|| panic!("{found}")).as_str().unwrap();
    let (ticket, deal) = (at("/viewer/account/tickets/nodes/0/id"), at("/viewer/account/deals/nodes/0/id"));
    let product = at("/products/nodes/0/id");
    page.read_anew().await;
    assert_eq!(page.read_anew().await, [""; 0], "everything is kept for a while");
    for (mutation, input, touched) in [
        ("createTicket", "subject: \"Effects\", body: \"x\"".to_owned(), "tickets"),
        ("replyToTicket", format!("ticketId: \"{ticket}\", body: \"x\""), "tickets"),
        ("placeOrder", format!("lines: [{{ productId: \"{product}\", quantity: \"1\" }}]"), "orders"),
        ("updateDeal", format!("id: \"{deal}\", expectedOn: \"2031-02-03\""), "deals"),
    ] {
        let write = format!("mutation {{ {mutation}(input: {{ {input} }}) {{ userErrors {{ code }} }} }}");
        let answer = page.ask(&write).await;
        assert_eq!(answer[mutation]["userErrors"], json!([]), "{answer}");
        assert_eq!(page.read_anew().await, [touched], "{mutation}");
        assert_eq!(page.read_anew().await, [""; 0], "{mutation}: and once");
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_no_address_that_is_none() {
    let page = Page(World::open().await);
    let invoices =
        page.ask("{ viewer { account { invoices(first: 50) { nodes { id provenance { source } } } } } }").await;
    let nodes = invoices["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap();
    let own = nodes.iter().find(|invoice| invoice["provenance"]["source"] == "billing").unwrap();
    let pay = format!(
        "mutation {{ payInvoice(input: {{ id: {}, returnUrl: \"https://portal.example\" }}) {{
        redirectUrl userErrors {{ code }} }} }}",
        own["id"]
    );
    let ids: Vec<String> = page.0.business.state.read().invoices.iter().map(|invoice| invoice.id.clone()).collect();
    for (address, shown) in [
        ("https://pay.example/i/1", json!("https://pay.example/i/1")),
        ("javascript:alert(document.domain)", Value::Null),
        ("data:text/html,<script>alert(1)</script>", Value::Null),
    ] {
        for id in &ids {
            let mut business = page.0.business.state.write();
            let told = business.told.billing.entry(id.clone()).or_default();
            told.insert("hosted_invoice_url".to_owned(), json!(address));
        }
        let answer = page.0.ask(ANA, &pay).await;
        assert_eq!(answer["data"]["payInvoice"]["redirectUrl"], shown, "{answer}");
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code.is_null(), !shown.is_null(), "{answer}");
        assert!(!answer.to_string().contains("alert"), "{answer}");
    }
}
