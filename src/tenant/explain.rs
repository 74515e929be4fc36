//! Explains a query without a system, a secret or a caller: the engines tell which calls they would make.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::assemble::Assembly;
use crate::clock::{Clock, SystemClock};
use crate::config::{LimitMode, LimitsConfig};
use crate::error::{Code, Counted, Error};
use crate::model::{EntityId, FieldSet, ReadContext, SourceId};
use crate::plan::{self, Assumed, Calls, Explained, GraphqlError, ListShape, Planner};
use crate::protocol::{self, Binding, ListRows, PlannedCall, Protocol};
use crate::source::Catalog;
use crate::upstream::{Call, Reply, Transport};

/// What is to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The document.
    pub document: &'a str,
    /// Which operation.
    pub operation: Option<&'a str>,
    /// The variables.
    pub variables: &'a Map<String, Value>,
}

/// The plan of a query: stages, calls, bounds, permissions (as text by its `Display`); for a caller with one account that
/// every source knows by one key.
///
/// # Errors
/// What is wrong with the query, for people.
pub async fn explain(assembly: &Assembly, asked: Asked<'_>) -> Result<Explained, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let engine = |source: &crate::source::SourceInfo| {
        protocol::engine(Binding {
            source: Arc::clone(&source.name),
            connector: Arc::clone(&source.connector),
            transport: Arc::new(Nowhere),
            clock: Arc::clone(&clock),
            graph: Arc::clone(&assembly.graph),
        })
    };
    let catalog = Arc::clone(&assembly.catalog);
    let planned = Planned { engines: catalog.sources.iter().map(engine).collect(), catalog: Arc::clone(&catalog) };
    let schema = Arc::new(assembly.served.schema.clone());
    // What is over a limit is explained all the same, and told.
    let limits = LimitsConfig { mode: LimitMode::Measure, ..assembly.config.limits.clone() };
    let planner = Planner::new(schema, Arc::clone(&assembly.graph), catalog).with_limits(limits.clone());
    let prepared = planner.prepare(asked.document).await.map_err(|errors| told(&errors))?;
    let operation = prepared.operation(asked.operation).map_err(|errors| told(&errors))?;
    let variables = prepared.coerce(&planner, operation, asked.variables).map_err(|errors| told(&errors))?;
    let plan = prepared.plan(&planner, operation, &variables).map_err(|errors| told(&errors))?;
    let assumed = Assumed { variables: &variables, accounts: 1, keys: 1, live: limits.live.weight };
    let mut explained = plan::explain(&planner, &plan, &planned, assumed);
    explained.counted = plan::limits::of_document(&limits, &prepared.measures);
    let of_plan = plan::limits::of_plan(&limits, &explained);
    explained.counted.extend(of_plan);
    if plan.introspection {
        let (allowed, most) = (limits.introspection, LimitsConfig::ceiling().introspection);
        let actual = plan::introspected(&planner, (&prepared.document, operation), &variables, most);
        explained.counted.push(Counted { limit: "introspection", allowed, actual });
    }
    Ok(explained)
}

fn told(errors: &[GraphqlError]) -> String {
    let line = |error: &GraphqlError| match error.locations.first() {
        Some((line, column)) => format!("{line}:{column}: {}", error.error.message()),
        None => error.error.message().to_owned(),
    };
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Sends nothing: a plan is explained before anything is fetched.
struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let error = Error::new(Code::Internal, format!("{}: nothing is sent to explain a plan", call.template));
        Box::pin(std::future::ready(Err(error)))
    }
}

/// Tells the calls of reads from the engines, without making any.
pub(super) struct Planned {
    pub(super) engines: Vec<Arc<dyn Protocol>>,
    pub(super) catalog: Arc<Catalog>,
}

impl Calls for Planned {
    fn get(&self, source: SourceId, entity: EntityId, fields: FieldSet) -> Vec<PlannedCall> {
        let engine = self.engines.get(usize::from(source.0));
        let mapping = self.catalog.mapping(source, entity);
        engine.zip(mapping).map(|(engine, of)| engine.plan_get(of, fields)).unwrap_or_default()
    }

    fn list(&self, source: SourceId, entity: EntityId, list: &ListShape<'_>) -> Vec<PlannedCall> {
        let engine = self.engines.get(usize::from(source.0));
        let Some((engine, of)) = engine.zip(self.catalog.mapping(source, entity)) else { return Vec::new() };
        let arguments = list.arguments;
        let read = ListRows {
            list: list.list.clone(),
            parents: Vec::new(),
            fields: list.fields,
            first: arguments.map_or(1, |arguments| arguments.first),
            filter: arguments.map(|arguments| arguments.filter.clone()).unwrap_or_default(),
            search: arguments.and_then(|arguments| arguments.search.clone()),
            order: arguments.and_then(|arguments| arguments.order),
            total: list.total,
            more: true,
            context: Arc::new(ReadContext {
                locale: Arc::from("en"),
                account: Arc::from([]),
                contact: None,
                live: false,
                deadline: Duration::ZERO,
                timings: None,
            }),
        };
        engine.plan_list(of, &read)
    }
}
