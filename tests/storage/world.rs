//! A gateway over the demo business, whose documents are in a store of the test's own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use vestibule::clock::ManualClock;
use vestibule::demo::{DemoIssuer, DemoPerson};
use vestibule::identity::SignedIn;
use vestibule::tenant::{Overlays, Setup, SignIn, Tenant};
use vestibule_sandbox::{Options, Running};
use walkdir::WalkDir;

use crate::form::{FORM, form};
use crate::gateway::{gateway, opened};
use crate::s3;
use crate::server::SECRET;

/// Somebody of the company 9001001, and somebody of 9001002 and 9001003.
pub const ANA: &str = "ana.lund@kestrel-marine.example";
pub const JONAS: &str = "jonas.weber@soehne-nord.example";

/// A file to send.
pub struct Sent<'a> {
    pub name: &'a str,
    pub media: &'a str,
    pub content: &'a [u8],
}

pub struct World {
    pub business: Running,
    pub setup: Setup,
    pub routes: Router,
    issuer: DemoIssuer,
    _overlays: Option<TempDir>,
}

impl World {
    /// Over an S3 server.
    pub async fn of(store: SocketAddr) -> Self {
        Self::signed(store, SECRET).await
    }

    /// The same, with this secret.
    pub async fn signed(store: SocketAddr, secret: &str) -> Self {
        Self::with(Some(store), secret, None).await
    }

    /// Over the folder of the demo business.
    pub async fn folder() -> Self {
        Self::with(None, SECRET, None).await
    }

    /// Over an S3 server, or the folder; with an operator's overlay for documents.
    pub async fn with(store: Option<SocketAddr>, secret: &str, overlay: Option<&str>) -> Self {
        let business = vestibule_sandbox::start(vestibule_sandbox::Options::default()).await.unwrap();
        let mut setup = s3::setup(&business, store, secret);
        let overlays = overlay.map(|overlay| overlaid(&mut setup, overlay));
        let (routes, issuer) = gateway(&setup);
        Self { business, setup, routes, issuer, _overlays: overlays }
    }

    /// The same on a clock that stands still from `now` on: the store alone is asked what changed, and what is read of it is
    /// kept for an hour.
    pub async fn asking(store: Option<SocketAddr>, now: jiff::Timestamp) -> (Self, Arc<Tenant>, Arc<ManualClock>) {
        let options = Options { now: Some(now.as_second()), ..Options::default() };
        let business = vestibule_sandbox::start(options).await.unwrap();
        let mut setup = s3::setup(&business, store, SECRET);
        let text = setup.origin.text.replace("reconcile: { every: 1m }", "reconcile: { every: 0 }");
        let poll = "    poll: { every: 5s }\n";
        assert!(text.contains(poll), "the demo's documents are asked otherwise");
        let kept = "    cache: { Account: { fresh: 1h, stale: 1h }, Document: { fresh: 1h, stale: 1h } }\n";
        setup.origin.text = text.replace(poll, &format!("{poll}{kept}"));
        let clock = Arc::new(ManualClock::new(now));
        let (routes, issuer, tenant) = opened(&setup, Arc::clone(&clock) as _);
        (Self { business, setup, routes, issuer, _overlays: None }, tenant, clock)
    }

    /// Somebody who is signed in.
    pub async fn sign_in(&self, person: &str, tenant: &Tenant) -> SignedIn {
        let bearer = self.bearer(person);
        let sign_in = SignIn { authorization: Some(&bearer), account: None };
        tenant.sign_in(sign_in, tenant.deadline(Duration::from_secs(15))).await.unwrap()
    }

    fn bearer(&self, person: &str) -> String {
        let person = DemoPerson { email: person.to_owned(), name: person.to_owned(), locale: None };
        format!("Bearer {}", self.issuer.mint(&person).unwrap())
    }

    /// The answer to a document.
    pub async fn ask(&self, person: &str, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.post(person, ("application/json", body.into_bytes())).await
    }

    /// The answer to a mutation with a file, as a form sends it; the file is `input.file`.
    pub async fn send(&self, person: &str, (mutation, input, payload): (&str, Value, &str), file: Sent<'_>) -> Value {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {payload} userErrors {{ code path message }} }} }}"
        );
        self.sent(person, (&query, json!({ "input": input })), file).await
    }

    /// The same of any document.
    pub async fn sent(&self, person: &str, (query, mut variables): (&str, Value), file: Sent<'_>) -> Value {
        variables["input"]["file"] = Value::Null;
        let file = ("variables.input.file", file.name, file.media, file.content);
        self.post(person, (FORM, form(query, &variables, &[file]))).await
    }

    /// What a link to a file answers to a browser that asks for that part of it.
    pub async fn open(&self, link: &Value, range: Option<&str>) -> (StatusCode, HeaderMap, Bytes) {
        let link = link.as_str().unwrap_or_else(|| panic!("{link} is no link"));
        let path = link.find("/files/").map_or(link, |at| &link[at..]);
        let request = range.into_iter().fold(Request::get(path), |request, range| request.header("range", range));
        let response = self.routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        (head.status, head.headers, to_bytes(body, 1 << 24).await.unwrap_or_default())
    }

    async fn post(&self, person: &str, (kind, body): (&str, Vec<u8>)) -> Value {
        let request = Request::post("/graphql")
            .header(AUTHORIZATION, self.bearer(person))
            .header(CONTENT_TYPE, kind)
            .header("GraphQL-Require-Preflight", "1")
            .body(Body::from(body))
            .unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

/// Puts an overlay for documents beside those of the demo.
fn overlaid(setup: &mut Setup, overlay: &str) -> TempDir {
    let (folder, demo) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo"));
    for file in WalkDir::new(demo.join("connectors")).into_iter().map(Result::unwrap) {
        let to = folder.path().join(file.path().strip_prefix(demo.join("connectors")).unwrap());
        if file.file_type().is_dir() {
            std::fs::create_dir_all(to).unwrap();
        } else {
            std::fs::copy(file.path(), to).unwrap();
        }
    }
    let own = folder.path().join("documents/entities");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("Document.yaml"), overlay).unwrap();
    let configured = format!("connectors: {}", folder.path().display());
    setup.origin.text = setup.origin.text.replace("connectors: connectors", &configured);
    setup.overlays = Overlays::Configured;
    folder
}

/// Names, paths or whatever stands at a pointer of each element of a list.
pub fn each(list: &Value, pointer: &str) -> Vec<String> {
    let element = |element: &Value| element.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    list.as_array().unwrap_or_else(|| panic!("{list} is no list")).iter().map(element).collect()
}
