//! What a token says of its person, once its signature has been checked: leniently read, because providers differ, and
//! narrowly believed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The claim that carries signed authority.
pub(super) const AUTHORITY_CLAIM: &str = "vestibule";
/// The policy URI of `OpenID` PAPE 1.0, section 4, that some providers put into `acr` or `amr` for two factors.
const PAPE_MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
/// The longest name that is taken from a token, in characters.
const LONGEST_NAME: usize = 200;
/// The longest language tag (RFC 5646, section 4.4.1, recommends room for 35 characters).
const LONGEST_LOCALE: usize = 35;

/// What a checked token says of its person.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    /// `sub`: who it is, to this issuer.
    pub(super) subject: Arc<str>,
    /// `email`, trimmed and in lower case: only where `email_verified` says so.
    pub(super) email: Option<Arc<str>>,
    /// `name`.
    pub(super) name: Option<Arc<str>>,
    /// `locale`, as a BCP 47 tag.
    pub(super) locale: Option<Arc<str>>,
    /// `zoneinfo`, where the time zone database has it.
    pub(super) time_zone: Option<Arc<str>>,
    /// Whether `amr` or `acr` tells of two factors.
    pub(super) multi_factor: bool,
    /// `auth_time`: when the person, not the token, was authenticated.
    pub(super) authenticated_at: Option<Timestamp>,
    /// The claim with signed authority, unread: whether it is believed is the issuer's configuration to say.
    pub(super) authority: Option<Value>,
}

impl Claims {
    /// Reads the claims; `latest` is the latest moment that may already have been.
    pub(super) fn read(subject: Arc<str>, claims: &Map<String, Value>, latest: Timestamp) -> Self {
        Self {
            subject,
            email: email(claims),
            name: text(claims, "name").map(|name| name.chars().take(LONGEST_NAME).collect::<String>().into()),
            locale: text(claims, "locale").and_then(locale),
            time_zone: text(claims, "zoneinfo").filter(|name| is_zone(name)).map(Arc::from),
            multi_factor: multi_factor(claims),
            authenticated_at: moment(claims.get("auth_time")).filter(|at| *at <= latest),
            authority: claims.get(AUTHORITY_CLAIM).cloned(),
        }
    }
}

/// A claim's text, trimmed; none where it is empty, no text, or has control characters.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = claims.get(name)?.as_str()?.trim();
    (!text.is_empty() && !text.chars().any(char::is_control)).then_some(text)
}

/// A `NumericDate` (RFC 7519, section 2): seconds since 1970, fractions allowed and dropped.
pub(super) fn moment(claim: Option<&Value>) -> Option<Timestamp> {
    let number = claim?.as_number()?;
    let seconds = number.as_i64().or_else(|| {
        let whole = number.as_f64().filter(|seconds| seconds.is_finite())?.trunc();
        format!("{whole:.0}").parse().ok()
    })?;
    Timestamp::from_second(seconds).ok()
}

/// The verified address. `email_verified` is a Boolean (OIDC Core, section 5.1); some providers send it as text.
fn email(claims: &Map<String, Value>) -> Option<Arc<str>> {
    let verified = match claims.get("email_verified")? {
        Value::Bool(verified) => *verified,
        Value::String(text) => text == "true",
        _ => false,
    };
    let address = text(claims, "email").filter(|address| verified && address.contains('@'))?;
    Some(Arc::from(address.to_lowercase()))
}

/// A language tag; `de_AT`, which OIDC Core (section 5.1) asks to tolerate, is `de-AT`.
pub(super) fn locale(text: &str) -> Option<Arc<str>> {
    let tag = text.replace('_', "-");
    let begins = tag
        .split('-')
        .next()
        .is_some_and(|language| (2..=8).contains(&language.len()) && language.chars().all(|c| c.is_ascii_alphabetic()));
    let subtags =
        tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()));
    (begins && subtags && tag.len() <= LONGEST_LOCALE).then(|| Arc::from(tag))
}

fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// Whether two factors were used: said so (`mfa`), or two kinds of factor are named. Values of RFC 8176.
fn multi_factor(claims: &Map<String, Value>) -> bool {
    let methods: Vec<&str> = match claims.get("amr") {
        Some(Value::Array(methods)) => methods.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    };
    let says_so = |text: &str| text == "mfa" || text == PAPE_MULTI_FACTOR;
    let has = |kind: &[&str]| methods.iter().any(|method| kind.contains(method));
    let knows = has(&["pwd", "pin", "kba"]);
    let holds = has(&["otp", "hwk", "swk", "sc", "sms", "tel"]);
    let is = has(&["face", "fpt", "iris", "retina", "vbm"]);
    methods.iter().any(|method| says_so(method))
        || text(claims, "acr").is_some_and(|acr| acr == PAPE_MULTI_FACTOR)
        || [knows, holds, is].into_iter().filter(|kind| *kind).count() >= 2
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: Value) -> Claims {
        Claims::read("p".into(), claims.as_object().unwrap(), Timestamp::from_second(1000).unwrap())
    }

    #[test]
    fn an_address_counts_only_where_it_is_verified() {
        for verified in [json!(true), json!("true")] {
            let claims = read(json!({ "email": " Ann@Example.COM ", "email_verified": verified }));
            assert_eq!(claims.email.as_deref(), Some("ann@example.com"));
        }
        for not in [json!(false), json!("false"), json!("True"), json!(1), json!(null), json!([true])] {
            assert_eq!(read(json!({ "email": "ann@example.com", "email_verified": not })).email, None);
        }
        assert_eq!(read(json!({ "email": "ann@example.com" })).email, None);
        assert_eq!(read(json!({ "email": "ann", "email_verified": true })).email, None);
        assert_eq!(read(json!({ "email": "a\u{0}@x", "email_verified": true })).email, None);
    }

    #[test]
    fn two_kinds_of_factor_are_two_factors() {
        for (claims, expected) in [
            (json!({ "amr": ["mfa"] }), true),
            (json!({ "amr": ["pwd", "otp"] }), true),
            (json!({ "amr": ["fpt", "hwk"] }), true),
            (json!({ "acr": PAPE_MULTI_FACTOR }), true),
            (json!({ "amr": ["pwd", "pin"] }), false),
            (json!({ "amr": ["otp", "sms"] }), false),
            (json!({ "amr": "pwd" }), false),
            (json!({ "amr": [1, null] }), false),
            (json!({ "acr": "1" }), false),
            (json!({}), false),
        ] {
            assert_eq!(read(claims.clone()).multi_factor, expected, "{claims}");
        }
    }

    #[test]
    fn a_sign_in_in_the_future_has_not_been() {
        assert_eq!(read(json!({ "auth_time": 900 })).authenticated_at, Timestamp::from_second(900).ok());
        assert_eq!(read(json!({ "auth_time": 900.9 })).authenticated_at, Timestamp::from_second(900).ok());
        for wrong in [json!(1001), json!("900"), json!(1e300), json!(null)] {
            assert_eq!(read(json!({ "auth_time": wrong })).authenticated_at, None);
        }
    }

    #[test]
    fn language_and_zone_are_what_they_should_be() {
        let claims = read(json!({ "locale": "de_AT", "zoneinfo": "Europe/Vienna", "name": " Ann " }));
        assert_eq!(claims.locale.as_deref(), Some("de-AT"));
        assert_eq!(claims.time_zone.as_deref(), Some("Europe/Vienna"));
        assert_eq!(claims.name.as_deref(), Some("Ann"));
        let claims = read(json!({ "locale": "../../etc", "zoneinfo": "Europe/Atlantis", "name": 5 }));
        assert_eq!((claims.locale, claims.time_zone, claims.name), (None, None, None));
    }
}
