//! The examples of `docs/http.md` are run as they stand there.

use std::path::Path;
use std::process::Command;

use super::portal::{ANA, Portal};

/// The blocks of a kind, each with what comes after it.
fn blocks<'t>(text: &'t str, kind: &str) -> Vec<(&'t str, &'t str)> {
    let open = format!("```{kind}\n");
    text.split(open.as_str()).skip(1).map(|rest| rest.split_once("```").expect("the block ends")).collect()
}

#[tokio::test]
async fn the_examples_answer_what_the_page_says() {
    let portal = Portal::open().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/http.md");
    let page = std::fs::read_to_string(path).unwrap();
    let examples = blocks(&page, "sh");
    assert!(examples.len() >= 5, "{}", examples.len());
    for (script, after) in examples {
        let expected = after.trim_start().strip_prefix("```text\n").expect("an example says what comes out");
        let (expected, _) = expected.split_once("```").unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", script]);
        shell.env("GRAPH", portal.url("/graphql")).env("TOKEN", portal.token(ANA));
        let output = tokio::task::spawn_blocking(move || shell.output().expect("bash and curl are installed"));
        let output = output.await.unwrap();
        let (told, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script}\n{told}\n{wrong}");
        assert_eq!(told.trim(), expected.trim(), "{script}\n{wrong}");
    }
}

#[tokio::test]
async fn the_first_query_of_the_readme_answers_with_the_calls_it_says() {
    let portal = Portal::open().await;
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (script, _) = blocks(&readme, "sh").into_iter().find(|(script, _)| script.starts_with("TOKEN=")).unwrap();
    let (_, ask) = script.split_once('\n').expect("the token comes first");
    assert!(ask.contains("http://127.0.0.1:4000/graphql"), "{ask}");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &ask.replace("http://127.0.0.1:4000/graphql", &portal.url("/graphql"))]);
    shell.env("TOKEN", portal.token(ANA));
    let output = tokio::task::spawn_blocking(move || shell.output().expect("bash and curl are installed"));
    let answer: serde_json::Value = serde_json::from_slice(&output.await.unwrap().stdout).unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    let account = &answer["data"]["viewer"]["account"];
    for list in ["orders", "invoices", "tickets"] {
        assert_eq!(account[list]["nodes"].as_array().map(Vec::len), Some(5), "{list} of {answer}");
    }
    let mut calls = 0;
    for system in vestibule_sandbox::SYSTEMS {
        calls += portal.calls(system).await;
    }
    let said = "six calls to four systems, and before them five that found out who Ana is";
    assert!(readme.contains(said) && calls == 6 + 5, "{calls} calls");
}
