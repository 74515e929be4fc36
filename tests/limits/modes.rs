//! Refusing and measuring, what an answer says of its cost, and limits of the answer itself.

use serde_json::{Value, json};

use super::gateway::{ANA, Gateway, JONAS};

const ORDERS: &str = "{ viewer { account { orders(first: 50) { nodes { id number statusLabel placedOn } } } } }";

#[tokio::test]
async fn what_is_over_a_limit_is_run_and_reported_where_it_is_only_measured() {
    let limits = "limits:\n  mode: measure\n  depth: 4\n  cost: 10\n  pageSize: 20\n  live: { perMinute: 1 }\n";
    let gateway = Gateway::with(limits).await.signed_in(&[ANA]).await;
    let answer = gateway.ask(ANA, ORDERS, json!({})).await;
    assert_eq!(answer.body["errors"], Value::Null, "{}", answer.body);
    assert!(answer.body["data"]["viewer"]["account"]["orders"]["nodes"].as_array().unwrap().len() > 1);
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!((&cost["mode"], &cost["over"]), (&json!("measure"), &json!(["depth", "pageSize", "cost"])));
    assert_eq!(cost["limits"]["depth"], json!({ "actual": 5, "allowed": 4 }));
    for _ in 0..3 {
        let live = ORDERS.replace("first: 50", "first: 5").replace("{ viewer", "query @live { viewer");
        let answer = gateway.ask(ANA, &live, json!({})).await;
        assert_eq!(answer.body["errors"], Value::Null, "{}", answer.body);
    }
    let quiet = gateway.ask(ANA, "{ viewer { name } }", json!({})).await;
    assert_eq!(
        quiet.body,
        json!({ "data": { "viewer": { "name": "Ana Lund" } } }),
        "nothing is said where nothing is over"
    );
    // What the gateway itself cannot take is refused all the same.
    let deep = format!("{{ viewer {{ account {{ {}name{} }} }} }}", "parent { ".repeat(80), " }".repeat(80));
    let answer = gateway.ask(ANA, &deep, json!({})).await;
    assert_eq!((answer.code(), answer.limit()), ("QUERY_TOO_COSTLY", "depth"), "{}", answer.body);
    assert_eq!(answer.error()["extensions"]["allowed"], 60);
}

#[tokio::test]
async fn an_answer_says_what_it_cost_where_that_is_asked() {
    let gateway = Gateway::open().await.signed_in(&[JONAS]).await;
    let answer = gateway.cost(JONAS, "{ viewer { account { orders(first: 5) { nodes { id } } } } }").await;
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!((&cost["mode"], &cost["over"], &cost["liveReads"]), (&json!("enforce"), &json!([]), &json!(0)));
    // One call for the five newest orders: ten for the call, one for each row.
    assert_eq!((&cost["calls"], &cost["rows"]), (&json!(1), &json!(5)), "{cost}");
    assert_eq!(cost["limits"]["cost"], json!({ "actual": 15, "allowed": 15_000 }));
    assert_eq!(cost["limits"]["fields"]["actual"], 5);
    let quiet = gateway.ask(JONAS, "{ viewer { account { orders(first: 5) { nodes { id } } } } }", json!({})).await;
    assert_eq!(quiet.body["extensions"], Value::Null);
}

#[tokio::test]
async fn a_page_is_as_large_as_is_configured_and_no_larger() {
    let gateway = Gateway::with("limits: { pageSize: 10 }\n").await.signed_in(&[ANA]).await;
    let query = "query($first: Int) { viewer { account { orders(first: $first) { nodes { id } } } } }";
    let answer = gateway.ask(ANA, query, json!({ "first": 11 })).await;
    assert_eq!((answer.code(), answer.limit(), answer.calls), ("QUERY_TOO_COSTLY", "pageSize", 0), "{}", answer.body);
    assert_eq!(answer.error()["extensions"]["actual"], 11);
    assert_eq!(gateway.ask(ANA, query, json!({ "first": 10 })).await.body["errors"], Value::Null);
}

#[tokio::test]
async fn an_answer_that_grows_too_long_is_an_error_and_never_cut_off() {
    let gateway = Gateway::with("limits: { answerBytes: 1024 }\n").await.signed_in(&[ANA]).await;
    let query = format!("{{ viewer {{ {} }} }}", (0..90).map(|at| format!("a{at}: email ")).collect::<String>());
    let answer = gateway.ask(ANA, &query, json!({})).await;
    assert_eq!((answer.code(), answer.limit()), ("QUERY_TOO_COSTLY", "answerBytes"), "{}", answer.body);
    assert_eq!(answer.body["data"], Value::Null);
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 1);
    let small = gateway.ask(ANA, "{ viewer { name } }", json!({})).await;
    assert_eq!(small.body["data"]["viewer"]["name"], "Ana Lund");
}

#[tokio::test]
async fn errors_beyond_the_most_are_counted_and_left_out() {
    let gateway = Gateway::with("limits: { errors: 3 }\n").await.signed_in(&[ANA]).await;
    let wrong: String = (0..10).map(|at| format!("a{at}: node(id: \"wrong\") {{ id }} ")).collect();
    let answer = gateway.ask(ANA, &format!("{{ {wrong} viewer {{ name }} }}"), json!({})).await;
    let errors = answer.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 4, "{}", answer.body);
    assert_eq!(errors[3]["message"], "7 more errors are left out.");
    assert_eq!(
        errors[3]["extensions"],
        json!({ "code": "QUERY_TOO_COSTLY", "limit": "errors", "allowed": 3, "actual": 10 })
    );
    assert_eq!(answer.body["data"]["viewer"]["name"], "Ana Lund");
    assert!(answer.body["data"]["a9"].is_null());
}
