//! `POST /graphql`, and `GET` for queries.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest as _, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::media::Media;
use super::request::{self, Parameters};
use super::{ACCOUNT_HEADER, FRESHNESS_HEADER, Service, respond};
use crate::error::{Code, Error};
use crate::execute::{GraphRequest, GraphResponse, Outcome};
use crate::tenant::SignIn;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// A request in the body.
pub(super) async fn post(State(service): State<Service>, headers: HeaderMap, request: Request) -> Response<Body> {
    let Some(media) = Media::accepted(&headers) else { return not_acceptable() };
    if !request::is_json(&headers) {
        let error = Error::public(Code::BadUserInput, "Send the request as `application/json` in UTF-8.");
        return respond::refusal(&error, StatusCode::UNSUPPORTED_MEDIA_TYPE, media);
    }
    // What a client has not sent by then is not waited for; from there on the request has its own deadline.
    let body = match tokio::time::timeout(service.config.timeout.0, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) => {
            let error = Error::public(Code::BadUserInput, "The body is too large or was cut off.");
            return respond::refusal(&error, rejection.status(), media);
        }
        Err(_) => {
            let error = Error::public(Code::BadUserInput, "The body did not arrive in time.");
            return respond::refusal(&error, StatusCode::REQUEST_TIMEOUT, media);
        }
    };
    match request::from_body(&body) {
        Ok(request) => answer(&service, &headers, request, media).await,
        Err(error) => respond::refusal(&error, StatusCode::BAD_REQUEST, media),
    }
}

/// A query in the address.
pub(super) async fn get(
    State(service): State<Service>,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response<Body> {
    let Some(media) = Media::accepted(&headers) else { return not_acceptable() };
    let parameters = parameters.map_err(|_| Error::public(Code::BadUserInput, "The address cannot be read."));
    match parameters.and_then(|Query(parameters)| request::from_parameters(parameters)) {
        Ok(request) => answer(&service, &headers, request, media).await,
        Err(error) => respond::refusal(&error, StatusCode::BAD_REQUEST, media),
    }
}

async fn answer(service: &Service, headers: &HeaderMap, request: GraphRequest, media: Media) -> Response<Body> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let sign_in = SignIn { authorization: text(&header::AUTHORIZATION), account: text(&ACCOUNT_HEADER) };
    let deadline = service.tenant.deadline(service.config.timeout.0);
    let caller = match service.tenant.caller(sign_in, deadline).await {
        Ok(caller) => caller,
        Err(error) => return respond::refusal(&error, respond::status(&error), media),
    };
    let freshness = text(&FRESHNESS_HEADER) == Some("true");
    let request = GraphRequest { deadline: Some(deadline), freshness, ..request };
    let response = service.tenant.execute(&caller, request).await;
    let status = match media {
        Media::GraphqlResponse if response.outcome != Outcome::Data => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let timing = server_timing(&response);
    let mut answer = respond::json(status, media.content_type(), response.body.into());
    if let Ok(timing) = HeaderValue::try_from(timing) {
        answer.headers_mut().insert(SERVER_TIMING, timing);
    }
    answer
}

/// What each source took, for the browser's developer tools: `crm;dur=12.5;desc="2 calls"`.
fn server_timing(response: &GraphResponse) -> String {
    let mut text = String::new();
    for timing in &response.timings {
        let separator = if text.is_empty() { "" } else { ", " };
        let took = timing.waited.as_secs_f64() * 1000.0;
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{};dur={took:.1};desc=\"{} reads\"", timing.source, timing.reads);
    }
    text
}

fn not_acceptable() -> Response<Body> {
    let message = "Answers are `application/graphql-response+json` or `application/json`.";
    let error = Error::public(Code::BadUserInput, message);
    respond::refusal(&error, StatusCode::NOT_ACCEPTABLE, Media::Json)
}
