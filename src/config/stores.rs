//! What several nodes of one tenant share.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Lasting, SecretRef};

/// What several nodes of one tenant share. Without it a gateway is one node.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct StoresConfig {
    /// What must not be forgotten: which writes were done, which events were taken, and what one node tells the others. A
    /// Redis that pushes nothing out (`maxmemory-policy noeviction`).
    pub state: Option<RedisConfig>,
}

/// A Redis, version 7 or later, or what speaks as it does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RedisConfig {
    /// Its address: `redis://HOST:PORT/NUMBER`, or `rediss://` for TLS; with name and password where it asks for them.
    pub url: SecretRef,
    /// What every name that is kept there begins with, before the tenant's.
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// How long it is waited for at most, from 10ms to 10s.
    #[serde(default = "default_timeout")]
    pub timeout: Lasting,
}

fn default_prefix() -> String {
    "vestibule".to_owned()
}

const fn default_timeout() -> Lasting {
    Lasting::seconds(1)
}
