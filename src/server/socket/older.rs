//! The protocol from before graphql-transport-ws, for clients that still speak it, served by async-graphql.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Data, Executor, Request, Response as Answer};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::ws::WebSocket;
use futures::stream::{BoxStream, StreamExt as _};
use tokio::sync::Semaphore;

use super::caller::Connected;
use crate::error::{Code, Error};
use crate::execute::Server;

/// How long a connection may say nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// Serves a connection until it ends.
pub(super) async fn converse(socket: WebSocket, protocol: GraphQLProtocol, connected: Connected) {
    let operations = connected.serving.config.sockets.operations;
    let connected = Arc::new(connected);
    let executor = Connection {
        server: connected.serving.tenant.server(connected.serving.config.timeout.0),
        connected: Arc::clone(&connected),
        operations: Arc::new(Semaphore::new(operations.min(Semaphore::MAX_PERMITS))),
    };
    GraphQLWebSocket::new(socket, executor, protocol)
        .on_connection_init(move |payload| async move {
            match connected.sign_in(&payload).await {
                Ok(()) => Ok(Data::default()),
                Err(error) => {
                    tracing::debug!(%error, "connection refused");
                    Err(async_graphql::Error::new(error.message()))
                }
            }
        })
        .keepalive_timeout(SILENCE)
        .serve()
        .await;
}

#[derive(Clone)]
struct Connection {
    connected: Arc<Connected>,
    server: Server,
    operations: Arc<Semaphore>,
}

impl Connection {
    async fn answer(&self, request: Request) -> Answer {
        let Ok(_permit) = self.operations.try_acquire() else {
            let error = Error::public(Code::RateLimited, "No more operations run at once on a connection.");
            return Server::refusal(&error);
        };
        match self.connected.look().await {
            Ok(signed_in) => self.server.execute(request.data(Arc::new(signed_in.caller.clone()))).await,
            Err(error) => Server::refusal(&error),
        }
    }
}

impl Executor for Connection {
    async fn execute(&self, request: Request) -> Answer {
        self.answer(request).await
    }

    fn execute_stream(&self, request: Request, _: Option<Arc<Data>>) -> BoxStream<'static, Answer> {
        let connection = self.clone();
        futures::stream::once(async move { connection.answer(request).await }).boxed()
    }
}
