//! What is sent and written as input: what fits, and how what does not is told.

use apollo_compiler::parser::Parser;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::json;

use super::{check, variables};

const SCHEMA: &str = r#"
  directive @oneOf on INPUT_OBJECT
  scalar Date
  scalar Decimal
  enum Colour { RED GREEN }
  input Pick @oneOf { number: Int, text: String, pick: Pick }
  input Line { quantity: Decimal!, colour: Colour = RED, on: Date }
  input Order { lines: [Line!]!, pick: Pick }
  type Query { order(order: Order, pick: Pick, picks: [[Pick!]]): String, id(id: ID): String }
"#;

fn messages(errors: &[super::GraphqlError]) -> Vec<String> {
    errors.iter().map(|error| error.error.message().to_owned()).collect()
}

fn document(schema: &Schema, text: &str) -> Result<ExecutableDocument, Vec<String>> {
    let schema = Valid::assume_valid_ref(schema);
    let document = Parser::new().parse_ast(text, "request.graphql").unwrap().to_executable_validate(schema).unwrap();
    check::values(schema, &document).map_err(|errors| messages(&errors))?;
    Ok(document.into_inner())
}

fn checked(text: &str) -> Vec<String> {
    let schema = Schema::parse(SCHEMA, "schema.graphql").unwrap();
    document(&schema, text).err().unwrap_or_default()
}

/// The variables of a request as they go on; or what is wrong with them.
fn coerced(text: &str, given: &serde_json::Value) -> Result<serde_json::Value, Vec<String>> {
    let schema = Schema::parse(SCHEMA, "schema.graphql").unwrap();
    let document = document(&schema, text)?;
    let operation = document.operations.get(None).unwrap();
    let coerced = variables::coerce(&schema, (operation, &document.sources), given.as_object().unwrap());
    let coerced = coerced.map_err(|errors| messages(&errors))?;
    Ok(serde_json::to_value(coerced).unwrap())
}

#[test]
fn everything_that_is_wrong_with_the_variables_is_told_with_its_path() {
    let given = json!({ "order": { "lines": [{ "quantity": 1.5, "colour": "BLUE" }, { "on": "2026-02-30" }, null], "more": 1 } });
    assert_eq!(
        coerced("query ($order: Order!, $id: ID!) { order(order: $order) id(id: $id) }", &given).unwrap_err(),
        [
            "`$order` has a field `more`, which `Order` has not.",
            "`$order.lines[0].quantity` is not a decimal number as a string, such as \"1234.50\": `Decimal!`.",
            "`$order.lines[0].colour` is no value of `Colour`.",
            "`$order.lines[1].quantity` is required: `Decimal!`.",
            "`$order.lines[1].on` is not a day, such as \"2026-03-01\": `Date`.",
            "`$order.lines[2]` may not be null: `Line!`.",
            "`$id` is required: `ID!`.",
        ]
    );
}

#[test]
fn lists_of_one_defaults_and_ids_are_made_what_their_types_say() {
    let query = "query ($order: Order, $id: ID) { order(order: $order) id(id: $id) }";
    let given = json!({ "order": { "lines": { "quantity": "1" } }, "id": 7 });
    assert_eq!(
        coerced(query, &given).unwrap(),
        json!({ "order": { "lines": [{ "quantity": "1", "colour": "RED" }] }, "id": "7" })
    );
}

#[test]
fn of_a_one_of_object_exactly_one_field_is_given_and_not_null() {
    let query = "query ($pick: Pick) { order(pick: $pick) }";
    let wrong = ["`$pick` has to have exactly one field of `Pick`, and that not null."];
    for given in [json!({}), json!({ "number": 1, "text": "a" }), json!({ "number": null })] {
        assert_eq!(coerced(query, &json!({ "pick": given })).unwrap_err(), wrong);
    }
    assert!(coerced(query, &json!({ "pick": { "pick": { "number": 1 } } })).is_ok());
    assert_eq!(checked("{ order(pick: {}) }"), ["Exactly one field of `Pick` has to be given."]);
    assert_eq!(
        checked("{ order(picks: { number: 1, text: \"a\" }) }"),
        ["Exactly one field of `Pick` has to be given."]
    );
    assert_eq!(
        checked("{ order(picks: [[{ pick: { text: null } }]]) }"),
        ["null cannot stand where `String!` is expected."]
    );
}

#[test]
fn a_nullable_variable_is_the_one_field_of_an_object_only_with_a_default() {
    let refused = ["`$n` is `Int`, and cannot stand where `Int!` is expected."];
    assert_eq!(checked("query ($n: Int) { order(picks: [[{ number: $n }]]) }"), refused);
    assert_eq!(checked("query ($n: Int = null) { order(pick: { number: $n }) }"), refused);
    assert!(checked("query ($n: Int = 1) { order(pick: { number: $n }) }").is_empty());
    assert!(checked("query ($n: Int!) { order(pick: { number: $n }) }").is_empty());
}

#[test]
fn a_scalar_of_the_graph_is_checked_as_it_is_written() {
    assert_eq!(
        checked("{ order(order: { lines: [{ quantity: \"1,5\", on: 7 }] }) }"),
        [
            "`\"1,5\"` is not a decimal number as a string, such as \"1234.50\".",
            "`7` is not a day, such as \"2026-03-01\".",
        ]
    );
}
