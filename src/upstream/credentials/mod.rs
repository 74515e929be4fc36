//! Signs calls in: a header of the source's secrets, or a token that is renewed by one call at a time.

mod oauth;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};

use self::oauth::Tokens;
use super::address::is_same_origin;
use super::fill::{Filled, fill};
use super::layer::{Body, Layer};
use super::transport::{Call, Reply, Transport};
use crate::clock::Clock;
use crate::connector::Auth;
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// A way to sign in, with its secrets filled in.
pub(super) enum Scheme {
    /// The system asks for nothing.
    None,
    /// One header that never changes; its value is marked as one that nothing shows.
    Header(HeaderName, HeaderValue),
    /// OAuth 2.0.
    OAuth2(oauth::Client),
}

impl Scheme {
    pub(super) fn new(
        auth: Option<&Auth>,
        settings: &BTreeMap<Arc<str>, String>,
        secrets: &BTreeMap<Arc<str>, Secret>,
    ) -> Result<Self> {
        let values = Filled { settings, secrets };
        Ok(match auth {
            // Whoever signs by itself does it above.
            None | Some(Auth::Keys { .. } | Auth::Nothing) => Self::None,
            Some(Auth::Bearer(token)) => {
                Self::Header(AUTHORIZATION, hidden(&format!("Bearer {}", fill(token, values)?.expose()))?)
            }
            Some(Auth::Basic { user, password }) => {
                let pair = format!("{}:{}", fill(user, values)?.expose(), fill(password, values)?.expose());
                let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
                Self::Header(AUTHORIZATION, hidden(&format!("Basic {encoded}"))?)
            }
            Some(Auth::Header { name, value }) => {
                let unfit = |_| Error::new(Code::Internal, format!("`{name}` is no name of a header"));
                Self::Header(name.parse().map_err(unfit)?, hidden(fill(value, values)?.expose())?)
            }
            Some(Auth::OAuth2 { grant, token, client_id, client_secret, scopes, lasts }) => {
                Self::OAuth2(oauth::Client::new(oauth::Declared {
                    grant,
                    token,
                    client_id,
                    client_secret,
                    scopes,
                    lasts: *lasts,
                    values,
                })?)
            }
        })
    }
}

/// Puts credentials on each call.
pub(super) struct Credentials {
    /// Where the source is at home: no other host is ever sent credentials.
    home: Option<Uri>,
    scheme: Signed,
    inner: Arc<dyn Transport>,
}

enum Signed {
    None,
    Header(HeaderName, HeaderValue),
    Token(Arc<Tokens>),
}

impl Credentials {
    pub(super) fn new(
        (scheme, home): (Scheme, Option<Uri>),
        inner: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        source: Arc<str>,
    ) -> Self {
        let scheme = match scheme {
            Scheme::None => Signed::None,
            Scheme::Header(name, value) => Signed::Header(name, value),
            Scheme::OAuth2(client) => Signed::Token(Arc::new(Tokens::new(client, Arc::clone(&inner), clock, source))),
        };
        Self { home, scheme, inner }
    }
}

impl Layer for Credentials {
    async fn ask<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        match &self.scheme {
            _ if !self.is_home(&call.url) => {}
            Signed::None => {}
            Signed::Header(name, value) => {
                call.headers.insert(name.clone(), value.clone());
            }
            Signed::Token(tokens) => return self.ask_with_token(tokens, call).await,
        }
        self.inner.ask(call).await
    }
}

impl Credentials {
    /// Whether an address is of the host, port and scheme that the source is at.
    fn is_home(&self, url: &Uri) -> bool {
        self.home.as_ref().is_some_and(|home| is_same_origin(home, url))
    }

    /// A token may be revoked before it runs out: a 401 gets one more try with a new one. The first call did nothing, so
    /// that this is right for writes, too.
    async fn ask_with_token<B: Body>(&self, tokens: &Arc<Tokens>, call: &mut Call) -> Result<Reply<B>, Error> {
        let first = tokens.current().await.map_err(Error::unsent)?;
        call.headers.insert(AUTHORIZATION, first.header.clone());
        let reply = self.inner.ask(call).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        tokens.refuse(&first).await;
        let second = tokens.current().await.map_err(Error::unsent)?;
        call.headers.insert(AUTHORIZATION, second.header);
        self.inner.ask(call).await
    }
}

/// A header's value that nothing shows.
fn hidden(text: &str) -> Result<HeaderValue> {
    let unfit =
        |_| Error::new(Code::Internal, "a secret of the source cannot stand in a header: is a line break in it?");
    let mut value = HeaderValue::from_str(text).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}
