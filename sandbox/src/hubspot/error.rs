//! Error bodies: `status`, `message`, `correlationId`, `category`, and what else the case calls for.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::web;

use super::property::Fault;

/// A request that is turned down.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

/// A fresh `correlationId`.
pub(super) fn correlation() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("01970000-0000-4000-8000-{:012x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Refusal {
    fn new(status: StatusCode, category: &str, message: &str) -> Self {
        let body = json!({
            "status": "error",
            "message": message,
            "correlationId": correlation(),
            "category": category,
        });
        Self { status, body }
    }

    /// 400 for input that breaks a rule.
    pub(super) fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// 400 for input about one property.
    pub(super) fn property(name: &str, message: &str) -> Self {
        let mut refusal = Self::invalid(message);
        refusal.body["errors"] = json!([{ "message": message, "context": { "propertyName": [name] } }]);
        refusal
    }

    /// 400 for values that properties do not take: HubSpot writes the faults into its message as JSON, and lists them.
    pub(super) fn properties(faults: &[Fault]) -> Self {
        let listed = |fault: &Fault| {
            let Fault { name, code, message } = fault;
            json!({ "isValid": false, "message": message, "error": code, "name": name, "localizedErrorMessage": message })
        };
        let list: Vec<Value> = faults.iter().map(listed).collect();
        let mut refusal = Self::invalid(&format!("Property values were not valid: {}", json!(list)));
        let error = |fault: &Fault| {
            let context = json!({ "propertyName": [fault.name] });
            json!({ "message": fault.message, "code": fault.code, "context": context })
        };
        refusal.body["errors"] = faults.iter().map(error).collect();
        refusal
    }

    /// 409 for a second contact of an e-mail: the message holds the id of the first.
    pub(super) fn exists(id: u64) -> Self {
        Self::new(StatusCode::CONFLICT, "CONFLICT", &format!("Contact already exists. Existing ID: {id}"))
    }

    /// 404.
    pub(super) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", message)
    }

    /// 405, for verbs that a path does not have.
    pub(super) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "HTTP method not allowed")
    }

    /// 401.
    pub(super) fn unauthorized() -> Self {
        let message = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can \
            find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_AUTHENTICATION", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        web::json(self.status, &self.body)
    }
}
