//! The other way round: our days, instants and amounts in the form a system writes them in.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use smol_str::SmolStr;

use super::money;
use crate::connector::mapping::WireForm;
use crate::expr::decimal;
use crate::model::Wire;

/// An instant (RFC 3339) as the system writes it; `None` where it is none.
pub(crate) fn instant(text: &str, form: &WireForm, zone: &str) -> Option<Wire> {
    let instant: Timestamp = text.parse().ok()?;
    Some(match form {
        WireForm::Pattern(pattern) => Wire::Text(by_pattern(local(instant, zone)?, pattern).into()),
        _ => moment(instant, form, text),
    })
}

/// A calendar day (`2026-03-01`) as the system writes it; `None` where it is none.
pub(crate) fn day(text: &str, form: &WireForm, zone: &str) -> Option<Wire> {
    let day: Date = text.parse().ok().filter(|_| super::time::is_day(text))?;
    let midnight = |zone: TimeZone| zone.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok();
    Some(match form {
        WireForm::Midnight | WireForm::Unix | WireForm::UnixMillis => {
            moment(midnight(TimeZone::get(zone).ok()?)?, form, text)
        }
        // A day is its midnight in UTC there, as it is read.
        WireForm::ODataV2 => moment(midnight(TimeZone::UTC)?, form, text),
        WireForm::Pattern(pattern) => {
            Wire::Text(by_pattern(day.to_datetime(jiff::civil::Time::midnight()), pattern).into())
        }
        _ => Wire::Text(text.into()),
    })
}

fn moment(instant: Timestamp, form: &WireForm, text: &str) -> Wire {
    match form {
        WireForm::Unix => Wire::Number(instant.as_second().to_string().into()),
        WireForm::UnixMillis => Wire::Number(instant.as_millisecond().to_string().into()),
        WireForm::Midnight => Wire::Text(instant.to_string().into()),
        WireForm::ODataV2 => Wire::Text(format!("/Date({})/", instant.as_millisecond()).into()),
        _ => Wire::Text(text.into()),
    }
}

fn local(instant: Timestamp, zone: &str) -> Option<DateTime> {
    Some(TimeZone::get(zone).ok()?.to_datetime(instant))
}

fn by_pattern(at: DateTime, pattern: &str) -> String {
    let parts = [
        ("YYYY", format!("{:04}", at.year())),
        ("MM", format!("{:02}", at.month())),
        ("DD", format!("{:02}", at.day())),
        ("hh", format!("{:02}", at.hour())),
        ("mm", format!("{:02}", at.minute())),
        ("ss", format!("{:02}", at.second())),
    ];
    let (mut rest, mut written) = (pattern, String::new());
    while let Some(next) = rest.chars().next() {
        let part = parts.iter().find(|(name, _)| rest.starts_with(name));
        let (length, text) = part.map_or((next.len_utf8(), None), |(name, text)| (name.len(), Some(text)));
        match text {
            Some(text) => written.push_str(text),
            None => written.push(next),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    written
}

/// An amount of the currency's major unit as the system counts it; `None` where it is no number, or has more digits than
/// the system keeps.
pub(crate) fn amount(text: &str, form: &WireForm, currency: &str) -> Option<SmolStr> {
    let plain = decimal::plain(text)?;
    let WireForm::Minor(theirs) = form else { return Some(plain.into()) };
    let digits = theirs.of(currency).unwrap_or_else(|| money::digits(currency));
    let unit = format!("1{}", "0".repeat(usize::try_from(digits).ok()?));
    let minor = decimal::multiply(&plain, &unit)?;
    decimal::whole(&minor).map(|whole| whole.to_string().into())
}
