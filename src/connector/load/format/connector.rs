//! The keys of `connector.yaml`.

use super::Holds::{Anything, Boolean, Condition, Duration, Either, List, Named, Number, Text, Words};
use super::{Holds, Key, Map, REQUEST, TEMPLATES, TEXTS, WEBHOOKS, words};
use crate::connector::load::{connector, context, errors, language, page, wire};

const HEADER_NAME: Holds = Either(&[Text, Holds::Map(&HEADER)]);

/// `connector.yaml`.
pub(in crate::connector::load) const CONNECTOR: Map = Map {
    name: "connector",
    needs: &["protocol", "base"],
    also: &[],
    keys: &[
        Key("format", Number, "The version of this format: 1."),
        Key("title", Text, "What the product is called."),
        Key("docs", Text, "Where its maker describes it."),
        Key(
            "protocol",
            Words(|| words(connector::PROTOCOLS)),
            "`rest`: requests spelled out; `odata`: queries made by the engine; `storage`: objects of a bucket or a folder.",
        ),
        Key("base", Text, "The pattern of the address that every request begins with."),
        Key("hosts", TEXTS, "Further hosts that requests may go to; `*.example.com` for any name below."),
        Key("settings", Named(&Holds::Map(&SETTING)), "What a source fills in: name → type, default, about."),
        Key("secrets", TEXTS, "Names of secrets; only `auth` may use them."),
        Key("auth", Named(&Holds::Map(&AUTH)), "Name → one way to sign in; the source chooses."),
        Key("headers", TEMPLATES, "Headers of every request."),
        Key("wire", Holds::Map(&WIRE), "How the system writes a type."),
        Key("empty", List(&Anything), "Values that mean \"not there\", beside null."),
        Key("clear", Text, "What is sent to empty a field; null by default."),
        Key("zone", Text, "The zone of times that have none, and of the day of an instant; UTC by default."),
        Key("locales", Text, "The languages the system has, with commas, the usual one first."),
        Key("arrays", Words(|| words(connector::ARRAYS)), "How lists stand in query and form."),
        Key("page", Holds::Map(&PAGE), "The usual paging."),
        Key("languages", Named(&Holds::Map(&LANGUAGE)), "How conditions and orders are written."),
        Key("limits", Holds::Map(&LIMITS), "How much may be asked at once."),
        Key("errors", Holds::Map(&ERRORS), "The shape of the system's errors."),
        Key("health", Holds::Map(&REQUEST), "One cheap read that needs the credentials."),
        Key("odata", Holds::Map(&ODATA), "What the engine of OData has to know."),
        Key("storage", Holds::Map(&STORAGE), "What the engine of objects has to know."),
        Key("webhooks", Holds::Map(&WEBHOOKS), "What the system sends by itself when something changes."),
    ],
};

pub(in crate::connector::load) const SETTING: Map = Map::of(
    "setting",
    &[
        Key("type", Words(|| context::TYPES.to_vec()), "Its type; `String` where none is said."),
        Key("default", Anything, "Its value where the source gives none; without it, the source must."),
        Key("about", Text, "What it is, for whoever fills it in."),
    ],
);

/// Every way to sign in; which keys go together is the loader's to say.
pub(in crate::connector::load) const AUTH: Map =
    Map { name: "auth", keys: &[], also: &[&BEARER, &BASIC, &HEADER_AUTH, &KEYS_AUTH, &NO_AUTH, &OAUTH2], needs: &[] };
pub(in crate::connector::load) const BEARER: Map =
    Map::of("bearer", &[Key("bearer", Text, "The token: a pattern of secrets.")]);
pub(in crate::connector::load) const BASIC: Map =
    Map::of("basicAuth", &[Key("basic", Holds::Map(&BASIC_PAIR), "A name and a password.")]);
pub(in crate::connector::load) const BASIC_PAIR: Map =
    Map::of("basic", &[Key("user", Text, "A pattern of secrets."), Key("password", Text, "A pattern of secrets.")]);
pub(in crate::connector::load) const HEADER_AUTH: Map = Map::of(
    "headerAuth",
    &[Key("header", Text, "The header's name."), Key("value", Text, "Its value: a pattern of secrets.")],
);
pub(in crate::connector::load) const KEYS_AUTH: Map =
    Map::of("keysAuth", &[Key("keys", Holds::Map(&KEYS_PAIR), "Storage: the keys that every request is signed with.")]);
pub(in crate::connector::load) const KEYS_PAIR: Map = Map::of(
    "keys",
    &[
        Key("id", Text, "A pattern of secrets."),
        Key("secret", Text, "A pattern of secrets."),
        Key("token", Text, "Of a session: a pattern of secrets."),
    ],
);
pub(in crate::connector::load) const NO_AUTH: Map =
    Map::of("noAuth", &[Key("nothing", Text, "Why nothing is needed to sign in.")]);
pub(in crate::connector::load) const OAUTH2: Map = Map::of(
    "oauth2",
    &[
        Key(
            "oauth2",
            Words(|| vec!["client", "refresh"]),
            "`client`: the client's own token; `refresh`: of a refresh token.",
        ),
        Key("token", Text, "The address of tokens."),
        Key("client", Holds::Map(&OAUTH2_CLIENT), "The client."),
        Key("scopes", TEXTS, "What the token is for."),
        Key("lasts", Duration, "How long a token lasts, where the answer has no `expires_in`."),
    ],
);
pub(in crate::connector::load) const OAUTH2_CLIENT: Map = Map::of(
    "oauth2Client",
    &[
        Key("id", Text, "A pattern of secrets."),
        Key("secret", Text, "A pattern of secrets."),
        Key("refresh", Text, "The refresh token: a pattern of secrets."),
    ],
);

pub(in crate::connector::load) const WIRE: Map = Map::of(
    "wire",
    &[
        Key("DateTime", Text, "`rfc3339`, `unix`, `unix-ms`, `datetime`, or a pattern such as `YYYY-MM-DD hh:mm:ss`."),
        Key("Date", Text, "`date`, `rfc3339`, `unix`, `unix-ms`, `datetime`, or a pattern."),
        Key("Money", Words(|| vec!["major", "minor"]), "`minor`: in cents and the like."),
        Key("CurrencyCode", Words(|| vec!["upper", "lower"]), "In capitals or small letters."),
        Key("CountryCode", Words(|| vec!["upper", "lower"]), "In capitals or small letters."),
        Key("Locale", Words(|| vec!["upper", "lower"]), "In capitals or small letters."),
        Key("keys", Words(|| words(wire::KEY_WIRES)), "How keys are put on the wire."),
        Key("numbers", Words(|| words(wire::NUMBERS)), "How numbers are sent; they are read either way."),
        Key("digits", Named(&Number), "Currencies whose minor units have other digits than ISO 4217 says."),
    ],
);

pub(in crate::connector::load) const PAGE: Map = Map::of(
    "page",
    &[
        Key("style", Words(page::styles), "How a page is asked for."),
        Key("size", Text, "The parameter that says how many rows."),
        Key("at", Text, "The parameter that says where the page begins."),
        Key("next", Text, "The path of the next position in the answer."),
        Key("more", Text, "The path of the answer's word on whether there is more."),
        Key("last", Text, "The path of the answer's word on whether this is the last page."),
        Key("total", Text, "The path of the number of all rows."),
        Key("max", Number, "The most rows the system sends at once."),
        Key("rows", Number, "The most rows that can ever be reached."),
    ],
);

pub(in crate::connector::load) const LANGUAGE: Map = Map::of(
    "language",
    &[
        Key("filter", Holds::Map(&LANGUAGE_FILTER), "How conditions are written."),
        Key("order", Holds::Map(&LANGUAGE_ORDER), "How an order is written."),
    ],
);
pub(in crate::connector::load) const LANGUAGE_FILTER: Map = Map::of(
    "languageFilter",
    &[
        Key("form", Words(|| words(language::FORMS)), "Text or JSON to place as `= where`, or parameters."),
        Key("and", Text, "What stands between two tests."),
        Key("quote", Text, "What texts stand in."),
        Key("escape", Text, "What is put before the quote inside a text."),
        Key("eq", Anything, "Equals: a pattern with `{field}` and `{value}`."),
        Key("in", Anything, "One of `{values}`; or `{ each: … }`, one test for each value."),
        Key("not", Anything, "Not equal: one test for each value."),
        Key("from", Anything, "At or after."),
        Key("to", Anything, "At or before."),
        Key("before", Anything, "Before."),
        Key("after", Anything, "After."),
        Key("contains", Anything, "Contains the text."),
    ],
);
pub(in crate::connector::load) const LANGUAGE_ORDER: Map = Map::of(
    "languageOrder",
    &[
        Key("form", Words(|| words(language::FORMS)), "Text or JSON to place as `= order`, or parameters."),
        Key("asc", Anything, "Rising: a pattern with `{field}`."),
        Key("desc", Anything, "Falling: a pattern with `{field}`."),
    ],
);

pub(in crate::connector::load) const LIMITS: Map = Map::of(
    "limits",
    &[
        Key("concurrent", Number, "How many requests may be under way at once."),
        Key("quotas", List(&Holds::Map(&QUOTA)), "How many requests a time may have."),
    ],
);
pub(in crate::connector::load) const QUOTA: Map = Map::of(
    "quota",
    &[
        Key("name", Text, "It holds for requests with `limit:` of this name; without one, for all."),
        Key("max", Number, "How many."),
        Key("per", Duration, "In which time."),
        Key("remaining", HEADER_NAME, "The header that says how many are left."),
        Key("reset", HEADER_NAME, "The header that says when it begins anew."),
    ],
);

pub(in crate::connector::load) const ERRORS: Map = Map::of(
    "errors",
    &[
        Key("code", TEXTS, "Paths of the code, the first that is found."),
        Key("message", TEXTS, "Paths of the message, the first that is found."),
        Key("rows", Text, "Several failures in one answer."),
        Key("keys", TEXTS, "Whose failures: paths of the key, the first that is found."),
        Key("when", Condition, "A 2xx that is an error."),
        Key("kinds", Named(&Words(|| words(errors::KINDS))), "Code or status → what it means."),
        Key("retry", HEADER_NAME, "The header that says when to try again."),
        Key("field", TEXTS, "Paths of the name of the refused field, the first that is found."),
        Key("refusals", Named(&Words(|| words(errors::REFUSALS))), "Code → what a person has to put right."),
        Key("public", TEXTS, "Codes whose own message customers may read."),
    ],
);
pub(in crate::connector::load) const HEADER: Map = Map::of("header", &[Key("header", Text, "The header's name.")]);

pub(in crate::connector::load) const ODATA: Map = Map::of(
    "odata",
    &[
        Key("version", Words(|| vec!["2", "4"]), "2 or 4."),
        Key("page", Words(|| words(connector::ODATA_PAGES)), "`skip`: by number; `next-link`: by the answer's link."),
        Key("in", Number, "How many keys go into one or-chain."),
        Key("csrf", Boolean, "Whether what is posted needs a token that is fetched first."),
    ],
);

pub(in crate::connector::load) const STORAGE: Map = Map::of(
    "storage",
    &[
        Key("service", Text, "`s3`, or `fs` for a folder of this machine: a word, or a setting."),
        Key("bucket", Text, "The bucket's name: a pattern of settings."),
        Key("region", Text, "The region that requests are signed for: a pattern of settings."),
        Key("root", Text, "What every path in the bucket begins with: a pattern of settings."),
        Key("inHost", Text, "`true` where the bucket's name stands in the host, and not in the path; or a setting."),
        Key("folder", Text, "The setting with the folder; the source has to give it."),
        Key("below", Number, "How many parts of a path come before its folder: they say whose the object is."),
    ],
);
