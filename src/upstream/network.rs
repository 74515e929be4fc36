//! The innermost layer: one HTTP client for each source, the only place that opens connections.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use reqwest::header::{HeaderName, HeaderValue};

use super::hosts::{CheckedResolver, HostRules};
use super::tls;
use super::transport::{Call, Reply, Transport};
use crate::connector::Method;
use crate::error::{Code, Error, Result};

/// Sizes and times of the wire.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// The longest answer, in bytes, after decompression.
    pub largest_answer: usize,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long an idle connection is kept.
    pub idle: Duration,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self { largest_answer: 16 * 1024 * 1024, connect: Duration::from_secs(5), idle: Duration::from_secs(60) }
    }
}

/// Sends calls over HTTP. Redirects are never followed: credentials must not cross hosts.
pub struct Network {
    source: Arc<str>,
    rules: HostRules,
    /// For HTTPS: made at once where nothing else is allowed, and else when the first call wants it.
    secure: OnceLock<reqwest::Client>,
    /// For plain HTTP: reaches only the addresses that are private and allowed.
    plain: Option<reqwest::Client>,
    options: NetworkOptions,
}

impl Network {
    /// A client that reaches what `rules` allow.
    ///
    /// # Errors
    /// `INTERNAL` where TLS cannot be set up.
    pub fn new(source: Arc<str>, rules: HostRules, options: &NetworkOptions) -> Result<Self> {
        let plain = if rules.plain { Some(plain(&rules, options)?) } else { None };
        let network = Self { source, rules, secure: OnceLock::new(), plain, options: options.clone() };
        if !network.rules.plain {
            network.secure()?;
        }
        Ok(network)
    }

    fn client(&self, call: &Call) -> Result<&reqwest::Client> {
        match &self.plain {
            Some(plain) if call.url.scheme() == "http" => Ok(plain),
            _ => self.secure(),
        }
    }

    fn secure(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.secure.get() {
            return Ok(client);
        }
        let client = secure(&self.rules, &self.options)?;
        Ok(self.secure.get_or_init(|| client))
    }

    fn request(&self, call: &Call) -> Result<reqwest::Request> {
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = reqwest::Request::new(method, call.url.clone());
        for (name, value) in &call.headers {
            let pair = HeaderName::try_from(&**name).ok().zip(HeaderValue::try_from(value).ok());
            let Some((name, mut value)) = pair else {
                return Err(self.error(Code::Internal, call, &format!("header `{name}` has a value that is none")));
            };
            value.set_sensitive(name == reqwest::header::AUTHORIZATION);
            request.headers_mut().append(name, value);
        }
        if !call.body.is_empty() {
            *request.body_mut() = Some(call.body.clone().into());
        }
        Ok(request)
    }

    async fn body(&self, call: &Call, response: reqwest::Response) -> Result<Bytes> {
        let too_large = || {
            let what = format!("the answer is larger than {} bytes", self.options.largest_answer);
            self.error(Code::UpstreamRejected, call, &what)
        };
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if announced > self.options.largest_answer {
            return Err(too_large());
        }
        let mut body = BytesMut::with_capacity(announced);
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| self.lost(call, &error, "the answer was cut off"))?;
            if body.len() + piece.len() > self.options.largest_answer {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    fn error(&self, code: Code, call: &Call, what: &str) -> Error {
        Error::new(code, format!("{}: {what}", call.template)).at_source(&self.source)
    }

    /// A failed connection, without its address: the error's own text has it.
    fn lost(&self, call: &Call, error: &reqwest::Error, what: &str) -> Error {
        let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(" ({cause})"));
        self.error(Code::UpstreamUnavailable, call, &format!("{what}{cause}")).retryable()
    }
}

/// What every client of a source has, whatever it speaks.
#[expect(clippy::disallowed_methods, reason = "this is the one place that builds HTTP clients")]
fn builder(rules: &HostRules, only_private: bool, options: &NetworkOptions) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .dns_resolver(Arc::new(CheckedResolver { rules: rules.clone(), only_private }))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect)
        .pool_idle_timeout(options.idle)
        .no_proxy()
        .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
}

fn secure(rules: &HostRules, options: &NetworkOptions) -> Result<reqwest::Client> {
    built(builder(rules, false, options).tls_backend_preconfigured(tls::trusting_the_machine()?))
}

/// Trusts no certificate, and so need not read any.
fn plain(rules: &HostRules, options: &NetworkOptions) -> Result<reqwest::Client> {
    built(builder(rules, true, options).tls_certs_only([]))
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| Error::new(Code::Internal, format!("no HTTP client: {error}")))
}

impl Transport for Network {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            if let Err(why) = self.rules.check(&call.url) {
                return Err(self.error(Code::UpstreamUnavailable, &call, &why));
            }
            let request = self.request(&call)?;
            let sent = self.client(&call)?.execute(request).await;
            let response = sent.map_err(|error| self.lost(&call, &error, "no connection"))?;
            let status = response.status().as_u16();
            let text = |value: &HeaderValue| value.to_str().ok().map(Box::from);
            let headers =
                response.headers().iter().filter_map(|(name, value)| Some((name.as_str().into(), text(value)?)));
            let headers = headers.collect();
            let body = self.body(&call, response).await?;
            Ok(Reply { status, headers, body })
        })
    }
}
