//! Files, over HTTP against the demo business: links to invoices' PDFs and tickets' attachments, opened as a browser does.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../webhooks/world.rs"]
#[expect(dead_code, reason = "what only webhooks need")]
mod world;

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use serde_json::Value;
use vestibule_sandbox::data::told::File;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};
use world::{PUBLIC, World};

const ANA: &str = "ana.lund@kestrel-marine.example";
const INVOICES: &str = "{ viewer { account { invoices(first: 50) { nodes { number \
    pdf { name contentType url previewUrl expiresAt } } } } } }";

/// The first invoice that has a PDF, as the graph answers it.
async fn pdf(world: &World) -> Value {
    let answer = world.ask(ANA, INVOICES).await;
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
async fn a_forged_link_opens_nothing() {
    let world = World::open().await;
    let link = pdf(&world).await["url"].as_str().unwrap().to_owned();
    let (rest, last) = link.split_at(link.len() - 4);
    let other: String = last.chars().map(|c| if c == 'A' { 'B' } else { 'A' }).collect();
    for forged in [format!("{rest}{other}"), rest.to_owned(), link.replace("/demo/", "/other/")] {
        let (status, _, body) = open(&world, &Value::from(forged), &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
        assert!(body.contains("NOT_FOUND"), "{body}");
    }
}

#[tokio::test]
async fn a_link_works_for_five_minutes() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    world.clock.advance(Duration::from_secs(299));
    assert_eq!(open(&world, &pdf["url"], &[]).await.0, StatusCode::OK);
    world.clock.advance(Duration::from_secs(1));
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::GONE, "{body}");
}

#[tokio::test]
async fn once_the_right_is_withdrawn_the_link_opens_nothing() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    for contact in world.business.state.write().contacts.iter_mut().filter(|contact| contact.email == ANA) {
        contact.companies.clear();
    }
    // What people may reach is known anew after a minute.
    world.clock.advance(Duration::from_secs(61));
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
}

#[tokio::test]
async fn a_record_that_is_not_visible_any_more_keeps_its_file() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    world.business.state.write().invoices.iter_mut().for_each(|invoice| invoice.status = "draft");
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
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

/// The addresses at which another host than the billing system's own is, and what it was sent.
async fn elsewhere(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    server
}

/// Every invoice's PDF is at that address by now.
fn move_to(world: &World, address: &str) {
    let mut business = world.business.state.write();
    let ids: Vec<String> = business.invoices.iter().map(|invoice| invoice.id.clone()).collect();
    for id in ids {
        business.told.billing.entry(id).or_default().insert("invoice_pdf".to_owned(), Value::from(address));
    }
}

/// What every request to another host must be without.
async fn nothing_told(server: &MockServer) {
    let asked = server.received_requests().await.unwrap();
    assert!(!asked.is_empty());
    for request in asked {
        let names: Vec<&str> = request.headers.keys().map(HeaderName::as_str).collect();
        for name in ["authorization", "cookie", "stripe-version", "stripe-account", "referer"] {
            assert!(!names.contains(&name), "{names:?}");
        }
    }
}

#[tokio::test]
async fn credentials_do_not_go_to_another_host() {
    let world = World::open().await;
    let other = elsewhere(ResponseTemplate::new(200).set_body_raw("%PDF-1.7 elsewhere", "application/pdf")).await;
    move_to(&world, &format!("{}/invoice", other.uri()));
    let pdf = pdf(&world).await;
    let (status, _, body) = open(&world, &pdf["url"], &[("cookie", "a=b"), ("authorization", "Bearer x")]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "%PDF-1.7 elsewhere"));
    nothing_told(&other).await;
}

#[tokio::test]
async fn another_host_may_send_on_and_not_back_to_the_system() {
    let world = World::open().await;
    let last = elsewhere(ResponseTemplate::new(200).set_body_raw("%PDF-1.7 last", "application/pdf")).await;
    let on = ResponseTemplate::new(302).insert_header("location", format!("{}/last", last.uri()));
    let first = elsewhere(on).await;
    move_to(&world, &format!("{}/first", first.uri()));
    let pdf = pdf(&world).await;
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "%PDF-1.7 last"));
    nothing_told(&last).await;

    let home = format!("http://{}/v1/customers", world.business.systems["stripe"]);
    let back = elsewhere(ResponseTemplate::new(302).insert_header("location", home)).await;
    move_to(&world, &format!("{}/back", back.uri()));
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{body}");
    assert!(!body.contains("127.0.0.1"), "{body}");
}

#[tokio::test]
async fn a_host_that_is_not_the_connectors_is_not_asked() {
    let world = World::open().await;
    for address in ["https://files.example.org/a.pdf", "http://[::1]:9/a.pdf", "file:///etc/passwd", "../customers"] {
        move_to(&world, address);
        let pdf = pdf(&world).await;
        let (status, _, body) = open(&world, &pdf["url"], &[]).await;
        assert!(matches!(status, StatusCode::BAD_GATEWAY | StatusCode::NOT_FOUND), "{address}: {status} {body}");
        assert!(!body.contains("example.org") && !body.contains("passwd"), "{body}");
    }
}

#[tokio::test]
async fn a_page_to_sign_in_at_is_no_file() {
    let world = World::open().await;
    let other = elsewhere(ResponseTemplate::new(200).set_body_raw("<form>Sign in</form>", "text/html")).await;
    move_to(&world, &other.uri());
    let pdf = pdf(&world).await;
    for headers in [&[][..], &[("range", "bytes=0-3")]] {
        let (status, _, body) = open(&world, &pdf["url"], headers).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{body}");
        assert!(!body.contains("Sign in"), "{body}");
    }
}

#[tokio::test]
async fn what_is_to_be_said_of_a_file_is_said_without_asking_for_it() {
    let world = World::open().await;
    let other = elsewhere(ResponseTemplate::new(500)).await;
    move_to(&world, &other.uri());
    let pdf = pdf(&world).await;
    let path = pdf["url"].as_str().unwrap().strip_prefix(PUBLIC).unwrap().to_owned();
    let (status, headers, body) = world.send(Request::head(path).body(Body::empty()).unwrap()).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, ""));
    assert_eq!(headers["content-type"], "application/pdf");
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}

/// Ana's messages, with what is attached to them.
const ATTACHED: &str = "{ viewer { account { tickets(first: 50) { nodes { messages(first: 50) { nodes { \
    attachments { name contentType url previewUrl } } } } } } } }";

/// The attachments of that name, of all that Ana is answered.
async fn attached(world: &World, name: &str) -> Vec<Value> {
    let answer = world.ask(ANA, ATTACHED).await;
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let tickets = each(&answer["data"]["viewer"]["account"]["tickets"]["nodes"]);
    let messages = tickets.iter().flat_map(|ticket| each(&ticket["messages"]["nodes"]));
    let files = messages.flat_map(|message| each(&message["attachments"]));
    let found: Vec<Value> = files.filter(|file| file["name"] == name).collect();
    assert!(!found.is_empty(), "no {name}: {answer}");
    found
}

/// Attaches a file to everything that was said to everybody.
fn attach(world: &World, (id, name, media): (u64, &str, &str), content: &'static [u8]) {
    let mut business = world.business.state.write();
    let said = business.tickets.iter().flat_map(|ticket| &ticket.comments).filter(|comment| comment.public);
    let said: Vec<u64> = said.map(|comment| comment.id).collect();
    business.told.files.extend(said.into_iter().zip(0..).map(|(comment, number)| File {
        id: id + number,
        token: format!("t{name}"),
        name: name.to_owned(),
        media: media.to_owned(),
        content: content.into(),
        at: 1_770_000_000,
        comment: Some(comment),
    }));
}

#[tokio::test]
async fn what_the_desk_takes_for_malware_is_told_of_and_not_opened() {
    let world = World::open().await;
    attach(&world, (5_000_000, "bad.pdf", "application/pdf"), b"X EICAR-STANDARD-ANTIVIRUS-TEST-FILE X");
    attach(&world, (6_000_000, "good.txt", "text/plain"), b"good");
    let bad = attached(&world, "bad.pdf").await.swap_remove(0);
    assert_eq!(bad["previewUrl"], Value::Null);
    let (status, _, body) = open(&world, &bad["url"], &[]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert!(!body.contains("EICAR"), "{body}");
    let good = attached(&world, "good.txt").await.swap_remove(0);
    assert_eq!(good["previewUrl"], Value::Null, "a text is downloaded");
    let (status, headers, body) = open(&world, &good["url"], &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "good"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
}

#[tokio::test]
async fn a_part_of_a_document_is_given_and_none_that_it_has_not() {
    let world = World::open().await;
    let query = "{ viewer { account { documents(first: 20) { nodes { name file { size url previewUrl } } } } } }";
    let answer = world.ask(ANA, query).await;
    let nodes = answer["data"]["viewer"]["account"]["documents"]["nodes"].as_array().unwrap();
    let file = |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap_or_else(|| panic!("{answer}"));
    let notes = &file("Handover.txt")["file"];
    let size = notes["size"].as_u64().unwrap();
    let (status, _, whole) = open(&world, &notes["url"], &[]).await;
    assert_eq!((status, whole.len() as u64), (StatusCode::OK, size));
    for (range, part, told) in [
        ("bytes=1-4", &whole[1..5], format!("bytes 1-4/{size}")),
        ("bytes=-3", &whole[whole.len() - 3..], format!("bytes {}-{}/{size}", size - 3, size - 1)),
    ] {
        let (status, headers, body) = open(&world, &notes["url"], &[("range", range)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::PARTIAL_CONTENT, part), "{range}");
        assert_eq!(headers["content-range"].to_str().unwrap(), told);
        assert_eq!(headers["content-length"].to_str().unwrap(), part.len().to_string());
    }
    let (status, headers, body) = open(&world, &notes["url"], &[("range", "bytes=1000000-")]).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "{body}");
    assert_eq!(headers["content-range"].to_str().unwrap(), format!("bytes */{size}"));
    let conditional = [("range", "bytes=1-4"), ("if-range", "\"x\"")];
    assert_eq!(open(&world, &notes["url"], &conditional).await.0, StatusCode::OK);
    let (status, headers, _) = open(&world, &file("Delivery.png")["file"]["previewUrl"], &[]).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "image/png"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline;"));
}
