//! Error bodies: `{"error": {"type", "code"?, "message", "param"?, "doc_url"?}}`.

use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::web;

/// A request that is turned down.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: Value,
}

impl Refusal {
    fn new(status: StatusCode, message: &str) -> Self {
        Self { status, error: json!({ "type": "invalid_request_error", "message": message }) }
    }

    fn coded(mut self, code: &str, param: &str) -> Self {
        self.error["code"] = json!(code);
        self.error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
        self.error["param"] = json!(param);
        self
    }

    /// 400, about a parameter or about the whole request.
    pub(super) fn invalid(message: &str, param: Option<&str>) -> Self {
        let mut refusal = Self::new(StatusCode::BAD_REQUEST, message);
        if let Some(param) = param {
            refusal.error["param"] = json!(param);
        }
        refusal
    }

    /// 400 `parameter_unknown`.
    pub(super) fn unknown(param: &str) -> Self {
        let message = format!("Received unknown parameter: {param}");
        Self::new(StatusCode::BAD_REQUEST, &message).coded("parameter_unknown", param)
    }

    /// 400 `parameter_invalid_integer`.
    pub(super) fn integer(param: &str, value: &str) -> Self {
        let message = format!("Invalid integer: {value}");
        Self::new(StatusCode::BAD_REQUEST, &message).coded("parameter_invalid_integer", param)
    }

    /// 400 `parameter_missing`.
    pub(super) fn absent(param: &str) -> Self {
        let message = format!("Missing required param: {param}.");
        Self::new(StatusCode::BAD_REQUEST, &message).coded("parameter_missing", param)
    }

    /// 400 `email_invalid`.
    pub(super) fn mail(email: &str) -> Self {
        let message = format!("Invalid email address: {email}");
        Self::new(StatusCode::BAD_REQUEST, &message).coded("email_invalid", "email")
    }

    /// 400 `resource_missing`: a parameter names something that does not exist.
    pub(super) fn dangling(kind: &str, id: &str, param: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, &format!("No such {kind}: '{id}'")).coded("resource_missing", param)
    }

    /// 404 `resource_missing`.
    pub(super) fn missing(kind: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, &format!("No such {kind}: '{id}'")).coded("resource_missing", "id")
    }

    /// 404 for a path that the API does not have.
    pub(super) fn url(method: &Method, uri: &Uri) -> Self {
        let path = uri.path();
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
             https://support.stripe.com/."
        );
        Self::new(StatusCode::NOT_FOUND, &message)
    }

    /// 401.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid API Key provided, or none: use `Authorization: Bearer YOUR_KEY`.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        web::json(self.status, &json!({ "error": self.error }))
    }
}
