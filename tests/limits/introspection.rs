//! The schema about itself: what tools ask for is answered, and nothing that multiplies.

use serde_json::{Value, json};

use super::gateway::{ANA, Gateway};

/// What GraphiQL, code generators and clients ask.
const USUAL: &str = "query IntrospectionQuery { __schema { description queryType { name } mutationType { name }
    subscriptionType { name } types { ...FullType }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
  fragment FullType on __Type { kind name description specifiedByURL
    fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef }
      isDeprecated deprecationReason }
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
  fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

/// How many values an answer has: objects, and members that are no object or list.
fn values(answer: &Value) -> u64 {
    match answer {
        Value::Object(members) => members.values().map(|member| 1 + values(member)).sum(),
        Value::Array(items) => items.iter().map(|item| 1 + values(item)).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn what_tools_ask_is_answered_with_room() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let answer = gateway.cost(ANA, USUAL).await;
    assert_eq!(answer.body["errors"], Value::Null, "{}", answer.body["errors"]);
    let counted = &answer.body["extensions"]["cost"]["limits"]["introspection"];
    let (actual, allowed) = (counted["actual"].as_u64().unwrap(), counted["allowed"].as_u64().unwrap());
    assert!(actual * 2 < allowed, "{counted}");
    let real = values(&answer.body["data"]);
    assert!(real <= actual && actual < real * 2, "{actual} counted beforehand, {real} there");
}

#[tokio::test]
async fn a_schema_that_is_asked_for_again_and_again_is_refused_before_it_is_written() {
    let gateway = Gateway::open().await.signed_in(&[ANA]).await;
    let fields =
        "fields { name args { name type { name } } type { kind name ofType { kind name ofType { kind name } } } }";
    let types =
        format!("types {{ fields {{ name type {{ {fields} ofType {{ {fields} ofType {{ {fields} }} }} }} }} }}");
    let schemas: String = (0..30).map(|at| format!("s{at}: __schema {{ {types} }} ")).collect();
    let answer = gateway.ask(ANA, &format!("{{ {schemas} }}"), json!({})).await;
    assert_eq!(
        (answer.code(), answer.limit(), answer.calls),
        ("QUERY_TOO_COSTLY", "introspection", 0),
        "{}",
        answer.body
    );
    let one = gateway
        .ask(ANA, "query($t: String!) { __type(name: $t) { name fields { name } } }", json!({ "t": "Account" }))
        .await;
    assert_eq!(one.body["data"]["__type"]["name"], "Account");
}
