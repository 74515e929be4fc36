//! What an operator writes: one file per section; the only place that reads the environment.
//!
//! Every section denies unknown keys. Its JSON Schema is generated from these types, comments included
//! (`vestibule config schema`, committed as `config/vestibule.schema.json`).

mod access;
mod cache;
mod check;
pub mod codes;
mod duration;
mod environment;
mod identity;
mod limits;
mod load;
mod outgoing;
mod server;
mod sources;
mod stores;

pub use access::{AccessConfig, RoleName};
pub use cache::{CacheConfig, PolicyConfig};
pub use duration::Lasting;
pub use environment::{Environment, Given, ProcessEnvironment, SecretRef, ValueRef, log_filter};
pub use identity::{Algorithm, AuthorityConfig, ContactBy, IdentityConfig, IssuerConfig};
pub use limits::{LimitMode, LimitsConfig, LiveConfig};
pub use load::{Loaded, Origin, json_schema, load};
pub use outgoing::{
    ChangeName, EndpointConfig, MailConfig, NotificationConfig, OccasionConfig, OccasionKind, OutgoingConfig,
    RecipientsConfig, SmtpConfig, SmtpTls,
};
pub use server::{CorsConfig, ServerConfig, SocketsConfig, UploadsConfig, WebhooksConfig};
pub use sources::{EntityConfig, PollConfig, ReconcileConfig, SourceConfig};
pub use stores::{RedisConfig, StoresConfig};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// The configuration of a gateway: one tenant, its sources, who may sign in, and how it is served.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Config {
    /// The version of this format: 1.
    pub format: u8,
    /// The tenant's name: in logs, figures and cache keys, and bound into every id.
    pub tenant: String,
    /// The key that seals ids and cursors, at least 32 characters. Changing it makes every id that clients hold invalid.
    pub sealing_key: SecretRef,
    /// The language of a person whose token and contact name none.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// The portal's time zone: what "today" means.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
    /// How it is served.
    #[serde(default)]
    pub server: ServerConfig,
    /// Who may sign in, and how their rights are found.
    pub identity: IdentityConfig,
    /// What people may do.
    pub access: AccessConfig,
    /// The systems, by the names that errors, logs and figures use.
    pub sources: IndexMap<String, SourceConfig>,
    /// Which sources own an entity, where several could.
    #[serde(default)]
    pub entities: IndexMap<String, EntityConfig>,
    /// How long answers may be kept.
    #[serde(default)]
    pub cache: CacheConfig,
    /// What several nodes share.
    #[serde(default)]
    pub stores: StoresConfig,
    /// What one request may ask for.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// A folder with the tenant's own graph files (`*.graphql`), relative to this file.
    #[serde(default)]
    pub graph: Option<String>,
    /// A folder with the tenant's overlays, one folder for each source, relative to this file.
    #[serde(default)]
    pub connectors: Option<String>,
    /// What is sent out when records change.
    #[serde(default)]
    pub outgoing: OutgoingConfig,
    /// What becomes of fields that lead to an entity which no source provides.
    #[serde(default)]
    pub unprovided: Unprovided,
    /// The file with the graph that clients know, relative to this file: what `vestibule schema lock` writes, and what
    /// `vestibule check` holds the graph to.
    #[serde(default = "default_schema_lock")]
    pub schema_lock: String,
}

fn default_locale() -> String {
    "en".to_owned()
}

/// What becomes of fields that lead to an entity which no source provides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Unprovided {
    /// They are not served: what is served works.
    #[default]
    Omit,
    /// They are served, and null without an error: for a portal that is sold to many tenants, whose queries are the same for
    /// all. In quotes: `unprovided: "null"`.
    Null,
}

fn default_schema_lock() -> String {
    "schema.lock.graphql".to_owned()
}

fn default_time_zone() -> String {
    "UTC".to_owned()
}
