//! The shape of the code, held by a test: the module table, file sizes, and who may do what.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The modules, lowest first. A module imports only modules earlier in this list. ARCHITECTURE.md says what each holds.
const LAYERS: &[&str] = &[
    "error",
    "diagnostic",
    "clock",
    "secret",
    "spool",
    "model",
    "seal",
    "config",
    "store",
    "expr",
    "graph",
    "connector",
    "webhook",
    "upstream",
    "protocol",
    "cache",
    "source",
    "files",
    "identity",
    "plan",
    "execute",
    "live",
    "outgoing",
    "tenant",
    "server",
    "demo",
    "cli",
];

/// Names of products: data, never code.
const VENDORS: &[&str] = &[
    "hubspot",
    "sap-s4",
    "s4hana",
    "stripe",
    "zendesk",
    "salesforce",
    "dataverse",
    "odoo",
    "netsuite",
    "xero",
    "shopify",
    "freshdesk",
    "intercom",
    "docusign",
    "tryton",
    "erpnext",
    "redmine",
    "api_sales_order",
    "a_salesorder",
];

/// Lines after which a file is two.
const LONGEST_FILE: usize = 600;

/// What a file breaks, one sentence each.
fn breaches(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    let module = parts.first().copied().unwrap_or_default();
    let test = is_test(&parts);
    if text.lines().count() > LONGEST_FILE {
        found.push(format!("{file}: longer than {LONGEST_FILE} lines"));
    }
    if !text.trim_start().starts_with("//!") {
        found.push(format!("{file}: does not open with `//!` and what it is for"));
    }
    let lower = text.to_lowercase();
    for vendor in VENDORS.iter().filter(|vendor| lower.contains(**vendor)) {
        found.push(format!("{file}: names the product `{vendor}`"));
    }
    for word in lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| *word == "sap") {
        found.push(format!("{file}: names the product `{word}`"));
    }
    let parsed = match syn::parse_file(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            found.push(format!("{file}: does not parse: {error}"));
            return found;
        }
    };
    let mut paths = Paths::default();
    paths.visit_file(&parsed);
    if !test {
        let at = LAYERS.iter().position(|layer| *layer == module);
        for used in &paths.modules {
            let theirs = LAYERS.iter().position(|layer| layer == used);
            match (at, theirs) {
                _ if used == module || module == "lib" || module == "main" => {}
                (Some(at), Some(theirs)) if theirs < at => {}
                (None, _) => found.push(format!("{file}: the module `{module}` is not in the table")),
                (_, None) => found.push(format!("{file}: uses `crate::{used}`, which is not in the table")),
                _ => found.push(format!("{file}: `{module}` uses `{used}`, which is later in the table")),
            }
        }
        let kept = [
            ("reqwest", "upstream"),
            ("hyper_util::client", "upstream"),
            ("std::env", "config"),
            ("std::fs", ""),
            ("tokio::fs", ""),
        ];
        for (path, owner) in kept {
            let pure = ["model", "graph", "connector", "webhook", "plan", "expr"].contains(&module);
            let breach = if owner.is_empty() { pure } else { module != owner };
            if breach && paths.all.iter().any(|used| used == path || used.starts_with(&format!("{path}::"))) {
                found.push(format!("{file}: uses `{path}`, which `{module}` may not"));
            }
        }
    }
    found
}

fn is_test(parts: &[&str]) -> bool {
    parts
        .iter()
        .any(|part| *part == "tests" || part.ends_with("_tests") || part.starts_with("test_") || *part == "testing")
}

/// Every path of a file: in `use` trees, in types, expressions and macros' paths; inline test modules left out.
#[derive(Default)]
struct Paths {
    all: BTreeSet<String>,
    modules: BTreeSet<String>,
}

impl Paths {
    fn add(&mut self, segments: &[String]) {
        self.all.insert(segments.join("::"));
        let ours = segments.first().is_some_and(|first| first == "crate" || first == "vestibule");
        if let Some(module) = segments.get(1).filter(|_| ours) {
            self.modules.insert(module.clone());
        }
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => {
                let here = with(&path.ident);
                self.add_tree(&here, &path.tree);
            }
            syn::UseTree::Name(name) => {
                let here = with(&name.ident);
                self.add(&here);
            }
            syn::UseTree::Rename(name) => {
                let here = with(&name.ident);
                self.add(&here);
            }
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.add_tree(before, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
        });
        if !test {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.add(&segments);
        }
        syn::visit::visit_path(self, path);
    }
}

fn source_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    let code = files.filter(|path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs"));
    code.map(|path| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    })
    .collect()
}

#[test]
fn the_code_has_the_shape_that_architecture_md_describes() {
    let files = source_files();
    assert!(files.len() > 20, "the walk found only {} files", files.len());
    let found: Vec<String> = files.iter().flat_map(|(name, text)| breaches(name, text)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn architecture_md_names_every_module_in_order() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/ARCHITECTURE.md")).unwrap();
    let mut after = 0;
    for layer in LAYERS {
        let at = text[after..].find(&format!("| `{layer}` |"));
        after += at.unwrap_or_else(|| panic!("ARCHITECTURE.md does not name `{layer}` at its place in the table"));
    }
}

#[test]
fn files_outside_src_are_not_too_long_either() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["sandbox", "tests", "benches"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).into_iter().filter_map(Result::ok) {
            if entry.path().extension().is_some_and(|ending| ending == "rs") {
                let lines = std::fs::read_to_string(entry.path()).unwrap().lines().count();
                assert!(lines <= LONGEST_FILE, "{}: {lines} lines", entry.path().display());
            }
        }
    }
}

/// The guard itself: a planted violation of each kind is found, and a good file is not.
#[test]
fn a_planted_violation_is_found() {
    let planted: &[(&str, &str, &str)] = &[
        ("model/x.rs", "//! X.\nuse crate::server::Router;\n", "later in the table"),
        ("model/x.rs", "//! X.\nfn f() { crate::execute::run(); }\n", "later in the table"),
        ("model/x.rs", "//! X.\nuse crate::{error::Error, plan};\n", "later in the table"),
        ("graph/x.rs", "//! X.\nfn f() -> crate::nowhere::T { t() }\n", "not in the table"),
        ("elsewhere/x.rs", "//! X.\nuse crate::error::Error;\n", "not in the table"),
        ("source/x.rs", "//! X.\nfn f() { reqwest::Client::new(); }\n", "uses `reqwest`"),
        ("source/x.rs", "//! X.\nuse hyper_util::client::legacy::Client;\n", "uses `hyper_util::client`"),
        ("server/x.rs", "//! X.\nuse std::env;\n", "uses `std::env`"),
        ("plan/x.rs", "//! X.\nuse std::fs::read;\n", "uses `std::fs`"),
        ("plan/x.rs", "//! How HubSpot does it.\n", "names the product"),
        ("plan/x.rs", "//! As in SAP.\n", "names the product"),
        ("plan/x.rs", "fn f() {}\n", "does not open with"),
        ("plan/x.rs", "//! X.\nfn f( {\n", "does not parse"),
    ];
    for (file, text, expected) in planted {
        let found = breaches(file, text);
        assert!(found.iter().any(|breach| breach.contains(expected)), "{file} {text:?}: {found:?}");
    }
    let long = format!("//! X.\n{}", "// line\n".repeat(LONGEST_FILE));
    assert!(breaches("plan/x.rs", &long).iter().any(|breach| breach.contains("longer than")));
    let good = "//! X.\nuse crate::error::Error;\n#[cfg(test)]\nmod tests { use crate::server::x; }\n";
    assert_eq!(breaches("plan/x.rs", good), Vec::<String>::new());
    let owner = "//! X.\nuse hyper_util::client::legacy::Client;\nfn f() { Client::builder(); }\n";
    assert_eq!(breaches("upstream/x.rs", owner), Vec::<String>::new());
}
