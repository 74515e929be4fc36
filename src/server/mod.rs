//! GraphQL over HTTP: routes, limits, media types, health.
//!
//! The layers are put on in one place ([`layered`]), outermost first: answers are compressed, every answer says that it is
//! private, and a panic is an answer, too. A request has the configured time to arrive, and the same again to be answered.

mod body;
mod events;
mod files;
mod followed;
mod graphql;
mod health;
mod hurried;
mod media;
mod multipart;
mod preflight;
mod request;
mod respond;
mod serve;
mod socket;
mod standing;
mod strict;
mod turn;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

pub use serve::{interrupted, serve};

use self::respond::Refused;
use crate::config::ServerConfig;
use crate::error::{Code, Error};
use crate::spool::Spool;
use crate::tenant::Tenant;

/// The header that names the account in use, for people with several.
pub const ACCOUNT_HEADER: HeaderName = HeaderName::from_static("vestibule-account");

/// The key by which a repeat of a write is known: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>.
pub const IDEMPOTENCY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// `Vestibule-Freshness: true` asks how fresh each record of the answer is (`extensions.freshness`).
pub const FRESHNESS_HEADER: HeaderName = HeaderName::from_static("vestibule-freshness");

/// `Vestibule-Cost: true` asks what the request comes to against the limits (`extensions.cost`).
pub const COST_HEADER: HeaderName = HeaderName::from_static("vestibule-cost");

/// Whether a page of another origin could have had a browser send this without asking first.
pub(crate) fn forgeable(headers: &HeaderMap) -> bool {
    preflight::asked_first(headers).is_err()
}

/// What is served, and how.
#[derive(Clone)]
pub struct Service {
    /// The tenant that is served.
    pub tenant: Arc<Tenant>,
    /// How it is served.
    pub config: Arc<ServerConfig>,
}

/// What every handler needs.
#[derive(Clone)]
struct Serving {
    tenant: Arc<Tenant>,
    config: Arc<ServerConfig>,
    /// One permit for each connection that may stay open: WebSockets, and streams of subscriptions.
    sockets: Arc<Semaphore>,
    /// One permit for each file that is on its way.
    files: Arc<Semaphore>,
    /// Where files wait until they are sent on.
    spool: Spool,
}

impl Serving {
    /// A place for a connection that stays open, as long as there are any.
    fn place(&self) -> Result<OwnedSemaphorePermit, Refused> {
        self.sockets.clone().try_acquire_owned().map_err(|_| {
            let error = Error::public(Code::RateLimited, "As many connections are open as are taken; try again later.");
            Refused::new(error, StatusCode::SERVICE_UNAVAILABLE).with(header::RETRY_AFTER, HeaderValue::from(5))
        })
    }

    /// A place for a file on its way, as long as there are any.
    fn file_place(&self) -> Result<OwnedSemaphorePermit, Refused> {
        self.files.clone().try_acquire_owned().map_err(|_| {
            let error = Error::public(Code::RateLimited, "As many files are open as are given out; try again later.");
            Refused::new(error, StatusCode::SERVICE_UNAVAILABLE).with(header::RETRY_AFTER, HeaderValue::from(5))
        })
    }
}

/// The routes of a gateway, with every layer round them.
pub fn router(service: Service) -> Router {
    let Service { tenant, config } = service;
    let sockets = Arc::new(Semaphore::new(config.sockets.connections.min(Semaphore::MAX_PERMITS)));
    let files = Arc::new(Semaphore::new(config.files.min(Semaphore::MAX_PERMITS)));
    let mut routes = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/graphql/ws", get(socket::connect))
        .route("/files/{tenant}/{link}", get(files::get).head(files::head))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    if config.graphiql {
        routes = routes.route("/graphiql", get(graphiql));
    }
    let limit = DefaultBodyLimit::max(config.largest_body);
    let routes = routes.method_not_allowed_fallback(respond::not_allowed).layer((cors(&config), limit));
    let spool = Spool::new(config.uploads.folder.clone(), config.uploads.disk);
    let serving = Serving { tenant, config: Arc::clone(&config), sockets, files, spool };
    routes.merge(hooks(&config)).with_state(serving).fallback(respond::not_found)
}

/// Where systems send something by themselves: no browser does, so that other origins have nothing to ask for here, and
/// `OPTIONS` is a system's own handshake.
fn hooks(config: &ServerConfig) -> Router<Serving> {
    Router::new()
        .route("/webhooks/apps/{app}", get(webhooks::to_app).post(webhooks::to_app).options(webhooks::to_app))
        .route(
            "/webhooks/{tenant}/{source}",
            get(webhooks::to_source).post(webhooks::to_source).options(webhooks::to_source),
        )
        .route(
            "/webhooks/{tenant}/{source}/{secret}",
            get(webhooks::to_secret).post(webhooks::to_secret).options(webhooks::to_secret),
        )
        .method_not_allowed_fallback(respond::not_allowed)
        .layer(DefaultBodyLimit::max(config.webhooks.largest))
}

/// Puts the layers of a served gateway round its routes.
pub fn layered(routes: Router) -> Router {
    let private = HeaderValue::from_static("private, no-store");
    let safe = HeaderValue::from_static("nosniff");
    // Together they are one layer: put on one by one, each would be a service of its own, boxed at every request.
    routes.layer((
        CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_no_file)),
        SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, safe),
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, private),
        CatchPanicLayer::custom(respond::panicked),
    ))
}

/// Files come as they are: their lengths and parts are told.
fn is_no_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Only configured origins may call from a web page; never a wildcard, because answers are private.
fn cors(config: &ServerConfig) -> CorsLayer {
    let origins = config.cors.origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let usual = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::ACCEPT,
        ACCOUNT_HEADER,
        FRESHNESS_HEADER,
        COST_HEADER,
        IDEMPOTENCY_HEADER,
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(usual.into_iter().chain(preflight::HEADERS).collect::<Vec<_>>())
        .expose_headers([HeaderName::from_static("server-timing"), header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(600))
}
async fn graphiql() -> impl IntoResponse {
    let page = async_graphql::http::GraphiQLSource::build()
        .endpoint("/graphql")
        .subscription_endpoint("/graphql/ws")
        .title("Vestibule")
        .finish();
    Html(page)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    async fn broken() -> &'static str {
        panic!("the password is swordfish")
    }

    #[tokio::test]
    async fn a_panic_is_a_masked_answer() {
        let routes = layered(Router::new().route("/", get(broken)));
        for _ in 0..2 {
            let answer = routes.clone().oneshot(Request::new(Body::empty())).await.unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
            let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let told =
                serde_json::json!({ "message": "Something went wrong here.", "extensions": { "code": "INTERNAL" } });
            assert_eq!(body, serde_json::json!({ "errors": [told] }));
        }
    }
}
