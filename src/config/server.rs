//! How the gateway is served.

use std::net::SocketAddr;
use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Lasting;
use crate::spool::FileKind;

/// How the gateway is served.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ServerConfig {
    /// Where it listens. Behind a proxy that ends TLS: the gateway itself speaks plain HTTP.
    pub listen: SocketAddr,
    /// The address under which others reach it, such as `https://graph.example.com`: some systems sign it with their webhooks, and links to
    /// files begin with it.
    pub public_url: Option<String>,
    /// What systems send by themselves.
    pub webhooks: WebhooksConfig,
    /// The largest request body, in bytes.
    pub largest_body: usize,
    /// How many requests an array of requests may hold; 0 takes no arrays.
    pub batch: usize,
    /// The files that may come with a request, where the graph takes files.
    pub uploads: UploadsConfig,
    /// How many files may be on their way to browsers at once.
    pub files: usize,
    /// Connections that stay open.
    pub sockets: SocketsConfig,
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
            public_url: None,
            webhooks: WebhooksConfig::default(),
            largest_body: 1024 * 1024,
            batch: 10,
            uploads: UploadsConfig::default(),
            files: 100,
            sockets: SocketsConfig::default(),
            timeout: Lasting::seconds(15),
            grace: Lasting::seconds(20),
            graphiql: false,
            introspection: true,
            cors: CorsConfig::default(),
        }
    }
}

/// The files that may come with a request, as `multipart/form-data`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct UploadsConfig {
    /// How many files one request may bring; 0 takes none.
    pub files: usize,
    /// The largest file, in bytes.
    pub largest: usize,
    /// All files of one request together, in bytes.
    pub total: usize,
    /// How long a request with files may take to arrive.
    pub timeout: Lasting,
    /// The kinds of files that are taken, told by their first bytes and their names together. What runs, and what a browser
    /// takes for a page, can be allowed by nobody.
    pub kinds: Vec<FileKind>,
    /// Where files wait until their system has them; the system's own folder for such files where left out. Nothing in it has
    /// a name, or outlives its request.
    pub folder: Option<PathBuf>,
    /// What the files of all requests together may take there, in bytes.
    pub disk: u64,
}

impl Default for UploadsConfig {
    fn default() -> Self {
        Self {
            files: 10,
            largest: 10 * 1024 * 1024,
            total: 50 * 1024 * 1024,
            timeout: Lasting::seconds(60),
            kinds: FileKind::USUAL.to_vec(),
            folder: None,
            disk: 1024 * 1024 * 1024,
        }
    }
}

/// What systems send by themselves, to `/webhooks/{tenant}/{source}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct WebhooksConfig {
    /// The largest delivery, in bytes.
    pub largest: usize,
    /// How much memory the marks of events that have been seen may take, in bytes.
    pub seen: u64,
    /// Apps with one address for all who installed them, `/webhooks/apps/{app}`: each with the sources its events may be of.
    /// An event goes to the source that it names.
    pub apps: IndexMap<String, Vec<String>>,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self { largest: 1024 * 1024, seen: 32 * 1024 * 1024, apps: IndexMap::new() }
    }
}

/// WebSockets: a connection costs memory for as long as it is open.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct SocketsConfig {
    /// How many may be open at once.
    pub connections: usize,
    /// How many operations may run at once on one of them.
    pub operations: usize,
}

impl Default for SocketsConfig {
    fn default() -> Self {
        Self { connections: 1_000, operations: 20 }
    }
}

/// Which web pages of other origins may call: none by default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct CorsConfig {
    /// Origins, such as `https://portal.example.com`. There is no wildcard: answers are private.
    pub origins: Vec<String>,
}
