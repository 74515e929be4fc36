//! The gateway in this process in front of a business of our own: the shipped connectors, the demo's configuration, real
//! HTTP to four systems.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Map, Value};
use tempfile::TempDir;
use vestibule::clock::{Clock, SystemClock};
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::error::Error;
use vestibule::execute::GraphRequest;
use vestibule::identity::{Issuer, Keys};
use vestibule::model::Caller;
use vestibule::tenant::{Assembly, Opening, Overlays, Setup, SignIn, Tenant, assemble};
use vestibule_sandbox::data::Business;
use vestibule_sandbox::faults::{Fault, Mode};
use vestibule_sandbox::{Running, SYSTEMS};

use crate::business::{NOW, Person};

/// As `config/demo/vestibule.yaml` names them.
const ISSUER: &str = "https://demo.vestibule.invalid/";
const AUDIENCE: &str = "vestibule-demo";
/// How long a request may take: only what hangs takes that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether answers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    On,
    Off,
}

/// The machine's clock, which can be put forward.
#[derive(Debug, Default)]
pub struct Ahead {
    clock: SystemClock,
    millis: AtomicU64,
}

impl Ahead {
    fn by(&self) -> Duration {
        Duration::from_millis(self.millis.load(Ordering::SeqCst))
    }

    /// Puts it forward: what is kept gets older at once.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(u64::try_from(by.as_millis()).expect("a short time"), Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    fn now(&self) -> jiff::Timestamp {
        self.clock.now() + self.by()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed() + self.by()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep(wait)
    }
}

/// A gateway, and the systems behind it.
pub struct Gateway {
    pub systems: Running,
    pub clock: Arc<Ahead>,
    pub tenant: Tenant,
    issuer: DemoIssuer,
    _folder: TempDir,
}

/// One request's variables, and how long it may take.
#[derive(Debug, Clone, Default)]
pub struct With {
    pub variables: Map<String, Value>,
    pub patience: Option<Duration>,
}

impl With {
    /// These variables.
    pub fn variables(variables: Value) -> Self {
        let Value::Object(variables) = variables else { panic!("variables are an object") };
        Self { variables, patience: None }
    }
}

impl Gateway {
    /// Opens both.
    pub async fn open(business: Business, cache: Cache) -> Self {
        let options = vestibule_sandbox::Options { control_port: 0, now: Some(NOW), business: Some(business) };
        let systems = vestibule_sandbox::start(options).await.expect("free ports");
        let (setup, folder) = setup(Some(&systems), cache);
        let environment = Arc::clone(&setup.environment);
        let clock = Arc::new(Ahead::default());
        let shared: Arc<dyn Clock> = Arc::<Ahead>::clone(&clock);
        let issuer = DemoIssuer::new(ISSUER, AUDIENCE, Arc::clone(&shared)).expect("a key");
        let trusted = Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) };
        let opening = Opening { environment, clock: shared, issuers: vec![trusted] };
        let tenant = Tenant::open(assembled(&setup), opening).expect("a tenant that opens");
        Self { systems, clock, tenant, issuer, _folder: folder }
    }

    /// Signs the person in; `account` is the id of the account in use.
    pub async fn sign_in(&self, person: &Person, account: Option<&str>) -> Result<Caller, Error> {
        self.sign_in_within(person, account, PATIENCE).await
    }

    /// Signs the person in, if that can be done in time.
    pub async fn sign_in_within(
        &self,
        person: &Person,
        account: Option<&str>,
        patience: Duration,
    ) -> Result<Caller, Error> {
        let who = DemoPerson { email: person.email.clone(), name: "Kim".to_owned(), locale: None };
        let bearer = format!("Bearer {}", self.issuer.mint(&who).expect("a token"));
        let sign_in = SignIn { authorization: Some(&bearer), account };
        self.tenant.caller(sign_in, self.tenant.deadline(patience)).await
    }

    /// Answers a query.
    pub async fn ask(&self, caller: &Caller, query: &str, with: With) -> Value {
        let deadline = Some(self.tenant.deadline(with.patience.unwrap_or(PATIENCE)));
        let request = GraphRequest {
            query: query.to_owned(),
            operation_name: None,
            variables: with.variables,
            deadline,
            ..GraphRequest::default()
        };
        let response = self.tenant.execute(caller, request).await;
        serde_json::from_slice(&response.body).expect("JSON")
    }

    /// One operation of `everything.graphql`.
    pub async fn all(&self, caller: &Caller, operation: &str, variables: Value) -> Value {
        let deadline = Some(self.tenant.deadline(PATIENCE));
        let With { variables, .. } = With::variables(variables);
        let operation_name = Some(operation.to_owned());
        let request = GraphRequest {
            query: EVERYTHING.to_owned(),
            operation_name,
            variables,
            deadline,
            ..GraphRequest::default()
        };
        serde_json::from_slice(&self.tenant.execute(caller, request).await.body).expect("JSON")
    }

    /// Lets `systems` misbehave, and none of the others.
    pub fn fault(&self, systems: &[&str], mode: Mode) {
        self.systems.state.mode.clear();
        for system in systems {
            assert!(SYSTEMS.contains(system), "{system} is no system");
            self.systems.state.mode.set(system, Fault::new(mode, None, None));
        }
    }

    /// Everything works again.
    pub fn mend(&self) {
        self.systems.state.mode.clear();
    }
}

/// Every field that is served: see the file.
pub const EVERYTHING: &str = include_str!("everything.graphql");

/// Wider than any vendor's, which would only make the suite wait.
const QUOTAS: &str = "limits: { quotas: [{ max: 100000, per: 1s }, { name: search, max: 100000, per: 1s }, { name: incremental, max: 100000, per: 1s }] }\n";

/// What the gateway is put together from.
pub fn setup(systems: Option<&Running>, cache: Cache) -> (Setup, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let overlays = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo/connectors");
    copy(&overlays, &folder.path().join("connectors"));
    for source in ["crm", "billing", "support"] {
        let own = folder.path().join("connectors").join(source);
        std::fs::create_dir_all(&own).expect("a folder");
        std::fs::write(own.join("connector.yaml"), QUOTAS).expect("a file");
    }
    let mut setup = demo::setup(systems, None);
    setup.overlays = Overlays::Configured;
    setup.origin.folder = folder.path().to_path_buf();
    // Scope holds whatever is asked: what would be refused for its cost is asked here, too.
    setup.origin.text.push_str("limits: { cost: 1000000000, depth: 60, fields: 20000, aliases: 20000 }\n");
    if cache == Cache::Off {
        setup.origin.text.push_str("cache: { enabled: false }\n");
    }
    (setup, folder)
}

/// The assembly; where there is none, its report.
pub fn assembled(setup: &Setup) -> Assembly {
    let (assembly, report) = assemble(setup);
    let report: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
    assembly.unwrap_or_else(|| panic!("{}", report.join("\n")))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder that can be listed") {
        let from: PathBuf = entry.expect("an entry").path();
        let to = to.join(from.file_name().expect("a name"));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// The codes and sources of an answer's errors, with their places.
pub fn errors(answer: &Value) -> Vec<(String, String, String)> {
    let text = |error: &Value, name: &str| error["extensions"][name].as_str().unwrap_or_default().to_owned();
    let place = |error: &Value| {
        let steps = error["path"].as_array().cloned().unwrap_or_default();
        steps
            .iter()
            .map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(".")
    };
    let all = answer["errors"].as_array().cloned().unwrap_or_default();
    all.iter().map(|error| (place(error), text(error, "code"), text(error, "source"))).collect()
}
