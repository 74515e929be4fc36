//! Subscriptions, over whatever they come.

use apollo_compiler::ast::OperationType;
use futures::Stream;
use futures::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;

use super::Serving;
use crate::error::Result;
use crate::execute::{GraphRequest, GraphResponse};
use crate::live::{Follower, Following};
use crate::model::Caller;
use crate::plan::operation_kind;
use crate::secret::Secret;
use crate::tenant::SignIn;

/// Whether the request is a subscription.
pub(super) fn is_subscription(request: &GraphRequest) -> bool {
    // Most documents do not have the word at all, and are not read for it.
    request.query.contains("subscription")
        && operation_kind(&request.query, request.operation_name.as_deref()) == Some(OperationType::Subscription)
}

/// The answers of a subscription, one after the other; an error is the last.
pub(super) fn answers<'a, F: Follower + 'a>(
    following: Following,
    who: F,
) -> impl Stream<Item = Result<GraphResponse>> + Send + 'a {
    futures::stream::unfold(Some((following, who)), async |going| {
        let (mut following, who) = going?;
        Some(match following.next(&who).await {
            Ok(answer) => (Ok(answer), Some((following, who))),
            Err(error) => (Err(error), None),
        })
    })
}

/// Who asked by a request of their own, and has one of the places for those who stay.
pub(super) struct Asking {
    pub(super) serving: Serving,
    pub(super) authorization: Option<Secret>,
    pub(super) account: Option<String>,
    pub(super) _place: OwnedSemaphorePermit,
}

impl Follower for Asking {
    fn caller(&self) -> BoxFuture<'_, Result<Caller>> {
        Box::pin(async move {
            let authorization = self.authorization.as_ref().map(Secret::expose);
            let sign_in = SignIn { authorization, account: self.account.as_deref() };
            let tenant = &self.serving.tenant;
            tenant.caller(sign_in, tenant.deadline(self.serving.config.timeout.0)).await
        })
    }
}

impl<F: Follower + ?Sized> Follower for &F {
    fn caller(&self) -> BoxFuture<'_, Result<Caller>> {
        (**self).caller()
    }
}
