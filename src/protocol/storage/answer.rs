//! What a store's failures are told as: a status and a code, read by the manifest's `errors` like any system's.

use opendal::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::upstream::{HeaderMap, HeaderValue, Reply, header};

/// Somebody writes or deletes the object at this moment, and which of both will be there is not known.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
const BUSY: &str = "ConditionalRequestConflict";

/// A request that the store does not do, or failed at.
#[derive(Debug)]
pub(super) struct Refused {
    status: u16,
    code: String,
    message: String,
}

impl Refused {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// There is no such object: no path of ours leads to one.
    pub(super) fn path(why: &str) -> Self {
        Self::new(404, "NoSuchPath", format!("the path {why}"))
    }

    pub(super) fn folder() -> Self {
        Self::new(400, "BadFolder", "the folder cannot be one")
    }

    pub(super) fn missing() -> Self {
        Self::new(404, "NoSuchKey", "there is no such object")
    }

    pub(super) fn changed() -> Self {
        Self::new(412, "PreconditionFailed", "the object has changed")
    }

    /// Whether there is such an object already.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.status, 409 | 412) && self.code != BUSY
    }

    /// As the engine reads it.
    pub(super) fn reply(&self) -> Reply {
        answered(self.status, &json!({ "code": self.code, "message": self.message }))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let said = said(error.message());
        let (status, usual) = match (error.kind(), said) {
            (_, Some(BUSY)) => (409, BUSY),
            (ErrorKind::NotFound, _) => (404, "NoSuchKey"),
            (ErrorKind::PermissionDenied, _) => (403, "AccessDenied"),
            (ErrorKind::ConditionNotMatch, _) => (412, "PreconditionFailed"),
            (ErrorKind::AlreadyExists, _) => (409, "AlreadyExists"),
            (ErrorKind::RateLimited, _) => (429, "SlowDown"),
            (ErrorKind::ConfigInvalid, _) => (400, "NoSuchBucket"),
            (ErrorKind::Unsupported, _) => (400, "NotImplemented"),
            (ErrorKind::RangeNotSatisfied, _) => (416, "InvalidRange"),
            _ if error.is_temporary() => (503, "ServiceUnavailable"),
            _ => (502, "Unexpected"),
        };
        Self::new(status, said.unwrap_or(usual), error.message())
    }
}

/// The store's own code: the library keeps it in its message.
fn said(message: &str) -> Option<&str> {
    let (_, behind) = message.split_once("code: \"")?;
    behind.split('"').next().filter(|code| !code.is_empty())
}

/// An answer.
pub(super) fn answered(status: u16, body: &Value) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Reply { status, headers, body: body.to_string().into() }
}
