//! The messages of graphql-transport-ws.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use smallvec::{SmallVec, smallvec};

use crate::error::{Code, Error};
use crate::execute::{GraphRequest, GraphResponse, Outcome};
use crate::server::{request, strict};

/// Longer names of operations are nobody's.
const NAME: usize = 128;

/// What is said at once.
pub(super) type Messages = SmallVec<[Message; 2]>;

/// What a client calls one of its operations, as JSON: it is in every message of that operation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Name(Arc<str>);

impl Name {
    pub(super) fn new(called: &str) -> Self {
        Self(Value::from(called).to_string().into())
    }
}

/// Why a connection is closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The end of a connection whose sign-in is over, or could not be looked at again.
    pub(super) fn over(error: &Error) -> Self {
        tracing::debug!(%error, "connection ended");
        let code = match error.code() {
            Code::Unauthenticated | Code::Forbidden | Code::StepUpRequired | Code::BadUserInput => 4401,
            _ => 1013,
        };
        Self::new(code, error.message())
    }

    /// As a frame: its reason has 123 bytes at most.
    pub(super) fn frame(self) -> Message {
        let mut reason = self.reason;
        reason.truncate(reason.floor_char_boundary(123));
        Message::Close(Some(CloseFrame { code: self.code, reason: reason.into() }))
    }
}

/// A sign-in that did not work. Clients try again after these codes, maybe with a newer token.
impl From<Error> for Close {
    fn from(error: Error) -> Self {
        tracing::debug!(%error, "connection refused");
        let code = match error.code() {
            Code::Unauthenticated | Code::Forbidden | Code::StepUpRequired | Code::BadUserInput => 4403,
            _ => 1013,
        };
        Self::new(code, error.message())
    }
}

/// What a client says.
#[derive(Debug)]
pub(super) enum Said {
    /// `connection_init`
    Init(Value),
    /// `ping`
    Ping,
    /// `pong`
    Pong,
    /// `subscribe`; a payload that has not the form of a request is the operation's own error.
    Subscribe(String, Result<GraphRequest, Error>),
    /// `complete`
    Complete(String),
}

impl Said {
    pub(super) fn read(message: &Message) -> Result<Self, Close> {
        let invalid = |why: &str| Close::new(4400, why);
        let Message::Text(text) = message else { return Err(invalid("Messages are text.")) };
        let value = strict::parse(text.as_bytes(), "The message").map_err(|error| invalid(error.message()))?;
        let Value::Object(mut members) = value else { return Err(invalid("A message is a JSON object.")) };
        let kind = match members.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            _ => return Err(invalid("The message has no `type`.")),
        };
        let payload = members.remove("payload").unwrap_or_default();
        if !matches!(payload, Value::Null | Value::Object(_)) {
            return Err(invalid("`payload` is not a JSON object."));
        }
        let name = match members.remove("id") {
            Some(Value::String(name)) if !name.is_empty() && name.len() <= NAME => Ok(name),
            _ => Err(invalid("The message needs an `id`: a string of 1 to 128 bytes.")),
        };
        match kind.as_str() {
            "connection_init" => Ok(Self::Init(payload)),
            "ping" => Ok(Self::Ping),
            "pong" => Ok(Self::Pong),
            "subscribe" if payload.is_null() => Err(invalid("`subscribe` has no `payload`.")),
            "subscribe" => Ok(Self::Subscribe(name?, request::from_value(payload))),
            "complete" => Ok(Self::Complete(name?)),
            _ => Err(invalid("There is no message of that `type`.")),
        }
    }
}

/// `connection_ack`
pub(super) fn acknowledged() -> Message {
    Message::text(json!({ "type": "connection_ack" }).to_string())
}

/// `pong`
pub(super) fn pong() -> Message {
    Message::text(json!({ "type": "pong" }).to_string())
}

/// `next`: one message of an operation.
pub(super) fn next(name: &Name, response: &GraphResponse) -> Message {
    with_payload((name, "next"), &response.body)
}

/// A message whose payload is JSON already, and goes out as it is.
fn with_payload((name, kind): (&Name, &str), payload: &[u8]) -> Message {
    let parts: [&[u8]; 7] =
        [b"{\"id\":", name.0.as_bytes(), b",\"type\":\"", kind.as_bytes(), b"\",\"payload\":", payload, b"}"];
    // With room to spare it would be put into yet another place.
    let text = String::from_utf8(parts.concat());
    Message::text(text.unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned()))
}

/// `complete`: there is no more of an operation.
pub(super) fn complete(name: &Name) -> Message {
    Message::text(format!("{{\"id\":{},\"type\":\"complete\"}}", name.0))
}

/// What an operation came to: `next` and `complete`, or `error`, which is the end as well.
pub(super) fn outcome(name: &Name, answer: &Result<GraphResponse, Error>) -> Messages {
    match answer {
        Ok(response) if response.outcome == Outcome::Data => {
            smallvec![next(name, response), complete(name)]
        }
        Ok(response) => {
            smallvec![with_payload((name, "error"), errors_of(response).as_bytes())]
        }
        Err(error) => {
            let told = json!([{ "message": error.message(), "extensions": { "code": error.code().name() } }]);
            smallvec![with_payload((name, "error"), told.to_string().as_bytes())]
        }
    }
}

/// The errors of an answer without data.
fn errors_of(response: &GraphResponse) -> String {
    #[derive(serde::Deserialize)]
    struct Refused<'a> {
        #[serde(borrow)]
        errors: &'a RawValue,
    }
    serde_json::from_slice::<Refused<'_>>(&response.body)
        .map_or_else(|_| "[]".to_owned(), |refused| refused.errors.to_string())
}
