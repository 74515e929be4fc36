//! `/webhooks/{tenant}/{source}` and `/webhooks/apps/{app}`: what systems send by themselves.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::media::Media;
use super::respond::{self, Refused};
use super::{Serving, body};
use crate::error::{Code, Error};
use crate::tenant::{Address, Answer};
use crate::webhook::{Delivery, Unproved};

/// A delivery to one source.
pub(super) async fn to_source(
    State(serving): State<Serving>,
    Path((tenant, source)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    taken(&serving, &tenant, (Address::Source(&source), None), request).await
}

/// A delivery to one source whose secret stands in the address.
pub(super) async fn to_secret(
    State(serving): State<Serving>,
    Path((tenant, source, secret)): Path<(String, String, String)>,
    request: Request,
) -> Response<Body> {
    taken(&serving, &tenant, (Address::Source(&source), Some(&secret)), request).await
}

/// A delivery to an app.
pub(super) async fn to_app(
    State(serving): State<Serving>,
    Path(app): Path<String>,
    request: Request,
) -> Response<Body> {
    let tenant = serving.tenant.name().to_owned();
    taken(&serving, &tenant, (Address::App(&app), None), request).await
}

async fn taken(serving: &Serving, tenant: &str, to: (Address<'_>, Option<&str>), request: Request) -> Response<Body> {
    let answer = match answer(serving, tenant, to, request).await {
        Ok(answer) => answer,
        Err(refused) => return respond::refusal(refused, Media::Json),
    };
    let refusal = |message: &str, code: Code, status: StatusCode| {
        respond::refusal(Refused::new(Error::public(code, message), status), Media::Json)
    };
    match answer {
        Answer::Taken(taken) => {
            tracing::debug!(?taken, "webhook taken");
            Response::new(Body::empty())
        }
        Answer::Again => {
            let message = "This cannot be taken just now: send it again.";
            refusal(message, Code::UpstreamUnavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
        Answer::Echo(text) => {
            let mut response = Response::new(Body::from(text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            response
        }
        Answer::Allowed(origin) => {
            let mut response = Response::new(Body::empty());
            if let Ok(origin) = HeaderValue::from_str(&origin) {
                response.headers_mut().insert("webhook-allowed-origin", origin);
            }
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
            response
        }
        Answer::Refused(Unproved::Unsigned) => {
            refusal("The signature is missing, or cannot be read.", Code::Unauthenticated, StatusCode::UNAUTHORIZED)
        }
        Answer::Refused(Unproved::Forged) => {
            refusal("The signature is not the right one.", Code::Unauthenticated, StatusCode::UNAUTHORIZED)
        }
        Answer::Refused(Unproved::Stale) => {
            refusal("This was signed too long ago, or in the future.", Code::Unauthenticated, StatusCode::UNAUTHORIZED)
        }
        Answer::Refused(Unproved::NotJson(why)) => {
            refusal(&format!("The body is not JSON: {why}."), Code::BadUserInput, StatusCode::BAD_REQUEST)
        }
        Answer::Unknown => unknown(),
    }
}

fn unknown() -> Response<Body> {
    let error = Error::public(Code::NotFound, "No webhooks are taken at this address.");
    respond::refusal(error.into(), Media::Json)
}

async fn answer(
    serving: &Serving,
    tenant: &str,
    (to, tail): (Address<'_>, Option<&str>),
    request: Request,
) -> Result<Answer, Refused> {
    let intake = serving.tenant.intake();
    if tenant != serving.tenant.name() || !intake.knows(to) {
        return Ok(Answer::Unknown);
    }
    body::unpacked(request.headers())?;
    let (mut head, body) = request.into_parts();
    let mut rest = Request::new(body);
    // How long it may be is said there.
    *rest.extensions_mut() = std::mem::take(&mut head.extensions);
    let body = whole(serving, rest).await?;
    let headers: Vec<(&str, &str)> =
        head.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let delivery = Delivery {
        method: head.method.as_str(),
        url: &intake.public(path),
        headers: &headers,
        tail,
        body: &body,
        at: intake.now(),
    };
    Ok(intake.take(to, delivery).await)
}

async fn whole(serving: &Serving, request: Request) -> Result<Bytes, Refused> {
    match tokio::time::timeout(serving.config.timeout.0, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("The body is too large: {} bytes are taken.", serving.config.webhooks.largest);
            Err(Refused::because(message, StatusCode::PAYLOAD_TOO_LARGE))
        }
        Ok(Err(_)) => Err(Refused::because("The body was cut off.", StatusCode::BAD_REQUEST)),
        Err(_) => Err(Refused::because("The body did not arrive in time.", StatusCode::REQUEST_TIMEOUT)),
    }
}
