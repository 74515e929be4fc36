//! The codes of the graph's diagnostics: one page of the docs and one failing fixture each.

/// A file is not GraphQL: it cannot be read past this place.
pub const SYNTAX: &str = "G001";
/// The files do not make a valid GraphQL schema: a type that does not exist, an interface not fulfilled, and the like.
pub const VALIDATION: &str = "G002";
/// An extension defines again, or changes, what is already defined (V2).
pub const REDEFINED: &str = "G003";
/// An extension adds what is already there, and agrees with it; it can be left out (V2). A warning.
pub const ADDED_TWICE: &str = "G004";
/// A type that the gateway itself needs is missing.
pub const MISSING_TYPE: &str = "G005";
/// A type marked `@entity` does not implement `Node` and `Record` (R1).
pub const NOT_A_RECORD: &str = "G006";
/// A field's name promises an instant or a day, and its type is another (A1).
pub const TIME_NAME: &str = "G007";
/// A connection or edge has not the shape of one (L1).
pub const CONNECTION_SHAPE: &str = "G008";
/// A list of which the types alone do not say which field of the listed type points back (R3).
pub const NO_WAY_BACK: &str = "G009";
/// `@inverse` names a field that is no reference back, or stands where there is no list (R3).
pub const WRONG_INVERSE: &str = "G010";
/// A field that may be refused is non-null, so that a refusal would take more than this field (S3).
pub const REFUSAL_NON_NULL: &str = "G011";
/// A filter field is no field of what is listed (L2).
pub const FILTER_FIELD: &str = "G012";
/// A filter field has a type that cannot test the field it is for (L2).
pub const FILTER_TYPE: &str = "G013";
/// A sort input has not the shape of one, or a value of it is no field of what is listed (L3).
pub const SORT_FIELD: &str = "G014";
/// The enum of a status or kind has no value `OTHER` (A2).
pub const NO_OTHER: &str = "G015";
/// A type has more fields than a record can hold.
pub const TOO_MANY_FIELDS: &str = "G016";
/// The expression of a `@derived` field does not compile.
pub const DERIVED: &str = "G017";
/// No field leads to an entity: only its id does. A warning.
pub const UNREACHED: &str = "G018";
/// `RecordType` and the entities do not agree.
pub const RECORD_TYPE: &str = "G019";
/// A field is marked with two ways of being answered, or with one that cannot be used there.
pub const MISPLACED: &str = "G020";
/// A directive names a type, field or list that does not exist.
pub const NO_SUCH_NAME: &str = "G021";
/// A filter or field of `@aggregate` or `@merge` does not fit the list it is for.
pub const FIGURE: &str = "G022";
/// A field has a type that no source can give.
pub const NOT_MAPPABLE: &str = "G023";
/// A field takes arguments, and nothing says who works it out (R4, R5).
pub const ARGUMENTS: &str = "G024";
/// A field or input field that an extension adds is required (V2).
pub const ADDED_NON_NULL: &str = "G025";
/// A field of `Query` is none of the four kinds there are (R3, R4, R5, R6).
pub const QUERY_FIELD: &str = "G026";
/// A mutation is not one input, one nullable payload and one write (W1, W2).
pub const MUTATION: &str = "G027";
/// Fields of the same name on two entities cannot be asked for together (A4).
pub const SAME_NAME: &str = "G028";
/// Nothing says of which type the id in an input is (A3).
pub const ID_OF: &str = "G029";

/// Every code, in order.
pub const ALL: &[&str] = &[
    SYNTAX,
    VALIDATION,
    REDEFINED,
    ADDED_TWICE,
    MISSING_TYPE,
    NOT_A_RECORD,
    TIME_NAME,
    CONNECTION_SHAPE,
    NO_WAY_BACK,
    WRONG_INVERSE,
    REFUSAL_NON_NULL,
    FILTER_FIELD,
    FILTER_TYPE,
    SORT_FIELD,
    NO_OTHER,
    TOO_MANY_FIELDS,
    DERIVED,
    UNREACHED,
    RECORD_TYPE,
    MISPLACED,
    NO_SUCH_NAME,
    FIGURE,
    NOT_MAPPABLE,
    ARGUMENTS,
    ADDED_NON_NULL,
    QUERY_FIELD,
    MUTATION,
    SAME_NAME,
    ID_OF,
];
