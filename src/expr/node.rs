//! The checked form of an expression: only what this module knows can be in it.

use std::sync::Arc;

use super::functions::Function;
use crate::model::Wire;

/// A checked expression, and where it stands in the text (from 1).
#[derive(Debug)]
pub(super) struct Node {
    pub at: u32,
    pub kind: Kind,
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum Kind {
    Literal(Wire),
    /// One of the names the expression may use.
    Name(Arc<str>),
    /// The variable of a macro, by how many macros stand outside of it.
    Local(usize),
    Member(Box<Node>, Arc<str>),
    At(Box<Node>, usize),
    /// `has(a.b)`.
    Has(Box<Node>, Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negative(Box<Node>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    If(Box<[Node; 3]>),
    Operator(Operator, Box<[Node; 2]>),
    Each(Box<Each>),
    Call(Function, Vec<Node>),
    Matches(Box<Node>, regex::Regex),
}

/// Operators of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
}

/// A macro over the elements of a list.
#[derive(Debug)]
pub(super) struct Each {
    pub what: Macro,
    pub range: Node,
    /// The condition; in `map` with three arguments, which elements count.
    pub test: Option<Node>,
    /// What `map` makes of an element.
    pub body: Option<Node>,
}

/// The macros over lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Macro {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl Macro {
    /// The macro of that name with so many arguments.
    pub fn find(name: &str, arguments: usize) -> Option<Self> {
        match (name, arguments) {
            ("all", 2) => Some(Self::All),
            ("exists", 2) => Some(Self::Exists),
            ("exists_one" | "existsOne", 2) => Some(Self::ExistsOne),
            ("map", 2 | 3) => Some(Self::Map),
            ("filter", 2) => Some(Self::Filter),
            _ => None,
        }
    }
}
