//! The innermost layer: one HTTP client for each source, the only place that sends anything.

use std::error::Error as Cause;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, Stream};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response};

use super::body::{Incoming, Unkept, is_packed};
use super::connect::{self, Plain, Secure};
use super::direct::{Direct, Failed};
use super::hosts::HostRules;
use super::outgoing::Outgoing;
use super::tls;
use super::transport::{Call, Reply, Streamed, Transport};
use crate::connector::Method;
use crate::error::{Code, Error, Result};

/// What systems are told of who asks.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("vestibule/", env!("CARGO_PKG_VERSION")));

/// How answers may be packed that are unpacked here.
pub(super) const PACKED: HeaderValue = HeaderValue::from_static("gzip");

/// What operators are told of a call that has no answer.
const NO_CONNECTION: &str = "no connection";

/// Sizes and times of the wire.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// The longest answer, in bytes, after decompression.
    pub largest_answer: usize,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long an idle connection is kept.
    pub idle: Duration,
    /// How long a large answer may stand still on its way.
    pub stalled: Duration,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            largest_answer: 16 * 1024 * 1024,
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            stalled: Duration::from_secs(30),
        }
    }
}

/// Sends calls over HTTP. Redirects are never followed: credentials must not cross hosts.
pub struct Network {
    source: Arc<str>,
    rules: HostRules,
    /// For HTTPS: made at once where nothing else is allowed, and else when the first call wants it.
    secure: OnceLock<Secure>,
    /// For plain HTTP: reaches only the addresses that are private and allowed. The first takes what is small.
    plain: Option<(Direct, Plain)>,
    options: NetworkOptions,
}

impl Network {
    /// A client that reaches what `rules` allow.
    ///
    /// # Errors
    /// `INTERNAL` where TLS cannot be set up.
    pub fn new(source: Arc<str>, rules: HostRules, options: &NetworkOptions) -> Result<Self> {
        let plain = rules.plain.then(|| (Direct::new(&rules, options), connect::plain(&rules, options)));
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
        let client = connect::secure(&self.rules, &self.options, tls::trusting_the_machine()?);
        Ok(self.secure.get_or_init(|| client))
    }

    /// Refuses a call to what the source may not reach.
    fn check(&self, call: &Call) -> Result<()> {
        let refused = |why: String| self.error(Code::UpstreamUnavailable, &call.template, &why).unsent();
        self.rules.check(&call.url).map_err(refused)
    }

    /// Sends a small call over plain HTTP, and waits for its whole answer.
    async fn directly(&self, direct: &Direct, call: &Call) -> Result<Reply> {
        self.check(call)?;
        direct.send(call).await.map_err(|failed| match failed {
            Failed::Unconnected(error) => self.lost(&call.template, NO_CONNECTION, &*error).unsent(),
            Failed::Lost(error) => self.lost(&call.template, NO_CONNECTION, &error),
            Failed::Body(why) => self.unkept(&call.template, &why),
        })
    }

    /// Sends any call, and waits for its whole answer.
    async fn whole(&self, call: &Call) -> Result<Reply> {
        let (parts, body) = self.head(call, PACKED).await?.into_parts();
        let body = self.body(&call.template, is_packed(&parts.headers), body).await?;
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// Sends a call, and waits for the head of its answer.
    async fn head(&self, call: &Call, packing: HeaderValue) -> Result<Response<hyper::body::Incoming>> {
        self.check(call)?;
        let sent = match (&self.plain, call.url.scheme_str()) {
            (Some((_, plain)), Some("http")) => plain.request(request(call, packing)),
            _ => self.secure()?.request(request(call, packing)),
        };
        sent.await.map_err(|error| {
            let lost = self.lost(&call.template, NO_CONNECTION, &error);
            if error.is_connect() { lost.unsent() } else { lost }
        })
    }

    async fn body(&self, template: &str, packed: bool, mut coming: hyper::body::Incoming) -> Result<Bytes> {
        let unkept = |why: Unkept| self.unkept(template, &why);
        // The limit is on what is unpacked, which nobody announces; what is sent is not larger.
        let announced = usize::try_from(coming.size_hint().lower()).unwrap_or(usize::MAX);
        let mut body = Incoming::new(packed, announced, self.options.largest_answer).map_err(unkept)?;
        while !coming.is_end_stream()
            && let Some(frame) = coming.frame().await
        {
            let frame = frame.map_err(|error| self.lost(template, "the answer was cut off", &error))?;
            if let Ok(piece) = frame.into_data() {
                body.keep(piece).map_err(unkept)?;
            }
        }
        body.whole().map_err(unkept)
    }

    fn unkept(&self, template: &str, why: &Unkept) -> Error {
        match why {
            Unkept::TooLarge => {
                let what = format!("the answer is larger than {} bytes", self.options.largest_answer);
                self.error(Code::UpstreamRejected, template, &what)
            }
            Unkept::Broken => {
                let what = "the answer is not packed as it says, or was cut off (gzip)";
                self.error(Code::UpstreamUnavailable, template, what).retryable()
            }
        }
    }

    fn error(&self, code: Code, template: &str, what: &str) -> Error {
        Error::new(code, format!("{template}: {what}")).at_source(&self.source)
    }

    /// A failed connection, and what came of what, as the libraries say it: none of them says an address.
    fn lost(&self, template: &str, what: &str, cause: &dyn Cause) -> Error {
        let (mut causes, mut next) = (cause.to_string(), cause.source());
        while let Some(cause) = next {
            causes.push_str(&format!(": {cause}"));
            next = cause.source();
        }
        self.error(Code::UpstreamUnavailable, template, &format!("{what} ({causes})")).retryable()
    }
}

/// The call as the client takes it, with what every one of them says.
fn request(call: &Call, packing: HeaderValue) -> Request<Outgoing> {
    let mut request = Request::new(Outgoing::from(call.body.clone()));
    *request.uri_mut() = call.url.clone();
    *request.method_mut() = method(call.method);
    *request.headers_mut() = call.headers.clone();
    for (name, value) in defaults(packing) {
        request.headers_mut().entry(name).or_insert(value);
    }
    request
}

/// What every call says, where it does not say it itself.
pub(super) const fn defaults(packing: HeaderValue) -> [(HeaderName, HeaderValue); 3] {
    [(header::ACCEPT, HeaderValue::from_static("*/*")), (header::ACCEPT_ENCODING, packing), (header::USER_AGENT, AGENT)]
}

/// The method as HTTP has it.
pub(super) const fn method(method: Method) -> hyper::Method {
    match method {
        Method::Get => hyper::Method::GET,
        Method::Head => hyper::Method::HEAD,
        Method::Post => hyper::Method::POST,
        Method::Put => hyper::Method::PUT,
        Method::Patch => hyper::Method::PATCH,
        Method::Delete => hyper::Method::DELETE,
    }
}

/// A body piece by piece; one that stands still for too long, or is cut off, ends with an error.
fn pieces(
    body: hyper::body::Incoming,
    source: Arc<str>,
    template: Arc<str>,
    stalled: Duration,
) -> impl Stream<Item = Result<Bytes>> {
    stream::unfold(Some(body), move |coming| {
        let (source, template) = (Arc::clone(&source), Arc::clone(&template));
        async move {
            let mut coming = coming?;
            loop {
                let (code, what) = match tokio::time::timeout(stalled, coming.frame()).await {
                    Ok(None) => return None,
                    Ok(Some(Ok(frame))) => match frame.into_data() {
                        Ok(piece) => return Some((Ok(piece), Some(coming))),
                        Err(_) => continue,
                    },
                    Ok(Some(Err(error))) => (Code::UpstreamUnavailable, format!("the answer was cut off ({error})")),
                    Err(_) => (Code::UpstreamTimeout, format!("nothing came for {} s", stalled.as_secs())),
                };
                let error = Error::new(code, format!("{template}: {what}")).at_source(&source);
                return Some((Err(error), None));
            }
        }
    })
}

impl Transport for Network {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move { self.attempt(&call).await })
    }

    fn attempt<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Error>> {
        match &self.plain {
            Some((direct, _)) if Direct::takes(call) => Box::pin(self.directly(direct, call)),
            _ => Box::pin(self.whole(call)),
        }
    }

    /// The body is passed on as it is, and is not asked for packed: lengths and parts are those of the file.
    fn open(&self, call: Call) -> BoxFuture<'_, Result<Streamed, Error>> {
        Box::pin(async move {
            let response = self.head(&call, HeaderValue::from_static("identity")).await?;
            let (parts, body) = response.into_parts();
            let body = pieces(body, Arc::clone(&self.source), call.template, self.options.stalled).boxed();
            Ok(Streamed { status: parts.status.as_u16(), headers: parts.headers, body })
        })
    }
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
