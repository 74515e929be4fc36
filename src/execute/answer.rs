//! The answer: written from the plan and what was read straight into bytes, with the specification's null propagation.

use std::io::Write as _;
use std::sync::Arc;

use apollo_compiler::response::JsonValue;
use indexmap::IndexMap;

use super::batch::{ChildBatch, Tally};
use super::freshness::Origins;
use super::record::Of;
use super::run::Run;
use super::write::Done;
use crate::error::{Code, Counted, Error};
use crate::model::{FileValue, SourceId};
use crate::plan::{Child, GraphqlError, Output, Outputs, Plan, What, limits};
use crate::protocol::stands_for_itself;

/// A step of a path in the answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'w> {
    Key(&'w Arc<str>),
    Index(usize),
}

/// An error of a field, where it happened in the answer.
#[derive(Debug)]
struct FieldError<'w> {
    error: Error,
    path: Vec<Step<'w>>,
    at: (u32, u32),
}

/// The position is null because of an error that has been written down.
#[derive(Debug)]
pub(super) struct Null;

/// Whether a value was written; `false` is null without an error, and nothing was written.
pub(super) type Written = Result<bool, Null>;

/// Writes one answer.
pub(super) struct Writer<'w> {
    pub(super) run: &'w Run<'w>,
    pub(super) plan: &'w Plan,
    /// What hangs on the caller, or on the write whose answer is being written; with what was read for it.
    pub(super) hanging: (&'w [Child], &'w [ChildBatch]),
    /// What came of the plan's mutations.
    pub(super) done: &'w [Done],
    /// The members of `data` that introspection answered.
    pub(super) introspected: IndexMap<Box<str>, Vec<u8>>,
    pub(super) out: Vec<u8>,
    /// How fresh the records are, where that was asked for.
    pub(super) origins: Option<Origins>,
    path: Vec<Step<'w>>,
    at: (u32, u32),
    errors: Vec<FieldError<'w>>,
    /// Errors beyond the most that are told.
    left_out: u64,
    /// The most bytes and errors that are written.
    most: [u64; 2],
    /// There are too many bytes: nothing more is written.
    full: bool,
    /// The files that were come to, where only these are wanted.
    pub(super) files: Option<Vec<Arc<FileValue>>>,
    /// Where in `out` stands what changes with every read or change, whatever the record says; where that was asked for.
    pub(super) passing: Option<Vec<std::ops::Range<usize>>>,
}

/// An answer without its closing brace, and what it came to.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) body: Vec<u8>,
    /// Where in it stands what changes with every read.
    pub(super) passing: Vec<std::ops::Range<usize>>,
    /// Where its records came from, where that was asked for.
    pub(super) origins: Option<Origins>,
    pub(super) bytes: u64,
    pub(super) errors: u64,
}

impl<'w> Writer<'w> {
    pub(super) fn new(
        run: &'w Run<'w>,
        plan: &'w Plan,
        (children, done): (&'w [ChildBatch], &'w [Done]),
        introspected: IndexMap<Box<str>, Vec<u8>>,
    ) -> Self {
        let limits = run.executor.allowance.limits().enforced();
        Self {
            run,
            plan,
            hanging: (&plan.children, children),
            done,
            introspected,
            out: Vec::with_capacity(4096),
            path: Vec::with_capacity(16),
            at: (0, 0),
            errors: Vec::new(),
            origins: None,
            left_out: 0,
            most: [limits.answer_bytes, limits.errors],
            full: false,
            files: None,
            passing: None,
        }
    }

    /// The files that the answer would have links to, and what stood in the way of others.
    pub(super) fn found(mut self) -> (Vec<Arc<FileValue>>, Option<Error>) {
        self.files = Some(Vec::new());
        // What was come to counts, wherever a null ends.
        let _ = self.object(&self.plan.root, |writer, output| writer.caller_field(output, None));
        (self.files.unwrap_or_default(), self.errors.into_iter().next().map(|failed| failed.error))
    }

    /// The whole answer.
    pub(super) fn answer(mut self) -> Whole {
        self.out.extend_from_slice(b"{\"data\":");
        let at = self.out.len();
        let null = self.object(&self.plan.root, |writer, output| writer.caller_field(output, None)).is_err();
        let bytes = self.out.len() as u64;
        if self.is_full() {
            let [allowed, _] = self.most;
            let error = limits::refused(Counted { limit: "answerBytes", allowed, actual: bytes });
            (self.errors, self.left_out) = (vec![FieldError { error, path: Vec::new(), at: (0, 0) }], 0);
        }
        if null || self.full {
            self.out.truncate(at);
            self.out.extend_from_slice(b"null");
        }
        let errors = self.errors.len() as u64 + self.left_out;
        if errors > 0 {
            self.write_errors();
        }
        Whole {
            body: self.out,
            passing: self.passing.unwrap_or_default(),
            origins: self.origins.take().filter(|_| !self.full),
            bytes,
            errors,
        }
    }

    fn write_errors(&mut self) {
        let errors = std::mem::take(&mut self.errors);
        let all = errors.len() as u64 + self.left_out;
        let [bytes, _] = self.most;
        self.out.extend_from_slice(b",\"errors\":[");
        let begun = self.out.len() as u64;
        let mut told = 0;
        for error in errors {
            if told > 0 {
                // Paths repeat a client's own aliases: they are no way round the limit either.
                if self.out.len() as u64 - begun > bytes {
                    break;
                }
                self.out.push(b',');
            }
            write_error(&mut self.out, &error.error, &[error.at], &error.path);
            told += 1;
        }
        if told < all {
            self.out.push(b',');
            let error = limits::refused(Counted { limit: "errors", allowed: told, actual: all });
            write_error(&mut self.out, &error, &[], &[]);
        }
        self.out.push(b']');
    }

    /// Whether there are too many bytes already; from then on everything is null.
    fn is_full(&mut self) -> bool {
        self.full = self.full || self.out.len() as u64 > self.most[0];
        self.full
    }

    /// An object: each of its outputs by `field`.
    pub(super) fn object(
        &mut self,
        outputs: &'w Outputs,
        mut field: impl FnMut(&mut Self, &'w Output) -> Written,
    ) -> Written {
        self.out.push(b'{');
        for (number, output) in outputs.iter().enumerate() {
            let label = output.label.as_bytes();
            // The first has nothing to stand behind.
            self.out.extend_from_slice(if number > 0 { label } else { label.get(1..).unwrap_or_default() });
            let begun = self.out.len();
            self.path.push(Step::Key(&output.key));
            let around = std::mem::replace(&mut self.at, output.at);
            let written = self.place(output.non_null, |writer| match output.never_null.is_empty() {
                true => field(writer, output),
                false => match writer.null_given(output) {
                    Some(error) => Err(writer.fail(&error)),
                    None => field(writer, output),
                },
            });
            self.at = around;
            self.path.pop();
            written?;
            if let Some(passing) = self.passing.as_mut().filter(|_| super::push::is_passing(output)) {
                passing.push(begun..self.out.len());
            }
        }
        self.out.push(b'}');
        Ok(true)
    }

    /// The error of a field that is given null by a variable where null may not stand.
    fn null_given(&self, output: &Output) -> Option<Error> {
        let null = |name: &&Arc<str>| self.run.variables.get(&***name).is_some_and(JsonValue::is_null);
        let name = output.never_null.iter().find(null)?;
        Some(Error::public(Code::BadUserInput, format!("`${name}` is null, which `{}` cannot take.", output.name)))
    }

    /// A list: each of its elements by `element`.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        elements_non_null: bool,
        mut element: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.out.push(b'[');
        for (number, item) in items.into_iter().enumerate() {
            if number > 0 {
                self.out.push(b',');
            }
            self.path.push(Step::Index(number));
            let written = self.place(elements_non_null, |writer| element(writer, item));
            self.path.pop();
            written?;
        }
        self.out.push(b']');
        Ok(true)
    }

    /// One position: null stays here where it may, and otherwise goes up.
    fn place(&mut self, non_null: bool, write: impl FnOnce(&mut Self) -> Written) -> Result<(), Null> {
        let at = self.out.len();
        if self.is_full() {
            return Err(Null);
        }
        match write(self) {
            Ok(true) => return Ok(()),
            _ if self.full => return Err(Null),
            Ok(false) if non_null => {
                let error = Error::new(Code::UpstreamRejected, "nothing came for a field that is never null");
                return Err(self.fail(&error));
            }
            Err(null) if non_null => return Err(null),
            Ok(false) | Err(_) => {}
        }
        self.out.truncate(at);
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    /// Notes where the record that is being written came from.
    pub(super) fn note(&mut self, of: Of<'w>) {
        let sources = &self.run.executor.planner.catalog.sources;
        if let Some(origins) = &mut self.origins {
            let name = |source: SourceId| sources.get(usize::from(source.0)).map(|source| Arc::clone(&source.name));
            origins.record(&self.path, of, name);
        }
    }

    /// Notes what the figure that is being written was worked out from.
    pub(super) fn note_figure(&mut self, tally: &Tally) {
        let sources = &self.run.executor.planner.catalog.sources;
        if let Some(origins) = &mut self.origins {
            let source = sources.get(usize::from(tally.source.0)).map(|source| Arc::clone(&source.name));
            origins.figure(&self.path, tally, source);
        }
    }

    /// Notes that a source did not answer for what is being written.
    pub(super) fn note_failure(&mut self, error: &Error) {
        if let Some(origins) = &mut self.origins {
            origins.failure(&self.path, error);
        }
    }

    /// Writes an error down for the position that is being written.
    pub(super) fn fail(&mut self, error: &Error) -> Null {
        if (self.errors.len() as u64) < self.most[1] {
            self.errors.push(FieldError { error: error.clone(), path: self.path.clone(), at: self.at });
        } else {
            self.left_out += 1;
        }
        Null
    }

    /// A JSON string.
    pub(super) fn text(&mut self, text: &str) -> Written {
        write_text(&mut self.out, text);
        Ok(true)
    }

    /// A JSON string, or null.
    pub(super) fn optional(&mut self, text: Option<&str>) -> Written {
        text.map_or(Ok(false), |text| self.text(text))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, value: bool) -> Written {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(true)
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: impl itoa::Integer) -> Written {
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        Ok(true)
    }

    /// What is the same in every object.
    pub(super) fn plain(&mut self, what: &'w What) -> Written {
        match what {
            What::Typename(name) => self.text(name),
            What::Absent => Ok(false),
            What::Refused(message) => Err(self.fail(&Error::public(Code::Internal, &**message))),
            What::Introspection => self.introspection(),
            _ => Err(self.fail(&Error::new(Code::Internal, "a field stands in an object that has no such field"))),
        }
    }

    fn introspection(&mut self) -> Written {
        let Some(Step::Key(key)) = self.path.last() else { return Ok(false) };
        match self.introspected.get(&***key) {
            None => Ok(false),
            Some(json) => {
                self.out.extend_from_slice(json);
                Ok(true)
            }
        }
    }
}

/// The answer to a request that was not run.
pub(super) fn refused(errors: &[GraphqlError]) -> Vec<u8> {
    let mut out = b"{\"errors\":[".to_vec();
    for (number, error) in errors.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write_error(&mut out, &error.error, &error.locations, &[]);
    }
    out.extend_from_slice(b"]}");
    out
}

/// A JSON string.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    if stands_for_itself(text) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Only what is safe for clients: the message that was written for them, never the detail.
fn write_error(out: &mut Vec<u8>, error: &Error, locations: &[(u32, u32)], path: &[Step<'_>]) {
    out.extend_from_slice(b"{\"message\":");
    write_text(out, error.message());
    let mut separator = b",\"locations\":[".as_slice();
    for (line, column) in locations.iter().filter(|(line, _)| *line > 0) {
        out.extend_from_slice(separator);
        let _ = write!(out, "{{\"line\":{line},\"column\":{column}}}");
        separator = b",";
    }
    if separator == b"," {
        out.push(b']');
    }
    let mut separator = b",\"path\":[".as_slice();
    for step in path {
        out.extend_from_slice(separator);
        match step {
            Step::Key(key) => write_text(out, key),
            Step::Index(index) => out.extend_from_slice(itoa::Buffer::new().format(*index).as_bytes()),
        }
        separator = b",";
    }
    if separator == b"," {
        out.push(b']');
    }
    out.extend_from_slice(b",\"extensions\":{\"code\":");
    write_text(out, error.code().name());
    if let Some(source) = error.source_name() {
        out.extend_from_slice(b",\"source\":");
        write_text(out, source);
    }
    if let Some(wait) = error.wait() {
        // Whole seconds, never too few.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let _ = write!(out, ",\"retryAfter\":{seconds}");
    }
    if let Some(Counted { limit, allowed, actual }) = error.counted() {
        let _ = write!(out, ",\"limit\":\"{limit}\",\"allowed\":{allowed},\"actual\":{actual}");
    }
    out.extend_from_slice(b"}}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_json_whatever_stands_where() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=0x7fu8 {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    let text = String::from_utf8(text).unwrap() + "é\u{2028}";
                    let mut out = Vec::new();
                    write_text(&mut out, &text);
                    assert_eq!(out, serde_json::to_vec(&text).unwrap(), "{text:?}");
                }
            }
        }
    }
}
