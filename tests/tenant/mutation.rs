//! A mutation that the product does not know, from two files: what clients may ask for, and what its system is sent.

use std::path::Path;

use serde_json::{Value, json};

use super::portal::{ANA, Folder, Portal};

const MEI: &str = "mei.tanaka@kestrel-marine.example";
const TICKETS: &str = "{ viewer { account { tickets(first: 1) { nodes { id version priority } } } } }";
const PRIORITIZE: &str = "mutation($input: PrioritizeTicketInput!) { prioritizeTicket(input: $input) {
    ticket { priority version account { name } } userErrors { code path } } }";

struct Desk {
    portal: Portal,
    ticket: Value,
}

impl Desk {
    async fn open() -> Self {
        let portal = Portal::open(Folder::acme()).await;
        let found = portal.ask(ANA, TICKETS, json!({})).await;
        let ticket = found["data"]["viewer"]["account"]["tickets"]["nodes"][0].clone();
        assert!(ticket["id"].is_string(), "{found}");
        Self { portal, ticket }
    }

    async fn send(&self, who: &str, priority: &str, more: Value) -> Value {
        let mut input = json!({ "id": self.ticket["id"], "priority": priority });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.portal.ask(who, PRIORITIZE, json!({ "input": input })).await
    }

    fn effects(&self) -> usize {
        self.portal.business.state.ledger.entries().len()
    }

    /// A priority that the ticket does not have.
    fn other(&self) -> &'static str {
        if self.ticket["priority"] == "URGENT" { "LOW" } else { "URGENT" }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_written_to_its_system_once_and_read_back() {
    let desk = Desk::open().await;
    let more = json!({ "version": desk.ticket["version"], "idempotencyKey": "prioritize-once-1" });
    let answer = desk.send(ANA, desk.other(), more.clone()).await;
    let done = &answer["data"]["prioritizeTicket"];
    assert_eq!(done["userErrors"], json!([]), "{answer}");
    assert_eq!(done["ticket"]["priority"], desk.other());
    assert!(done["ticket"]["account"]["name"].is_string(), "the record, as deep as any other");
    assert_eq!(desk.send(ANA, desk.other(), more).await["data"], answer["data"], "a repeat has the same answer");
    assert_eq!(desk.effects(), 1);
    let found = desk.portal.ask(ANA, TICKETS, json!({})).await;
    assert_eq!(found["data"]["viewer"]["account"]["tickets"]["nodes"][0]["priority"], desk.other(), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_holds_for_shipped_writes_holds_for_it() {
    let desk = Desk::open().await;
    let denied = desk.send(MEI, desk.other(), json!({})).await;
    assert_eq!(denied["errors"][0]["extensions"]["code"], "FORBIDDEN", "{denied}");
    let stale = desk.send(ANA, desk.other(), json!({ "version": "2020-01-01T00:00:00Z" })).await;
    assert_eq!(stale["data"]["prioritizeTicket"]["userErrors"][0]["code"], "CONFLICT", "{stale}");
    let unknown = desk.send(ANA, "YESTERDAY", json!({})).await;
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{unknown}");
    assert_eq!(desk.effects(), 0);
}

#[test]
fn the_page_about_writing_shows_these_very_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/writes.md")).unwrap();
    for file in ["graph/mutation.graphql", "connectors/support/entities/Ticket.yaml"] {
        let text = std::fs::read_to_string(root.join("tests/tenant/acme").join(file)).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(page.contains(lines.join("\n").trim()), "docs/writes.md does not show {file}");
    }
}
