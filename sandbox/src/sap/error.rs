//! SAP Gateway's refusals, in its V2 error shape as JSON or XML.
//!
//! Codes are those that Gateway installations show for the same mistakes; clients should go by the HTTP status.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, Form, escape};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: String) -> Self {
        Self { status, code, message }
    }

    /// A service that is not there.
    pub(super) fn service(name: &str) -> Self {
        let message = format!("No service found for namespace '', name '{name}', version '0001'");
        Self::new(StatusCode::NOT_FOUND, "/IWFND/MED/170", message)
    }

    /// A path segment that leads nowhere.
    pub(super) fn segment(name: &str) -> Self {
        let message = format!("Resource not found for segment '{name}'");
        Self::new(StatusCode::NOT_FOUND, "005056A509B11EE1B9A8FEC11C21578E", message)
    }

    /// A key without an entity.
    pub(super) fn missing(kind: &str) -> Self {
        let message = format!("Resource not found for segment '{kind}'");
        Self::new(StatusCode::NOT_FOUND, "/IWBEP/CM_MGW_RT/020", message)
    }

    /// A property that the entity type does not have.
    pub(super) fn property(name: &str, kind: &str) -> Self {
        let message = format!("Property '{name}' not found in type '{kind}'");
        Self::new(StatusCode::BAD_REQUEST, "005056A509B11EE1B9A8FEC11C21D78E", message)
    }

    /// A query or key that cannot be read.
    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "005056A509B11EE1B9A8FEC11C23D78E", message.into())
    }

    /// What the business itself refuses, by message class and number.
    pub(super) fn business(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message.into())
    }

    /// A change without the `ETag` of what it changes.
    pub(super) fn precondition_required() -> Self {
        let message = "Precondition required: the request needs an If-Match header".to_owned();
        Self::new(StatusCode::PRECONDITION_REQUIRED, "/IWFND/CM_MGW/586", message)
    }

    /// A change of what has changed since.
    pub(super) fn precondition_failed() -> Self {
        let message = "Precondition failed: the resource was changed since it was read".to_owned();
        Self::new(StatusCode::PRECONDITION_FAILED, "/IWBEP/CM_MGW_RT/107", message)
    }

    /// A change that there is not.
    pub(super) fn read_only() -> Self {
        let message = "Method not allowed for this resource".to_owned();
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "/IWFND/CM_BEC/026", message)
    }

    /// An address that is longer than what the web dispatcher takes.
    pub(super) fn too_long() -> Self {
        Self::new(StatusCode::URI_TOO_LONG, "414", "URI too long".to_owned())
    }

    /// The answer in the form that the client asked for.
    pub(super) fn answer(&self, form: Form) -> Answer {
        let body = match form {
            Form::Json => self.json().to_string(),
            Form::Xml => format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
                 <error xmlns=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">\
                 <code>{}</code><message xml:lang=\"en\">{}</message></error>",
                self.code,
                escape(&self.message)
            ),
        };
        Answer { status: self.status, kind: form.error_kind(), etag: None, location: None, body }
    }

    fn json(&self) -> Value {
        let detail = json!({
            "code": self.code, "message": self.message, "propertyref": "", "severity": "error", "target": ""
        });
        json!({ "error": {
            "code": self.code,
            "message": { "lang": "en", "value": self.message },
            "innererror": {
                "application": { "component_id": "", "service_namespace": "/SAP/", "service_id": "", "service_version": "0001" },
                "transactionid": "0000000000000000E0069F0000000001",
                "errordetails": [detail]
            }
        }})
    }
}
