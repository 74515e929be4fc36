//! One scenario of pages that follow what changes: who follows, what happens in the systems, and what each page is told.
//!
//! It is played against a demo business and a gateway of its own, on a clock that stands still: the systems send their webhooks
//! over HTTP, as they do in the demo. Nothing waits for silence: what a page is told *next* is what proves that it was told
//! nothing before.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value};
use vestibule_sandbox::faults::Mode;
use vestibule_sandbox::hooks::Handling;

/// A file of scenarios, with what they name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// E-mail addresses of people.
    pub people: BTreeMap<String, String>,
    /// What pages ask to be told: subscriptions.
    pub documents: BTreeMap<String, String>,
    /// Records of theirs. `$name` stands for the id of one, `$name/number` for what their list says at `number`.
    pub records: BTreeMap<String, Named>,
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
}

/// One of the records that a person's account has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// What it is.
    pub is: Kind,
    /// Whose.
    pub of: String,
    /// The first of them, the second, and so on.
    #[serde(default = "first")]
    pub nth: usize,
}

fn first() -> usize {
    1
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One that is neither solved nor closed, at the desk.
    Ticket,
    /// In the CRM.
    Deal,
    /// A running one, at the billing provider.
    Subscription,
    /// One that is not paid, at the billing provider.
    Invoice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    pub title: String,
    /// The sources that are asked what changed, and how, as their `poll` or `reconcile`; no other is.
    #[serde(default)]
    pub asked: BTreeMap<String, BTreeMap<String, Value>>,
    /// What sources keep of which entities, as their `cache`.
    #[serde(default)]
    pub kept: BTreeMap<String, Value>,
    pub steps: Vec<Step>,
}

/// One step. Systems are named as they are in the demo: `hubspot`, `stripe`, `zendesk`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// A page is opened and follows: nothing is missed from here on.
    Follows(Follows),
    /// A page goes; what it was told last is where it goes on.
    Leaves(String),
    /// It is opened again, as it was, and asks for what came after that.
    ComesBack(String),
    /// Somebody asks for what cannot be followed.
    Refused(Refused),

    /// People of the business change a ticket (`subject`, `priority`), a deal (`name`) or a subscription (`quantity`).
    Change(Map<String, Value>),
    /// An agent leaves a note on a ticket, which customers must not see.
    Note(String),
    /// An agent answers a ticket in public, which then waits for the customer.
    Answer(String),
    /// A ticket moves to the account that another ticket is of, or to none.
    Move { ticket: String, to: Option<String> },
    /// A ticket is deleted.
    Delete(String),
    /// An invoice is paid on the provider's own page.
    Pay(String),
    /// A customer writes.
    Send(Send),
    /// Somebody loses what they may reach in the CRM.
    Withdraw { from: String, what: Rights },

    /// From now on a system answers so.
    Fault { system: String, mode: Mode },
    /// All systems are well again.
    Mended,
    /// What happens to a system's webhooks on their way, instead of what did; the next step comes when none is on its way.
    Webhooks { system: String, are: Handling },
    /// So much time goes by.
    Later(SignedDuration),
    /// When so much time has gone by, the systems that are asked what changed have been asked, and this was counted of it.
    Asked { after: SignedDuration, counted: BTreeMap<String, u64> },
    /// Requests to the systems are counted from here on.
    CountCalls,
    /// How many there were until now.
    Calls(BTreeMap<String, u64>),

    /// What each of these pages is told next.
    Told(BTreeMap<String, Expected>),
    /// Nothing of what came before is told here: what they are told next, in a later step, is all that they are told.
    Silent(Vec<String>),
    /// A page is told the last of these, and any of those before it: each at most once, and none after a later one.
    Newest { page: String, at: String, of: Vec<Value> },
    /// These pages are told no more, for this reason: a code of the WebSocket, or of the last event.
    Over(BTreeMap<String, Value>),
    /// The same as `told` or `over`, while time goes by in such steps; until it is over, a page may be told to look again.
    AsTimePasses { by: SignedDuration, told: Option<BTreeMap<String, Expected>>, over: Option<BTreeMap<String, Value>> },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follows {
    /// What steps call the page.
    pub page: String,
    /// Who is signed in.
    #[serde(rename = "as")]
    pub person: String,
    /// Which of the file's documents is asked.
    pub asks: String,
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// It goes on after what that page was told last.
    pub after: Option<String>,
    #[serde(default)]
    pub over: Transport,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    #[default]
    Websocket,
    /// Server-sent events.
    Events,
    /// A plain request, which nothing can be followed with.
    Plain,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    #[serde(rename = "as")]
    pub person: String,
    pub document: String,
    #[serde(default)]
    pub over: Transport,
    /// The code of the error.
    pub code: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    #[serde(rename = "as")]
    pub person: String,
    /// The person has just signed in with a second factor.
    #[serde(default)]
    pub stepped_up: bool,
    pub document: String,
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// What the answer has: JSON pointers, and the values there.
    pub answer: BTreeMap<String, Value>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// Every account that the person acts for.
    Accounts,
    /// The accounts stay, and nothing may be done there.
    Labels,
}

/// What is told: places in it, such as `record/subject`, and the values there; of several things, in any order.
///
/// `*` is anything but null, and `{ has: text }` whatever has the text in it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    One(BTreeMap<String, Value>),
    All(Vec<BTreeMap<String, Value>>),
}
