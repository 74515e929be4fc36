//! What is wrong with something people wrote: a code, a place, what is wrong, what to do. All problems at once.

use std::fmt;
use std::sync::Arc;

/// Declares the codes of one kind of file: a constant each, of the code's name or another, and `ALL` with what they mean.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:ident;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = stringify!($code);)+

        /// Every code with what it means, for the documentation.
        pub const ALL: &[(&str, &str)] = &[$(($name, concat!($($doc),+))),+];
    };
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = stringify!($name);)+

        /// Every code with what it means, for the documentation.
        pub const ALL: &[(&str, &str)] = &[$(($name, concat!($($doc),+))),+];
    };
}
pub(crate) use codes;

/// A file and a place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// As the operator knows the file.
    pub file: Arc<str>,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// Whether something can be served nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is served until it is put right.
    Error,
    /// Something is not served, or costs more than it need.
    Warning,
}

/// One problem in a schema, manifest, overlay or configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Such as `M020`; one page of the docs and one failing fixture each. G… graph, M… manifest, C… configuration.
    pub code: &'static str,
    /// Whether it stops the start.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong: one sentence, names in backticks.
    pub message: String,
    /// What to do: one sentence.
    pub remedy: String,
}

impl Diagnostic {
    /// A problem that stops the start.
    #[must_use]
    pub fn error(code: &'static str, place: Place, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, place, message: message.into(), remedy: remedy.into() }
    }

    /// A problem that something can be served with nevertheless.
    #[must_use]
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message, remedy) }
    }
}

/// Problems as they are found, in the order of discovery.
#[derive(Clone, Debug, Default)]
pub struct Report(Vec<Diagnostic>);

impl Report {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds those of another report.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether something in it stops the start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by file, line and column.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort_by(|a, b| (&a.place, a.code, &a.message).cmp(&(&b.place, b.code, &b.message)));
        self.0.dedup();
        self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}: {severity}[{}]: {}\n  {}", self.place, self.code, self.message, self.remedy)
    }
}
