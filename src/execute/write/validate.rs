//! The input of a write, looked at before anything is sent: what is wrong with it, and which records it names.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Path, UserError};
use crate::connector::normal;
use crate::execute::Upload;
use crate::graph::{Bounds, Constraint, Format, Member, MemberKind, Scalar, Target};
use crate::model::{EntityId, RefusalCode};
use crate::plan::Input;

/// The most faults that are told of one input: what a person puts right first.
const MOST: usize = 50;
/// The fewest digits of a telephone number, and the most (E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

/// A record that an input names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Where in the input.
    pub(super) path: Path,
    /// The sealed id.
    pub(super) id: Arc<str>,
    /// What it has to be; anything where left out.
    pub(super) entity: Option<EntityId>,
    /// It is the record that is changed.
    pub(super) itself: bool,
}

/// What was found in an input.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) faults: Vec<UserError>,
    pub(super) named: Vec<Named>,
    /// The files of the request that are in it, by their number, each with where.
    pub(super) files: Vec<(usize, Path)>,
}

impl Checked {
    /// Looks at an input of a write of `entity`, which came with these files.
    pub(super) fn of(members: &[Member], input: &Input, entity: EntityId, files: &[Upload]) -> Self {
        let mut walk = Walk { entity, files, path: vec![Arc::from("input")], found: Self::default() };
        walk.members(members, input);
        walk.found
    }
}

struct Walk<'a> {
    entity: EntityId,
    files: &'a [Upload],
    path: Path,
    found: Checked,
}

impl Walk<'_> {
    fn members(&mut self, members: &[Member], input: &Input) {
        for member in members {
            let Some(value) = input.get(&member.name) else { continue };
            self.below(Arc::clone(&member.name), |walk| walk.member(member, value));
        }
    }

    fn below(&mut self, step: Arc<str>, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }

    fn say(&mut self, code: RefusalCode) {
        tell(&mut self.found.faults, code, &self.path);
    }

    fn member(&mut self, member: &Member, value: &Input) {
        match value {
            Input::Null => {}
            Input::List(items) => {
                if let Some(code) = counted(member.bounds.items, items.len(), RefusalCode::OutOfRange) {
                    self.say(code);
                }
                // A list that is too long is refused whatever is in it, and every record that is named is read: what stands
                // beyond its bound is not looked at.
                let most = member.bounds.items.most.unwrap_or(usize::MAX);
                for (at, item) in items.iter().enumerate().take(most) {
                    self.below(Arc::from(at.to_string()), |walk| walk.member(member, item));
                }
            }
            value => match &member.kind {
                MemberKind::Object(members) => self.members(members, value),
                MemberKind::Itself => self.name(value, Some(self.entity), true),
                MemberKind::Record(Target::Entity(entity)) => self.name(value, Some(*entity), false),
                MemberKind::Record(Target::Any) => self.name(value, None, false),
                MemberKind::Plain | MemberKind::IdempotencyKey | MemberKind::Version => {
                    if let Some(code) = fault(&member.bounds, value).or_else(|| foreign(&member.named, value)) {
                        self.say(code);
                    }
                }
                MemberKind::File => self.file(value),
            },
        }
    }

    fn file(&mut self, value: &Input) {
        let number = match value {
            Input::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        match number.and_then(|number| Some((number, self.files.get(number)?))) {
            Some((_, Upload { fault: Some(code), .. })) => self.say(*code),
            Some((number, _)) => self.found.files.push((number, self.path.clone())),
            None => self.say(RefusalCode::Invalid),
        }
    }

    fn name(&mut self, value: &Input, entity: Option<EntityId>, itself: bool) {
        match value.as_text() {
            Some(id) => self.found.named.push(Named { path: self.path.clone(), id, entity, itself }),
            None => self.say(RefusalCode::Invalid),
        }
    }
}

/// Adds a fault of an input, unless as many are told already as a person puts right first.
pub(super) fn tell(faults: &mut Vec<UserError>, code: RefusalCode, path: &[Arc<str>]) {
    if faults.len() < MOST {
        faults.push(UserError { code, path: path.to_vec(), message: None });
    }
}

fn counted(bounds: Bounds<usize>, count: usize, over: RefusalCode) -> Option<RefusalCode> {
    match bounds {
        Bounds { least: Some(least), .. } if count < least && count == 0 => Some(RefusalCode::Required),
        Bounds { least: Some(least), .. } if count < least => Some(RefusalCode::OutOfRange),
        Bounds { most: Some(most), .. } if count > most => Some(over),
        _ => None,
    }
}

/// What is wrong with a scalar.
fn fault(bounds: &Constraint, value: &Input) -> Option<RefusalCode> {
    let text = value.as_text()?;
    let letters = counted(bounds.letters, text.trim().chars().count(), RefusalCode::TooLong);
    let format = || {
        let fits = match bounds.format? {
            Format::Email => is_email(text.trim()),
            Format::Phone => is_phone(text.trim()),
        };
        (!fits).then_some(RefusalCode::Invalid)
    };
    letters.or_else(format).or_else(|| out_of_range(bounds, &text))
}

/// Whether a text is none of its scalar's: no address, no country, no language.
fn foreign(named: &str, value: &Input) -> Option<RefusalCode> {
    let (Input::Text(text), Some(scalar)) = (value, Scalar::named(named)) else { return None };
    normal(scalar, text).is_none().then_some(RefusalCode::Invalid)
}

fn out_of_range(bounds: &Constraint, text: &str) -> Option<RefusalCode> {
    let Constraint { number, above, .. } = bounds;
    if number.least.is_none() && number.most.is_none() && above.is_none() {
        return None;
    }
    let Ok(value) = text.parse::<Decimal>() else { return Some(RefusalCode::Invalid) };
    let outside = number.least.is_some_and(|least| value < least)
        || number.most.is_some_and(|most| value > most)
        || above.is_some_and(|above| value <= above);
    outside.then_some(RefusalCode::OutOfRange)
}

/// Whether it can be an address that mail is sent to: what is surely none is refused, the rest is its system's to say.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_free =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"');
    let labels = || domain.split('.');
    !local.is_empty()
        && local.chars().all(|c| is_free(c) && c != '@')
        && labels().count() > 1
        && labels().all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

/// Whether it can be a telephone number, however it is written.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_written = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '/' | '.' | '(' | ')' | '\u{a0}');
    let number = text.split(['x', '#']).next().unwrap_or_default();
    DIGITS.contains(&digits) && number.chars().all(is_written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_that_cannot_be_are_refused() {
        for good in ["a@b.example", "kim.o'hara+portal@sub.b-c.example", "ünal@müller.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["", "a", "@b.example", "a@", "a@b", "a@b..example", "a b@c.example", "a@@b.example", "<a@b.example>"]
        {
            assert!(!is_email(bad), "{bad}");
        }
        for good in ["+49 (30) 1234-567", "030/123456", "555-0100 x12", "112"] {
            assert!(is_phone(good), "{good}");
        }
        for bad in ["", "12", "call me", "+49 30 12345678901234567", "1234; DROP"] {
            assert!(!is_phone(bad), "{bad}");
        }
    }

    #[test]
    fn a_text_that_its_scalar_does_not_have_is_refused() {
        let text = |text: &str| Input::Text(Arc::from(text));
        for (named, good, bad) in [
            ("URL", "https://portal.example/paid?a=b", "javascript:alert(1)"),
            ("URL", "HTTP://portal.example", "/paid"),
            ("CountryCode", "NL", "Holland"),
            ("CurrencyCode", "EUR", "EURO"),
            ("Locale", "de-CH", "German!"),
            ("TimeZone", "Europe/Amsterdam", "Mars/Olympus"),
        ] {
            assert_eq!(foreign(named, &text(good)), None, "{good}");
            assert_eq!(foreign(named, &text(bad)), Some(RefusalCode::Invalid), "{bad}");
        }
        assert_eq!(foreign("String", &text("anything")), None);
        assert_eq!(foreign("TicketPriority", &text("HIGH")), None, "enums are looked at with the request");
    }

    #[test]
    fn bounds_are_told_apart() {
        let letters = Constraint { letters: Bounds { least: Some(1), most: Some(3) }, ..Constraint::default() };
        let number = |text: &str| Input::Text(Arc::from(text));
        assert_eq!(fault(&letters, &number("  ")), Some(RefusalCode::Required));
        assert_eq!(fault(&letters, &number("abcd")), Some(RefusalCode::TooLong));
        assert_eq!(fault(&letters, &number("abc")), None);
        let above = Constraint { above: Some(Decimal::ZERO), ..Constraint::default() };
        assert_eq!(fault(&above, &Input::Int(0)), Some(RefusalCode::OutOfRange));
        assert_eq!(fault(&above, &number("0.001")), None);
        assert_eq!(fault(&above, &number("-0.001")), Some(RefusalCode::OutOfRange));
    }
}
