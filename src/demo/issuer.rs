//! The demo's own issuer: a key pair that lives as long as the process, and tokens for the people of the demo business.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use crate::clock::Clock;
use crate::config::{Algorithm, ContactBy, IssuerConfig};
use crate::error::{Code, Error, Result};

/// How long a token of the demo is good for, in seconds: a working day.
const LIFE: i64 = 8 * 3600;

/// Signs tokens for whoever asks: only `vestibule demo` has one.
pub struct DemoIssuer {
    issuer: String,
    audience: String,
    key: EncodingKey,
    keys: JwkSet,
    kid: String,
    clock: Arc<dyn Clock>,
}

/// A person to sign in as.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// The e-mail address, which finds the contact; the token says that it is verified.
    pub email: String,
    /// The full name.
    pub name: String,
    /// A BCP 47 language tag, where the person has one.
    pub locale: Option<String>,
}

impl DemoIssuer {
    /// An issuer with a new key; `issuer` and `audience` are what its tokens say.
    ///
    /// # Errors
    /// `INTERNAL` where no key can be made.
    pub fn new(issuer: &str, audience: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let none = |what: String| Error::new(Code::Internal, format!("the demo's issuer has no key: {what}"));
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(document.map_err(|error| none(error.to_string()))?.as_ref());
        let public = Jwk::from_encoding_key(&key, jsonwebtoken::Algorithm::ES256);
        let mut public = public.map_err(|error| none(error.to_string()))?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(|error| none(error.to_string()))?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let keys = JwkSet { keys: vec![public] };
        Ok(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), key, keys, kid, clock })
    }

    /// The public keys that its tokens are checked with.
    #[must_use]
    pub fn keys(&self) -> JwkSet {
        self.keys.clone()
    }

    /// What the gateway is configured with to accept its tokens.
    #[must_use]
    pub fn config(&self) -> IssuerConfig {
        IssuerConfig {
            issuer: self.issuer.clone(),
            jwks: None,
            audience: self.audience.clone(),
            algorithm: Algorithm::ES256,
            contact: ContactBy::Email,
            authority_claims: false,
            private_networks: Vec::new(),
        }
    }

    /// A token for the person, good for eight hours.
    ///
    /// # Errors
    /// `INTERNAL` where it cannot be signed.
    pub fn mint(&self, person: &DemoPerson) -> Result<String> {
        self.signed(person, &["pwd"])
    }

    /// The same for a person who has signed in with a second factor, just now.
    ///
    /// # Errors
    /// `INTERNAL` where it cannot be signed.
    pub fn mint_stepped_up(&self, person: &DemoPerson) -> Result<String> {
        self.signed(person, &["pwd", "otp"])
    }

    fn signed(&self, person: &DemoPerson, methods: &[&str]) -> Result<String> {
        let now = self.clock.now().as_second();
        let mut claims = json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": format!("demo|{}", person.email),
            "iat": now,
            "nbf": now,
            "exp": now.saturating_add(LIFE),
            "auth_time": now,
            "amr": methods,
            "email": person.email,
            "email_verified": true,
            "name": person.name,
        });
        if let (Some(locale), Some(members)) = (&person.locale, claims.as_object_mut()) {
            members.insert("locale".to_owned(), json!(locale));
        }
        let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.kid.clone());
        encode(&header, &claims, &self.key)
            .map_err(|error| Error::new(Code::Internal, format!("the demo's token cannot be signed: {error}")))
    }
}
