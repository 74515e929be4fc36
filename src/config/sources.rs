//! The tenant's systems.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Lasting, PolicyConfig, SecretRef, ValueRef};

/// One configured instance of a connector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SourceConfig {
    /// The connector: a folder of manifests, shipped or in `--connectors`.
    pub connector: String,
    /// Which of the connector's ways to sign in is used.
    pub auth: String,
    /// The connector's settings.
    #[serde(default)]
    pub settings: IndexMap<String, ValueRef>,
    /// The connector's secrets.
    #[serde(default)]
    pub secrets: IndexMap<String, SecretRef>,
    /// How long one call may take, with every attempt at it; the request's own time is a limit, too.
    #[serde(default = "default_timeout")]
    pub timeout: Lasting,
    /// The largest answer, in bytes.
    #[serde(default = "default_largest_answer")]
    pub largest_answer: usize,
    /// Addresses that are not public and yet allowed (CIDR), such as `10.20.0.0/16` for a system in your own network.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub private_networks: Vec<ipnet::IpNet>,
    /// Whether plain HTTP is allowed; only for a system in your own network.
    #[serde(default)]
    pub plain_http: bool,
    /// How long answers may be kept, by entity.
    #[serde(default)]
    pub cache: IndexMap<String, PolicyConfig>,
    /// Asks the system again and again what changed, where it does not tell by itself.
    #[serde(default)]
    pub poll: Option<PollConfig>,
    /// Asks the system now and then what changed, to find what its webhooks lost. Where it sends webhooks, this is done every
    /// 15 minutes for the last hour, unless it is said otherwise here; `every: 0` ends it.
    #[serde(default)]
    pub reconcile: Option<ReconcileConfig>,
}

/// Asks a system again and again what changed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct PollConfig {
    /// How often.
    pub every: Lasting,
    /// How far back at most, after a restart or where the system was down. Of what changed before, caches forget everything.
    pub back: Lasting,
    /// The entities whose changes are asked for; all that the connector can ask for where none is named. `webhooks` stands for
    /// the events that the system tells again.
    pub entities: Vec<String>,
}

impl Default for PollConfig {
    fn default() -> Self {
        Self { every: Lasting::seconds(60), back: Lasting::seconds(24 * 3600), entities: Vec::new() }
    }
}

/// Asks a system now and then what changed, to find what its webhooks lost.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ReconcileConfig {
    /// How often; `0` is never.
    pub every: Lasting,
    /// How far back, each time.
    pub back: Lasting,
    /// The entities whose changes are asked for; all that the connector can ask for where none is named. `webhooks` stands for
    /// the events that the system tells again.
    pub entities: Vec<String>,
}

impl Default for ReconcileConfig {
    fn default() -> Self {
        Self { every: Lasting::seconds(15 * 60), back: Lasting::seconds(3600), entities: Vec::new() }
    }
}

fn default_timeout() -> Lasting {
    Lasting::seconds(10)
}

fn default_largest_answer() -> usize {
    16 * 1024 * 1024
}

/// Which sources own an entity, where several could: either `owner` or `owners`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EntityConfig {
    /// The source in which its records live.
    #[serde(default)]
    pub owner: Option<String>,
    /// The sources in which its records live, where there are several, each record in one of them: invoices of billing and
    /// of the ERP. Where records of several tie in a list, those of the first come first.
    #[serde(default)]
    pub owners: Option<Vec<String>>,
    /// Sources that add fields the owner of a record does not have, in order; by default every other that maps the entity.
    #[serde(default)]
    pub contributors: Option<Vec<String>>,
}

impl EntityConfig {
    /// The names of its owners, in order.
    pub fn owners(&self) -> impl Iterator<Item = &String> {
        self.owner.iter().chain(self.owners.iter().flatten())
    }
}
