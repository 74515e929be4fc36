//! Refusals that every system gives in a shape of its own: not available, locked, too many requests, and what a test has it say.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::write::Refusal;
use crate::web;

/// 503 as `system` words it.
pub fn unavailable(system: &str) -> Response {
    let text = "The service is temporarily unavailable.";
    let body = match system {
        "hubspot" => hubspot(text, "SERVICE_UNAVAILABLE"),
        "sap" => sap("503", text),
        "stripe" => json!({ "error": { "type": "api_error", "message": text } }),
        _ => json!({ "error": "ServiceUnavailable", "description": text }),
    };
    web::json(StatusCode::SERVICE_UNAVAILABLE, &body)
}

/// What `system` answers while somebody else has the record.
pub fn locked(system: &str) -> Response {
    let (status, body) = match system {
        "hubspot" => (StatusCode::LOCKED, hubspot("The object is locked by another request. Try again.", "LOCKED")),
        "sap" => {
            let text = "The sales document is currently being processed by user SMITHJ";
            (StatusCode::BAD_REQUEST, sap("V1/042", text))
        }
        "stripe" => {
            let text = "This object cannot be accessed right now because another API request or Stripe process is \
                currently accessing it.";
            let error = json!({ "type": "invalid_request_error", "code": "lock_timeout", "message": text });
            (StatusCode::TOO_MANY_REQUESTS, json!({ "error": error }))
        }
        _ => {
            let text = "The request conflicted with another one on the same record. Try again.";
            (StatusCode::CONFLICT, json!({ "error": "DatabaseConflict", "description": text }))
        }
    };
    web::json(status, &body)
}

/// A refusal of a write, with the code, the words and the field where `system` has them.
pub fn refused(system: &str, Refusal { status, code, message, field, .. }: &Refusal) -> Response {
    let body = match system {
        // What is wrong with one property stands below a category that all such faults share.
        "hubspot" => match field {
            None => hubspot(message, code),
            Some(field) => {
                let mut body = hubspot(message, "VALIDATION_ERROR");
                let context = json!({ "propertyName": [field] });
                body["errors"] = json!([{ "message": message, "code": code, "context": context }]);
                body
            }
        },
        "sap" => {
            let mut body = sap(code, message);
            let detail = json!({ "code": code, "message": message, "propertyref": field, "severity": "error" });
            body["error"]["innererror"] = json!({ "errordetails": [detail] });
            body
        }
        "stripe" => {
            let error = json!({ "type": "invalid_request_error", "code": code, "message": message, "param": field });
            json!({ "error": error })
        }
        _ => {
            let mut body = json!({ "error": code, "description": message });
            if let Some(field) = field {
                body["details"] = json!({ field: [{ "description": message }] });
            }
            body
        }
    };
    web::json(StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST), &body)
}

/// 429 as `system` words it, with the headers that it sends. HubSpot tells the window and Stripe tells nothing; only
/// SAP and Zendesk name the seconds to wait.
pub fn limited(system: &str, wait_ms: u64) -> Response {
    let seconds = wait_ms.div_ceil(1000).to_string();
    let (body, headers): (Value, Vec<(&'static str, String)>) = match system {
        "hubspot" => {
            let mut body = hubspot("You have reached your ten_secondly_rolling limit.", "RATE_LIMITS");
            body["errorType"] = json!("RATE_LIMIT");
            body["policyName"] = json!("TEN_SECONDLY_ROLLING");
            let window = ("x-hubspot-ratelimit-interval-milliseconds", "10000".to_owned());
            let max = ("x-hubspot-ratelimit-max", "100".to_owned());
            (body, vec![max, ("x-hubspot-ratelimit-remaining", "0".to_owned()), window])
        }
        "sap" => (sap("429", "Too many requests"), vec![("retry-after", seconds)]),
        "stripe" => {
            let text = "Request rate limit exceeded. Learn more about rate limits in the documentation.";
            let error = json!({ "type": "invalid_request_error", "code": "rate_limit", "message": text });
            (json!({ "error": error }), vec![("stripe-should-retry", "true".to_owned())])
        }
        _ => {
            let text = "Number of allowed API requests per minute exceeded";
            let body = json!({ "error": "APIRateLimitExceeded", "description": text });
            let limit = ("x-rate-limit", "700".to_owned());
            let reset = ("ratelimit-reset", seconds.clone());
            (body, vec![limit, ("x-rate-limit-remaining", "0".to_owned()), reset, ("retry-after", seconds)])
        }
    };
    let mut response = web::json(StatusCode::TOO_MANY_REQUESTS, &body);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn hubspot(message: &str, category: &str) -> Value {
    let correlation = "00000000-0000-4000-8000-000000000503";
    json!({ "status": "error", "message": message, "correlationId": correlation, "category": category })
}

fn sap(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": { "lang": "en", "value": message } } })
}
