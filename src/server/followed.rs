//! Subscriptions, over whatever they come.

use apollo_compiler::ast::OperationType;
use futures::Stream;
use tokio::sync::OwnedSemaphorePermit;

use super::standing::Standing;
use crate::error::Result;
use crate::execute::{GraphRequest, GraphResponse};
use crate::live::{Follower, Following, Looked};
use crate::plan::operation_kind;

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
    // It goes from answer to answer, and is large.
    futures::stream::unfold(Some(Box::new((following, who))), async |going| {
        let mut going = going?;
        let (following, who) = &mut *going;
        Some(match following.next(who).await {
            Ok(answer) => (Ok(answer), Some(going)),
            Err(error) => (Err(error), None),
        })
    })
}

/// Who asked by a request of their own, and has one of the places for those who stay.
pub(super) struct Asking {
    pub(super) standing: Standing,
    pub(super) _place: OwnedSemaphorePermit,
}

impl Follower for Asking {
    fn look(&self) -> Looked<'_> {
        Follower::look(&self.standing)
    }
}

impl<F: Follower + ?Sized> Follower for &F {
    fn look(&self) -> Looked<'_> {
        (**self).look()
    }
}
