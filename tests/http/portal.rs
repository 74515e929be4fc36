//! A gateway in front of a demo business, with an issuer of the test's own, and a client for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vestibule::clock::{Clock, SystemClock};
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::identity::{Issuer, Keys};
use vestibule::server::{self, Service};
use vestibule::tenant::{Opening, Tenant, assemble};
use vestibule_sandbox::Running;

pub const ANA: &str = "ana.lund@kestrel-marine.example";
pub const JONAS: &str = "jonas.weber@soehne-nord.example";
/// Known to the CRM, without a label that opens the portal.
pub const PIET: &str = "piet.vos@kestrel-marine.example";

pub const ISSUER: &str = "https://demo.vestibule.invalid/";
pub const AUDIENCE: &str = "vestibule-demo";

/// The machine's clock, off by so many seconds: for tokens of another time.
#[derive(Default)]
pub struct Shifted(SystemClock, AtomicI64);

impl Clock for Shifted {
    fn now(&self) -> jiff::Timestamp {
        let seconds = self.0.now().as_second() + self.1.load(Ordering::SeqCst);
        jiff::Timestamp::from_second(seconds).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(wait)
    }
}

pub struct Portal {
    pub address: SocketAddr,
    pub client: reqwest::Client,
    pub stop: Option<oneshot::Sender<()>>,
    pub served: JoinHandle<vestibule::error::Result<()>>,
    business: Running,
    issuer: DemoIssuer,
    clock: Arc<Shifted>,
}

impl Portal {
    /// The demo's configuration as it is.
    pub async fn open() -> Self {
        Self::with("  graphiql: true\n").await
    }

    /// The demo's configuration with another `server` section.
    pub async fn with(section: &str) -> Self {
        let business = vestibule_sandbox::start(vestibule_sandbox::Options::default()).await.unwrap();
        let mut setup = demo::setup(Some(&business), None);
        let whole = "server:\n  graphiql: true\n";
        assert!(setup.origin.text.contains(whole));
        setup.origin.text = setup.origin.text.replace(whole, &format!("server:\n{section}"));
        let environment = Arc::clone(&setup.environment);
        let (assembly, report) = assemble(&setup);
        let assembly = assembly.unwrap_or_else(|| panic!("{:?}", report.sorted()));
        let config = Arc::new(assembly.config.server.clone());
        let clock = Arc::new(Shifted::default());
        let issuer = DemoIssuer::new(ISSUER, AUDIENCE, Arc::clone(&clock) as _).unwrap();
        let trusted = Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) };
        let opening = Opening { environment, clock: Arc::new(SystemClock::default()), issuers: vec![trusted] };
        let tenant = Arc::new(Tenant::open(assembly, opening).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = server::router(Service { tenant, config: Arc::clone(&config) });
        let routes = server::layered(routes);
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let served = tokio::spawn(server::serve(listener, routes, stopped, config.grace.0));
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::builder().no_gzip().build().unwrap();
        Self { address, client, stop: Some(stop), served, business, issuer, clock }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A token of a trusted issuer, made some seconds from now.
    pub fn token_at(&self, email: &str, seconds: i64) -> String {
        self.clock.1.store(seconds, Ordering::SeqCst);
        let token = mint(&self.issuer, email);
        self.clock.1.store(0, Ordering::SeqCst);
        token
    }

    pub fn token(&self, email: &str) -> String {
        self.token_at(email, 0)
    }

    /// A POST as most clients send it; more can be put on.
    pub fn post(&self, email: &str, body: &Value) -> reqwest::RequestBuilder {
        self.bare(body.to_string()).bearer_auth(self.token(email))
    }

    /// A POST of JSON without a sign-in.
    pub fn bare(&self, body: String) -> reqwest::RequestBuilder {
        self.client.post(self.url("/graphql")).header("content-type", "application/json").body(body)
    }

    /// A GET as a client sends it that knows about forged requests.
    pub fn got(&self, email: &str, address: impl reqwest::IntoUrl) -> reqwest::RequestBuilder {
        self.client.get(address).bearer_auth(self.token(email)).header("graphql-require-preflight", "1")
    }

    /// The answer to a query.
    pub async fn ask(&self, email: &str, query: &str) -> Value {
        answered(self.post(email, &json!({ "query": query }))).await.body
    }

    pub async fn fault(&self, fault: Value) {
        let url = format!("http://{}/faults", self.business.control);
        assert_eq!(self.client.post(url).body(fault.to_string()).send().await.unwrap().status(), 200);
    }

    /// How many requests have reached a system.
    pub async fn calls(&self, system: &str) -> u64 {
        let url = format!("http://{}/calls", self.business.control);
        answered(self.client.get(url)).await.body[system].as_u64().unwrap()
    }
}

pub fn mint(issuer: &DemoIssuer, email: &str) -> String {
    let known = vestibule_sandbox::people().into_iter().find(|person| person.email == email);
    let name = known.map_or_else(|| "Somebody".to_owned(), |person| person.name);
    issuer.mint(&DemoPerson { email: email.to_owned(), name, locale: None }).unwrap()
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answered {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }
}

/// Sends a request whose answer is JSON.
pub async fn answered(request: reqwest::RequestBuilder) -> Answered {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {error}: {text}"));
    Answered { status, headers, body }
}
