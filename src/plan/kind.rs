//! What kind of operation a document asks for, without a schema: for transports that may carry only some kinds.

use apollo_compiler::ast::{Definition, OperationDefinition, OperationType};
use apollo_compiler::parser::Parser;

use super::prepare::{NESTING, TOKENS};

/// The kind of the operation that would be run: the named one, or the only one. `None` where there is no such operation, or
/// the document cannot be read: it is then refused with a reason when it is run.
#[must_use]
pub fn operation_kind(document: &str, name: Option<&str>) -> Option<OperationType> {
    let mut parser = Parser::new().token_limit(TOKENS).recursion_limit(NESTING);
    let document = parser.parse_ast(document, "request.graphql").ok()?;
    let operations = document.definitions.iter().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(operation),
        _ => None,
    });
    let named = |operation: &OperationDefinition| operation.name.as_ref().map(apollo_compiler::Name::as_str) == name;
    let mut wanted = operations.filter(|operation| name.is_none() || named(operation));
    let only = wanted.next()?.operation_type;
    wanted.next().is_none().then_some(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_that_would_be_run_counts() {
        let two = "query A { a } mutation B { b } fragment F on X { y }";
        let cases = [
            ("{ a }", None, Some(OperationType::Query)),
            ("mutation { a }", None, Some(OperationType::Mutation)),
            ("subscription S { a }", Some("S"), Some(OperationType::Subscription)),
            (two, Some("A"), Some(OperationType::Query)),
            (two, Some("B"), Some(OperationType::Mutation)),
            (two, Some("C"), None),
            (two, None, None),
            ("# mutation { a }\nquery Mutation { mutation }", None, Some(OperationType::Query)),
            ("mutation {", None, None),
            ("", None, None),
        ];
        for (document, name, kind) in cases {
            assert_eq!(operation_kind(document, name), kind, "{document} {name:?}");
        }
    }
}
