//! One request to a system and its answer, as a trait: everything below it is the network, everything above is not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use hyper::{HeaderMap, Uri};

use crate::connector::Method;
use crate::error::Error;
use crate::spool::Content;

/// The longest wait that a system is believed to ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);

/// A request, ready to be sent but for credentials.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The whole address; its host has to be one the source may reach.
    pub url: Uri,
    /// Headers, without credentials.
    pub headers: HeaderMap,
    /// What is sent along; empty for none. A file is read as it goes, and anew for each attempt.
    pub body: Content,
    /// The manifest's own words for the request, with no value in them: the only thing of it that is logged.
    pub template: Arc<str>,
    /// The named quota it falls under.
    pub limit: Option<Arc<str>>,
    /// Whether sending it twice changes nothing: reads, whatever their method.
    pub safe: bool,
    /// Whether no person waits for it: it takes only its share of a quota.
    pub background: bool,
    /// When nobody waits any more, on the clock's `elapsed` scale.
    pub deadline: Duration,
}

#[cfg(test)]
impl Call {
    /// A plain read, for half a minute.
    pub(crate) fn read(url: &str) -> Self {
        Self {
            method: Method::Get,
            url: url.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Content::default(),
            template: "GET /orders".into(),
            limit: None,
            safe: true,
            background: false,
            deadline: Duration::from_secs(30),
        }
    }
}

/// What a system answered, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply<B = Bytes> {
    /// HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: where nothing else is said whole, and inside the size limit.
    pub body: B,
}

/// A body that is still on its way.
pub type Pieces = BoxStream<'static, Result<Bytes, Error>>;

/// What a system answered, with a body that is still on its way.
pub type Streamed = Reply<Pieces>;

impl<B> Reply<B> {
    /// The first header of that name; one that is no text is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long its `Retry-After` asks to wait (RFC 9110, 10.2.3: seconds, or a date), at most a day: more would be an error of
    /// the system, or a time in the place of a wait.
    #[must_use]
    pub fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
                Duration::try_from(until.duration_since(now)).ok()?
            }
        };
        Some(wait.min(LONGEST_WAIT))
    }

    /// What is known of the answer before its body: the same, without one.
    #[must_use]
    pub fn head(&self) -> Reply {
        Reply { status: self.status, headers: self.headers.clone(), body: Bytes::new() }
    }
}

/// A body that is here already, as one that comes in one piece.
pub(super) fn in_one_piece(body: Bytes) -> Pieces {
    Box::pin(stream::once(std::future::ready(Ok(body))))
}

impl From<Reply> for Streamed {
    fn from(Reply { status, headers, body }: Reply) -> Self {
        Self { status, headers, body: in_one_piece(body) }
    }
}

/// Sends calls to one source: the network, or the whole stack over it.
pub trait Transport: Send + Sync {
    /// Sends one call. An answer of any status is `Ok`; an error means that there is no answer to read.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE` (no connection, host not allowed, answer cut off), `UPSTREAM_TIMEOUT` (deadline),
    /// `UPSTREAM_REJECTED` (answer too large), `RATE_LIMITED` (the source's own quota is used up past the deadline).
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>>;

    /// Makes one attempt at a call that may be sent again: the same as [`Transport::send`], of a call that is only lent.
    ///
    /// # Errors
    /// Those of [`Transport::send`].
    fn attempt<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Error>> {
        self.send(call.clone())
    }

    /// Sends one call whose answer may be large: its body comes in pieces, and no size limit ends it.
    ///
    /// # Errors
    /// Those of [`Transport::send`]; once it is open, what goes wrong ends the pieces.
    fn open(&self, call: Call) -> BoxFuture<'_, Result<Streamed, Error>> {
        Box::pin(async move { self.send(call).await.map(Streamed::from) })
    }
}
