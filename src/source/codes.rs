//! The codes of what can be wrong with who owns what: one constant each, one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// Several sources know an entity, and nothing says which owns it.
    C040;
    /// An entity that the graph does not have.
    C041;
    /// An entity's owner or contributor is a source that is not configured.
    C042;
    /// An entity's owner or contributor is a source that does not know the entity.
    C043;
    /// A source is named twice for an entity.
    C044;
    /// Accounts or people have several owners.
    C045;
}
