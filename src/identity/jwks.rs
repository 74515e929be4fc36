//! An issuer's keys over HTTP: discovery, when they are read again, and what holds while the issuer is down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use jsonwebtoken::DecodingKey;
use url::Url;

use super::keys::{KeySet, Wanted};
use super::wait;
use crate::clock::Clock;
use crate::config::IssuerConfig;
use crate::connector::{Errors, Limits, Method};
use crate::error::{Code, Error, Result};
use crate::spool::Content;
use crate::upstream::{Call, HeaderValue, HostRules, NetworkOptions, Reply, Upstream, Uri, build, header};

/// However short the issuer says its keys are good for, they are not read more often than this.
const FLOOR: Duration = Duration::from_secs(5 * 60);
/// However long the issuer says: a key that was withdrawn ends.
const CEILING: Duration = Duration::from_secs(24 * 3600);
/// How long keys past their time are used while the issuer is down.
const IF_ERROR: Duration = Duration::from_secs(24 * 3600);
/// Keys nobody knows could be made up by the thousand: the issuer is asked at most this often.
const APART: Duration = Duration::from_secs(30);
/// The same while there are no keys at all, and nobody can sign in.
const APART_EMPTY: Duration = Duration::from_secs(5);
/// How long reading keys may take, whoever still waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a caller waits for new keys where the old ones have the token's.
const PATIENCE_MEANWHILE: Duration = Duration::from_secs(2);
/// What errors and logs call this part.
const SOURCE: &str = "identity";
/// The largest discovery document or JWK set, in bytes.
const LARGEST: usize = 512 * 1024;

/// The keys of an issuer that is asked for them.
pub struct RemoteKeys(Arc<Remote>);

struct Remote {
    issuer: Arc<str>,
    jwks: Option<String>,
    private: Vec<IpNet>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held by whoever is asking the issuer.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// When the issuer was last asked, and what went wrong then.
    tried: Option<(Duration, Option<Error>)>,
}

struct Held {
    keys: KeySet,
    fresh_until: Duration,
}

/// What is known without asking.
enum Known {
    Key(DecodingKey),
    /// The issuer has to be asked; with the key that does while it does not answer.
    Ask(Option<DecodingKey>),
    Not(Error),
}

impl RemoteKeys {
    /// The keys of the configured issuer; nothing is read yet.
    #[must_use]
    pub fn new(config: &IssuerConfig, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Remote {
            issuer: Arc::from(config.issuer.as_str()),
            jwks: config.jwks.clone(),
            private: config.private_networks.clone(),
            clock,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// The key for a token; the issuer is asked where the keys have grown old, or none is the one.
    pub(super) async fn find(&self, wanted: Wanted<'_>) -> Result<DecodingKey> {
        let meanwhile = match self.0.known(wanted) {
            Known::Key(key) => return Ok(key),
            Known::Not(error) => return Err(error),
            Known::Ask(meanwhile) => meanwhile,
        };
        // On its own task: a caller who leaves must not end what others wait for, nor begin it anew by coming back.
        let remote = Arc::clone(&self.0);
        let asked = tokio::spawn(async move { remote.refresh().await });
        let soon = self.0.clock.elapsed() + PATIENCE_MEANWHILE;
        let deadline = if meanwhile.is_some() { soon.min(wanted.deadline) } else { wanted.deadline };
        let answered = wait::until(&*self.0.clock, deadline, asked).await.is_some();
        match self.0.known(wanted) {
            Known::Key(key) => Ok(key),
            Known::Not(error) => Err(error),
            Known::Ask(_) if answered => Err(wanted.unknown()),
            Known::Ask(_) => meanwhile.ok_or_else(|| self.0.unusable("no keys before the deadline")),
        }
    }
}

impl Remote {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, wanted: Wanted<'_>) -> Known {
        let now = self.clock.elapsed();
        let state = self.state();
        let held = state.held.as_ref().filter(|held| now < held.fresh_until + IF_ERROR);
        let key = held.and_then(|held| held.keys.find(wanted));
        let fresh = held.is_some_and(|held| now < held.fresh_until);
        if let (Some(key), true) = (&key, fresh) {
            return Known::Key(key.clone());
        }
        if state.may_ask(now) {
            return Known::Ask(key);
        }
        match (key, &state.tried) {
            (Some(key), _) => Known::Key(key),
            (None, Some((_, Some(error)))) => Known::Not(error.clone()),
            (None, _) => Known::Not(wanted.unknown()),
        }
    }

    /// Reads the keys anew, unless somebody just did.
    async fn refresh(&self) {
        let _turn = self.turn.lock().await;
        let now = self.clock.elapsed();
        if !self.state().may_ask(now) {
            return;
        }
        let outcome = self.read(now + PATIENCE).await;
        let now = self.clock.elapsed();
        let mut state = self.state();
        match outcome {
            Ok((keys, life)) => {
                state.held = Some(Held { keys, fresh_until: now + life });
                state.tried = Some((now, None));
            }
            Err(error) => {
                tracing::warn!(issuer = &*self.issuer, %error, "the issuer's keys cannot be read");
                state.tried = Some((now, Some(error)));
            }
        }
    }

    async fn read(&self, deadline: Duration) -> Result<(KeySet, Duration)> {
        let address = match &self.jwks {
            Some(address) => address.clone(),
            None => self.discover(deadline).await?,
        };
        let reply = self.get(&address, "key set", deadline).await?;
        let keys = KeySet::parse(&reply.body).map_err(|what| self.unusable(&what))?;
        Ok((keys, life(&reply)))
    }

    /// Where the keys are: `OpenID` Connect Discovery 1.0, section 4.
    async fn discover(&self, deadline: Duration) -> Result<String> {
        #[derive(serde::Deserialize)]
        struct Document {
            issuer: String,
            jwks_uri: String,
        }
        let base = self.issuer.strip_suffix('/').unwrap_or(&self.issuer);
        let address = format!("{base}/.well-known/openid-configuration");
        let reply = self.get(&address, "discovery", deadline).await?;
        let document: Document = serde_json::from_slice(&reply.body)
            .map_err(|error| self.unusable(&format!("no discovery document: {error}")))?;
        if document.issuer != *self.issuer {
            let other = super::keys::shown(&document.issuer);
            return Err(self.unusable(&format!("the discovery document is of another issuer, {other}")));
        }
        Ok(document.jwks_uri)
    }

    /// One document. A stack is built for each: the keys may be on another host than the issuer, and that host is
    /// known only from the document.
    async fn get(&self, address: &str, what: &str, deadline: Duration) -> Result<Reply> {
        let none = |error: &dyn std::fmt::Display| {
            self.unusable(&format!("{} is no address: {error}", super::keys::shown(address)))
        };
        let url = Url::parse(address).map_err(|error| none(&error))?;
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let url = url.as_str().parse::<Uri>().map_err(|error| none(&error))?;
        let plain = !self.private.is_empty();
        let stack = build(Upstream {
            home: None,
            source: SOURCE.into(),
            hosts: HostRules { hosts: vec![host.into()], private: self.private.clone(), plain },
            auth: None,
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            csrf: false,
            limits: Limits::default(),
            errors: Errors::default(),
            // The keys have one time limit, which is the deadline.
            timeout: Duration::MAX,
            network: NetworkOptions { largest_answer: LARGEST, ..NetworkOptions::default() },
            clock: Arc::clone(&self.clock),
        })?;
        let call = Call {
            method: Method::Get,
            url,
            headers: [(header::ACCEPT, HeaderValue::from_static("application/json"))].into_iter().collect(),
            body: Content::default(),
            template: format!("{what} of {}", self.issuer).into(),
            limit: None,
            safe: true,
            background: false,
            deadline,
        };
        let reply = stack.send(call).await.map_err(|error| {
            Error::new(Code::UpstreamUnavailable, error.detail().to_owned()).at_source(&SOURCE.into())
        })?;
        if reply.status == 200 {
            Ok(reply)
        } else {
            Err(self.unusable(&format!("its {what} answered {}", reply.status)).with_status(reply.status))
        }
    }

    fn unusable(&self, what: &str) -> Error {
        Error::new(Code::UpstreamUnavailable, format!("{}: {what}", self.issuer)).at_source(&SOURCE.into())
    }
}

impl State {
    fn may_ask(&self, now: Duration) -> bool {
        let apart = if self.held.is_some() { APART } else { APART_EMPTY };
        self.tried.as_ref().is_none_or(|(at, _)| now >= *at + apart)
    }
}

/// How long the answer is good for: `max-age` less `Age` (RFC 9111, section 4.2), inside the limits.
fn life(reply: &Reply) -> Duration {
    let directives = reply.headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let max_age = directives.flat_map(|value| value.split(',')).find_map(|directive| {
        let (name, value) = directive.trim().split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse().ok()?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| Duration::from_secs(seconds))
    });
    let age = reply.header("age").and_then(|age| age.trim().parse().ok()).map_or(Duration::ZERO, Duration::from_secs);
    max_age.unwrap_or(FLOOR).saturating_sub(age).clamp(FLOOR, CEILING)
}
