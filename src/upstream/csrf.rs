//! Tokens against forged requests: some services take nothing but plain reads without one, also from programs that no
//! browser could be tricked into being.
//!
//! A token is fetched with a read of the service's root, is good for the session whose cookies came with it, and is kept
//! until the service refuses it. One call fetches, the others wait for it.

use std::collections::HashMap;

use hyper::Uri;
use hyper::header::{self, HeaderName, HeaderValue};
use tokio::sync::Mutex;

use super::layer::{Body, Layer};
use super::transport::{Call, Reply};
use crate::connector::Method;
use crate::error::Error;
use crate::spool::Content;

const HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// A token, and the cookies of the session it is good for.
#[derive(Clone)]
struct Token {
    /// Counts the tokens of a service: a refusal of an old one does not throw a newer one away.
    number: u64,
    /// Neither is shown by anything.
    token: HeaderValue,
    cookies: Option<HeaderValue>,
}

/// Puts a token on every call that is no `GET`.
pub(super) struct Csrf<L> {
    inner: L,
    /// None where the system wants none.
    tokens: Option<Tokens>,
}

/// By the service's root.
type Tokens = Mutex<HashMap<Uri, Token>>;

impl<L: Layer> Csrf<L> {
    pub(super) fn new(inner: L, wanted: bool) -> Self {
        Self { inner, tokens: wanted.then(Tokens::default) }
    }

    /// Sends a call with a token, and once more with a new one where it is refused for its token: what was refused for
    /// that was not done, so that this is right for writes, too.
    async fn guarded<B: Body>(&self, tokens: &Tokens, call: &mut Call) -> Result<Reply<B>, Error> {
        let refused = |Reply { status, headers, body }| Reply { status, headers, body: B::here(body) };
        let first = match self.token(tokens, call, None).await? {
            Ok(Some(token)) => token,
            Ok(None) => return self.inner.ask(call).await,
            Err(reply) => return Ok(refused(reply)),
        };
        let reply = self.inner.ask(&mut carrying(call, &first)).await?;
        if !is_refusal(&reply) {
            return Ok(reply);
        }
        match self.token(tokens, call, Some(first.number)).await? {
            Ok(Some(second)) => self.inner.ask(&mut carrying(call, &second)).await,
            Ok(None) => Ok(reply),
            Err(reply) => Ok(refused(reply)),
        }
    }

    /// The service's token; fetched where there is none, or only the refused one. A service that gives none is asked
    /// without: its own answer says what is wrong. An answer instead of a token is the service's refusal.
    async fn token(
        &self,
        tokens: &Tokens,
        call: &Call,
        refused: Option<u64>,
    ) -> Result<Result<Option<Token>, Reply>, Error> {
        let root = root(&call.url);
        let mut tokens = tokens.lock().await;
        let known = tokens.get(&root).filter(|token| Some(token.number) != refused);
        if let Some(token) = known {
            return Ok(Ok(Some(token.clone())));
        }
        let number = tokens.get(&root).map_or(0, |token| token.number + 1);
        let reply = self.inner.ask(&mut asking(call, &root)).await.map_err(Error::unsent)?;
        if !(200..300).contains(&reply.status) {
            return Ok(Err(reply));
        }
        let Some(token) = reply.headers.get(HEADER).filter(|token| !token.is_empty()) else { return Ok(Ok(None)) };
        let token = Token { number, token: hidden(token.clone()), cookies: cookies(&reply) };
        tokens.insert(root, token.clone());
        Ok(Ok(Some(token)))
    }
}

impl<L: Layer> Layer for Csrf<L> {
    async fn ask<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        match &self.tokens {
            Some(tokens) if call.method != Method::Get => Box::pin(self.guarded(tokens, call)).await,
            _ => self.inner.ask(call).await,
        }
    }
}

fn is_refusal<B>(reply: &Reply<B>) -> bool {
    reply.status == 403 && reply.header(HEADER.as_str()).is_some_and(|word| word.eq_ignore_ascii_case("required"))
}

/// The address without its last part: `…/SERVICE/` of `…/SERVICE/Set?…`.
fn root(url: &Uri) -> Uri {
    let service = url.path().rsplit_once('/').map_or("", |(service, _)| service);
    let mut parts = url.clone().into_parts();
    parts.path_and_query = format!("{}/", service.trim_end_matches('/')).parse().ok();
    Uri::from_parts(parts).unwrap_or_else(|_| url.clone())
}

fn asking(call: &Call, root: &Uri) -> Call {
    let mut headers = call.headers.clone();
    headers.remove(header::CONTENT_TYPE);
    headers.insert(HEADER, HeaderValue::from_static("Fetch"));
    let template = format!("GET a token for {}", call.template);
    Call {
        method: Method::Get,
        url: root.clone(),
        headers,
        body: Content::default(),
        template: template.into(),
        safe: true,
        ..call.clone()
    }
}

fn carrying(call: &Call, token: &Token) -> Call {
    let mut call = call.clone();
    call.headers.insert(HEADER, token.token.clone());
    if let Some(cookies) = &token.cookies {
        call.headers.insert(header::COOKIE, cookies.clone());
    }
    call
}

/// What an answer sets, as a request sends it back: names and values, without where and how long.
fn cookies(reply: &Reply) -> Option<HeaderValue> {
    let set = reply.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<&str> = set.filter_map(|value| value.split(';').next()).map(str::trim).collect();
    let whole = if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() };
    whole.map(hidden)
}

fn hidden(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex as Sync};

    use bytes::Bytes;
    use futures::future::BoxFuture;

    use super::super::transport::Transport;
    use super::*;

    struct Script {
        replies: Sync<VecDeque<Reply>>,
        calls: Sync<Vec<Call>>,
    }

    impl Transport for Script {
        fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
            self.calls.lock().unwrap().push(call);
            let reply = self.replies.lock().unwrap().pop_front().expect("a reply");
            Box::pin(async move { Ok(reply) })
        }
    }

    fn reply(status: u16, headers: &[(&str, &str)]) -> Reply {
        let pair = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        let pairs: Vec<(HeaderName, HeaderValue)> = headers.iter().map(pair).collect();
        let mut headers = hyper::HeaderMap::new();
        headers.extend(pairs);
        Reply { status, headers, body: Bytes::new() }
    }

    fn call(method: Method) -> Call {
        Call {
            method,
            headers: [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))].into_iter().collect(),
            body: Bytes::from_static(b"{}").into(),
            template: "POST SRV/Set".into(),
            ..Call::read("https://erp.example.com/odata/SRV;v=2/Set?$format=json")
        }
    }

    /// What the calls were: method, address, token, cookies.
    async fn sent(replies: impl IntoIterator<Item = Reply>, methods: &[Method]) -> (Vec<String>, Vec<u16>) {
        let script = Arc::new(Script { replies: Sync::new(replies.into_iter().collect()), calls: Sync::default() });
        let csrf = Csrf::new(Arc::clone(&script) as Arc<dyn Transport>, true);
        let mut statuses = Vec::new();
        for method in methods {
            statuses.push(csrf.ask::<Bytes>(&mut call(*method)).await.unwrap().status);
        }
        let shown = |call: &Call| {
            let header = |name: HeaderName| call.headers.get(name).map_or("-", |value| value.to_str().unwrap());
            format!("{:?} {} {} {}", call.method, call.url, header(HEADER), header(header::COOKIE))
        };
        let calls = script.calls.lock().unwrap().iter().map(shown).collect();
        (calls, statuses)
    }

    const NAME: &str = "x-csrf-token";
    const ROOT: &str = "https://erp.example.com/odata/SRV;v=2/";
    const SET: &str = "https://erp.example.com/odata/SRV;v=2/Set?$format=json";

    fn given(token: &str) -> Reply {
        reply(200, &[(NAME, token), ("set-cookie", "SID=1; path=/; HttpOnly"), ("set-cookie", "ctx=a")])
    }

    #[tokio::test]
    async fn a_token_is_fetched_once_and_sent_with_the_cookies_of_its_session() {
        let (calls, statuses) = sent(
            [given("t1"), reply(201, &[]), reply(201, &[]), reply(200, &[])],
            &[Method::Post, Method::Post, Method::Get],
        )
        .await;
        assert_eq!(
            calls,
            [
                format!("Get {ROOT} Fetch -"),
                format!("Post {SET} t1 SID=1; ctx=a"),
                format!("Post {SET} t1 SID=1; ctx=a"),
                format!("Get {SET} - -"),
            ]
        );
        assert_eq!(statuses, [201, 201, 200]);
    }

    #[tokio::test]
    async fn a_token_that_is_refused_is_fetched_anew_once() {
        let refused = || reply(403, &[(NAME, "Required")]);
        let (calls, statuses) = sent(
            [given("t1"), refused(), given("t2"), reply(201, &[]), reply(201, &[])],
            &[Method::Post, Method::Post],
        )
        .await;
        assert_eq!(calls.len(), 5);
        assert!(calls[3].contains(" t2 ") && calls[4].contains(" t2 "), "{calls:?}");
        assert_eq!(statuses, [201, 201]);
        let (calls, statuses) = sent([given("t1"), refused(), given("t2"), refused()], &[Method::Post]).await;
        assert_eq!((calls.len(), statuses), (4, vec![403]));
    }

    #[tokio::test]
    async fn a_service_that_refuses_its_root_answers_for_itself_and_one_without_tokens_is_asked_without() {
        let (calls, statuses) = sent([reply(401, &[])], &[Method::Post]).await;
        assert_eq!((calls.len(), statuses), (1, vec![401]));
        let (calls, statuses) = sent([reply(200, &[]), reply(201, &[])], &[Method::Post]).await;
        assert_eq!((calls[1].as_str(), statuses), (format!("Post {SET} - -").as_str(), vec![201]));
    }

    #[tokio::test]
    async fn a_403_for_another_reason_is_the_answer() {
        let (calls, statuses) = sent([given("t1"), reply(403, &[])], &[Method::Post]).await;
        assert_eq!((calls.len(), statuses), (2, vec![403]));
    }
}
