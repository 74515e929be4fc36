//! Which mutations a step plays: they are sent, said to be done without a fault, and something of what they made is expected.

use std::collections::BTreeSet;

use apollo_compiler::ast::{Definition, Document, OperationType, Selection};
use serde_json::{Value, json};

/// The mutations of a document that `expected` says of, by JSON pointers into the answer and the values there, that they have no
/// `userErrors`, and something else that is not null.
pub fn of<'e>(document: &str, expected: impl Iterator<Item = (&'e str, Value)> + Clone) -> BTreeSet<String> {
    let is_played = |key: &str| {
        let under = format!("/data/{key}/");
        let below = expected.clone().filter_map(|(pointer, value)| Some((pointer.strip_prefix(&under)?, value)));
        let is_fine = below.clone().any(|(pointer, value)| pointer == "userErrors" && value == json!([]));
        is_fine && below.clone().any(|(pointer, value)| !pointer.starts_with("userErrors") && !value.is_null())
    };
    sent(document).into_iter().filter(|(key, _)| is_played(key)).map(|(_, name)| name).collect()
}

/// The mutations of a document: under which name they are answered, and which they are. What is no document sends none.
fn sent(document: &str) -> Vec<(String, String)> {
    let Ok(document) = Document::parse(document, "step.graphql") else { return Vec::new() };
    let operations = document.definitions.iter().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) if operation.operation_type == OperationType::Mutation => {
            Some(operation)
        }
        _ => None,
    });
    let fields = operations.flat_map(|operation| &operation.selection_set).filter_map(|selection| match selection {
        Selection::Field(field) => Some((field.response_name().to_string(), field.name.to_string())),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    });
    fields.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSE: &str = "mutation { done: closeTicket(input: { id: 1 }) { ticket { status } userErrors { code } } }";

    fn plays(document: &str, expected: &[(&'static str, Value)]) -> Vec<String> {
        of(document, expected.iter().cloned()).into_iter().collect()
    }

    #[test]
    fn what_is_sent_and_expected_to_be_done_is_played() {
        let expected = [("/data/done/userErrors", json!([])), ("/data/done/ticket/status", json!("SOLVED"))];
        assert_eq!(plays(CLOSE, &expected), ["closeTicket"]);
    }

    #[test]
    fn a_name_that_is_only_read_somewhere_is_not_played() {
        let expected = [("/data/done/userErrors", json!([])), ("/data/done/ticket/status", json!("SOLVED"))];
        for document in
            ["{ done: closeTicket { ticket { status } } }", "# closeTicket\n{ viewer { name } }", "mutation { closeT"]
        {
            assert_eq!(plays(document, &expected), [""; 0], "{document}");
        }
    }

    #[test]
    fn what_is_refused_or_not_looked_at_is_not_played() {
        let fine = ("/data/done/userErrors", json!([]));
        for expected in [
            vec![],
            vec![fine.clone()],
            vec![fine.clone(), ("/data/done/ticket", Value::Null)],
            vec![fine.clone(), ("/data/closeTicket/ticket/status", json!("SOLVED"))],
            vec![("/data/done/ticket/status", json!("OPEN"))],
            vec![("/data/done/userErrors/0/code", json!("LOCKED")), ("/data/done/ticket/status", json!("OPEN"))],
        ] {
            assert_eq!(plays(CLOSE, &expected), [""; 0], "{expected:?}");
        }
    }
}
