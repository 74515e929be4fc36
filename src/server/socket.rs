//! `GET /graphql/ws`: graphql-transport-ws (and its predecessor `graphql-ws`), served by async-graphql over our executor.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Data, Executor, Request, Response as Answer};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, Response, StatusCode, header};
use futures::stream::{BoxStream, StreamExt as _};

use super::media::Media;
use super::{ACCOUNT_HEADER, Service, respond};
use crate::error::{Code, Error, Result};
use crate::execute::Server;
use crate::model::Caller;
use crate::secret::Secret;
use crate::tenant::SignIn;

/// How long a connection may say nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// Opens a connection. A browser cannot set headers on one: who it is may also come in the payload of `connection_init`,
/// as `{ "authorization": "Bearer …", "vestibule-account": "…" }`. A message is as long as a body may be, at most.
pub(super) async fn connect(
    State(service): State<Service>,
    headers: HeaderMap,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response<Body> {
    let refused = |message: &str| {
        let error = Error::public(Code::BadUserInput, message);
        respond::refusal(&error, StatusCode::BAD_REQUEST, Media::Json)
    };
    let Ok(upgrade) = upgrade else { return refused("This address takes WebSocket connections only.") };
    let Ok(protocol) = protocol else { return refused("Offer the subprotocol `graphql-transport-ws`.") };
    let upgrade = upgrade
        .protocols(async_graphql::http::ALL_WEBSOCKET_PROTOCOLS)
        .max_message_size(service.config.largest_body)
        .max_frame_size(service.config.largest_body);
    upgrade.on_upgrade(move |stream| async move {
        let executor = Connection { server: service.tenant.server(service.config.timeout.0), service: service.clone() };
        GraphQLWebSocket::new(stream, executor, protocol)
            .on_connection_init(move |payload| async move { begin(&service, &headers, &payload).await })
            .keepalive_timeout(SILENCE)
            .serve()
            .await;
    })
}

/// What a connection says of who it is.
struct Identified {
    authorization: Option<Secret>,
    account: Option<String>,
}

impl Identified {
    fn by(headers: &HeaderMap, payload: &serde_json::Value) -> Self {
        let given = |name: &str| {
            let header = headers.get(name).and_then(|value| value.to_str().ok());
            let member = payload.as_object().and_then(|members| {
                members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
            });
            member.or(header).map(str::to_owned)
        };
        Self {
            authorization: given(header::AUTHORIZATION.as_str()).map(Secret::new),
            account: given(ACCOUNT_HEADER.as_str()),
        }
    }

    async fn caller(&self, service: &Service) -> Result<Caller> {
        let authorization = self.authorization.as_ref().map(Secret::expose);
        let sign_in = SignIn { authorization, account: self.account.as_deref() };
        service.tenant.caller(sign_in, service.tenant.deadline(service.config.timeout.0)).await
    }
}

/// Takes a connection, or refuses it: nobody stays connected without a sign-in.
async fn begin(service: &Service, headers: &HeaderMap, payload: &serde_json::Value) -> async_graphql::Result<Data> {
    let identified = Identified::by(headers, payload);
    identified.caller(service).await.map_err(|error: Error| {
        tracing::debug!(%error, "connection refused");
        async_graphql::Error::new(error.message())
    })?;
    let mut data = Data::default();
    data.insert(Arc::new(identified));
    Ok(data)
}

/// Answers the operations of a connection. A connection may outlive a token, or a right: who it is counts anew for each.
#[derive(Clone)]
struct Connection {
    service: Service,
    server: Server,
}

impl Connection {
    async fn answer(&self, request: Request, session: Option<Arc<Data>>) -> Answer {
        let session = session.as_deref().and_then(|data| data.get(&std::any::TypeId::of::<Arc<Identified>>()));
        let identified = session.and_then(|any| any.downcast_ref::<Arc<Identified>>());
        let Some(identified) = identified else {
            return Server::refusal(&Error::new(Code::Unauthenticated, "a connection without a sign-in"));
        };
        match identified.caller(&self.service).await {
            Ok(caller) => self.server.execute(request.data(Arc::new(caller))).await,
            Err(error) => Server::refusal(&error),
        }
    }
}

impl Executor for Connection {
    async fn execute(&self, request: Request) -> Answer {
        self.answer(request, None).await
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Answer> {
        let connection = self.clone();
        futures::stream::once(async move { connection.answer(request, session).await }).boxed()
    }
}
