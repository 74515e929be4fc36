//! An issuer's public keys, and the one that a token's signature is checked with.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse};

use super::jwks::RemoteKeys;
use crate::config::Algorithm;
use crate::error::{Code, Error, Result};

/// Where an issuer's keys come from.
pub enum Keys {
    /// From the process itself: the demo's issuer.
    Fixed(JwkSet),
    /// From the issuer, over HTTP.
    Remote(RemoteKeys),
}

impl Keys {
    /// The key for a token that names `kid`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where the issuer has no such key, `UPSTREAM_UNAVAILABLE` where that cannot be found out.
    pub(super) async fn find(&self, wanted: Wanted<'_>) -> Result<DecodingKey> {
        match self {
            Self::Fixed(set) => KeySet::new(set.clone()).find(wanted).ok_or_else(|| wanted.unknown()),
            Self::Remote(remote) => remote.find(wanted).await,
        }
    }
}

/// Which key is wanted, and how long the caller waits.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The token's `kid`, if it has one.
    pub(super) kid: Option<&'a str>,
    /// The issuer's algorithm, by configuration.
    pub(super) algorithm: Algorithm,
    /// On the clock's `elapsed` scale.
    pub(super) deadline: Duration,
}

impl Wanted<'_> {
    /// The issuer has no such key.
    pub(super) fn unknown(self) -> Error {
        let detail = match self.kid {
            Some(kid) => {
                format!("the issuer has no {:?} key for signatures with the id {}", self.algorithm, shown(kid))
            }
            None => format!("the token names no key, and the issuer has not exactly one for {:?}", self.algorithm),
        };
        Error::new(Code::Unauthenticated, detail)
    }
}

/// Text from a token that nobody has vouched for, fit for a log.
pub(super) fn shown(text: &str) -> String {
    let begin: String = text.chars().take(100).collect();
    format!("{begin:?}")
}

/// A set of keys that was read whole.
#[derive(Clone, Debug)]
pub(super) struct KeySet(Arc<[Jwk]>);

impl KeySet {
    pub(super) fn new(set: JwkSet) -> Self {
        Self(set.keys.into())
    }

    /// Reads a JWK set (RFC 7517, section 5), leaving out keys of kinds that are not known, as it asks.
    ///
    /// # Errors
    /// Says for operators why it is none.
    pub(super) fn parse(body: &[u8]) -> std::result::Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_slice(body).map_err(|error| format!("no JWK set: {error}"))?;
        let known = |key: &Jwk| !matches!(key.algorithm, AlgorithmParameters::Other(_));
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let keys: Vec<Jwk> = keys.filter(known).collect();
        if keys.is_empty() {
            return Err("a JWK set without a key that can be used".to_owned());
        }
        Ok(Self(keys.into()))
    }

    /// The one key that fits; a token without `kid` is taken only where there is no choice.
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Option<DecodingKey> {
        let named = |jwk: &&Jwk| wanted.kid.is_none() || jwk.common.key_id.as_deref() == wanted.kid;
        let mut fitting = self.0.iter().filter(named).filter(|jwk| fits(jwk, wanted.algorithm));
        let first = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        DecodingKey::from_jwk(first).ok()
    }
}

/// Whether the key checks signatures of this algorithm: by its type, and by whatever else it says of itself.
fn fits(jwk: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
    let verifies = jwk.common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    let named = KeyAlgorithm::from(library(algorithm));
    let same = jwk.common.key_algorithm.is_none_or(|of| of == named);
    kind && signs && verifies && same
}

/// The library's word for the algorithm.
pub(super) const fn library(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    }
}
