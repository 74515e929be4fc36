//! The codes of the graph's diagnostics: one page of the docs and one failing fixture each.

use crate::diagnostic::codes;

codes! {
    /// A file is not GraphQL: it cannot be read past this place.
    SYNTAX = G001;
    /// The files do not make a valid GraphQL schema: a type that does not exist, an interface not fulfilled, and the like.
    VALIDATION = G002;
    /// An extension defines again, or changes, what is already defined (V2).
    REDEFINED = G003;
    /// An extension adds what is already there, and agrees with it; it can be left out (V2). A warning.
    ADDED_TWICE = G004;
    /// A type that the gateway itself needs is missing.
    MISSING_TYPE = G005;
    /// A type marked `@entity` does not implement `Node` and `Record` (R1).
    NOT_A_RECORD = G006;
    /// A field's name promises an instant or a day, and its type is another (A1).
    TIME_NAME = G007;
    /// A connection or edge has not the shape of one (L1).
    CONNECTION_SHAPE = G008;
    /// A list of which the types alone do not say which field of the listed type points back (R3).
    NO_WAY_BACK = G009;
    /// `@inverse` names a field that is no reference back, or stands where there is no list (R3).
    WRONG_INVERSE = G010;
    /// A field that may be refused is non-null, so that a refusal would take more than this field (S3).
    REFUSAL_NON_NULL = G011;
    /// A filter field is no field of what is listed (L2).
    FILTER_FIELD = G012;
    /// A filter field has a type that cannot test the field it is for (L2).
    FILTER_TYPE = G013;
    /// A sort input has not the shape of one, or a value of it is no field of what is listed (L3).
    SORT_FIELD = G014;
    /// The enum of a status or kind has no value `OTHER` (A2).
    NO_OTHER = G015;
    /// A type has more fields than a record can hold.
    TOO_MANY_FIELDS = G016;
    /// The expression of a `@derived` field does not compile.
    DERIVED = G017;
    /// No field leads to an entity: only its id does. A warning.
    UNREACHED = G018;
    /// `RecordType` and the entities do not agree.
    RECORD_TYPE = G019;
    /// A field is marked with two ways of being answered, or with one that cannot be used there.
    MISPLACED = G020;
    /// A directive names a type, field or list that does not exist.
    NO_SUCH_NAME = G021;
    /// A filter or field of `@aggregate` does not fit the list it is for.
    FIGURE = G022;
    /// A field has a type that no source can give.
    NOT_MAPPABLE = G023;
    /// A field takes arguments, and nothing says who works it out (R4, R5).
    ARGUMENTS = G024;
    /// A field or input field that an extension adds is required (V2).
    ADDED_NON_NULL = G025;
    /// A field of `Query` is none of the four kinds there are (R3, R4, R5, R6).
    QUERY_FIELD = G026;
    /// A mutation is not one input, one nullable payload and one write (W1, W2).
    MUTATION = G027;
    /// Fields of the same name on two entities cannot be asked for together (A4).
    SAME_NAME = G028;
    /// Nothing says of which type the id in an input is (A3).
    ID_OF = G029;
    /// `@merge` takes in a list that its type does not have.
    MERGED_LIST = G030;
    /// `at` of `@merge` names no date or instant that the listed records have themselves.
    MERGED_AT = G031;
    /// A filter of `@merge` does not fit the list it is for.
    MERGED_FILTER = G032;
    /// `kind` of `@merge` is missing, or no value of the item's `kind`.
    MERGED_KIND = G033;
    /// `due` of `@merge` leads to no date of the listed records.
    MERGED_DUE = G034;
    /// A field marked `@merge` is no list of items that the gateway could make of records.
    MERGED_ITEM = G035;
}
