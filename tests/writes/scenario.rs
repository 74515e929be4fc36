//! One scenario: who, what stands there before, what is sent, what is answered, and what happened in the systems.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_sandbox::faults::write::{WriteFault, WriteMode};

use crate::portal::Portal;

/// A scenario, against a demo business of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    pub title: String,
    /// Whom the person is signed in as: an e-mail address.
    #[serde(rename = "as")]
    person: String,
    /// Systems whose search lags, with the seconds.
    #[serde(default)]
    lag: BTreeMap<String, u32>,
    /// Orders of the ERP that somebody has open there, with that user's name.
    #[serde(default)]
    locked: BTreeMap<String, String>,
    steps: Vec<Step>,
}

/// A request, and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Another person than the scenario's.
    #[serde(rename = "as")]
    person: Option<String>,
    /// The next write to this system fails so.
    fault: Option<Fault>,
    /// The document.
    send: String,
    /// Its variables; a text that is `$name` is what an earlier step took under that name.
    #[serde(default)]
    variables: Map<String, Value>,
    /// What later steps need of the answer: a name, and a JSON pointer into `data`.
    #[serde(default)]
    take: BTreeMap<String, String>,
    /// What the answer has: JSON pointers into the whole answer, and the values there. `$name` as above, `*` is anything but null.
    #[serde(default)]
    answer: BTreeMap<String, Value>,
    /// Lists in the answer that have this among their elements.
    #[serde(default)]
    has: BTreeMap<String, Value>,
    /// What the step did in the systems: `zendesk ticket create`; nothing else.
    ledger: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    system: String,
    mode: WriteMode,
}

impl Scenario {
    /// Plays it; what is not as it should be, where it is not.
    pub async fn play(&self) -> Result<(), String> {
        let portal = Portal::open().await;
        for (system, seconds) in &self.lag {
            portal.state.lag.set(system, *seconds);
        }
        for (order, user) in &self.locked {
            let body = json!({ "order": order, "user": user }).to_string();
            let locked = portal.client.post(format!("{}/locks", portal.control)).body(body).send().await;
            assert!(locked.unwrap().status().is_success(), "{order} cannot be locked");
        }
        let mut taken = BTreeMap::new();
        for (at, step) in self.steps.iter().enumerate() {
            step.play(&portal, &self.person, &mut taken).await.map_err(|why| format!("step {}: {why}", at + 1))?;
        }
        Ok(())
    }
}

impl Step {
    async fn play(&self, portal: &Portal, person: &str, taken: &mut BTreeMap<String, Value>) -> Result<(), String> {
        if let Some(Fault { system, mode }) = &self.fault {
            portal.state.writes.set(system, WriteFault::once(*mode));
        }
        let before = portal.state.ledger.entries().len();
        let token = portal.token(self.person.as_deref().unwrap_or(person)).await;
        let variables = filled(&Value::Object(self.variables.clone()), taken);
        let answer = portal.send(&token, &json!({ "query": self.send, "variables": variables })).await;
        for (name, pointer) in &self.take {
            let value = answer.pointer(&format!("/data{pointer}")).filter(|value| !value.is_null());
            let value = value.ok_or_else(|| format!("nothing at {pointer} to take as `{name}`: {answer}"))?;
            taken.insert(name.clone(), value.clone());
        }
        for (pointer, expected) in &self.answer {
            let found = answer.pointer(pointer).unwrap_or(&Value::Null);
            let expected = filled(expected, taken);
            let is_so = if expected == json!("*") { !found.is_null() } else { *found == expected };
            if !is_so {
                return Err(format!("at {pointer} is {found}, not {expected}: {answer}"));
            }
        }
        for (pointer, expected) in &self.has {
            let found = answer.pointer(pointer).and_then(Value::as_array);
            if !found.is_some_and(|found| found.contains(expected)) {
                return Err(format!("at {pointer} is no {expected}: {answer}"));
            }
        }
        let Some(expected) = &self.ledger else { return Ok(()) };
        let entries = portal.state.ledger.entries();
        let done = entries.iter().skip(before);
        let done: Vec<String> =
            done.map(|entry| format!("{} {} {}", entry.system, entry.entity, entry.operation)).collect();
        if done == *expected { Ok(()) } else { Err(format!("the systems did {done:?}, not {expected:?}: {answer}")) }
    }
}

/// A value with what was taken in the place of its names.
fn filled(value: &Value, taken: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$').and_then(|name| taken.get(name)) {
            Some(value) => value.clone(),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, taken)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, taken))).collect())
        }
        other => other.clone(),
    }
}
