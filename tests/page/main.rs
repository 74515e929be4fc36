//! The demo's page in headless Chromium, against a real demo: what a visitor does there, with a mouse, with a keyboard alone, and
//! as a screen reader has it. The scenarios are scripts in `tests/node/page`; each has a demo of its own.
//!
//! `CHROME` names a browser that is not in the path; `SHOTS` a folder for a picture of the page where a scenario fails.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../shared/node.rs"]
mod node;
#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../shared/portal.rs"]
mod portal;

use std::process::Command;

use portal::Portal;
use serde_json::Value;
use tokio::sync::Semaphore;

/// Browsers want much of a machine: two at once.
static BROWSERS: Semaphore = Semaphore::const_new(2);

async fn plays(scenario: &str) {
    let _one = BROWSERS.acquire().await.unwrap();
    let portal = Portal::open().await;
    let mut command = Command::new("node");
    command.arg(format!("page/{scenario}.mjs")).env("GATEWAY", &portal.gateway).env("CONTROL", &portal.control);
    node::run(command).await;
}

#[tokio::test]
async fn somebody_signs_in_and_sees_where_everything_is_from_and_how_fresh() {
    plays("lists").await;
}

#[tokio::test]
async fn somebody_without_a_mouse_answers_a_ticket() {
    plays("reply").await;
}

#[tokio::test]
async fn an_order_placed_again_arrives_once_although_an_answer_was_lost() {
    plays("again").await;
}

#[tokio::test]
async fn what_the_business_does_arrives_on_the_open_page() {
    plays("arrives").await;
}

#[tokio::test]
async fn whoever_asked_is_mailed_the_answer_and_the_mail_is_shown() {
    plays("mails").await;
}

#[tokio::test]
async fn a_broken_system_is_told_where_it_matters_and_heals() {
    plays("broken").await;
}

#[tokio::test]
async fn documents_are_added_and_files_opened() {
    plays("documents").await;
}

#[tokio::test]
async fn nothing_on_the_page_keeps_people_out() {
    plays("accessible").await;
}

#[tokio::test]
async fn the_page_runs_nothing_inline_and_asks_nobody_else() {
    let portal = Portal::open().await;
    for path in ["/", "/demo/query", "/page/main.js", "/page/base.css", "/page/icon.svg"] {
        let answer = portal.client.get(format!("{}{path}", portal.gateway)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn the_page_reaches_of_the_control_port_what_it_needs_and_no_other_page_does() {
    let portal = Portal::open().await;
    let at = |path: &str| format!("{}/demo/business{path}", portal.gateway);
    let down = r#"{"system":"sap","mode":"down"}"#;
    let json = ("content-type", "application/json");
    let breaks = portal.client.post(at("/faults")).header(json.0, json.1).body(down).send().await.unwrap();
    assert_eq!(breaks.status(), 200);
    let faults: Value = portal.client.get(at("/faults")).send().await.unwrap().text().await.unwrap().parse().unwrap();
    assert_eq!(faults["sap"]["mode"], "down");
    assert_eq!(portal.client.delete(at("/faults")).send().await.unwrap().status(), 200);

    // A form of another page can send this without asking.
    let forged = portal.client.post(at("/faults")).header(json.0, "text/plain").body(down).send().await.unwrap();
    assert_eq!(forged.status(), 400);
    // A page that asks first is not let in.
    let asks =
        portal.client.request("OPTIONS".parse().unwrap(), at("/faults")).header("origin", "https://evil.example");
    let asks = asks.header("access-control-request-method", "DELETE").send().await.unwrap();
    assert!(!asks.headers().contains_key("access-control-allow-origin"));

    for (method, path) in
        [("POST", "/webhooks"), ("DELETE", "/webhooks"), ("GET", "/calls"), ("POST", "/clock"), ("GET", "/ledger")]
    {
        let call = portal.client.request(method.parse().unwrap(), at(path)).header(json.0, json.1).body("{}");
        assert_eq!(call.send().await.unwrap().status(), 404, "{method} {path}");
    }
    let systems = portal.client.get(format!("{}/demo/systems", portal.gateway)).send().await.unwrap();
    let systems: Value = systems.text().await.unwrap().parse().unwrap();
    let named: Vec<_> = systems.as_array().unwrap().iter().map(|one| (&one["system"], &one["source"])).collect();
    assert_eq!(named.len(), 4, "{systems}");
    assert!(named.iter().any(|(system, source)| **system == "sap" && **source == "erp"), "{systems}");
}
