//! The keys of `writes:` in `entities/<Type>.yaml`.

use super::Holds::{Condition, Duration, Either, List, Named, Number, Text, Words};
use super::{Holds, Key, Map, REQUEST, TEMPLATES, TEXTS};
use crate::spool::FileKind;

/// One write.
pub(in crate::connector::load) const WRITE: Map = Map {
    name: "write",
    needs: &[],
    also: &[&REQUEST],
    keys: &[
        Key("bytes", Text, "A file of the input, sent as it is."),
        Key("values", TEMPLATES, "OData: further columns of the row that is written."),
        Key("each", Holds::Map(&WRITE_EACH), "OData: the same change to each row that hangs on the record."),
        Key("fields", TEXTS, "The fields of the input that it takes; all that are mapped, where it does not say."),
        Key(
            "ignores",
            TEXTS,
            "Fields of the input that the system has no place for, and that may be given all the same.",
        ),
        Key("instead", List(&Holds::Map(&INSTEAD)), "Other requests in its place: the first whose `when` is true."),
        Key("before", Named(&Holds::Map(&BEFORE)), "Requests that come first: name → request."),
        Key("record", Text, "The path of the record in the answer."),
        Key("key", TEXTS, "The path of its key in the answer, or of the key's parts."),
        Key("gives", Named(&Text), "Further fields of the payload → path in the answer."),
        Key("once", Either(&[Text, Holds::Map(&ONCE)]), "How one effect is made sure of."),
        Key("confirm", Condition, "What must hold for the record when it is read back."),
        Key("touches", TEXTS, "What else changes: a reference, or `Type.list`."),
        Key("files", Holds::Map(&FILES), "What the system takes of files, where it is less than the gateway takes."),
    ],
};

/// What a system takes of files.
pub(in crate::connector::load) const FILES: Map = Map::of(
    "files",
    &[
        Key("most", Number, "How many at most."),
        Key("largest", Number, "The largest, in bytes."),
        Key("kinds", List(&Words(kinds)), "Of which kinds: `pdf`, `png`…"),
    ],
);

fn kinds() -> Vec<&'static str> {
    super::words(&FileKind::ALL)
}

pub(in crate::connector::load) const WRITE_EACH: Map = Map::of(
    "writeEach",
    &[
        Key("set", Text, "The set of the rows."),
        Key("by", Text, "The column with the record's key."),
        Key("key", TEXTS, "The columns of a row's own key."),
        Key("values", TEMPLATES, "What each is changed to."),
    ],
);

pub(in crate::connector::load) const INSTEAD: Map =
    Map { name: "instead", needs: &[], also: &[&REQUEST], keys: &[Key("when", Text, "CEL: whether it is sent.")] };

/// A request before the write.
pub(in crate::connector::load) const BEFORE: Map = Map {
    name: "before",
    needs: &[],
    also: &[&REQUEST],
    keys: &[
        Key("each", Text, "Once for each element of this, known as `item`."),
        Key("when", Text, "Only where this is true: CEL."),
        Key("bytes", Text, "A file of the input, as it is."),
        Key("gives", Text, "The path of its outcome, known as `before.<name>`."),
    ],
};

/// How one effect is made sure of.
pub(in crate::connector::load) const ONCE: Map = Map::of(
    "once",
    &[
        Key("header", Text, "The header that takes our reference."),
        Key("for", Duration, "How long the system remembers it."),
        Key("stamp", Text, "The column that our reference is written into."),
        Key("find", Text, "The name of the find by it."),
        Key("settle", Duration, "How long after the attempt it can be found at the latest."),
        Key("unique", Text, "The field of the input, and find, that no two records share."),
        Key("created", Text, "The path of when a found record was made: an older one is somebody else's."),
        Key("upsert", Text, "The column by which the system itself makes or changes."),
        Key("last", Holds::Map(&LAST), "The last rows of a list are compared with what was sent."),
        Key("uncertain", Text, "Why nothing can be found out."),
    ],
);

/// The list whose last rows are compared.
pub(in crate::connector::load) const LAST: Map = Map {
    name: "last",
    needs: &[],
    also: &[&REQUEST],
    keys: &[
        Key("rows", Text, "The path of the rows."),
        Key("same", Text, "CEL: whether a `row` is what was sent."),
        Key("key", TEXTS, "The path of the record's key in that row, or of the key's parts."),
    ],
};
