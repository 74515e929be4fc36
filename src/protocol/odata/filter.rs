//! `$filter`: literals, comparisons, or-chains that fit into an address.

use std::borrow::Cow;

use super::super::encode::{self, quoted};
use super::super::names::is_guid;
use super::super::push::{Comparison, Term, TermKind, plain};
use crate::connector::{Condition, EntityMapping, Form, KeyWire, Origin, Path, Root, Step, Test, ValueMapping};
use crate::graph::{Scalar, Shape};

/// The longest encoded address: common gateways stop at 8 KB, and hosts and headers need room.
pub(super) const ADDRESS: usize = 6 * 1024;

/// Writes a literal. One that is not of its kind's form is written as text: it cannot hold syntax there.
/// V2: <https://www.odata.org/documentation/odata-version-2-0/overview/> (6); V4: OData 4.01 ABNF.
pub(super) fn write_literal(out: &mut String, (text, kind): (&str, TermKind), version: u8) {
    let v2 = version < 4;
    let digits = |extra: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || extra.contains(c));
    let (before, after) = match kind {
        TermKind::Number if digits("-") => ("", ""),
        TermKind::Decimal if digits("-.") => ("", if v2 { "M" } else { "" }),
        TermKind::Bool if matches!(text, "true" | "false") => ("", ""),
        TermKind::Guid if is_guid(text) => {
            if v2 {
                ("guid'", "'")
            } else {
                ("", "")
            }
        }
        TermKind::Date if digits("-") => {
            if v2 {
                ("datetime'", "T00:00:00'")
            } else {
                ("", "")
            }
        }
        TermKind::Instant if digits("-:.+TZ") => {
            if v2 {
                ("datetimeoffset'", "'")
            } else {
                ("", "")
            }
        }
        _ => return quoted(out, text),
    };
    out.push_str(before);
    out.push_str(text);
    out.push_str(after);
}

/// A literal.
pub(super) fn literal(term: &Term, version: u8) -> String {
    let mut out = String::with_capacity(term.text.len() + 2);
    write_literal(&mut out, (&term.text, term.kind), version);
    out
}

/// Writes `column eq literal`.
pub(super) fn write_equal(out: &mut String, column: &str, term: (&str, TermKind), version: u8) {
    out.push_str(column);
    out.push_str(" eq ");
    write_literal(out, term, version);
}

/// `column eq literal`.
pub(super) fn equal(column: &str, term: (&str, TermKind), version: u8) -> String {
    let mut out = String::new();
    write_equal(&mut out, column, term, version);
    out
}

/// One of several clauses.
pub(super) fn any(clauses: &[String]) -> String {
    match clauses {
        [one] => one.clone(),
        several => format!("({})", several.join(" or ")),
    }
}

/// A comparison that was pushed.
pub(super) fn compared(column: &str, comparison: &Comparison, version: u8) -> String {
    let each = |operator: &str, terms: &[Term]| -> Vec<String> {
        terms.iter().map(|term| format!("{column} {operator} {}", literal(&word(term, version), version))).collect()
    };
    match comparison {
        Comparison::OneOf(terms) => any(&each("eq", terms)),
        Comparison::NoneOf(terms) => each("ne", terms).join(" and "),
        Comparison::NoneOfUnless(terms, unless) => {
            let columns = unless.iter().map(|(path, comparison)| Some(compared(&property(path)?, comparison, version)));
            let own = each("ne", terms);
            let own = if own.len() > 1 { format!("({})", own.join(" and ")) } else { own.concat() };
            columns.fold(format!("({own}"), |text, one| one.map_or(text.clone(), |one| format!("{text} or {one}")))
                + ")"
        }
        Comparison::From(term) => format!("{column} ge {}", literal(term, version)),
        Comparison::Before(term) => format!("{column} lt {}", literal(term, version)),
    }
}

/// A manifest's own word for a value: status codes are numbers in V4, and text in V2. No number begins with a zero.
fn word(term: &Term, version: u8) -> Term {
    let digits = !term.text.is_empty() && term.text.bytes().all(|b| b.is_ascii_digit());
    let number = version >= 4 && digits && (term.text == "0" || !term.text.starts_with('0'));
    let kind = match term.kind {
        TermKind::Word if number => TermKind::Number,
        TermKind::Word if matches!(&*term.text, "true" | "false") => TermKind::Bool,
        TermKind::Word => TermKind::Text,
        known => known,
    };
    Term { kind, ..term.clone() }
}

/// Whether a column of an entity is known to hold text: its key is text, or a field of text is made of it.
fn holds_text(of: &EntityMapping, column: &Path) -> bool {
    let key = of.key.iter().any(|part| part.wire == KeyWire::Text && part.from.steps == column.steps);
    let is_text = |value: &ValueMapping| {
        let same = matches!(&*value.from, [Origin::Path(from)] if from.steps == column.steps);
        same && value.map.is_empty() && matches!(value.form, Form::Shape(Shape::Scalar(Scalar::String)))
    };
    key || of.fields.iter().flatten().filter_map(plain).any(is_text)
}

/// What of a condition on columns can be asked of the service: plain equality. `of` is the entity whose columns they are.
pub(super) fn visible(condition: &Condition, version: u8, of: Option<&EntityMapping>) -> Vec<String> {
    let asked = |(path, test): &(Path, Test)| match (path.root, &*path.steps, test) {
        (Root::Row, [Step::Name(column)], Test::In(values)) => {
            let kind = if of.is_some_and(|of| holds_text(of, path)) { TermKind::Text } else { TermKind::Word };
            let terms = values.iter().map(|value| Term { text: value.to_string(), kind }).collect();
            Some(compared(column, &Comparison::OneOf(terms), version))
        }
        _ => None,
    };
    condition.0.iter().filter_map(asked).collect()
}

/// What stands between the clauses of a chain, encoded.
const OR: &str = "%20or%20";

/// Room that is set apart for a clause: a column and a short value, encoded, with what parts it from the next.
const CLAUSE: usize = 48;

/// Clauses of or-chains, encoded, each with the place of what it asks for.
#[derive(Default)]
pub(super) struct Clauses {
    text: String,
    asked: Vec<usize>,
    /// Where each ends in the text.
    ends: Vec<usize>,
}

/// A chain: the places of what it asks for, and the filter.
pub(super) type Chain<'a> = (&'a [usize], &'a str);

impl Clauses {
    /// None yet, with room for so many.
    pub(super) fn with_room(clauses: usize) -> Self {
        let text = String::with_capacity(clauses * CLAUSE);
        Self { text, asked: Vec::with_capacity(clauses), ends: Vec::with_capacity(clauses) }
    }

    /// Adds a clause; it has to stand between others with `or` as it is.
    pub(super) fn push(&mut self, asked: usize, clause: &str) {
        if !self.text.is_empty() {
            self.text.push_str(OR);
        }
        encode::value(&mut self.text, clause);
        self.asked.push(asked);
        self.ends.push(self.text.len());
    }

    /// Chains of at most `most` clauses that leave an address of `rest` characters short enough.
    pub(super) fn chains(&self, most: u32, rest: usize) -> Vec<Chain<'_>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
        let mut chains = Vec::new();
        let (mut first, mut begins) = (0, 0);
        for (at, end) in self.ends.iter().enumerate() {
            let last = self.ends.get(at + 1).is_none_or(|next| {
                let length = next - begins + OR.len();
                at + 1 - first >= most || length + rest >= ADDRESS
            });
            if let (true, Some(asked), Some(text)) = (last, self.asked.get(first..=at), self.text.get(begins..*end)) {
                chains.push((asked, text));
                (first, begins) = (at + 1, end + OR.len());
            }
        }
        chains
    }
}

/// A path into a row as the service writes it: `Address/City`.
pub(super) fn property(path: &Path) -> Option<Cow<'_, str>> {
    if let (Root::Row, [Step::Name(name)]) = (path.root, &*path.steps) {
        return Some(Cow::Borrowed(name));
    }
    let names: Option<Vec<&str>> = path
        .steps
        .iter()
        .map(|step| match step {
            Step::Name(name) => Some(&**name),
            _ => None,
        })
        .collect();
    names.filter(|names| path.root == Root::Row && !names.is_empty()).map(|names| Cow::Owned(names.join("/")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    fn term(text: &str, kind: TermKind) -> Term {
        Term { text: text.to_owned(), kind }
    }

    #[test]
    fn each_version_writes_its_own_literals() {
        let guid = "01234567-89ab-cdef-0123-456789abcdef";
        let cases = [
            (term("o'brien", TermKind::Text), "'o''brien'", "'o''brien'"),
            (term("42", TermKind::Number), "42", "42"),
            (term("1.5", TermKind::Decimal), "1.5M", "1.5"),
            (term("true", TermKind::Bool), "true", "true"),
            (term("2026-03-01", TermKind::Date), "datetime'2026-03-01T00:00:00'", "2026-03-01"),
            (
                term("2026-03-01T08:00:00Z", TermKind::Instant),
                "datetimeoffset'2026-03-01T08:00:00Z'",
                "2026-03-01T08:00:00Z",
            ),
            (term(guid, TermKind::Guid), &format!("guid'{guid}'"), guid),
        ];
        for (term, v2, v4) in cases {
            assert_eq!((literal(&term, 2), literal(&term, 4)), (v2.to_owned(), v4.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn nothing_but_text_holds_what_is_not_of_its_kind(text in proptest::prelude::any::<String>(), kind in 0usize..6) {
            let kinds = [TermKind::Number, TermKind::Decimal, TermKind::Bool, TermKind::Date, TermKind::Instant, TermKind::Guid];
            for version in [2, 4] {
                let literal = literal(&term(&text, kinds[kind]), version);
                let bare = literal.chars().all(|c| c.is_ascii_alphanumeric() || "-.:+'".contains(c));
                let quoted = literal.starts_with('\'') && literal.ends_with('\'')
                    && !literal[1..literal.len() - 1].replace("''", "").contains('\'');
                prop_assert!(quoted || bare && !text.contains([' ', '\'', '(']), "{literal}");
            }
        }
    }

    fn clauses<'a>(texts: impl IntoIterator<Item = &'a str>) -> Clauses {
        let mut clauses = Clauses::default();
        texts.into_iter().enumerate().for_each(|(at, text)| clauses.push(at, text));
        clauses
    }

    #[test]
    fn chains_are_cut_by_number_and_by_length() {
        let few = clauses(["A eq '1'"; 5]);
        let few = few.chains(2, 100);
        assert_eq!(few.iter().map(|(asked, _)| *asked).collect::<Vec<_>>(), [&[0, 1][..], &[2, 3], &[4]]);
        let long = "x".repeat(1000);
        let long = clauses([&*long; 12]);
        let by_length = long.chains(40, 1000);
        assert!(by_length.len() >= 3 && by_length.iter().all(|(_, text)| text.len() + 1000 < ADDRESS));
        assert_eq!(by_length.iter().map(|(asked, _)| asked.len()).sum::<usize>(), 12);
    }

    #[test]
    fn a_clause_too_long_for_any_address_is_a_chain_of_its_own() {
        let (long, short) = ("x".repeat(2 * ADDRESS), "A eq 1");
        let clauses = clauses([short, &*long, short]);
        let chains = clauses.chains(40, 100);
        assert_eq!(chains.iter().map(|(asked, _)| asked.len()).collect::<Vec<_>>(), [1, 1, 1]);
        assert_eq!((chains[0].1, chains[2].1), ("A%20eq%201", "A%20eq%201"));
    }
}
