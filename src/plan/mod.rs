//! Plans: a GraphQL operation as a tree of batched reads and the selection written from them. Pure: nothing is read here.
//!
//! The tree has *places*, where records of the graph appear in the answer. A place hangs on its keys, not on the record
//! above it: the lists of an account need the account's links, which are known since sign-in, so they begin at once.

mod arguments;
mod build;
mod check;
mod collect;
mod constrained;
mod cost;
mod explain;
mod figures;
#[cfg(test)]
pub(crate) mod fixture;
mod input;
#[cfg(test)]
mod inputs_tests;
mod introspect;
mod kind;
mod known;
pub mod limits;
mod measure;
#[cfg(test)]
mod measure_tests;
mod merged;
mod mutation;
mod prepare;
mod records;
mod scalar;
mod search;
mod subscription;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;
mod uploads;
mod values;
mod variables;

pub use arguments::{Bound, Given, ListArguments, MOST, resolve};
pub use constrained::{Constrained, within_bounds};
pub use cost::{Assumed, explain};
pub use explain::{Calls, Explained, ListShape, Stage, StageCall};
pub use figures::{FIGURE_PAGES, FIGURE_ROWS};
pub use input::{Input, Template};
pub use introspect::{introspect, introspected};
pub use kind::operation_kind;
pub use known::{Costs, explained};
pub use measure::Measures;
pub use mutation::{MutationPlan, PayloadField};
pub use prepare::{GraphqlError, Planner, Prepared, request_error};
pub use subscription::{PUSHED_RECORD, Subscription, pushed, shapes_nothing};
pub use tree::{
    Child, EntityPlan, Fallback, FigurePlan, FileField, FileLink, Form, GatewayField, Hangs, Hop, ItemField, ListPlan,
    MergePlan, MergedSide, Output, Outputs, PageField, Place, Plan, Slot, Taken, What,
};
pub use uploads::{UPLOAD, check as check_uploads};
