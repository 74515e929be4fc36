//! A gateway in front of a demo business, with secrets for webhooks, on a clock that stands still.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vestibule::clock::{Clock, ManualClock};
use vestibule::config::{Environment, Given};
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::identity::{Issuer, Keys};
use vestibule::server::{self, Service};
use vestibule::tenant::{Opening, Overlays, Setup, Tenant, assemble};
use vestibule_sandbox::{Options, Running};

pub const PUBLIC: &str = "https://graph.example.com";
pub const SECRETS: [(&str, &str, &str); 5] = [
    ("crm", "clientSecret", "the secret of the app"),
    ("erp", "webhookSecret", "the secret of the relay"),
    ("billing", "webhookSecret", "whsec_of_the_endpoint"),
    ("support", "webhookSecret", "the secret of the desk"),
    ("support", "webhookSecretBefore", "the secret the desk had before"),
];

pub struct World {
    pub routes: Router,
    pub tenant: Arc<Tenant>,
    pub clock: Arc<ManualClock>,
    pub business: Running,
    issuer: DemoIssuer,
}

/// What the surroundings give, with what webhooks need beside.
pub struct With(pub Arc<dyn Environment>, pub Given);

impl Environment for With {
    fn variable(&self, name: &str) -> Option<String> {
        self.1.variable(name).or_else(|| self.0.variable(name))
    }

    fn file(&self, path: &std::path::Path) -> std::io::Result<String> {
        self.0.file(path)
    }
}

/// The demo's configuration without the webhooks that the demo itself takes.
fn without(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("publicUrl:"));
    let mut text = lines.collect::<Vec<_>>().join("\n") + "\n";
    for (key, system) in [
        ("clientSecret", "HUBSPOT"),
        ("webhookSecret", "SAP"),
        ("webhookSecret", "STRIPE"),
        ("webhookSecret", "ZENDESK"),
    ] {
        let own = format!(", {key}: {{ env: {system}_WEBHOOK_SECRET }}");
        assert!(text.contains(&own), "the demo has no {own}");
        text = text.replace(&own, "");
    }
    for own in INSTANCES {
        assert!(text.contains(own), "the demo has no {own}");
        text = text.replace(own, "");
    }
    text
}

/// How the demo's desk and ERP tell their own events from those of another desk and another ERP.
const INSTANCES: [&str; 2] = [", eventSource: /default/sap.s4.beh/S4HCLNT100", ", accountId: \"22129848\""];

/// The demo's configuration, with webhooks of all four systems as a test signs them.
pub fn with_webhooks(setup: &Setup) -> Setup {
    let mut text = without(&setup.origin.text).replace(
        "  graphiql: true\n",
        &format!(
            "  graphiql: true\n  publicUrl: {PUBLIC}\n  webhooks:\n    largest: 20000\n    apps: {{ portal: [crm] }}\n"
        ),
    );
    let mut given = Given::default();
    for (source, key, secret) in SECRETS {
        let name = format!("HOOK_{source}_{key}");
        let before = match source {
            "crm" => "token: { env: HUBSPOT_TOKEN }",
            "erp" => "password: { env: SAP_PASSWORD }",
            "billing" => "apiKey: { env: STRIPE_KEY }",
            _ => "apiToken: { env: ZENDESK_TOKEN }",
        };
        text = text.replace(before, &format!("{before}, {key}: {{ env: {name} }}"));
        given.0.insert(name, secret.to_owned());
    }
    assert!(text.contains("portalId: \"8765432\""), "the demo says which portal is its own");
    let text = text.replace("portalId: \"8765432\"", "portalId: 4711");
    let mut changed = setup.clone();
    changed.origin.text = text;
    changed.environment = Arc::new(With(Arc::clone(&setup.environment), given));
    changed
}

impl World {
    pub async fn open() -> Self {
        Self::with(|setup| setup).await
    }

    /// The same, where the settings of the desk and the ERP say which instance is theirs.
    pub async fn with_instances() -> Self {
        Self::with(|mut setup| {
            let [erp, support] = INSTANCES;
            for (setting, own) in [("salesOrganization: \"1710\"", erp), ("locales: \"en-us, de\"", support)] {
                setup.origin.text = setup.origin.text.replace(setting, &format!("{setting}{own}"));
            }
            setup
        })
        .await
    }

    /// The same, whose desk answers a registration in this way.
    pub async fn with_handshake(handshake: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("support");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("connector.yaml"), format!("webhooks: {{ handshake: {handshake} }}\n")).unwrap();
        let path = folder.path().to_owned();
        Self::with(move |mut setup| {
            let text = setup.origin.text.replace("connectors: connectors", &format!("connectors: {}", path.display()));
            setup.origin.text = text;
            setup.overlays = Overlays::Configured;
            setup
        })
        .await
    }

    async fn with(change: impl FnOnce(Setup) -> Setup) -> Self {
        let business = vestibule_sandbox::start(Options::default()).await.unwrap();
        let setup = change(with_webhooks(&demo::setup(Some(&business), None)));
        Self::of(business, &setup, "2026-03-10T12:00:00Z".parse().unwrap())
    }

    /// As the demo is configured, but for an edit, on one clock with its business: what the business's systems sign by the
    /// machine's time is good for minutes.
    pub async fn demo(edit: impl FnOnce(&str) -> String) -> Self {
        let business = vestibule_sandbox::start(Options::default()).await.unwrap();
        let mut setup = demo::setup(Some(&business), None);
        setup.origin.text = edit(&setup.origin.text);
        let now = jiff::Timestamp::from_second(business.state.now()).unwrap();
        Self::of(business, &setup, now)
    }

    fn of(business: Running, setup: &Setup, now: jiff::Timestamp) -> Self {
        let (assembly, report) = assemble(setup);
        let assembly = assembly.unwrap_or_else(|| panic!("{:?}", report.sorted()));
        let config = Arc::new(assembly.config.server.clone());
        let clock = Arc::new(ManualClock::new(now));
        let own = assembly.config.identity.issuers.first().unwrap().clone();
        let issuer = DemoIssuer::new(&own.issuer, &own.audience, Arc::clone(&clock) as _).unwrap();
        let issuers = vec![Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) }];
        let opening = Opening {
            environment: Arc::clone(&setup.environment),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            issuers,
        };
        let tenant = Arc::new(Tenant::open(assembly, opening).unwrap());
        let routes = server::layered(server::router(Service { tenant: Arc::clone(&tenant), config }));
        Self { routes, tenant, clock, business, issuer }
    }

    /// What is answered, and its code, if it is a refusal.
    pub async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let answer = self.routes.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, 1_000_000).await.unwrap();
        (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
    }

    /// A delivery, signed as the system does.
    pub async fn deliver(&self, source: &str, body: &Value) -> StatusCode {
        let body = body.to_string();
        let path = format!("/webhooks/demo/{source}");
        let mut request = Request::post(&path);
        for (name, value) in signed(source, (secret(source), self.clock.now()), (&path, &body)) {
            request = request.header(name, value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await.0
    }

    pub fn token(&self, email: &str) -> String {
        self.issuer.mint(&person(email)).unwrap()
    }

    /// The token of somebody who has just signed in with a second factor.
    pub fn stepped_up(&self, email: &str) -> String {
        self.issuer.mint_stepped_up(&person(email)).unwrap()
    }

    pub async fn ask(&self, email: &str, query: &str) -> Value {
        self.answer(&self.token(email), &json!({ "query": query })).await
    }

    /// The answer to whoever has this token.
    pub async fn answer(&self, token: &str, request: &Value) -> Value {
        let request = Request::post("/graphql")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(request.to_string()))
            .unwrap();
        serde_json::from_str(&self.send(request).await.2).unwrap()
    }
}

fn person(email: &str) -> DemoPerson {
    DemoPerson { email: email.to_owned(), name: "Somebody".to_owned(), locale: None }
}

/// The secret that a source's system signs with today.
pub fn secret(source: &str) -> &'static str {
    SECRETS.iter().find(|(of, ..)| *of == source).unwrap().2
}

/// The headers that prove a delivery, by what each system documents.
pub fn signed(
    source: &str,
    (secret, at): (&str, jiff::Timestamp),
    (path, body): (&str, &str),
) -> Vec<(&'static str, String)> {
    let mac = |text: String| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    match source {
        "crm" => {
            let time = at.as_millisecond().to_string();
            let made = STANDARD.encode(mac(format!("POST{PUBLIC}{path}{body}{time}")));
            vec![("x-hubspot-signature-v3", made), ("x-hubspot-request-timestamp", time)]
        }
        "billing" => {
            let time = at.as_second();
            let hex: String = mac(format!("{time}.{body}")).iter().map(|byte| format!("{byte:02x}")).collect();
            vec![("stripe-signature", format!("t={time},v0=00,v1={hex}"))]
        }
        "support" => {
            let time = at.to_string();
            let made = STANDARD.encode(mac(format!("{time}{body}")));
            vec![("x-zendesk-webhook-signature", made), ("x-zendesk-webhook-signature-timestamp", time)]
        }
        _ => vec![("x-portal-secret", secret.to_owned())],
    }
}
