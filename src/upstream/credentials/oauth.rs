//! OAuth 2.0 without a person: client credentials, and a refresh token that an administrator obtained once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use hyper::header::HeaderValue;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, ClientId, ClientSecret, HttpRequest, HttpResponse, RefreshToken, Scope, TokenResponse as _,
    TokenUrl,
};
use tokio::sync::Mutex;

use super::super::fill::{Filled, fill};
use super::super::transport::{Call, Transport};
use crate::clock::Clock;
use crate::connector::{Grant, Method, Pattern};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;
use crate::spool::Content;

/// A token is renewed so long before it runs out: a call that is under way with it should still arrive.
const EARLY: Duration = Duration::from_secs(60);
/// How long a token is good for where neither the answer nor the manifest says.
const DEFAULT_LIFE: Duration = Duration::from_secs(1800);

/// How long a token endpoint may take, whoever still waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a manifest declares, with the values for its slots.
pub(super) struct Declared<'a> {
    pub(super) grant: &'a Grant,
    pub(super) token: &'a Pattern,
    pub(super) client_id: &'a Pattern,
    pub(super) client_secret: &'a Pattern,
    pub(super) scopes: &'a [Arc<str>],
    pub(super) lasts: Option<Duration>,
    pub(super) values: Filled<'a>,
}

/// A client of a token endpoint.
pub(crate) struct Client {
    endpoint: TokenUrl,
    id: ClientId,
    secret: Secret,
    scopes: Vec<Scope>,
    refresh: Option<Secret>,
    lasts: Duration,
}

impl Client {
    pub(super) fn new(declared: Declared<'_>) -> Result<Self> {
        let Declared { grant, token, client_id, client_secret, scopes, lasts, values } = declared;
        let endpoint = TokenUrl::new(fill(token, values)?.expose().to_owned())
            .map_err(|error| Error::new(Code::Internal, format!("`{}` is no address: {error}", token.text)))?;
        let refresh = match grant {
            Grant::Client => None,
            Grant::Refresh(pattern) => Some(fill(pattern, values)?),
        };
        Ok(Self {
            endpoint,
            id: ClientId::new(fill(client_id, values)?.expose().to_owned()),
            secret: fill(client_secret, values)?,
            scopes: scopes.iter().map(|scope| Scope::new(scope.to_string())).collect(),
            refresh,
            lasts: lasts.unwrap_or(DEFAULT_LIFE),
        })
    }
}

/// A token in use.
#[derive(Clone)]
pub(super) struct Token {
    /// What goes into `Authorization`; nothing shows it.
    pub(super) header: HeaderValue,
    /// On the clock's `elapsed` scale.
    until: Duration,
    /// Tells tokens apart without comparing secrets.
    number: u64,
}

/// The token of one source: whoever finds it run out renews it, everybody else waits for that one renewal.
pub(super) struct Tokens {
    client: Client,
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    source: Arc<str>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Where the server rotates refresh tokens, the newest.
    refresh: Option<Secret>,
    count: u64,
}

impl State {
    fn good(&self, now: Duration) -> Option<Token> {
        self.token.as_ref().filter(|token| now < token.until).cloned()
    }
}

impl Tokens {
    pub(super) fn new(client: Client, inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, source: Arc<str>) -> Self {
        Self { client, inner, clock, source, state: Mutex::default() }
    }

    /// The token to use now.
    pub(super) async fn current(self: &Arc<Self>) -> Result<Token> {
        if let Some(token) = self.state.lock().await.good(self.clock.elapsed()) {
            return Ok(token);
        }
        let renewing = Arc::clone(self);
        // On its own task: with a caller whose time is up, the refresh token would be lost that came in the old one's place.
        let renewed = tokio::spawn(async move { renewing.renew().await }).await;
        renewed.unwrap_or_else(|_| Err(Error::new(Code::Internal, "a token's renewal ended").at_source(&self.source)))
    }

    async fn renew(&self) -> Result<Token> {
        let mut state = self.state.lock().await;
        if let Some(token) = state.good(self.clock.elapsed()) {
            return Ok(token);
        }
        let refresh = state.refresh.clone().or_else(|| self.client.refresh.clone());
        let deadline = self.clock.elapsed() + PATIENCE;
        let answer = tokio::select! {
            biased;
            answer = self.ask(refresh.as_ref(), deadline) => answer?,
            () = self.clock.sleep(PATIENCE) => return Err(self.late()),
        };
        let life = answer.expires_in().unwrap_or(self.client.lasts);
        // A token that lives shorter than the margin is used for half its life, or it would be renewed on every call.
        let usable = life.saturating_sub(EARLY).max(life / 2);
        state.count += 1;
        let header = super::hidden(&format!("Bearer {}", answer.access_token().secret())).map_err(|_| self.unread())?;
        let token = Token { header, until: self.clock.elapsed().saturating_add(usable), number: state.count };
        if let Some(rotated) = answer.refresh_token() {
            state.refresh = Some(Secret::new(rotated.secret().clone()));
        }
        state.token = Some(token.clone());
        Ok(token)
    }

    /// Forgets a token that the system did not accept, unless it was renewed meanwhile.
    pub(super) async fn refuse(&self, refused: &Token) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|token| token.number == refused.number) {
            state.token = None;
        }
    }

    async fn ask(&self, refresh: Option<&Secret>, deadline: Duration) -> Result<BasicTokenResponse> {
        let oauth = BasicClient::new(self.client.id.clone())
            .set_client_secret(ClientSecret::new(self.client.secret.expose().to_owned()))
            .set_token_uri(self.client.endpoint.clone())
            .set_auth_type(oauth2::AuthType::RequestBody);
        let send = Exchange { inner: Arc::clone(&self.inner), source: Arc::clone(&self.source), deadline };
        let scopes = self.client.scopes.iter().cloned();
        let answer = match refresh {
            Some(token) => {
                let token = RefreshToken::new(token.expose().to_owned());
                oauth.exchange_refresh_token(&token).add_scopes(scopes).request_async(&send).await
            }
            None => oauth.exchange_client_credentials().add_scopes(scopes).request_async(&send).await,
        };
        answer.map_err(|error| self.failed(&error))
    }

    /// What the token endpoint said, without its body: a description could repeat what was sent.
    fn failed(&self, error: &oauth2::basic::BasicRequestTokenError<Error>) -> Error {
        use oauth2::RequestTokenError as E;
        let what = match error {
            E::Request(error) => return error.clone(),
            E::ServerResponse(answer) => format!("the token endpoint refused: {}", answer.error()),
            E::Parse(..) | E::Other(_) => return self.unread(),
        };
        Error::new(Code::UpstreamUnavailable, what).at_source(&self.source)
    }

    fn late(&self) -> Error {
        let what = format!("the token endpoint did not answer in {} s", PATIENCE.as_secs());
        Error::new(Code::UpstreamTimeout, what).at_source(&self.source)
    }

    fn unread(&self) -> Error {
        Error::new(Code::UpstreamUnavailable, "the token endpoint's answer cannot be read").at_source(&self.source)
    }
}

/// The `oauth2` crate's way to the network: our own stack, so that hosts, addresses and sizes are checked here, too.
struct Exchange {
    inner: Arc<dyn Transport>,
    source: Arc<str>,
    deadline: Duration,
}

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

impl Exchange {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (parts, body) = request.into_parts();
        let broken = |what: String| Error::new(Code::Internal, what).at_source(&self.source);
        let call = Call {
            method: Method::Post,
            url: parts.uri,
            headers: parts.headers,
            body: Content::from(Bytes::from(body)),
            template: "POST (token endpoint)".into(),
            limit: None,
            safe: false,
            background: false,
            deadline: self.deadline,
        };
        let reply = self.inner.send(call).await?;
        let mut response = HttpResponse::new(reply.body.to_vec());
        *response.status_mut() =
            oauth2::http::StatusCode::from_u16(reply.status).map_err(|error| broken(error.to_string()))?;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }
}
