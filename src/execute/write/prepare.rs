//! Everything that has to be known before a write: who may, what is wrong with the input, for which account, under which key.

use std::sync::Arc;

use smol_str::SmolStr;

use super::claim::{Claim, Claims};
use super::deed::Deed;
use super::input::{Keys, copied, fields, fill, wire};
use super::named::Found;
use super::validate::{Checked, Named, tell};
use super::{Path, Shown, UserError};
use crate::error::{Code, Error};
use crate::execute::run::{PATIENCE, Run};
use crate::execute::{GraphRequest, forbidden};
use crate::graph::{FieldKind, Member, MemberKind, Mutation, Target};
use crate::model::{
    Attachment, Attempt, CallerKind, FieldId, FieldSet, Key, Person, ReadContext, RecordId, RefusalCode, SourceId,
    Wire, Write,
};
use crate::plan::{Input, MutationPlan};
use crate::seal::digest;

/// The lengths that a key for repeats may have, in bytes.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 8..=255;

/// A write that may be done.
pub(super) struct Prepared {
    pub(super) deed: Deed,
    /// The records that the input names and the answer shows.
    pub(super) shown: Vec<Shown>,
    /// The record that is changed.
    pub(super) itself: Option<RecordId>,
}

/// Why a write is not done.
pub(super) enum Stop {
    /// The person has to put something right; with what the answer shows nevertheless.
    Faults(Vec<UserError>, Vec<Shown>),
    /// It cannot be done.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Run<'_> {
    /// Looks at a write before anything is sent.
    pub(super) async fn prepare(&self, plan: &MutationPlan, request: &GraphRequest) -> Result<Prepared, Stop> {
        let mutation = &*plan.mutation;
        self.may_write(mutation)?;
        let given = plan.input.resolve(self.variables).unwrap_or(Input::Object(Vec::new()));
        let Checked { mut faults, named, files } =
            Checked::of(&mutation.members, &given, mutation.entity, &request.files);
        let graph = &self.executor.planner.graph;
        let copied = match graph.entity(mutation.entity) {
            Some(entity) if mutation.copy.is_some() => copied(&mutation.members, entity),
            _ => Vec::new(),
        };
        let is_copy = |named: &Named| mutation.copy.as_deref() == named.path.get(1).map(|name| &**name);
        let wanted = |named: &Named| if is_copy(named) { fields(&copied) } else { FieldSet::EMPTY };
        let found = self.find_named(&named, wanted, &mut faults).await?;
        let itself = self.itself(mutation, &found);
        let access = self.account_of(mutation, (&found, itself.as_ref()), &mut faults);
        let mut shown: Vec<Shown> = found.iter().filter_map(|found| self.beside(mutation, found)).collect();
        if mutation.permission.is_some() && !self.may(mutation.permission.as_ref(), access) {
            return Err(forbidden().into());
        }
        let source =
            plan.sources.iter().find(|source| itself.as_ref().is_none_or(|own| own.source == **source)).copied();
        let Some(source) = source.filter(|_| faults.is_empty()) else {
            if faults.is_empty() {
                // The record lives in a source that has no such write.
                faults.push(UserError { code: RefusalCode::NotAllowed, path: Vec::new(), message: None });
            }
            shown.extend(itself.map(|id| (None, id)));
            return Err(Stop::Faults(faults, shown));
        };
        let mut keys = Keys::new();
        for found in &found {
            match self.key_in(found, source).await? {
                Some(key) => drop(keys.insert(found.path.join("."), key)),
                None => tell(&mut faults, RefusalCode::NotAllowed, &found.path),
            }
        }
        let context = self.context_of(source, access)?;
        if access.is_some() && context.account.is_empty() {
            // The account is no customer of that system.
            faults.push(UserError { code: RefusalCode::NotAllowed, path: Vec::new(), message: None });
        }
        if !faults.is_empty() {
            shown.extend(itself.map(|id| (None, id)));
            return Err(Stop::Faults(faults, shown));
        }
        let mut input = wire(&mutation.members, &given, &keys);
        let is_copied = |found: &&Found| found.path.get(1).map(|name| &**name) == mutation.copy.as_deref();
        if let Some(record) = found.iter().find(is_copied).and_then(|found| found.record.as_ref()) {
            fill(&mut input, (graph, &copied), record);
        }
        let write = Write {
            source,
            entity: mutation.entity,
            operation: Arc::clone(&mutation.operation),
            key: itself.as_ref().map(|own| own.key.clone()),
            input,
            files: attachments(request, &files),
            version: given.get("version").and_then(Input::as_text).map(SmolStr::from),
            reference: Arc::default(),
            attempt: Attempt::First,
            person: Person { name: Some(Arc::clone(&self.caller().name)), email: self.caller().email.clone() },
            context,
        };
        let parents = self.lists_of(mutation, &write);
        let deed = self.deed((plan, access), (&given, request), (write, parents))?;
        Ok(Prepared { deed, shown, itself })
    }

    /// Whether the caller may ask for the write at all: in which account is seen later.
    fn may_write(&self, mutation: &Mutation) -> Result<(), Error> {
        if !self.may_somewhere(mutation.permission.as_ref()) {
            return Err(forbidden());
        }
        let Some(most) = mutation.step_up else { return Ok(()) };
        if self.caller().kind == CallerKind::Staff {
            return Err(forbidden());
        }
        let now = self.executor.clock.now();
        let is_recent = |at: jiff::Timestamp| now.duration_since(at).unsigned_abs() <= most;
        if self.caller().multi_factor && self.caller().authenticated_at.is_some_and(is_recent) {
            return Ok(());
        }
        Err(Error::new(Code::StepUpRequired, "the write needs a recent second factor"))
    }

    /// The record that is changed: the one the input names, the caller's own contact, or the account in use.
    fn itself(&self, mutation: &Mutation, found: &[Found]) -> Option<RecordId> {
        if let Some(named) = found.iter().find(|found| found.itself) {
            return Some(named.id.clone());
        }
        if mutation.of_viewer {
            return self.caller().authority.contact.as_ref().map(|own| own.id.clone());
        }
        let is_hub = mutation.entity == self.executor.planner.graph.hub && mutation.changes();
        is_hub.then(|| self.caller().account().map(|access| access.id.clone())).flatten()
    }

    /// For which of the caller's accounts it is written: the one that the input names, that of the record which is changed or
    /// named, or the one in use. All that it names has to be that account's, or nobody's.
    fn account_of(
        &self,
        mutation: &Mutation,
        (found, itself): (&[Found], Option<&RecordId>),
        faults: &mut Vec<UserError>,
    ) -> Option<usize> {
        let hub = self.executor.planner.graph.hub;
        let named = found.iter().find(|found| found.id.entity == hub || found.itself).and_then(|found| found.access);
        let chosen = named.or_else(|| found.iter().find_map(|found| found.access)).or(self.caller().current);
        for other in found.iter().filter(|found| found.access.is_some() && found.access != chosen) {
            tell(faults, RefusalCode::NotFound, &other.path);
        }
        let is_missing = faults.is_empty() && chosen.is_none();
        if is_missing && !mutation.of_viewer {
            let path = vec![Arc::from("input"), Arc::from("accountId")];
            faults.push(UserError { code: RefusalCode::Required, path, message: None });
        } else if is_missing && itself.is_none() {
            faults.push(UserError { code: RefusalCode::NotAllowed, path: Vec::new(), message: None });
        }
        chosen
    }

    /// Under which name an answer shows a record that the input names.
    fn beside(&self, mutation: &Mutation, found: &Found) -> Option<Shown> {
        let [_, name] = found.path.as_slice() else { return None };
        let stem = name.strip_suffix("Id").filter(|_| !found.itself && found.id.entity != mutation.entity)?;
        Some((Some(Arc::from(stem)), found.id.clone()))
    }

    /// What the write may use of the request: past every cache, for that account, and with time to come to its end.
    fn context_of(&self, source: SourceId, access: Option<usize>) -> Result<Arc<ReadContext>, Error> {
        let account =
            access.and_then(|at| self.access(at)).map(|access| Run::account_keys(access, source)).transpose()?;
        let mut contact = self.contact_keys(source)?;
        let patient = self.executor.clock.elapsed() + PATIENCE;
        Ok(Arc::new(ReadContext {
            locale: Arc::clone(&self.caller().locale),
            account: account.unwrap_or_default(),
            contact: (!contact.is_empty()).then(|| contact.swap_remove(0)),
            live: true,
            deadline: self.deadline().max(patient),
            timings: None,
        }))
    }

    /// Whose lists the record is in, as far as the write says so: its account, and for a new record what its input names.
    fn lists_of(&self, mutation: &Mutation, write: &Write) -> Vec<(FieldId, Key)> {
        let graph = &self.executor.planner.graph;
        let Some(entity) = graph.entity(mutation.entity) else { return Vec::new() };
        let numbered = (0..=u8::MAX).map(FieldId).zip(&entity.fields);
        let of_account = numbered
            .filter(|(_, field)| matches!(&field.kind, FieldKind::Reference(Target::Entity(to)) if *to == graph.hub));
        let account =
            of_account.flat_map(|(field, _)| write.context.account.iter().map(move |key| (field, key.clone())));
        let named = |member: &Member| {
            let field = entity.field_id(member.name.strip_suffix("Id")?)?;
            let is_record = matches!(member.kind, MemberKind::Record(_)) && write.key.is_none();
            let Wire::Text(key) = write.input.member(&member.name) else { return None };
            is_record.then(|| Some((field, Key::read(key)?))).flatten()
        };
        account.chain(mutation.members.iter().filter_map(named)).collect()
    }

    /// The write with its reference, and the claim it is done under.
    fn deed(
        &self,
        (plan, access): (&MutationPlan, Option<usize>),
        (given, request): (&Input, &GraphRequest),
        (write, parents): (Write, Vec<(FieldId, Key)>),
    ) -> Result<Deed, Error> {
        let executor = self.executor;
        let key = given.get("idempotencyKey").and_then(Input::as_text).or_else(|| request.idempotency_key.clone());
        if key.as_ref().is_some_and(|key| !KEY_LENGTHS.contains(&key.len())) {
            return Err(Error::public(
                Code::BadUserInput,
                "An idempotency key has 8 to 255 bytes, and in a header only ASCII.",
            ));
        }
        let (reference, claim) = match key {
            None => (rand::random::<[u8; 16]>(), None),
            Some(key) => {
                let account =
                    access.and_then(|at| self.access(at)).map(|access| self.seal(&access.id)).unwrap_or_default();
                let person = self.caller().authority.contact.as_ref().map(|own| self.seal(&own.id)).unwrap_or_default();
                let (issuer, subject) = &self.caller().subject;
                let mutation = &plan.mutation.name;
                let parts: [&[u8]; 7] = [
                    issuer.as_bytes(),
                    subject.as_bytes(),
                    person.as_bytes(),
                    account.as_bytes(),
                    mutation.as_bytes(),
                    plan.key.as_bytes(),
                    key.as_bytes(),
                ];
                let whole = executor.sealer.fingerprint(b"write", &parts);
                let input = executor.sealer.fingerprint(b"input", &[&canonical(given, request)]);
                let (named, _) = whole.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
                let claim = Claim {
                    key: Arc::from(whole.as_slice()),
                    input: Arc::from(hex(&input)),
                    deadline: self.deadline(),
                };
                (*named, Some(claim))
            }
        };
        let claims = Claims { state: Arc::clone(&executor.writing.state), clock: Arc::clone(&executor.clock) };
        let write = Write { reference: Arc::from(hex(&reference)), ..write };
        let own = self.caller().authority.contact.as_ref().map(|own| own.id.clone());
        let by = own.clone();
        let stranger = own.filter(|own| write.context.contact.is_none() && own.source != write.source);
        Ok(Deed { writing: executor.writing.clone(), claims, write, claim, parents, by, stranger })
    }
}

/// The files of a request, by their numbers; an input's own have the place where it first has them.
fn attachments(request: &GraphRequest, places: &[(usize, Path)]) -> Vec<Attachment> {
    let attachment = |(number, file): (usize, &crate::execute::Upload)| {
        let place = places.iter().find(|(of, _)| *of == number).map(|(_, path)| path.iter().skip(1).cloned());
        Attachment {
            name: Arc::from(file.name.as_str()),
            kind: file.kind,
            content: file.content.clone(),
            path: place.into_iter().flatten().collect(),
        }
    };
    request.files.iter().enumerate().map(attachment).collect()
}

/// Bytes that are the same for the same input: without the key itself, and with what the files hold.
fn canonical(given: &Input, request: &GraphRequest) -> Vec<u8> {
    let mut bytes = Vec::new();
    match given {
        Input::Object(members) => {
            let kept = members.iter().filter(|(name, _)| **name != *"idempotencyKey");
            Input::Object(kept.cloned().collect()).write_canonical(&mut bytes);
        }
        other => other.write_canonical(&mut bytes),
    }
    for file in &request.files {
        bytes.extend_from_slice(&digest([file.name.as_bytes(), &file.content.digest()]));
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
