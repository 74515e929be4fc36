//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::demo;

/// The live GraphQL graph behind a customer portal.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// What to do; the demo, where nothing is said.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start the demo business and a gateway in front of it.
    Demo(demo::Options),
    /// Serve a configuration.
    Serve(From),
    /// Check a configuration, its graph and its connectors; tell what is served, what is missing, and why.
    Check(From),
    /// Print the plan of a query: its stages and the upstream calls it will make.
    Explain(Explain),
    /// Tell what the code of a diagnostic (`M018`) or of an error (`RATE_LIMITED`) means, and what to do about it.
    ExplainCode {
        /// The code.
        code: String,
    },
    /// The graph.
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// The connectors.
    #[command(subcommand)]
    Connector(ConnectorCommand),
    /// The configuration format.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Which configuration.
#[derive(Clone, Debug, Args)]
pub(super) struct From {
    /// The configuration; the demo's, where none is named.
    #[arg(long)]
    pub(super) config: Option<PathBuf>,
    /// A folder with connectors of your own; they replace shipped ones of the same name.
    #[arg(long)]
    pub(super) connectors: Option<PathBuf>,
}

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A file with a GraphQL document; `-` is standard input.
    pub(super) document: PathBuf,
    /// Which operation, where the document has several.
    #[arg(long)]
    pub(super) operation: Option<String>,
    /// The variables, as a JSON object.
    #[arg(long, default_value = "{}")]
    pub(super) variables: String,
    #[command(flatten)]
    pub(super) from: From,
}

/// The graph.
#[derive(Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// Print the graph that is served.
    Print(From),
    /// Write down the graph that is served as what clients know: `check` holds later changes to it.
    Lock {
        /// Also where clients break by it: every such change has been seen, and is wanted.
        #[arg(long)]
        accept: bool,
        #[command(flatten)]
        from: From,
    },
}

/// The connectors.
#[derive(Debug, Subcommand)]
pub(super) enum ConnectorCommand {
    /// The connectors there are.
    List(From),
    /// What a connector maps.
    Show {
        /// The connector.
        name: String,
        #[command(flatten)]
        from: From,
    },
    /// Print the JSON Schema of a manifest file over the configuration's graph: editors complete and check by it.
    Schema {
        /// Which file.
        file: ManifestKind,
        /// Only for manifests of this entity, such as `Order`.
        #[arg(long)]
        entity: Option<String>,
        /// For overlays, which may leave anything out.
        #[arg(long)]
        overlay: bool,
        #[command(flatten)]
        from: From,
    },
    /// What to register in each system, so that it tells the gateway of changes; and what is still lacking for that.
    Webhooks {
        /// Sign an event that changes nothing with this source's secret, and send it to the running gateway as its system
        /// would.
        #[arg(long, value_name = "SOURCE")]
        test: Option<String>,
        /// Where the gateway is reached; its `server.publicUrl`, where nothing is said.
        #[arg(long, value_name = "URL", requires = "test")]
        to: Option<String>,
        #[command(flatten)]
        from: From,
    },
    /// Read one record, and show the request, the raw answer, the mapped record, and each problem with its manifest line.
    Try {
        /// The source.
        source: String,
        /// The entity, such as `Order`.
        entity: String,
        /// The record's key in that system; the parts of a key of several, separated by `/`.
        key: String,
        #[command(flatten)]
        from: From,
    },
}

/// The two kinds of files of a connector.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ManifestKind {
    /// `connector.yaml`.
    Connector,
    /// `entities/<Type>.yaml`.
    Entity,
}

/// The configuration format.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the JSON Schema of the configuration.
    Schema,
}
