//! One scenario: who asks for links, what happens meanwhile, who opens them, and whom the gateway asks for them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use crate::business::{Business, Host, Hosts};
use crate::expected::{Expected, Taken};
use crate::forged::Forged;
use crate::opens::{Opens, opened};
use crate::play;
use crate::world::World;

/// A scenario, against a demo business of its own, at noon of a day in March 2026.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    title: String,
    /// Other hosts than the systems' own; `$name` is the address of one. `$billing` is that of the billing system.
    #[serde(default)]
    hosts: BTreeMap<String, Host>,
    steps: Vec<Step>,
}

/// What happens first, what somebody asks then, and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// What happens in the business.
    #[serde(default)]
    business: Business,
    /// So much time passes.
    wait: Option<SignedDuration>,
    /// Who asks: an e-mail address.
    #[serde(rename = "as")]
    person: Option<String>,
    /// The document that they send.
    send: Option<String>,
    /// What later steps need of the answer.
    #[serde(default)]
    take: BTreeMap<String, String>,
    /// What the answer has.
    #[serde(default)]
    answer: BTreeMap<String, Value>,
    /// What the answer has nowhere.
    #[serde(default)]
    lacks: Vec<String>,
    /// Links that somebody makes out of those that were taken; later they are `$name` as well.
    #[serde(default)]
    forged: BTreeMap<String, Forged>,
    /// Links that are opened, one after another.
    #[serde(default)]
    opens: Vec<Opens>,
    /// The systems that the gateway asked something in this step; no others.
    asked: Option<Vec<String>>,
    /// What another host was asked so far.
    #[serde(default)]
    heard: BTreeMap<String, Heard>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heard {
    times: usize,
    /// Headers that no request had.
    #[serde(default)]
    lacks: Vec<String>,
}

/// How often each system was asked.
type Calls = BTreeMap<&'static str, u64>;

impl play::Scenario for Scenario {
    fn title(&self) -> &str {
        &self.title
    }

    async fn play(&self) -> Result<(), String> {
        let world = World::open().await;
        let billing = format!("http://{}", world.business.systems["stripe"]);
        let mut taken = Taken::from([("billing".to_owned(), Value::from(billing))]);
        let hosts = Hosts::open(&self.hosts, &mut taken).await;
        for (at, step) in self.steps.iter().enumerate() {
            play::step(at, step.play((&world, &hosts), &mut taken)).await?;
        }
        Ok(())
    }
}

impl Step {
    async fn play(&self, (world, hosts): (&World, &Hosts), taken: &mut Taken) -> Result<(), String> {
        self.business.happens(world, taken).await;
        if let Some(wait) = self.wait {
            world.clock.advance(wait.unsigned_abs());
        }
        let before = world.business.state.calls.counts();
        match (&self.send, &self.person) {
            (Some(send), Some(person)) => {
                let answer = world.ask(person, send).await;
                Expected { take: &self.take, answer: &self.answer, lacks: &self.lacks }.fits(&answer, taken)?;
            }
            (None, None) => {}
            _ => return Err("`as` and `send` belong together".to_owned()),
        }
        for (name, forged) in &self.forged {
            let made = forged.made(world, taken);
            taken.insert(name.clone(), made);
        }
        for opens in &self.opens {
            opens.fits(&opened(&world.routes, opens.request(taken)).await, taken)?;
        }
        self.asked_right(&before, &world.business.state.calls.counts())?;
        for (name, heard) in &self.heard {
            heard.fits(name, &hosts.asked(name).await)?;
        }
        Ok(())
    }

    fn asked_right(&self, before: &Calls, after: &Calls) -> Result<(), String> {
        let asked: Vec<&str> =
            after.iter().filter(|(name, count)| before[*name] < **count).map(|(name, _)| *name).collect();
        match &self.asked {
            Some(expected) if asked != *expected => Err(format!("the systems {asked:?} were asked, not {expected:?}")),
            _ => Ok(()),
        }
    }
}

impl Heard {
    fn fits(&self, name: &str, requests: &[Vec<String>]) -> Result<(), String> {
        if requests.len() != self.times {
            return Err(format!("{name} was asked {} times, not {}", requests.len(), self.times));
        }
        match self.lacks.iter().find(|header| requests.iter().any(|headers| headers.contains(header))) {
            Some(header) => Err(format!("{name} was told `{header}`: {requests:?}")),
            None => Ok(()),
        }
    }
}
