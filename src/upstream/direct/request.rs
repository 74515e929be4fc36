//! A request as it is written: its head and its body in one piece.

use hyper::header::{self, HeaderName};
use hyper::http::uri::Authority;

use super::super::network::{self, PACKED};
use super::super::transport::Call;
use crate::connector::Method;

/// Room for the head of most requests, in bytes, without what is asked for.
const HEAD: usize = 512;

/// The bytes of a call whose body is in memory. Names, values and the target are of types that hold no line breaks.
pub(super) fn written(call: &Call, authority: &Authority) -> Vec<u8> {
    let body = call.body.in_memory().map_or(&[][..], |body| body);
    let target = call.url.path_and_query().map_or("", |target| target.as_str());
    let mut out = Vec::with_capacity(HEAD + target.len() + body.len());
    // An address may have a query and no path.
    let root = if target.starts_with('/') { "" } else { "/" };
    for part in [network::method(call.method).as_str(), " ", root, target, " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    let mut say = |name: &HeaderName, value: &[u8]| {
        for part in [name.as_str().as_bytes(), b": ", value, b"\r\n"] {
            out.extend_from_slice(part);
        }
    };
    if !call.headers.contains_key(header::HOST) {
        say(&header::HOST, host(authority).as_bytes());
    }
    for (name, value) in &call.headers {
        // How long the body is, and how it is sent, is known here and nowhere else.
        if *name != header::CONTENT_LENGTH && *name != header::TRANSFER_ENCODING {
            say(name, value.as_bytes());
        }
    }
    for (name, value) in network::defaults(PACKED) {
        if !call.headers.contains_key(&name) {
            say(&name, value.as_bytes());
        }
    }
    // A method that has a body says so of an empty one, too (RFC 9110, 8.6).
    if !body.is_empty() || matches!(call.method, Method::Post | Method::Put | Method::Patch) {
        say(&header::CONTENT_LENGTH, itoa::Buffer::new().format(body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// The host, and its port where that is not the usual one.
fn host(authority: &Authority) -> &str {
    if authority.port_u16() == Some(80) { authority.host() } else { authority.as_str() }
}
