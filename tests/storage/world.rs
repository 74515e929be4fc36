//! A gateway over the demo business, whose documents are in a store of the test's own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tower::ServiceExt;
use vestibule::config::Given;
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::tenant::Setup;
use vestibule_sandbox::Running;

use crate::form::{FORM, form};
use crate::gateway::gateway;
use crate::server::{KEY, SECRET};

/// Somebody of the company 9001001, and somebody of 9001002 and 9001003.
pub const ANA: &str = "ana.lund@kestrel-marine.example";
pub const JONAS: &str = "jonas.weber@soehne-nord.example";

const FOLDER: &str = "    auth: none\n    settings: { service: fs, folder: { env: DOCUMENTS_FOLDER } }\n";

/// A file to send.
pub struct Sent<'a> {
    pub name: &'a str,
    pub media: &'a str,
    pub content: &'a [u8],
}

pub struct World {
    pub business: Running,
    pub setup: Setup,
    routes: Router,
    issuer: DemoIssuer,
}

impl World {
    /// Over an S3 server.
    pub async fn of(store: SocketAddr) -> Self {
        Self::signed(store, SECRET).await
    }

    /// The same, with this secret.
    pub async fn signed(store: SocketAddr, secret: &str) -> Self {
        let source = format!(
            "    auth: keys\n    settings: {{ endpoint: \"http://{store}\", bucket: documents, region: eu-central-1 }}\n    \
             secrets: {{ accessKeyId: {{ env: STORE_KEY }}, secretAccessKey: {{ env: STORE_SECRET }} }}\n    \
             plainHttp: true\n    privateNetworks: [127.0.0.0/8]\n"
        );
        Self::with(|text| text.replace(FOLDER, &source), secret).await
    }

    /// Over the folder of the demo business.
    pub async fn folder() -> Self {
        Self::with(str::to_owned, SECRET).await
    }

    async fn with(change: impl FnOnce(&str) -> String, secret: &str) -> Self {
        let business = vestibule_sandbox::start(vestibule_sandbox::Options::default()).await.unwrap();
        let mut setup = demo::setup(Some(&business), None);
        assert!(setup.origin.text.contains(FOLDER), "the demo's documents are configured otherwise");
        setup.origin.text = change(&setup.origin.text);
        let mut variables: BTreeMap<String, String> =
            vestibule_sandbox::variables(Some(&business)).into_iter().collect();
        let own = [("STORE_KEY", KEY), ("STORE_SECRET", secret), ("SEALING_KEY", "what this test seals its ids with")];
        variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        setup.environment = Arc::new(Given(variables));
        let (routes, issuer) = gateway(&setup);
        Self { business, setup, routes, issuer }
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
        let mut input = input;
        input["file"] = Value::Null;
        let file = ("variables.input.file", file.name, file.media, file.content);
        self.post(person, (FORM, form(&query, &json!({ "input": input }), &[file]))).await
    }

    async fn post(&self, person: &str, (kind, body): (&str, Vec<u8>)) -> Value {
        let person = DemoPerson { email: person.to_owned(), name: person.to_owned(), locale: None };
        let request = Request::post("/graphql")
            .header(AUTHORIZATION, format!("Bearer {}", self.issuer.mint(&person).unwrap()))
            .header(CONTENT_TYPE, kind)
            .header("GraphQL-Require-Preflight", "1")
            .body(Body::from(body))
            .unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

/// Names, paths or whatever stands at a pointer of each element of a list.
pub fn each(list: &Value, pointer: &str) -> Vec<String> {
    let element = |element: &Value| element.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    list.as_array().unwrap_or_else(|| panic!("{list} is no list")).iter().map(element).collect()
}
