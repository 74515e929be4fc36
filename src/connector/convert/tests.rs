//! Every scalar in every form: what fits, what it becomes, and what is refused.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::connector::mapping::Digits;

const BERLIN: Zone<'static> = Zone("Europe/Berlin");

fn text(text: &str) -> Wire {
    Wire::Text(text.into())
}

fn number(text: &str) -> Wire {
    Wire::Number(text.into())
}

/// What a value becomes, as text; `-` where it is refused.
fn fit(kind: Scalar, value: &Wire, form: &WireForm) -> String {
    match scalar(kind, value, form, &BERLIN) {
        Ok(Value::Text(text)) => text.to_string(),
        Ok(Value::Int(value)) => value.to_string(),
        Ok(Value::Bool(value)) => value.to_string(),
        Ok(other) => format!("{other:?}"),
        Err(_) => "-".to_owned(),
    }
}

#[test]
fn plain_values_fit_or_are_refused() {
    let cases = [
        (Scalar::Int, number("2147483647"), "2147483647"),
        (Scalar::Int, number("2147483648"), "-"),
        (Scalar::Int, text("-3.000"), "-3"),
        (Scalar::Int, number("3.5"), "-"),
        (Scalar::Int, text(""), "-"),
        (Scalar::Int, Wire::Bool(true), "-"),
        (Scalar::Long, number("9007199254740991"), "9007199254740991"),
        (Scalar::Long, number("9007199254740992"), "-"),
        (Scalar::Long, text("-9007199254740991"), "-9007199254740991"),
        (Scalar::Boolean, text("true"), "true"),
        (Scalar::Boolean, Wire::Bool(false), "false"),
        (Scalar::Boolean, text("yes"), "-"),
        (Scalar::Boolean, number("1"), "-"),
        (Scalar::String, number("12.50"), "12.50"),
        (Scalar::String, text(""), ""),
        (Scalar::String, Wire::List(vec![]), "-"),
        (Scalar::Id, number("7"), "7"),
        (Scalar::Decimal, number("1.8405E3"), "1840.5"),
        (Scalar::Decimal, text("12.500"), "12.500"),
        (Scalar::Decimal, number("123456789012345678901234567890.12"), "123456789012345678901234567890.12"),
        (Scalar::Decimal, text("12,5"), "-"),
        (Scalar::Decimal, Wire::Bool(true), "-"),
        (Scalar::CurrencyCode, text("EUR"), "EUR"),
        (Scalar::CurrencyCode, text("eur"), "-"),
        (Scalar::CurrencyCode, text("EURO"), "-"),
        (Scalar::CountryCode, text("AT"), "AT"),
        (Scalar::CountryCode, text("AUT"), "-"),
        (Scalar::Locale, text("en-us"), "en-US"),
        (Scalar::Locale, text("de_AT"), "de-AT"),
        (Scalar::Locale, text("ZH-hans-cn"), "zh-Hans-CN"),
        (Scalar::Locale, text("es-419"), "es-419"),
        (Scalar::Locale, text("de-DE-U-CO-PHONEBK"), "de-DE-u-co-phonebk"),
        (Scalar::Locale, text("english language"), "-"),
        (Scalar::Locale, text("e"), "-"),
        (Scalar::Locale, text(""), "-"),
        (Scalar::TimeZone, text("Europe/Vienna"), "Europe/Vienna"),
        (Scalar::TimeZone, text("UTC"), "UTC"),
        (Scalar::TimeZone, text("Mars/Olympus"), "-"),
        (Scalar::Url, text("https://example.com/a?b=c"), "https://example.com/a?b=c"),
        (Scalar::Url, text("HTTP://EXAMPLE.com"), "http://example.com/"),
        (Scalar::Url, text("javascript:alert(1)"), "-"),
        (Scalar::Url, text("/relative"), "-"),
        (Scalar::Url, text("ftp://example.com"), "-"),
        (Scalar::Html, text("<b onclick=x>a</b><script>1</script>"), "<b>a</b>"),
    ];
    for (kind, value, expected) in cases {
        assert_eq!(fit(kind, &value, &WireForm::Plain), expected, "{kind:?} of {value:?}");
    }
    assert_eq!(fit(Scalar::String, &text("Your <em>portal</em> &amp; you"), &WireForm::Html), "Your portal & you");
    assert_eq!(fit(Scalar::CurrencyCode, &text("usd"), &WireForm::Lower), "USD");
    assert_eq!(fit(Scalar::CountryCode, &text("de"), &WireForm::Lower), "DE");
}

#[test]
fn times_of_every_form() {
    let pattern = |text: &str| WireForm::Pattern(text.into());
    let seconds = "YYYY-MM-DD hh:mm:ss";
    // Value, form, as a DateTime, as a Date (in Berlin).
    let cases = [
        (text("2026-03-01T23:30:00Z"), WireForm::Plain, "2026-03-01T23:30:00Z", "2026-03-02"),
        (text("2026-03-01T23:30:00.250+02:00"), WireForm::Plain, "2026-03-01T21:30:00.25Z", "2026-03-01"),
        (text("2026-03-01T23:30:00+0000"), WireForm::Plain, "2026-03-01T23:30:00Z", "2026-03-02"),
        (text("2026-03-01T00:00:00"), WireForm::Plain, "2026-02-28T23:00:00Z", "2026-03-01"),
        (text("2026-07-01 12:00:00"), WireForm::Plain, "2026-07-01T10:00:00Z", "2026-07-01"),
        (text("2026-03-29T02:30:00"), WireForm::Plain, "2026-03-29T01:30:00Z", "2026-03-29"),
        (text("2026-10-25T02:30:00"), WireForm::Plain, "2026-10-25T00:30:00Z", "2026-10-25"),
        (text("2026-03-01"), WireForm::Plain, "-", "2026-03-01"),
        (text("2026-02-29"), WireForm::Plain, "-", "-"),
        (text("2026-3-1"), WireForm::Plain, "-", "-"),
        (text("20260301"), WireForm::Plain, "-", "-"),
        (number("20260301"), WireForm::Plain, "-", "-"),
        (number("1770076800"), WireForm::Plain, "-", "-"),
        (text("0001-01-01"), WireForm::Plain, "-", "0001-01-01"),
        (text("yesterday"), WireForm::Plain, "-", "-"),
        (text(""), WireForm::Plain, "-", "-"),
        (number("1770076800"), WireForm::Unix, "2026-02-03T00:00:00Z", "2026-02-03"),
        (text("1770076800"), WireForm::Unix, "2026-02-03T00:00:00Z", "2026-02-03"),
        (number("1.7700768E9"), WireForm::Unix, "2026-02-03T00:00:00Z", "2026-02-03"),
        (number("-1.5"), WireForm::Unix, "1969-12-31T23:59:58.5Z", "1970-01-01"),
        (number("-86400"), WireForm::Unix, "1969-12-31T00:00:00Z", "1969-12-31"),
        (number("0"), WireForm::Unix, "1970-01-01T00:00:00Z", "1970-01-01"),
        (number("99999999999999"), WireForm::Unix, "-", "-"),
        (text("2026-03-01"), WireForm::Unix, "-", "-"),
        (number("1770076800123"), WireForm::UnixMillis, "2026-02-03T00:00:00.123Z", "2026-02-03"),
        (number("-1"), WireForm::UnixMillis, "1969-12-31T23:59:59.999Z", "1970-01-01"),
        (text("/Date(1770076800000)/"), WireForm::ODataV2, "2026-02-03T00:00:00Z", "2026-02-03"),
        (text("/Date(1770159600000+0060)/"), WireForm::ODataV2, "2026-02-03T23:00:00Z", "2026-02-03"),
        (text("/Date(-86400000)/"), WireForm::ODataV2, "1969-12-31T00:00:00Z", "1969-12-31"),
        (text("/Date(-1-0300)/"), WireForm::ODataV2, "1969-12-31T23:59:59.999Z", "1969-12-31"),
        (text("/Date(1770076800000+)/"), WireForm::ODataV2, "-", "-"),
        (text("/Date()/"), WireForm::ODataV2, "-", "-"),
        (text("2026-03-01T23:30:00Z"), WireForm::ODataV2, "-", "-"),
        (text("2026-03-01 23:30:05"), pattern(seconds), "2026-03-01T22:30:05Z", "2026-03-01"),
        (text("2026-03-01 23:30:05.1"), pattern(seconds), "-", "-"),
        (text("2026-03-01"), pattern(seconds), "-", "-"),
        (text("01.03.2026"), pattern("DD.MM.YYYY"), "-", "2026-03-01"),
        (text("20260301"), pattern("YYYYMMDD"), "-", "2026-03-01"),
        (number("20260301"), pattern("YYYYMMDD"), "-", "2026-03-01"),
        (text("20261301"), pattern("YYYYMMDD"), "-", "-"),
        (text("2026é301"), pattern("YYYYMMDD"), "-", "-"),
    ];
    for (value, form, instant, day) in cases {
        assert_eq!(fit(Scalar::DateTime, &value, &form), instant, "DateTime of {value:?} as {form:?}");
        assert_eq!(fit(Scalar::Date, &value, &form), day, "Date of {value:?} as {form:?}");
    }
    let nowhere = scalar(Scalar::DateTime, &text("2026-03-01T00:00:00"), &WireForm::Plain, &Zone("Mars/Olympus"));
    assert!(nowhere.is_err(), "a zone that does not exist fits nothing");
}

#[test]
fn smallest_units_are_those_of_the_currency() {
    let cases = [
        ("184050", "EUR", Some("1840.50")),
        ("5", "EUR", Some("0.05")),
        ("-5", "EUR", Some("-0.05")),
        ("0", "EUR", Some("0.00")),
        ("1234.5", "EUR", Some("12.345")),
        ("500", "JPY", Some("500")),
        ("1234567", "KWD", Some("1234.567")),
        ("12345", "CLF", Some("1.2345")),
        ("1e2", "USD", Some("1.00")),
        ("x", "EUR", None),
    ];
    for (minor, currency, expected) in cases {
        let found = money::amount(&number(minor), &WireForm::Minor(Digits::default()), currency);
        assert_eq!(found.as_deref(), expected, "{minor} {currency}");
    }
    let theirs = Digits(Arc::from([(Arc::from("ISK"), 2), (Arc::from("MGA"), 0)]));
    for (minor, currency, expected) in [("500", "ISK", "5.00"), ("500", "MGA", "500"), ("500", "JPY", "500")] {
        let found = money::amount(&number(minor), &WireForm::Minor(theirs.clone()), currency);
        assert_eq!(found.as_deref(), Some(expected), "{minor} {currency} by the system's own digits");
    }
    assert_eq!(money::amount(&text("1.8405E3"), &WireForm::Plain, "EUR").as_deref(), Some("1840.5"));
    assert_eq!(money::amount(&Wire::Bool(true), &WireForm::Plain, "EUR"), None);
}

#[test]
fn rich_text_reads_in_both_forms() {
    let html = [
        ("<p>One &amp; two</p><p>three<br>four</p>", "One & two\n\nthree\nfour"),
        ("<ul><li>a</li><li>b &lt;c&gt;</li></ul>end", "a\nb <c>\n\nend"),
        ("a\n   b\t<b>c</b>", "a b c"),
        ("<pre>x\n  y</pre>", "x\n  y"),
        ("<script>alert(1)</script>ok", "ok"),
        ("<a href=\"https://x.example/?a=1&amp;b=>\" title=\"a > b\">link</a>", "link"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&eacute;&nbsp;x", "é x"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("1 < 2", "1 < 2"),
        ("", ""),
    ];
    for (written, expected) in html {
        assert_eq!(super::text::from_html(&super::text::sanitised(written)), expected, "{written}");
    }
    let plain = [
        ("Hi\r\nyou\n\n\n<b>", "<p>Hi<br>you</p><p>&lt;b&gt;</p>"),
        ("\"a\" & b", "<p>&quot;a&quot; &amp; b</p>"),
        ("", ""),
    ];
    for (written, expected) in plain {
        assert_eq!(super::text::to_html(written), expected, "{written:?}");
    }
}

#[test]
fn messages_describe_values_without_telling_them() {
    assert_eq!(describe(&text("secret")), "a text of 6 characters");
    assert_eq!(describe(&number("42")), "a number of 2 characters");
    assert_eq!(describe(&Wire::List(vec![Wire::Null])), "a list of 1");
}

proptest! {
    #[test]
    fn minor_units_are_exact(minor in any::<i64>(), place in 0_usize..4) {
        let (currency, digits) = [("EUR", 2), ("JPY", 0), ("KWD", 3), ("UYW", 4)][place];
        let amount = money::amount(&number(&minor.to_string()), &WireForm::Minor(Digits::default()), currency).unwrap();
        let expected = rust_decimal::Decimal::new(minor, digits);
        prop_assert_eq!(rust_decimal::Decimal::from_str_exact(&amount).unwrap(), expected);
        prop_assert_eq!(amount.split_once('.').map_or(0, |(_, fraction)| fraction.len()), digits as usize);
    }

    #[test]
    fn instants_of_numbers_come_back(millis in -62_000_000_000_000_i64..250_000_000_000_000) {
        let written = fit(Scalar::DateTime, &number(&millis.to_string()), &WireForm::UnixMillis);
        let read: jiff::Timestamp = written.parse().unwrap();
        prop_assert_eq!(read.as_millisecond(), millis);
        prop_assert!(written.ends_with('Z'));
        let odata = fit(Scalar::DateTime, &text(&format!("/Date({millis})/")), &WireForm::ODataV2);
        prop_assert_eq!(odata, written);
    }

    #[test]
    fn days_stay_days(year in 0_i16..=9999, month in 1_i8..=12, day in 1_i8..=28) {
        let written = format!("{year:04}-{month:02}-{day:02}");
        prop_assert_eq!(fit(Scalar::Date, &text(&written), &WireForm::Plain), written.clone());
        prop_assert_eq!(fit(Scalar::DateTime, &text(&written), &WireForm::Plain), "-");
    }

    #[test]
    fn no_text_gets_past_the_sanitiser(html in "(<[a-z/]{0,6}|[ -~]){0,40}") {
        let clean = super::text::sanitised(&html);
        prop_assert!(!clean.contains("<script"));
        let plain = super::text::from_html(&clean);
        prop_assert_eq!(super::text::to_html(&plain).matches("<b>").count(), 0);
    }

    #[test]
    fn a_text_survives_html(lines in prop::collection::vec("[!-~]{1,8}( [!-~]{1,8}){0,3}", 1..5)) {
        let plain = lines.join("\n");
        prop_assert_eq!(super::text::from_html(&super::text::to_html(&plain)), plain);
    }
}

proptest! {
    #[test]
    fn a_time_is_passed_on_as_it_is_where_it_would_be_written_so(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z)?",
    ) {
        let (wire, form) = (Wire::Text(text.as_str().into()), WireForm::Plain);
        let written = if text.len() == 10 { time::day(&wire, &form, &BERLIN) } else { time::instant(&wire, &form, &BERLIN) };
        let as_it_is = time::is_day(&text) || time::is_instant(&text);
        prop_assert_eq!(as_it_is, written.as_deref() == Some(&*text), "{:?}", written);
    }
}
