//! Standard output and standard error: the one place that prints.

use std::io::Write as _;
use std::process::ExitCode;

use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::error::Result;

/// Where a command's answers go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output;

impl Output {
    /// A line of the answer. A reader that went away is no reason to fail.
    pub(super) fn line(&self, text: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// The answer, as it is.
    pub(super) fn text(&self, text: &str) -> ExitCode {
        let _ = write!(std::io::stdout().lock(), "{text}");
        ExitCode::SUCCESS
    }

    /// A failure.
    pub(super) fn fail(&self, text: &str) -> ExitCode {
        let _ = writeln!(std::io::stderr().lock(), "error: {text}");
        ExitCode::FAILURE
    }

    /// A command's end.
    pub(super) fn finish(&self, outcome: Result<()>) -> ExitCode {
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => self.fail(error.detail()),
        }
    }

    /// Problems, each with its place and remedy; the number of errors at the end.
    pub(super) fn report(&self, report: Report) {
        let all: Vec<Diagnostic> = report.sorted();
        let mut stderr = std::io::stderr().lock();
        for diagnostic in &all {
            let _ = writeln!(stderr, "{diagnostic}\n");
        }
        let errors = all.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        if errors > 0 {
            let _ = writeln!(stderr, "{errors} problem(s) to put right");
        }
    }
}
