//! The business's own people, whom the demo acts for now and then: they ship, answer, note, and customers pay.
//!
//! Off unless it is switched on; each step is the same for the same seed and the same records.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use crate::data::seed::random::Random;
use crate::data::{Business, Company};
use crate::effect::By;
use crate::gate::closing;
use crate::{State, sap, stripe, zendesk};

const ANSWERS: [&str; 3] = [
    "<p>Thank you, we look into it.</p>",
    "<p>The spare part left our warehouse today.</p>",
    "<p>A technician will call you tomorrow morning.</p>",
];
const NOTES: [&str; 2] =
    ["<p>INTERNAL: waiting for the supplier.</p>", "<p>INTERNAL: ask accounting before you promise anything.</p>"];

/// In so many of a hundred cases it acts for somebody else than for those who are served first.
const ELSEWHERE: i64 = 25;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// What is left of an order leaves.
    Ship,
    /// An agent answers a ticket in public.
    Answer,
    /// An agent leaves a note on a ticket that customers must not see.
    Note,
    /// A customer pays an invoice.
    Pay,
}

const ACTS: [Act; 4] = [Act::Ship, Act::Answer, Act::Note, Act::Pay];

/// One step that is asked for; what is left out is chosen by chance.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// What to do.
    pub act: Option<Act>,
    /// To which order, ticket or invoice.
    pub key: Option<String>,
    /// For a customer of this person, by e-mail address.
    pub near: Option<String>,
}

/// One step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was done.
    pub act: Act,
    /// To which order, ticket or invoice.
    pub key: String,
}

#[derive(Debug)]
struct Mind {
    random: Random,
    every: Option<Duration>,
    /// Whose customers are served first, by e-mail address.
    near: Option<String>,
}

/// The agent.
#[derive(Debug)]
pub struct Agent {
    mind: Mutex<Mind>,
    turned: Notify,
}

impl Default for Agent {
    fn default() -> Self {
        Self { mind: Mutex::new(Mind { random: Random::new(1), every: None, near: None }), turned: Notify::new() }
    }
}

impl Agent {
    fn lock(&self) -> MutexGuard<'_, Mind> {
        self.mind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew from a seed; acts so often by itself, or only when asked.
    pub fn turn(&self, seed: u64, every: Option<Duration>) {
        {
            let mut mind = self.lock();
            (mind.random, mind.every) = (Random::new(seed), every);
        }
        self.turned.notify_waiters();
    }

    /// Serves the customers of this person first, from now on: so that who looks sees something happen.
    pub fn favour(&self, email: &str) {
        self.lock().near = Some(email.to_owned());
    }

    /// How often it acts by itself.
    pub fn every(&self) -> Option<Duration> {
        self.lock().every
    }

    /// What to do to what: `wanted`, and the rest by chance. An act that nothing is left for gives way to the next.
    fn choose(&self, state: &State, wanted: &Wanted) -> Option<(Act, String, usize)> {
        let mut mind = self.lock();
        let start = usize::try_from(mind.random.between(0, 3)).unwrap_or_default();
        let words = usize::try_from(mind.random.between(0, 5)).unwrap_or_default();
        let business = state.read();
        let acts = ACTS.iter().cycle().skip(start).take(ACTS.len()).copied();
        let acts = acts.filter(|act| wanted.act.is_none_or(|wanted| wanted == *act));
        for act in acts {
            if let Some(key) = &wanted.key {
                return Some((act, key.clone(), words));
            }
            let all = left(&business, act);
            let keys = match &wanted.near {
                Some(email) => near(&business, act, (&all, email)),
                None => {
                    let near = mind.near.as_ref().map(|email| near(&business, act, (&all, email))).unwrap_or_default();
                    if near.is_empty() || mind.random.chance(ELSEWHERE) { all } else { near }
                }
            };
            if !keys.is_empty() {
                return Some((act, mind.random.pick(&keys).clone(), words));
            }
        }
        None
    }
}

/// What an act can still be done to.
fn left(business: &Business, act: Act) -> Vec<String> {
    match act {
        Act::Ship => sap::shippable(business),
        Act::Answer | Act::Note => zendesk::open(business),
        Act::Pay => {
            let open = business.invoices.iter().filter(|invoice| invoice.status == "open");
            open.map(|invoice| invoice.id.clone()).collect()
        }
    }
}

/// Those of `keys` that are of the customers of this person; where there are tickets of the person's own, these alone.
fn near(business: &Business, act: Act, (keys, email): (&[String], &str)) -> Vec<String> {
    let near = of(business, act, (keys, &companies(business, email)));
    let contact = business.contacts.iter().find(|contact| contact.email.eq_ignore_ascii_case(email));
    let Some(user) =
        contact.and_then(|contact| contact.zendesk_user).filter(|_| matches!(act, Act::Answer | Act::Note))
    else {
        return near;
    };
    let asked = |key: &&String| business.tickets.iter().any(|own| own.id.to_string() == **key && own.requester == user);
    let own: Vec<String> = near.iter().filter(asked).cloned().collect();
    if own.is_empty() { near } else { own }
}

/// Those of `keys` that are some customers' own.
fn of(business: &Business, act: Act, (keys, companies): (&[String], &[u64])) -> Vec<String> {
    let near: Vec<&Company> = business.companies.iter().filter(|company| companies.contains(&company.id)).collect();
    let own = |key: &&String| match act {
        Act::Ship => business
            .orders
            .iter()
            .any(|order| order.number == **key && near.iter().any(|company| company.debtors.contains(&order.sold_to))),
        Act::Answer | Act::Note => business.tickets.iter().any(|ticket| {
            let desk = |company: &&Company| company.zendesk_organization == ticket.organization;
            ticket.organization.is_some() && ticket.id.to_string() == **key && near.iter().any(desk)
        }),
        Act::Pay => business.invoices.iter().any(|invoice| {
            let payer = |company: &&Company| company.stripe_customer.as_ref() == Some(&invoice.customer);
            invoice.id == **key && near.iter().any(payer)
        }),
    };
    if near.is_empty() { Vec::new() } else { keys.iter().filter(own).cloned().collect() }
}

/// The customers whom a person may act for.
fn companies(business: &Business, email: &str) -> Vec<u64> {
    let contact = business.contacts.iter().find(|contact| contact.email.eq_ignore_ascii_case(email));
    let places = contact.into_iter().flat_map(|contact| &contact.companies);
    places.filter(|place| !place.labels.is_empty()).map(|place| place.company).collect()
}

/// Does one step.
///
/// # Errors
/// When nothing is left to do, or what was asked for cannot be done.
pub fn step(state: &State, wanted: &Wanted) -> Result<Step, String> {
    if wanted.key.is_some() && wanted.act.is_none() {
        return Err("a `key` needs an `act`".to_owned());
    }
    let (act, key, words) = state.agent.choose(state, wanted).ok_or("there is nothing to do")?;
    match act {
        Act::Ship => sap::ship(state, By::Agent, &key).map(|_| ())?,
        Act::Answer => zendesk::say(state, By::Agent, (&key, ANSWERS[words % ANSWERS.len()], true))?,
        Act::Note => zendesk::say(state, By::Agent, (&key, NOTES[words % NOTES.len()], false))?,
        Act::Pay => stripe::pay(state, By::Agent, &key)?,
    }
    Ok(Step { act, key })
}

/// Acts by itself while it is switched on, until the business closes.
pub(crate) async fn run(state: Arc<State>, closed: watch::Receiver<()>) {
    let ends = closing(closed);
    tokio::pin!(ends);
    loop {
        let turned = state.agent.turned.notified();
        tokio::pin!(turned);
        turned.as_mut().enable();
        let pause = state.agent.every();
        let pause = async {
            match pause {
                Some(every) => tokio::time::sleep(every).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut turned => {}
            () = pause => {
                if let Err(message) = step(&state, &Wanted::default()) {
                    tracing::debug!(message, "the demo's agent did nothing");
                }
            }
            () = &mut ends => return,
        }
    }
}
