//! The scenarios of `scenarios.yaml`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::gateway::{ANA, Gateway};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    what: String,
    query: String,
    here: Option<Here>,
    #[serde(default)]
    more: String,
    variables: Option<String>,
    answer: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Here {
    times: usize,
    #[serde(default)]
    text: String,
    #[serde(default)]
    open: String,
    #[serde(default)]
    inside: String,
    #[serde(default)]
    close: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    limit: Option<String>,
    actual: Option<u64>,
}

impl Here {
    fn text(&self) -> String {
        if self.text.is_empty() {
            return format!("{}{}{}", self.open.repeat(self.times), self.inside, self.close.repeat(self.times));
        }
        let one = |n: usize| self.text.replace("$n", &n.to_string()).replace("$m", &(n + 1).to_string());
        (0..self.times).map(one).collect()
    }
}

impl Scenario {
    fn body(&self) -> String {
        let here = self.here.as_ref().map(Here::text).unwrap_or_default();
        let query = json!(format!("{} {}", self.query.replace("$here", &here), self.more));
        match &self.variables {
            None => format!("{{\"query\":{query}}}"),
            Some(variables) => format!("{{\"query\":{query},\"variables\":{}}}", variables.replace("$here", &here)),
        }
    }
}

fn scenarios() -> Vec<Scenario> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(include_str!("scenarios.yaml"), options).unwrap()
}

#[tokio::test]
async fn every_scenario_is_refused_as_it_says_and_does_no_harm() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let mut wrong = Vec::new();
    for scenario in scenarios() {
        let Scenario { what, answer: expected, .. } = &scenario;
        let answer = gateway.send(ANA, scenario.body(), &[]).await;
        let refused = answer.error()["extensions"].clone();
        let length = answer.body.to_string().len();
        let fits = refused["code"] == expected.code.as_str()
            && expected.limit.as_ref().is_none_or(|limit| refused["limit"] == limit.as_str())
            && expected.actual.is_none_or(|actual| refused["actual"] == actual)
            && (expected.limit.is_none() || refused["allowed"].is_u64());
        if !fits || answer.calls > 0 || length > 20_000 {
            let shown: String = answer.body.to_string().chars().take(600).collect();
            wrong.push(format!("{what}: {} calls, {length} bytes: {shown}", answer.calls));
        }
        let after = gateway.ask(ANA, "{ viewer { name } }", json!({})).await;
        assert_eq!(after.body, json!({ "data": { "viewer": { "name": "Ana Lund" } } }), "after {what}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn everything_that_is_over_is_told_at_once() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let deep = format!("{}name{}", "parent { ".repeat(28), " }".repeat(28));
    let wide: String = (0..150).map(|at| format!("a{at}: name ")).collect();
    let answer = gateway.ask(ANA, &format!("{{ viewer {{ account {{ {deep} {wide} }} }} }}"), json!({})).await;
    let told: Vec<&Value> = answer.body["errors"].as_array().unwrap().iter().map(|error| &error["message"]).collect();
    assert_eq!(told, ["The query is 31 levels deep; 20 are allowed.", "The query has 150 aliases; 100 are allowed."]);
    assert_eq!(
        answer.error()["extensions"],
        json!({
            "code": "QUERY_TOO_COSTLY", "limit": "depth", "allowed": 20, "actual": 31,
        })
    );
    assert!(answer.body.get("data").is_none(), "nothing was run");
}
