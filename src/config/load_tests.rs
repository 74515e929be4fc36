//! The example loads; every mistake is told with its place and a remedy.

use super::*;

const EXAMPLE: &str = include_str!("../../config/vestibule.example.yaml");

fn read(text: &str) -> (Option<Loaded>, Vec<Diagnostic>) {
    let origin = Origin { name: "gateway.yaml".into(), folder: PathBuf::from("."), text: text.to_owned() };
    let (loaded, report) = load(origin);
    (loaded, report.sorted())
}

#[test]
fn the_example_is_a_good_configuration() {
    let (loaded, report) = read(EXAMPLE);
    assert_eq!(report, []);
    let config = loaded.unwrap().config;
    assert_eq!(config.sources.keys().collect::<Vec<_>>(), ["crm", "erp", "billing", "support"]);
}

/// One mistake each: what stands there, what it is changed into, and the problem's code and line.
#[test]
fn each_mistake_is_told_where_it_stands() {
    let cases: &[(&str, &str, &str)] = &[
        ("format: 1", "format: 2", "C002"),
        ("format: 1", "formt: 1", "C001"),
        ("tenant: acme", "tenant: 'a b'", "C003"),
        ("timeZone: Europe/Berlin", "timeZone: Europe/Atlantis", "C004"),
        ("timeout: 15s", "timeout: soon", "C001"),
        ("  erp:\n    connector", "  'e r p':\n    connector", "C011"),
        ("source: crm                                  ", "source: nowhere", "C012"),
        ("issuer: https://login.example.com/", "issuer: http://login.example.com/", "C022"),
        ("algorithm: RS256", "algorithm: HS256", "C001"),
        ("Portal user: [buyer]", "Portal user: [bayer]", "C030"),
        ("fresh: 60s                                   # at most 60s", "fresh: 10m", "C035"),
        ("negative: 5s", "negative: 5m", "C035"),
        ("[https://portal.example.com]", "['*']", "C036"),
        ("[https://portal.example.com]", "[https://portal.example.com/]", "C036"),
    ];
    for (from, to, code) in cases {
        assert!(EXAMPLE.contains(from), "the example has no `{from}`");
        let text = EXAMPLE.replacen(from, to, 1);
        let (loaded, report) = read(&text);
        assert!(loaded.is_none(), "{code} {to}");
        let found = report.iter().find(|diagnostic| diagnostic.code == *code);
        let found = found.unwrap_or_else(|| panic!("`{to}` gave {report:?}, not {code}"));
        assert!(found.place.line > 1 || *code == "C002", "{found}");
        assert!(!found.remedy.is_empty());
    }
}

#[test]
fn what_is_left_empty_is_told() {
    for (key, code) in [("issuers", "C020"), ("labels", "C031"), ("sources", "C010")] {
        let mut kept = Vec::new();
        let mut skipped: Option<usize> = None;
        for line in EXAMPLE.lines() {
            let indent = line.len() - line.trim_start().len();
            if let Some(at) = skipped {
                if line.trim().is_empty() || indent > at {
                    continue;
                }
                skipped = None;
            }
            if line.trim() == format!("{key}:") {
                skipped = Some(indent);
                let empty = if key == "issuers" { "[]" } else { "{}" };
                kept.push(format!("{}{key}: {empty}", " ".repeat(indent)));
            } else {
                kept.push(line.to_owned());
            }
        }
        let (_, report) = read(&kept.join("\n"));
        assert!(report.iter().any(|diagnostic| diagnostic.code == code), "{code}: {report:?}");
    }
}

#[test]
fn two_entries_for_one_issuer_are_told() {
    let entry = EXAMPLE.split("  issuers:\n").nth(1).unwrap().split("  authority:").next().unwrap();
    let text = EXAMPLE.replacen(entry, &format!("{entry}{entry}"), 1);
    let (_, report) = read(&text);
    assert!(report.iter().any(|diagnostic| diagnostic.code == "C021"), "{report:?}");
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/vestibule.schema.json"));
    let generated = json_schema().unwrap();
    assert!(
        committed.unwrap_or_default() == generated,
        "config/vestibule.schema.json is not up to date; write it anew with: cargo run -- config schema > config/vestibule.schema.json"
    );
}

#[test]
fn a_broken_file_is_told_and_never_panics() {
    for text in ["", ":", "- a\n- b", "format: [", "\u{0}", "format: 1\nformat: 1", "&a [*a]"] {
        let (loaded, report) = read(text);
        assert!(loaded.is_none());
        assert_eq!(report.first().map(|diagnostic| diagnostic.code), Some("C001"), "{text:?}");
    }
}

#[test]
fn a_path_leads_to_its_line() {
    let origin = Origin { name: "x".into(), folder: PathBuf::new(), text: EXAMPLE.to_owned() };
    let line = origin.place(&["sources", "erp", "settings", "address"]).line;
    assert!(EXAMPLE.lines().nth(line as usize - 1).unwrap().contains("address: https://my123456"), "{line}");
}
