//! Who may sign in, and how their rights are found.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Lasting;

/// Who may sign in, and how their rights are found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct IdentityConfig {
    /// Whose tokens are accepted.
    pub issuers: Vec<IssuerConfig>,
    /// How a person's accounts are found.
    pub authority: AuthorityConfig,
}

/// An issuer of tokens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct IssuerConfig {
    /// The issuer as its tokens have it, byte for byte. Its keys are found through OpenID Connect discovery, unless
    /// `jwks` says where they are.
    pub issuer: String,
    /// Where its keys are, for issuers without discovery.
    #[serde(default)]
    pub jwks: Option<String>,
    /// What its tokens must say they are for.
    pub audience: String,
    /// The one algorithm its tokens are signed with; what a token says of itself is not believed.
    pub algorithm: Algorithm,
    /// How a token's person is found among the contacts.
    pub contact: ContactBy,
    /// Whether its tokens may say themselves which contact and accounts a person has (the claim `vestibule`), so that
    /// signing in asks no system. Only for an issuer that knows, and that writes the claim itself: it is believed whole.
    #[serde(default)]
    pub authority_claims: bool,
    /// Addresses that are not public and yet allowed for this issuer (CIDR), such as `127.0.0.0/8` for tests.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub private_networks: Vec<ipnet::IpNet>,
}

/// Algorithms of signatures; all asymmetric, so that nobody who can check a token can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// RSA with SHA-256.
    RS256,
    /// RSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

/// How a token's person is found among the contacts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum ContactBy {
    /// By the verified e-mail address in the token: only for an issuer that is trusted to verify them, and only where
    /// the token says `email_verified: true`.
    Email,
    /// By issuer and subject: the `find` of the contact's manifest that takes the subject, such as a custom property
    /// that holds it.
    Subject(String),
}

/// How a person's accounts are found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AuthorityConfig {
    /// The source that knows which person may act for which account.
    pub source: String,
    /// How long a person's accounts are kept: at most 60s.
    #[serde(default = "default_fresh")]
    pub fresh: Lasting,
    /// How long they are kept while that source is down, and how they are known to another one while that is down: at most
    /// 5m.
    #[serde(default = "default_if_error")]
    pub if_error: Lasting,
}

fn default_fresh() -> Lasting {
    Lasting::seconds(60)
}

fn default_if_error() -> Lasting {
    Lasting::seconds(300)
}
