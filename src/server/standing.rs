//! Who stays: signed in once, and looked at again at each answer.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{Either, ready};

use super::Serving;
use crate::error::Result;
use crate::identity::SignedIn;
use crate::live::{Follower, Looked};
use crate::secret::Secret;
use crate::tenant::SignIn;

/// What somebody said of who they are. It is kept for as long as they stay, and nothing else of a request is: what is read of a
/// header holds on to everything that was read with it.
pub(super) struct Standing {
    serving: Serving,
    authorization: Option<Secret>,
    account: Option<Box<str>>,
    /// Who that was, as of the last look.
    last: Mutex<Option<Arc<SignedIn>>>,
}

impl Standing {
    pub(super) fn new(serving: Serving, authorization: Option<Secret>, account: Option<Box<str>>) -> Self {
        Self { serving, authorization, account, last: Mutex::default() }
    }

    /// Who that was, where nothing of it can have changed since.
    fn known(&self) -> Option<Arc<SignedIn>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        self.serving.tenant.still(&last).then_some(last)
    }

    /// Who that is as of now: it may outlive a token, or a right.
    pub(super) async fn look(&self) -> Result<Arc<SignedIn>> {
        match self.known() {
            Some(known) => Ok(known),
            None => self.find().await,
        }
    }

    async fn find(&self) -> Result<Arc<SignedIn>> {
        let authorization = self.authorization.as_ref().map(Secret::expose);
        let sign_in = SignIn { authorization, account: self.account.as_deref() };
        let tenant = &self.serving.tenant;
        let found = tenant.sign_in(sign_in, tenant.deadline(self.serving.config.timeout.0)).await?;
        let found = Arc::new(found);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(found)
    }
}

impl Follower for Standing {
    fn look(&self) -> Looked<'_> {
        match self.known() {
            Some(known) => Either::Left(ready(Ok(known))),
            None => Either::Right(Box::pin(self.find())),
        }
    }
}
