//! One scenario: who, what stands there before, what is sent, what is answered, and what happened in the systems.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_sandbox::faults::write::{WriteFault, WriteMode};

use crate::portal::Portal;

/// What was taken from answers, by name.
type Taken = BTreeMap<String, Value>;

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
    /// Everybody in it has just signed in with a second factor.
    #[serde(default)]
    stepped_up: bool,
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
    /// An order that somebody has open in the ERP from now on.
    locked: Option<Locked>,
    /// It is sent twice at the same moment; what is expected of its answer is expected of both.
    #[serde(default)]
    twice: bool,
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
    /// What the answer does not have anywhere.
    #[serde(default)]
    lacks: Vec<String>,
    /// What the step did in the systems: `zendesk ticket create`; nothing else.
    ledger: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    system: String,
    mode: WriteMode,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    /// Its number, or `$name`.
    order: String,
    /// The user who has it open; none closes it.
    user: Option<String>,
}

impl Scenario {
    /// Plays it; what is not as it should be, where it is not.
    pub async fn play(&self) -> Result<(), String> {
        let portal = Portal::open().await;
        for (system, seconds) in &self.lag {
            portal.state.lag.set(system, *seconds);
        }
        let mut taken = Taken::new();
        for (at, step) in self.steps.iter().enumerate() {
            step.play(&portal, self, &mut taken).await.map_err(|why| format!("step {}: {why}", at + 1))?;
        }
        Ok(())
    }
}

impl Step {
    async fn play(&self, portal: &Portal, of: &Scenario, taken: &mut Taken) -> Result<(), String> {
        if let Some(Fault { system, mode }) = &self.fault {
            portal.state.writes.set(system, WriteFault::once(*mode));
        }
        if let Some(Locked { order, user }) = &self.locked {
            let body = json!({ "order": filled(&json!(order), taken), "user": user }).to_string();
            let locked = portal.client.post(format!("{}/locks", portal.control)).body(body).send().await;
            assert!(locked.unwrap().status().is_success(), "{order} cannot be locked");
        }
        let before = portal.state.ledger.entries().len();
        let person = self.person.as_deref().unwrap_or(&of.person);
        let token = if of.stepped_up { portal.stepped_up(person).await } else { portal.token(person).await };
        let variables = filled(&Value::Object(self.variables.clone()), taken);
        let request = json!({ "query": self.send, "variables": variables });
        let mut answers = Vec::new();
        if self.twice {
            let both = futures::join!(portal.send(&token, &request), portal.send(&token, &request));
            answers.extend([both.0, both.1]);
        } else {
            answers.push(portal.send(&token, &request).await);
        }
        for answer in &answers {
            self.fits(answer, taken)?;
        }
        let answer = &answers[0];
        let Some(expected) = &self.ledger else { return Ok(()) };
        let entries = portal.state.ledger.entries();
        let done = entries.iter().skip(before);
        let done: Vec<String> =
            done.map(|entry| format!("{} {} {}", entry.system, entry.entity, entry.operation)).collect();
        if done == *expected { Ok(()) } else { Err(format!("the systems did {done:?}, not {expected:?}: {answer}")) }
    }

    /// Whether an answer is as it should be; what later steps need is taken from it.
    fn fits(&self, answer: &Value, taken: &mut Taken) -> Result<(), String> {
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
        let text = answer.to_string();
        match self.lacks.iter().find(|word| text.contains(*word)) {
            Some(word) => Err(format!("{word} is in the answer: {answer}")),
            None => Ok(()),
        }
    }
}

/// A value with what was taken in the place of its names.
fn filled(value: &Value, taken: &Taken) -> Value {
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
