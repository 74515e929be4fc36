//! Amounts of money for people: exact, in the marks and order of the reader's language.

use std::fmt::Write as _;

/// How a language writes amounts.
struct Marks {
    group: &'static str,
    decimal: &'static str,
    /// The symbol comes first.
    first: bool,
    /// Between symbol and number.
    gap: &'static str,
}

/// An amount as people of `locale` write it; the digits are those of `amount`, with at least the currency's own.
#[must_use]
pub(super) fn format(amount: &str, currency: &str, locale: &str) -> String {
    let (negative, digits) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return format!("{amount} {currency}");
    }
    let marks = marks(locale);
    let mut number = String::with_capacity(amount.len() + 8);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            number.push_str(marks.group);
        }
        number.push(digit);
    }
    let places = minor(currency);
    // More digits than the currency has are kept where they say something: unit prices have them.
    let kept = fraction.trim_end_matches('0').len().max(places);
    if kept > 0 {
        let _ = write!(number, "{}{:0<kept$}", marks.decimal, fraction.get(..kept).unwrap_or(fraction));
    }
    let sign = if negative { "-" } else { "" };
    let symbol = symbol(currency);
    // A code is no symbol: it never touches the number.
    let gap = if symbol.len() == 3 && symbol == currency { "\u{a0}" } else { marks.gap };
    if marks.first { format!("{sign}{symbol}{gap}{number}") } else { format!("{sign}{number}\u{a0}{symbol}") }
}

fn marks(locale: &str) -> Marks {
    let (language, region) = locale.split_once('-').unwrap_or((locale, ""));
    let (group, decimal, first, gap) = match (language, region) {
        ("de" | "it", "CH") => ("’", ".", true, "\u{a0}"),
        ("de", "AT") | ("nl", _) => (".", ",", true, "\u{a0}"),
        ("pt", "BR") => (".", ",", true, "\u{a0}"),
        ("es", "MX" | "US") => (",", ".", true, ""),
        ("de" | "es" | "it" | "pt" | "da" | "tr" | "el" | "id" | "hr" | "ro" | "sl", _) => (".", ",", false, ""),
        ("fr", _) => ("\u{202f}", ",", false, ""),
        ("sv" | "nb" | "nn" | "no" | "fi" | "pl" | "cs" | "sk" | "hu" | "uk" | "ru" | "bg", _) => {
            ("\u{a0}", ",", false, "")
        }
        _ => (",", ".", true, ""),
    };
    Marks { group, decimal, first, gap }
}

fn symbol(currency: &str) -> &str {
    match currency {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        other => other,
    }
}

/// Digits behind the point, by ISO 4217.
fn minor(currency: &str) -> usize {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XAF" | "XOF" | "XPF" | "PYG" | "UGX" | "RWF" | "KMF" | "GNF"
        | "DJF" | "BIF" | "VUV" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn amounts_are_written_as_people_do() {
        for (amount, currency, locale, text) in [
            ("1234.5", "EUR", "nl-NL", "€\u{a0}1.234,50"),
            ("-1234567.00", "EUR", "de-DE", "-1.234.567,00\u{a0}€"),
            ("0.1234", "USD", "en-US", "$0.1234"),
            ("1500", "JPY", "en", "¥1,500"),
            ("1500", "SEK", "sv-SE", "1\u{a0}500,00\u{a0}SEK"),
            ("12", "CHF", "en-GB", "CHF\u{a0}12.00"),
            ("12.5000", "GBP", "en-GB", "£12.50"),
            ("1e5", "GBP", "en-GB", "1e5 GBP"),
        ] {
            assert_eq!(format(amount, currency, locale), text);
        }
    }
}
