//! Reads a GraphQL request out of HTTP, by the rules of GraphQL over HTTP.

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::execute::GraphRequest;

/// A request as its JSON has it.
#[derive(Deserialize)]
struct Body {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    #[expect(dead_code, reason = "it must be an object where it is given, and nothing of it is used yet")]
    extensions: Option<Map<String, Value>>,
}

/// The parameters of a request by GET.
#[derive(Deserialize)]
pub(super) struct Parameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
}

fn bad(message: &str) -> Error {
    Error::public(Code::BadUserInput, message)
}

/// Whether the body says that it is JSON. A browser cannot send that across origins without asking first, which is what
/// keeps other people's pages from sending requests here.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let media = parts.next().unwrap_or_default();
    let utf8 = parts.all(|part| part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8"));
    media == "application/json" && utf8
}

/// The request in a body.
pub(super) fn from_body(body: &[u8]) -> Result<GraphRequest> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(bad("Batches of requests are not taken; send one request."));
    }
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        let what = if error.is_data() { "does not have the form of a GraphQL request" } else { "is not JSON" };
        bad(&format!("The body {what}: line {}, column {}.", error.line(), error.column()))
    })?;
    let query = body.query.ok_or_else(|| bad("The request has no `query`."))?;
    let variables = body.variables.unwrap_or_default();
    Ok(GraphRequest { query, operation_name: body.operation_name, variables, ..GraphRequest::default() })
}

/// The request in an address.
pub(super) fn from_parameters(parameters: Parameters) -> Result<GraphRequest> {
    let query = parameters.query.ok_or_else(|| bad("The request has no `query`."))?;
    let variables = match parameters.variables.as_deref() {
        None | Some("") => Map::new(),
        Some(text) => match serde_json::from_str(text) {
            Ok(Value::Object(map)) => map,
            Ok(Value::Null) => Map::new(),
            _ => return Err(bad("`variables` is not a JSON object.")),
        },
    };
    Ok(GraphRequest { query, operation_name: parameters.operation_name, variables, ..GraphRequest::default() })
}
