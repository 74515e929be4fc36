//! Days and instants in every form systems write them in. A day is never made an instant; an instant becomes a day only in
//! the connector's zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::connector::mapping::WireForm;
use crate::expr::decimal;
use crate::model::Wire;

/// The zone of a connector, by its name in the IANA database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone<'a>(pub &'a str);

impl Zone<'_> {
    /// `None` where the database has no such zone.
    fn get(&self) -> Option<TimeZone> {
        if self.0 == "UTC" { Some(TimeZone::UTC) } else { TimeZone::get(self.0).ok() }
    }

    /// The calendar day of an instant here.
    pub fn day(&self, instant: Timestamp) -> Option<Date> {
        Some(self.get()?.to_datetime(instant).date())
    }

    /// The instant of a wall clock's time here. Where clocks go back it is the earlier one, where they go forward it is
    /// the time as the clock would have gone on.
    fn instant(&self, local: DateTime) -> Option<Timestamp> {
        self.get()?.to_timestamp(local).ok()
    }
}

/// A day or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A calendar day.
    Day(Date),
    /// A point in time.
    Instant(Timestamp),
}

impl Moment {
    /// Reads RFC 3339 and ISO 8601 (without an offset: in the zone), and `/Date(…)/`.
    pub fn read(text: &str, zone: &Zone<'_>) -> Option<Self> {
        match iso(text) {
            Some(Written::Day(day)) => Some(Self::Day(day)),
            Some(Written::Local(local)) => zone.instant(local).map(Self::Instant),
            Some(Written::Instant(instant)) => Some(Self::Instant(instant)),
            None => odata_v2(text).map(Self::Instant),
        }
    }

    /// Its calendar day.
    pub fn day(self, zone: &Zone<'_>) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            Self::Instant(instant) => zone.day(instant),
        }
    }
}

/// Whether a day stands there as we write it: `2026-03-01`.
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10 && day_in_front(text.as_bytes()).is_some()
}

/// Whether an instant stands there as we write it: `2026-03-01T09:30:00Z`.
pub(crate) fn is_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pair = |at: usize, above: u8| two(bytes, at).is_some_and(|number| number < above);
    let sign = |at: usize, sign: u8| bytes.get(at) == Some(&sign);
    let signs = sign(10, b'T') && sign(13, b':') && sign(16, b':') && sign(19, b'Z');
    bytes.len() == 20 && signs && pair(11, 24) && pair(14, 60) && pair(17, 60) && day_in_front(bytes).is_some()
}

/// The day that a text begins with.
fn day_in_front(bytes: &[u8]) -> Option<Date> {
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let year = i16::from(two(bytes, 0)?) * 100 + i16::from(two(bytes, 2)?);
    Date::new(year, i8::try_from(two(bytes, 5)?).ok()?, i8::try_from(two(bytes, 8)?).ok()?).ok()
}

/// Two digits.
fn two(bytes: &[u8], at: usize) -> Option<u8> {
    match (bytes.get(at)?, bytes.get(at + 1)?) {
        (tens @ b'0'..=b'9', ones @ b'0'..=b'9') => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

/// An instant as RFC 3339 in UTC.
pub(crate) fn instant(value: &Wire, form: &WireForm, zone: &Zone<'_>) -> Option<String> {
    let text = value.as_text()?;
    let instant = match (form, value) {
        (WireForm::Unix, _) => unix(&text, 0),
        (WireForm::UnixMillis, _) => unix(&text, 3),
        (_, Wire::Number(_) | Wire::Bool(_)) => None,
        (WireForm::ODataV2, _) => odata_v2(&text),
        (WireForm::Pattern(pattern), _) => {
            let (day, time) = by_pattern(&text, pattern)?;
            zone.instant(day.to_datetime(time?))
        }
        (WireForm::Plain | WireForm::Midnight | WireForm::Minor(_) | WireForm::Lower | WireForm::Html, _) => {
            match iso(&text)? {
                Written::Instant(instant) => Some(instant),
                Written::Local(local) => zone.instant(local),
                Written::Day(_) => None,
            }
        }
    }?;
    // RFC 3339 has four digits for the year.
    (0..=9999).contains(&TimeZone::UTC.to_datetime(instant).year()).then(|| instant.to_string())
}

/// A calendar day as `YYYY-MM-DD`.
pub(crate) fn day(value: &Wire, form: &WireForm, zone: &Zone<'_>) -> Option<String> {
    let text = value.as_text()?;
    let day = match (form, value) {
        (WireForm::Unix, _) => zone.day(unix(&text, 0)?),
        (WireForm::UnixMillis, _) => zone.day(unix(&text, 3)?),
        // Services of OData V2 have no type for days: they write a day as its midnight in UTC, wherever they are.
        (WireForm::ODataV2, Wire::Text(_)) => Zone("UTC").day(odata_v2(&text)?),
        (WireForm::Pattern(pattern), _) => by_pattern(&text, pattern).map(|(day, _)| day),
        (_, Wire::Number(_) | Wire::Bool(_)) => None,
        _ => match iso(&text)? {
            Written::Day(day) => Some(day),
            Written::Local(local) => Some(local.date()),
            Written::Instant(instant) => zone.day(instant),
        },
    }?;
    (0..=9999).contains(&day.year()).then(|| day.to_string())
}

enum Written {
    Day(Date),
    Local(DateTime),
    Instant(Timestamp),
}

fn iso(text: &str) -> Option<Written> {
    if text.len() == 10 {
        return day_in_front(text.as_bytes()).map(Written::Day);
    }
    // Only the extended form: the library would also take `20260301T10`, which could as well be a number.
    let bytes = text.as_bytes();
    let extended = bytes.get(4) == Some(&b'-') && matches!(bytes.get(10), Some(b'T' | b't' | b' '));
    if !extended {
        return None;
    }
    let instant = text.parse().map(Written::Instant);
    instant.or_else(|_| text.parse().map(Written::Local)).ok()
}

/// Seconds since 1970 (after the point was moved by `places`), with a fraction where there is one.
fn unix(text: &str, places: u32) -> Option<Timestamp> {
    let seconds = decimal::shift(text, places)?;
    let (whole, fraction) = seconds.split_once('.').unwrap_or((&seconds, ""));
    let nanos: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let nanos: i64 = nanos.parse().ok()?;
    let nanos = if seconds.starts_with('-') { -nanos } else { nanos };
    Timestamp::from_second(whole.parse().ok()?).ok()?.checked_add(SignedDuration::from_nanos(nanos)).ok()
}

/// `/Date(1770076800000)/`, `/Date(1770076800000+0060)/`: milliseconds in UTC, whatever the offset (in minutes) says of the
/// place it was written at (OData 2.0, JSON format, section 4).
fn odata_v2(text: &str) -> Option<Timestamp> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = inner.get(1..)?.find(['+', '-']).map(|at| at + 1);
    let (millis, offset) = inner.split_at_checked(sign.unwrap_or(inner.len()))?;
    let offset = offset.get(1..).unwrap_or("0");
    if offset.is_empty() || !offset.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Timestamp::from_millisecond(millis.parse().ok()?).ok()
}

/// Reads by a pattern of `YYYY`, `MM`, `DD`, `hh`, `mm`, `ss`; everything else stands for itself. The time is `None` where
/// the pattern has none.
fn by_pattern(text: &str, pattern: &str) -> Option<(Date, Option<Time>)> {
    let (mut pattern, mut text) = (pattern, text);
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut hour, mut minute, mut second) = (None, None, None);
    while let Some(next) = pattern.chars().next() {
        let slots = [
            ("YYYY", &mut year),
            ("MM", &mut month),
            ("DD", &mut day),
            ("hh", &mut hour),
            ("mm", &mut minute),
            ("ss", &mut second),
        ];
        if let Some((name, slot)) = slots.into_iter().find(|(name, _)| pattern.starts_with(name)) {
            let digits = text.get(..name.len()).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            *slot = Some(digits.parse::<i16>().ok()?);
            text = text.get(name.len()..)?;
            pattern = pattern.get(name.len()..)?;
        } else {
            text = text.strip_prefix(next)?;
            pattern = pattern.get(next.len_utf8()..)?;
        }
    }
    let small = |part: Option<i16>| part.map_or(Ok(0), i8::try_from).ok();
    let date = Date::new(year?, small(Some(month?))?, small(Some(day?))?).ok()?;
    let time = match hour {
        Some(_) => Some(Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?),
        None => None,
    };
    text.is_empty().then_some((date, time))
}
