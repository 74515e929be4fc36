//! Explains a query without a system, a secret or a caller: the engines tell which calls they would make.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::assemble::Assembly;
use crate::clock::{Clock, SystemClock};
use crate::error::{Code, Error};
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
    let planner = Planner::new(schema, Arc::clone(&assembly.graph), catalog);
    let prepared = planner.prepare(asked.document).await.map_err(|errors| told(&errors))?;
    let operation = prepared.operation(asked.operation).map_err(|errors| told(&errors))?;
    let variables = prepared.coerce(&planner, operation, asked.variables).map_err(|errors| told(&errors))?;
    let plan = prepared.plan(&planner, operation, &variables).map_err(|errors| told(&errors))?;
    let assumed = Assumed { variables: &variables, accounts: 1, keys: 1, live: 1 };
    Ok(plan::explain(&planner, &plan, &planned, assumed))
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
struct Planned {
    engines: Vec<Arc<dyn Protocol>>,
    catalog: Arc<Catalog>,
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
