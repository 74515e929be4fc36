//! The keys of `webhooks:` in `connector.yaml`.

use super::Holds::{Boolean, Condition, Duration, Either, List, Named, Text, Words};
use super::{AGAIN, Holds, Key, Map, TEXTS, words};
use crate::connector::load::webhooks;

/// `webhooks:`
pub(in crate::connector::load) const WEBHOOKS: Map = Map::of(
    "webhooks",
    &[
        Key("signature", Holds::Map(&SIGNATURE), "The signature that proves who sent it."),
        Key("secret", Holds::Map(&SHARED), "A secret that is sent along, where there is no signature."),
        Key(
            "handshake",
            Either(&[Words(|| webhooks::HANDSHAKES.to_vec()), Holds::Map(&HANDSHAKE)]),
            "What the system wants answered when the address is registered.",
        ),
        Key("events", Text, "The path of the events in the body; `.`, all of it, where it is left out."),
        Key("only", Condition, "Which events are this source's own; the others are dropped."),
        Key("id", TEXTS, "The paths of what together tells an event from every other."),
        Key("at", Either(&[Text, Holds::Map(&AT)]), "The path of when it happened."),
        Key("version", Text, "The path of the record's version after it."),
        Key("changes", List(&Holds::Map(&CHANGE)), "What events mean: the first that holds."),
        Key("again", Holds::Map(&AGAIN), "The request by which the system tells its events once more."),
    ],
);

/// `signature:`
pub(in crate::connector::load) const SIGNATURE: Map = Map::of(
    "signature",
    &[
        Key("header", Text, "The header it stands in."),
        Key("path", Text, "The path of it in the body."),
        Key("raw", Text, "The raw body, with `{signed}` and `{signature}` in it."),
        Key("split", Text, "What separates the parts of the value, where there are several."),
        Key("form", Text, "What its part looks like, with `{signature}` in it."),
        Key("over", Text, "What is signed: a pattern of `{method}`, `{url}`, `{body}`, `{timestamp}` and others."),
        Key("hmac", Words(|| words(webhooks::DIGESTS)), "Which hash."),
        Key("key", TEXTS, "The secret, or several, any of which may have been used."),
        Key("keyAs", Words(|| words(webhooks::KEY_FORMS)), "How the secret becomes a key."),
        Key("encoding", Words(|| words(webhooks::ENCODINGS)), "How the signature is written."),
        Key("timestamp", Holds::Map(&TIMESTAMP), "When it was signed."),
    ],
);

/// `timestamp:`
pub(in crate::connector::load) const TIMESTAMP: Map = Map::of(
    "timestamp",
    &[
        Key("header", Text, "The header it stands in."),
        Key("path", Text, "The path of it in the body."),
        Key("split", Text, "What separates the parts of the value, where there are several."),
        Key("form", Text, "What its part looks like, with `{timestamp}` in it."),
        Key("unit", Words(|| words(webhooks::UNITS)), "How it is written."),
        Key("window", Duration, "How far it may be from now; 5 minutes where it is left out."),
    ],
);

/// `secret:`
pub(in crate::connector::load) const SHARED: Map = Map::of(
    "sharedSecret",
    &[
        Key("header", Text, "The header it stands in."),
        Key("query", Text, "The parameter of the query it stands in."),
        Key(
            "path",
            Either(&[Boolean, Text]),
            "`true`: the last segment of the address; otherwise its path in the body.",
        ),
        Key("key", TEXTS, "The secret, or several, any of which will do."),
    ],
);

/// `handshake:`
pub(in crate::connector::load) const HANDSHAKE: Map = Map::of(
    "handshake",
    &[
        Key("echo-query", Text, "The parameter of the query that comes back as text."),
        Key("echo-body", Text, "The path of the value of the body that comes back as text."),
    ],
);

/// `at:`
pub(in crate::connector::load) const AT: Map = Map::of(
    "eventTime",
    &[Key("path", Text, "Where it stands."), Key("unit", Words(|| words(webhooks::UNITS)), "How it is written.")],
);

/// A row of `changes:`
pub(in crate::connector::load) const CHANGE: Map = Map::of(
    "change",
    &[
        Key("when", Condition, "Which events."),
        Key("entity", TEXTS, "Which entity; several, where one row of the system is several records."),
        Key("key", TEXTS, "The path of the record's key, or of its parts."),
        Key("kind", Words(|| words(webhooks::KINDS)), "What became of it; `UPDATED` where it is left out."),
        Key("parents", Named(&Text), "Whose lists it is in: reference → the path of the key."),
        Key("touches", TEXTS, "What else it touches: a list, a reference, or `Entity.list`."),
    ],
);
