//! The client's history: each write, what was told of it, and which of the ledger's entries are its effects.
//!
//! The client is sequential: a write is begun when the one before is given up or done. All that is left of the writes before is
//! what comes late.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use vestibule_sandbox::data::Business;
use vestibule_sandbox::ledger::Entry;

use crate::fields::Field;
use crate::kinds::{Kind, Wanted};
use crate::told::Told;

/// One write of the run.
pub struct Written {
    pub kind: Kind,
    pub mark: String,
    pub told: Told,
    /// Entries of its own that changed something, but for those below. A second one is wrong, also where it came late, after the
    /// next write of its field, and changed that back.
    pub effects: u64,
    /// How often it was done again since another write had come late over it.
    pub put_right: u64,
    /// Entries of its own that changed nothing.
    pub idle: u64,
    /// How often its file is with what it was sent with.
    pub attached: u64,
    field: Option<Field>,
    trace: String,
    /// The number of the ledger's last entry when that was sent which was the first to be told done.
    sure: Option<u64>,
}

/// That a write changed a field.
#[derive(Clone, Copy, Debug)]
struct Set {
    /// The place of the write in the history.
    by: usize,
    /// The number of the entry.
    number: u64,
    late: bool,
}

/// A run: its writes, and what came of them.
#[derive(Default)]
pub struct History {
    pub writes: Vec<Written>,
    /// What does not agree, in words.
    pub faults: Vec<String>,
    /// How often a write was told done while another one came late over it.
    pub overtaken: u64,
    /// The place in the history, by what its effect is found by.
    traces: HashMap<String, usize>,
    fields: BTreeMap<Field, Vec<Set>>,
    /// Whether the last write is still under way.
    under_way: bool,
    /// The number of the last entry that was read.
    read: u64,
    /// The same when the client sent something the last time.
    sent: u64,
}

impl History {
    /// A write is begun.
    pub fn begins(&mut self, wanted: &Wanted, mark: &str) {
        let Wanted { kind, trace, field, .. } = wanted;
        self.traces.insert(trace.clone(), self.writes.len());
        self.under_way = true;
        self.writes.push(Written {
            kind: *kind,
            mark: mark.to_owned(),
            told: Told::Uncertain,
            effects: 0,
            put_right: 0,
            idle: 0,
            attached: 0,
            field: field.clone(),
            trace: trace.clone(),
            sure: None,
        });
    }

    /// It is sent, for the first time or again.
    pub fn sends(&mut self) {
        self.sent = self.read;
    }

    /// The client is told of what it sent: what is done stands there, from this moment on.
    pub fn hears(&mut self, told: &Told, business: &Business) {
        if *told != Told::Done {
            return;
        }
        let sent = self.sent;
        let Some(written) = self.writes.last_mut() else { return };
        let sure = *written.sure.get_or_insert(sent);
        if let Some(field) = written.field.clone() {
            self.stands_at_once(&field, sure, business);
        }
    }

    /// Nothing is sent of it any more.
    pub fn ends(&mut self, told: Told) {
        self.under_way = false;
        if let Some(written) = self.writes.last_mut() {
            written.told = told;
        }
    }

    /// The number of the last entry that was booked here.
    pub const fn read(&self) -> u64 {
        self.read
    }

    /// Takes an entry of the ledger, the next one.
    pub fn book(&mut self, entry: &Entry) {
        self.read = entry.number;
        let Some(by) = traces(entry).find_map(|trace| self.traces.get(&trace).copied()) else {
            // A file is named nowhere in the entry of its upload: which comment it is with is looked at in the end.
            if entry.entity != "upload" {
                self.faults.push(format!("nobody asked for {entry:?}"));
            }
            return;
        };
        let under_way = self.under_way && by + 1 == self.writes.len();
        let written = &mut self.writes[by];
        if !under_way && !entry.late {
            self.faults.push(format!("{} was done after the client was through with it: {entry:?}", written.mark));
        }
        if !entry.changed {
            written.idle += 1;
            return;
        }
        let Some(field) = written.field.clone() else {
            written.effects += 1;
            return;
        };
        let sets = self.fields.entry(field).or_default();
        let before = sets.iter().rposition(|set| set.by == by);
        match before {
            // Another one's value stood there since.
            Some(before) if before + 1 < sets.len() && under_way => written.put_right += 1,
            _ => written.effects += 1,
        }
        sets.push(Set { by, number: entry.number, late: entry.late });
    }

    /// Takes what stands in a document, or in a file that is with a comment.
    pub fn holder(&mut self, content: &str) -> Option<&mut Written> {
        self.writes.get_mut(*self.traces.get(content.trim_end())?)
    }

    /// The value of the write that was told done stands there: nothing came over it, but what came late since it was sent.
    fn stands_at_once(&mut self, field: &Field, sure: u64, business: &Business) {
        let by = self.writes.len() - 1;
        let sets = self.fields.get(field).map_or(&[][..], Vec::as_slice);
        let since = sets.iter().rposition(|set| set.by == by).map(|own| &sets[own + 1..]);
        let fault = match since {
            None => Some("it never set its field".to_owned()),
            Some(over) if over.iter().any(|set| !set.late || set.number <= sure) => {
                Some(format!("another one's value stands there: {over:?}"))
            }
            Some(over) => {
                self.overtaken += u64::from(!over.is_empty());
                self.differs(field, business)
            }
        };
        if let Some(fault) = fault {
            self.faults.push(format!("{} was told done, and {fault}", self.writes[by].mark));
        }
    }

    /// What is wrong about a field: in it stands the value of the write that was the last to change it, by the ledger.
    fn differs(&self, field: &Field, business: &Business) -> Option<String> {
        let last = self.fields.get(field).and_then(|sets| sets.last()).map(|set| &self.writes[set.by]);
        let (stands, expected) = (field.stands(business), last.map(|written| written.trace.clone()));
        (stands != expected).then(|| format!("in {field:?} stands {stands:?}, by the ledger {expected:?}"))
    }

    /// What is wrong about the fields in the end.
    pub fn fields_in_the_end(&self, business: &Business) -> Vec<String> {
        let mut fields: Vec<&Field> = self.writes.iter().filter_map(|written| written.field.as_ref()).collect();
        fields.sort();
        fields.dedup();
        let mut faults: Vec<String> = fields.iter().filter_map(|field| self.differs(field, business)).collect();
        for (field, last) in self.fields.iter().filter_map(|(field, sets)| Some((field, sets.last()?))) {
            let Written { mark, told, .. } = &self.writes[last.by];
            if told.denies() {
                faults.push(format!("in {field:?} stands {mark}, which was told {told:?}"));
            }
        }
        faults
    }

    /// What is wrong about the number of each write's effects.
    pub fn effects(&self) -> impl Iterator<Item = String> {
        self.writes.iter().filter(|written| written.is_wrong()).map(|written| {
            let Written { kind, mark, told, effects, idle, attached, .. } = written;
            format!(
                "{} {mark}: told {told:?}, {effects} effects, {idle} entries changed nothing, {attached} times with its file",
                kind.title()
            )
        })
    }
}

impl Written {
    fn is_wrong(&self) -> bool {
        let doubled = self.effects > 1 || self.idle > 0;
        let lost = self.told == Told::Done && self.effects == 0;
        let denied = self.told.denies() && self.effects > 0;
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
