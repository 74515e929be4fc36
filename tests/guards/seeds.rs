//! Writes what the demo business answers to `answers/`, which other tests here begin with, too; and to `fuzz/seeds` what
//! the fuzzer begins with: those answers, the shipped manifests, the fixtures of every kind.
//!
//! Not a test: `cargo test --test guards -- --ignored seeds`, before a run of the fuzzer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use vestibule::connector::{Method, key_of};
use vestibule::error::Error;
use vestibule::upstream::{Call, Reply, Transport};
use vestibule_sandbox::{CREDENTIALS, Credential};

use crate::targets::upstream::Asked;

/// What is read of the demo business, in order; `{Order}` is a key of an order that was read before.
const READS: &[&str] = &[
    "crm Contact find email ana.lund@kestrel-marine.example",
    "crm Contact get {Contact}",
    "crm Account get 9001001",
    "crm Contact list account 9001001",
    "crm Deal list account 9001001",
    "crm Deal get {Deal}",
    "erp Order list account {erp_debtor}",
    "erp Order get {Order}",
    "erp Account get {erp_debtor}",
    "erp Product list all",
    "erp Product get {Product}",
    "billing Account get {stripe_customer}",
    "billing Invoice list account {stripe_customer}",
    "billing Invoice get {Invoice}",
    "billing Payment list account {stripe_customer}",
    "billing Payment list invoice {Invoice}",
    "billing Payment get {Payment}",
    "billing BillingSubscription list account {stripe_customer}",
    "billing BillingSubscription get {BillingSubscription}",
    "billing Invoice list order {Order}",
    "support Account find number 9001001",
    "support Account get {Account}",
    "support Ticket list account {Account}",
    "support Ticket get {Ticket}",
    "support TicketMessage list ticket {Ticket}",
    "support TicketMessage get {TicketMessage}",
    "support Article list all",
    "support Article get {Article}",
    "support Contact find email ana.lund@kestrel-marine.example",
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the seeds"]
async fn seeds() {
    answers().await;
    files("upstream", &["tests/guards/answers"], "txt");
    manifests();
    files("config", &["config", "config/demo", "tests/fixtures/config"], "yaml");
    files("graph", &["tests/fixtures/schema"], "graphql");
    files("query", &["docs", "tests/scope"], "graphql");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn keep(target: &str, name: &str, text: &[u8]) {
    write(&root().join("fuzz/seeds").join(target), name, text);
}

fn write(folder: &Path, name: &str, text: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

fn files(target: &str, folders: &[&str], ending: &str) {
    for folder in folders {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|found| found == ending) {
                keep(target, path.file_name().unwrap().to_str().unwrap(), &fs::read(&path).unwrap());
            }
        }
    }
}

/// Every shipped entity with its connector, every fixture, and the demo's overlays; and every expression in them.
fn manifests() {
    let mut expressions = Vec::new();
    for folder in ["connectors", "tests/fixtures/manifests", "tests/fixtures/connectors"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let connector = fs::read_to_string(folder.join("connector.yaml")).unwrap_or_default();
            let head = format!("%% connector.yaml\n{connector}");
            keep("manifest", &name, head.as_bytes());
            for (entity, text) in entities(&folder) {
                expressions.extend(computed(&text));
                keep(
                    "manifest",
                    &format!("{name}-{entity}"),
                    format!("{head}%% entities/{entity}.yaml\n{text}").as_bytes(),
                );
            }
        }
    }
    expressions.sort();
    expressions.dedup();
    for (at, expression) in expressions.iter().enumerate() {
        keep("cel", &format!("shipped-{at}"), expression.as_bytes());
    }
}

fn entities(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder.join("entities")) else { return Vec::new() };
    let read =
        |path: PathBuf| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap());
    entries.map(|entry| read(entry.unwrap().path())).collect()
}

/// The expressions of a manifest that stand in quotes.
fn computed(text: &str) -> Vec<String> {
    text.split("\"= ").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

async fn answers() {
    let business = vestibule_sandbox::start(Default::default()).await.unwrap();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for read in READS {
        let mut line = format!("200 {read}");
        for (name, value) in &known {
            line = line.replace(&format!("{{{name}}}"), value);
        }
        let system = match line.split(' ').nth(1) {
            Some("crm") => "hubspot",
            Some("erp") => "sap",
            Some("billing") => "stripe",
            _ => "zendesk",
        };
        let asked = Asked::read(&line).unwrap_or_else(|| panic!("{line}"));
        let address = business.systems[system].to_string();
        let wire =
            Arc::new(Wire { address, system, heard: Mutex::default(), handle: tokio::runtime::Handle::current() });
        let found = tokio::task::block_in_place(|| asked.rows(Arc::clone(&wire) as _));
        let rows = found.into_iter().next().unwrap().unwrap_or_else(|error| panic!("{line}: {error}"));
        let heard = wire.heard.lock().unwrap();
        let name = read.replace([' ', '@', '.'], "-").replace(['{', '}'], "") + ".txt";
        write(&root().join("tests/guards/answers"), &name, format!("{line}\n{}", heard.join("\n%%\n")).as_bytes());
        if let Some(row) = rows.first() {
            let key = key_of(asked.mapping(), &row.view()).unwrap();
            known.insert(read.split(' ').nth(1).unwrap().to_owned(), key.parts().collect::<Vec<_>>().join("/"));
            for name in ["erp_debtor", "stripe_customer"] {
                if let Some(text) = row.row.get(name).as_text() {
                    let first = text.split(';').next().unwrap().trim_start_matches('0').to_owned();
                    known.insert(name.to_owned(), first);
                }
            }
        }
    }
}

/// Asks the demo business, and keeps what it answers.
struct Wire {
    address: String,
    system: &'static str,
    heard: Mutex<Vec<String>>,
    handle: tokio::runtime::Handle,
}

impl Transport for Wire {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let path = call.url.path_and_query().unwrap();
        let method = if call.method == Method::Post { reqwest::Method::POST } else { reqwest::Method::GET };
        #[expect(clippy::disallowed_methods, reason = "this is a client of the demo business")]
        let mut sent = reqwest::Client::new().request(method, format!("http://{}{path}", self.address));
        let (_, credential) = CREDENTIALS.iter().find(|(system, _)| *system == self.system).unwrap();
        sent = match credential {
            Credential::Bearer(token) => sent.bearer_auth(token),
            Credential::Basic(user, password) => sent.basic_auth(user, Some(password)),
        };
        sent = sent.headers(call.headers);
        let answer = self.handle.block_on(async {
            let answer = sent.body(call.body.beginning().to_vec()).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.bytes().await.unwrap())
        });
        self.heard.lock().unwrap().push(String::from_utf8(answer.1.to_vec()).unwrap());
        Box::pin(std::future::ready(Ok(Reply { status: answer.0, headers: Default::default(), body: answer.1 })))
    }
}
