//! Files, over HTTP against the demo business: links to invoices' PDFs, to documents and to what is attached to messages, opened
//! as a browser does. What is promised is in `scenarios/`; [`scenario`] says what may stand in one.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../webhooks/world.rs"]
#[expect(dead_code, reason = "what only webhooks need")]
mod world;

mod business;
#[path = "../shared/expected.rs"]
mod expected;
mod forged;
mod links;
mod logs;
#[path = "../shared/opens.rs"]
mod opens;
#[path = "../shared/play.rs"]
mod play;
mod scenario;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use scenario::Scenario;
use serde_json::Value;
use world::{PUBLIC, World};

const ANA: &str = "ana.lund@kestrel-marine.example";
const INVOICES: &str = "{ viewer { account { invoices(first: 50) { nodes { provenance { source } \
    pdf { url previewUrl } } } } } }";

/// The PDF of Ana's first invoice of the billing system, as the graph answers it.
async fn pdf(world: &World) -> Value {
    let answer = world.ask(ANA, INVOICES).await;
    let nodes =
        answer["data"]["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let billed = nodes.iter().find(|node| node["provenance"]["source"] == "billing").expect("an invoice with a PDF");
    billed["pdf"].clone()
}

/// Opens a link as a browser does: without a token.
async fn open(world: &World, link: &Value, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let path = link.as_str().unwrap().strip_prefix(PUBLIC).expect("the public address");
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn what_a_browser_is_told() {
    play::play::<Scenario>("files/scenarios/told.yaml").await;
}

#[tokio::test]
async fn links_that_open_nothing() {
    play::play::<Scenario>("files/scenarios/links.yaml").await;
}

#[tokio::test]
async fn files_at_other_hosts() {
    play::play::<Scenario>("files/scenarios/elsewhere.yaml").await;
}

#[test]
fn every_scenario_is_played() {
    play::all_are_played("files");
}
