//! Bodies: what they say that they are, and how large and how slow they may be.

use axum::body::{Body, Bytes};
use axum::extract::FromRequest as _;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};

use super::Serving;
use super::respond::Refused;

/// Media types of a request: JSON, by both its names.
const JSON: [&str; 2] = ["application/json", "application/graphql+json"];

/// Whether the body says that it is JSON. A browser cannot send that across origins without asking first.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut parts = content_type(headers).split(';').map(|part| part.trim().to_ascii_lowercase());
    let media = parts.next().unwrap_or_default();
    let utf8 = parts.all(|part| part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8"));
    JSON.contains(&media.as_str()) && utf8
}

/// What separates the parts of a form, where the body is one with parts.
pub(super) fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(content_type(headers)).ok()
}

fn content_type(headers: &HeaderMap) -> &str {
    // Said twice, it says nothing: a proxy in front may have read the other one.
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let first = all.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if all.next().is_some() { "" } else { first }
}

/// Refuses a packed body: what it would unpack to is not known before it is unpacked.
pub(super) fn unpacked(headers: &HeaderMap) -> Result<(), Refused> {
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    let refused = Refused::because("Send the body without `Content-Encoding`.", StatusCode::UNSUPPORTED_MEDIA_TYPE);
    Err(refused.with(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")))
}

/// The whole body, within the bounds of the configuration.
pub(super) async fn whole(serving: &Serving, request: Request<Body>) -> Result<Bytes, Refused> {
    // What a client has not sent by then is not waited for; from there on the request has its own deadline.
    match tokio::time::timeout(serving.config.timeout.0, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("The body is too large: {} bytes are taken.", serving.config.largest_body);
            Err(Refused::because(message, StatusCode::PAYLOAD_TOO_LARGE))
        }
        Ok(Err(_)) => Err(Refused::because("The body was cut off.", StatusCode::BAD_REQUEST)),
        Err(_) => Err(Refused::because("The body did not arrive in time.", StatusCode::REQUEST_TIMEOUT)),
    }
}
