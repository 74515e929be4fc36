//! The page of the errors at run time, and what holds it to the code.

use std::fmt::Write as _;

use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta};
use vestibule::error::Code;

use super::{files, read, root};

/// Codes of what the gateway does not do yet: nothing can provoke them.
const NOT_YET: &[Code] = &[Code::StepUpRequired, Code::WriteUncertain];

const HEAD: &str = "# Errors

What clients find in `errors`. Every error has `extensions.code`, one of this closed list (`ErrorCode` in the schema), and a
`message` that may be shown. An error of a field also has `path` and `locations`, and, where it happened in a system,
`extensions.source`: that source's name in the configuration. `extensions.retryAfter` is there where it is known how long to
wait, in seconds. The field is null, and every other field is complete: a system that is down costs its own fields only.
Nothing of a system's answer, address or credentials is ever in an error; operators find those in the log.

The status counts for requests that could not be carried out at all; an answer with `data` is always 200.
`vestibule explain-code RATE_LIMITED` prints the section of a code.

<!-- Made by a test from the doc comments of `Code` in `src/error.rs`: `cargo test --test pages -- --ignored bless`. -->
";

pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for (code, lines) in documented() {
        let (meaning, facts) = lines.split_first().unwrap();
        writeln!(page, "\n### {}\n\n{meaning}\n", code.name()).unwrap();
        writeln!(page, "> {}\n", code.public_message()).unwrap();
        for fact in facts.iter().filter(|line| !line.is_empty()) {
            let (name, text) = fact.trim_start_matches("- ").split_once(": ").unwrap();
            writeln!(page, "- **{name}**: {text}").unwrap();
        }
    }
    page
}

/// Each code with the lines of its doc comment, in the order of the enum.
fn documented() -> Vec<(Code, Vec<String>)> {
    let file = syn::parse_file(&read(&root().join("src/error.rs"))).unwrap();
    let code = file.items.iter().find_map(|item| match item {
        Item::Enum(found) if found.ident == "Code" => Some(found),
        _ => None,
    });
    let variants = &code.unwrap().variants;
    assert_eq!(variants.len(), Code::ALL.len(), "`Code::ALL` has every code");
    variants
        .iter()
        .zip(Code::ALL)
        .map(|(variant, code)| {
            assert_eq!(variant.ident, format!("{code:?}"), "`Code::ALL` is in the order of the enum");
            (*code, variant.attrs.iter().filter_map(text).collect())
        })
        .collect()
}

fn text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn every_error_says_what_to_do_whether_to_retry_and_its_status() {
    for (code, lines) in documented() {
        for fact in ["- Client: ", "- Retry: ", "- Status: "] {
            let found = lines.iter().any(|line| line.starts_with(fact));
            assert!(found, "`Code::{code:?}` in src/error.rs has no line `{fact}…` in its doc comment");
        }
    }
}

#[test]
fn every_error_is_provoked_by_a_test() {
    let tests: Vec<String> = [files("tests", ".rs"), files("src", ".rs")]
        .concat()
        .into_iter()
        .filter(|path| path.to_str().unwrap().contains("test") && !path.ends_with("tests/pages/errors.rs"))
        .map(|path| read(&path))
        .collect();
    for code in Code::ALL.iter().filter(|code| !NOT_YET.contains(code)) {
        let named = [format!("\"{}\"", code.name()), format!("Code::{code:?}")];
        let provoked = tests.iter().any(|text| named.iter().any(|name| text.contains(name)));
        assert!(provoked, "no test expects {}", code.name());
    }
}
