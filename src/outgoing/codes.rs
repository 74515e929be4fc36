//! The codes of what can be wrong with what is sent out: one constant each, one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// Something is to be told of an entity that the graph does not have.
    C070;
    /// A notification's query cannot be read, is not valid, or does not ask for the record by its id as `record`.
    C071;
    /// A template is not there, does not parse, or uses what the query does not ask for.
    C072;
    /// A notification's condition does not parse, or uses what the query does not ask for; or its recipients are nobody.
    C073;
    /// The address that mail comes from is none.
    C074;
    /// A notification's query asks for a link to a file, which opens for a few minutes only, and for whoever is signed in.
    C075;
}
