//! The codes of what can be wrong with manifests: one constant each, one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// A value has the wrong form: a map, a list, a text or one of some words was expected.
    M001;
    /// A key that the format does not have.
    M002;
    /// Not plain YAML: it does not parse, is too large or too deep, or has an anchor, alias, tag, merge or repeated key.
    M003;
    /// A setting or secret is declared and never used (warning).
    M004;
    /// A slot of a pattern that is not known in this place.
    M005;
    /// A setting or secret that is needed has no value.
    M006;
    /// The source gives a setting or secret that the connector does not have.
    M007;
    /// The value of a setting, a duration, a number, a zone or a key's pattern is not of its type.
    M008;
    /// The source wants a way to sign in that the connector does not have.
    M009;
    /// An entity without a `key`.
    M010;
    /// An entity of a query protocol without a `set`.
    M011;
    /// An entity of a call protocol without a `get`.
    M012;
    /// A key of free text goes into an address, and nothing says what it may look like (warning).
    M013;
    /// An entity that does not say what proves whose its records are.
    M014;
    /// An entity that does not say which of its records may be seen.
    M015;
    /// A request that does not say how many keys it takes, or says otherwise than it does.
    M016;
    /// A read that needs more than three requests, one after the other.
    M017;
    /// Evidence that proves something else than the entity's scope asks for.
    M018;
    /// Something the format has a word for, and this version does not do.
    M019;
    /// A field that the type does not have, or that is not a manifest's to map.
    M020;
    /// A value object that is mapped as if it were one value.
    M021;
    /// A list of paths for a field that is no list.
    M022;
    /// A mapping without anything to take the value from.
    M023;
    /// A form of time that does not fit: a day out of an instant without a zone, an instant out of a day.
    M024;
    /// Money without a currency.
    M025;
    /// A currency's own digits that are no exception: of no currency, out of range, or what ISO 4217 has already.
    M026;
    /// A field that a write names cannot be written: it is made of several paths, of CEL, or of a condition.
    M027;
    /// An expression that does not parse.
    M030;
    /// A word that is not a value of the enum.
    M031;
    /// `map`, `cases` or `else` on a type that has no words.
    M032;
    /// An expression uses a name or function that is not known in this place.
    M033;
    /// An expression reads a row by a computed name, or whole: what it needs cannot be seen when loading.
    M034;
    /// A facet with no way to be read, or several.
    M040;
    /// A facet that needs itself, or one that stands after it.
    M041;
    /// A facet that nothing uses (warning).
    M042;
    /// A facet whose rows cannot be told apart: it has no `by`.
    M043;
    /// A list by a field that is no reference to another record.
    M050;
    /// A filter on a field with fallbacks or CEL: what is pushed would be narrower than the field.
    M051;
    /// A filter or order by a field that is not mapped or has no name in the system: it is not served (warning).
    M052;
    /// A list out of another set that does not say by what, or which keys; or a search that does not say in what.
    M053;
    /// A language of text without `quote` and `escape`.
    M055;
    /// A language is named, and what it writes is not placed in the request.
    M056;
    /// A page that lacks what its style needs, or a list without one.
    M057;
    /// A request falls under a quota that the connector does not have.
    M058;
    /// A read is written in a language that the connector does not have.
    M059;
    /// `caller.account` where the answer is not for the account in use: it would be shown to others of the caller's accounts.
    M060;
    /// Webhooks that nothing proves, or that are said to be proved in two ways.
    M061;
    /// A signature that leaves out the body: nothing of it is believed but the key (warning).
    M062;
    /// An event changes an entity that the connector does not have.
    M063;
    /// A poll whose request does not ask for what changed since a time.
    M064;
    /// A write that does not say how one effect is made sure of.
    M070;
    /// A write is stamped with our reference, or is unique by a value, and nothing can find it by that.
    M071;
    /// A write that makes a record does not say whose it is: the caller's account goes nowhere.
    M072;
    /// A write takes a field of the input that is neither mapped nor used by its requests.
    M073;
    /// A write is confirmed, or its version compared, by a read that may be behind: a search.
    M074;
    /// An address whose host is neither the base's nor in `hosts`.
    M080;
    /// A store of objects that lacks its bucket or its folder, or a folder that is not the operator's own word.
    M081;
    /// The overlay changes what the connector does not have.
    M090;
    /// A link to a source that the tenant does not have.
    M091;
    /// `links` in a connector: they are the tenant's to say, in the overlay.
    M092;
}
