//! Items of lists over several kinds of records: what is made of a record, whatever its kind.

use super::answer::{Writer, Written};
use super::answer_records::key_text;
use super::record::{NOTHING, Of};
use crate::error::{Code, Error};
use crate::model::{FieldId, Value};
use crate::plan::{Form, ItemField};

/// The letters of an excerpt, at most.
const EXCERPT: usize = 300;

impl<'w> Writer<'w> {
    /// A field of an item that is made of a record.
    pub(super) fn item(&mut self, of: Of<'w>, field: &'w ItemField) -> Written {
        match field {
            ItemField::Word(word) => self.text(word),
            ItemField::Record(outputs) => self.object(outputs, |writer, output| writer.record_field(of, output)),
            ItemField::Title(title) => match title.map_or(Ok(&NOTHING), |title| of.value(title)) {
                Ok(Value::Null) => self.text(&key_text(&of.seed.id.key)),
                Ok(value) => self.value(of, &Form::Leaf, value),
                Err(error) => Err(self.fail(&error)),
            },
            ItemField::At(at) => match of.value(*at) {
                Ok(Value::Null) => Ok(false),
                Ok(Value::Fault(error)) => Err(self.fail(error)),
                Ok(value) => match self.run.instant(of.plan.entity, *at, value) {
                    Some(instant) => self.text(&instant.to_string()),
                    None => {
                        Err(self.fail(&Error::new(Code::UpstreamRejected, "a date has another form than its field")))
                    }
                },
                Err(error) => Err(self.fail(&error)),
            },
            ItemField::Due(path) => self.due(of, path),
            ItemField::Excerpt(field) => match of.value(*field) {
                Ok(Value::Text(text)) => self.optional(Some(&*beginning(text)).filter(|text| !text.is_empty())),
                Ok(Value::Fault(error)) => Err(self.fail(error)),
                Ok(_) => Ok(false),
                Err(error) => Err(self.fail(&error)),
            },
        }
    }

    /// A value under a path through value objects.
    fn due(&mut self, of: Of<'w>, path: &[FieldId]) -> Written {
        let Some((first, rest)) = path.split_first() else { return Ok(false) };
        let value = match of.value(*first) {
            Ok(value) => value,
            Err(error) => return Err(self.fail(&error)),
        };
        let step = |value: &'w Value, field: &FieldId| match value {
            Value::Object(members) => members.get(usize::from(field.0)).unwrap_or(&NOTHING),
            // A value that does not fit says so itself.
            Value::Fault(_) => value,
            _ => &NOTHING,
        };
        self.value(of, &Form::Leaf, rest.iter().fold(value, step))
    }
}

/// The beginning of a text, on one line.
fn beginning(text: &str) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let line = text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= EXCERPT {
        return line;
    }
    line.chars().take(EXCERPT - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_of_three_hundred_letters() {
        assert_eq!(beginning(" a\n\tb \u{7} c\r\n"), "a b c");
        let long = beginning(&"ü ".repeat(400));
        assert_eq!((long.chars().count(), long.ends_with('…')), (EXCERPT, true));
        assert_eq!(beginning(&"x".repeat(EXCERPT)).len(), EXCERPT);
    }
}
