//! Answers that no sound system gives: nested without end, of other types, compressed bombs. The
//! gateway goes on, says `UPSTREAM_REJECTED` (or, where not even the transfer was whole, `UPSTREAM_UNAVAILABLE`) at the fields
//! of that system, and tells nothing of what it read.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::bend::Answer;
use crate::modes::{DASHBOARD, assert_broken, healthy};
use crate::world::{Difference, World, source_of};

/// 64 MiB of blanks, compressed: four times what an answer may have.
const BOMB: &[u8] = include_bytes!("bomb.gz");

fn plain(body: impl Into<Vec<u8>>) -> Answer {
    Answer { encoding: None, body: body.into() }
}

/// Bodies of which nothing can be used, whatever was asked for.
fn unusable() -> Vec<(&'static str, Answer)> {
    let around = |open: &str, middle: &str, close: &str, times| open.repeat(times) + middle + &close.repeat(times);
    vec![
        ("a bomb", Answer { encoding: Some("gzip"), body: BOMB.to_vec() }),
        ("no gzip", Answer { encoding: Some("gzip"), body: b"{\"results\":[]}".to_vec() }),
        ("half a gzip", Answer { encoding: Some("gzip"), body: BOMB[..1000].to_vec() }),
        ("lists inside each other", plain(around("[", "", "]", 100_000))),
        ("lists that never close", plain("[".repeat(1_000_000))),
        ("objects inside each other", plain(around("{\"a\":", "1", "}", 100_000))),
        ("rows inside each other", plain(around("{\"results\":[{\"d\":", "{}", "}]}", 10_000))),
        ("invalid UTF-8", plain(b"{\"results\":[{\"id\":\"\xff\xfe\xc0\x80\"}]}".to_vec())),
        (
            "half a surrogate pair",
            plain("{\"results\":[{\"id\":\"\\ud800\"}],\"d\":\"\\udc00\",\"data\":\"\\ud800x\"}"),
        ),
        ("a control character in a text", plain("{\"d\":\"\u{0}\u{1b}\"}")),
        ("no number", plain("{\"d\":NaN,\"data\":Infinity,\"results\":-}")),
        ("a number that never ends", plain(format!("{{\"results\":{}", "9".repeat(1_000_000)))),
        ("two documents", plain("{\"results\":[]}{\"results\":[]}")),
        ("a text", plain("\"rows\"")),
        ("a number", plain("7")),
        ("true", plain("true")),
        ("an object with nothing in it", plain("{}")),
        ("null", plain("null")),
        (
            "rows that are a text",
            plain(ROWS.map(|name| format!("\"{name}\":\"none\"")).join(",").replacen('"', "{\"", 1) + "}"),
        ),
        ("blanks without end", plain(b" ".repeat(17 << 20))),
    ]
}

/// Where the systems have their rows.
const ROWS: [&str; 9] = ["results", "d", "data", "organizations", "tickets", "articles", "users", "audits", "ticket"];

async fn every_body(system: &'static str) {
    let current: Arc<Mutex<Option<Answer>>> = Arc::default();
    let given = Arc::clone(&current);
    let difference = Difference::uncached().rewritten(system, Arc::new(move |_, _| given.lock().unwrap().clone()));
    let world = World::start(difference).await;
    let before = healthy(&world).await;
    for (what, answer) in unusable() {
        let code = if what.ends_with("gzip") { "UPSTREAM_UNAVAILABLE" } else { "UPSTREAM_REJECTED" };
        *current.lock().unwrap() = Some(answer);
        let broken = world.ask(DASHBOARD).await;
        assert_broken(system, what, (&before, &broken), code);
        assert!(world.ready().await, "{system} {what}");
    }
    *current.lock().unwrap() = None;
    assert_eq!(healthy(&world).await.data, before.data, "{system} works again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crm_answers_with_what_cannot_be_used() {
    every_body("hubspot").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_erp_answers_with_what_cannot_be_used() {
    every_body("sap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn billing_answers_with_what_cannot_be_used() {
    every_body("stripe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_answers_with_what_cannot_be_used() {
    every_body("zendesk").await;
}

/// Every scalar of an answer, and every list of scalars, becomes what it is not; rows and keys stay where they are.
fn of_another_type(at: &str, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| of_another_type(at, item)),
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| of_another_type(name, member)),
        _ if KEPT.contains(&at) => {}
        Value::String(_) => *value = json!({ "secret-of-theirs": [1, { "x": null }] }),
        Value::Number(_) => *value = json!("secret-of-theirs"),
        Value::Bool(_) => *value = json!(["secret-of-theirs"]),
        Value::Null => *value = json!(-1.5e300),
    }
}

/// What rows are found, and known to be the caller's, by.
const KEPT: &[&str] = &[
    "id",
    "customer",
    "organization_id",
    "SoldToParty",
    "SalesOrder",
    "BusinessPartner",
    "Product",
    "hs_object_id",
    "toObjectId",
    "erp_debtor",
    "stripe_customer",
    "email",
    "label",
    "typeId",
    "category",
    "has_more",
    "external_id",
    "BusinessPartnerCategory",
    "IsMarkedForDeletion",
    "draft",
    "user_segment_id",
    "status",
    "role",
    "object",
];

#[tokio::test(flavor = "multi_thread")]
async fn values_of_other_types_cost_their_fields_and_are_told_to_nobody() {
    for system in ["hubspot", "sap", "stripe", "zendesk"] {
        let bend = Arc::new(|_: &str, body: &mut Value| of_another_type("", body));
        let world = World::start(Difference::uncached().bent(system, bend)).await;
        let odd = world.ask(DASHBOARD).await;
        assert_eq!(odd.status, 200, "{system}");
        assert!(!odd.errors.is_empty(), "{system} has no field that minds");
        assert_eq!(odd.codes(), ["UPSTREAM_REJECTED"], "{system}: {:?}", odd.errors);
        for error in &odd.errors {
            assert_eq!(error["extensions"]["source"], source_of(system), "{error}");
            assert!(!error.to_string().contains("secret-of-theirs"), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_name_that_is_repeated_the_last_counts_for_evidence_too() {
    // An invoice that names its customer twice, first ours and then another's, is the other's.
    let twice = |path: &str, body: &str| {
        let body = body.replace("\"customer\":\"cus_", "\"customer\":\"cus_ours\",\"customer\":\"cus_foreign");
        path.starts_with("/v1/invoices").then(|| plain(body))
    };
    let world = World::start(Difference::uncached().rewritten("stripe", Arc::new(twice))).await;
    let reply = world.ask("{ viewer { account { invoices(first: 50) { nodes { provenance { source } } } } } }").await;
    let nodes = reply.data["viewer"]["account"]["invoices"]["nodes"].as_array().unwrap().clone();
    assert!(!nodes.is_empty() && nodes.iter().all(|node| node["provenance"]["source"] == "erp"), "{:?}", reply.errors);
}
