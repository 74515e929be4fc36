//! One scenario of mail: what happens at the desk, which letters come of it, and to whom. What is sent is in
//! `config/demo/outgoing.yaml`.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use vestibule_sandbox::mail::Letter;

use super::expected::{Taken, lacking, worded};
use super::office::Office;
use super::play;
use super::webhooks::Kind;

/// A scenario, against a demo business of its own, at noon of a day in March 2026. In it is one ticket of Ana's, `$number`, who
/// reads English if nobody says otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    title: String,
    /// The languages of people, by their addresses.
    #[serde(default)]
    speaks: BTreeMap<String, String>,
    /// What the mail server answers to the first recipients; afterwards it takes everything.
    #[serde(default)]
    answers: Vec<String>,
    steps: Vec<Step>,
}

/// What happens, and which letters come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// So much time passes first.
    wait: Option<SignedDuration>,
    /// The ticket has this subject from now on.
    subject: Option<String>,
    /// It is this person's from now on.
    requester: Option<String>,
    /// What the desk writes to the customer.
    writes: Option<String>,
    /// What the desk writes for itself.
    notes: Option<String>,
    /// A system that does not answer from now on.
    down: Option<String>,
    /// Every system answers again.
    #[serde(default)]
    up: bool,
    /// The desk tells that the ticket is new, or different.
    told: Option<Kind>,
    /// The letters that come, in whatever order; nothing else. Where there is time to pass, by its end.
    #[serde(default)]
    letters: Vec<Expected>,
    /// What became of letters until then.
    counted: Option<Counted>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    to: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// What stands in it as text, and what in its page.
    text: Option<Part>,
    html: Option<Part>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Part {
    has: Vec<String>,
    lacks: Vec<String>,
}

/// What is not named is not looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    sent: Option<u64>,
    /// Attempts that failed.
    failed: Option<u64>,
    /// Letters that are not sent any more.
    lost: Option<u64>,
    /// Looks at the ticket that led to no letter.
    silent: Option<u64>,
}

impl play::Scenario for Scenario {
    fn title(&self) -> &str {
        &self.title
    }

    async fn play(&self) -> Result<(), String> {
        let answers: Vec<&str> = self.answers.iter().map(String::as_str).collect();
        let mut office = Office::open(&answers).await;
        for (person, language) in &self.speaks {
            office.speaks(person, language);
        }
        for (at, step) in self.steps.iter().enumerate() {
            play::step(at, step.play(&mut office)).await?;
        }
        Ok(())
    }
}

impl Step {
    async fn play(&self, office: &mut Office) -> Result<(), String> {
        if self.up {
            office.all_answer();
        }
        if let Some(down) = &self.down {
            office.falls(down);
        }
        if let Some(wait) = self.wait {
            office.pass(wait.unsigned_abs().as_secs()).await;
        }
        if let Some(subject) = &self.subject {
            office.change(|ticket| ticket.subject.clone_from(subject));
        }
        if let Some(person) = &self.requester {
            let user = office.desk_user(person);
            office.change(|ticket| ticket.requester = user);
        }
        for (text, public) in [(&self.writes, true), (&self.notes, false)] {
            if let Some(text) = text {
                office.write(text, public);
            }
        }
        if let Some(kind) = self.told {
            office.tell(kind.into());
        }
        let taken = Taken::from([("number".to_owned(), office.number().into())]);
        let mut left: Vec<&Expected> = self.letters.iter().collect();
        while !left.is_empty() {
            let letter = office.next().await.ok_or_else(|| format!("no letter comes: {left:?}"))?;
            let of = left.iter().position(|expected| expected.to == letter.to);
            let Some(of) = of else { return Err(format!("a letter to {:?} comes, and not {left:?}", letter.to)) };
            left.remove(of).fits(&letter, &taken)?;
        }
        if let Some(counted) = &self.counted {
            counted.reached(office).await?;
        }
        match office.more() {
            Some(letter) => Err(format!("a letter to {:?} comes besides: {:?}", letter.to, letter.header("Subject"))),
            None => Ok(()),
        }
    }
}

impl Expected {
    fn fits(&self, letter: &Letter, taken: &Taken) -> Result<(), String> {
        for (name, expected) in &self.headers {
            let (found, expected) = (letter.header(name), worded(expected, taken));
            if found.as_ref() != Some(&expected) {
                return Err(format!("{name} is {found:?}, not {expected:?}"));
            }
        }
        for (part, kind) in [(&self.text, "text/plain"), (&self.html, "text/html")] {
            let Some(part) = part else { continue };
            let text = letter.part(kind).ok_or_else(|| format!("it has no {kind}"))?;
            if let Some(word) = part.has.iter().find(|word| !text.contains(&worded(word, taken))) {
                return Err(format!("{word:?} is not in its {kind}: {text}"));
            }
            lacking(&text, &part.lacks, taken)?;
        }
        Ok(())
    }
}

impl Counted {
    async fn reached(&self, office: &Office) -> Result<(), String> {
        let is = |expected: Option<u64>, found: u64| expected.is_none_or(|expected| expected == found);
        let all = |mails: &vestibule::outgoing::Mails| {
            is(self.sent, mails.sent)
                && is(self.failed, mails.failed)
                && is(self.lost, mails.lost)
                && is(self.silent, mails.silent)
        };
        office.reached(all).await.map_err(|now| format!("it is at {now:?}, not {self:?}"))
    }
}
