//! What the client was told, what happened, and whether the two agree.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;
use vestibule_sandbox::ledger::Entry;

use crate::WRITES;
use crate::kinds::{Kind, Wanted};
use crate::world::World;

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

/// One write of the run.
struct Written {
    kind: Kind,
    mark: String,
    told: Told,
    effects: u64,
    /// How often its file is with what it was sent with.
    attached: u64,
}

/// A run: its history, and what came of it.
#[derive(Default)]
pub struct Tally {
    history: Vec<Written>,
    /// The place in the history, by what its effect is found by.
    traces: HashMap<String, usize>,
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

    /// Remembers what was told of a write.
    pub fn wrote(&mut self, wanted: Wanted, mark: String, told: Told) {
        self.traces.insert(wanted.trace, self.history.len());
        self.history.push(Written { kind: wanted.kind, mark, told, effects: 0, attached: 0 });
    }

    /// Counts the effects of every write, and where the files are.
    pub fn count(&mut self, world: &World) {
        for entry in world.business.state.ledger.entries() {
            let known = traces(&entry).find(|trace| self.traces.contains_key(trace));
            if let Some(written) = known.and_then(|trace| self.written(&trace)) {
                written.effects += 1;
            }
        }
        for content in world.documents.contents() {
            if let Some(written) = self.written(content.trim_end()) {
                written.effects += 1;
            }
        }
        for file in world.business.state.read().told.files.iter().filter(|file| file.comment.is_some()) {
            if let Some(written) = self.written(String::from_utf8_lossy(&file.content).trim_end()) {
                written.attached += 1;
            }
        }
    }

    fn written(&mut self, trace: &str) -> Option<&mut Written> {
        self.history.get_mut(*self.traces.get(trace)?)
    }

    /// Whether what was told and what happened agree.
    pub fn check(&self) {
        let wrong = self.history.iter().filter(|written| written.is_wrong()).map(|written| {
            let Written { kind, mark, told, effects, attached } = written;
            format!("{} {mark}: told {told:?}, {effects} effects, {attached} times with its file", kind.title())
        });
        let wrong: Vec<String> = wrong.collect();
        assert!(wrong.is_empty(), "{} of {}:\n{}\n{self}", wrong.len(), self.history.len(), wrong.join("\n"));
        // What is found by something else than what happened would never be wrong.
        for (kind, row) in self.rows() {
            assert!(row.effects > 0 || row.done == 0, "{}: no effect is found\n{self}", kind.title());
        }
    }

    fn rows(&self) -> BTreeMap<Kind, Row> {
        let mut rows: BTreeMap<Kind, Row> = BTreeMap::new();
        for Written { kind, told, effects, .. } in &self.history {
            let row = rows.entry(*kind).or_default();
            row.writes += 1;
            row.effects += effects.min(&1);
            match told {
                Told::Done => row.done += 1,
                Told::Refused(_) => row.refused += 1,
                Told::Failed(_) => row.failed += 1,
                Told::Uncertain => {
                    row.uncertain += 1;
                    row.uncertain_and_done += u64::from(*effects > 0);
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
             A write that stays uncertain is one that the client gave up on. A file that came with a message is with it, once, wherever\n\
             the message is. What sets fields to the same values again, or cancels what is cancelled (updateViewer, updateAccount,\n\
             updateContact, updateDeal, cancelOrder), changes nothing the second time: such repeats count as one effect.\n\
             Documents are in an S3 server that fails in the same ways. `payInvoice` is not in it: it reads where a\n\
             person can pay, and changes nothing.\n\n\
             `cargo test --test ledger -- --ignored publish` makes this page; `./test` plays {WRITES} writes of another seed.\n",
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
            let name = kind.title();
            writeln!(
                f,
                "| {name} | {writes} | {done} | {refused} | {failed} | {uncertain} | {uncertain_and_done} | {effects} |"
            )?;
        }
        Ok(())
    }
}

impl Written {
    fn is_wrong(&self) -> bool {
        let doubled = self.effects > 1 && !self.kind.is_natural();
        let lost = self.told == Told::Done && self.effects == 0;
        let denied = matches!(self.told, Told::Failed(_) | Told::Refused(_)) && self.effects > 0;
        let with_file = u64::from(self.kind.attaches() && self.effects > 0);
        doubled || lost || denied || self.attached != with_file
    }
}

/// What may say of an entry which write it is of: its mark, the order it is about, the amount of a deal.
fn traces(entry: &Entry) -> impl Iterator<Item = String> {
    let text = format!("{} {}", entry.key, entry.set);
    let mark = text.find("mark").and_then(|from| Some(text[from..from + text[from..].find("end")? + 3].to_owned()));
    let order =
        (entry.entity == "A_SalesOrderItem").then(|| entry.key.split('/').next().unwrap_or_default().to_owned());
    let amount = entry.set.get("amount").and_then(Value::as_str).filter(|_| entry.entity == "deal").map(str::to_owned);
    [mark, order, amount].into_iter().flatten()
}
