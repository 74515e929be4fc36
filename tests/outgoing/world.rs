//! A gateway in front of a demo business, that sends out what a test configures, on a clock that stands still.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use vestibule::clock::{Clock, ManualClock};
use vestibule::config::{Environment, Given, ServerConfig};
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::execute::GraphRequest;
use vestibule::graph::Graph;
use vestibule::identity::{Issuer, Keys};
use vestibule::model::{Change, ChangeKind, Changes as _, Key};
use vestibule::outgoing::Deliveries;
use vestibule::tenant::{Opening, SignIn, Tenant, assemble};
use vestibule_sandbox::{Options, Running};

/// When the clock begins.
pub const START: &str = "2026-03-10T12:00:00Z";

pub struct World {
    pub tenant: Arc<Tenant>,
    pub clock: Arc<ManualClock>,
    pub business: Running,
    opened: Opened,
}

/// What the surroundings give, with what a test gives beside.
struct With(Arc<dyn Environment>, Given);

impl Environment for With {
    fn variable(&self, name: &str) -> Option<String> {
        self.1.variable(name).or_else(|| self.0.variable(name))
    }

    fn file(&self, path: &std::path::Path) -> std::io::Result<String> {
        std::fs::read_to_string(path).or_else(|_| self.0.file(path))
    }
}

/// A gateway that is put together, and who signs its tokens.
pub struct Opened {
    pub tenant: Arc<Tenant>,
    pub server: Arc<ServerConfig>,
    pub issuer: DemoIssuer,
    graph: Arc<Graph>,
}

impl Opened {
    /// The demo in front of this business, with this `outgoing:` below its configuration.
    pub fn of(business: &Running, clock: &Arc<dyn Clock>, (outgoing, variables): (&str, &[(&str, &str)])) -> Self {
        let mut setup = demo::setup(Some(business), None);
        setup.origin.text += outgoing;
        let given: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        setup.environment = Arc::new(With(Arc::clone(&setup.environment), Given(given)));
        let (assembly, report) = assemble(&setup);
        let all: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
        let assembly = assembly.unwrap_or_else(|| panic!("{}", all.join("\n")));
        let own = assembly.config.identity.issuers.first().unwrap().clone();
        let issuer = DemoIssuer::new(&own.issuer, &own.audience, Arc::clone(clock)).unwrap();
        let issuers = vec![Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) }];
        let (graph, server) = (Arc::clone(&assembly.graph), Arc::new(assembly.config.server.clone()));
        let environment = Arc::clone(&setup.environment);
        let opening = Opening { environment, clock: Arc::clone(clock), issuers };
        Self { tenant: Arc::new(Tenant::open(assembly, opening).unwrap()), server, issuer, graph }
    }

    /// What a person is answered.
    pub async fn ask(&self, email: &str, query: &str) -> Value {
        let person = DemoPerson { email: email.to_owned(), name: "Somebody".to_owned(), locale: None };
        let authorization = format!("Bearer {}", self.issuer.mint(&person).unwrap());
        let sign_in = SignIn { authorization: Some(&authorization), account: None };
        let deadline = self.tenant.deadline(Duration::from_secs(30));
        let caller = self.tenant.caller(sign_in, deadline).await.unwrap();
        let request = GraphRequest { query: query.to_owned(), ..GraphRequest::default() };
        serde_json::from_slice(&self.tenant.execute(&caller, request).await.body).unwrap()
    }
}

/// The codes with which the demo's configuration is refused, with this `outgoing:` below it.
pub fn refused(outgoing: &str) -> Vec<String> {
    let mut setup = demo::setup(None, None);
    setup.origin.text += outgoing;
    let (assembly, report) = assemble(&setup);
    assert!(assembly.is_none(), "it is not refused");
    report.sorted().iter().map(|diagnostic| diagnostic.code.to_string()).collect()
}

impl World {
    /// The demo, with this `outgoing:` below its configuration.
    pub async fn open(outgoing: &str, variables: &[(&str, &str)]) -> Self {
        let now = START.parse::<jiff::Timestamp>().unwrap();
        let options = Options { now: Some(now.as_second()), ..Options::default() };
        let business = vestibule_sandbox::start(options).await.unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let opened = Opened::of(&business, &(Arc::clone(&clock) as _), (outgoing, variables));
        Self { tenant: Arc::clone(&opened.tenant), clock, business, opened }
    }

    /// A change as a system tells of it.
    pub fn change(&self, source: &str, entity: &str, key: &str) -> Change {
        Change {
            source: self.tenant.catalog().source_id(source).unwrap(),
            entity: self.opened.graph.entity_id(entity).unwrap(),
            key: Key::new(key).unwrap(),
            kind: ChangeKind::Updated,
            version: None,
            parents: Vec::new(),
            touches: Vec::new(),
            at: self.clock.now(),
        }
    }

    /// The same, with the parent that a field leads to.
    pub fn change_of(&self, (source, entity, key): (&str, &str, &str), (field, parent): (&str, &str)) -> Change {
        let field =
            self.opened.graph.entity(self.opened.graph.entity_id(entity).unwrap()).unwrap().field_id(field).unwrap();
        Change { parents: vec![(field, Key::new(parent).unwrap())], ..self.change(source, entity, key) }
    }

    pub fn note(&self, change: Change) {
        self.tenant.live().note(change);
    }

    /// What a person is answered.
    pub async fn ask(&self, email: &str, query: &str) -> Value {
        self.opened.ask(email, query).await
    }

    pub fn deliveries(&self, name: &str) -> Deliveries {
        self.tenant.outgoing().deliveries().into_iter().find(|(known, _)| **known == *name).unwrap().1
    }

    /// Waits until the deliveries of a webhook are as they should be: for what happens behind, over real connections.
    pub async fn until(&self, name: &str, is: impl Fn(&Deliveries) -> bool) -> Deliveries {
        self.reached(name, is).await.unwrap_or_else(|now| panic!("{name} is at {now:?}"))
    }

    /// The same; where they are not, how they are in the end.
    pub async fn reached(&self, name: &str, is: impl Fn(&Deliveries) -> bool) -> Result<Deliveries, Deliveries> {
        for _ in 0..2_000 {
            let now = self.deliveries(name);
            if is(&now) {
                return Ok(now);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(self.deliveries(name))
    }
}
