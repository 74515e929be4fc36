//! Connections to one source: names resolved and checked, TLS, and how long it may all take. Redirects are not followed,
//! since nothing here knows them: credentials must not cross hosts.

use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tower::{BoxError, Service};

use super::hosts::{CheckedResolver, HostRules};
use super::network::NetworkOptions;
use super::outgoing::Outgoing;

/// How often a connection on which nothing is sent is looked after.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Plain HTTP, to the addresses that are private and allowed.
pub(super) type Plain = Client<HttpConnector<CheckedResolver>, Outgoing>;
/// HTTPS and nothing else; HTTP/2 where the system offers it.
pub(super) type Secure = Client<InTime<HttpsConnector<HttpConnector<CheckedResolver>>>, Outgoing>;

/// A client for plain HTTP: for what is too large for [`Direct`](super::direct::Direct).
pub(super) fn plain(rules: &HostRules, options: &NetworkOptions) -> Plain {
    built(options, connector(rules, true, options))
}

/// A client for HTTPS; whom it trusts is `tls`'s to say.
pub(super) fn secure(rules: &HostRules, options: &NetworkOptions, tls: ClientConfig) -> Secure {
    let mut connector = connector(rules, false, options);
    connector.enforce_http(false);
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_all_versions();
    built(options, InTime { inner: https.wrap_connector(connector), longest: options.connect })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that builds HTTP clients")]
fn built<C>(options: &NetworkOptions, connector: C) -> Client<C, Outgoing>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(options.idle)
        .build(connector)
}

/// Connections without TLS.
pub(super) fn connector(
    rules: &HostRules,
    only_private: bool,
    options: &NetworkOptions,
) -> HttpConnector<CheckedResolver> {
    let mut connector = HttpConnector::new_with_resolver(CheckedResolver { rules: rules.clone(), only_private });
    connector.set_connect_timeout(Some(options.connect));
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEPALIVE));
    connector
}

/// Ends what takes too long: a system may accept a connection and never answer to TLS.
#[derive(Clone)]
pub(super) struct InTime<C> {
    inner: C,
    longest: Duration,
}

impl<C> Service<Uri> for InTime<C>
where
    C: Service<Uri>,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, std::result::Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.longest, self.inner.call(address));
        Box::pin(async move { connecting.await?.map_err(Into::into) })
    }
}
