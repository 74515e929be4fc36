//! The part of a file that a request asks for: one range of bytes, as RFC 9110 (section 14) has it.

use crate::model::FilePart;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The whole file.
    Whole,
    /// A part of it.
    Part(FilePart),
}

/// Reads the header `Range`. Several ranges, other units, and what is none are answered with the whole file, as a server
/// may; so is everything under a condition (`If-Range`), since the gateway gives out nothing that one could be about.
#[must_use]
pub fn asked(range: Option<&str>, conditional: bool) -> Asked {
    let part = range.filter(|_| !conditional).and_then(part);
    part.map_or(Asked::Whole, Asked::Part)
}

fn part(range: &str) -> Option<FilePart> {
    let (unit, set) = range.split_once('=')?;
    let (first, last) = set.trim().split_once('-')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<u64>().ok() } else { None }
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (first, last) {
        ("", last) => number(last).map(FilePart::Last),
        (first, "") => Some(FilePart::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(FilePart::From(first, Some(last)))
        }
    }
}
