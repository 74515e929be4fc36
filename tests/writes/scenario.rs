//! One scenario: who, what stands there before, what is sent, what is answered, and what happened in the systems.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_sandbox::faults::write::{Refusal, WriteFault, WriteMode};
use vestibule_sandbox::mail::Letter;

use crate::expected::{Expected, Taken, filled};
use crate::portal::Portal;
use crate::sent::{Attached, body};
use crate::{play, played};

/// How long a letter may take until it is given up; nothing waits so long where it works.
const PATIENCE: Duration = Duration::from_secs(20);

/// A scenario, against a demo business of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    title: String,
    /// Whom the person is signed in as: an e-mail address.
    #[serde(rename = "as")]
    person: String,
    /// Systems whose search lags, with the seconds.
    #[serde(default)]
    lag: BTreeMap<String, u32>,
    /// Everybody in it has just signed in with a second factor.
    #[serde(default)]
    stepped_up: bool,
    /// Every subscription is paused: its trial is over, and there is no means of payment.
    #[serde(default)]
    paused: bool,
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
    /// The next write to these systems is refused with their own words.
    #[serde(default)]
    refused: BTreeMap<String, Refusal>,
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
    /// The key of the request, in its header `Idempotency-Key`.
    key: Option<String>,
    /// Files that come with it, each in the place of a null.
    #[serde(default)]
    files: Vec<Attached>,
    /// What later steps need of the answer: a name, and where it stands below `data`.
    #[serde(default)]
    take: BTreeMap<String, String>,
    /// What the answer has: places in the whole answer, and the values there. `$name` as above, `*` is anything but null.
    #[serde(default)]
    answer: BTreeMap<String, Value>,
    /// Texts in the answer that begin so.
    #[serde(default)]
    begins: BTreeMap<String, String>,
    /// Lists in the answer that have this among their elements.
    #[serde(default)]
    has: BTreeMap<String, Value>,
    /// What the answer does not have anywhere.
    #[serde(default)]
    lacks: Vec<String>,
    /// What the step did in the systems: `zendesk ticket create`; nothing else.
    ledger: Option<Vec<String>>,
    /// Who gets a letter after it, and how its subject begins.
    #[serde(default)]
    mailed: BTreeMap<String, String>,
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

impl play::Scenario for Scenario {
    fn title(&self) -> &str {
        &self.title
    }

    async fn play(&self) -> Result<(), String> {
        let portal = Portal::open().await;
        for (system, seconds) in &self.lag {
            portal.state.lag.set(system, *seconds);
        }
        if self.paused {
            portal.state.write().subscriptions.iter_mut().for_each(|subscription| subscription.status = "paused");
        }
        let mut taken = Taken::new();
        for (at, step) in self.steps.iter().enumerate() {
            play::step(at, step.play(&portal, self, &mut taken)).await?;
        }
        Ok(())
    }
}

impl Scenario {
    /// The mutations that it plays: those that a step sends and expects to be done.
    pub fn plays(&self) -> BTreeSet<String> {
        let of_step = |step: &Step| {
            let begins = step.begins.iter().map(|(pointer, text)| (&**pointer, json!(text)));
            let answer = step.answer.iter().map(|(pointer, value)| (&**pointer, value.clone()));
            played::of(&step.send, answer.chain(begins))
        };
        self.steps.iter().flat_map(of_step).collect()
    }
}

impl Step {
    async fn play(&self, portal: &Portal, of: &Scenario, taken: &mut Taken) -> Result<(), String> {
        if let Some(Fault { system, mode }) = &self.fault {
            portal.state.writes.set(system, WriteFault::once(*mode));
        }
        for (system, refusal) in &self.refused {
            portal.state.writes.refuse(system, refusal.clone());
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
        let ask = || self.ask(portal, &token, &variables);
        let answers =
            if self.twice { <[Value; 2]>::from(futures::join!(ask(), ask())).into() } else { vec![ask().await] };
        for answer in &answers {
            self.fits(answer, taken)?;
        }
        self.delivered(portal).await?;
        let Some(expected) = &self.ledger else { return Ok(()) };
        let entries = portal.state.ledger.entries();
        let done = entries.iter().skip(before);
        let done: Vec<String> =
            done.map(|entry| format!("{} {} {}", entry.system, entry.entity, entry.operation)).collect();
        let answer = &answers[0];
        if done == *expected { Ok(()) } else { Err(format!("the systems did {done:?}, not {expected:?}: {answer}")) }
    }

    /// Whether everybody gets the letter that they should.
    async fn delivered(&self, portal: &Portal) -> Result<(), String> {
        for (address, subject) in &self.mailed {
            let is_theirs = |letter: &Letter| {
                letter.to.contains(address) && letter.header("Subject").is_some_and(|own| own.starts_with(subject))
            };
            let come = async {
                let mut last = 0;
                loop {
                    let letter = portal.state.mails.after(last).await;
                    if is_theirs(&letter) {
                        return;
                    }
                    last = letter.number;
                }
            };
            let come = tokio::time::timeout(PATIENCE, come).await;
            come.map_err(|_| format!("{address} got no letter `{subject}…`"))?;
        }
        Ok(())
    }

    /// What is answered, over HTTP.
    async fn ask(&self, portal: &Portal, token: &str, variables: &Value) -> Value {
        let (kind, body) = body(&self.send, variables, &self.files);
        let mut post = portal.client.post(format!("{}/graphql", portal.gateway)).bearer_auth(token);
        post = post.header("content-type", kind).body(body);
        if !self.files.is_empty() {
            post = post.header("graphql-require-preflight", "1");
        }
        if let Some(key) = &self.key {
            post = post.header("idempotency-key", key.as_bytes());
        }
        let text = post.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Whether an answer is as it should be; what later steps need is taken from it.
    fn fits(&self, answer: &Value, taken: &mut Taken) -> Result<(), String> {
        Expected { take: &self.take, answer: &self.answer, lacks: &self.lacks }.fits(answer, taken)?;
        for (pointer, expected) in &self.begins {
            let found = answer.pointer(pointer).unwrap_or(&Value::Null);
            if !found.as_str().is_some_and(|text| text.starts_with(expected)) {
                return Err(format!("at {pointer} is {found}, which does not begin with {expected}: {answer}"));
            }
        }
        for (pointer, expected) in &self.has {
            let found = answer.pointer(pointer).and_then(Value::as_array);
            if !found.is_some_and(|found| found.contains(expected)) {
                return Err(format!("at {pointer} is no {expected}: {answer}"));
            }
        }
        Ok(())
    }
}
