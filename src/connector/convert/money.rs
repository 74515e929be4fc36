//! Amounts of money: from the currency's smallest unit by moving the point, never through a float.

use smol_str::SmolStr;

use crate::connector::mapping::WireForm;
use crate::expr::decimal;
use crate::model::Wire;

/// Currencies that do not have two digits behind the point (ISO 4217, list one, as amended to 2026).
const DIGITS: &[(u32, &[&str])] = &[
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
    (4, &["CLF", "UYW"]),
];

/// How many digits of a currency stand behind the point.
pub(crate) fn digits(currency: &str) -> u32 {
    DIGITS.iter().find(|(_, codes)| codes.contains(&currency)).map_or(2, |(digits, _)| *digits)
}

/// An amount in the currency's major unit; `None` where the value is no number.
pub(crate) fn amount(value: &Wire, form: &WireForm, currency: &str) -> Option<SmolStr> {
    let (Wire::Number(text) | Wire::Text(text)) = value else { return None };
    match form {
        WireForm::Minor(theirs) => {
            decimal::shift(text, theirs.of(currency).unwrap_or_else(|| digits(currency))).map(SmolStr::from)
        }
        _ => super::decimal_text(value),
    }
}
