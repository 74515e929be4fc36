//! `connector list`, `connector show`, `connector schema`, `connector try`.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::arguments::{ConnectorCommand, From, ManifestKind};
use super::load::{assembled, setup};
use super::output::Output;
use super::webhooks;
use crate::connector::load::{ManifestFile, json_schema};
use crate::connector::{Connector, EvidenceRule};
use crate::graph::Graph;
use crate::tenant::{self, Trial};

/// Runs one of them.
pub(super) async fn run(command: ConnectorCommand, output: &Output) -> ExitCode {
    match command {
        ConnectorCommand::List(from) => list(&from, output),
        ConnectorCommand::Show { name, from } => show(&name, &from, output),
        ConnectorCommand::Schema { file, entity, overlay, from } => {
            let file = match file {
                ManifestKind::Connector => ManifestFile::Connector,
                ManifestKind::Entity => ManifestFile::Entity(entity.as_deref()),
            };
            schema((file, overlay), &from, output)
        }
        ConnectorCommand::Webhooks { test, to, from } => {
            webhooks::run((test.as_deref(), to.as_deref()), &from, output).await
        }
        ConnectorCommand::Try { source, entity, key, from } => {
            let (setup, assembly) = match assembled(&from, output) {
                Ok(assembled) => assembled,
                Err(why) => return output.fail(&why),
            };
            let trial = Trial { source: &source, entity: &entity, key: &key };
            match tenant::try_read(assembly, &*setup.environment, trial).await {
                Ok(tried) if tried.good => output.text(&tried.text),
                Ok(tried) => {
                    output.text(&tried.text);
                    ExitCode::FAILURE
                }
                Err(error) => output.fail(error.detail()),
            }
        }
    }
}

fn list(from: &From, output: &Output) -> ExitCode {
    let names = setup(from).and_then(|setup| setup.shelf.names().map_err(|error| error.to_string()));
    match names {
        Ok(names) => {
            names.iter().for_each(|name| output.line(name));
            ExitCode::SUCCESS
        }
        Err(why) => output.fail(&why),
    }
}

/// The graph alone is asked for: a manifest that is written just now need not load.
fn schema((file, overlay): (ManifestFile<'_>, bool), from: &From, output: &Output) -> ExitCode {
    let graph = match setup(from).and_then(|setup| tenant::graph(&setup)) {
        Ok(graph) => graph,
        Err(why) => return output.fail(&why),
    };
    let made = json_schema(&graph, file, overlay)
        .and_then(|schema| serde_json::to_string_pretty(&schema).map_err(|error| error.to_string()));
    match made {
        Ok(text) => output.text(&format!("{text}\n")),
        Err(why) => output.fail(&why),
    }
}

/// What a connector maps, as one of the configuration's sources uses it.
fn show(name: &str, from: &From, output: &Output) -> ExitCode {
    let (_, assembly) = match assembled(from, output) {
        Ok(assembled) => assembled,
        Err(why) => return output.fail(&why),
    };
    let used = assembly.catalog.sources.iter().find(|source| &*source.connector.name == name);
    match used {
        Some(source) => output.text(&describe(&source.connector, &assembly.graph)),
        None => output.fail(&format!("no source of the configuration uses a connector `{name}`; see `connector list`")),
    }
}

fn describe(connector: &Connector, graph: &Graph) -> String {
    let mut text = format!("{} ({:?})\n", connector.title, connector.protocol);
    if let Some(docs) = &connector.docs {
        let _ = writeln!(text, "{docs}");
    }
    for (id, of) in &connector.entities {
        let Some(entity) = graph.entity(*id) else { continue };
        let evidence = match &of.evidence {
            EvidenceRule::Own(_) => "a field of the record",
            EvidenceRule::Membership { .. } => "the system's associations",
            EvidenceRule::Parent(..) => "the parent record",
            EvidenceRule::Itself => "it is the account",
            EvidenceRule::Viewer(_) => "the person it is for",
            EvidenceRule::Tenant => "none needed: everybody may see it",
        };
        let _ = writeln!(text, "\n{} (evidence: {evidence})", entity.name);
        let names = of.mapped().iter().filter_map(|field| entity.field(field)).map(|field| &*field.name);
        let _ = writeln!(text, "  fields: {}", names.collect::<Vec<_>>().join(" "));
        for list in &of.lists {
            let parent = list.parent.and_then(|field| entity.field(field)).map_or("all", |field| &field.name);
            let _ = writeln!(text, "  list by {parent}");
        }
        for find in of.find.keys() {
            let _ = writeln!(text, "  find by {find}");
        }
    }
    text
}
