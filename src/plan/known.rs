//! What a plan costs, kept: of everything that a request brings, only the arguments of its lists, the number of its ids and
//! the caller's accounts count. Two requests of one page differ in none of these.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::response::JsonValue;

use super::cost::{Assumed, explain};
use super::explain::{Calls, Explained};
use super::input::{Input, Template};
use super::prepare::Planner;
use super::tree::{Child, Hangs, Plan};

/// Costs that are kept of one plan, at most.
const MOST: usize = 64;

/// What one plan costs, for the requests that were seen lately.
#[derive(Debug, Default)]
pub struct Costs {
    /// The variables that arguments of lists are made of; a cursor is none of these.
    variables: BTreeSet<Arc<str>>,
    known: Mutex<HashMap<Brought, Arc<Explained>>>,
}

/// Everything of a request that its cost depends on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Brought {
    accounts: u64,
    keys: u64,
    /// How many ids each argument of ids has.
    ids: Vec<usize>,
    /// The variables' values, in the order of their names.
    values: Vec<Option<JsonValue>>,
}

impl Costs {
    /// Of a plan with these children.
    #[must_use]
    pub fn of<'c>(children: impl Iterator<Item = &'c Child>) -> Self {
        let mut variables = BTreeSet::new();
        children.for_each(|child| collect(child, &mut variables));
        Self { variables, known: Mutex::default() }
    }
}

/// A plan explained for the arguments of one request, which is worked out once for all requests that cost the same.
#[must_use]
pub fn explained(planner: &Planner, plan: &Plan, calls: &dyn Calls, assumed: Assumed<'_>) -> Arc<Explained> {
    let Costs { variables, known } = &plan.costs;
    let ids = plan.children.iter().filter_map(|child| match &child.hangs {
        Hangs::Ids(template) => Some(match template.resolve(assumed.variables) {
            Some(Input::List(ids)) => ids.len(),
            _ => 1,
        }),
        _ => None,
    });
    let values = variables.iter().map(|name| assumed.variables.get(&**name).cloned());
    let brought =
        Brought { accounts: assumed.accounts, keys: assumed.keys, ids: ids.collect(), values: values.collect() };
    if let Some(explained) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&brought) {
        return Arc::clone(explained);
    }
    let explained = Arc::new(explain(planner, plan, calls, assumed));
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(brought, Arc::clone(&explained));
    explained
}

fn collect(child: &Child, variables: &mut BTreeSet<Arc<str>>) {
    match &child.hangs {
        Hangs::Reference(path) => {
            path.iter().filter_map(|hop| hop.first.as_ref()).for_each(|first| names(first, variables))
        }
        Hangs::List(list) | Hangs::Figures { list, .. } => of_arguments(&list.arguments, variables),
        Hangs::Lists(merge) => {
            of_arguments(&merge.arguments, variables);
            merge.sides.iter().for_each(|side| of_arguments(&side.arguments, variables));
        }
        Hangs::CurrentAccount
        | Hangs::Memberships
        | Hangs::Contact
        | Hangs::Ids(_)
        | Hangs::Written(_)
        | Hangs::Computed { .. } => {}
    }
    for plan in &child.place.entities {
        plan.children.iter().for_each(|child| collect(child, variables));
    }
}

fn of_arguments(arguments: &[(Arc<str>, Template)], variables: &mut BTreeSet<Arc<str>>) {
    // Where a page begins does not change what it costs.
    let counting = arguments.iter().filter(|(name, _)| **name != *"after");
    counting.for_each(|(_, template)| names(template, variables));
}

fn names(template: &Template, variables: &mut BTreeSet<Arc<str>>) {
    match template {
        Template::Value(_) => {}
        Template::Variable(name, default) => {
            variables.insert(Arc::clone(name));
            default.iter().for_each(|default| names(default, variables));
        }
        Template::List(items) => items.iter().for_each(|item| names(item, variables)),
        Template::Object(members) => members.iter().for_each(|(_, member)| names(member, variables)),
    }
}
