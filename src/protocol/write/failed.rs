//! What a failed write means. What was refused was not done; where a system breaks, or its answer is lost, nobody knows.

use std::sync::Arc;

use super::Writing;
use crate::connector::{Back, ErrorKind};
use crate::error::{Code, Error};
use crate::model::{Refusal, RefusalCode, Unwritten};
use crate::protocol::errors::{Failure, Said};

impl Writing<'_> {
    /// What a system's refusal means for whoever wrote.
    pub(in crate::protocol) fn failed(&self, failure: Failure) -> Unwritten {
        let said = failure.said.as_deref();
        let code = said.and_then(|said| self.code(said));
        let creates = self.row.write.creates;
        match (failure.kind, code) {
            (ErrorKind::Unavailable | ErrorKind::Timeout, _) => self.uncertain(&failure.error),
            (_, Some(RefusalCode::Conflict)) => Unwritten::Conflict,
            (_, Some(code)) => self.refused(code, said),
            (ErrorKind::Conflict, None) if creates => self.refused(RefusalCode::Duplicate, said),
            (ErrorKind::Conflict, None) => Unwritten::Conflict,
            (ErrorKind::Missing, None) => super::nobody(),
            (ErrorKind::Locked, None) => self.refused(RefusalCode::Locked, said),
            (ErrorKind::Invalid | ErrorKind::Refused, None) if said.is_some() => {
                self.report(&failure.error);
                self.refused(RefusalCode::RejectedBySystem, said)
            }
            _ => Unwritten::Failed(self.located(failure.error)),
        }
    }

    /// What the manifest says of the first of the system's codes that it knows.
    fn code(&self, said: &Said) -> Option<RefusalCode> {
        let known = &self.core.binding.connector.errors.refusals;
        said.codes.iter().find_map(|code| known.get(&**code)).copied()
    }

    fn refused(&self, code: RefusalCode, said: Option<&Said>) -> Unwritten {
        let connector = &*self.core.binding.connector;
        let public =
            |said: &&Said| said.codes.iter().any(|code| connector.errors.public.iter().any(|it| **it == **code));
        let message = said.filter(public).and_then(|said| said.message.as_deref()).map(Arc::from);
        let back = Back { connector, of: self.of, graph: &self.core.binding.graph, creates: self.row.write.creates };
        let field = said.and_then(|said| said.field.as_deref());
        let path = field.map(|field| back.input_path(&self.row.input, field)).unwrap_or_default();
        Unwritten::Refused(vec![Refusal { code, path, message }])
    }

    /// Operators are told what a system refuses without a code that the manifest knows.
    fn report(&self, error: &Error) {
        let source = &*self.core.binding.source;
        tracing::warn!(source, why = error.detail(), "a write was refused");
    }

    /// It may have been written or not.
    pub(in crate::protocol) fn uncertain(&self, cause: &Error) -> Unwritten {
        let mut error = Error::new(Code::WriteUncertain, cause.detail().to_owned());
        if let Some(status) = cause.status() {
            error = error.with_status(status);
        }
        if let Some(wait) = cause.wait() {
            error = error.retry_after(wait);
        }
        Unwritten::Uncertain(self.located(error))
    }
}
