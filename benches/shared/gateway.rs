//! The gateway: this project's own program, over the example's configuration, with all of its rules.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::issuer::Issuer;
use super::load::{Link, Request};
use super::process::{self, Process};
use super::simulator::Simulator;

/// What is kept of what was read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: the example as it stands.
    Nothing,
    /// Products, which are reference data.
    Products,
    /// Everything, for an hour.
    Everything,
}

/// Systems, and somebody who says who people are.
pub struct World {
    pub simulator: Simulator,
    pub issuer: Issuer,
    folder: TempDir,
}

/// A running gateway.
pub struct Gateway {
    pub process: Process,
    pub address: String,
}

/// A person, as the gateway knows them.
#[derive(Clone)]
pub struct Person {
    pub account: u32,
    pub bearer: String,
    /// The account's id in the graph.
    pub id: String,
}

/// The program that is measured: the one that `VESTIBULE` names, and else the one that was built with the bench.
#[expect(clippy::disallowed_methods, reason = "no configuration of the gateway's")]
pub fn program() -> String {
    std::env::var("VESTIBULE").unwrap_or_else(|_| env!("CARGO_BIN_EXE_vestibule").to_owned())
}

pub fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/portal-over-four-apis")
}

/// Replaces what has to be there.
pub fn replaced(text: &str, this: &str, by: &str) -> String {
    assert!(text.contains(this), "the example's configuration has no `{this}` any more");
    text.replace(this, by)
}

impl World {
    /// Systems that answer after so many milliseconds.
    pub fn start(wait: u64) -> Self {
        Self { simulator: Simulator::start(wait), issuer: Issuer::start(), folder: TempDir::new().unwrap() }
    }

    /// The example's configuration, to be run from anywhere.
    pub fn config(&self, kept: Kept) -> String {
        let text = std::fs::read_to_string(example().join("vestibule.yaml")).unwrap();
        let text = replaced(&text, "http://127.0.0.1:9105/", &self.issuer.name);
        let text = replaced(&text, "127.0.0.1:9200", "127.0.0.1:0");
        let text = replaced(&text, "graph: graph", &format!("graph: {}", example().join("graph").display()));
        let text = replaced(&text, "connectors: links", &format!("connectors: {}", example().join("links").display()));
        let (products, all) = ("Product: { fresh: 0s, ifError: 0s, negative: 0s }", "default: { fresh: 0s,");
        match kept {
            Kept::Nothing => text,
            Kept::Products => replaced(&text, products, "Product: { fresh: 1h }"),
            Kept::Everything => {
                replaced(&replaced(&text, products, "Product: { fresh: 1h }"), all, "default: { fresh: 1h,")
            }
        }
    }

    /// Starts a gateway with this configuration; the answer says when it serves.
    pub fn gateway(&self, config: &str) -> Gateway {
        self.gateway_on(process::measured, config)
    }

    /// The same, on these processors.
    pub fn gateway_on(&self, placed: fn(&str) -> Command, config: &str) -> Gateway {
        let path = self.folder.path().join("vestibule.yaml");
        std::fs::write(&path, config).unwrap();
        let mut command = placed(&program());
        command.args(["serve", "--config", path.to_str().unwrap(), "--connectors"]).arg(example().join("own"));
        command.env("SEALING_KEY", "what this bench seals its ids with");
        for (system, address) in ["CRM", "ERP", "BILLING", "SUPPORT"].iter().zip(&self.simulator.addresses) {
            command
                .env(format!("{system}_ADDRESS"), format!("http://{address}"))
                .env(format!("{system}_TOKEN"), "secret");
        }
        Gateway::started(&mut command)
    }
}

impl Gateway {
    /// Starts it, and waits until it says where it listens.
    pub fn started(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut lines = String::new();
        let address = loop {
            let begin = lines.len();
            assert!(told.read_line(&mut lines).unwrap() > 0, "the gateway did not start: {lines}");
            let line: Value = serde_json::from_str(&lines[begin..]).unwrap_or_default();
            if let Some(address) = line["fields"]["address"].as_str() {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::stderr()));
        Self { process: Process::of(child), address }
    }
}

/// How the example's systems know an account.
pub fn links(account: u32) -> Value {
    let key = account.to_string();
    json!({ "erp": [&key], "billing": [format!("cus_{account}")], "support": [&key] })
}

impl Gateway {
    /// People of so many accounts, signed in; the systems know an account by these links.
    pub async fn people(&self, issuer: &Issuer, count: u32, links: fn(u32) -> Value) -> Vec<Person> {
        let first = super::data::FIRST;
        let mut people = Vec::new();
        let mut link = Link::open(&self.address).await;
        for account in first..first + count {
            let bearer = issuer.bearer(account, &links(account));
            let told = link.ask(&post(&bearer, "{ viewer { account { id } } }", &json!({}))).await;
            let told: Value = serde_json::from_slice(&told).unwrap();
            let id = told["data"]["viewer"]["account"]["id"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
            people.push(Person { account, bearer, id });
        }
        people
    }
}

/// The page, asked for by these people, with its right answers.
pub fn pages(people: &[Person]) -> Vec<Request> {
    let query = std::fs::read_to_string(example().join("dashboard.graphql")).unwrap();
    let page = |person: &Person| Request {
        bytes: post(&person.bearer, &query, &json!({ "id": person.id })),
        answer: super::data::page(person.account).into(),
    };
    people.iter().map(page).collect()
}

/// A request, head and all.
pub fn post(bearer: &str, query: &str, variables: &Value) -> Vec<u8> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let head =
        "POST /graphql HTTP/1.1\r\nhost: portal.example\r\ncontent-type: application/json\r\naccept: application/json";
    format!("{head}\r\nauthorization: {bearer}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
