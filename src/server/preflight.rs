//! Keeps other people's web pages from sending requests with a visitor's rights.
//!
//! A browser sends some requests across origins without asking (`GET`, and `POST` of forms), and opens WebSockets, with the
//! visitor's cookies on them; a proxy that turns a cookie into a token would sign them in. So a request that a form or a link
//! could send is refused unless something about it makes a browser ask first. A token in `Authorization` does not count: it
//! may be that proxy's.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::body;
use super::respond::Refused;
use crate::config::ServerConfig;
use crate::error::{Code, Error};

/// Any of these, not empty, makes a browser ask: ours, and those that clients of other servers have.
pub(super) const HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
];

/// Refuses a request that another page could have sent in a visitor's name.
pub(super) fn asked_first(headers: &HeaderMap) -> Result<(), Refused> {
    let named = HEADERS.iter().any(|name| headers.get(name).is_some_and(|value| !value.is_empty()));
    // Set by browsers, never by pages: a request of the gateway's own origin.
    let own = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    if named || own || body::is_json(headers) {
        return Ok(());
    }
    let message = "Any web page could make a browser send this. Add the header `GraphQL-Require-Preflight: 1`.";
    Err(Refused::because(message, StatusCode::BAD_REQUEST))
}

/// Refuses a WebSocket of a page of another origin: for these, browsers do not ask at all.
pub(super) fn same_origin(headers: &HeaderMap, config: &ServerConfig) -> Result<(), Refused> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let (origin, host) = (text(origin), headers.get(header::HOST).map(text).unwrap_or_default());
    let own = origin.split_once("://").is_some_and(|(_, rest)| !host.is_empty() && rest.eq_ignore_ascii_case(&host));
    if own || config.cors.origins.contains(&origin) {
        return Ok(());
    }
    let error = Error::public(
        Code::Forbidden,
        "Pages of this origin may not connect; `server.cors.origins` has those that may.",
    );
    Err(Refused::new(error, StatusCode::FORBIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_a_form_or_a_link_could_send_is_refused() {
        for simple in [
            &[][..],
            &[("authorization", "Bearer x")],
            &[("content-type", "multipart/form-data; boundary=x")],
            &[("content-type", "text/plain")],
            &[("content-type", "text/plain; application/json")],
            &[("content-type", "application/x-www-form-urlencoded")],
            &[("graphql-require-preflight", "")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
        ] {
            assert!(asked_first(&headers(simple)).is_err(), "{simple:?}");
        }
        for asked in [
            &[("content-type", "application/json")][..],
            &[("graphql-require-preflight", "1")],
            &[("apollo-require-preflight", "true"), ("content-type", "multipart/form-data; boundary=x")],
            &[("x-apollo-operation-name", "Orders")],
            &[("sec-fetch-site", "same-origin")],
        ] {
            assert!(asked_first(&headers(asked)).is_ok(), "{asked:?}");
        }
    }

    #[test]
    fn only_pages_of_our_own_or_a_configured_origin_connect() {
        let mut config = ServerConfig::default();
        config.cors.origins = vec!["https://portal.example.com".to_owned()];
        let from = |origin: &'static str| headers(&[("host", "graph.example.com:4000"), ("origin", origin)]);
        for good in ["http://graph.example.com:4000", "https://graph.example.com:4000", "https://portal.example.com"] {
            assert!(same_origin(&from(good), &config).is_ok(), "{good}");
        }
        for bad in
            ["https://evil.example", "null", "", "https://graph.example.com", "https://portal.example.com.evil.example"]
        {
            assert!(same_origin(&from(bad), &config).is_err(), "{bad}");
        }
        assert!(same_origin(&headers(&[("host", "graph.example.com")]), &config).is_ok(), "no browser");
        assert!(same_origin(&headers(&[("origin", "https://")]), &config).is_err());
    }
}
