//! Files at another host than the system's own: without its credentials, and only where the connector says that they may be.

use axum::body::Body;
use axum::http::{HeaderName, Request, StatusCode};
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{PUBLIC, World};
use crate::{open, pdf};

/// The addresses at which another host than the billing system's own is, and what it was sent.
pub async fn elsewhere(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    server
}

/// Every invoice's PDF is at that address by now.
pub fn move_to(world: &World, address: &str) {
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
