//! What people may do: association labels → roles → permissions.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// A role's name, such as `buyer`.
pub type RoleName = String;

/// What people may do. A person whose associations carry none of the labels is not let in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AccessConfig {
    /// What the system calls the association between a person and an account → the roles it gives.
    pub labels: IndexMap<String, Vec<RoleName>>,
    /// Role → permissions, such as `orders:read`.
    pub roles: IndexMap<RoleName, Vec<String>>,
}
