//! The shipped connectors, with every write they have: what of an input each takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use vestibule::connector::load::{LoadInput, load};
use vestibule::connector::{Connector, Once, taken};
use vestibule::graph::{self, Graph};
use vestibule::tenant::SCHEMA;

use super::{files, shown};

/// A shipped connector, with the settings that have no default.
fn shipped(name: &str, graph: &Graph) -> Connector {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("connectors").join(name);
    let needed = if name == "s3" { ("bucket", "documents") } else { ("address", "https://api.example") };
    let settings = BTreeMap::from([(needed.0.to_owned(), needed.1.to_owned())]);
    let (auth, secrets): (_, &[&str]) = match name {
        "hubspot" => ("private-app", &["token"]),
        "sap-s4hana" => ("basic", &["user", "password"]),
        "stripe" => ("key", &["apiKey"]),
        "s3" => ("keys", &["accessKeyId", "secretAccessKey"]),
        _ => ("token", &["email", "apiToken"]),
    };
    let (connector, report) = load(LoadInput {
        name,
        files: &files(&folder),
        overlay: &[],
        graph,
        settings: &settings,
        secrets: &secrets.iter().map(ToString::to_string).collect(),
        auth: Some(auth),
        sources: &BTreeSet::new(),
    });
    connector.unwrap_or_else(|| panic!("{name}\n{}", shown(report)))
}

fn sure(once: &Once) -> &'static str {
    match once {
        Once::Natural => "natural",
        Once::Uncertain(_) => "uncertain",
        Once::Known { header: Some(_), look: Some(_) } => "header, looked for",
        Once::Known { header: Some(_), look: None } => "header",
        Once::Known { header: None, .. } => "looked for",
    }
}

#[test]
fn every_write_takes_what_customers_may_say() {
    let (loaded, _) = graph::load(&[(SCHEMA.0.to_owned(), SCHEMA.1.to_owned())]);
    let graph = loaded.expect("the shipped graph").graph;
    let mut table = String::new();
    for name in ["hubspot", "s3", "sap-s4hana", "stripe", "zendesk"] {
        for (id, of) in shipped(name, &graph).entities {
            let entity = graph.entity(id).map_or("", |entity| &*entity.name);
            for (operation, write) in &of.writes {
                let takes = taken(&graph, &of, write).join(" ");
                writeln!(table, "{name} {entity}.{operation} ({}): {takes}", sure(&write.once)).expect("a text");
            }
        }
    }
    insta::assert_snapshot!(table);
}
