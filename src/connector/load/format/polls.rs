//! The keys of `changes:` in an entity's manifest, and of `again:` in `webhooks`.

use super::Holds::{Boolean, Condition, Duration, Either, Named, Text};
use super::{AT, Holds, Key, Map, PAGE, REQUEST, TEXTS};

/// `changes:`
pub(in crate::connector::load) const CHANGES: Map = Map {
    name: "changesSince",
    needs: &[],
    also: &[&REQUEST],
    keys: &[
        Key("by", Text, "OData: the column with the time of the last change."),
        Key("rows", Text, "The path of the rows in the answer."),
        Key("page", Holds::Map(&PAGE), "If not the usual one."),
        Key("wire", Text, "How `since` is written, where that is not as usual."),
        Key("at", Either(&[Text, Holds::Map(&AT)]), "The path of when a row changed."),
        Key("version", Text, "The path of the record's version; the entity's own by default."),
        Key("ordered", Boolean, "Rows come in the order of their times, the oldest first."),
        Key("overlap", Duration, "How far back is asked anew: clocks differ, and searches lag; 1 minute by default."),
        Key("gone", Condition, "Which rows say that the record is gone."),
        Key("parents", Named(&Text), "Whose lists it is in: reference → the path of the key."),
        Key("touches", TEXTS, "What else it touches: a list, a reference, or `Entity.list`."),
    ],
};

/// `again:`
pub(in crate::connector::load) const AGAIN: Map = Map {
    name: "toldAgain",
    needs: &[],
    also: &[&REQUEST],
    keys: &[
        Key("rows", Text, "The path of the events in the answer."),
        Key("page", Holds::Map(&PAGE), "If not the usual one."),
        Key("wire", Text, "How `since` is written, where that is not as usual."),
        Key("overlap", Duration, "How far back is asked anew: clocks differ; 1 minute by default."),
    ],
};
