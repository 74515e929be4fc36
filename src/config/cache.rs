//! How long answers may be kept.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Lasting;

/// How long answers may be kept, and how many.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct CacheConfig {
    /// Turns the cache off where false: every read asks the system. Reads under way at the same time are still shared.
    pub enabled: bool,
    /// How much may be kept in the process, in bytes, roughly.
    pub bytes: u64,
    /// The policy of entities that have none of their own.
    pub default: PolicyConfig,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { enabled: true, bytes: 256 * 1024 * 1024, default: PolicyConfig::default() }
    }
}

/// How long answers of one entity may be kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct PolicyConfig {
    /// Served without asking.
    pub fresh: Lasting,
    /// After that, served while it is refreshed behind.
    pub stale: Lasting,
    /// After that, served, marked stale, while the system is down.
    pub if_error: Lasting,
    /// How long "there is no such record" is believed: at most 30s.
    pub negative: Lasting,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            fresh: Lasting::seconds(10),
            stale: Lasting::seconds(0),
            if_error: Lasting::seconds(300),
            negative: Lasting::seconds(5),
        }
    }
}
