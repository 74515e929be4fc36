//! The connection: one for all, made anew by itself, and waited for no longer than is said.

use std::sync::OnceLock;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult};

use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// How often a connection is tried before whoever waits is told; the next question tries again.
const TRIES: usize = 2;
/// How long is waited between tries, at most.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection to a Redis.
pub(super) struct Link {
    client: Client,
    patience: Duration,
    connection: OnceLock<ConnectionManager>,
}

impl Link {
    pub(super) fn new(url: &Secret, patience: Duration) -> Result<Self> {
        if url.expose().starts_with("rediss:") {
            // It is there already where this process has called anybody over TLS.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        // The address may have a password in it.
        let client = Client::open(url.expose()).map_err(|_| {
            let what =
                "`stores.state.url` is no address of Redis: write `redis://HOST:PORT`, or `rediss://HOST:PORT` for TLS";
            Error::new(Code::Internal, what)
        })?;
        Ok(Self { client, patience, connection: OnceLock::new() })
    }

    /// Asks something that may be asked twice: a connection that was lost is made anew once. What is not answered in time may be
    /// done all the same, then or later.
    pub(super) async fn ask<T, F>(&self, question: impl Fn(ConnectionManager) -> F) -> Result<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let connection = self.shared()?;
        let answer = async {
            match question(connection.clone()).await {
                Err(error) if is_lost(&error) => question(connection).await,
                answer => answer,
            }
        };
        match tokio::time::timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(|error| failed(&error)),
            Err(_) => Err(unavailable(format!("no answer within {} ms", self.patience.as_millis()))),
        }
    }

    /// The connection of all; it is made when something is asked.
    fn shared(&self) -> Result<ConnectionManager> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(TRIES)
            .set_min_delay(PAUSE / 2)
            .set_max_delay(PAUSE)
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience));
        let made =
            ConnectionManager::new_lazy_with_config(self.client.clone(), config).map_err(|error| failed(&error))?;
        Ok(self.connection.get_or_init(|| made).clone())
    }

    /// A connection of one's own, on which something may be waited for.
    pub(super) async fn own(&self, waits: Duration) -> Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience + waits));
        let made = self.client.get_multiplexed_async_connection_with_config(&config).await;
        made.map_err(|error| failed(&error))
    }
}

/// Whether nothing was answered since the connection was gone.
fn is_lost(error: &RedisError) -> bool {
    error.is_connection_dropped() || (error.is_io_error() && !error.is_timeout())
}

pub(super) fn failed(error: &RedisError) -> Error {
    unavailable(error.to_string())
}

fn unavailable(why: String) -> Error {
    Error::new(Code::UpstreamUnavailable, format!("the state store does not answer: {why}"))
}
