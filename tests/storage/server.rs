//! The S3 server: the protocol as a library of its own speaks it, in front of some store.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::S3;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

/// The one pair of keys that it knows.
pub const KEY: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The routes of a server of that store.
pub fn routes(store: impl S3) -> Router {
    let mut builder = S3ServiceBuilder::new(store);
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    Router::new().fallback_service(HandleError::new(builder.build(), |_| async { StatusCode::INTERNAL_SERVER_ERROR }))
}

/// Serves routes on loopback, for as long as the test runs.
pub async fn listen(routes: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// Serves a store on loopback, for as long as the test runs.
pub async fn serve(store: impl S3) -> SocketAddr {
    listen(routes(store)).await
}
