//! Tokens against forged requests: some services take nothing but plain reads without one, also from programs that no
//! browser could be tricked into being.
//!
//! A token is fetched with a read of the service's root, is good for the session whose cookies came with it, and is kept
//! until the service refuses it. One call fetches, the others wait for it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::transport::{Call, Reply, Transport};
use crate::connector::Method;
use crate::error::Error;
use crate::secret::Secret;

const HEADER: &str = "x-csrf-token";

/// A token, and the cookies of the session it is good for.
#[derive(Clone)]
struct Token {
    /// Counts the tokens of a service: a refusal of an old one does not throw a newer one away.
    number: u64,
    token: Secret,
    cookies: Secret,
}

/// Puts a token on every call that is no `GET`.
pub(super) struct Csrf {
    inner: Arc<dyn Transport>,
    /// By the service's root.
    tokens: Mutex<HashMap<String, Token>>,
}

impl Csrf {
    pub(super) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, tokens: Mutex::default() }
    }

    /// The service's token; fetched where there is none, or only the refused one. A service that gives none is asked
    /// without: its own answer says what is wrong. An answer instead of a token is the service's refusal.
    async fn token(&self, call: &Call, refused: Option<u64>) -> Result<Result<Option<Token>, Reply>, Error> {
        let root = root(&call.url);
        let mut tokens = self.tokens.lock().await;
        let known = tokens.get(root.as_str()).filter(|token| Some(token.number) != refused);
        if let Some(token) = known {
            return Ok(Ok(Some(token.clone())));
        }
        let number = tokens.get(root.as_str()).map_or(0, |token| token.number + 1);
        let reply = self.inner.send(asking(call, &root)).await?;
        if !(200..300).contains(&reply.status) {
            return Ok(Err(reply));
        }
        let Some(text) = reply.header(HEADER).filter(|text| !text.is_empty()) else { return Ok(Ok(None)) };
        let token = Token { number, token: Secret::new(text.to_owned()), cookies: cookies(&reply) };
        tokens.insert(root.into(), token.clone());
        Ok(Ok(Some(token)))
    }
}

impl Transport for Csrf {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            if call.method == Method::Get {
                return self.inner.send(call).await;
            }
            let first = match self.token(&call, None).await? {
                Ok(Some(token)) => token,
                Ok(None) => return self.inner.send(call).await,
                Err(reply) => return Ok(reply),
            };
            let reply = self.inner.send(carrying(&call, &first)).await?;
            // What was refused for its token was not done, so that this is right for writes, too.
            if !is_refusal(&reply) {
                return Ok(reply);
            }
            match self.token(&call, Some(first.number)).await? {
                Ok(Some(second)) => self.inner.send(carrying(&call, &second)).await,
                Ok(None) => Ok(reply),
                Err(refused) => Ok(refused),
            }
        })
    }
}

fn is_refusal(reply: &Reply) -> bool {
    reply.status == 403 && reply.header(HEADER).is_some_and(|word| word.eq_ignore_ascii_case("required"))
}

/// The address without its last part: `…/SERVICE/` of `…/SERVICE/Set?…`.
fn root(url: &url::Url) -> url::Url {
    let mut root = url.clone();
    root.set_query(None);
    root.set_fragment(None);
    let path = url.path();
    root.set_path(path.rsplit_once('/').map_or(path, |(service, _)| service));
    root.set_path(&format!("{}/", root.path().trim_end_matches('/')));
    root
}

fn asking(call: &Call, root: &url::Url) -> Call {
    let mut headers: Vec<(Arc<str>, String)> =
        call.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type")).cloned().collect();
    headers.push((Arc::from(HEADER), "Fetch".to_owned()));
    let template = format!("GET a token for {}", call.template);
    Call {
        method: Method::Get,
        url: root.clone(),
        headers,
        body: Bytes::new(),
        template: template.into(),
        safe: true,
        ..call.clone()
    }
}

fn carrying(call: &Call, token: &Token) -> Call {
    let mut call = call.clone();
    call.headers.push((Arc::from(HEADER), token.token.expose().to_owned()));
    if !token.cookies.expose().is_empty() {
        call.headers.push((Arc::from("cookie"), token.cookies.expose().to_owned()));
    }
    call
}

/// What an answer sets, as a request sends it back: names and values, without where and how long.
fn cookies(reply: &Reply) -> Secret {
    let set = reply.headers.iter().filter(|(name, _)| &**name == "set-cookie");
    let pairs: Vec<&str> = set.filter_map(|(_, value)| value.split(';').next()).map(str::trim).collect();
    Secret::new(pairs.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex as Sync;
    use std::time::Duration;

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
        let headers = headers.iter().map(|(name, value)| (Box::from(*name), Box::from(*value))).collect();
        Reply { status, headers, body: Bytes::new() }
    }

    fn call(method: Method) -> Call {
        Call {
            method,
            url: "https://erp.example.com/odata/SRV;v=2/Set?$format=json".parse().unwrap(),
            headers: vec![(Arc::from("Content-Type"), "application/json".to_owned())],
            body: Bytes::from_static(b"{}"),
            template: "POST SRV/Set".into(),
            limit: None,
            safe: true,
            deadline: Duration::from_secs(1),
        }
    }

    /// What the calls were: method, address, token, cookies.
    async fn sent(replies: impl IntoIterator<Item = Reply>, methods: &[Method]) -> (Vec<String>, Vec<u16>) {
        let script = Arc::new(Script { replies: Sync::new(replies.into_iter().collect()), calls: Sync::default() });
        let csrf = Csrf::new(Arc::clone(&script) as Arc<dyn Transport>);
        let mut statuses = Vec::new();
        for method in methods {
            statuses.push(csrf.send(call(*method)).await.unwrap().status);
        }
        let shown = |call: &Call| {
            let header = |name: &str| call.headers.iter().find(|(n, _)| &**n == name).map_or("-", |(_, value)| value);
            format!("{:?} {} {} {}", call.method, call.url, header(HEADER), header("cookie"))
        };
        let calls = script.calls.lock().unwrap().iter().map(shown).collect();
        (calls, statuses)
    }

    const ROOT: &str = "https://erp.example.com/odata/SRV;v=2/";
    const SET: &str = "https://erp.example.com/odata/SRV;v=2/Set?$format=json";

    fn given(token: &str) -> Reply {
        reply(200, &[(HEADER, token), ("set-cookie", "SID=1; path=/; HttpOnly"), ("set-cookie", "ctx=a")])
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
        let refused = || reply(403, &[(HEADER, "Required")]);
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
