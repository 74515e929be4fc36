//! Answers of the server itself: always JSON in GraphQL's form, with a code, and nothing of what went wrong inside.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::media::Media;
use crate::error::{Code, Error};

/// The status of a request that could not be carried out.
pub(super) fn status(error: &Error) -> StatusCode {
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

/// A request that could not be carried out at all.
pub(super) fn refusal(error: &Error, status: StatusCode, media: Media) -> Response<Body> {
    tracing::debug!(code = error.code().name(), %error, status = status.as_u16(), "request refused");
    let body = serde_json::json!({
        "errors": [{ "message": error.message(), "extensions": { "code": error.code().name() } }]
    });
    let mut response = json(status, media.content_type(), body.to_string().into());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = error.wait() {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
    }
    response
}

/// An answer with a body that is JSON.
pub(super) fn json(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// There is nothing at this address.
pub(super) async fn not_found() -> Response<Body> {
    let error = Error::public(Code::NotFound, "There is nothing at this address; the graph is at /graphql.");
    refusal(&error, StatusCode::NOT_FOUND, Media::Json)
}

/// The address is right, the method is not.
pub(super) async fn not_allowed() -> Response<Body> {
    let error = Error::public(Code::BadUserInput, "This address does not take that method.");
    refusal(&error, StatusCode::METHOD_NOT_ALLOWED, Media::Json)
}

/// A panic is a fault of ours: the client learns no more than that, the operator all of it.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    let error = Error::new(Code::Internal, format!("panic: {text}"));
    refusal(&error, StatusCode::INTERNAL_SERVER_ERROR, Media::Json)
}
