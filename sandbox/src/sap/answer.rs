//! Answers: their form, and entities as V2 JSON.

use std::cell::RefCell;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value as Json, json};

use crate::data::Business;
use crate::web::Pairs;

use super::query::Shape;
use super::record::{Record, records};
use super::schema::{Navigation, Set, set};
use super::value::Value;

/// What stays as it is inside a key in an address.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Atom, unless the client asks for JSON: that is Gateway's default, for `*/*` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

impl Form {
    /// What `$format` or else `Accept` asks for.
    pub(super) fn of(pairs: &Pairs, headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let json = match pairs.get("$format") {
            Some(format) => format == "json",
            None => accept.is_some_and(|accept| accept.contains("application/json")),
        };
        if json { Self::Json } else { Self::Xml }
    }

    /// The content type of refusals.
    pub(super) fn error_kind(self) -> &'static str {
        match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Xml => "application/xml;charset=utf-8",
        }
    }
}

/// An answer before it is sent, alone or as a part of a batch.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) etag: Option<String>,
    /// The address of what was made.
    pub(super) location: Option<String>,
    pub(super) body: String,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(kind: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, kind, etag: None, location: None, body }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert("dataserviceversion", HeaderValue::from_static("2.0"));
        if let Some(etag) = self.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            headers.insert(header::ETAG, etag);
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

/// The records of one navigation's target by the property that leads to them.
type Joined<'a> = BTreeMap<String, Vec<Record<'a>>>;

/// Shows entities.
pub(super) struct Viewer<'a> {
    pub(super) business: &'a Business,
    /// Such as `http://127.0.0.1:8002/sap/opu/odata/sap`.
    pub(super) root: String,
    /// Logged on in German.
    pub(super) german: bool,
    joins: RefCell<BTreeMap<(&'static str, &'static [&'static str]), Joined<'a>>>,
}

impl<'a> Viewer<'a> {
    /// A viewer of the business at an address.
    pub(super) fn new(business: &'a Business, root: String, german: bool) -> Self {
        Self { business, root, german, joins: RefCell::default() }
    }

    /// The address of an entity.
    pub(super) fn address(&self, set: &Set, record: &Record<'_>) -> String {
        let key = |name: &str| {
            let value = set.property(name).map_or(Value::Nothing, |property| record.value(*property));
            let doubled = value.key_text().replace('\'', "''");
            // Quotes may stand in a path, so SAP leaves them.
            format!("'{}'", utf8_percent_encode(&doubled, KEY)).replace("%27", "'")
        };
        let keys: Vec<String> = match set.key {
            [name] => vec![key(name)],
            names => names.iter().map(|name| format!("{name}={}", key(name))).collect(),
        };
        format!("{}/{}/{}({})", self.root, set.service, set.name, keys.join(","))
    }

    /// The `ETag` of an entity, where its type has one.
    pub(super) fn etag(set: &Set, record: &Record<'_>) -> Option<String> {
        let property = set.property(set.etag?)?;
        let text = match record.value(*property) {
            Value::Instant(at) => {
                let at = crate::web::iso(at / 1000).replace(':', "%3A");
                format!("datetimeoffset'{at}'")
            }
            value => format!("'{}'", value.key_text()),
        };
        Some(format!("W/\"{text}\""))
    }

    /// The records that a navigation leads to.
    pub(super) fn follow(&self, from: (&Set, &Record<'a>), navigation: &'static Navigation) -> Vec<Record<'a>> {
        let (own, record) = from;
        let Some(target) = set(own.service, navigation.target) else {
            return Vec::new();
        };
        let key = |set: &Set, record: &Record<'_>| {
            let properties = navigation.by.iter().filter_map(|name| set.property(name));
            let texts: Vec<String> = properties.map(|property| record.value(*property).key_text().to_owned()).collect();
            texts.join("\n")
        };
        let mut joins = self.joins.borrow_mut();
        let joined = joins.entry((target.name, navigation.by)).or_insert_with(|| {
            let mut joined = Joined::new();
            for record in records(self.business, target, self.german) {
                joined.entry(key(target, &record)).or_default().push(record);
            }
            joined
        });
        joined.get(&key(own, record)).cloned().unwrap_or_default()
    }

    /// An entity as JSON.
    pub(super) fn entity(&self, set_of: &'static Set, record: &Record<'a>, shape: &Shape) -> Json {
        let address = self.address(set_of, record);
        let mut metadata = json!({
            "id": address, "uri": address, "type": format!("{}.{}", set_of.service, set_of.kind)
        });
        if let Some(etag) = Self::etag(set_of, record) {
            metadata["etag"] = json!(etag);
        }
        let mut body = Map::new();
        body.insert("__metadata".to_owned(), metadata);
        for property in set_of.properties.iter().filter(|(name, _)| shape.shows(name)) {
            body.insert(property.0.to_owned(), record.value(*property).json());
        }
        for navigation in set_of.navigations.iter().filter(|navigation| shape.follows(navigation.name)) {
            let inner = shape.expand.get(navigation.name);
            let target = set(set_of.service, navigation.target);
            let value = match (inner, target) {
                (Some(inner), Some(target)) => {
                    let found = self.follow((set_of, record), navigation);
                    let mut rows = found.iter().map(|found| self.entity(target, found, inner));
                    if navigation.many {
                        json!({ "results": rows.collect::<Vec<_>>() })
                    } else {
                        rows.next().unwrap_or(Json::Null)
                    }
                }
                _ => json!({ "__deferred": { "uri": format!("{address}/{}", navigation.name) } }),
            };
            body.insert(navigation.name.to_owned(), value);
        }
        Json::Object(body)
    }
}

/// Text as XML shows it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
