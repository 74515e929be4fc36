//! Where a scenario is played: the demo's gateway with its business, whose systems send it their webhooks over HTTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use vestibule::server;
use vestibule_sandbox::SYSTEMS;
use vestibule_sandbox::data::Business;
use vestibule_sandbox::hooks::Target;

use crate::scenario::{File, Kind, Scenario};
use crate::world::World;

/// What the demo's systems sign their webhooks for.
const PUBLIC: &str = "http://127.0.0.1:4000";
/// A system of the business, and the source that it is to the gateway.
const SOURCES: [(&str, &str); 4] = [("hubspot", "crm"), ("sap", "erp"), ("stripe", "billing"), ("zendesk", "support")];

/// In seconds.
const WEEK: i64 = 7 * 86_400;

pub struct Stage {
    pub world: World,
    pub address: SocketAddr,
    pub records: BTreeMap<String, Record>,
}

/// A record that steps name.
pub struct Record {
    pub kind: Kind,
    /// Its key in its system.
    pub key: String,
    /// What its list says of it.
    pub listed: Value,
}

impl Stage {
    pub async fn open(edit: impl FnOnce(&str) -> String) -> Self {
        let world = World::demo(edit).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(server::serve(listener, world.routes.clone(), std::future::pending(), Duration::ZERO));
        for (system, source) in SOURCES {
            assert!(SYSTEMS.contains(&system));
            let path = format!("/webhooks/demo/{source}");
            let signed_url = Some(format!("{PUBLIC}{path}"));
            let target = Target { signed_url, ..Target::new(format!("http://{address}{path}")) };
            world.business.state.hooks.target(system, target).unwrap();
        }
        Self { world, address, records: BTreeMap::new() }
    }

    /// As a scenario wants it, with the records of its file.
    pub async fn of(file: &File, scenario: &Scenario) -> Result<Self, String> {
        let mut stage = Self::open(|text| configured(text, scenario)).await;
        if !scenario.asked.is_empty() {
            // What the business was founded with was long ago.
            let mut business = stage.world.business.state.write();
            business.tickets.iter_mut().for_each(|ticket| ticket.modified -= WEEK);
            business.deals.iter_mut().for_each(|deal| deal.modified -= WEEK);
            drop(business);
            stage.world.tenant.watch();
        }
        for (name, named) in &file.records {
            let person = file.people.get(&named.of).ok_or_else(|| format!("`{}` of `{name}` is nobody", named.of))?;
            let all = stage.listed(person, named.is).await;
            let record = named.nth.checked_sub(1).and_then(|at| all.into_iter().nth(at));
            let record = record.ok_or_else(|| format!("{person} has no such record as `{name}`"))?;
            stage.records.insert(name.clone(), record);
        }
        Ok(stage)
    }

    /// The records of a kind that a person's account lists.
    pub async fn listed(&self, person: &str, kind: Kind) -> Vec<Record> {
        let (list, fields) = match kind {
            Kind::Ticket => ("tickets", "number status category slas { kind }"),
            Kind::Deal => ("deals", "name"),
            Kind::Subscription => ("subscriptions", "status items { key quantity }"),
            Kind::Invoice => ("invoices", "number status provenance { source }"),
        };
        let query = format!("{{ viewer {{ account {{ {list}(first: 50) {{ nodes {{ id {fields} }} }} }} }} }}");
        let mut answer = self.world.ask(person, &query).await;
        let nodes = answer["data"]["viewer"]["account"][list]["nodes"].take();
        let Value::Array(nodes) = nodes else { panic!("{answer}") };
        let business = self.world.business.state.read();
        let found = nodes.into_iter().filter(|node| is_open(kind, node));
        found.filter_map(|listed| Some(Record { kind, key: key(&business, kind, &listed)?, listed })).collect()
    }

    /// Lets time go by: for the gateway, and for the business.
    pub async fn later(&self, by: SignedDuration) {
        self.world.clock.advance(by.unsigned_abs());
        self.world.business.state.advance(u32::try_from(by.as_secs()).unwrap()).await;
    }

    /// The last requests that came to the systems, for who has to find out why.
    pub fn calls(&self) -> Vec<String> {
        let log = self.world.business.state.calls.log();
        let last = log.iter().skip(log.len().saturating_sub(8));
        last.map(|call| format!("{} {} {} {:?}", call.system, call.method, call.path, call.status)).collect()
    }

    /// A value with ids, and what lists say, in the place of `$name` and `$name/place`.
    pub fn filled(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) => {
                    let (name, place) = name.split_once('/').unwrap_or((name, "id"));
                    let found = self.record(name)?.listed.pointer(&format!("/{place}"));
                    found.cloned().ok_or_else(|| format!("`{name}` has no {place}"))?
                }
                None => value.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect::<Result<_, _>>()?,
            Value::Object(members) => Value::Object(self.all_filled(members)?),
            other => other.clone(),
        })
    }

    /// The same of each value.
    pub fn all_filled(&self, members: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        members.iter().map(|(name, value)| Ok((name.clone(), self.filled(value)?))).collect()
    }

    pub fn record(&self, name: &str) -> Result<&Record, String> {
        self.records.get(name).ok_or_else(|| format!("`{name}` is no record of this file"))
    }
}

/// Whether it is one of those that steps are about.
fn is_open(kind: Kind, node: &Value) -> bool {
    match kind {
        Kind::Ticket => node["status"] != "SOLVED" && node["status"] != "CLOSED",
        Kind::Deal => true,
        Kind::Subscription => node["status"] == "ACTIVE",
        Kind::Invoice => node["status"] == "OPEN" && node["provenance"]["source"] == "billing",
    }
}

/// The key that a record has in its system; none where the business has several that look the same.
fn key(business: &Business, kind: Kind, listed: &Value) -> Option<String> {
    let text = |place: &str| listed.pointer(place).and_then(Value::as_str).map(str::to_owned);
    match kind {
        Kind::Ticket => text("/number"),
        Kind::Subscription => Some(text("/items/0/key")?.replacen("si_", "sub_", 1)),
        Kind::Deal => {
            let name = text("/name")?;
            let mut same = business.deals.iter().filter(|deal| deal.name == name);
            same.next().filter(|_| same.next().is_none()).map(|deal| deal.id.to_string())
        }
        Kind::Invoice => {
            let number = text("/number");
            business.invoices.iter().find(|own| own.number == number).map(|own| own.id.clone())
        }
    }
}

/// The demo's configuration, whose systems are asked for nothing but what a scenario says.
fn configured(text: &str, scenario: &Scenario) -> String {
    const UNASKED: &str = "    reconcile: { every: 0 }\n";
    let mut text = text.replace("    reconcile: { every: 1m }\n", UNASKED).replace("    poll: { every: 5s }\n", "");
    let mut add = |source: &str, settings: &BTreeMap<String, Value>| {
        let head = format!("  {source}:\n");
        let (before, after) = text.split_once(&head).unwrap_or_else(|| panic!("the demo has no source {source}"));
        let lines = settings.iter().map(|(name, value)| format!("    {name}: {value}\n")).collect::<String>();
        let after = if settings.contains_key("reconcile") { after.replacen(UNASKED, "", 1) } else { after.to_owned() };
        text = format!("{before}{head}{lines}{after}");
    };
    scenario.asked.iter().for_each(|(source, how)| add(source, how));
    scenario.kept.iter().for_each(|(source, kept)| add(source, &BTreeMap::from([("cache".to_owned(), json!(kept))])));
    text
}
