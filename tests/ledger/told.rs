//! What a client is told of a write.

use serde_json::Value;

use crate::kinds::Kind;

/// What a client was told of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was done.
    Done,
    /// The system refused: user errors.
    Refused(String),
    /// It failed, and nothing was written.
    Failed(String),
    /// Nobody knows yet.
    Uncertain,
}

impl Told {
    pub fn of(kind: Kind, answer: &Value) -> Self {
        if let Some(code) = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str) {
            return match code {
                "WRITE_UNCERTAIN" => Self::Uncertain,
                other => Self::Failed(other.to_owned()),
            };
        }
        let errors = answer.pointer(&format!("/data/{}/userErrors", kind.name())).and_then(Value::as_array);
        match errors.map(Vec::as_slice) {
            Some([]) => Self::Done,
            Some([first, ..]) => Self::Refused(first["code"].as_str().unwrap_or("?").to_owned()),
            None => panic!("no answer: {answer}"),
        }
    }

    /// Of two that were told at the same moment.
    pub fn better(self, other: Self) -> Self {
        if self == Self::Done { self } else { other }
    }

    /// What counts after another attempt: what was done stays done, and what is uncertain stays so until it is known.
    pub fn then(self, next: Self) -> Self {
        match (&self, &next) {
            (Self::Done, _) => self,
            _ => next,
        }
    }

    /// Whether it says that nothing was written.
    pub const fn denies(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Refused(_))
    }
}
