//! The write itself: a task that is brought to its end whoever waits for it, and what follows from it.

use jiff::Timestamp;

use super::claim::{Came, Claim, Claims};
use crate::error::{Code, Error};
use crate::execute::Writing;
use crate::model::{
    Attempt, Change, ChangeKind, Doubt, FieldId, Key, RecordId, Refusal, RefusalCode, Touch, Unwritten, Write, Written,
};

/// A write, with everything it needs when nobody waits for it any more.
pub(super) struct Deed {
    pub(super) writing: Writing,
    pub(super) claims: Claims,
    pub(super) write: Write,
    /// None where the caller gave no key: a repeat is then a write of its own.
    pub(super) claim: Option<Claim>,
    /// Whose lists the record is in.
    pub(super) parents: Vec<(FieldId, Key)>,
    /// The person, where the source did not know them: the requests before the write may make them known.
    pub(super) stranger: Option<RecordId>,
    /// The contact of whoever writes.
    pub(super) by: Option<RecordId>,
}

impl Deed {
    /// Does the write, once, and tells the caches of it.
    pub(super) async fn run(self) -> Result<Came, Error> {
        let came = match &self.claim {
            Some(claim) => {
                let write = |attempt| self.tried(attempt);
                self.claims.once(claim, write).await
            }
            None => plain(self.tried(self.write.attempt).await),
        };
        if let Some(person) = &self.stranger {
            // Whatever came of the write itself.
            self.writing.changes.introduced(person, self.write.source);
        }
        came
    }

    /// Tries it, and says what is old now before anybody is told what came of it.
    async fn tried(&self, attempt: Attempt) -> Result<Written, Unwritten> {
        let came = self.writing.writes.write(Write { attempt, ..self.write.clone() }).await;
        match &came {
            Ok(written) => self.note(written, self.claims.clock.now()),
            Err(unwritten) if unwritten.may_have_changed() => self.doubt(),
            Err(_) => {}
        }
        came
    }

    /// What was written is old everywhere but in its system, before anybody is told that it was.
    fn note(&self, written: &Written, at: Timestamp) {
        let Some(key) = written.key.as_ref().or(self.write.key.as_ref()) else { return };
        let change = Change {
            source: self.write.source,
            entity: self.write.entity,
            key: key.clone(),
            kind: if self.write.key.is_some() { ChangeKind::Updated } else { ChangeKind::Created },
            version: written.record.as_ref().and_then(|record| record.version.clone()),
            parents: self.parents.clone(),
            touches: written.touches.clone(),
            at,
        };
        self.writing.changes.note_by(change, self.by.as_ref());
    }

    /// Whoever looks whether it was done must not be shown what was kept from before.
    fn doubt(&self) {
        let (source, entity) = (self.write.source, self.write.entity);
        let record = self.write.key.clone().map(|key| (entity, key));
        let mut touches = self.writing.writes.touches(&self.write);
        touches.extend(self.parents.iter().map(|(field, key)| Touch::Lists(entity, *field, Some(key.clone()))));
        self.writing.changes.doubt(Doubt { source, record, touches });
    }
}

fn plain(came: Result<Written, Unwritten>) -> Result<Came, Error> {
    match came {
        Ok(written) => Ok(Came::Written(written)),
        Err(Unwritten::Refused(refusals)) => Ok(Came::Refused(refusals)),
        Err(Unwritten::Unconfirmed) => Ok(Came::Refused(vec![Refusal::whole(RefusalCode::RejectedBySystem)])),
        Err(Unwritten::Conflict) => Ok(Came::Conflict),
        Err(Unwritten::Failed(error)) => Err(error),
        Err(Unwritten::Uncertain(error)) => Err(Error::new(Code::WriteUncertain, error.detail())),
    }
}
