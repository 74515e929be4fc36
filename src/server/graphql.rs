//! `POST /graphql`, and `GET` for queries.

use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::ast::OperationType;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use futures::StreamExt as _;
use futures::future::join_all;

use super::followed::{self, Asking};
use super::media::{Accepted, Media};
use super::request::{self, Requests};
use super::respond::{self, Refused};
use super::standing::Standing;
use super::{
    ACCOUNT_HEADER, COST_HEADER, FRESHNESS_HEADER, IDEMPOTENCY_HEADER, Serving, body, events, multipart, preflight,
};
use crate::error::Result as Outcomes;
use crate::execute::{GraphRequest, GraphResponse, Outcome};
use crate::model::Caller;
use crate::plan::operation_kind;
use crate::secret::Secret;
use crate::tenant::SignIn;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Requests in the body.
pub(super) async fn post(State(serving): State<Serving>, request: Request) -> Response<Body> {
    let Some(accepted) = Media::accepted(request.headers()) else { return not_acceptable() };
    posted(&serving, request, accepted).await.unwrap_or_else(|refused| respond::refusal(refused, accepted.best))
}

async fn posted(serving: &Serving, mut request: Request, accepted: Accepted) -> Result<Response<Body>, Refused> {
    let headers = std::mem::take(request.headers_mut());
    body::unpacked(&headers)?;
    if body::is_json(&headers) {
        let body = body::whole(serving, request).await?;
        let requests = request::from_body(&body, serving.config.batch)?;
        let asked = sign_in(serving, &headers).await?;
        return answer(serving, asked, requests, accepted).await;
    }
    let Some(boundary) = body::boundary(&headers) else {
        return Err(Refused::because(
            "Send the request as `application/json` in UTF-8.",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ));
    };
    if !serving.tenant.takes_files() || serving.config.uploads.files == 0 {
        let message = "Nothing that is served takes a file: send the request as `application/json` in UTF-8.";
        return Err(Refused::because(message, StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    preflight::asked_first(&headers)?;
    // Files are large: nobody sends any without a sign-in.
    sign_in(serving, &headers).await?;
    let requests = multipart::read((request.into_body(), boundary), &serving.config, &serving.spool).await?;
    answer(serving, sign_in(serving, &headers).await?, requests, accepted).await
}

/// A query in the address.
pub(super) async fn get(
    State(serving): State<Serving>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(accepted) = Media::accepted(&headers) else { return not_acceptable() };
    let got = async {
        preflight::asked_first(&headers)?;
        let request = request::from_address(query.as_deref().unwrap_or_default())?;
        if operation_kind(&request.query, request.operation_name.as_deref()) == Some(OperationType::Mutation) {
            let refused = Refused::because("Mutations come by POST.", StatusCode::METHOD_NOT_ALLOWED);
            return Err(refused.with(header::ALLOW, HeaderValue::from_static("POST")));
        }
        answer(&serving, sign_in(&serving, &headers).await?, Requests::One(request), accepted).await
    };
    got.await.unwrap_or_else(|refused| respond::refusal(refused, accepted.best))
}

/// Who asks, and until when an answer is waited for.
struct Asked {
    caller: Caller,
    deadline: Duration,
    freshness: bool,
    report_cost: bool,
    /// The key of the request's write.
    key: Option<Arc<str>>,
    /// What the sign-in was made of, where it may have to be made again: token and account.
    again: Option<(Option<Secret>, Option<String>)>,
}

impl Asked {
    fn how(&self, request: GraphRequest) -> GraphRequest {
        let Self { deadline, freshness, report_cost, .. } = *self;
        let idempotency_key = self.key.clone();
        GraphRequest { deadline: Some(deadline), freshness, report_cost, idempotency_key, ..request }
    }
}

async fn sign_in(serving: &Serving, headers: &HeaderMap) -> Outcomes<Asked> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let sign_in = SignIn { authorization: text(&header::AUTHORIZATION), account: text(&ACCOUNT_HEADER) };
    let deadline = serving.tenant.deadline(serving.config.timeout.0);
    let caller = serving.tenant.caller(sign_in, deadline).await?;
    let wants = |name: &HeaderName| text(name) == Some("true");
    let (freshness, report_cost) = (wants(&FRESHNESS_HEADER), wants(&COST_HEADER));
    // One that cannot be read is none, and a write that came with it is refused: it would not be known again.
    let key = headers.get(&IDEMPOTENCY_HEADER).map(|key| Arc::from(key.to_str().unwrap_or_default().trim_matches('"')));
    let streams = text(&header::ACCEPT).is_some_and(|accept| accept.contains("text/event-stream"));
    let again = streams.then(|| {
        let SignIn { authorization, account } = sign_in;
        (authorization.map(|text| Secret::new(text.to_owned())), account.map(str::to_owned))
    });
    Ok(Asked { caller, deadline, freshness, report_cost, key, again })
}

async fn answer(
    serving: &Serving,
    asked: Asked,
    requests: Requests,
    accepted: Accepted,
) -> Result<Response<Body>, Refused> {
    match requests {
        Requests::One(request) => Ok(one(serving, asked, request, accepted.best).await),
        Requests::Batch(_) if !accepted.json => {
            let message = "A batch is answered as `application/json`: accept that, too.";
            Err(Refused::because(message, StatusCode::NOT_ACCEPTABLE))
        }
        Requests::Batch(_) if asked.key.is_some() => {
            let message = "A batch has no key of its own: give each write its `idempotencyKey`.";
            Err(Refused::because(message, StatusCode::BAD_REQUEST))
        }
        Requests::Batch(all) => Ok(batch(serving, &asked, all).await),
    }
}

async fn one(serving: &Serving, asked: Asked, request: GraphRequest, media: Media) -> Response<Body> {
    let request = asked.how(request);
    if media == Media::EventStream && followed::is_subscription(&request) {
        return followed(serving, asked, &request).await.unwrap_or_else(|refused| respond::refusal(refused, media));
    }
    if media == Media::EventStream {
        let tenant = serving.tenant.clone();
        return events::stream(async move { tenant.execute(&asked.caller, request).await });
    }
    let response = serving.tenant.execute(&asked.caller, request).await;
    let status = match media {
        Media::GraphqlResponse if response.outcome != Outcome::Data => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let timing = server_timing([&response]);
    timed(respond::typed(status, media, response.body.into()), timing)
}

/// A subscription, as a stream; it has one of the places for connections that stay open.
async fn followed(serving: &Serving, asked: Asked, request: &GraphRequest) -> Result<Response<Body>, Refused> {
    let place = serving.place()?;
    match serving.tenant.follow(&asked.caller, request).await {
        Ok(Some(following)) => {
            let (authorization, account) = asked.again.unwrap_or_default();
            let account = account.map(String::into_boxed_str);
            let standing = Standing::new(serving.clone(), authorization, account);
            let asking = Asking { standing, _place: place };
            Ok(events::many(followed::answers(following, asking).boxed()))
        }
        Ok(None) => Err(Refused::because("This is no subscription.", StatusCode::BAD_REQUEST)),
        Err(refused) => Ok(events::stream(async move { refused })),
    }
}

/// All at once, answered in their order.
async fn batch(serving: &Serving, asked: &Asked, all: Vec<Outcomes<GraphRequest>>) -> Response<Body> {
    let answers = join_all(all.into_iter().map(async |request| match request {
        Ok(request) => Ok(serving.tenant.execute(&asked.caller, asked.how(request)).await),
        Err(error) => Err(respond::errors(&error)),
    }));
    let answers = answers.await;
    let mut body = Vec::from(*b"[");
    for (at, answer) in answers.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(answer.as_ref().map_or_else(|error| error.as_bytes(), |answer| &answer.body));
    }
    body.push(b']');
    timed(respond::typed(StatusCode::OK, Media::Json, body.into()), server_timing(answers.iter().flatten()))
}

fn timed(mut answer: Response<Body>, timing: String) -> Response<Body> {
    if let Ok(timing) = HeaderValue::try_from(timing) {
        answer.headers_mut().insert(SERVER_TIMING, timing);
    }
    answer
}

/// What each source took, for the browser's developer tools: `crm;dur=12.5;desc="2 calls"`.
fn server_timing<'a>(responses: impl IntoIterator<Item = &'a GraphResponse>) -> String {
    let mut text = String::with_capacity(160);
    for timing in responses.into_iter().flat_map(|response| &response.timings) {
        let separator = if text.is_empty() { "" } else { ", " };
        let tenths = u64::try_from(timing.waited.as_micros()).unwrap_or(u64::MAX).saturating_add(50) / 100;
        let (whole, tenth) = (tenths / 10, tenths % 10);
        let mut number = itoa::Buffer::new();
        text.push_str(separator);
        text.push_str(&timing.source);
        text.push_str(";dur=");
        text.push_str(number.format(whole));
        text.push('.');
        text.push_str(number.format(tenth));
        text.push_str(";desc=\"");
        text.push_str(number.format(timing.reads));
        text.push_str(" reads\"");
    }
    text
}

fn not_acceptable() -> Response<Body> {
    let message = "Answers are `application/graphql-response+json`, `application/json` or `text/event-stream`.";
    respond::refusal(Refused::because(message, StatusCode::NOT_ACCEPTABLE), Media::Json)
}
