//! The innermost layer: one HTTP client for each source, the only place that sends anything.

use std::fmt::Display;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, Uri};

use super::body::{Incoming, Unkept};
use super::connect::{self, Plain, Secure};
use super::hosts::HostRules;
use super::transport::{Call, Reply, Transport};
use crate::connector::Method;
use crate::error::{Code, Error, Result};

/// What systems are told of who asks.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("vestibule/", env!("CARGO_PKG_VERSION")));

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
    secure: OnceLock<Secure>,
    /// For plain HTTP: reaches only the addresses that are private and allowed.
    plain: Option<Plain>,
    options: NetworkOptions,
}

impl Network {
    /// A client that reaches what `rules` allow.
    ///
    /// # Errors
    /// `INTERNAL` where TLS cannot be set up.
    pub fn new(source: Arc<str>, rules: HostRules, options: &NetworkOptions) -> Result<Self> {
        let plain = rules.plain.then(|| connect::plain(&rules, options));
        let network = Self { source, rules, secure: OnceLock::new(), plain, options: options.clone() };
        if !network.rules.plain {
            network.secure()?;
        }
        Ok(network)
    }

    fn secure(&self) -> Result<&Secure> {
        if let Some(client) = self.secure.get() {
            return Ok(client);
        }
        let client = connect::secure(&self.rules, &self.options)?;
        Ok(self.secure.get_or_init(|| client))
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>> {
        let address = call.url[..url::Position::AfterQuery].parse::<Uri>();
        let address = address.map_err(|error| self.error(Code::Internal, call, &format!("no address: {error}")))?;
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.uri_mut() = address;
        *request.method_mut() = match call.method {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
            Method::Put => hyper::Method::PUT,
            Method::Patch => hyper::Method::PATCH,
            Method::Delete => hyper::Method::DELETE,
        };
        let headers = request.headers_mut();
        for (name, value) in &call.headers {
            let pair = HeaderName::try_from(&**name).ok().zip(HeaderValue::try_from(value).ok());
            let Some((name, mut value)) = pair else {
                return Err(self.error(Code::Internal, call, &format!("header `{name}` has a value that is none")));
            };
            value.set_sensitive(name == header::AUTHORIZATION);
            headers.append(name, value);
        }
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        headers.entry(header::USER_AGENT).or_insert(AGENT);
        Ok(request)
    }

    async fn body(&self, call: &Call, response: Response<hyper::body::Incoming>) -> Result<Bytes> {
        let unkept = |why: Unkept| match why {
            Unkept::TooLarge => {
                let what = format!("the answer is larger than {} bytes", self.options.largest_answer);
                self.error(Code::UpstreamRejected, call, &what)
            }
            Unkept::Broken => self.lost(call, "the answer is not packed as it says, or was cut off", &"gzip"),
        };
        let packed = is_packed(response.headers());
        let mut coming = response.into_body();
        // The limit is on what is unpacked, which nobody announces; what is sent is not larger.
        let announced = usize::try_from(coming.size_hint().lower()).unwrap_or(usize::MAX);
        if coming.is_end_stream() {
            return Ok(Bytes::new());
        }
        let mut body = Incoming::new(packed, announced, self.options.largest_answer).map_err(unkept)?;
        while let Some(frame) = coming.frame().await {
            let frame = frame.map_err(|error| self.lost(call, "the answer was cut off", &error))?;
            if let Some(piece) = frame.data_ref() {
                body.keep(piece).map_err(unkept)?;
            }
        }
        body.whole().map_err(unkept)
    }

    fn error(&self, code: Code, call: &Call, what: &str) -> Error {
        Error::new(code, format!("{}: {what}", call.template)).at_source(&self.source)
    }

    /// A failed connection: what is said of the cause has no address in it.
    fn lost(&self, call: &Call, what: &str, cause: &dyn Display) -> Error {
        self.error(Code::UpstreamUnavailable, call, &format!("{what} ({cause})")).retryable()
    }
}

fn is_packed(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"gzip"))
}

impl Transport for Network {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            if let Err(why) = self.rules.check(&call.url) {
                return Err(self.error(Code::UpstreamUnavailable, &call, &why));
            }
            let request = self.request(&call)?;
            let sent = match (&self.plain, call.url.scheme()) {
                (Some(plain), "http") => plain.request(request),
                _ => self.secure()?.request(request),
            };
            let response = sent.await.map_err(|error| self.lost(&call, "no connection", &error))?;
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
