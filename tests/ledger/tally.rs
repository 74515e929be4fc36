//! Whether what the client was told and what happened agree.

use crate::documents::SEEDED;
use crate::history::History;
use crate::kinds::{Kind, Wanted};
use crate::state;
use crate::told::Told;
use crate::world::World;

/// A run: its history, and what came of it.
#[derive(Default)]
pub struct Tally {
    pub history: History,
    pub requests: u64,
    pub repeated: u64,
    pub uncertain: u64,
}

impl Tally {
    pub fn begins(&mut self, wanted: &Wanted, mark: &str) {
        self.history.begins(wanted, mark);
    }

    /// So many requests go out, the write's first or later ones.
    pub fn sends(&mut self, world: &World, requests: u64, attempt: u64) {
        self.requests += requests;
        self.repeated += if attempt > 0 { requests } else { requests - 1 };
        self.catch_up(world);
        self.history.sends();
    }

    /// They are answered: at once it is looked whether that is true.
    pub fn hears(&mut self, world: &World, told: &Told) {
        self.uncertain += u64::from(*told == Told::Uncertain);
        self.catch_up(world);
        self.history.hears(told, &world.business.state.read());
    }

    pub fn ends(&mut self, told: Told) {
        self.history.ends(told);
    }

    fn catch_up(&mut self, world: &World) {
        for entry in world.business.state.ledger.after(self.history.read()) {
            self.history.book(&entry);
        }
    }

    /// Counts what is left, once all that was late is done, and looks at the state.
    pub fn count(&mut self, world: &World) {
        self.catch_up(world);
        for content in world.documents.contents() {
            match self.history.holder(&content) {
                Some(written) => written.effects += 1,
                None if content == SEEDED => {}
                None => self.history.faults.push(format!("nobody asked for a document of {content}")),
            }
        }
        for file in world.business.state.read().told.files.iter().filter(|file| file.comment.is_some()) {
            match self.history.holder(&String::from_utf8_lossy(&file.content)) {
                Some(written) => written.attached += 1,
                None => self.history.faults.push(format!("nobody asked for the file {}", file.id)),
            }
        }
        let (before, now) = world.records();
        let entries = world.business.state.ledger.entries();
        let mut faults = self.history.fields_in_the_end(&world.business.state.read());
        faults.extend(state::faults(&self.history, &entries, (&before, &now)));
        self.history.faults.extend(faults);
    }

    /// Fails where what was told and what happened do not agree.
    pub fn check(&self) {
        let wrong: Vec<String> = self.history.faults.iter().cloned().chain(self.history.effects()).collect();
        assert!(wrong.is_empty(), "{} faults:\n{}\n{self}", wrong.len(), wrong.join("\n"));
        // What is found by something else than what happened would never be wrong.
        for kind in Kind::ALL {
            let own = || self.history.writes.iter().filter(|written| written.kind == kind);
            let found = own().any(|written| written.effects > 0) || own().all(|written| written.told != Told::Done);
            assert!(found, "{}: no effect is found\n{self}", kind.title());
        }
    }
}
