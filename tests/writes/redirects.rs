//! Where a system may not send a browser.

use serde_json::{Value, json};

use crate::world::World;

const ANA: &str = "ana.lund@kestrel-marine.example";

#[tokio::test]
async fn a_browser_is_sent_to_no_address_that_is_none() {
    let world = World::open().await;
    let query = "{ viewer { account { invoices(first: 50) { nodes { id provenance { source } } } } } }";
    let invoices = world.ask(ANA, query).await;
    let nodes = invoices["data"]["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap();
    let own = nodes.iter().find(|invoice| invoice["provenance"]["source"] == "billing").unwrap();
    let pay = format!(
        "mutation {{ payInvoice(input: {{ id: {}, returnUrl: \"https://portal.example\" }}) {{
        redirectUrl userErrors {{ code }} }} }}",
        own["id"]
    );
    let ids: Vec<String> = world.business.state.read().invoices.iter().map(|invoice| invoice.id.clone()).collect();
    for (address, shown) in [
        ("https://pay.example/i/1", json!("https://pay.example/i/1")),
        ("javascript:alert(document.domain)", Value::Null),
        ("data:text/html,<script>alert(1)</script>", Value::Null),
    ] {
        for id in &ids {
            let mut business = world.business.state.write();
            let told = business.told.billing.entry(id.clone()).or_default();
            told.insert("hosted_invoice_url".to_owned(), json!(address));
        }
        let answer = world.ask(ANA, &pay).await;
        assert_eq!(answer["data"]["payInvoice"]["redirectUrl"], shown, "{answer}");
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code.is_null(), !shown.is_null(), "{answer}");
        assert!(!answer.to_string().contains("alert"), "{answer}");
    }
}
