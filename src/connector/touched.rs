//! What a change of a record touches besides, whoever changed it: by the fields of the graph.

use crate::model::{EntityId, FieldId};

/// Something else that a change of a record touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The record that this reference field leads to.
    Reference(FieldId, EntityId),
    /// A list of the record itself: whose records name it by that field.
    Own(EntityId, FieldId),
    /// The lists of this entity by that reference: after a write the account's, after an event everybody's.
    Lists(EntityId, FieldId),
    /// The account itself.
    Account,
    /// Everything of this entity.
    Entity(EntityId),
}
