//! The order of the layers: written once, here, and pinned by a test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;

use super::credentials::{Credentials, Scheme};
use super::csrf::Csrf;
use super::deadline::Deadline;
use super::hosts::HostRules;
use super::network::{Network, NetworkOptions};
use super::quota::Quotas;
use super::retry::{Retry, RetryRules};
use super::trace::Trace;
use super::transport::Transport;
use crate::clock::Clock;
use crate::connector::{Auth, Errors, Limits};
use crate::error::Result;
use crate::secret::Secret;

/// The layers of a stack, outermost first.
///
/// - `retry` is outside `quota`: each attempt takes from the quota, and a call that waits to be tried again holds no
///   place. The other way round a system that answers 429 would be asked three times for each request that was counted.
/// - `csrf` is outside `quota` and inside `retry`: the read that fetches a token is a call of its own.
/// - `credentials` is inside `retry`: a token that has run out since the first attempt is renewed for the second.
/// - `deadline` is outside everything that waits.
pub const ORDER: [&str; 7] = ["trace", "deadline", "retry", "csrf", "quota", "credentials", "network"];

/// What a source's stack is built from.
pub struct Upstream {
    /// The source's name, for errors, logs and figures.
    pub source: Arc<str>,
    /// Which hosts may be reached, and on which addresses.
    pub hosts: HostRules,
    /// Where the source is at home: its `base`. Credentials go nowhere else.
    pub home: Option<Uri>,
    /// How to sign in, and with what; none for systems that ask for nothing.
    pub auth: Option<Auth>,
    /// Settings of the source by name, for the slots of `auth`.
    pub settings: BTreeMap<Arc<str>, String>,
    /// Secrets of the source by name, for the slots of `auth`.
    pub secrets: BTreeMap<Arc<str>, Secret>,
    /// Quotas and concurrency of the system.
    pub limits: Limits,
    /// Whether the system wants a token with everything but plain reads.
    pub csrf: bool,
    /// Which of its errors may be tried again.
    pub errors: Errors,
    /// How long one call may take in all, with every attempt at it, however long its caller would wait.
    pub timeout: Duration,
    /// Sizes and times of the connections.
    pub network: NetworkOptions,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Builds the stack of one source.
///
/// # Errors
/// `INTERNAL` where the HTTP client cannot be set up, or a slot of `auth` names no setting or secret.
pub fn build(upstream: Upstream) -> Result<Arc<dyn Transport>> {
    let network: Arc<dyn Transport> =
        Arc::new(Network::new(Arc::clone(&upstream.source), upstream.hosts.clone(), &upstream.network)?);
    layered(upstream, network)
}

/// Puts the layers of [`ORDER`] round the network.
pub(super) fn layered(upstream: Upstream, network: Arc<dyn Transport>) -> Result<Arc<dyn Transport>> {
    let Upstream { source, home, auth, settings, secrets, limits, csrf, errors, timeout, clock, .. } = upstream;
    let scheme = Scheme::new(auth.as_ref(), &settings, &secrets).map_err(|error| error.at_source(&source))?;
    let credentials = Credentials::new((scheme, home), network, Arc::clone(&clock), Arc::clone(&source));
    let quota = Quotas::new(&limits, credentials, Arc::clone(&clock), Arc::clone(&source));
    let csrf = Csrf::new(quota, csrf);
    let retry = Retry::new(RetryRules::new(&errors), csrf, Arc::clone(&clock));
    let deadline = Deadline::new(retry, Arc::clone(&clock), Arc::clone(&source), timeout);
    Ok(Arc::new(Trace::new(deadline, clock, source)))
}

#[cfg(test)]
#[path = "stack_tests.rs"]
mod tests;
