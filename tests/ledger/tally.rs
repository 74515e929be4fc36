//! What the client was told, what happened, and whether the two agree.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use vestibule_sandbox::ledger::Entry;

use crate::kinds::Kind;

/// What a client was told of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was done.
    Done,
    /// The system refused: user errors.
    Refused(String),
    /// It failed, and nothing was written.
    Failed(String),
    /// Nobody knows yet.
    Uncertain,
}

impl Told {
    pub fn of(kind: Kind, answer: &Value) -> Self {
        if let Some(code) = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str) {
            return match code {
                "WRITE_UNCERTAIN" => Self::Uncertain,
                other => Self::Failed(other.to_owned()),
            };
        }
        let errors = answer.pointer(&format!("/data/{}/userErrors", kind.name())).and_then(Value::as_array);
        match errors.map(Vec::as_slice) {
            Some([]) => Self::Done,
            Some([first, ..]) => Self::Refused(first["code"].as_str().unwrap_or("?").to_owned()),
            None => panic!("no answer: {answer}"),
        }
    }

    /// Of two that were told at the same moment.
    pub fn better(self, other: Self) -> Self {
        if self == Self::Done { self } else { other }
    }

    /// What counts after another attempt: what was done stays done, and what is uncertain stays so until it is known.
    pub fn then(self, next: Self) -> Self {
        match (&self, &next) {
            (Self::Done, _) => self,
            _ => next,
        }
    }
}

/// A run: its history, and the effects by mark.
#[derive(Default)]
pub struct Tally {
    pub history: Vec<(Kind, String, Told)>,
    effects: BTreeMap<String, u64>,
    /// Effects of writes that systems know by our key, by that.
    keyed: BTreeMap<String, u64>,
    requests: u64,
    repeated: u64,
    uncertain: u64,
}

#[derive(Default)]
struct Row {
    writes: u64,
    done: u64,
    refused: u64,
    failed: u64,
    uncertain: u64,
    uncertain_and_done: u64,
    effects: u64,
}

impl Tally {
    pub fn sent(&mut self, requests: u64, attempt: u64) {
        self.requests += requests;
        self.repeated += if attempt > 0 { requests } else { requests - 1 };
    }

    pub fn heard(&mut self, told: &Told) {
        self.uncertain += u64::from(*told == Told::Uncertain);
    }

    pub const fn repeats(&self) -> u64 {
        self.repeated
    }

    pub const fn uncertain(&self) -> u64 {
        self.uncertain
    }

    /// Counts the effects of every mark.
    pub fn count(&mut self, entries: &[Entry]) {
        for entry in entries {
            if let ("stripe", Some(key)) = (entry.system, &entry.reference) {
                *self.keyed.entry(key.clone()).or_default() += 1;
            }
            let text = format!("{} {}", entry.key, entry.set);
            let Some((_, rest)) = text.split_once("mark-") else { continue };
            let Some((mark, _)) = rest.split_once("-end") else { continue };
            *self.effects.entry(format!("mark-{mark}-end")).or_default() += 1;
        }
    }

    /// Whether what was told and what happened agree.
    pub fn check(&self) {
        let mut wrong = Vec::new();
        let twice = self.keyed.iter().filter(|(_, effects)| **effects > 1);
        wrong.extend(twice.map(|(key, effects)| format!("{effects} effects under the key {key}")));
        let unmarked = || self.history.iter().filter(|(kind, ..)| !kind.is_marked());
        let done = unmarked().filter(|(.., told)| *told == Told::Done).count();
        let open = unmarked().filter(|(.., told)| matches!(told, Told::Done | Told::Uncertain)).count();
        if !(done..=open).contains(&self.keyed.len()) {
            wrong.push(format!("{} effects under keys, told {done} done and {open} at most", self.keyed.len()));
        }
        for (kind, mark, told) in self.history.iter().filter(|(kind, ..)| kind.is_marked()) {
            let effects = self.effects.get(mark).copied().unwrap_or_default();
            let doubled = effects > 1 && !kind.is_natural();
            let lost = *told == Told::Done && effects == 0;
            let denied = matches!(told, Told::Failed(_) | Told::Refused(_)) && effects > 0;
            if doubled || lost || denied {
                wrong.push(format!("{} {mark}: told {told:?}, {effects} effects", kind.name()));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}\n{self}", wrong.len(), self.history.len(), wrong.join("\n"));
    }

    fn rows(&self) -> BTreeMap<Kind, Row> {
        let mut rows: BTreeMap<Kind, Row> = BTreeMap::new();
        for (kind, mark, told) in &self.history {
            let effects = self.effects.get(mark).copied().unwrap_or_default();
            let row = rows.entry(*kind).or_default();
            row.writes += 1;
            row.effects += effects.min(1);
            if !kind.is_marked() {
                row.effects = self.keyed.len() as u64;
            }
            match told {
                Told::Done => row.done += 1,
                Told::Refused(_) => row.refused += 1,
                Told::Failed(_) => row.failed += 1,
                Told::Uncertain => {
                    row.uncertain += 1;
                    row.uncertain_and_done += u64::from(effects > 0);
                }
            }
        }
        rows
    }

    /// The page with the table.
    pub fn document(&self, seed: u64, writes: u64) -> String {
        format!(
            "# The ledger\n\nA client's history against the ledger of the systems, over {writes} random writes of the demo (seed {seed}): \
             {} requests, {} of them repeats,\n{} answers that nobody knew. Connections were cut before, during and after the write, or the \
             write was done up to\n10 seconds after the cut; systems were down, limited or locked. No write had a second effect, none that was told as done\n\
             is missing, and none that was told as failed or refused was done.\n\n{self}\n\
             A write that stays uncertain is one that the client gave up on. `changeSubscription` has no place for a mark: its effects are\n\
             counted in sum, by the keys that billing was told. Made with\n\
             `cargo test --test ledger -- --ignored publish`.\n",
            self.requests, self.repeated, self.uncertain,
        )
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| mutation | writes | told done | refused | failed | left uncertain | of these done | effects |")?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for (kind, row) in self.rows() {
            let Row { writes, done, refused, failed, uncertain, uncertain_and_done, effects } = row;
            let name = kind.name();
            writeln!(
                f,
                "| {name} | {writes} | {done} | {refused} | {failed} | {uncertain} | {uncertain_and_done} | {effects} |"
            )?;
        }
        Ok(())
    }
}
