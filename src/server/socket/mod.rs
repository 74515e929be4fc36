//! `GET /graphql/ws`: WebSockets, in the protocol that the client offers.

mod caller;
mod happened;
mod messages;
mod older;
#[cfg(test)]
mod tests;
mod transport;

use async_graphql_axum::GraphQLProtocol;
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, Response, StatusCode};

use self::caller::Connected;
use super::media::Media;
use super::respond::{self, Refused};
use super::{Serving, preflight};

/// What clients speak today: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.
const TRANSPORT: &str = "graphql-transport-ws";
/// What they spoke before: <https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md>.
const OLDER: &str = "graphql-ws";

/// What a connection reads at once, in bytes: it is held for as long as the connection is.
const BUFFER: usize = 4 * 1024;

/// Opens a connection. A browser cannot set headers on one: who it is may also come in the payload of `connection_init`,
/// as `{ "authorization": "Bearer …", "vestibule-account": "…" }`. A message is as long as a body may be, at most.
pub(super) async fn connect(
    State(serving): State<Serving>,
    headers: HeaderMap,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response<Body> {
    upgraded(serving, headers, protocol.ok(), upgrade).unwrap_or_else(|refused| respond::refusal(refused, Media::Json))
}

fn upgraded(
    serving: Serving,
    headers: HeaderMap,
    protocol: Option<GraphQLProtocol>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response<Body>, Refused> {
    let refused = |message: &str| Refused::because(message, StatusCode::BAD_REQUEST);
    let upgrade = upgrade.map_err(|_| refused("This address takes WebSocket connections only."))?;
    preflight::same_origin(&headers, &serving.config)?;
    let upgrade = upgrade
        .protocols([TRANSPORT, OLDER])
        // The library's own are made for few connections with much to say; here are many that are mostly quiet.
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(serving.config.largest_body)
        .max_frame_size(serving.config.largest_body);
    let newer = upgrade.selected_protocol().is_some_and(|name| name.as_bytes() == TRANSPORT.as_bytes());
    let Some(protocol) = protocol else { return Err(refused("Offer the subprotocol `graphql-transport-ws`.")) };
    let permit = serving.place()?;
    let connected = Connected::new(serving, &headers);
    Ok(upgrade.on_upgrade(move |socket| async move {
        match newer {
            true => transport::converse(socket, &connected, connected.serving.config.sockets.operations).await,
            // It was chosen for the older one: nothing else was offered. What serves that is large, and no connection that
            // speaks the newer one has to hold as much.
            false => Box::pin(older::converse(socket, protocol, connected)).await,
        }
        drop(permit);
    }))
}
