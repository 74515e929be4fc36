//! A day and a time of day, which some systems keep apart, as one local time.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// `YYYY-MM-DDThh:mm:ss` of a day and a time of day; `None` where one of them is none.
pub(super) fn at(day: &str, time: &str) -> Option<String> {
    let (day, time) = (read_day(day)?, read_time(time)?);
    Some(day.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

/// An ISO day, or OData V2's `/Date(1770076800000)/`: its midnight in UTC.
pub(super) fn read_day(text: &str) -> Option<Date> {
    let Some(millis) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) else {
        return text.parse().ok();
    };
    let instant = Timestamp::from_millisecond(millis.parse().ok()?).ok()?;
    Some(TimeZone::UTC.to_datetime(instant).date())
}

/// `08:30` or `08:30:00`, or a duration since midnight: `PT08H30M00S`.
fn read_time(text: &str) -> Option<Time> {
    let Some(mut rest) = text.strip_prefix("PT") else { return text.parse().ok() };
    let mut part = |unit: char| {
        let Some((number, after)) = rest.split_once(unit) else { return Some(0) };
        rest = after;
        number.split('.').next()?.parse::<i8>().ok()
    };
    let (hour, minute, second) = (part('H')?, part('M')?, part('S')?);
    if !rest.is_empty() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn a_day_and_a_time_are_one_local_time() {
        let expected = Some("2026-02-03T08:30:00".to_owned());
        for day in ["2026-02-03", "/Date(1770076800000)/"] {
            for time in ["08:30", "08:30:00", "PT08H30M00S", "PT8H30M", "PT08H30M00.0000000S"] {
                assert_eq!(at(day, time), expected, "{day} {time}");
            }
        }
    }

    #[test]
    fn what_is_no_day_or_no_time_of_day_is_nothing() {
        for (day, time) in [
            ("3 February", "08:30"),
            ("/Date(x)/", "08:30"),
            ("2026-02-03", "25:00"),
            ("2026-02-03", "PT25H"),
            ("2026-02-03", "P1D"),
            ("2026-02-03", "PT1H2X"),
            ("2026-02-03", ""),
        ] {
            assert_eq!(at(day, time), None, "{day} {time}");
        }
    }
}
