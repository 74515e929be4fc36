//! The commands of the README that change something, as they stand there. That what changes reaches an open page, once, is in
//! `tests/webhooks/scenarios/echoes.yaml`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other suites use more of it")]
#[path = "shared/portal.rs"]
mod portal;

use std::time::Duration;

use serde_json::{Value, json};

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";
/// How long a change may take until a test gives it up; nothing waits so long where it works.
const PATIENCE: Duration = Duration::from_secs(20);

/// The block of the README that begins so.
fn commands(start: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let mut blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks
        .find(|(block, _)| block.starts_with(start))
        .unwrap_or_else(|| panic!("no block begins `{start}`"))
        .0
        .to_owned()
}

/// Runs commands of the README against this demo; what each of them answers, one after the other.
async fn runs(portal: &Portal, token: &str, script: &str) -> Vec<Value> {
    let script =
        script.replace("http://127.0.0.1:4000", &portal.gateway).replace("http://127.0.0.1:4100", &portal.control);
    let mut shell = std::process::Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).env("TOKEN", token);
    let output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    let answers = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    answers
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

#[tokio::test]
async fn the_commands_of_the_readme_change_something_that_arrives_and_act_once() {
    let portal = Portal::open().await;
    let token = portal.token(ANA).await;
    let script = commands("curl -s http://127.0.0.1:4100/agent/step");
    let begins: Vec<&str> = script.lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(begins.len(), 4, "{script}");
    let answers = runs(&portal, &token, &script).await;
    let [shipped, created, answered, ledger] = answers.as_slice() else { panic!("{answers:?}") };
    let payload = &created["data"]["createTicket"];
    assert_eq!(payload["userErrors"], json!([]), "{created}");
    assert_eq!((&shipped["act"], &answered["act"]), (&json!("ship"), &json!("answer")));
    let count = |ledger: &Value, operation: &str, key: &Value| {
        let same = |entry: &&Value| entry["operation"] == operation && entry["key"] == *key;
        ledger.as_array().unwrap().iter().filter(same).count()
    };
    let number = &payload["ticket"]["number"];
    assert_eq!(count(ledger, "create", number), 1, "{ledger}");
    assert_eq!(count(ledger, "reply", &answered["key"]), 1, "{ledger}");

    // What was answered is a ticket of hers, so that the answer is mailed to her; the new one is mailed to others.
    let mailed = async {
        loop {
            let letters = portal.state.mails.all();
            let about = |letter: &vestibule_sandbox::mail::Letter, to_ana: bool, start: &str| {
                letter.to.iter().any(|to| (to == ANA) == to_ana)
                    && letter.header("Subject").is_some_and(|subject| subject.starts_with(start))
            };
            if letters.iter().any(|letter| about(letter, true, "Re: "))
                && letters.iter().any(|letter| about(letter, false, "New ticket "))
            {
                return letters;
            }
            let last = letters.last().map_or(0, |letter| letter.number);
            portal.state.mails.after(last).await;
        }
    };
    let letters = tokio::time::timeout(PATIENCE, mailed).await.unwrap();
    let own = letters.iter().filter(|letter| letter.to.iter().any(|to| to == ANA));
    assert!(own.clone().all(|letter| !letter.header("Subject").unwrap().starts_with("New ticket")));

    // The same key never acts twice.
    let (second, _) = script.split_once("curl -s http://127.0.0.1:4000").unwrap().1.split_once("\ncurl ").unwrap();
    let again =
        runs(&portal, &token, &format!("curl -s http://127.0.0.1:4000{second}\ncurl -s http://127.0.0.1:4100/ledger"))
            .await;
    assert_eq!(again[0]["data"]["createTicket"]["ticket"]["number"], *number, "{again:?}");
    assert_eq!(count(&again[1], "create", number), 1);
    let all = again[1].as_array().unwrap();
    assert_eq!(all.iter().filter(|entry| entry["system"] == "zendesk" && entry["operation"] == "create").count(), 1);
}
