//! The keys of `entities/<Type>.yaml`.

use super::Holds::{
    Anything, Boolean, Condition, Duration, Either, Fields, File, List, Lists, Named, Number, Text, ValueFields, Words,
};
use super::{CHANGES, Holds, Key, Map, PAGE, TEMPLATES, TEXTS, WRITE, words};
use crate::connector::load::{evidence, wire};

/// `entities/<Type>.yaml`.
pub(in crate::connector::load) const ENTITY: Map = Map {
    name: "entity",
    needs: &["key", "evidence", "visible"],
    also: &[],
    keys: &[
        Key("set", Text, "OData: the entity set."),
        Key(
            "key",
            Either(&[Text, Holds::Map(&KEY), List(&Either(&[Text, Holds::Map(&KEY)]))]),
            "What identifies a record in the system.",
        ),
        Key(
            "version",
            TEXTS,
            "A path, `etag`, or a list of paths: where the system has no version, what stands there is compared.",
        ),
        Key(
            "evidence",
            Either(&[Words(|| evidence::WORDS.to_vec()), Holds::Map(&EVIDENCE)]),
            "What in the answer proves whose a record is.",
        ),
        Key(
            "visible",
            Either(&[Words(|| vec!["all"]), Condition]),
            "Which records customers may see: `all`, or a condition.",
        ),
        Key("gone", Condition, "An answer that means \"not there\"."),
        Key("money", TEXTS, "The currency of amounts that name none."),
        Key("url", Text, "The pattern of the address that opens the record in the system."),
        Key("fields", Fields, "Field of the graph → where it is taken from."),
        Key(
            "facets",
            Named(&Holds::Map(&FACET)),
            "Further data joined to a row, read only where a wanted field begins with its name.",
        ),
        Key("get", Either(&[Holds::Map(&READ), List(&Holds::Map(&READ))]), "How records are read by key."),
        Key("lists", Lists, "Reference field, or `all` → how records are listed by it."),
        Key("find", Named(&Holds::Map(&READ)), "Field or path → how a record is read by another unique value."),
        Key("changes", Holds::Map(&CHANGES), "How the system is asked what changed since a time."),
        Key("writes", Named(&Holds::Map(&WRITE)), "Operation of a mutation → how it is written."),
        Key(
            "links",
            Named(&Either(&[Text, Holds::Map(&LINK)])),
            "Overlay only: source → how the record is known there.",
        ),
    ],
};

pub(in crate::connector::load) const KEY: Map = Map::of(
    "key",
    &[
        Key("from", Text, "A path."),
        Key("wire", Words(|| words(wire::KEY_WIRES)), "How it is put on the wire."),
        Key("pattern", Text, "A regular expression, checked before a key is sent: it came from a client."),
    ],
);

pub(in crate::connector::load) const EVIDENCE: Map = Map::of(
    "evidence",
    &[
        Key("own", Text, "A column with the account's key or keys."),
        Key("membership", Text, "The path of associations that the system itself answers."),
        Key("account", Text, "In an association: the path of the account's key."),
        Key("labels", Text, "In an association: the path of its labels, which roles come from."),
        Key("parent", Text, "The reference to another record, which is read and checked itself."),
        Key("viewer", Text, "The path of the one person it is for."),
    ],
);

pub(in crate::connector::load) const LINK: Map = Map::of(
    "link",
    &[
        Key("find", Text, "The name of a find in that source's manifest of the same entity."),
        Key("value", Text, "The path, here, of the value to find it by."),
    ],
);

/// One value.
pub(in crate::connector::load) const VALUE: Map = Map::of(
    "value",
    &[
        Key("from", TEXTS, "A path, or a list of them: the first that is there."),
        Key("map", Named(&Anything), "Their word → ours."),
        Key("cases", List(&Holds::Map(&CASE)), "The first that holds; before `from`."),
        Key("else", Anything, "What it is otherwise."),
        Key("wire", Text, "How the system writes it, where that is not as usual."),
        Key("currency", TEXTS, "Of an amount."),
        Key("as", Words(|| vec!["html", "text"]), "Of rich text."),
        Key("label", Boolean, "The system's words for a code; not read yet."),
        Key("is", Text, "Of a reference: the value is that field of the other record, not its key."),
        Key("when", Condition, "Else null."),
        Key("name", Text, "What filters and orders call it, where that is not the path."),
        Key("write", Either(&[Text, Boolean]), "Where it is written to, if not where it is read; `false`: nowhere."),
        Key("bind", Text, "OData: what a reference is written by; not used yet."),
        Key("push", Boolean, "`false`: the system is never asked to filter or order by it."),
    ],
);
pub(in crate::connector::load) const CASE: Map =
    Map::of("case", &[Key("when", Condition, "The condition."), Key("is", Anything, "Our word.")]);

/// A list of value objects.
pub(in crate::connector::load) const EACH: Map = Map::of(
    "each",
    &[
        Key("each", Text, "The path or facet of the elements."),
        Key("where", Condition, "Which elements."),
        Key("fields", Either(&[ValueFields, File]), "The fields of an element; paths begin in it."),
        Key("more", Holds::Map(&MORE), "The whole list, where the embedded one was cut."),
    ],
);
pub(in crate::connector::load) const MORE: Map =
    Map::of("more", &[Key("when", Condition, "It was cut."), Key("from", Text, "The facet with all of them.")]);

/// A file, beside its fields.
pub(in crate::connector::load) const FILE: Map = Map::of(
    "fileKeys",
    &[
        Key("from", TEXTS, "Where its bytes are, in the system's words: an address, or a path and a version."),
        Key(
            "inside",
            Text,
            "Where the answer is JSON and has the bytes in it as base64: the path of that text in the body.",
        ),
        Key("safe", Condition, "It is not opened unless this holds: what the system takes for malware."),
        Key("when", Condition, "Else null."),
    ],
);

pub(in crate::connector::load) const REQUEST: Map = Map::of(
    "request",
    &[
        Key("GET", Text, "An address, from `base`."),
        Key("POST", Text, "An address, from `base`."),
        Key("PUT", Text, "An address, from `base`; for writes alone."),
        Key("PATCH", Text, "An address, from `base`; for writes alone."),
        Key("DELETE", Text, "An address, from `base`; for writes alone."),
        Key("query", TEMPLATES, "Parameters; null ones are left out."),
        Key("headers", TEMPLATES, "Headers; null ones are left out."),
        Key("json", Anything, "A JSON body."),
        Key("form", TEMPLATES, "A form."),
        Key("limit", Text, "The quota it falls under."),
    ],
);

pub(in crate::connector::load) const READ: Map = Map {
    name: "read",
    needs: &[],
    also: &[&REQUEST],
    keys: &[
        Key("rows", Text, "The path of the rows in the answer."),
        Key("row", Text, "The path of the one row."),
        Key("keys", Text, "The answer has only keys, which `get` reads then."),
        Key("groups", Text, "Rows or keys for each of many parents."),
        Key("parent", Text, "Where a group says whose it is."),
        Key("by", Text, "How the parent is asked for: a parameter, or a name in the language."),
        Key("many", Either(&[Words(|| vec!["one"]), Number]), "`one`, or how many keys one call takes."),
        Key("page", Holds::Map(&PAGE), "If not the usual one."),
        Key("language", Text, "How conditions and orders are written."),
        Key("filter", Either(&[TEXTS, Named(&Text)]), "Fields it can filter by; or field → its name there."),
        Key("order", Either(&[TEXTS, Named(&Text)]), "Fields it can order by; or field → its name there."),
        Key("sorted", Text, "Its only order: a field, with `-` where it falls."),
        Key("local", Number, "How many rows it may read to filter here."),
        Key("search", Boolean, "Says what the request must show: a search places `= phrase`."),
        Key("excerpt", Text, "Of a search: the field of text that shows where it was found."),
    ],
};

/// A list of the query family, which the engine makes by itself.
pub(in crate::connector::load) const OWN_LIST: Map = Map::of(
    "ownList",
    &[
        Key("filter", Either(&[TEXTS, Named(&Text)]), "The only fields it can filter by."),
        Key("order", Either(&[TEXTS, Named(&Text)]), "The only fields it can order by."),
        Key("sorted", Text, "Its only order."),
        Key("local", Number, "How many rows it may read to filter by other fields here."),
        Key("search", Holds::Map(&SEARCH), "Full text: what it looks in."),
    ],
);
/// The search of a list of the query family.
pub(in crate::connector::load) const SEARCH: Map = Map::of(
    "search",
    &[
        Key("in", TEXTS, "The columns: every word has to be in one of them."),
        Key("set", Text, "The other set that has these columns."),
        Key("keys", Text, "The column of the other set with the record's key."),
    ],
);
/// A list of the query family whose parent stands in another set.
pub(in crate::connector::load) const OTHER_SET: Map = Map::of(
    "otherSet",
    &[
        Key("set", Text, "The other set."),
        Key("by", Text, "Its column with the parent's key."),
        Key("keys", Text, "Its column with the record's key."),
    ],
);

/// Every way a facet is read; which keys go together is the loader's to say.
pub(in crate::connector::load) const FACET: Map =
    Map { name: "facet", keys: &[], also: &[&FACET_READ, &FACET_EXPAND, &FACET_SET, &FACET_WITH], needs: &[] };
const FACET_SHARED: Map = Map::of(
    "facetShared",
    &[
        Key("by", Text, "The path, in a row of the facet, of the key it belongs to."),
        Key("key", Text, "The path, in the row, that `by` matches; the record's key by default."),
        Key("where", Condition, "Which rows count."),
        Key("keep", Duration, "How long it is kept: a dictionary for all."),
        Key("write", Text, "What its rows are called inside the row that is written."),
    ],
);
pub(in crate::connector::load) const FACET_READ: Map =
    Map { name: "facetRead", keys: &[], also: &[&READ, &FACET_SHARED], needs: &[] };
pub(in crate::connector::load) const FACET_EXPAND: Map = Map {
    name: "facetExpand",
    keys: &[Key("expand", Text, "OData: the navigation, in the same read.")],
    also: &[&FACET_SHARED],
    needs: &[],
};
pub(in crate::connector::load) const FACET_SET: Map =
    Map { name: "facetSet", keys: &[Key("set", Text, "OData: another set.")], also: &[&FACET_SHARED], needs: &[] };
pub(in crate::connector::load) const FACET_WITH: Map = Map {
    name: "facetWith",
    keys: &[
        Key("with", TEMPLATES, "More parameters on the row's own read."),
        Key("at", Text, "Where they are inside the row."),
        Key("rows", Text, "Where they stand beside the rows."),
    ],
    also: &[&FACET_SHARED],
    needs: &[],
};

/// What a condition may ask of a path, beside being one of some values, `null` or `present`.
pub(in crate::connector::load) const TEST: Map = Map::of(
    "test",
    &[
        Key("not", Anything, "Not this."),
        Key("before", Text, "Before `now`, `today` or a time."),
        Key("after", Text, "After `now`, `today` or a time."),
        Key("above", Number, "More than this."),
        Key("below", Number, "Less than this."),
        Key("starts", Text, "Begins with this."),
        Key("asSet", Text, "Is what this setting says, where it says anything."),
    ],
);
