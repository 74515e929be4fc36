//! Writes: permission and scope, the input, one effect, what it touches, and the answer; in this order.
//!
//! A write is a task of its own: once begun it is brought to its end, whether or not its caller still waits, so that what
//! came of it is known to whoever repeats it.

mod claim;
mod deed;
mod input;
mod named;
mod prepare;
mod validate;
mod words;

use std::sync::Arc;

use futures::future::{Either, select};

use super::GraphRequest;
use super::batch::ChildBatch;
use super::run::Run;
use crate::error::{Code, Error};
use crate::model::{RecordId, Refusal, RefusalCode, Wire};
use crate::plan::MutationPlan;

use self::claim::Came;
use self::prepare::{Prepared, Stop};

/// Where in an input, from `input` on.
pub(super) type Path = Vec<Arc<str>>;

/// Something that a person has to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserError {
    pub(super) code: RefusalCode,
    /// Empty where it is about the write as a whole.
    pub(super) path: Path,
    /// The system's words; ours where it has none that a customer may read.
    pub(super) message: Option<Arc<str>>,
}

/// What came of a mutation.
#[derive(Debug)]
pub(super) struct Done {
    /// Its answer, or the error that stands in the place of it.
    pub(super) answer: Result<Answer, Error>,
    /// What hangs on it, parallel to the plan's children.
    pub(super) children: Vec<ChildBatch>,
}

/// What a mutation answers beside records.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) errors: Vec<UserError>,
    pub(super) gives: Vec<(Arc<str>, Wire)>,
}

/// A record of a mutation's answer: what was written, or under which name the input has it.
pub(super) type Shown = (Option<Arc<str>>, RecordId);

impl UserError {
    /// The words for a person.
    pub(super) fn words(&self, locale: &str) -> &str {
        self.message.as_deref().unwrap_or_else(|| words::words(self.code, locale))
    }
}

impl From<Refusal> for UserError {
    fn from(Refusal { code, path, message }: Refusal) -> Self {
        let path = if path.is_empty() { path } else { std::iter::once(Arc::from("input")).chain(path).collect() };
        Self { code, path, message }
    }
}

impl<'a> Run<'a> {
    /// Does one write, and reads what its answer shows.
    pub(super) async fn mutate(&self, plan: &MutationPlan, request: &GraphRequest) -> Done {
        let (answer, shown) = match self.write(plan, request).await {
            Ok(done) => done,
            Err(error) => return Done { answer: Err(error), children: Vec::new() },
        };
        // A run of its own: what is read now is read after the write.
        let after = self.after(shown);
        let children = after.all(&plan.children).await;
        Done { answer: Ok(answer), children }
    }

    async fn write(&self, plan: &MutationPlan, request: &GraphRequest) -> Result<(Answer, Vec<Shown>), Error> {
        let Prepared { deed, shown, itself } = match self.prepare(plan, request).await {
            Ok(prepared) => prepared,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Faults(errors, shown)) => return Ok((Answer { errors, gives: Vec::new() }, shown)),
        };
        let (source, entity) = (deed.write.source, deed.write.entity);
        let task = tokio::spawn(deed.run());
        let came = match select(task, self.over()).await {
            Either::Left((Ok(came), _)) => came.map_err(|error| self.at_source(error, source))?,
            Either::Left((Err(_), _)) => {
                return Err(Error::new(Code::WriteUncertain, "the write ended in a fault of ours"));
            }
            Either::Right(_) => {
                let error =
                    Error::new(Code::WriteUncertain, "the request's deadline passed before the write was answered");
                return Err(self.at_source(error, source));
            }
        };
        let mut shown = shown;
        let written = |key| RecordId { entity, source, key };
        let answer = match came {
            Came::Written(done) => {
                let id = done.key.map(written).or(itself);
                shown.extend(id.map(|id| (None, id)));
                Answer { errors: Vec::new(), gives: done.gives }
            }
            Came::Before(key) => {
                shown.extend(key.map(written).or(itself).map(|id| (None, id)));
                Answer::default()
            }
            Came::Refused(refusals) => {
                shown.extend(itself.map(|id| (None, id)));
                Answer { errors: refusals.into_iter().map(UserError::from).collect(), gives: Vec::new() }
            }
            Came::Conflict => {
                shown.extend(itself.map(|id| (None, id)));
                let path = vec![Arc::from("input"), Arc::from("version")];
                Answer {
                    errors: vec![UserError { code: RefusalCode::Conflict, path, message: None }],
                    gives: Vec::new(),
                }
            }
        };
        Ok((answer, shown))
    }
}
