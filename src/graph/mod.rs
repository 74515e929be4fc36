//! The SDL: parsed, its conventions applied, resolved into entities and fields; pruned to what is provided.
//!
//! The conventions are those of the header of `schema.graphql`; R1, S3 and the like in comments are its rules.

pub mod changes;
pub mod codes;
mod constraint;
mod derive;
mod mutation;
mod names;
mod parse;
mod prune;
mod resolve;
mod resolved;
mod rules;
mod sdl;

#[cfg(test)]
mod tests;

use apollo_compiler::Schema;

pub use constraint::{Bounds, Constraint, Format, constraints, key as constraint_key};
pub use derive::{Derived, Pushed, PushedTest, closed, conditions};
pub use mutation::{Member, MemberKind, Mutation, mutations};
pub use names::record_type;
pub use prune::{GATEWAY_FIELDS, Served, print, prune};
pub use resolved::{
    Builtin, Coverage, Entity, EntityCoverage, Field, FieldKind, Figure, Function, Graph, LeftOut, ListCoverage, Merge,
    MergedCoverage, MergedList, Scalar, Scope, Shape, Target, ValueType, WorkedOut, WriteCoverage,
};

use crate::diagnostic::Report;

/// The whole graph of a tenant, before anything is left out of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Valid, and with every directive of ours.
    pub schema: Schema,
    /// The same in the gateway's terms.
    pub graph: Graph,
}

/// Reads the graph from files, each with its name and its text: ours first, then the extensions of the business.
///
/// All problems are found at once. There is no graph where one of them is an error.
#[must_use]
pub fn load(files: &[(String, String)]) -> (Option<Loaded>, Report) {
    let mut report = Report::default();
    let Some(schema) = parse::parse(files, &mut report) else { return (None, report) };
    let schema = match schema.validate() {
        Ok(valid) => valid.into_inner(),
        Err(failed) => {
            parse::invalid(&failed.errors, &mut report);
            failed.partial
        }
    };
    let sdl = sdl::Sdl { schema: &schema };
    let graph = resolve::resolve(sdl, &mut report);
    rules::check(sdl, &graph, &mut report);
    if report.has_errors() {
        return (None, report);
    }
    (Some(Loaded { schema, graph }), report)
}
