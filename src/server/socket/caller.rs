//! Who is at the other end of a connection.

use std::sync::OnceLock;

use axum::http::{HeaderMap, header};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::transport::{Answer, Answers};
use crate::error::{Code, Error, Result};
use crate::execute::GraphRequest;
use crate::live::Follower;
use crate::model::Caller;
use crate::secret::Secret;
use crate::server::{ACCOUNT_HEADER, FRESHNESS_HEADER, Serving, followed};
use crate::tenant::SignIn;

/// A connection, and who has it. It may outlive a token, or a right: who it is counts anew for each operation.
pub(super) struct Connected {
    pub(super) serving: Serving,
    /// What the request said by which the connection was opened: what begins the connection may say it better.
    opened_by: Identified,
    identified: OnceLock<Identified>,
}

/// What a connection says of who it is. It is kept for as long as the connection is, and nothing else of a request is: what is
/// read of a header holds on to everything that was read with it.
struct Identified {
    authorization: Option<Secret>,
    account: Option<Box<str>>,
    freshness: Option<bool>,
}

impl Connected {
    pub(super) fn new(serving: Serving, headers: &HeaderMap) -> Self {
        let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { serving, opened_by: Identified::of(given), identified: OnceLock::new() }
    }

    /// Nobody stays connected without a sign-in.
    pub(super) async fn sign_in(&self, payload: &Value) -> Result<()> {
        let given = Identified::of(|name| {
            let mut members = payload.as_object().into_iter().flatten();
            let member = members.find(|(key, _)| key.eq_ignore_ascii_case(name));
            member.and_then(|(_, value)| value.as_str()).map(str::to_owned)
        });
        let header = &self.opened_by;
        let identified = Identified {
            authorization: given.authorization.or_else(|| header.authorization.clone()),
            account: given.account.or_else(|| header.account.clone()),
            freshness: given.freshness.or(header.freshness),
        };
        self.as_caller(&identified).await?;
        // Protocols begin a connection once.
        let _ = self.identified.set(identified);
        Ok(())
    }

    /// The caller as of now.
    pub(super) async fn caller(&self) -> Result<Caller> {
        let unknown = || Error::new(Code::Unauthenticated, "a connection without a sign-in");
        self.as_caller(self.identified.get().ok_or_else(unknown)?).await
    }

    async fn as_caller(&self, identified: &Identified) -> Result<Caller> {
        let authorization = identified.authorization.as_ref().map(Secret::expose);
        let sign_in = SignIn { authorization, account: identified.account.as_deref() };
        let tenant = &self.serving.tenant;
        tenant.caller(sign_in, tenant.deadline(self.serving.config.timeout.0)).await
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

impl Follower for Connected {
    fn caller(&self) -> BoxFuture<'_, Result<Caller>> {
        Box::pin(Self::caller(self))
    }
}

impl Answers for Connected {
    fn begin(&self, payload: Value) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.sign_in(&payload).await })
    }

    fn answer(&self, request: GraphRequest) -> BoxFuture<'_, Result<Answer<'_>>> {
        Box::pin(async move {
            let caller = self.caller().await?;
            let deadline = Some(self.serving.tenant.deadline(self.serving.config.timeout.0));
            let freshness = self.identified.get().is_some_and(|identified| identified.freshness == Some(true));
            let request = GraphRequest { deadline, freshness, ..request };
            if !followed::is_subscription(&request) {
                return Ok(Answer::Once(self.serving.tenant.execute(&caller, request).await));
            }
            Ok(match self.serving.tenant.follow(&caller, &request).await {
                Ok(Some(following)) => Answer::Many(followed::answers(following, self).boxed()),
                Ok(None) => Answer::Once(self.serving.tenant.execute(&caller, request).await),
                Err(refused) => Answer::Once(refused),
            })
        })
    }
}
