//! Documents: parsed and validated once, planned once for each operation and each outcome of its conditions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::executable::{Field, Fragment, Operation, Selection, SelectionSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::response::{GraphQLError, JsonMap, JsonValue};
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Node, Schema, introspection};
use moka::future::Cache;

use super::build::Builder;
use super::check;
use super::introspect::with_one_of;
use super::limits;
use super::measure::{self, Measures};
use super::tokens;
use super::tree::Plan;
use super::variables;
use crate::config::LimitsConfig;
use crate::error::{Code, Counted, Error};
use crate::graph::Graph;
use crate::source::Catalog;

/// Documents that are kept, at most.
const DOCUMENTS: u64 = 2_000;
/// Plans that are kept of one document, at most: one for each operation and outcome of its conditions.
const PLANS: usize = 64;
/// The most tokens in the parser's own count, which has white space and comments in it: a last bound behind the limits.
pub(super) const TOKENS: usize = 400_000;
/// The deepest nesting of a definition, and of a whole operation with its fragments put in: what walks through one goes as
/// deep on the stack.
pub(super) const NESTING: usize = 100;
/// The most errors told of a document: the first ones are what a person puts right first.
const ERRORS: usize = 50;

/// An error of a request or of a field, with where it stands in the document.
#[derive(Clone, Debug)]
pub struct GraphqlError {
    /// What it is.
    pub error: Error,
    /// Lines and columns, from 1.
    pub locations: Vec<(u32, u32)>,
}

impl From<Error> for GraphqlError {
    fn from(error: Error) -> Self {
        Self { error, locations: Vec::new() }
    }
}

/// Plans the operations of one tenant.
#[derive(Debug)]
pub struct Planner {
    /// The schema as it is served.
    pub schema: Arc<Valid<Schema>>,
    /// The entities and what each field of them is.
    pub graph: Arc<Graph>,
    /// Who tells what.
    pub catalog: Arc<Catalog>,
    /// Who implements which interface: for introspection.
    pub implementers: apollo_compiler::collections::HashMap<Name, Implementers>,
    introspection: bool,
    limits: LimitsConfig,
    prepared: Cache<Arc<str>, Arc<Prepared>>,
}

/// A document that is valid against the schema, with its plans.
#[derive(Debug)]
pub struct Prepared {
    /// The document.
    pub document: Valid<ExecutableDocument>,
    /// What it asks for by its form.
    pub measures: Measures,
    /// The variables of every `@skip` and `@include` in it.
    conditions: BTreeSet<Name>,
    plans: Mutex<HashMap<PlanKey, Arc<Plan>>>,
}

type PlanKey = (Option<Name>, Vec<bool>);

impl Planner {
    /// A planner of nothing yet.
    #[must_use]
    pub fn new(schema: Arc<Valid<Schema>>, graph: Arc<Graph>, catalog: Arc<Catalog>) -> Self {
        let schema = Arc::new(with_one_of(Arc::unwrap_or_clone(schema)));
        let implementers = schema.implementers_map();
        let (limits, prepared) = (LimitsConfig::default(), Cache::new(DOCUMENTS));
        Self { schema, graph, catalog, implementers, introspection: true, limits, prepared }
    }

    /// The same, with `__schema` and `__type` refused where clients may not ask for the schema; `__typename` stays.
    #[must_use]
    pub fn with_introspection(self, introspection: bool) -> Self {
        Self { introspection, ..self }
    }

    /// The same, with other limits than the usual ones.
    #[must_use]
    pub fn with_limits(self, limits: LimitsConfig) -> Self {
        Self { limits, ..self }
    }

    /// The document, parsed and validated; known texts cost a look-up. Everything that could grow beyond the document's own
    /// length is counted before it is done.
    ///
    /// # Errors
    /// [`Code::GraphqlParseFailed`] or [`Code::GraphqlValidationFailed`], each with its place; [`Code::QueryTooCostly`] for
    /// each limit that it is over.
    pub async fn prepare(&self, text: &str) -> Result<Arc<Prepared>, Vec<GraphqlError>> {
        if let Some(prepared) = self.prepared.get(text).await {
            return Ok(prepared);
        }
        let (document, measures) = self.validated(text)?;
        check::values(&self.schema, &document)?;
        for operation in document.operations.iter() {
            if !self.introspection {
                closed(&document, operation)?;
            }
            introspection::check_max_depth(&document, operation)
                .map_err(|error| vec![request_error(&error.to_graphql_error(&document.sources))])?;
        }
        let prepared =
            Arc::new(Prepared { conditions: conditions(&document), document, measures, plans: Mutex::default() });
        self.prepared.insert(Arc::from(text), Arc::clone(&prepared)).await;
        Ok(prepared)
    }

    fn validated(&self, text: &str) -> Result<(Valid<ExecutableDocument>, Measures), Vec<GraphqlError>> {
        let limits = self.limits.enforced();
        let (document_bytes, tokens) = (text.len() as u64, tokens::count(text));
        limits::keep(&limits::of_document(&limits, &Measures { document_bytes, tokens, ..Measures::default() }))?;
        let mut parser = Parser::new().token_limit(TOKENS).recursion_limit(NESTING);
        let tree =
            parser.parse_ast(text, "request.graphql").map_err(|bad| errors(Code::GraphqlParseFailed, &bad.errors))?;
        let mut measures = Measures { document_bytes, tokens, ..measure::written(&tree) };
        let built = tree.to_executable(&self.schema);
        let document = built.as_ref().unwrap_or_else(|bad| &bad.partial);
        measure::extent(document, &mut measures).map_err(|fragment| vec![circle(document, fragment)])?;
        let mut counted = limits::of_document(&limits, &measures);
        counted.push(Counted { limit: "nesting", allowed: NESTING as u64, actual: measures.nesting });
        limits::keep(&counted)?;
        let merged = measure::merged(&self.schema, document);
        limits::keep(&[Counted { limit: "selections", allowed: measure::MERGED, actual: merged }])?;
        let valid = match built {
            Ok(document) => document.validate(&self.schema),
            // What is wrong with names and what is wrong with the rest is told at once.
            Err(_) => tree.to_executable_validate(&self.schema),
        };
        let valid = valid.map_err(|bad| errors(Code::GraphqlValidationFailed, &bad.errors))?;
        Ok((valid, measures))
    }
}

impl Prepared {
    /// The operation that is to be run.
    ///
    /// # Errors
    /// There is none of that name, or several and no name.
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, Vec<GraphqlError>> {
        match self.document.operations.get(name) {
            Ok(operation) => Ok(operation),
            Err(error) => Err(vec![request_error(&error.to_graphql_error(&self.document.sources))]),
        }
    }

    /// The variables of an operation, coerced from what was sent.
    ///
    /// # Errors
    /// One is missing, or does not fit its type.
    pub fn coerce(
        &self,
        planner: &Planner,
        operation: &Operation,
        given: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Valid<JsonMap>, Vec<GraphqlError>> {
        let coerced = variables::coerce(&planner.schema, (operation, &self.document.sources), given)?;
        Ok(Valid::assume_valid(coerced))
    }

    /// The plan of an operation for coerced variables: of these, only those of `@skip` and `@include` matter.
    ///
    /// # Errors
    /// The operation is no query, or its answer would have too many fields.
    pub fn plan(
        &self,
        planner: &Planner,
        operation: &Operation,
        variables: &JsonMap,
    ) -> Result<Arc<Plan>, Vec<GraphqlError>> {
        let key = (operation.name.clone(), self.conditions.iter().map(|name| is_true(variables, name)).collect());
        if let Some(plan) = self.lock().get(&key) {
            return Ok(Arc::clone(plan));
        }
        let flags = self.flags(variables);
        let plan = Arc::new(Builder::new(planner, &self.document, &flags).operation(operation)?);
        let mut plans = self.lock();
        if plans.len() >= PLANS {
            plans.clear();
        }
        plans.insert(key, Arc::clone(&plan));
        Ok(plan)
    }

    /// The Boolean variables of the document's conditions; one that the operation does not declare is false in it.
    pub(super) fn flags(&self, variables: &JsonMap) -> BTreeMap<&str, bool> {
        self.conditions.iter().map(|name| (name.as_str(), is_true(variables, name))).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PlanKey, Arc<Plan>>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_true(variables: &JsonMap, name: &Name) -> bool {
    matches!(variables.get(name.as_str()), Some(JsonValue::Bool(true)))
}

/// The variables of every `@skip` and `@include` of a document.
fn conditions(document: &ExecutableDocument) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let operations = document.operations.iter().map(|operation| &operation.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    operations.chain(fragments).for_each(|set| conditions_in(set, &mut names));
    names
}

fn conditions_in(set: &SelectionSet, names: &mut BTreeSet<Name>) {
    for selection in &set.selections {
        for directive in selection.directives().iter().filter(|d| d.name == "skip" || d.name == "include") {
            let variable = directive.specified_argument_by_name("if").and_then(|value| value.as_variable());
            names.extend(variable.cloned());
        }
        match selection {
            Selection::Field(field) => conditions_in(&field.selection_set, names),
            Selection::InlineFragment(inline) => conditions_in(&inline.selection_set, names),
            // Every fragment of the document is looked through once.
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Refuses the operation where it asks for the schema.
fn closed(document: &ExecutableDocument, operation: &Operation) -> Result<(), Vec<GraphqlError>> {
    let asks = |field: &&Node<Field>| matches!(field.name.as_str(), "__schema" | "__type");
    let refused = |field: &Node<Field>| {
        let message = format!("`{}` is not answered here: introspection is switched off.", field.name);
        let at = field.name.line_column_range(&document.sources).map(|range| (range.start.line, range.start.column));
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let locations = at.map(|(line, column)| (number(line), number(column))).into_iter().collect();
        GraphqlError { error: Error::public(Code::GraphqlValidationFailed, message), locations }
    };
    let errors: Vec<_> = operation.root_fields(document).filter(asks).map(refused).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// An error of apollo-compiler that is the client's to read: it names schema, document and variables only.
#[must_use]
pub fn request_error(error: &GraphQLError) -> GraphqlError {
    located(Code::BadUserInput, error)
}

/// A fragment that leads back to itself: never given to anything that would follow it.
fn circle(document: &ExecutableDocument, fragment: &Node<Fragment>) -> GraphqlError {
    let message = format!("The fragment `{}` leads back to itself.", fragment.name);
    let at = fragment.name.line_column_range(&document.sources).map(|range| (range.start.line, range.start.column));
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let locations = at.map(|(line, column)| (number(line), number(column))).into_iter().collect();
    GraphqlError { error: Error::public(Code::GraphqlValidationFailed, message), locations }
}

fn errors(code: Code, list: &DiagnosticList) -> Vec<GraphqlError> {
    list.iter().take(ERRORS).map(|diagnostic| located(code, &diagnostic.to_json())).collect()
}

fn located(code: Code, error: &GraphQLError) -> GraphqlError {
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    GraphqlError {
        error: Error::public(code, error.message.clone()),
        locations: error.locations.iter().map(|at| (number(at.line), number(at.column))).collect(),
    }
}
