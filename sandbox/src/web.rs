//! What every dialect needs of HTTP: queries as pairs, JSON answers, the check of credentials, instants as text.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{CREDENTIALS, Credential};

/// The pairs of a query string or form, decoded, in order; a key may come more than once.
#[derive(Debug, Clone, Default)]
pub struct Pairs(pub Vec<(String, String)>);

impl Pairs {
    /// Splits and decodes `application/x-www-form-urlencoded` text; `+` is a space.
    pub fn parse(text: &str) -> Self {
        let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pair = |part: &str| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key), decode(value))
        };
        Self(text.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    /// The pairs of a request's query.
    pub fn of(uri: &axum::http::Uri) -> Self {
        Self::parse(uri.query().unwrap_or_default())
    }

    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// An answer with a JSON body.
pub fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json;charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Whether the request carries the credential that `system` demands.
pub fn authorized(system: &str, headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let Some((scheme, given)) = given.split_once(' ') else {
        return false;
    };
    CREDENTIALS.iter().filter(|(name, _)| *name == system).any(|(_, credential)| match credential {
        Credential::Bearer(token) => scheme.eq_ignore_ascii_case("bearer") && given == *token,
        Credential::Basic(user, password) => {
            scheme.eq_ignore_ascii_case("basic") && given == STANDARD.encode(format!("{user}:{password}"))
        }
    })
}

/// An instant as `2026-01-04T09:00:00Z`.
pub fn iso(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// An instant as `2026-01-04T09:00:00.000Z`.
pub fn iso_millis(seconds: i64) -> String {
    format!("{:.3}", jiff::Timestamp::from_second(seconds).unwrap_or_default())
}

/// The rows with those of different accounts taking turns: the first of each account, then the second of each.
/// A system that ignores its filters answers with the beginning of this.
pub fn mixed<T, K: Ord>(rows: Vec<T>, account: impl Fn(&T) -> K) -> Vec<T> {
    let mut turns: BTreeMap<K, usize> = BTreeMap::new();
    let mut numbered: Vec<(usize, T)> = Vec::with_capacity(rows.len());
    for row in rows {
        let turn = turns.entry(account(&row)).or_default();
        *turn += 1;
        numbered.push((*turn, row));
    }
    numbered.sort_by_key(|(turn, _)| *turn);
    numbered.into_iter().map(|(_, row)| row).collect()
}
