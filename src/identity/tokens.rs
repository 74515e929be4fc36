//! Bearer tokens: who signed it, is it for us, is it now.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation, dangerous, decode, decode_header};
use serde_json::{Map, Value};

use super::claims::{Claims, moment, text};
use super::keys::{Keys, Wanted, library, shown};
use super::verified::{Checked, Times, Verified};
use crate::clock::Clock;
use crate::config::IssuerConfig;
use crate::error::{Code, Error, Result};

/// The longest token, in bytes: with more in it than that, the person's accounts do not belong into the token.
const LONGEST: usize = 8 * 1024;
/// How far the issuer's clock may be off.
const LEEWAY: SignedDuration = SignedDuration::from_secs(30);
/// The longest subject, in bytes (OIDC Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// An issuer whose tokens are accepted.
pub struct Issuer {
    /// What the operator says of it.
    pub config: IssuerConfig,
    /// Its keys.
    pub keys: Keys,
}

/// Checks tokens.
pub(super) struct Tokens {
    issuers: Vec<Arc<Issuer>>,
    checked: Checked,
    clock: Arc<dyn Clock>,
}

impl Tokens {
    pub(super) fn new(issuers: Vec<Issuer>, clock: Arc<dyn Clock>) -> Self {
        let checked = Checked::new(Arc::clone(&clock));
        Self { issuers: issuers.into_iter().map(Arc::new).collect(), checked, clock }
    }

    /// Whose tokens are accepted.
    pub(super) fn issuers(&self) -> &[Arc<Issuer>] {
        &self.issuers
    }

    /// The `Authorization` header's token, checked, and until when that counts; the signature of one that was here a moment
    /// ago is not checked again.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with the reason for operators only; `UPSTREAM_UNAVAILABLE` where the keys cannot be read.
    pub(super) async fn verify(&self, header: Option<&str>, deadline: Duration) -> Result<(Arc<Verified>, Duration)> {
        let Some(header) = header else {
            return Err(Error::new(Code::Unauthenticated, "the request has no `Authorization` header"));
        };
        let checked = self.check(header, deadline).await;
        checked.map_err(|error| match error.code() {
            Code::Unauthenticated => error.with_message("Your sign-in is not valid or has ended; sign in again."),
            _ => error.with_message("Your sign-in cannot be checked at the moment; try again."),
        })
    }

    async fn check(&self, header: &str, deadline: Duration) -> Result<(Arc<Verified>, Duration)> {
        let token = bearer(header)?;
        let name = Checked::name(token);
        let (verified, until) = match self.checked.find(&name).await {
            Some(known) => known,
            None => {
                is_jwt(token)?;
                let verified = Arc::new(self.signature(token, deadline).await?);
                let until = self.checked.keep(name, &verified).await;
                (verified, until)
            }
        };
        let left = verified.times.check(self.clock.now())?;
        Ok((verified, until.min(self.clock.elapsed().saturating_add(left))))
    }

    async fn signature(&self, token: &str, deadline: Duration) -> Result<Verified> {
        let head = decode_header(token).map_err(|error| refused(format!("the token's header: {error}")))?;
        check_header(&head)?;
        let issuer = self.issuer(token)?;
        let algorithm = issuer.config.algorithm;
        if head.alg != library(algorithm) {
            let what = format!("the token is signed with {:?}, its issuer is pinned to {algorithm:?}", head.alg);
            return Err(refused(what));
        }
        let wanted = Wanted { kid: head.kid.as_deref(), algorithm, deadline };
        let key = issuer.keys.find(wanted).await?;
        let claims = decode::<Map<String, Value>>(token, &key, &validation(&issuer.config));
        let claims = claims.map_err(|error| refused(explain(&error, &issuer.config)))?.claims;
        let now = self.clock.now();
        let times = Times::read(&claims)?;
        times.check(now)?;
        check_kind(&claims)?;
        let subject = text(&claims, "sub").filter(|subject| subject.len() <= LONGEST_SUBJECT);
        let subject = Arc::from(subject.ok_or_else(|| refused("the token's `sub` cannot be used"))?);
        let claims = Claims::read(subject, &claims, later(now));
        let issued_by = Arc::from(issuer.config.issuer.as_str());
        Ok(Verified { issuer, issued_by, claims, times, signed: OnceLock::new() })
    }

    /// The configured issuer that the token says it is of; nothing has been checked yet.
    fn issuer(&self, token: &str) -> Result<Arc<Issuer>> {
        #[derive(serde::Deserialize)]
        struct Unchecked {
            iss: String,
        }
        let unchecked: Unchecked = dangerous::insecure_decode_claims(token)
            .map_err(|error| refused(format!("the token's claims: {error}")))?;
        let known = self.issuers.iter().find(|issuer| issuer.config.issuer == unchecked.iss);
        known.cloned().ok_or_else(|| refused(format!("the issuer {} is not configured", shown(&unchecked.iss))))
    }
}

fn refused(what: impl Into<String>) -> Error {
    Error::new(Code::Unauthenticated, what)
}

/// The token of `Bearer TOKEN` (RFC 6750, section 2.1; the scheme's case does not count, RFC 9110, section 11.1).
fn bearer(header: &str) -> Result<&str> {
    let (scheme, token) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused(format!("the scheme {} is not `Bearer`", shown(scheme))));
    }
    let token = token.trim_start();
    if token.len() > LONGEST {
        return Err(refused(format!("the token has {} bytes; the most is {LONGEST}", token.len())));
    }
    Ok(token)
}

/// Whether it has only what a token may have; one that was checked before has.
fn is_jwt(token: &str) -> Result<()> {
    let fits = |b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'=');
    if token.is_empty() || !token.bytes().all(fits) {
        return Err(refused("what follows `Bearer` is no JWT"));
    }
    Ok(())
}

/// What the header says of the token's kind. `jku`, `jwk`, `x5u` and `x5c` are never looked at: keys come from the
/// configured issuer only.
fn check_header(header: &Header) -> Result<()> {
    let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
    let kind = kind.as_deref().map(|kind| kind.strip_prefix("application/").unwrap_or(kind));
    // RFC 9068, section 2.1, and what most providers send. ID, logout and other tokens that say what they are are no
    // access tokens.
    if let Some(other) = kind.filter(|kind| !matches!(*kind, "at+jwt" | "jwt")) {
        return Err(refused(format!("a token of the type {} is no access token", shown(other))));
    }
    // RFC 7515, section 4.1.11: what is marked critical and not understood makes the token invalid.
    if header.crit.is_some() {
        return Err(refused("the token's header has critical extensions, none of which is understood"));
    }
    Ok(())
}

/// What the claims say of the token's kind, at providers whose tokens all have the same `typ`.
fn check_kind(claims: &Map<String, Value>) -> Result<()> {
    let said = text(claims, "typ").or_else(|| text(claims, "token_use")).unwrap_or("access");
    let other = ["id", "refresh", "offline", "logout"].iter().any(|kind| said.eq_ignore_ascii_case(kind));
    if other || claims.contains_key("events") {
        return Err(refused(format!("a token for another use ({}) is no access token", shown(said))));
    }
    Ok(())
}

/// Everything the library checks. Times are checked by [`Times`], on the gateway's own clock.
fn validation(config: &IssuerConfig) -> Validation {
    let mut validation = Validation::new(library(config.algorithm));
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&config.issuer]);
    validation.set_audience(&[&config.audience]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

impl Times {
    fn read(claims: &Map<String, Value>) -> Result<Self> {
        let end = moment(claims.get("exp")).ok_or_else(|| refused("the token's `exp` is no time"))?;
        let begin = |claim| moment(Some(claim)).ok_or_else(|| refused("the token's `nbf` is no time"));
        Ok(Self { begin: claims.get("nbf").map(begin).transpose()?, end })
    }

    /// How much longer the token is good.
    fn check(self, now: Timestamp) -> Result<Duration> {
        let Self { begin, end } = self;
        // Subtracting from now, never adding to a time from outside, which could be the last there is.
        let from = now.checked_sub(LEEWAY).unwrap_or(now);
        if from >= end {
            return Err(refused(format!("the token ended at {end}")));
        }
        match begin.filter(|begin| *begin > later(now)) {
            Some(begin) => Err(refused(format!("the token is good only from {begin} on"))),
            None => Ok(Duration::try_from(end.duration_since(from)).unwrap_or_default()),
        }
    }
}

fn later(now: Timestamp) -> Timestamp {
    now.checked_add(LEEWAY).unwrap_or(now)
}

/// Why the library refused, in words for operators.
fn explain(error: &jsonwebtoken::errors::Error, config: &IssuerConfig) -> String {
    match error.kind() {
        ErrorKind::InvalidSignature => "the token's signature is not of the issuer's key".to_owned(),
        ErrorKind::InvalidAudience => format!("the token is not for the audience `{}`", config.audience),
        ErrorKind::InvalidIssuer => format!("the token is not of the issuer `{}`", config.issuer),
        ErrorKind::MissingRequiredClaim(claim) => format!("the token has no usable `{claim}`"),
        _ => format!("the token: {error}"),
    }
}
