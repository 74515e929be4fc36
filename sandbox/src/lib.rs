//! The demo business: servers on loopback that speak the dialects of HubSpot, SAP OData V2, Stripe and Zendesk.
//!
//! One consistent set of records ([`data::Business`]) is told by four systems, each in its vendor's own shapes, so that
//! a production connector runs against them unchanged. They take writes in those dialects too, and book every effect in
//! one ledger ([`ledger`]). A mail server keeps what is sent to customers ([`mail`]). A control port counts requests, shows the ledger, moves the clock and switches faults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub mod agent;
pub mod calls;
pub mod clock;
pub mod control;
pub mod data;
pub mod effect;
pub mod faults;
pub mod folder;
mod gate;
pub mod hooks;
pub mod hubspot;
mod keys;
pub mod lag;
mod late;
pub mod ledger;
pub mod mail;
mod pdf;
pub mod sap;
mod server;
mod strike;
pub mod stripe;
mod variables;
pub mod web;
pub mod zendesk;

pub use data::people::{Person, people};
use effect::{By, Effect};
pub use server::{Options, Running, start};
pub use variables::variables;

/// The names of the systems, in the order in which they are listed everywhere.
pub const SYSTEMS: [&str; 4] = ["hubspot", "sap", "stripe", "zendesk"];

/// What a system demands in `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer …`.
    Bearer(&'static str),
    /// `Authorization: Basic …` of user and password.
    Basic(&'static str, &'static str),
}

/// The credential of each system; a request without it gets that system's own 401.
pub const CREDENTIALS: [(&str, Credential); 4] = [
    ("hubspot", Credential::Bearer("pat-demo")),
    ("sap", Credential::Basic("PORTAL", "demo")),
    ("stripe", Credential::Bearer("sk_test_demo")),
    ("zendesk", Credential::Basic("portal@example.com/token", "demo")),
];

/// What all four systems share: the records, the switches and the clock.
#[derive(Debug)]
pub struct State {
    /// The records of the business.
    pub business: RwLock<data::Business>,
    /// The faults that are switched on.
    pub mode: faults::Switches,
    /// The faults of writes that are switched on.
    pub writes: faults::write::WriteSwitches,
    /// The requests that came.
    pub calls: calls::Calls,
    /// The effects that were committed.
    pub ledger: ledger::Ledger,
    /// What is told to the world.
    pub hooks: hooks::Hooks,
    /// The business's own people.
    pub agent: agent::Agent,
    /// The mail that came.
    pub mails: mail::Mails,
    /// How far search is behind.
    pub lag: lag::Lag,
    clock: clock::Clock,
    late: late::Late,
    addresses: Mutex<BTreeMap<&'static str, SocketAddr>>,
}

impl State {
    /// The seeded business as of `now`, Unix seconds.
    pub fn new(now: i64) -> Arc<Self> {
        Self::with(data::seed::business(now), now)
    }

    /// A business of one's own making, for tests of one dialect.
    pub fn with(business: data::Business, now: i64) -> Arc<Self> {
        Arc::new(Self {
            business: RwLock::new(business),
            mode: faults::Switches::default(),
            writes: faults::write::WriteSwitches::default(),
            calls: calls::Calls::default(),
            ledger: ledger::Ledger::default(),
            hooks: hooks::Hooks::default(),
            agent: agent::Agent::default(),
            mails: mail::Mails::default(),
            lag: lag::Lag::default(),
            clock: clock::Clock::new(now),
            late: late::Late::default(),
            addresses: Mutex::default(),
        })
    }

    /// The records, to read. A writer that died left whole records behind, so its lock counts as free.
    pub fn read(&self) -> RwLockReadGuard<'_, data::Business> {
        self.business.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records, to change.
    pub fn write(&self) -> RwLockWriteGuard<'_, data::Business> {
        self.business.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `system` ignores every filter and answers with rows of several accounts.
    pub fn hostile(&self, system: &str) -> bool {
        self.mode.hostile(system)
    }

    /// The business's clock in Unix seconds: it stands still between changes, so that answers repeat.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Lets changes happen at the machine's own time from now on: whoever asks what changed since an hour compares clocks.
    pub fn follow_time(&self) {
        self.clock.follow();
    }

    /// Where a system listens, such as `http://127.0.0.1:8003`: what its own addresses in events begin with.
    pub(crate) fn address(&self, system: &str) -> String {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.get(system).map_or_else(|| "http://127.0.0.1".to_owned(), |address| format!("http://{address}"))
    }

    /// Says where a system listens.
    pub(crate) fn listens(&self, system: &'static str, address: SocketAddr) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).insert(system, address);
    }

    /// Moves the clock on, and does what was due until then, in its order. Every change takes a second of its own beside.
    pub async fn advance(&self, seconds: u32) {
        let mut left = seconds;
        while let Some(due) = self.late.next(self.now() + i64::from(left)) {
            let until = u32::try_from(due - self.now()).unwrap_or(0);
            self.clock.advance(until);
            left = left.saturating_sub(until);
            self.late.release(due).await;
        }
        self.clock.advance(left);
    }

    /// How many writes wait to be done late.
    pub fn waiting(&self) -> usize {
        self.late.len()
    }

    /// What the search of `system` sees: the records, or what they were where search lags behind.
    pub(crate) fn searched<T>(&self, system: &str, look: impl FnOnce(&data::Business) -> T) -> T {
        match self.lag.seen(system, self.now()) {
            Some(past) => look(&past),
            None => look(&self.read()),
        }
    }

    /// Makes one change, whole or not at all: `change` looks before it touches anything, and gets the second at which it
    /// happens, which is one after the last. What it says it did is booked in the same breath.
    ///
    /// # Errors
    /// What `change` refuses with; nothing has changed then.
    pub fn commit<T, E>(
        &self,
        by: By,
        change: impl FnOnce(&mut data::Business, i64) -> Result<(T, Vec<Effect>), E>,
    ) -> Result<T, E> {
        let mut business = self.write();
        let at = self.clock.next();
        let before = self.lag.on().then(|| Arc::new(business.clone()));
        let (answer, effects) = change(&mut business, at)?;
        if effects.is_empty() {
            return Ok(answer);
        }
        self.clock.set(at);
        if let Some(before) = before {
            self.lag.keep(at, before);
        }
        for effect in &effects {
            self.ledger.book(by, at, effect);
            self.hooks.tell(at, effect);
        }
        Ok(answer)
    }
}
