//! Listens, and stops without cutting anybody off.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::error::{Code, Error, Result};

/// Serves until `stop` resolves; requests that are under way then have `grace` to end.
///
/// # Errors
/// `INTERNAL` where the listener fails.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let signal = async move {
        stop.await;
        tracing::info!("stopping: no new requests, those under way may end");
        let _ = stopping.send(());
    };
    let serving = axum::serve(listener, routes).with_graceful_shutdown(signal);
    let deadline = async move {
        // An error means that serving has ended by itself.
        let _ = stopped.await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        ended = std::future::IntoFuture::into_future(serving) => {
            ended.map_err(|error| Error::new(Code::Internal, format!("serving ended: {error}")))
        }
        () = deadline => {
            tracing::warn!("some requests did not end in time");
            Ok(())
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
