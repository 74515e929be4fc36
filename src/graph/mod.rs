//! The SDL: parsed, its conventions applied, resolved into entities and fields; pruned to what is provided.

mod resolved;

pub use resolved::{
    Builtin, Coverage, Entity, EntityCoverage, Field, FieldKind, Graph, ListCoverage, Scalar, Scope, Shape, Target,
    ValueType,
};
