//! Codes of standards: currencies, countries, languages, zones, addresses on the web.

use jiff::tz::TimeZone;
use smol_str::SmolStr;
use url::Url;

use crate::model::Wire;

/// ISO 4217: three capital letters.
pub(crate) fn currency(text: &str) -> Option<String> {
    letters(text, 3)
}

/// The same of a value in letters of any size: many systems write currencies in lower case, and there is nothing else it
/// could mean.
pub(crate) fn currency_of(value: &Wire) -> Option<SmolStr> {
    match value {
        Wire::Text(text) if are_letters(text, 3) => Some(text.clone()),
        other => currency(&other.as_text()?.to_ascii_uppercase()).map(SmolStr::from),
    }
}

/// ISO 3166-1 alpha-2: two capital letters.
pub(crate) fn country(text: &str) -> Option<String> {
    letters(text, 2)
}

fn letters(text: &str, count: usize) -> Option<String> {
    are_letters(text, count).then(|| text.to_owned())
}

fn are_letters(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A BCP 47 tag in its usual letters (RFC 5646, section 2.1.1): `de_at` is `de-AT`, `zh-HANS` is `zh-Hans`.
pub(crate) fn locale(text: &str) -> Option<String> {
    let mut tag = String::new();
    let mut in_extension = false;
    for (place, part) in text.split(['-', '_']).enumerate() {
        if !(1..=8).contains(&part.len()) || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let alphabetic = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let lower = part.to_ascii_lowercase();
        if place == 0 {
            if !alphabetic || matches!(part.len(), 1 | 4) {
                return None;
            }
            tag.push_str(&lower);
            continue;
        }
        tag.push('-');
        in_extension |= part.len() == 1;
        match part.len() {
            2 if alphabetic && !in_extension => tag.push_str(&part.to_ascii_uppercase()),
            4 if alphabetic && !in_extension => {
                let (first, rest) = lower.split_at_checked(1)?;
                tag.push_str(&first.to_ascii_uppercase());
                tag.push_str(rest);
            }
            _ => tag.push_str(&lower),
        }
    }
    Some(tag)
}

/// A zone of the IANA database, under the name it has there.
pub(crate) fn zone(text: &str) -> Option<String> {
    if text == "UTC" {
        return Some(text.to_owned());
    }
    TimeZone::get(text).ok()?.iana_name().map(str::to_owned)
}

/// An absolute address of http or https.
pub(crate) fn url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}
