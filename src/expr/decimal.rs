//! Exact decimals as text: read, compared and reckoned with, never through a float.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// The most characters a number may have once it is written out.
const LONGEST: usize = 96;

/// The most digits that may stand after the point in a sum or product.
const SCALE: u32 = Decimal::MAX_SCALE;

/// The digits that a quotient keeps after the point.
const QUOTIENT: u32 = 6;

/// A number written out plainly: `1.8405E3` is `1840.5`, `+007.50` is `7.50`, `.5` is `0.5`. Zeros at the end stay, since
/// they say how exact the system was. `None` where it is no number, or would be longer than 96 characters.
#[must_use]
pub fn plain(text: &str) -> Option<String> {
    if is_plain(text) {
        return Some(text.to_owned());
    }
    if text.len() > LONGEST {
        return None;
    }
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    place(negative, &digits, i64::try_from(whole.len()).ok()? + i64::from(exponent))
}

/// Whether a number stands there as [`plain`] writes it, and is not below zero: nearly every number does.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = text.as_bytes().splitn(2, |byte| *byte == b'.');
    let whole = parts.next().unwrap_or_default();
    text.len() <= LONGEST && digits(whole) && parts.all(digits) && (whole == b"0" || !whole.starts_with(b"0"))
}

/// Writes digits with the point behind the first `point` of them.
fn place(negative: bool, digits: &str, point: i64) -> Option<String> {
    let count = i64::try_from(digits.len()).ok()?;
    let longest = i64::try_from(LONGEST).ok()?;
    if point.abs() > longest || count > longest {
        return None;
    }
    let before = usize::try_from((-point).max(0)).ok()?;
    let after = usize::try_from((point - count).max(0)).ok()?;
    let all = ["0".repeat(before).as_str(), digits, "0".repeat(after).as_str()].concat();
    let (whole, fraction) = all.split_at_checked(usize::try_from(point.max(0)).ok()?)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && all.bytes().any(|byte| byte != b'0') { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    let text = [sign, whole, point, fraction].concat();
    (text.len() <= LONGEST).then_some(text)
}

/// A number divided by ten to the power of `places`, by moving the point: `1234` by 2 is `12.34`.
#[must_use]
pub fn shift(text: &str, places: u32) -> Option<String> {
    let plain = plain(text)?;
    let (negative, unsigned) = plain.strip_prefix('-').map_or((false, plain.as_str()), |rest| (true, rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let point = i64::try_from(whole.len()).ok()? - i64::from(places);
    place(negative, &[whole, fraction].concat(), point)
}

/// A whole number that fits 64 bits; `3.000` and `1E3` are whole, too.
#[must_use]
pub fn whole(text: &str) -> Option<i64> {
    if text.len() <= LONGEST
        && let Ok(number) = text.parse()
    {
        return Some(number);
    }
    let plain = plain(text)?;
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if fraction.bytes().any(|byte| byte != b'0') {
        return None;
    }
    whole.parse().ok()
}

/// Compares two numbers of any length by value; `None` where one is no number.
#[must_use]
pub fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (plain(a)?, plain(b)?);
    let (a, b) = (Split::of(&a), Split::of(&b));
    let size = (a.whole.len(), a.whole, a.fraction).cmp(&(b.whole.len(), b.whole, b.fraction));
    Some(match (a.negative, b.negative) {
        (false, false) => size,
        (true, true) => size.reverse(),
        // Nothing without its zeros at the end has no sign, see `Split::of`.
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// A plain number in parts that compare as text.
struct Split<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Split<'a> {
    /// Takes what [`plain`] wrote: there are no zeros in front, and zero has no sign.
    fn of(plain: &'a str) -> Self {
        let (negative, unsigned) = plain.strip_prefix('-').map_or((false, plain), |rest| (true, rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        Self { negative, whole, fraction: fraction.trim_end_matches('0') }
    }
}

/// The exact sum; `None` where an operand is no number or the result has more digits than can be kept.
#[must_use]
pub fn add(a: &str, b: &str) -> Option<String> {
    exact_sum(read(a)?, read(b)?)
}

/// The exact difference; `None` as with [`add`].
#[must_use]
pub fn subtract(a: &str, b: &str) -> Option<String> {
    exact_sum(read(a)?, -read(b)?)
}

/// The exact product; `None` as with [`add`].
#[must_use]
pub fn multiply(a: &str, b: &str) -> Option<String> {
    let (mut a, mut b) = (read(a)?, read(b)?);
    if a.scale() + b.scale() > SCALE {
        (a, b) = (a.normalize(), b.normalize());
    }
    let product = a.checked_mul(b)?;
    // The library rounds where digits do not fit; it can be told by the scale.
    let exact = product.is_zero() && (a.is_zero() || b.is_zero()) || product.scale() == a.scale() + b.scale();
    exact.then(|| write(product))
}

/// The quotient, rounded half to even to six digits behind the point, without zeros at its end; `None` where an operand
/// is no number, or it is divided by zero.
#[must_use]
pub fn divide(a: &str, b: &str) -> Option<String> {
    Some(write(read(a)?.checked_div(read(b)?)?.round_dp(QUOTIENT).normalize()))
}

/// Whether it is a number, and nothing.
#[must_use]
pub fn is_zero(text: &str) -> bool {
    read(text).is_some_and(|number| number.is_zero())
}

fn exact_sum(a: Decimal, b: Decimal) -> Option<String> {
    let sum = a.checked_add(b)?;
    let exact = a.is_zero() || b.is_zero() || sum.scale() == a.scale().max(b.scale());
    exact.then(|| write(sum))
}

fn read(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(&plain(text)?).ok()
}

fn write(value: Decimal) -> String {
    let value = if value.is_zero() { value.abs() } else { value };
    value.to_string()
}
