//! Limits: what a request comes to against what is allowed, and how a refusal says so.

use super::explain::Explained;
use super::measure::Measures;
use super::prepare::GraphqlError;
use crate::config::LimitsConfig;
use crate::error::{Code, Counted, Error};

/// What a document comes to by its form.
#[must_use]
pub fn of_document(limits: &LimitsConfig, measures: &Measures) -> Vec<Counted> {
    let counted = |limit, allowed, actual| Counted { limit, allowed, actual };
    vec![
        counted("documentBytes", limits.document_bytes, measures.document_bytes),
        counted("tokens", limits.tokens, measures.tokens),
        counted("operations", limits.operations, measures.operations),
        counted("fragments", limits.fragments, measures.fragments),
        counted("depth", limits.depth, measures.depth),
        counted("fields", limits.fields, measures.fields),
        counted("aliases", limits.aliases, measures.aliases),
        counted("directives", limits.directives, measures.directives),
    ]
}

/// What a plan comes to.
#[must_use]
pub fn of_plan(limits: &LimitsConfig, explained: &Explained) -> Vec<Counted> {
    vec![
        Counted { limit: "pageSize", allowed: limits.page_size, actual: explained.page },
        Counted { limit: "cost", allowed: limits.cost, actual: explained.cost },
    ]
}

/// The refusal of a request for everything that it is over; nothing where it keeps to the limits.
///
/// # Errors
/// One for each limit that it is over: [`Code::QueryTooCostly`].
pub fn keep(counted: &[Counted]) -> Result<(), Vec<GraphqlError>> {
    let over: Vec<GraphqlError> = counted.iter().filter(|one| one.is_over()).map(|one| refused(*one).into()).collect();
    if over.is_empty() { Ok(()) } else { Err(over) }
}

/// Says which limit and by how much.
#[must_use]
pub fn refused(counted: Counted) -> Error {
    let Counted { limit, allowed, actual } = counted;
    let message = match limit {
        "documentBytes" => format!("The document is {actual} bytes long; {allowed} are allowed."),
        "tokens" => format!("The document has {actual} tokens; {allowed} are allowed."),
        "operations" => format!("The document has {actual} operations; {allowed} are allowed."),
        "fragments" => format!("The document defines {actual} fragments; {allowed} are allowed."),
        "depth" => format!("The query is {actual} levels deep; {allowed} are allowed."),
        "nesting" => format!("Fields and fragments stand {actual} deep in one another; {allowed} are allowed."),
        "fields" => {
            format!("The query selects {actual} fields; {allowed} are allowed. Fragments count at every spread.")
        }
        "selections" => {
            format!("The selections come to more than {allowed} fields for the kinds of records they name.")
        }
        "aliases" => format!("The query has {actual} aliases; {allowed} are allowed."),
        "directives" => format!("The document has {actual} directives; {allowed} are allowed."),
        "pageSize" => {
            format!("A list is asked for {actual} records at once; {allowed} are allowed. Go on with `after`.")
        }
        "cost" => format!("The query may cost {actual}; {allowed} is allowed. Ask for shorter lists inside of lists."),
        "liveReads" => format!("The query makes {actual} reads past the cache; {allowed} a minute are allowed."),
        "introspection" => format!("The schema is asked for {actual} values or more; {allowed} are allowed."),
        "answerBytes" => format!("The answer is longer than {allowed} bytes. Ask for less at once."),
        "errors" => format!("{} more errors are left out.", actual.saturating_sub(allowed)),
        _ => Code::QueryTooCostly.public_message().to_owned(),
    };
    Error::public(Code::QueryTooCostly, message).over(counted)
}
