//! One scenario of webhooks: who is told, what systems tell of, what is sent, and what becomes of what is not taken.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule::clock::Clock as _;
use vestibule::model::{Change, ChangeKind};
use vestibule::outgoing::Deliveries;

use super::expected::{Expected, Taken, filled, worded};
use super::play;
use super::receiver::{Answers, Came, Receiver};
use super::world::{World, refused};

/// What webhooks are signed with, by the names of their variables.
pub const SECRETS: [(&str, &str); 2] = [
    ("SECRET", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ("NEXT", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
];
/// Nobody's here.
const ANOTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const ANA: &str = "ana.lund@kestrel-marine.example";

/// A scenario, against a demo business of its own, at noon of a day in March 2026. Each delivery is signed with both secrets that
/// the webhook has, at the time at which it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    title: String,
    /// Webhooks by name, each to a receiver of its own: `$name` is its host, `$name_port` its port.
    webhooks: BTreeMap<String, Webhook>,
    /// The codes with which the configuration is refused; it has no steps then.
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    /// What the operator writes, beside or in the place of the usual; `null` takes it away.
    #[serde(default)]
    settings: Map<String, Value>,
    /// What the receiver answers first; afterwards it takes everything.
    #[serde(default)]
    answers: Vec<Answered>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// What happens, and what is sent because of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// So much time passes first.
    wait: Option<SignedDuration>,
    /// A document that Ana sends.
    send: Option<String>,
    /// What later steps need of the answer.
    #[serde(default)]
    take: BTreeMap<String, String>,
    /// What systems tell of.
    #[serde(default)]
    changes: Vec<Changed>,
    /// What comes then, in whatever order; nothing else.
    #[serde(default)]
    comes: Vec<Comes>,
    /// What became of the deliveries of a webhook until then.
    #[serde(default)]
    counted: BTreeMap<String, Counted>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    source: String,
    entity: String,
    key: String,
    kind: Kind,
    version: Option<String>,
    /// The key of the account that it is of, if the system tells it.
    account: Option<String>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    Created,
    Updated,
    Deleted,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comes {
    /// To which webhook.
    to: String,
    #[serde(rename = "type")]
    kind: String,
    /// All that is in it.
    body: Option<Value>,
    /// It is the delivery with this number once more (1 is the first that came): the same id, the same bytes.
    again: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    #[serde(default)]
    delivered: u64,
    #[serde(default)]
    failed: u64,
    #[serde(default)]
    lost: u64,
    #[serde(default)]
    disabled: bool,
}

/// A gateway, its receivers, and what came so far.
struct Outside {
    world: World,
    receivers: BTreeMap<String, Receiver>,
    came: Vec<Came>,
    taken: Taken,
}

impl play::Scenario for Scenario {
    fn title(&self) -> &str {
        &self.title
    }

    async fn play(&self) -> Result<(), String> {
        let (mut receivers, mut taken) = (BTreeMap::new(), Taken::new());
        for name in self.webhooks.keys() {
            let receiver = Receiver::open(&[]).await;
            let host = receiver.address.trim_start_matches("http://").trim_end_matches("/hooks").to_owned();
            taken.insert(format!("{name}_port"), json!(host.rsplit_once(':').unwrap().1));
            taken.insert(name.clone(), json!(host));
            receivers.insert(name.clone(), receiver);
        }
        for (name, webhook) in &self.webhooks {
            receivers[name].answers(webhook.answers.iter().map(|answer| answer.filled(&taken)));
        }
        let webhooks = self.webhooks.iter().map(|(name, webhook)| webhook.configured(name, &taken));
        let outgoing = format!("outgoing: {}\n", json!({ "webhooks": webhooks.collect::<Vec<_>>() }));
        if !self.refused.is_empty() {
            let codes = refused(&outgoing);
            return if codes == self.refused { Ok(()) } else { Err(format!("it is refused with {codes:?}")) };
        }
        let world = World::open(&outgoing, &SECRETS).await;
        taken.insert("organization".to_owned(), json!(organization(&world)));
        let mut outside = Outside { world, receivers, came: Vec::new(), taken };
        for (at, step) in self.steps.iter().enumerate() {
            play::step(at, step.play(&mut outside)).await?;
        }
        Ok(())
    }
}

/// The key of Ana's company at the desk.
fn organization(world: &World) -> String {
    let business = world.business.state.read();
    let company = business.contacts.iter().find(|contact| contact.email == ANA).unwrap().companies[0].company;
    let company = business.companies.iter().find(|one| one.id == company).unwrap();
    company.zendesk_organization.unwrap().to_string()
}

impl Webhook {
    fn configured(&self, name: &str, taken: &Taken) -> Value {
        let mut settings = json!({
            "name": name, "url": format!("http://${name}/hooks"), "secrets": [{ "env": "SECRET" }, { "env": "NEXT" }],
            "plainHttp": true, "privateNetworks": ["127.0.0.0/8"], "events": { "Ticket": ["CREATED", "UPDATED"] },
        });
        for (key, value) in &self.settings {
            settings[key] = value.clone();
        }
        if let Value::Object(settings) = &mut settings {
            settings.retain(|_, value| !value.is_null());
        }
        filled(&settings, taken)
    }
}

impl Answered {
    fn filled(&self, taken: &Taken) -> Answers {
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), worded(value, taken)));
        Answers::Status(self.status, headers.collect())
    }
}

impl Step {
    async fn play(&self, outside: &mut Outside) -> Result<(), String> {
        if let Some(wait) = self.wait {
            outside.world.clock.advance(wait.unsigned_abs());
        }
        if let Some(send) = &self.send {
            let answer = outside.world.ask(ANA, send).await;
            let nothing = BTreeMap::new();
            Expected { take: &self.take, answer: &nothing, lacks: &[] }.fits(&answer, &mut outside.taken)?;
        }
        for change in &self.changes {
            outside.world.note(change.told(&outside.world, &outside.taken));
        }
        let mut left: Vec<&Comes> = self.comes.iter().collect();
        while let Some(next) = left.first() {
            let came = outside.next(&next.to).await.ok_or_else(|| format!("nothing more comes, though {left:?}"))?;
            let fits = left.iter().position(|comes| comes.is(&came, outside));
            let Some(at) = fits else { return Err(format!("{came:?} comes, and not one of {left:?}")) };
            left.remove(at);
            outside.came.push(came);
        }
        for (name, counted) in &self.counted {
            let is = |of: &Deliveries| {
                (of.delivered, of.failed, of.lost, of.disabled)
                    == (counted.delivered, counted.failed, counted.lost, counted.disabled)
            };
            let reached = outside.world.reached(name, is).await;
            reached.map_err(|now| format!("{name} is at {now:?}, not {counted:?}"))?;
        }
        outside.nothing_more(self.counted.is_empty()).await
    }
}

impl Changed {
    fn told(&self, world: &World, taken: &Taken) -> Change {
        let key = worded(&self.key, taken);
        let of = (self.source.as_str(), self.entity.as_str(), key.as_str());
        let change = match &self.account {
            Some(account) => world.change_of(of, ("account", &worded(account, taken))),
            None => world.change(of.0, of.1, of.2),
        };
        Change { kind: self.kind.into(), version: self.version.as_deref().map(Into::into), ..change }
    }
}

impl From<Kind> for ChangeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Created => Self::Created,
            Kind::Updated => Self::Updated,
            Kind::Deleted => Self::Deleted,
        }
    }
}

impl Comes {
    fn is(&self, came: &Came, outside: &Outside) -> bool {
        let told = came.json();
        let is_so = self.body.as_ref().is_none_or(|body| filled(body, &outside.taken) == told);
        let again = self.again.map(|number| &outside.came[number - 1]);
        let known = outside.came.iter().any(|before| before.id == came.id);
        is_so
            && told["type"] == *self.kind
            && again.map_or(!known, |first| (&first.id, &first.body) == (&came.id, &came.body))
    }
}

impl Outside {
    /// The next that comes to a webhook; it is signed, or the test ends.
    async fn next(&mut self, name: &str) -> Option<Came> {
        let receiver = self.receivers.get_mut(name).unwrap_or_else(|| panic!("there is no webhook `{name}`"));
        let came = receiver.within(Duration::from_secs(20)).await?;
        assert!(SECRETS.iter().all(|(_, secret)| came.is_signed_with(secret)), "it is not signed: {came:?}");
        assert!(!came.is_signed_with(ANOTHER), "anything is a signature: {came:?}");
        assert_eq!(came.timestamp, self.world.clock.now().as_second(), "it says another time");
        Some(came)
    }

    /// Whether nothing comes that was not looked at; where nobody counts, after a moment in which it could.
    async fn nothing_more(&mut self, uncounted: bool) -> Result<(), String> {
        if uncounted {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let more = self.receivers.iter_mut().find_map(|(name, receiver)| Some((name, receiver.more()?)));
        more.map_or(Ok(()), |(name, came)| Err(format!("{name} is sent {came:?} besides")))
    }
}
