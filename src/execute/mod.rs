//! Execution: a plan, run for one caller, written as bytes.
//!
//! Places are read as soon as the keys they hang on are there, all parts of a place at once; there is no timer but the
//! request's deadline, and no future for a single field. Every record is checked (`scope`) before anything of it is used.

mod allowance;
mod answer;
mod answer_caller;
mod answer_records;
mod answer_write;
mod batch;
mod beyond;
mod computed;
mod derived;
mod figures;
mod files;
mod freshness;
mod ids;
mod items;
mod links;
mod lists;
mod merge;
mod once;
mod parts;
mod push;
mod rank;
mod record;
mod records;
mod references;
mod run;
mod scope;
mod server;
mod several;
mod sides;
#[cfg(test)]
mod tests;
mod whole;
mod write;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::tz::TimeZone;

pub use allowance::Allowance;
pub use links::{Contexts, Linker};
pub use push::{Pushed, Seen, Sight, Subscribed, Watch};
pub use server::Server;
pub use writing::Writing;

use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::model::{Caller, Reads, RefusalCode, Timing};
use crate::plan::{self, GraphqlError, Planner};
use crate::seal::Sealer;
use crate::spool::{Content, FileKind};

/// Runs the queries of one tenant.
pub struct Executor {
    /// Plans them.
    pub planner: Arc<Planner>,
    /// Answers their reads.
    pub reads: Arc<dyn Reads>,
    /// Turns links round.
    pub linker: Arc<dyn Linker>,
    /// Seals ids and cursors.
    pub sealer: Sealer,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The portal's time zone: what `today` is.
    pub zone: TimeZone,
    /// What callers may ask for.
    pub allowance: Allowance,
    /// Does their writes.
    pub writing: Writing,
    /// Where links to files lead: the address, without the link itself and the slash before it.
    pub files: Arc<str>,
}

/// One GraphQL request.
#[derive(Clone, Debug, Default)]
pub struct GraphRequest {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// The variables, as they were sent.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Files that came with it.
    pub files: Vec<Upload>,
    /// When the client stops waiting, on the clock's `elapsed` scale; a usual time where left out.
    pub deadline: Option<Duration>,
    /// The key by which a repeat of a write is known, where the input of the mutation has none.
    pub idempotency_key: Option<Arc<str>>,
    /// Whether the answer says what it cost, in `extensions.cost`.
    pub report_cost: bool,
    /// Whether the answer is to say how fresh its records are (`extensions.freshness`).
    pub freshness: bool,
}

/// A file that came with a request.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Where it stands in the request, such as `variables.input.attachments.0`; the value there is its number in
    /// [`GraphRequest::files`].
    pub places: Vec<String>,
    /// Its name: no path, and nothing that cannot be seen.
    pub name: String,
    /// What it is, by its first bytes and its name.
    pub kind: Option<FileKind>,
    /// The file itself.
    pub content: Content,
    /// Why it is not taken.
    pub fault: Option<RefusalCode>,
}

/// What a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was run: there is `data`, though maybe null.
    Data,
    /// It was refused as a whole: there are only `errors`.
    RequestError(Code),
}

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct GraphResponse {
    /// JSON.
    pub body: Bytes,
    /// What it came to: `application/graphql-response+json` makes a refused request status 400.
    pub outcome: Outcome,
    /// How long each source was waited for, for `Server-Timing`.
    pub timings: Vec<Timing>,
}

impl Executor {
    /// Answers a request for a caller.
    pub async fn execute(&self, caller: &Caller, request: GraphRequest) -> GraphResponse {
        match self.try_execute(caller, &request).await {
            Ok(response) => response,
            Err(errors) => self.refused(&errors),
        }
    }

    async fn try_execute(&self, caller: &Caller, request: &GraphRequest) -> Result<GraphResponse, Vec<GraphqlError>> {
        let prepared = self.planner.prepare(&request.query).await?;
        let operation = prepared.operation(request.operation_name.as_deref())?;
        let places = request.files.iter().flat_map(|file| &file.places).map(String::as_str).collect();
        let schema = &self.planner.schema;
        plan::check_uploads((schema, &prepared.document), operation, &request.variables, &places)?;
        let variables = prepared.coerce(&self.planner, operation, &request.variables)?;
        let plan = prepared.plan(&self.planner, operation, &variables)?;
        plan::within_bounds(&plan, &variables)?;
        let mut weighed = self.weigh(caller, (&prepared, operation, &plan), &variables)?;
        let introspected = match plan.introspection {
            true => plan::introspect(&self.planner, (&prepared, operation), &variables),
            false => Default::default(),
        };
        if plan.subscription().is_some() {
            let message = "Subscriptions come over a WebSocket (graphql-transport-ws), or as server-sent events.";
            return Err(vec![Error::public(Code::BadUserInput, message).into()]);
        }
        let deadline = request.deadline.unwrap_or_else(|| self.clock.elapsed() + run::PATIENCE);
        let run = run::Run::new(self, caller, &variables, deadline);
        let children = run.all(&plan.children).await;
        let mut done = Vec::with_capacity(plan.mutations.len());
        for write in &plan.mutations {
            // One after the other, as the specification says: what the second does may hang on the first.
            done.push(run.mutate(write, request).await);
        }
        let mut writer = answer::Writer::new(&run, &plan, (&children, &done), introspected);
        writer.origins = request.freshness.then(Default::default);
        let body = weighed.settle(writer.answer(), &self.allowance, request.report_cost);
        Ok(GraphResponse { body: Bytes::from(body), outcome: Outcome::Data, timings: run.timings() })
    }
}

/// The caller may not see this.
fn forbidden() -> Error {
    Error::new(Code::Forbidden, "the caller lacks the permission")
}
