//! The business of `acme/`, copied into a folder of its own, opened, and asked as its people do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use vestibule::clock::{Clock, SystemClock};
use vestibule::config::{Given, Origin};
use vestibule::demo::{DemoIssuer, DemoPerson};
use vestibule::execute::GraphRequest;
use vestibule::identity::{Issuer, Keys};
use vestibule::tenant::{Assembly, Opening, Overlays, Setup, Shelf, SignIn, Tenant, assemble};
use vestibule_sandbox::Running;

use super::desk::{self, Desk};

pub const ANA: &str = "ana.lund@kestrel-marine.example";
pub const JONAS: &str = "jonas.weber@soehne-nord.example";
const KESTREL: &str = "9001001";
const PATIENCE: Duration = Duration::from_secs(60);

/// What the business wrote, in a folder that a test may change before it is opened.
pub struct Folder(TempDir);

impl Folder {
    pub fn acme() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tenant/acme"), folder.path());
        Self(folder)
    }

    /// Changes one of its files.
    pub fn change(&self, file: &str, change: impl Fn(String) -> String) {
        let path = self.0.path().join(file);
        let text = change(std::fs::read_to_string(&path).unwrap_or_default());
        std::fs::write(path, text).unwrap();
    }

    /// As `vestibule serve --config vestibule.yaml --connectors own` reads it.
    fn setup(&self, variables: BTreeMap<String, String>) -> Setup {
        let file = self.0.path().join("vestibule.yaml");
        Setup {
            origin: Origin {
                name: Arc::from("vestibule.yaml"),
                folder: self.0.path().to_path_buf(),
                text: std::fs::read_to_string(file).unwrap(),
            },
            environment: Arc::new(Given(variables)),
            shelf: Shelf::new(Some(self.0.path().join("own"))),
            overlays: Overlays::Configured,
        }
    }

    /// What comes of it without any system: the assembly, or all that is wrong with it.
    pub fn assembled(&self) -> Result<Assembly, String> {
        assembled(&self.setup(variables(None, "http://127.0.0.1:9")))
    }
}

fn variables(business: Option<&Running>, yard: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = vestibule_sandbox::variables(business).into_iter().collect();
    for (name, value) in [
        ("SEALING_KEY", "what this test seals its ids with, and nothing else"),
        ("YARD_ADDRESS", yard),
        ("YARD_TOKEN", desk::TOKEN),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    all
}

fn assembled(setup: &Setup) -> Result<Assembly, String> {
    let (assembly, report) = assemble(setup);
    let told: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
    // Where it can be served, there is nothing to say of it either.
    assembly.filter(|_| told.is_empty()).ok_or_else(|| told.join("\n"))
}

/// The portal of the business, with everything behind it.
pub struct Portal {
    pub business: Running,
    pub desk: Arc<Desk>,
    /// Orders of the first account, in the ERP's numbers.
    pub orders: Vec<String>,
    tenant: Tenant,
    issuer: DemoIssuer,
    _folder: Folder,
}

impl Portal {
    pub async fn open(folder: Folder) -> Self {
        let options = vestibule_sandbox::Options { control_port: 0, ..Default::default() };
        let business = vestibule_sandbox::start(options).await.unwrap();
        let orders = orders_of(&business, KESTREL);
        let other = orders_of_another(&business, &orders);
        let (address, desk) = desk::start(machines(&orders, &other)).await;
        let setup = folder.setup(variables(Some(&business), &format!("http://{address}")));
        let assembly = assembled(&setup).unwrap_or_else(|told| panic!("{told}"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let issuer = DemoIssuer::new("https://demo.vestibule.invalid/", "vestibule-demo", Arc::clone(&clock)).unwrap();
        let issuers = vec![Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) }];
        let tenant = Tenant::open(assembly, Opening { environment: setup.environment, clock, issuers }).unwrap();
        Self { business, desk, orders, tenant, issuer, _folder: folder }
    }

    /// The answer to a query of somebody who has signed in.
    pub async fn ask(&self, who: &str, query: &str, variables: Value) -> Value {
        let person = DemoPerson { email: who.to_owned(), name: who.to_owned(), locale: None };
        let bearer = format!("Bearer {}", self.issuer.mint(&person).unwrap());
        let sign_in = SignIn { authorization: Some(&bearer), account: None };
        let deadline = self.tenant.deadline(PATIENCE);
        let caller = self.tenant.caller(sign_in, deadline).await.unwrap();
        let Value::Object(variables) = variables else { panic!("variables are an object") };
        let request = GraphRequest {
            query: query.to_owned(),
            operation_name: None,
            variables,
            deadline: Some(deadline),
            ..GraphRequest::default()
        };
        serde_json::from_slice(&self.tenant.execute(&caller, request).await.body).unwrap()
    }

    /// The data of an answer in which nothing went wrong, from the account on.
    pub async fn account(&self, who: &str, selection: &str) -> Value {
        // Jonas acts for several accounts, so that none is in use before he chooses: he asks for the first.
        let query = format!("{{ viewer {{ memberships {{ account {{ {selection} }} }} }} }}");
        let answer = self.ask(who, &query, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"]["viewer"]["memberships"][0]["account"].clone()
    }

    /// How often the desk was asked so far.
    pub fn asked(&self) -> usize {
        self.desk.asked.load(Ordering::SeqCst)
    }
}

fn orders_of(business: &Running, company: &str) -> Vec<String> {
    let all = business.state.read();
    let company = all.companies.iter().find(|known| known.id.to_string() == company).unwrap();
    let orders = all.orders.iter().filter(|order| company.debtors.contains(&order.sold_to));
    orders.map(|order| order.number.clone()).collect()
}

fn orders_of_another(business: &Running, own: &[String]) -> String {
    let all = business.state.read();
    all.orders.iter().map(|order| order.number.clone()).find(|number| !own.contains(number)).unwrap()
}

/// Machines of two customers: the fourth is scrapped and nobody's to see, the fifth another customer's, the sixth says it
/// was hired by another customer's order.
fn machines(orders: &[String], foreign: &str) -> Vec<Value> {
    let machine = |id: u32, customer: u64, order: Option<&str>, (title, state, since): (&str, &str, &str)| {
        json!({
            "id": id, "customer": customer, "order_number": order, "title": title, "state": state, "since": since,
            "due": "2026-04-01", "daily_cents": 1840 + id, "currency": "eur", "scrapped": id == 4,
        })
    };
    vec![
        machine(1, 9_001_001, Some(&orders[0]), ("Lift", "out", "2026-03-01")),
        machine(2, 9_001_001, Some(&orders[0]), ("Crane", "back", "2026-01-15")),
        machine(3, 9_001_001, None, ("Pump", "mislaid", "2026-02-10")),
        machine(4, 9_001_001, None, ("Wreck", "out", "2026-02-11")),
        machine(5, 9_001_002, None, ("Secret digger", "out", "2026-02-12")),
        machine(6, 9_001_001, Some(foreign), ("Astray", "booked", "2026-05-01")),
    ]
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from: PathBuf = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}
