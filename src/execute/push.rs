//! Pushes: the plan of a subscription, run for one subscriber and one change.
//!
//! A push is a query by the record's id: the same scope, visibility and permissions are checked, each time anew. What comes of
//! it is good for whoever asks for the same and has the same rights, unless it is one person's own ([`Seen::personal`]).

use std::sync::Arc;

use apollo_compiler::response::{JsonMap, JsonValue};
use bytes::Bytes;

use super::batch::{ChildBatch, Slot, Way};
use super::record::Of;
use super::run::{PATIENCE, Run};
use super::{Executor, GraphRequest, GraphResponse, Outcome, answer};
use crate::error::{Code, Error};
use crate::model::{Caller, EntityId, FieldSet, RecordId, SourceId};
use crate::plan::{self, Child, GatewayField, GraphqlError, Output, PUSHED_RECORD, Plan, What, pushed};
use crate::seal;

/// What a subscriber wants to know of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    /// Of this account; where it is left out, of any that the caller may act for.
    pub account: Option<RecordId>,
    /// Only of these kinds of records.
    pub types: Option<Vec<EntityId>>,
    /// Only these records, and what belongs to them.
    pub ids: Option<Vec<RecordId>>,
    /// What comes behind the change with this cursor.
    pub after: Option<String>,
}

/// A subscription that is sound.
#[derive(Debug)]
pub struct Subscribed {
    /// What it wants to know of.
    pub watch: Watch,
    plan: Arc<Plan>,
    variables: JsonMap,
    /// The variables as text, where what is shown may hang on them.
    shaped_by: Box<str>,
    freshness: bool,
}

/// What is told of a change.
#[derive(Clone, Debug)]
pub struct Pushed<'a> {
    /// A value of `ChangeKind`.
    pub kind: &'static str,
    /// Where it stands among all changes.
    pub cursor: &'a str,
    /// When it happened.
    pub at: jiff::Timestamp,
    /// Which record; none for a reset.
    pub id: Option<&'a RecordId>,
    /// Whether the record is there to be read.
    pub read: bool,
}

/// What came of a push.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What is seen.
    pub sight: Sight,
    /// Whether more of the caller was looked at than the accounts, which of them is in use, and the language. Where that is
    /// not so, everybody with the same of these who asks for the same in the same form sees the same.
    pub personal: bool,
}

/// What a subscriber sees of a change.
#[derive(Clone, Debug)]
pub enum Sight {
    /// The record, as this message; where the digest is the same as before, nothing that is shown has changed.
    Shown {
        /// The message.
        message: GraphResponse,
        /// Of everything in it but what changes with every read.
        digest: [u8; 32],
        /// Through which of the caller's accounts it is reached; none for what belongs to no account.
        account: Option<RecordId>,
    },
    /// No record, or none for this subscriber.
    Hidden,
    /// That could not be found out.
    Failed(Error),
}

/// Whether a field changes with every read or every change, though nothing is different that somebody would look at.
pub(super) fn is_passing(output: &Output) -> bool {
    match &output.what {
        What::Version | What::Provenance(_) | What::File(_) => true,
        What::Gateway(GatewayField::Pushed(_)) => true,
        _ => &*output.name == "updatedAt",
    }
}

impl Executor {
    /// Takes a subscription, if it is sound.
    ///
    /// # Errors
    /// As any request that is refused as a whole; `None` where the operation is no subscription.
    pub async fn subscribe(
        &self,
        caller: &Caller,
        request: &GraphRequest,
    ) -> Result<Option<Subscribed>, GraphResponse> {
        self.subscribed(caller, request).await.map_err(|errors| self.refused(&errors))
    }

    /// The answer to a request that is refused as a whole.
    pub(super) fn refused(&self, errors: &[GraphqlError]) -> GraphResponse {
        let counted = errors.iter().filter_map(|error| error.error.counted());
        counted.for_each(|counted| self.allowance.note(counted));
        let code = errors.first().map_or(Code::Internal, |error| error.error.code());
        let body = Bytes::from(answer::refused(errors));
        GraphResponse { body, outcome: Outcome::RequestError(code), timings: Vec::new() }
    }

    async fn subscribed(
        &self,
        caller: &Caller,
        request: &GraphRequest,
    ) -> Result<Option<Subscribed>, Vec<GraphqlError>> {
        let prepared = self.planner.prepare(&request.query).await?;
        let operation = prepared.operation(request.operation_name.as_deref())?;
        let mut variables = prepared.coerce(&self.planner, operation, &request.variables)?.into_inner();
        let plan = prepared.plan(&self.planner, operation, &variables)?;
        let Some(arguments) = plan.subscription().map(|of| of.arguments) else { return Ok(None) };
        plan::within_bounds(&plan, &variables)?;
        let watch = self.watch(caller, &plan::resolve(arguments, &variables)).map_err(|error| vec![error.into()])?;
        // What one push costs at most is held against the limits once.
        variables.insert(PUSHED_RECORD, JsonValue::from(""));
        self.weigh(caller, (&prepared, operation, &plan), &variables)?;
        let only_watched = plan::shapes_nothing(&plan, (&request.query, operation.variables.len()));
        let text = || serde_json::to_string(&variables).map(String::into_boxed_str);
        let shaped_by = if only_watched { Ok(Box::default()) } else { text() };
        let shaped_by = shaped_by.map_err(|why| vec![Error::new(Code::Internal, why.to_string()).into()])?;
        Ok(Some(Subscribed { watch, plan, variables, shaped_by, freshness: request.freshness }))
    }

    fn watch(&self, caller: &Caller, given: &[(Arc<str>, plan::Input)]) -> Result<Watch, Error> {
        let argument = |name: &str| given.iter().find(|(known, _)| &**known == name).map(|(_, value)| value);
        let text = |name: &str| argument(name).and_then(plan::Input::as_text);
        let bad = |message: &str| Error::public(Code::BadUserInput, message);
        let account = match text("accountId") {
            None => caller.account().map(|access| access.id.clone()),
            Some(id) => {
                let id = self.open_id(&id)?;
                let own = caller.authority.accounts.iter().find(|access| Some(&access.id) == id.as_ref());
                Some(
                    own.map(|access| access.id.clone())
                        .ok_or_else(|| bad("`accountId` is not one of your accounts."))?,
                )
            }
        };
        let types = match argument("types") {
            Some(plan::Input::List(types)) => {
                let entities = (0..).map(EntityId).zip(&self.planner.graph.entities);
                let named = entities.filter(|(_, entity)| {
                    let name = crate::graph::record_type(&entity.name);
                    types.iter().any(|one| one.as_text().is_some_and(|one| *one == *name))
                });
                Some(named.map(|(id, _)| id).collect())
            }
            _ => None,
        };
        let ids = match argument("ids") {
            Some(plan::Input::List(ids)) => {
                let open = |id: &plan::Input| self.open_id(&id.as_text().unwrap_or_default());
                Some(ids.iter().map(open).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
            }
            _ => None,
        };
        Ok(Watch { account, types, ids, after: text("after").map(|after| after.to_string()) })
    }

    /// Runs a subscription for one change, as this caller sees it.
    pub async fn push(&self, caller: &Caller, of: &Subscribed, told: &Pushed<'_>) -> Seen {
        let id = told.id.map(|id| self.seal(id));
        let mut variables = of.variables.clone();
        let kind = told.id.and_then(|id| self.planner.graph.entity(id.entity));
        let mut say = |name: &str, value: Option<&str>| {
            variables.insert(pushed(name), value.map_or(JsonValue::Null, JsonValue::from));
        };
        say("kind", Some(told.kind));
        say("cursor", Some(told.cursor));
        say("at", Some(&told.at.to_string()));
        say("id", id.as_deref());
        say("type", kind.map(|entity| crate::graph::record_type(&entity.name)).as_deref());
        let read = id.as_deref().filter(|_| told.read);
        match read {
            Some(id) => variables.insert(PUSHED_RECORD, JsonValue::from(id)),
            None => variables.remove(PUSHED_RECORD),
        };
        let asked = of.watch.account.as_ref();
        let through = asked.and_then(|asked| caller.authority.accounts.iter().position(|access| access.id == *asked));
        let mut run = Run::new(self, caller, &variables, self.clock.elapsed() + PATIENCE);
        run.through = through;
        let children = run.all(&of.plan.children).await;
        let shown = of.plan.subscription().and_then(|subscription| {
            Some((of.plan.children.get(subscription.child)?, children.get(subscription.child)?))
        });
        let state = shown.map(|shown| state(&run, shown));
        let mut writer = answer::Writer::new(&run, &of.plan, (&children, &[]), Default::default());
        writer.passing = Some(Vec::new());
        writer.origins = of.freshness.then(Default::default);
        let whole = writer.answer();
        let digest = digest(&whole.body, &whole.passing);
        let mut body = whole.body;
        if let Some(origins) = &whole.origins {
            body.extend_from_slice(b",\"extensions\":{\"freshness\":");
            origins.write(&mut body);
            body.push(b'}');
        }
        body.push(b'}');
        let message = GraphResponse { body: Bytes::from(body), outcome: Outcome::Data, timings: Vec::new() };
        let sight = match state {
            Some(Ok(Some(access))) => {
                let account = access.and_then(|at| caller.authority.accounts.get(at));
                Sight::Shown { message, digest, account: account.map(|access| access.id.clone()) }
            }
            // What is only told, not shown, is written all the same.
            _ if !told.read => Sight::Shown { message, digest, account: None },
            Some(Err(error)) if error.code() != Code::Forbidden => Sight::Failed(error),
            _ => Sight::Hidden,
        };
        Seen { sight, personal: run.is_personal() }
    }
}

impl Subscribed {
    /// What the form of an answer hangs on, whoever asks and whatever changes they want to know of; the account that is asked
    /// about is that through which records of several are seen. It is good for as long as this subscription is there.
    #[must_use]
    pub fn form(&self) -> (usize, &str, bool, Option<&RecordId>) {
        (Arc::as_ptr(&self.plan).addr(), &self.shaped_by, self.freshness, self.watch.account.as_ref())
    }

    /// The fields that it shows of records of that kind which live in `source`, and whether it shows more than these: what
    /// hangs on the record, or another system tells.
    #[must_use]
    pub fn shows(&self, entity: EntityId, source: SourceId) -> Option<(FieldSet, bool)> {
        self.plan.shown(entity, source)
    }
}

/// Whether the one record is there for the caller, and through which account; or what failed.
fn state(run: &Run<'_>, (child, batch): (&Child, &ChildBatch)) -> Result<Option<Option<usize>>, Error> {
    let slot = match &batch.way {
        Way::Slots(slots) => slots.first(),
        Way::Refused(error) => return Err(error.clone()),
        _ => None,
    };
    let stand = match slot {
        Some(Slot::Record(kind, at)) => (*kind, *at),
        Some(Slot::Failed(error)) => return Err(error.clone()),
        Some(Slot::Absent) | None => return Ok(None),
    };
    let Some(of) = Of::new((&child.place, &batch.place), stand) else { return Ok(None) };
    Ok(of.is_there(run)?.then(|| of.access()))
}

/// The digest of an answer without what is passing in it; of ranges that lie in one another, the outer one counts.
fn digest(body: &[u8], passing: &[std::ops::Range<usize>]) -> [u8; 32] {
    let mut ranges = passing.to_vec();
    ranges.sort_by_key(|range| range.start);
    let (mut parts, mut at) = (Vec::new(), 0);
    for range in ranges {
        if range.start >= at {
            parts.extend(body.get(at..range.start));
        }
        at = at.max(range.end);
    }
    parts.extend(body.get(at..));
    seal::digest(parts)
}
