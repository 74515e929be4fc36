//! From what people wrote to what can be served: configuration, graph, connectors, coverage. No system is called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::Dir;

use super::codes::{C050, C051, C052, C053, C054};
use super::files::{self, SCHEMA, Shelf};
use super::watched;
use crate::config::{self, Config, Environment, Origin};
use crate::connector::Connector;
use crate::connector::load::{self as connectors, LoadInput, SourceFile};
use crate::diagnostic::{Diagnostic, Report};
use crate::graph::{self, Coverage, Served};
use crate::outgoing::{self, Notices};
use crate::source::{Catalog, Choice, Choices, SourceInfo, coverage};

/// What a tenant is assembled from.
#[derive(Clone)]
pub struct Setup {
    /// The configuration.
    pub origin: Origin,
    /// What the surroundings of the process give.
    pub environment: Arc<dyn Environment>,
    /// The connectors there are.
    pub shelf: Shelf,
    /// Where the tenant's overlays are, instead of the folder the configuration names.
    pub overlays: Overlays,
}

/// Where a tenant's overlays are.
#[derive(Clone, Copy, Debug, Default)]
pub enum Overlays {
    /// In the folder that the configuration names.
    #[default]
    Configured,
    /// In the binary.
    Embedded(&'static Dir<'static>),
}

/// Everything that can be known of a tenant before a system is called.
pub struct Assembly {
    /// The configuration.
    pub config: Config,
    /// The folder its paths are relative to.
    pub folder: PathBuf,
    /// The whole graph.
    pub graph: Arc<graph::Graph>,
    /// What of it is served, and why the rest is not.
    pub served: Served,
    /// Who tells what.
    pub catalog: Arc<Catalog>,
    /// What the sources provide.
    pub coverage: Coverage,
    /// The notifications that are mailed.
    pub notices: Option<Arc<Notices>>,
    /// Values of each source's settings, by the source's name.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The files of each source's connector, and after them its overlay's.
    pub files: BTreeMap<String, Vec<SourceFile>>,
}

/// Assembles a tenant. There is one only where the report has no errors; warnings may stand beside it.
///
/// Its codes are in [`codes`](super::codes); beside them stand those of the configuration, the graph and the manifests.
#[must_use]
pub fn assemble(setup: &Setup) -> (Option<Assembly>, Report) {
    let (loaded, mut report) = config::load(setup.origin.clone());
    let Some(config) = loaded.map(|loaded| loaded.config) else { return (None, report) };
    let assembly = Assembling { setup, config: &config, report: &mut report, files: BTreeMap::new() }.run();
    let assembly = assembly.filter(|_| !report.has_errors());
    (assembly, report)
}

/// The whole graph of a configuration, whether or not its sources can be served.
///
/// # Errors
/// What is wrong with the configuration or the graph, one problem after the other.
pub fn graph(setup: &Setup) -> Result<graph::Graph, String> {
    let (loaded, mut report) = config::load(setup.origin.clone());
    let found = loaded.and_then(|loaded| {
        let files =
            Assembling { setup, config: &loaded.config, report: &mut report, files: BTreeMap::new() }.graph_files();
        let (graph, found) = graph::load(&files);
        report.append(found);
        graph
    });
    match found {
        Some(found) if !report.has_errors() => Ok(found.graph),
        _ => Err(report.sorted().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

struct Assembling<'a> {
    setup: &'a Setup,
    config: &'a Config,
    report: &'a mut Report,
    files: BTreeMap<String, Vec<SourceFile>>,
}

impl Assembling<'_> {
    fn run(mut self) -> Option<Assembly> {
        let (loaded, found) = graph::load(&self.graph_files());
        if let (Overlays::Configured, Some(folder)) = (self.setup.overlays, &self.config.connectors) {
            self.named(&self.setup.origin.folder.join(folder), "connectors");
        }
        self.report.append(found);
        let loaded = loaded?;
        let mut settings = BTreeMap::new();
        let mut sources = Vec::new();
        for name in self.config.sources.keys() {
            let values = self.settings(name);
            if let Some(connector) = self.connector(name, &values, &loaded.graph) {
                watched::check(self.config, (name, &connector), &self.setup.origin, self.report);
                sources.push(SourceInfo { name: Arc::from(name.as_str()), connector: Arc::new(connector) });
            }
            settings.insert(name.clone(), values);
        }
        if sources.len() < self.config.sources.len() {
            return None;
        }
        let (catalog, found) = Catalog::build(&loaded.graph, sources, &self.choices());
        self.report.append(found);
        let coverage = coverage(&loaded.graph, &catalog);
        let served = match graph::prune(&loaded, &coverage, self.config.unprovided) {
            Ok(served) => served,
            Err(error) => {
                let place = self.setup.origin.place(&["sources"]);
                let remedy = "This is a fault of the gateway; tell us which sources and graph files it happens with.";
                self.report.push(Diagnostic::error(C053, place, error.detail(), remedy));
                return None;
            }
        };
        let sending = outgoing::Loading {
            config: self.config,
            origin: &self.setup.origin,
            environment: &*self.setup.environment,
            graph: &loaded.graph,
            schema: &served.schema,
        };
        let (notices, found) = outgoing::load(&sending);
        self.report.append(found);
        let mut graph = loaded.graph;
        graph.leave_out(&served.left_out);
        Some(Assembly {
            config: self.config.clone(),
            folder: self.setup.origin.folder.clone(),
            graph: Arc::new(graph),
            served,
            catalog: Arc::new(catalog),
            coverage,
            notices,
            settings,
            files: self.files,
        })
    }

    fn choices(&self) -> Choices {
        let origin = &self.setup.origin;
        let named = |name: &String| Arc::<str>::from(name.as_str());
        let choice = |(entity, choice): (&String, &config::EntityConfig)| {
            let contributors = choice.contributors.as_ref().map(|all| all.iter().map(named).collect());
            let place = origin.place(&["entities", entity]);
            (named(entity), Choice { owners: choice.owners().map(named).collect(), contributors, place })
        };
        let entities = self.config.entities.iter().map(choice).collect();
        Choices { place: origin.place(&["entities"]), entities }
    }

    fn graph_files(&mut self) -> Vec<(String, String)> {
        let mut all = vec![(SCHEMA.0.to_owned(), SCHEMA.1.to_owned())];
        if let Some(folder) = &self.config.graph {
            let folder = self.setup.origin.folder.join(folder);
            self.named(&folder, "graph");
            all.extend(self.readable(files::read_graph(&folder), &["graph"]).unwrap_or_default());
        }
        all
    }

    /// Warns of a folder that the configuration names under `key`, and that is not there: a slip of the pen would else
    /// leave out everything in it without a word.
    fn named(&mut self, folder: &Path, key: &str) {
        if !folder.is_dir() {
            let message = format!("there is no folder `{}`", folder.display());
            let remedy = format!("Correct it, or remove `{key}`: the path is relative to this file.");
            self.report.push(Diagnostic::warning(C054, self.setup.origin.place(&[key]), message, remedy));
        }
    }

    fn settings(&mut self, source: &str) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for (name, value) in self.config.sources.get(source).into_iter().flat_map(|configured| &configured.settings) {
            match value.resolve(&*self.setup.environment) {
                Ok(value) => {
                    values.insert(name.clone(), value);
                }
                Err(why) => {
                    let place = self.setup.origin.place(&["sources", source, "settings", name]);
                    self.report.push(Diagnostic::error(C051, place, why, "Set it, or write the value here."));
                }
            }
        }
        values
    }

    fn connector(
        &mut self,
        source: &str,
        settings: &BTreeMap<String, String>,
        graph: &graph::Graph,
    ) -> Option<Connector> {
        let configured = self.config.sources.get(source)?;
        let read = self.setup.shelf.files(&configured.connector);
        let own = self.readable(read, &["sources", source, "connector"])?;
        if own.is_empty() {
            let known = self.setup.shelf.names().unwrap_or_default().join(", ");
            let place = self.setup.origin.place(&["sources", source, "connector"]);
            let message = format!("there is no connector `{}`", configured.connector);
            self.report.push(Diagnostic::error(C052, place, message, format!("Use one of {known}, or name a folder.")));
            return None;
        }
        let overlay = self.overlay(source);
        let secrets: BTreeSet<String> = configured.secrets.keys().cloned().collect();
        let sources: BTreeSet<String> = self.config.sources.keys().cloned().collect();
        let (connector, found) = connectors::load(LoadInput {
            name: &configured.connector,
            files: &own,
            overlay: &overlay,
            graph,
            settings,
            secrets: &secrets,
            auth: Some(&configured.auth),
            sources: &sources,
        });
        self.report.append(found);
        self.files.insert(source.to_owned(), [own, overlay].concat());
        connector
    }

    fn overlay(&mut self, source: &str) -> Vec<SourceFile> {
        match self.setup.overlays {
            Overlays::Embedded(dir) => {
                let folder = dir.get_dir(dir.path().join(source));
                folder.map(|folder| files::embedded(folder, folder.path(), "overlay")).unwrap_or_default()
            }
            Overlays::Configured => {
                let Some(folder) = &self.config.connectors else { return Vec::new() };
                let read = files::read_folder(&self.setup.origin.folder.join(folder).join(source));
                self.readable(read, &["connectors"]).unwrap_or_default()
            }
        }
    }

    fn readable<T>(&mut self, read: std::io::Result<T>, path: &[&str]) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(error) => {
                let place = self.setup.origin.place(path);
                let message = format!("it cannot be read: {error}");
                self.report.push(Diagnostic::error(C050, place, message, "Name a folder this process may read."));
                None
            }
        }
    }
}
