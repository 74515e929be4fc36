//! Sending: one sender for each system, which retries as its vendor does, in a short form.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep_until;

use crate::State;
use crate::gate::closing;

use super::{Delivery, Handling, Next, Outcome, Target, payload, sign};

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_secs(10);

/// Sends the webhooks of one system until the business closes.
pub(crate) async fn run(state: Arc<State>, system: &'static str, closed: watch::Receiver<()>) {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let ends = closing(closed);
    tokio::pin!(ends);
    loop {
        let come = state.hooks.come().notified();
        tokio::pin!(come);
        come.as_mut().enable();
        match state.hooks.next(system) {
            Next::Send(delivery, target, handling) => {
                let sent = deliver(&state, (system, &client), (*delivery, &target, &handling));
                tokio::select! {
                    again = sent => state.hooks.done(system, again),
                    () = &mut ends => return,
                }
            }
            Next::Wait(Some(until)) => tokio::select! {
                () = &mut come => {}
                () = sleep_until(until) => {}
                () = &mut ends => return,
            },
            Next::Wait(None) => tokio::select! {
                () = &mut come => {}
                () = &mut ends => return,
            },
        }
    }
}

/// Sends one delivery; gives it back where it is to be tried again.
async fn deliver(
    state: &State,
    (system, client): (&'static str, &Client<HttpConnector, Body>),
    (delivery, target, handling): (Delivery, &Target, &Handling),
) -> Option<(Delivery, Duration)> {
    let kinds: Vec<String> = delivery.events.iter().map(|event| event.kind.clone()).collect();
    let outcome = |status: Option<u16>, dropped: bool| Outcome {
        system,
        delivery: delivery.number,
        kinds: kinds.clone(),
        attempt: delivery.attempt,
        status,
        dropped,
    };
    if handling.drop > 0 && delivery.number.is_multiple_of(handling.drop) {
        state.hooks.note(outcome(None, true));
        return None;
    }
    let mut status = None;
    for _ in 0..=handling.repeat {
        let cut = handling.cut > 0 && state.hooks.attempted(system).is_multiple_of(handling.cut);
        let answer = attempt(system, client, (&delivery, target, cut));
        status = tokio::time::timeout(PATIENCE, answer).await.ok().flatten();
        state.hooks.note(outcome(status, false));
    }
    if status.is_some_and(|status| (200..300).contains(&status)) || delivery.attempt >= most(system, status) {
        return None;
    }
    let pause = Duration::from_millis(target.retry_ms).saturating_mul(1 << delivery.attempt.min(10));
    Some((delivery, pause.min(LONGEST)))
}

/// How often a system tries again after such an answer, or none. The vendors' own numbers reach over hours or days.
///
/// HubSpot repeats after failed connections, 429 and 5xx; Zendesk after timeouts, 409, 429 and 503; Stripe and the event
/// mesh after whatever is no success.
fn most(system: &str, status: Option<u16>) -> u32 {
    match (system, status) {
        ("hubspot", None | Some(429 | 500..)) => 10,
        ("hubspot", Some(_)) => 0,
        ("zendesk", None) => 5,
        ("zendesk", Some(409 | 429 | 503)) => 3,
        ("zendesk", Some(_)) => 0,
        _ => 8,
    }
}

/// One request; none where there was no answer.
async fn attempt(
    system: &str,
    client: &Client<HttpConnector, Body>,
    (delivery, target, cut): (&Delivery, &Target, bool),
) -> Option<u16> {
    let (body, kind) = payload::body(system, delivery);
    let signed = sign::headers(system, target, (&body, jiff::Timestamp::now()));
    if cut {
        return broken(target, &signed, &body).await;
    }
    let mut request = Request::builder().method(Method::POST).uri(&target.url).header(header::CONTENT_TYPE, kind);
    for (name, value) in signed {
        request = request.header(name, value);
    }
    let answer = client.request(request.body(Body::from(body)).ok()?).await.ok()?;
    Some(answer.status().as_u16())
}

/// Sends a request whose connection is cut in the middle of the body.
async fn broken(target: &Target, signed: &[(String, String)], body: &[u8]) -> Option<u16> {
    let (address, uri) = place(&target.url).ok()?;
    let mut stream = TcpStream::connect(address).await.ok()?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let headers: String = signed.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&body[..body.len() / 2]).await.ok()?;
    stream.flush().await.ok()?;
    None
}

/// Where an address leads: this machine, and nowhere else.
pub(super) fn place(url: &str) -> Result<(SocketAddr, Uri), String> {
    let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no address: {error}"))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    let address = host.parse().ok().filter(std::net::IpAddr::is_loopback);
    match address.filter(|_| uri.scheme_str() == Some("http")) {
        Some(address) => Ok((SocketAddr::new(address, uri.port_u16().unwrap_or(80)), uri)),
        None => Err(format!("`{url}` is not on this machine: webhooks of the demo go to http://127.0.0.1 only")),
    }
}
