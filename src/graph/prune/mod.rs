//! V1: what no source provides is not served, nor what leads to it. What is served works.
//!
//! A value type is served with every field that one of the fields which hold it maps; where another holder does not map
//! it, it is null there. A holder that does not map a required field of its value is not served (N1).

mod absent;
mod figures;
mod gateway;
mod kept;
mod lists;
mod merged;
mod provided;
mod rewrite;
mod roots;
mod search;
mod writes;
#[cfg(test)]
mod writes_tests;

#[cfg(test)]
mod tests;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

pub use gateway::GATEWAY_FIELDS;

use self::kept::Kept;
use super::Loaded;
use super::resolved::{Coverage, LeftOut};
use super::sdl::Sdl;
use crate::config::Unprovided;
use crate::error::{Code, Error};

/// The schema that a tenant's clients see.
#[derive(Clone, Debug)]
pub struct Served {
    /// Without what is not provided, and without the directives that are for the gateway alone.
    pub schema: Valid<Schema>,
    /// What is not served of the graph (`Account.projects`, `OrderFilter.open`, `Project`) and why, by coordinate. The
    /// reasons are for operators. What is inside a type that is not served at all is not in it.
    pub unserved: Vec<(String, String)>,
    /// What is served and always null, with `unprovided: "null"`, and why.
    pub absent: Vec<(String, String)>,
    /// Lists that are not in a merged field which is served.
    pub left_out: Vec<LeftOut>,
}

/// Leaves out of the graph what the tenant's sources, or the gateway, do not provide.
///
/// With [`Unprovided::Null`] the fields that lead to an entity which no source provides stay, and so does the entity, whole.
///
/// # Errors
/// What is left is not a valid schema: a fault of this module, with its findings as the detail.
pub fn prune(loaded: &Loaded, coverage: &Coverage, unprovided: Unprovided) -> Result<Served, Error> {
    let sdl = Sdl { schema: &loaded.schema };
    let mut kept = Kept::default();
    let lists = provided::decide(sdl, (&loaded.graph, coverage), &mut kept);
    lists::pages(sdl, &lists, &mut kept);
    lists::arguments((sdl, &loaded.graph), &lists, &mut kept);
    if unprovided == Unprovided::Null {
        absent::keep(sdl, (&loaded.graph, coverage), &mut kept);
    }
    provided::interfaces(sdl, &mut kept);
    provided::references(sdl, &mut kept);
    let schema = rewrite::rewrite(&loaded.schema, &kept).validate().map_err(|failed| {
        Error::new(Code::Internal, format!("the schema to be served is not valid:\n{}", failed.errors))
    })?;
    let absent = kept.absent();
    let left_out = std::mem::take(&mut kept.left_out);
    let unserved = kept.into_reasons(&schema);
    Ok(Served { schema, unserved, absent, left_out })
}

/// The served schema as text: one definition for each type, in the order of the files, with every description.
#[must_use]
pub fn print(served: &Served) -> String {
    served.schema.to_string()
}
