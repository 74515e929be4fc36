//! Zendesk's refusals, in the three shapes that its endpoints have.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::web;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    /// `{"error": …, "description": …}`: what most of the Support API says.
    fn plain(status: StatusCode, error: &str, description: &str) -> Self {
        Self { status, body: json!({ "error": error, "description": description }) }
    }

    /// `{"error": {"title": …, "message": …}}`: what parameter checks and rights say.
    fn titled(status: StatusCode, title: &str, message: &str) -> Self {
        Self { status, body: json!({ "error": { "title": title, "message": message } }) }
    }

    /// `{"errors": [{"code": …, "title": …}]}`: what cursor paging says.
    pub(super) fn paging(parameter: &str, detail: &str) -> Self {
        let error = json!({
            "code": "InvalidPaginationParameter",
            "title": "Invalid pagination parameter",
            "detail": detail,
            "source": { "parameter": parameter }
        });
        Self { status: StatusCode::BAD_REQUEST, body: json!({ "errors": [error] }) }
    }

    /// No such record.
    pub(super) fn missing() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "RecordNotFound", "Not found")
    }

    /// No such endpoint.
    pub(super) fn endpoint() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "InvalidEndpoint", "Not found")
    }

    /// 422 `RecordInvalid`, about one field.
    pub(super) fn invalid(field: &str, description: &str) -> Self {
        let mut refusal = Self::plain(StatusCode::UNPROCESSABLE_ENTITY, "RecordInvalid", "Record validation errors");
        refusal.body["details"] = json!({ field: [{ "description": description }] });
        refusal
    }

    /// 409: somebody else updated the ticket first.
    pub(super) fn moved() -> Self {
        let text = "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data \
            and try again.";
        Self::plain(StatusCode::CONFLICT, "UpdateConflict", text)
    }

    /// A body that is no JSON.
    pub(super) fn unprocessable() -> Self {
        Self::titled(StatusCode::BAD_REQUEST, "Unprocessable request", "The server could not process your request")
    }

    /// A write that there is not.
    pub(super) fn read_only() -> Self {
        Self::titled(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "You do not have access to this page. Please contact the account owner of this help desk for further help.",
        )
    }

    /// A parameter that is missing or cannot be read.
    pub(super) fn parameter(name: &str, rule: &str) -> Self {
        let message = format!("You passed an invalid value for the {name} attribute. Invalid parameter: {name} {rule}");
        Self::titled(StatusCode::BAD_REQUEST, "Invalid attribute", &message)
    }

    /// A page of a list that lies beyond what offset paging reaches.
    pub(super) fn too_deep() -> Self {
        Self::plain(
            StatusCode::BAD_REQUEST,
            "InvalidValue",
            "Requested page exceeds the limit of 10,000 records: use cursor pagination",
        )
    }

    /// A page of a search that lies beyond its thousandth result.
    pub(super) fn beyond_search() -> Self {
        Self::plain(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Invalid search: Requested response size was greater than Search Response Limits",
        )
    }

    /// A search without anything to search for.
    pub(super) fn search(rule: &str) -> Self {
        Self::plain(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &format!("Invalid search: {rule}"))
    }

    /// No credential, or a wrong one.
    pub(super) fn unauthorized() -> Response {
        let body = json!({ "error": "Couldn't authenticate you" });
        let mut response = web::json(StatusCode::UNAUTHORIZED, &body);
        let realm = HeaderValue::from_static("Basic realm=\"Web Password\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        response
    }

    /// The answer.
    pub(super) fn answer(self) -> Response {
        web::json(self.status, &self.body)
    }
}
