//! Listens, and stops without cutting anybody off.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::hurried::Hurried;
use super::turn::behind_others;
use crate::error::Result;

/// How long the head of a request may take, and how long a connection may wait for its next request.
const HEAD: Duration = Duration::from_secs(75);
/// How often the other end of an HTTP/2 connection is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// The listener has failed: as a rule too many files are open, which passes.
const BREATH: Duration = Duration::from_secs(1);

/// Serves until `stop` resolves; requests that are under way then have `grace` to end.
///
/// # Errors
/// None today: a listener that fails is tried again.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> Result<()> {
    let (stopping, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(behind_others(connection(stream, routes.clone(), stopped.clone())));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection could be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop((listener, stopped));
    tracing::info!("stopping: no new requests, those under way may end");
    // An error means that there is no connection any more.
    let _ = stopping.send(());
    if tokio::time::timeout(grace, stopping.closed()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    Ok(())
}

/// Serves one connection, until either end closes it, or until its last answer is out when the gateway stops.
async fn connection(stream: TcpStream, routes: Router, mut stopped: watch::Receiver<()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    // CONNECT is how a WebSocket is opened over HTTP/2.
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEARTBEAT).enable_connect_protocol();
    let io = TokioIo::new(Hurried::new(stream, HEAD));
    let mut serving = pin!(builder.serve_connection_with_upgrades(io, TowerToHyperService::new(routes)));
    let mut told = false;
    loop {
        tokio::select! {
            served = serving.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection ended");
                }
                return;
            }
            _ = stopped.changed(), if !told => {
                told = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Resolves when the process is told to stop: an interrupt from the keyboard, or the terminate signal.
pub async fn interrupted() {
    let keyboard = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler there is nothing to wait for; the process is then ended from outside.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = keyboard => {}
        () = terminated => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    use super::*;

    /// What comes back for these bytes until the connection is closed, and after how many seconds that is.
    async fn sent(bytes: &[u8]) -> (String, u64) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/", get(async || "here"));
        tokio::spawn(serve(listener, routes, std::future::pending(), Duration::ZERO));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let begun = Instant::now();
        stream.write_all(bytes).await.unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).await.unwrap();
        (told, begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_or_never_ends_a_head_is_not_waited_for() {
        for bytes in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nx-long: "] {
            let (told, seconds) = sent(bytes).await;
            assert!(!told.contains("200") && (70..=160).contains(&seconds), "{bytes:?}: {seconds} s, {told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_for_the_next_request_but_not_for_ever() {
        let (told, seconds) = sent(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(told.matches("here").count(), 2, "{told}");
        assert!((70..=160).contains(&seconds), "{seconds}");
    }
}
