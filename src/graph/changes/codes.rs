//! The codes of changes of the served graph against its lock: one constant each, one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// The lock cannot be read: it is no GraphQL schema.
    L001;
    /// A type is gone.
    L010;
    /// A type is of another kind: an enum where there was an object type, and the like.
    L011;
    /// A type is no member of a union any more.
    L012;
    /// A value of an enum is gone.
    L013;
    /// A type does not implement an interface any more.
    L014;
    /// A root (queries, mutations, subscriptions) is gone or another type.
    L015;
    /// A field is gone.
    L020;
    /// A field is of another type, or may be null where it could not.
    L021;
    /// A nullable field is null without an error where it was not: its `@semanticNonNull` is gone.
    L022;
    /// An argument is gone.
    L030;
    /// An argument is of another type, or may not be null where it could.
    L031;
    /// A field takes a new argument that is required.
    L032;
    /// A field of an input is gone.
    L040;
    /// A field of an input is of another type, or may not be null where it could.
    L041;
    /// An input has a new field that is required.
    L042;
    /// An input has become `@oneOf`: it takes one field only.
    L043;
    /// A directive that clients use is gone, or cannot be used where it could.
    L050;
    /// A default is another: queries that leave it out get another answer (warning).
    L060;
}
