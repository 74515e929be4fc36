//! Files, over HTTP against the demo business: links to invoices' PDFs and tickets' attachments, opened as a browser does.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../webhooks/world.rs"]
#[expect(dead_code, reason = "what only webhooks need")]
mod world;

mod attached;
mod elsewhere;
mod links;
mod logs;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use world::{PUBLIC, World};

const ANA: &str = "ana.lund@kestrel-marine.example";
/// Of another company.
const JONAS: &str = "jonas.weber@soehne-nord.example";
const INVOICES: &str = "{ viewer { account { invoices(first: 50) { nodes { number \
    pdf { name contentType url previewUrl expiresAt } } } } } }";

/// The PDF of Ana's first invoice that has one, as the graph answers it.
async fn pdf(world: &World) -> Value {
    pdf_of(world, ANA).await
}

/// The same of somebody else.
async fn pdf_of(world: &World, person: &str) -> Value {
    let answer = world.ask(person, INVOICES).await;
    let nodes =
        answer["data"]["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    nodes.iter().map(|node| node["pdf"].clone()).find(|pdf| !pdf.is_null()).expect("an invoice with a PDF")
}

/// Opens a link as a browser does: without a token.
async fn open(world: &World, link: &Value, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let path = link.as_str().unwrap().strip_prefix(PUBLIC).expect("the public address");
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_file_is_downloaded_without_a_token_and_told_to_be_harmless() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    assert_eq!(pdf["expiresAt"], "2026-03-10T12:05:00Z");
    let (status, headers, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(body.starts_with("%PDF-"), "{body}");
    let name = pdf["name"].as_str().unwrap();
    for (header, value) in [
        ("content-type", "application/pdf".to_owned()),
        ("content-disposition", format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}")),
        ("content-length", body.len().to_string()),
        ("content-security-policy", "default-src 'none'; sandbox".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("cache-control", "private, no-store".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("accept-ranges", "bytes".to_owned()),
    ] {
        assert_eq!(headers.get(header).and_then(|value| value.to_str().ok()), Some(&*value), "{header}");
    }
}

#[tokio::test]
async fn a_preview_is_shown_in_the_page() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    let (status, headers, _) = open(&world, &pdf["previewUrl"], &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline;"));
}

#[tokio::test]
async fn packing_does_not_change_a_file() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    let (_, headers, body) = open(&world, &pdf["url"], &[("accept-encoding", "gzip")]).await;
    assert!(!headers.contains_key("content-encoding") && body.starts_with("%PDF-"));
}

#[tokio::test]
async fn a_part_that_the_system_does_not_give_is_answered_with_the_whole() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    let (status, headers, body) = open(&world, &pdf["url"], &[("range", "bytes=0-3")]).await;
    assert_eq!(status, StatusCode::OK, "the demo's billing gives no parts");
    assert!(!headers.contains_key("content-range") && body.starts_with("%PDF-"));
}

#[tokio::test]
async fn a_link_tells_nothing_of_where_the_file_is() {
    let world = World::open().await;
    let answer = world.ask(ANA, INVOICES).await.to_string();
    let billing = world.business.systems["stripe"].to_string();
    assert!(!answer.contains(&billing) && !answer.contains("/i/in_"), "{answer}");
}
