//! Query text: parsed, validated, planned and explained, with variables. Nothing is read.
//!
//! An input is a document; a part `%%variables` behind it is their JSON.

use std::sync::{Arc, LazyLock};

use futures::executor::block_on;
use vestibule::model::{EntityId, FieldSet, SourceId};
use vestibule::plan::{self, Assumed, Calls, ListShape, Planner, Prepared};
use vestibule::protocol::PlannedCall;

use super::{parts, world};

static PLANNER: LazyLock<Planner> = LazyLock::new(|| {
    let demo = world::demo();
    Planner::new(Arc::new(demo.served.schema.clone()), Arc::clone(&demo.graph), Arc::clone(&demo.catalog))
});

/// Plans every operation of a document.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let all = parts(text);
    let document = all.first().map_or("", |(_, text)| text);
    let Ok(prepared) = block_on(PLANNER.prepare(document)) else { return };
    let variables = all.iter().find(|(name, _)| *name == "variables").map_or("{}", |(_, text)| text);
    let Ok(serde_json::Value::Object(variables)) = serde_json::from_str(variables) else { return };
    let names = prepared.document.operations.named.keys().map(|name| Some(name.as_str()));
    let anonymous = prepared.document.operations.anonymous.iter().map(|_| None);
    for name in names.chain(anonymous) {
        planned(&prepared, name, &variables);
    }
}

fn planned(prepared: &Prepared, name: Option<&str>, given: &serde_json::Map<String, serde_json::Value>) {
    let Ok(operation) = prepared.operation(name) else { return };
    let Ok(variables) = prepared.coerce(&PLANNER, operation, given) else { return };
    let Ok(plan) = prepared.plan(&PLANNER, operation, &variables) else { return };
    let again = prepared.plan(&PLANNER, operation, &variables);
    assert!(again.is_ok_and(|again| Arc::ptr_eq(&plan, &again)), "a plan is made once");
    let assumed = Assumed { variables: &variables, accounts: 3, keys: 2, live: 1 };
    let explained = plan::explain(&PLANNER, &plan, &OneCall, assumed);
    assert!(!explained.to_string().is_empty(), "every plan can be told");
}

/// Every read is one call.
struct OneCall;

fn one() -> Vec<PlannedCall> {
    vec![PlannedCall { template: Arc::from("GET /x"), many: 1, keep: None }]
}

impl Calls for OneCall {
    fn get(&self, _: SourceId, _: EntityId, _: FieldSet) -> Vec<PlannedCall> {
        one()
    }

    fn list(&self, _: SourceId, _: EntityId, _: &ListShape<'_>) -> Vec<PlannedCall> {
        one()
    }
}
