//! The JSON Schemas that editors complete and check manifests by: as committed, they are what the code makes; they accept
//! what is shipped, and refuse every key that the loader refuses.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;
use vestibule::connector::load::{ManifestFile, json_schema};
use vestibule::graph::{self, Graph};
use vestibule::tenant::SCHEMA;

use super::{folder, loaded};

/// The committed schemas: the file, what it is for, whether for overlays.
const COMMITTED: [(&str, ManifestFile<'static>, bool); 4] = [
    ("connector.schema.json", ManifestFile::Connector, false),
    ("entity.schema.json", ManifestFile::Entity(None), false),
    ("overlay-connector.schema.json", ManifestFile::Connector, true),
    ("overlay-entity.schema.json", ManifestFile::Entity(None), true),
];

fn ours() -> Graph {
    let (loaded, _) = graph::load(&[(SCHEMA.0.to_owned(), SCHEMA.1.to_owned())]);
    loaded.expect("the shipped graph").graph
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(graph: &Graph, file: ManifestFile<'_>, overlay: bool) -> String {
    let schema = json_schema(graph, file, overlay).expect("an entity of the graph");
    format!("{}\n", serde_json::to_string_pretty(&schema).expect("JSON"))
}

/// The schema for a file of a connector's folder.
fn schema_for(graph: &Graph, path: &Path, overlay: bool) -> Validator {
    let entity = path.parent().is_some_and(|folder| folder.ends_with("entities"));
    let name = path.file_stem().and_then(|name| name.to_str()).filter(|_| entity);
    let file = if entity { ManifestFile::Entity(name) } else { ManifestFile::Connector };
    // A file of an entity that the graph does not have is the loader's to refuse.
    let schema = json_schema(graph, file, overlay).or_else(|_| json_schema(graph, ManifestFile::Entity(None), overlay));
    jsonschema::validator_for(&schema.expect("a schema")).expect("a valid schema")
}

fn problems(schema: &Validator, path: &Path) -> Vec<String> {
    let yaml = fs::read_to_string(path).expect("a file");
    let value: Value = serde_saphyr::from_str(&yaml).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    schema.iter_errors(&value).map(|error| format!("{}: {}: {error}", path.display(), error.instance_path())).collect()
}

/// The manifests below a folder.
fn manifests(below: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(below).sort_by_file_name().into_iter().map(|entry| entry.expect("an entry"));
    files
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect()
}

#[test]
fn the_committed_schemas_are_the_generated_ones() {
    for (name, file, overlay) in COMMITTED {
        let committed = fs::read_to_string(root().join("config").join(name)).unwrap_or_default();
        let write = "`cargo test --test connector_load -- --ignored write_schemas` writes it anew";
        assert!(committed == text(&ours(), file, overlay), "config/{name} is not up to date; {write}");
    }
}

#[test]
fn what_is_shipped_fits_its_schema_and_names_it() {
    let graph = ours();
    let shipped = manifests(&root().join("connectors"));
    assert!(shipped.len() > 10);
    let overlays = manifests(&root().join("config/demo/connectors"));
    assert!(!overlays.is_empty());
    for (path, overlay) in shipped.iter().map(|path| (path, false)).chain(overlays.iter().map(|path| (path, true))) {
        assert_eq!(problems(&schema_for(&graph, path, overlay), path), Vec::<String>::new());
        let text = fs::read_to_string(path).expect("a file");
        let named = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let named = named.unwrap_or_else(|| panic!("{}: no schema is named", path.display()));
        let schema = path.parent().expect("a folder").join(named);
        assert!(schema.is_file(), "{}: there is no {named}", path.display());
        assert_eq!(problems(&jsonschema_of(&schema), path), Vec::<String>::new(), "the schema that is named");
    }
}

fn jsonschema_of(path: &Path) -> Validator {
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a valid schema")
}

#[test]
fn complete_connectors_fit_the_schema_of_their_own_graph() {
    let files = manifests(&folder("connectors"));
    assert!(files.len() > 5);
    for path in files {
        assert_eq!(problems(&schema_for(&super::graph::graph(), &path, false), &path), Vec::<String>::new());
    }
}

#[test]
fn a_key_that_the_loader_does_not_know_is_refused_by_the_schema() {
    let mut refused = 0;
    for fixture in fs::read_dir(folder("manifests")).expect("the fixtures") {
        let fixture = fixture.expect("a folder").path();
        let (_, report) = loaded(&fixture);
        for problem in report.sorted().iter().filter(|problem| problem.code == "M002" && problem.place.line > 0) {
            let overlay = problem.place.file.starts_with("overlay/");
            let path = fixture.join(&*problem.place.file);
            let found = problems(&schema_for(&super::graph::graph(), &path, overlay), &path);
            assert!(!found.is_empty(), "{}: {problem}", fixture.display());
            refused += 1;
        }
    }
    assert!(refused >= 4, "there are fixtures of unknown keys");
}

#[test]
fn a_slip_of_the_pen_is_refused_wherever_it_stands() {
    let graph = ours();
    let entity = json_schema(&graph, ManifestFile::Entity(Some("Order")), false).expect("an entity");
    let entity = jsonschema::validator_for(&entity).expect("a valid schema");
    let good = "key: id\nevidence: { own: customer }\nvisible: all\n";
    let fits = |more: &str| {
        let value: Value = serde_saphyr::from_str(&format!("{good}{more}")).expect("YAML");
        entity.is_valid(&value)
    };
    for right in [
        "fields: { number: id, status: { from: state, map: { open: CONFIRMED }, else: OTHER } }",
        "fields: { lines: { each: items, where: { sort: [a, b] }, fields: { quantity: { from: qty } } } }",
        "fields: { shippingAddress: { lines: [a, b], when: { a: present }, city: { from: [c, d] } } }",
        "lists: { account: [{ GET: /orders, by: customer, many: one, rows: orders }] }",
        "get: { GET: \"/orders/{key}\", row: ., many: one }",
    ] {
        assert!(fits(right), "{right}");
    }
    for wrong in [
        "fields: { numbr: id }",
        "fields: { number: { form: id } }",
        "fields: { status: { from: state, mapp: {} } }",
        "fields: { status: { cases: [{ when: { a: b }, iss: OTHER }] } }",
        "fields: { lines: { each: items, fields: { quantitty: qty } } }",
        "fields: { placedOn: { from: a, when: { b: { beforee: now } } } }",
        "lists: { acount: { GET: /orders } }",
        "get: { GTE: /orders }",
        "get: { GET: /orders, page: { style: cursor, maxx: 1 } }",
        "get: { GET: /orders, page: { style: curser } }",
        "facets: { x: { expandd: y } }",
        "links: { erp: { finds: number } }",
    ] {
        assert!(!fits(wrong), "{wrong}");
    }
    let value: Value = serde_saphyr::from_str("fields: { number: id }").expect("YAML");
    assert!(!entity.is_valid(&value), "a connector says what is a key, what is evidence and what is visible");
    let overlay = json_schema(&graph, ManifestFile::Entity(Some("Order")), true).expect("an entity");
    assert!(jsonschema::validator_for(&overlay).expect("a valid schema").is_valid(&value), "an overlay need not");
    assert!(json_schema(&graph, ManifestFile::Entity(Some("Nothing")), false).is_err());
}

/// Writes the committed schemas as they are now.
#[test]
#[ignore = "writes files"]
fn write_schemas() {
    for (name, file, overlay) in COMMITTED {
        fs::write(root().join("config").join(name), text(&ours(), file, overlay)).expect("a file");
    }
}
