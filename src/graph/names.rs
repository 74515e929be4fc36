//! How names are derived from one another: enum values from fields, record types from entities.

/// `issuedOn` as an enum value: `ISSUED_ON`; also `BillingSubscription` → `BILLING_SUBSCRIPTION`.
pub(super) fn screaming(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

/// The value of `RecordType` for an entity: `BillingSubscription` is `BILLING_SUBSCRIPTION`.
#[must_use]
pub fn record_type(entity: &str) -> String {
    screaming(entity)
}

/// `ISSUED_ON` as a field: `issuedOn`.
pub(super) fn camel(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut upper = false;
    for c in value.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// `Status` as the beginning of a field: `status`.
pub(super) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

/// `order` as the name of a type: `Order`.
pub(super) fn upper_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}
