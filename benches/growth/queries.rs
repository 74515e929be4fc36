//! What a query costs against the values of its answer, its rows, and the systems that are read for it; nothing is kept.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::series::Series;
use crate::shared::gateway::{Gateway, Kept, Person, World, example, links, post, replaced};
use crate::shared::load::{Link, Load, Request};

const PEOPLE: u32 = 100;
const ROUNDS: usize = 3;

/// The most desks of one gateway.
const DESKS: u32 = 16;

const LEAVES: Series = Series {
    name: "leaves",
    of: "values in the answer",
    costs: &[("CPU a query, µs", 0), ("memory, MB", 1)],
    by_tens: false,
};
const ROWS: Series = Series {
    name: "rows",
    of: "rows of four values",
    costs: &[("CPU a query, µs", 0), ("memory, MB", 1)],
    by_tens: false,
};
const SOURCES: Series = Series {
    name: "sources",
    of: "systems read, five rows each",
    costs: &[("CPU a query, µs", 0), ("memory, MB", 1)],
    by_tens: false,
};

/// A gateway that is asked one thing by many people.
struct Case<'a> {
    size: f64,
    gateway: &'a Gateway,
    requests: Arc<[Request]>,
}

pub async fn measure() {
    let world = World::start(0);
    let gateway = world.gateway(&world.config(Kept::Nothing));
    let people = gateway.people(&world.issuer, PEOPLE, links).await;

    let fields = ["number", "statusLabel", "reference", "cents", "unit", "kind", "issuedOn", "open"];
    let mut cases = Vec::new();
    for count in [1, 2, 4, 8, 16, 32, 64] {
        let all = fields.iter().cycle().take(count).enumerate();
        let all: Vec<String> = all.map(|(at, field)| format!("f{at}: {field}")).collect();
        let query = format!("{{ viewer {{ account {{ invoices(first: 20) {{ nodes {{ {} }} }} }} }} }}", all.join(" "));
        let requests = answered(&gateway, &people, (&query, 20 * count)).await;
        cases.push(Case { size: 20.0 * count as f64, gateway: &gateway, requests });
    }
    LEAVES.tell(&costs(&cases).await);

    let mut cases = Vec::new();
    for count in [1, 2, 5, 10, 20, 50, 100] {
        let nodes = "nodes { number statusLabel cents unit }";
        let query = format!("{{ viewer {{ account {{ invoices(first: {count}) {{ {nodes} }} }} }} }}");
        let requests = answered(&gateway, &people, (&query, 4 * count)).await;
        cases.push(Case { size: count as f64, gateway: &gateway, requests });
    }
    ROWS.tell(&costs(&cases).await);

    let (folder, mut cases) = (TempDir::new().unwrap(), Vec::new());
    let counts = [1, 2, 4, 8, DESKS];
    let gateways = counts.map(|desks| world.gateway(&with_desks(&world, desks, &folder)));
    for (desks, gateway) in counts.into_iter().zip(&gateways) {
        let people = gateway.people(&world.issuer, PEOPLE, links_of_all).await;
        let query = "{ viewer { account { tickets(first: 5) { nodes { number subject statusLabel urgency } } } } }";
        cases.push(Case { size: desks.into(), gateway, requests: answered(gateway, &people, (query, 20)).await });
    }
    SOURCES.tell(&costs(&cases).await);
}

/// Processor time for a query of each case, the least of several rounds, since whatever else the machine does can only add to
/// it; and what the gateway then holds.
async fn costs(cases: &[Case<'_>]) -> Vec<(f64, Vec<f64>)> {
    let mut rows: Vec<_> = cases.iter().map(|case| (case.size, vec![f64::MAX, 0.0])).collect();
    for _ in 0..ROUNDS {
        for (case, (_, costs)) in cases.iter().zip(&mut rows) {
            let process = &case.gateway.process;
            let outcome = Load::new(8, 600).on((&case.gateway.address, process), &case.requests).await;
            *costs = vec![costs[0].min(outcome.cpu), process.memory().now];
        }
    }
    rows
}

/// Each person's request with its first answer, in which there is no error, and as many values as there should be.
async fn answered(gateway: &Gateway, people: &[Person], (query, values): (&str, usize)) -> Arc<[Request]> {
    let mut link = Link::open(&gateway.address).await;
    let mut requests = Vec::new();
    for person in people {
        let bytes = post(&person.bearer, query, &json!({}));
        let answer = link.ask(&bytes).await;
        let told: Value = serde_json::from_slice(&answer).unwrap();
        assert!(told.get("errors").is_none(), "{told}");
        assert_eq!(leaves(&told["data"]), values, "{told}");
        requests.push(Request { bytes, answer });
    }
    requests.into()
}

/// How many values there are, null not among them.
fn leaves(of: &Value) -> usize {
    match of {
        Value::Null => 0,
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

/// The further desks, by their names.
fn further(desks: u32) -> impl Iterator<Item = String> {
    (2..=desks).map(|number| format!("support{number}"))
}

/// The example with so many support desks, which all of the tickets are in.
fn with_desks(world: &World, desks: u32, folder: &TempDir) -> String {
    let (mut sources, mut owners, mut known) = (String::new(), "support".to_owned(), String::new());
    for name in further(desks) {
        let _ = write!(
            sources,
            "  {name}:\n    connector: desk\n    auth: token\n    settings: {{ address: {{ env: SUPPORT_ADDRESS }} }}\n    \
             secrets: {{ token: {{ env: SUPPORT_TOKEN }} }}\n    plainHttp: true\n    privateNetworks: [127.0.0.0/8]\n"
        );
        let _ = write!(owners, ", {name}");
        let _ = writeln!(known, "  {name}: hs_object_id");
    }
    let entities = folder.path().join("crm/entities");
    std::fs::create_dir_all(&entities).unwrap();
    let overlay = std::fs::read_to_string(example().join("links/crm/entities/Account.yaml")).unwrap();
    std::fs::write(entities.join("Account.yaml"), overlay + &known).unwrap();
    let config = world.config(Kept::Nothing);
    let config =
        replaced(&config, &example().join("links").display().to_string(), &folder.path().display().to_string());
    let config =
        replaced(&config, "\nentities:\n", &format!("\n{sources}entities:\n  Ticket: {{ owners: [{owners}] }}\n"));
    if desks == 1 { config.replace("owners: [support]", "owner: support") } else { config }
}

/// How all of the systems know an account.
fn links_of_all(account: u32) -> Value {
    let mut all = links(account);
    for name in further(DESKS) {
        all[name] = json!([account.to_string()]);
    }
    all
}
