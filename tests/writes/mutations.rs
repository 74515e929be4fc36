//! Every mutation of the four connected systems, as customers ask for it, against the demo business: what the answer says, and
//! what the system did.

use serde_json::{Value, json};

use crate::portal::Portal;

/// Somebody of a company that all four systems know, with every right.
const ANA: &str = "ana.lund@kestrel-marine.example";

struct Page {
    portal: Portal,
    token: String,
}

impl Page {
    async fn open() -> Self {
        let portal = Portal::open().await;
        let token = portal.stepped_up(ANA).await;
        Self { portal, token }
    }

    /// What a document answers, without errors.
    async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.portal.send(&self.token, &json!({ "query": query, "variables": variables })).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// What a mutation answers, without faults.
    async fn write(&self, (mutation, input): (&str, &str), values: Value, payload: &str) -> Value {
        let query = format!(
            "mutation($input: {input}!) {{ {mutation}(input: $input) {{ {payload} userErrors {{ code path message }} }} }}"
        );
        let answer = self.ask(&query, json!({ "input": values })).await;
        assert_eq!(answer[mutation]["userErrors"], json!([]), "{answer:#}");
        answer[mutation].clone()
    }

    /// How many effects the systems have booked.
    fn effects(&self) -> usize {
        self.portal.state.ledger.entries().len()
    }
}

#[tokio::test]
async fn what_the_crm_owns_is_changed_there() {
    let page = Page::open().await;
    let me = page
        .ask("{ viewer { contact { id version firstName phone } account { id version phone website } } }", json!({}))
        .await;
    let (contact, account) = (&me["viewer"]["contact"], &me["viewer"]["account"]);
    let changed = page
        .write(
            ("updateContact", "UpdateContactInput"),
            json!({ "id": contact["id"], "version": contact["version"], "phone": "+49 40 1234", "jobTitle": "Head of Purchasing" }),
            "contact { phone jobTitle firstName version }",
        )
        .await;
    assert_eq!(changed["contact"]["phone"], "+49 40 1234");
    assert_eq!(changed["contact"]["jobTitle"], "Head of Purchasing");
    assert_eq!(changed["contact"]["firstName"], contact["firstName"], "what was not said stays");
    let stale = page
        .ask(
            "mutation($input: UpdateContactInput!) { updateContact(input: $input) { contact { phone } userErrors { code } } }",
            json!({ "input": { "id": contact["id"], "version": contact["version"], "phone": "+49 40 5" } }),
        )
        .await;
    assert_eq!(stale["updateContact"]["userErrors"], json!([{ "code": "CONFLICT" }]));
    assert_eq!(stale["updateContact"]["contact"]["phone"], "+49 40 1234", "the record as it is now");

    let address = json!({ "lines": ["Kai 3", "Haus B"], "city": "Hamburg", "postalCode": "20457", "country": "DE" });
    let changed = page
        .write(
            ("updateAccount", "UpdateAccountInput"),
            json!({ "version": account["version"], "website": "https://kestrel.example", "billingAddress": address }),
            "account { website billingAddress { lines city postalCode country region } }",
        )
        .await;
    assert_eq!(changed["account"]["website"], "https://kestrel.example/");
    assert_eq!(changed["account"]["billingAddress"]["lines"], json!(["Kai 3", "Haus B"]));

    let invited = page
        .write(
            ("inviteContact", "InviteContactInput"),
            json!({ "email": "new.person@kestrel-marine.example", "firstName": "New", "lastName": "Person" }),
            "contact { email name }",
        )
        .await;
    assert_eq!(invited["contact"], json!({ "email": "new.person@kestrel-marine.example", "name": "New Person" }));

    let deal = page
        .write(
            ("registerDeal", "RegisterDealInput"),
            json!({ "name": "Pumps for Oslo", "customerName": "Oslo Havn", "amount": { "amount": "12500.50", "currency": "EUR" },
                    "expectedOn": "2026-09-30", "comment": "Asked twice" }),
            "deal { id version name amount { amount currency } expectedOn }",
        )
        .await["deal"]
        .clone();
    assert_eq!(deal["amount"], json!({ "amount": "12500.50", "currency": "EUR" }));
    assert_eq!(deal["expectedOn"], "2026-09-30");
    let changed = page
        .write(
            ("updateDeal", "UpdateDealInput"),
            json!({ "id": deal["id"], "version": deal["version"], "expectedOn": "2026-10-31" }),
            "deal { name expectedOn }",
        )
        .await;
    assert_eq!(changed["deal"], json!({ "name": "Pumps for Oslo", "expectedOn": "2026-10-31" }));
    assert_eq!(page.effects(), 5);
}

#[tokio::test]
async fn orders_are_placed_and_cancelled_in_the_erp() {
    let page = Page::open().await;
    let orders = page
        .ask(
            "{ viewer { account { orders(first: 1) { nodes { lines { product { id sku } quantity } } } } } }",
            json!({}),
        )
        .await;
    let line = &orders["viewer"]["account"]["orders"]["nodes"][0]["lines"][0];
    let placed = page
        .write(
            ("placeOrder", "PlaceOrderInput"),
            json!({ "lines": [{ "productId": line["product"]["id"], "quantity": "2" }], "customerReference": "PO-88",
                    "requestedOn": "2026-12-01", "comment": "Bitte am Tor 3", "idempotencyKey": "placed-once-1" }),
            "order { id version number customerReference requestedOn status lines { position quantity product { sku } } }",
        )
        .await["order"]
        .clone();
    assert_eq!(placed["customerReference"], "PO-88");
    assert_eq!(placed["requestedOn"], "2026-12-01");
    assert_eq!(placed["lines"][0]["product"]["sku"], line["product"]["sku"]);
    let cancelled = page
        .write(
            ("cancelOrder", "CancelOrderInput"),
            json!({ "id": placed["id"], "version": placed["version"] }),
            "order { number status }",
        )
        .await;
    assert_eq!(cancelled["order"], json!({ "number": placed["number"], "status": "CANCELLED" }));
}

#[tokio::test]
async fn what_billing_owns_is_changed_there() {
    let page = Page::open().await;
    let found = page
        .ask(
            "{ viewer { account { subscriptions { nodes { id items { key quantity } } }
               invoices(first: 50) { nodes { id provenance { source } } } } } }",
            json!({}),
        )
        .await;
    let account = &found["viewer"]["account"];
    let subscription = &account["subscriptions"]["nodes"][0];
    let items = json!([{ "key": subscription["items"][0]["key"], "quantity": "7" }]);
    let changed = page
        .write(
            ("changeSubscription", "ChangeSubscriptionInput"),
            json!({ "id": subscription["id"], "items": items, "idempotencyKey": "seven-seats" }),
            "subscription { items { key quantity } endsOn }",
        )
        .await;
    assert_eq!(changed["subscription"]["items"][0]["quantity"], "7");
    let cancelled = page
        .write(
            ("cancelSubscription", "CancelSubscriptionInput"),
            json!({ "id": subscription["id"] }),
            "subscription { endsOn renewsOn }",
        )
        .await;
    assert_eq!(cancelled["subscription"]["renewsOn"], Value::Null);
    page.write(
        ("resumeSubscription", "ResumeSubscriptionInput"),
        json!({ "id": subscription["id"] }),
        "subscription { renewsOn }",
    )
    .await;
    let opened = page
        .write(
            ("openBillingPortal", "OpenBillingPortalInput"),
            json!({ "returnUrl": "https://portal.example/billing" }),
            "redirectUrl",
        )
        .await;
    assert!(opened["redirectUrl"].as_str().unwrap().starts_with("http"));
    let invoices = account["invoices"]["nodes"].as_array().unwrap();
    let own = invoices.iter().find(|invoice| invoice["provenance"]["source"] == "billing").unwrap();
    let paid = page
        .write(
            ("payInvoice", "PayInvoiceInput"),
            json!({ "id": own["id"], "returnUrl": "https://portal.example" }),
            "redirectUrl",
        )
        .await;
    assert!(paid["redirectUrl"].as_str().unwrap().starts_with("http"));
    let ended = page
        .write(
            ("cancelSubscription", "CancelSubscriptionInput"),
            json!({ "id": subscription["id"], "atPeriodEnd": false }),
            "subscription { status renewsOn }",
        )
        .await;
    assert_eq!(ended["subscription"], json!({ "status": "CANCELLED", "renewsOn": null }), "at once");
}

#[tokio::test]
async fn tickets_are_opened_answered_and_closed_at_the_desk() {
    let page = Page::open().await;
    let ticket = page
        .write(
            ("createTicket", "CreateTicketInput"),
            json!({ "subject": "Pump leaks", "body": "Since Monday.", "priority": "HIGH", "idempotencyKey": "leaks-monday" }),
            "ticket { id version subject status priority }",
        )
        .await["ticket"]
        .clone();
    assert_eq!((&ticket["subject"], &ticket["priority"]), (&json!("Pump leaks"), &json!("HIGH")));
    let reply = page
        .write(
            ("replyToTicket", "ReplyToTicketInput"),
            json!({ "ticketId": ticket["id"], "body": "Now it is worse.", "idempotencyKey": "worse-now" }),
            "message { body { text } author { side } } ticket { id status version }",
        )
        .await;
    assert_eq!(reply["message"]["body"]["text"], "Now it is worse.");
    assert_eq!(reply["message"]["author"]["side"], "CUSTOMER");
    assert_eq!(reply["ticket"]["status"], "OPEN");
    let closed = page
        .write(
            ("closeTicket", "CloseTicketInput"),
            json!({ "id": ticket["id"], "version": reply["ticket"]["version"], "comment": "Thank you." }),
            "ticket { status }",
        )
        .await;
    assert_eq!(closed["ticket"]["status"], "SOLVED");
}
