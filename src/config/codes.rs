//! The codes of what can be wrong inside a configuration: one constant each, one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// Not YAML, or not of this shape.
    C001;
    /// A version of the format that is not known.
    C002;
    /// A tenant's name with other characters than letters, digits and hyphens.
    C003;
    /// A time zone that does not exist.
    C004;
    /// There is no source.
    C010;
    /// A source's name is too long, or has other characters than letters, digits and hyphens.
    C011;
    /// The authority is a source that is not configured.
    C012;
    /// An entity has neither `owner` nor `owners`, or both.
    C013;
    /// There is no issuer.
    C020;
    /// An issuer stands there twice.
    C021;
    /// An issuer's address is not https.
    C022;
    /// A label gives a role that is not defined.
    C030;
    /// No label gives access.
    C031;
    /// A lifetime that would let a right which was taken away last too long.
    C035;
    /// An origin that no browser would send: with a wildcard, a path, or a slash at its end.
    C036;
    /// A limit outside the range that the gateway can keep.
    C037;
    /// The public address is no http address, or has a query.
    C038;
    /// An app's webhooks are for a source that is not configured.
    C039;
    /// An outgoing webhook's address is not https, or one that carries credentials.
    C060;
    /// Two outgoing webhooks, or two notifications, have one name.
    C061;
    /// An outgoing webhook has nothing to sign with.
    C062;
    /// Notifications stand there, and nothing says how mail is sent.
    C063;
    /// A store is waited for too long or not at all, or its names begin with something that they cannot.
    C064;
}
