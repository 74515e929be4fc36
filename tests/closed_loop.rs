//! The closed loop, from end to end over HTTP: what changes in a system reaches an open page by the system's own webhook, and
//! what a customer does is told once, though the system tells of it, too.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other suites use more of it")]
#[path = "shared/portal.rs"]
mod portal;

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use serde_json::{Value, json};

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";
const CHANGED: &str = "subscription($ids: [ID!]) { changed(ids: $ids) { kind type record { ... on Ticket { status
    messages(first: 50) { nodes { body { text } } } } ... on Invoice { invoice: status } } } }";
/// How long a change may take until a test gives it up; nothing waits so long where it works.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing comes before a test believes that nothing does.
const SILENCE: Duration = Duration::from_millis(1_500);

/// A page that listens.
struct Page {
    portal: Portal,
    token: String,
    events: BoxStream<'static, reqwest::Result<Bytes>>,
    read: String,
}

impl Page {
    /// Opens the demo and listens for one record, which `find` has at `pointer`.
    async fn open(find: &str, pointer: &str) -> (Self, Value) {
        let portal = Portal::open().await;
        let token = portal.token(ANA).await;
        let found = portal.send(&token, &json!({ "query": find })).await;
        let record = found.pointer(pointer).unwrap_or_else(|| panic!("{found}")).clone();
        let ask = json!({ "query": CHANGED, "variables": { "ids": [record["id"]] } });
        let post = portal.client.post(format!("{}/graphql", portal.gateway)).bearer_auth(&token);
        let post = post.header("accept", "text/event-stream").header("content-type", "application/json");
        let answer = post.body(ask.to_string()).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut events = answer.bytes_stream().boxed();
        // What is refused ends at once; what is followed has nothing to say yet.
        let mut following = portal.tenant.live().following();
        tokio::select! {
            early = events.next() => panic!("the page does not listen: {early:?}"),
            follows = following.wait_for(|all| *all > 0) => assert!(follows.is_ok()),
        }
        (Self { portal, token, events, read: String::new() }, record)
    }

    /// Lets the business's own people do something.
    async fn agent(&self, act: &str, key: &Value) {
        let body = json!({ "act": act, "key": key }).to_string();
        let step = self.portal.client.post(format!("{}/agent/step", self.portal.control)).body(body).send().await;
        let step = step.unwrap();
        let status = step.status();
        assert!(status.is_success(), "{act}: {}", step.text().await.unwrap());
    }

    /// The next change, if one comes in time.
    async fn next(&mut self, within: Duration) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                self.read = rest.to_owned();
                match data {
                    Some(data) => {
                        return Some(serde_json::from_str::<Value>(&data).unwrap()["data"]["changed"].clone());
                    }
                    None => continue,
                }
            }
            let more = tokio::time::timeout(within, self.events.next()).await.ok()?.unwrap().unwrap();
            self.read.push_str(std::str::from_utf8(&more).unwrap());
        }
    }
}

/// The block of the README that begins so.
fn commands(start: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let mut blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks
        .find(|(block, _)| block.starts_with(start))
        .unwrap_or_else(|| panic!("no block begins `{start}`"))
        .0
        .to_owned()
}

/// Runs commands of the README against this demo; what each of them answers, one after the other.
async fn runs(portal: &Portal, token: &str, script: &str) -> Vec<Value> {
    let script =
        script.replace("http://127.0.0.1:4000", &portal.gateway).replace("http://127.0.0.1:4100", &portal.control);
    let mut shell = std::process::Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).env("TOKEN", token);
    let output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    let answers = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    answers
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

#[tokio::test]
async fn the_commands_of_the_readme_change_something_that_arrives_and_act_once() {
    let portal = Portal::open().await;
    let token = portal.token(ANA).await;
    let script = commands("curl -s http://127.0.0.1:4100/agent/step");
    let begins: Vec<&str> = script.lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(begins.len(), 4, "{script}");
    let answers = runs(&portal, &token, &script).await;
    let [shipped, created, answered, ledger] = answers.as_slice() else { panic!("{answers:?}") };
    let payload = &created["data"]["createTicket"];
    assert_eq!(payload["userErrors"], json!([]), "{created}");
    assert_eq!((&shipped["act"], &answered["act"]), (&json!("ship"), &json!("answer")));
    let count = |ledger: &Value, operation: &str, key: &Value| {
        let same = |entry: &&Value| entry["operation"] == operation && entry["key"] == *key;
        ledger.as_array().unwrap().iter().filter(same).count()
    };
    let number = &payload["ticket"]["number"];
    assert_eq!(count(ledger, "create", number), 1, "{ledger}");
    assert_eq!(count(ledger, "reply", &answered["key"]), 1, "{ledger}");

    // What was answered is a ticket of hers, so that the answer is mailed to her; the new one is mailed to others.
    let mailed = async {
        loop {
            let letters = portal.state.mails.all();
            let about = |letter: &vestibule_sandbox::mail::Letter, to_ana: bool, start: &str| {
                letter.to.iter().any(|to| (to == ANA) == to_ana)
                    && letter.header("Subject").is_some_and(|subject| subject.starts_with(start))
            };
            if letters.iter().any(|letter| about(letter, true, "Re: "))
                && letters.iter().any(|letter| about(letter, false, "New ticket "))
            {
                return letters;
            }
            let last = letters.last().map_or(0, |letter| letter.number);
            portal.state.mails.after(last).await;
        }
    };
    let letters = tokio::time::timeout(PATIENCE, mailed).await.unwrap();
    let own = letters.iter().filter(|letter| letter.to.iter().any(|to| to == ANA));
    assert!(own.clone().all(|letter| !letter.header("Subject").unwrap().starts_with("New ticket")));

    // The same key never acts twice.
    let (second, _) = script.split_once("curl -s http://127.0.0.1:4000").unwrap().1.split_once("\ncurl ").unwrap();
    let again =
        runs(&portal, &token, &format!("curl -s http://127.0.0.1:4000{second}\ncurl -s http://127.0.0.1:4100/ledger"))
            .await;
    assert_eq!(again[0]["data"]["createTicket"]["ticket"]["number"], *number, "{again:?}");
    assert_eq!(count(&again[1], "create", number), 1);
    let all = again[1].as_array().unwrap();
    assert_eq!(all.iter().filter(|entry| entry["system"] == "zendesk" && entry["operation"] == "create").count(), 1);
}

const TICKET: &str = "{ viewer { account { tickets(first: 20) { nodes { id number status } } } } }";
const FIRST: &str = "/data/viewer/account/tickets/nodes/0";

fn texts(change: &Value) -> String {
    change["record"]["messages"]["nodes"].to_string()
}

#[tokio::test]
async fn an_answer_of_the_desk_arrives_and_a_note_among_themselves_does_not() {
    let (mut page, ticket) = Page::open(TICKET, FIRST).await;
    page.agent("answer", &ticket["number"]).await;
    let change = page.next(PATIENCE).await.unwrap();
    assert_eq!((&change["kind"], &change["type"]), (&json!("UPDATED"), &json!("TICKET")), "{change}");
    page.agent("note", &ticket["number"]).await;
    assert_eq!(page.next(SILENCE).await, None, "nobody is told that they speak about the customer");
}

#[tokio::test]
async fn what_the_customer_writes_is_told_once() {
    let (mut page, ticket) = Page::open(TICKET, FIRST).await;
    let reply = "mutation($id: ID!) { replyToTicket(input: { ticketId: $id, body: \"Written here.\" }) { userErrors { code } } }";
    let answer = page.portal.send(&page.token, &json!({ "query": reply, "variables": { "id": ticket["id"] } })).await;
    assert_eq!(answer["data"]["replyToTicket"]["userErrors"], json!([]), "{answer}");
    let mut told = vec![page.next(PATIENCE).await.unwrap()];
    while let Some(change) = page.next(SILENCE).await {
        told.push(change);
    }
    // The message by our own write, and the ticket with it by the desk's webhook; neither of them again.
    let mut kinds: Vec<_> = told.iter().map(|change| format!("{} {}", change["kind"], change["type"])).collect();
    kinds.sort();
    assert_eq!(kinds, [r#""CREATED" "TICKET_MESSAGE""#, r#""UPDATED" "TICKET""#], "{told:?}");
    let ticket = told.iter().find(|change| change["type"] == "TICKET").unwrap();
    assert!(texts(ticket).contains("Written here."), "{ticket}");
}

#[tokio::test]
async fn a_payment_on_the_providers_page_closes_the_invoice() {
    let find = "{ viewer { account { invoices(first: 50) { nodes { id number status provenance { source } } } } } }";
    let portal = Portal::open().await;
    let token = portal.token(ANA).await;
    let found = portal.send(&token, &json!({ "query": find })).await;
    drop(portal);
    let nodes = found["data"]["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap();
    let is_open = |node: &Value| node["provenance"]["source"] == "billing" && node["status"] == "OPEN";
    let at = nodes.iter().position(is_open).unwrap_or_else(|| panic!("no invoice is open: {found}"));
    let (mut page, invoice) = Page::open(find, &format!("/data/viewer/account/invoices/nodes/{at}")).await;
    let number = invoice["number"].as_str();
    let id = page.portal.state.read().invoices.iter().find(|own| own.number.as_deref() == number).unwrap().id.clone();
    let paid = page.portal.client.post(format!("{}/invoices/{id}/pay", page.portal.control)).send().await.unwrap();
    assert!(paid.status().is_success(), "{}", paid.text().await.unwrap());
    let change = page.next(PATIENCE).await.unwrap();
    assert_eq!((&change["type"], &change["record"]["invoice"]), (&json!("INVOICE"), &json!("PAID")), "{change}");
}
