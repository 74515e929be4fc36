//! The graph, read from SDL: every rule with what breaks it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::Severity;

/// The folder of fixtures: one failing schema for each code, with what is said of it beside it.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The schema that comes with the product.
pub(super) fn ours() -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    ("schema.graphql".to_owned(), read(&path))
}

/// A schema of few types, which stands alone.
pub(super) fn small() -> Loaded {
    let (loaded, report) = load(&[("small.graphql".to_owned(), read(&fixtures().join("small.graphql")))]);
    assert_eq!(said(report), "");
    loaded.unwrap()
}

fn with_extension(text: &str) -> (Option<Loaded>, Report) {
    load(&[ours(), ("extension.graphql".to_owned(), text.to_owned())])
}

fn said(report: Report) -> String {
    report.sorted().iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

#[test]
fn the_schema_of_the_product_keeps_its_own_rules() {
    let (loaded, report) = load(&[ours()]);
    assert_eq!(said(report), "");
    let graph = loaded.unwrap().graph;
    assert_eq!(&*graph.entity(graph.hub).unwrap().name, "Account");
    assert_eq!(&*graph.entity(graph.person).unwrap().name, "Contact");
    assert_eq!(graph.entities.len(), 27);
}

#[test]
fn the_error_codes_of_the_schema_are_those_of_the_gateway() {
    let (loaded, _) = load(&[ours()]);
    let loaded = loaded.unwrap();
    let in_schema: Vec<String> =
        loaded.schema.get_enum("ErrorCode").unwrap().values.keys().map(ToString::to_string).collect();
    let in_code: Vec<&str> = crate::error::Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(in_schema, in_code);
}

/// Each fixture extends the schema of the product, or stands alone where its first line says so. Set `BLESS` to write
/// the expected texts anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "BLESS is for the person at the keyboard, and no configuration")]
fn every_mistake_is_reported_as_its_fixture_expects() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut without: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| *code).collect();
    let mut files: Vec<PathBuf> = std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut wrong = String::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ext| ext == "graphql")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some((code, _)) = name.split_once('-') else { continue };
        let text = read(path);
        let own = (name.to_owned(), text.clone());
        let (_, report) = if text.starts_with("# alone") { load(&[own]) } else { load(&[ours(), own]) };
        let found = report.clone().sorted();
        assert!(
            found.iter().any(|diagnostic| diagnostic.code == code),
            "{name} does not show {code}: {}",
            said(report)
        );
        without.remove(code);
        let said = said(report);
        let expected = path.with_extension("expected");
        if bless {
            std::fs::write(&expected, &said).unwrap();
        } else if !expected.exists() || read(&expected) != said {
            writeln!(wrong, "--- {name}\n{said}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "other than expected:\n{wrong}");
    assert!(without.is_empty(), "codes without a fixture: {without:?}");
}

#[test]
fn codes_are_numbered_without_a_gap() {
    for (at, (code, _)) in codes::ALL.iter().enumerate() {
        assert_eq!(*code, format!("G{:03}", at + 1));
    }
}

#[test]
fn all_problems_are_found_at_once() {
    let (loaded, report) = with_extension(
        "extend type Order { weight: Float \n pickedOn: DateTime \n machine: Machine }\nextend type Order { total: Int }",
    );
    assert!(loaded.is_none());
    let codes: BTreeSet<&str> = report.sorted().iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, BTreeSet::from([codes::VALIDATION, codes::REDEFINED, codes::TIME_NAME, codes::NOT_MAPPABLE]));
}

#[test]
fn a_business_adds_an_entity_and_its_pages_are_made() {
    let (loaded, report) = with_extension(
        r#"
        extend type Account { machines(first: Int = 20, after: String): MachineConnection }
        type Machine implements Node & Record @entity {
          id: ID!
          version: String
          provenance: Provenance @semanticNonNull
          account: Account
          name: String!
        }
        "#,
    );
    assert_eq!(said(report), "");
    let Loaded { schema, graph } = loaded.unwrap();
    assert!(schema.get_enum("RecordType").unwrap().values.contains_key("MACHINE"));
    assert!(schema.get_object("MachineEdge").is_some());
    let machine = graph.entity_id("Machine").unwrap();
    let account = graph.entity(graph.hub).unwrap();
    let list = account.field(account.field_id("machines").unwrap()).unwrap();
    let inverse = graph.entity(machine).unwrap().field_id("account").unwrap();
    assert!(matches!(list.kind, FieldKind::List { of, inverse: by } if of == machine && by == inverse));
    assert_eq!(list.place.to_string(), "extension.graphql:2:31");
}

#[test]
fn the_order_of_a_business_s_files_does_not_matter() {
    let defines = "type Stand { name: String kind: StandKind }\nenum StandKind { BIG OTHER }\nextend type Account { stand: Stand }";
    let extends = "extend enum StandKind { SMALL }\nextend type Stand { row: Int! }";
    let (defines, extends) = (("defines.graphql", defines), ("extends.graphql", extends));
    for order in [[defines, extends], [extends, defines]] {
        let files: Vec<_> = order.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let (loaded, report) = load(&[vec![ours()], files].concat());
        assert_eq!(said(report), "");
        let schema = loaded.unwrap().schema;
        assert!(schema.get_enum("StandKind").unwrap().values.contains_key("SMALL"));
        assert!(schema.type_field("Stand", "row").is_ok(), "a type of its own may have what it needs");
    }
}

#[test]
fn a_warning_does_not_keep_the_graph_from_loading() {
    let (loaded, report) = with_extension("extend type Order { site: Site }");
    assert!(loaded.is_some());
    let found = report.sorted();
    assert_eq!(
        found.iter().map(|found| (found.code, found.severity)).collect::<Vec<_>>(),
        [(codes::ADDED_TWICE, Severity::Warning)]
    );
}

/// One line for each field: what the engine does for it.
#[test]
fn a_small_graph_resolved() {
    let graph = small().graph;
    let mut out = String::new();
    for entity in &graph.entities {
        let title = entity.title.and_then(|title| entity.field(title)).map_or("-", |title| &title.name);
        let localized = if entity.localized { ", localized" } else { "" };
        let permission = entity.permission.as_deref().map(|name| format!(", needs {name}")).unwrap_or_default();
        writeln!(out, "{} ({:?}, titled {title}{localized}{permission})", entity.name, entity.scope).unwrap();
        write_fields(&graph, &entity.fields, &mut out);
    }
    for value in &graph.values {
        let builtin = if value.builtin.is_some() { ", built in" } else { "" };
        writeln!(out, "{} (value{builtin})", value.name).unwrap();
        write_fields(&graph, &value.fields, &mut out);
    }
    insta::assert_snapshot!(out);
}

fn write_fields(graph: &Graph, fields: &[Field], out: &mut String) {
    for field in fields {
        let bang = if field.non_null { "!" } else { "" };
        let needs = field.permission.as_deref().map(|name| format!(", needs {name}")).unwrap_or_default();
        writeln!(out, "  {}{bang}: {}{needs}  {}", field.name, kind(graph, &field.kind), field.place.line).unwrap();
    }
}

fn kind(graph: &Graph, kind: &FieldKind) -> String {
    let target = |target: &Target| match target {
        Target::Entity(id) => graph.entity(*id).unwrap().name.to_string(),
        Target::Any => "any record".to_owned(),
    };
    match kind {
        FieldKind::Stored(of) => format!("stored {}", shape(graph, of)),
        FieldKind::Computed(of) => {
            let whose = if of.per_account { "computed per account" } else { "computed" };
            format!("{whose} {}", shape(graph, &of.shape))
        }
        FieldKind::Reference(to) => format!("reference to {}", target(to)),
        FieldKind::References(to) => format!("references to {}", target(to)),
        FieldKind::List { of, inverse } => {
            let of = graph.entity(*of).unwrap();
            format!("list of {} by {}", of.name, of.field(*inverse).unwrap().name)
        }
        FieldKind::Figure(of) => {
            let field = of.field.as_deref().map(|field| format!(" of {field}")).unwrap_or_default();
            format!("{:?}{field} over {}, a {}", of.function, of.list, shape(graph, &of.shape)).to_lowercase()
        }
        FieldKind::Figures(of) => format!("figures of {}", graph.value_type(*of).unwrap().name),
        FieldKind::Derived(cel) => format!("derived `{cel}`"),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn shape(graph: &Graph, of: &Shape) -> String {
    match of {
        Shape::Scalar(scalar) => format!("{scalar:?}"),
        Shape::Enum(values) => values.join("|"),
        Shape::Object(id) => graph.value_type(*id).unwrap().name.to_string(),
        Shape::List { of, elements_non_null } => {
            format!("[{}{}]", shape(graph, of), if *elements_non_null { "!" } else { "" })
        }
    }
}
