//! Answers of the server itself: always JSON in GraphQL's form, with a code, and nothing of what went wrong inside.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};

use super::media::Media;
use crate::error::{Code, Error};

/// As many headers as an answer has once the layers have put theirs on it: the map of them does not grow then.
const HEADERS: usize = 8;

/// A request that cannot be carried out at all, and what HTTP says of it.
#[derive(Debug)]
pub(super) struct Refused {
    /// What is wrong.
    pub(super) error: Error,
    /// The status.
    pub(super) status: StatusCode,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refused {
    /// An error with a status of its own.
    pub(super) fn new(error: Error, status: StatusCode) -> Self {
        Self { error, status, header: None }
    }

    /// A fault of the request itself, in words for the client.
    pub(super) fn because(message: impl Into<String>, status: StatusCode) -> Self {
        Self::new(Error::public(Code::BadUserInput, message), status)
    }

    /// The same, with a header that says what would be right.
    pub(super) fn with(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let status = status(&error);
        Self::new(error, status)
    }
}

/// The status of a request that could not be carried out.
fn status(error: &Error) -> StatusCode {
    match error.code() {
        Code::Unauthenticated | Code::StepUpRequired => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::BadUserInput | Code::GraphqlParseFailed | Code::GraphqlValidationFailed | Code::QueryTooCostly => {
            StatusCode::BAD_REQUEST
        }
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::UpstreamUnavailable | Code::UpstreamRejected => StatusCode::SERVICE_UNAVAILABLE,
        Code::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        Code::WriteUncertain | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The answer to a request that could not be carried out at all.
pub(super) fn refusal(refused: Refused, media: Media) -> Response<Body> {
    let Refused { error, status, header } = refused;
    tracing::debug!(code = error.code().name(), %error, status = status.as_u16(), "request refused");
    // There is no stream yet: a refusal is a plain answer.
    let media = if media == Media::EventStream { Media::Json } else { media };
    let mut response = typed(status, media, errors(&error).into());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = error.wait() {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
    }
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A GraphQL answer that is one error and no data.
pub(super) fn errors(error: &Error) -> String {
    let told = serde_json::json!({ "message": error.message(), "extensions": { "code": error.code().name() } });
    serde_json::json!({ "errors": [told] }).to_string()
}

/// An answer of that type.
pub(super) fn typed(status: StatusCode, media: Media, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().reserve(HEADERS);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    response
}

/// There is nothing at this address.
pub(super) async fn not_found() -> Response<Body> {
    let error = Error::public(Code::NotFound, "There is nothing at this address; the graph is at /graphql.");
    refusal(error.into(), Media::Json)
}

/// The address is right, the method is not.
pub(super) async fn not_allowed() -> Response<Body> {
    let message = "This address does not take that method.";
    refusal(Refused::because(message, StatusCode::METHOD_NOT_ALLOWED), Media::Json)
}

/// A panic is a fault of ours: the client learns no more than that, the operator all of it.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    refusal(Error::new(Code::Internal, format!("panic: {text}")).into(), Media::Json)
}
