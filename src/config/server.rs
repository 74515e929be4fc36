//! How the gateway is served.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Lasting;

/// How the gateway is served.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ServerConfig {
    /// Where it listens. Behind a proxy that ends TLS: the gateway itself speaks plain HTTP.
    pub listen: SocketAddr,
    /// The largest request body, in bytes.
    pub largest_body: usize,
    /// How long a request may take in all; also the deadline of every upstream call it makes.
    pub timeout: Lasting,
    /// How long requests that are under way may take to end when the gateway is stopped.
    pub grace: Lasting,
    /// Whether the GraphiQL page is served.
    pub graphiql: bool,
    /// Whether clients may ask for the schema through introspection.
    pub introspection: bool,
    /// Which web pages of other origins may call.
    pub cors: CorsConfig,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4000)),
            largest_body: 1024 * 1024,
            timeout: Lasting::seconds(15),
            grace: Lasting::seconds(20),
            graphiql: false,
            introspection: true,
            cors: CorsConfig::default(),
        }
    }
}

/// Which web pages of other origins may call: none by default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct CorsConfig {
    /// Origins, such as `https://portal.example.com`. There is no wildcard: answers are private.
    pub origins: Vec<String>,
}
