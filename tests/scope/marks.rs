//! Recognising what is somebody else's: every text, number, key and amount of an account carries that account's mark.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde_json::Value;

/// A customer of the marked business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// In every text of the account.
    pub word: &'static str,
    /// What its numeric keys begin with, before the round's number.
    pub digits: &'static str,
    /// Which business it is of: of one round.
    pub round: u32,
    /// Only this account has amounts in it.
    pub currency: &'static str,
    /// The name of what it subscribes to.
    pub product: &'static str,
}

/// The accounts of a round's business.
pub const fn accounts(round: u32) -> [Account; 3] {
    [
        Account { word: "Xalphax", digits: "71", round, currency: "EUR", product: "Xalphax Service" },
        Account { word: "Xbravox", digits: "72", round, currency: "USD", product: "Xbravox Service" },
        Account { word: "Xcharliex", digits: "73", round, currency: "CHF", product: "Xcharliex Service" },
    ]
}

/// The accounts where there is one business only.
pub const ALPHA: Account = accounts(0)[0];
pub const BRAVO: Account = accounts(0)[1];
pub const CHARLIE: Account = accounts(0)[2];

/// A numeric key: ten digits, the most that every system takes.
pub fn number(digits: &str, round: u32, count: u32) -> String {
    format!("{digits}{:04}{:04}", round % 10_000, count % 10_000)
}

/// In everything that no customer ever sees: drafts, internal notes.
pub const SECRET: &str = "Xsecretx";

/// Digits of a numeric key: shorter runs are dates and amounts.
const KEY_DIGITS: usize = 10;

/// How often a text is taken apart: a cursor holds a system's own, which is encoded again.
const LAYERS: u8 = 3;

const LENIENT: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// What of `answer` is neither tenant-wide nor of one of the accounts `of`; with its place. Empty is good.
pub fn foreign(answer: &Value, of: &[Account]) -> Vec<String> {
    let mut found = Vec::new();
    let round = of.first().map_or(0, |account| account.round);
    walk(answer, "$", &mut |text, path| {
        for account in accounts(round).iter().filter(|account| !of.contains(account)) {
            if carries(text, account, LAYERS) {
                found.push(format!("{path}: `{text}` is of {}", account.word));
            }
        }
        if holds(text, SECRET, LAYERS) {
            found.push(format!("{path}: `{text}` is for nobody outside"));
        }
    });
    found
}

/// Whether anything of `account` is in the answer.
pub fn shows(answer: &Value, account: Account) -> bool {
    let mut shown = false;
    walk(answer, "$", &mut |text, _| shown |= carries(text, &account, LAYERS));
    shown
}

/// Calls `each` with every text, number and member's name of a JSON value, and its path.
fn walk(value: &Value, path: &str, each: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => each(text, path),
        Value::Number(number) => each(&number.to_string(), path),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| walk(item, &format!("{path}[{at}]"), each));
        }
        Value::Object(members) => {
            for (name, member) in members {
                each(name, path);
                walk(member, &format!("{path}.{name}"), each);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn carries(text: &str, account: &Account, layers: u8) -> bool {
    text == account.currency
        || holds(text, account.word, 0)
        || keys(text).any(|key| key.starts_with(&number(account.digits, account.round, 0)[..6]))
        || inside(text).any(|inner| layers > 0 && carries(&inner, account, layers - 1))
}

/// The numeric keys in a text, without the zeros that some systems pad them with; a run of digits behind a letter is part
/// of something else.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric());
    let runs = words.filter_map(|word| word.split(|char: char| !char.is_ascii_digit()).next());
    runs.map(|run| run.trim_start_matches('0')).filter(|run| run.len() >= KEY_DIGITS)
}

fn holds(text: &str, word: &str, layers: u8) -> bool {
    text.to_lowercase().contains(&word.to_lowercase())
        || inside(text).any(|inner| layers > 0 && holds(&inner, word, layers - 1))
}

/// What the encoded parts of a text say: sealed ids and cursors hide nothing, so a foreign key in one is a leak.
fn inside(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_')));
    let parts = parts.filter(|part| part.len() >= 12);
    // What stands behind an encoded part may look like more of it.
    let decoded = |part: &str| (0..4).find_map(|cut| LENIENT.decode(&part[..part.len() - cut]).ok());
    parts.filter_map(move |part| decoded(part).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;
    use vestibule::seal::Sealer;
    use vestibule::secret::Secret;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&Secret::new("a sealing key that is long enough for tests".to_owned()), "demo")
            .expect("long enough")
    }

    #[test]
    fn what_is_somebody_elses_is_recognised_in_every_form() {
        let id = sealer().id("Order", "erp", "7200000001");
        // As an open cursor with a system's own inside would look.
        let token = URL_SAFE_NO_PAD.encode("2026-01-01T00:00:00Z|7200000002");
        let cursor = URL_SAFE_NO_PAD.encode(format!("\u{1}{token}\u{2}w"));
        for leak in [
            json!({ "a": [{ "subject": "Pump of XBRAVOX" }] }),
            json!({ "number": "7200000001" }),
            json!({ "number": 7_200_000_001_u64 }),
            json!({ "currency": "USD" }),
            json!({ "id": id }),
            json!({ "cursor": cursor }),
            json!({ "errors": [{ "message": "no 0007200000001" , "path": ["xbravox"] }] }),
            json!({ "note": "Xsecretx" }),
        ] {
            assert!(!foreign(&leak, &[ALPHA]).is_empty(), "{leak}");
        }
    }

    #[test]
    fn what_is_ones_own_or_everybodys_is_not() {
        let own = json!({
            "id": sealer().id("Order", "erp", "7100000001"), "subject": "Pump of Xalphax", "total": { "currency": "EUR" },
            "fetchedAt": "2026-01-01T00:00:00.720212345Z", "sku": "PUMP-7", "totalCount": 72,
        });
        assert_eq!(foreign(&own, &[ALPHA]), Vec::<String>::new());
        assert!(shows(&own, ALPHA) && !shows(&own, BRAVO));
    }
}
