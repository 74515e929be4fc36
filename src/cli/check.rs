//! `check`: every problem, and what is served by which source; `schema print`.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::arguments::From;
use super::load::assembled;
use super::lock;
use super::output::Output;
use crate::graph;
use crate::tenant::{Assembly, asked_for};

/// Checks a configuration; the exit code says whether it can be served.
pub(super) fn run(from: &From, output: &Output) -> ExitCode {
    match assembled(from, output) {
        Ok((_, assembly)) => {
            output.line(&coverage(&assembly));
            // The demo's graph is nobody's to hold to anything.
            match from.config.as_ref().map_or(Ok(()), |_| lock::check(&assembly, output)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(why) => output.fail(&why),
            }
        }
        Err(why) => output.fail(&why),
    }
}

/// Prints the graph that is served.
pub(super) fn print_schema(from: &From, output: &Output) -> ExitCode {
    match assembled(from, output) {
        Ok((_, assembly)) => output.text(&graph::print(&assembly.served)),
        Err(why) => output.fail(&why),
    }
}

/// Which types and fields are served by which source, and what is missing and why.
fn coverage(assembly: &Assembly) -> String {
    let mut text = String::from("Served\n");
    let graph = &assembly.graph;
    let owners = assembly.coverage.entities.iter().flat_map(|(id, owners)| owners.iter().map(move |of| (id, of)));
    for (id, covered) in owners {
        let Some(entity) = graph.entity(*id) else { continue };
        let _ = writeln!(text, "  {} (owner: {})", entity.name, covered.owner);
        let mut by_source: Vec<(&str, Vec<&str>)> = Vec::new();
        for (field, source) in covered.fields.iter().filter(|(field, _)| !field.contains('.')) {
            match by_source.iter_mut().find(|(known, _)| known == source) {
                Some((_, fields)) => fields.push(field),
                None => by_source.push((source, vec![field])),
            }
        }
        for (source, fields) in by_source {
            let _ = writeln!(text, "    {source}: {}", fields.join(" "));
        }
        for (list, covered) in &covered.lists {
            let mut can = Vec::new();
            if !covered.filter.is_empty() {
                can.push(format!("filter by {}", covered.filter.join(", ")));
            }
            if !covered.sort.is_empty() {
                can.push(format!("sort by {}", covered.sort.join(", ")));
            }
            let can = if can.is_empty() { String::new() } else { format!(" ({})", can.join("; ")) };
            let _ = writeln!(text, "    list by {list}{can}");
        }
    }
    let searched = assembly.catalog.searched(graph);
    let searched = searched.iter().filter_map(|searched| {
        let source = assembly.catalog.sources.get(usize::from(searched.source.0))?;
        Some(format!("{} ({})", graph.entity(searched.entity)?.name, source.name))
    });
    let searched: Vec<String> = searched.collect();
    if !searched.is_empty() {
        let _ = writeln!(text, "  search: {}", searched.join(", "));
    }
    let asked = asked_for(&assembly.config, &assembly.catalog);
    if !asked.is_empty() {
        text.push_str("\nAsked what changed\n");
        for line in asked {
            let _ = writeln!(text, "  {line}");
        }
    }
    if !assembly.served.absent.is_empty() {
        text.push_str("\nServed, and always null\n");
        for (coordinate, reason) in &assembly.served.absent {
            let _ = writeln!(text, "  {coordinate}: {reason}");
        }
    }
    text.push_str("\nNot served\n");
    for (coordinate, reason) in &assembly.served.unserved {
        let _ = writeln!(text, "  {coordinate}: {reason}");
    }
    text
}
