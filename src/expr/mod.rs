//! CEL, the one expression language: compiled once, bounded in size, nesting, steps and output; a failure denies.
//!
//! The `cel` crate reads the text. What it reads is checked against a closed list of names and functions and kept as a
//! tree of our own, which is evaluated here and not by the crate, for three reasons: its evaluation has no bound on steps
//! and memory, it makes copies of whole rows, and its numbers are floats. The language differs from plain CEL where
//! systems' data need it:
//!
//! - A member that is not there is null. **Null in is null out**: operators and functions over null give null, `map` and
//!   `filter` of null are null. `has(x.y)`, `== null` and `!= null` are how an expression looks for it.
//! - Ordering (`<`, `<=`, `>`, `>=`) with null is false; null equals null only; a null condition counts as false.
//! - Numbers are exact, with fractions or without: `+ - *` work on both alike, `/` and `%` on whole numbers. A number and a
//!   text are equal when they are written the same, and are ordered by value when the text is a number.
//! - A member of a list is that of its first element, as in paths: a facet that is read apart is a list of its rows.
//! - `&&` and `||` look at the right side only where the left one leaves it open, and never swallow an error.
//! - `row[x]` takes a literal only, so that everything an expression reads can be seen beforehand.

mod compile;
pub mod decimal;
mod evaluate;
mod functions;
mod moment;
mod node;
mod value;
mod words;

use std::sync::Arc;

pub use words::words;

use crate::model::Wire;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Program {
    text: Arc<str>,
    paths: Arc<[Vec<Arc<str>>]>,
    root: Arc<node::Node>,
}

/// Why an expression was refused or failed. Values never stand in it: it goes to logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// What is wrong.
    pub message: String,
    /// Where in the expression, from 1; 0 where that is not known.
    pub column: u32,
}

/// The values of an evaluation, by name.
pub type Names<'a> = &'a [(&'a str, &'a Wire)];

impl Program {
    /// Compiles an expression that may use `names` and the functions of this module.
    ///
    /// # Errors
    /// It does not parse, is too large (4 KiB, 32 levels, 500 nodes, three macros inside each other), or uses a name or
    /// function that is not known.
    pub fn compile(text: &str, names: &[&str]) -> Result<Self, ExprError> {
        let compiled = compile::compile(text, names)?;
        Ok(Self { text: Arc::from(text), paths: Arc::from(compiled.paths), root: Arc::new(compiled.root) })
    }

    /// The member paths the expression reads, each from a name: `row.a.b` is `["row", "a", "b"]`, a use of the whole
    /// row is `["row"]`. A path ends where a list is indexed or gone through: `row.items.map(i, i.price)` reads
    /// `["row", "items"]`. Sorted, none twice.
    #[must_use]
    pub fn paths(&self) -> &[Vec<Arc<str>>] {
        &self.paths
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates it; a name that is missing is null, and null in is null out unless the expression guards it.
    ///
    /// # Errors
    /// A type does not fit, or a bound was reached: a list of 10,000 elements, a million steps, 4 MiB of values made on
    /// the way, 1 MiB of text in the result.
    pub fn evaluate(&self, names: Names<'_>) -> Result<Wire, ExprError> {
        evaluate::evaluate(&self.root, names)
    }
}

#[cfg(test)]
mod tests;
