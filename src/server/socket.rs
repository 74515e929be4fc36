//! `GET /graphql/ws`: graphql-transport-ws, served by async-graphql over our executor.

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, Response, header};

use super::{ACCOUNT_HEADER, Service};
use crate::error::Error;
use crate::tenant::SignIn;

/// The longest message of a client, in bytes.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// Opens a connection. A browser cannot set headers on one: who it is may also come in the payload of `connection_init`,
/// as `{ "authorization": "Bearer …", "vestibule-account": "…" }`.
pub(super) async fn connect(
    State(service): State<Service>,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response<Body> {
    let upgrade = upgrade
        .protocols(async_graphql::http::ALL_WEBSOCKET_PROTOCOLS)
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE);
    upgrade.on_upgrade(move |stream| async move {
        let executor = service.tenant.server();
        GraphQLWebSocket::new(stream, executor, protocol)
            .on_connection_init(move |payload| async move { sign_in(&service, &headers, &payload).await })
            .keepalive_timeout(std::time::Duration::from_secs(60))
            .serve()
            .await;
    })
}

async fn sign_in(service: &Service, headers: &HeaderMap, payload: &serde_json::Value) -> async_graphql::Result<Data> {
    let given = |name: &str| {
        let header = headers.get(name).and_then(|value| value.to_str().ok());
        let member = payload.as_object().and_then(|members| {
            members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
        });
        member.or(header)
    };
    let sign_in =
        SignIn { authorization: given(header::AUTHORIZATION.as_str()), account: given(ACCOUNT_HEADER.as_str()) };
    let deadline = service.tenant.deadline(service.config.timeout.0);
    let caller = service.tenant.caller(sign_in, deadline).await.map_err(|error: Error| {
        tracing::debug!(%error, "connection refused");
        async_graphql::Error::new(error.message())
    })?;
    let mut data = Data::default();
    data.insert(std::sync::Arc::new(caller));
    Ok(data)
}
