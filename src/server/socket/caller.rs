//! Who is at the other end of a connection.

use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, header};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::transport::{Answer, Answers};
use crate::error::{Code, Error, Result};
use crate::execute::GraphRequest;
use crate::identity::SignedIn;
use crate::secret::Secret;
use crate::server::standing::Standing;
use crate::server::{ACCOUNT_HEADER, FRESHNESS_HEADER, Serving, followed};

/// A connection, and who has it.
pub(super) struct Connected {
    pub(super) serving: Serving,
    /// What the request said by which the connection was opened: what begins the connection may say it better.
    opened_by: Identified,
    begun: OnceLock<Begun>,
}

/// What a connection says of who it is.
struct Identified {
    authorization: Option<Secret>,
    account: Option<Box<str>>,
    freshness: Option<bool>,
}

/// A connection that was begun.
struct Begun {
    standing: Standing,
    freshness: bool,
}

impl Connected {
    pub(super) fn new(serving: Serving, headers: &HeaderMap) -> Self {
        let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { serving, opened_by: Identified::of(given), begun: OnceLock::new() }
    }

    /// Nobody stays connected without a sign-in.
    pub(super) async fn sign_in(&self, payload: &Value) -> Result<()> {
        let given = Identified::of(|name| {
            let mut members = payload.as_object().into_iter().flatten();
            let member = members.find(|(key, _)| key.eq_ignore_ascii_case(name));
            member.and_then(|(_, value)| value.as_str()).map(str::to_owned)
        });
        let header = &self.opened_by;
        let authorization = given.authorization.or_else(|| header.authorization.clone());
        let account = given.account.or_else(|| header.account.clone());
        let standing = Standing::new(self.serving.clone(), authorization, account);
        standing.look().await?;
        let freshness = given.freshness.or(header.freshness) == Some(true);
        // Protocols begin a connection once.
        let _ = self.begun.set(Begun { standing, freshness });
        Ok(())
    }

    fn begun(&self) -> Result<&Begun> {
        self.begun.get().ok_or_else(|| Error::new(Code::Unauthenticated, "a connection without a sign-in"))
    }

    /// Who it is as of now.
    pub(super) async fn look(&self) -> Result<Arc<SignedIn>> {
        self.begun()?.standing.look().await
    }
}

impl Identified {
    fn of(given: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            authorization: given(header::AUTHORIZATION.as_str()).map(Secret::new),
            account: given(ACCOUNT_HEADER.as_str()).map(String::into_boxed_str),
            freshness: given(FRESHNESS_HEADER.as_str()).map(|text| text == "true"),
        }
    }
}

impl Answers for Connected {
    fn begin(&self, payload: Value) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.sign_in(&payload).await })
    }

    fn answer(&self, request: GraphRequest) -> BoxFuture<'_, Result<Answer<'_>>> {
        Box::pin(async move {
            let Begun { standing, freshness } = self.begun()?;
            let signed_in = standing.look().await?;
            let caller = &signed_in.caller;
            let deadline = Some(self.serving.tenant.deadline(self.serving.config.timeout.0));
            let request = GraphRequest { deadline, freshness: *freshness, ..request };
            if !followed::is_subscription(&request) {
                return Ok(Answer::Once(self.serving.tenant.execute(caller, request).await));
            }
            Ok(match self.serving.tenant.follow(caller, &request).await {
                Ok(Some(following)) => Answer::Many(followed::answers(following, standing).boxed()),
                Ok(None) => Answer::Once(self.serving.tenant.execute(caller, request).await),
                Err(refused) => Answer::Once(refused),
            })
        })
    }
}
