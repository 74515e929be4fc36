//! The codes of what can go wrong when a tenant is put together: one constant each, one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// A folder or file cannot be read.
    C050;
    /// A setting has no value.
    C051;
    /// There is no such connector.
    C052;
    /// What is left of the graph is not valid: a fault of the gateway.
    C053;
    /// A folder that the configuration names is not there (warning).
    C054;
    /// A source is to be asked what changed, and its connector cannot ask for that.
    C055;
}
