//! Plans: a GraphQL operation as a tree of batched reads and the selection written from them. Pure: nothing is read here.
//!
//! The tree has *places*, where records of the graph appear in the answer. A place hangs on its keys, not on the record
//! above it: the lists of an account need the account's links, which are known since sign-in, so they begin at once.

mod arguments;
mod build;
mod collect;
mod derive;
mod explain;
#[cfg(test)]
pub(crate) mod fixture;
mod input;
mod kind;
mod prepare;
mod records;
#[cfg(test)]
mod tests;
mod tree;
mod uploads;
mod values;

pub use arguments::{ListArguments, MOST, resolve};
pub use derive::{Derived, Pushed, PushedTest, derivable};
pub use explain::{Assumed, Calls, Explained, ListShape, Stage, StageCall, explain};
pub use input::{Input, Template};
pub use kind::operation_kind;
pub use prepare::{GraphqlError, Planner, Prepared, request_error};
pub use tree::{
    Child, EntityPlan, Fallback, Form, GatewayField, Hangs, ListPlan, Output, Outputs, PageField, Place, Plan, Slot,
    What,
};
pub use uploads::{UPLOAD, check as check_uploads};
