//! What systems send by themselves: who may send, what was seen before, and on to what follows from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;

use super::assemble::Assembly;
use super::handshake::shaken;
use super::remarked::Remarked;
use super::seen::Seen;
use super::test_event::TestEvent;
use crate::clock::Clock;
use crate::config::Environment;
use crate::connector::{Connector, Proof, Webhooks};
use crate::error::{Code, Error, Result};
use crate::live::Unseen;
use crate::model::{Changes, SourceId, Wire};
use crate::secret::Secret;
use crate::source::Catalog;
use crate::store::State;
use crate::webhook::{self, Basis, Delivery, Proved, Unproved};

/// Where a delivery was sent.
#[derive(Clone, Copy, Debug)]
pub enum Address<'a> {
    /// To one source.
    Source(&'a str),
    /// To an app, whose events may be those of several sources.
    App(&'a str),
}

/// What a delivery is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was taken, or seen before.
    Taken(Taken),
    /// It has to be sent again: whether it was seen before cannot be known just now.
    Again,
    /// A handshake: this text.
    Echo(String),
    /// A handshake: who may send.
    Allowed(String),
    /// It is not taken, and why.
    Refused(Unproved),
    /// Nothing is taken at this address.
    Unknown,
}

/// What became of the events of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// They changed something.
    pub changed: u64,
    /// They have been taken before.
    pub repeated: u64,
    /// The manifest has no rule for them.
    pub unknown: u64,
    /// They are those of another instance, or more than one delivery may tell.
    pub foreign: u64,
}

/// Takes in what systems send to one tenant.
pub struct Intake {
    doors: BTreeMap<Arc<str>, Door>,
    apps: BTreeMap<String, Vec<Arc<str>>>,
    public: Option<String>,
    seen: Seen,
    changes: Arc<dyn Changes>,
    clock: Arc<dyn Clock>,
    counts: Counts,
    remarked: Remarked,
}

#[derive(Default)]
struct Counts {
    changed: AtomicU64,
    repeated: AtomicU64,
    unknown: AtomicU64,
    foreign: AtomicU64,
}

/// A source that may be told something.
struct Door {
    name: Arc<str>,
    source: SourceId,
    connector: Arc<Connector>,
    secrets: Vec<Secret>,
}

impl Door {
    fn webhooks(&self) -> Option<&Webhooks> {
        self.connector.webhooks.as_ref()
    }
}

impl Intake {
    /// The intake of a tenant: every source whose connector has webhooks, and whose configuration a secret for them.
    ///
    /// # Errors
    /// `INTERNAL`: a secret has no value; the detail names it.
    pub fn new(
        assembly: &Assembly,
        environment: &dyn Environment,
        clock: &Arc<dyn Clock>,
        changes: Arc<dyn Changes>,
    ) -> Result<Self> {
        let config = &assembly.config;
        let mut doors = BTreeMap::new();
        for (number, info) in (0..).zip(&assembly.catalog.sources) {
            let Some(webhooks) = &info.connector.webhooks else { continue };
            let Some(configured) = config.sources.get(&*info.name) else { continue };
            let given = webhooks.keys().iter().filter_map(|key| configured.secrets.get(&**key));
            let secrets: Vec<Secret> = given
                .map(|secret| secret.resolve(environment, &assembly.folder))
                .collect::<std::result::Result<_, _>>()
                .map_err(|why| Error::new(Code::Internal, format!("webhooks of the source `{}`: {why}", info.name)))?;
            if secrets.is_empty() || (webhooks.needs_url() && config.server.public_url.is_none()) {
                continue;
            }
            let door = Door {
                name: Arc::clone(&info.name),
                source: SourceId(number),
                connector: Arc::clone(&info.connector),
                secrets,
            };
            doors.insert(Arc::clone(&info.name), door);
        }
        let apps = config.server.webhooks.apps.iter();
        let apps =
            apps.map(|(app, sources)| (app.clone(), sources.iter().map(|name| Arc::from(name.as_str())).collect()));
        Ok(Self {
            doors,
            apps: apps.collect(),
            public: config.server.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            seen: Seen::here(clock, config.server.webhooks.seen),
            changes,
            clock: Arc::clone(clock),
            counts: Counts::default(),
            remarked: Remarked::default(),
        })
    }

    /// The same, with what was seen kept where other nodes see it.
    #[must_use]
    pub fn sharing(self, state: Arc<dyn State>) -> Self {
        Self { seen: Seen::Everywhere(state), ..self }
    }

    /// The address as the sender knows it.
    #[must_use]
    pub fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public.as_deref().unwrap_or_default())
    }

    /// When something comes now.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Whether anything may be sent there.
    #[must_use]
    pub fn knows(&self, to: Address<'_>) -> bool {
        !self.at(to).is_empty()
    }

    /// Whether a source tells of changes by itself, at an address of its own or an app's.
    pub(super) fn hears_of(&self, source: &str) -> bool {
        self.doors.contains_key(source)
    }

    /// What became of all events so far.
    #[must_use]
    pub fn counts(&self) -> Taken {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { changed, repeated, unknown, foreign } = &self.counts;
        Taken { changed: read(changed), repeated: read(repeated), unknown: read(unknown), foreign: read(foreign) }
    }

    fn at(&self, to: Address<'_>) -> Vec<&Door> {
        match to {
            Address::Source(name) => self.doors.get(name).into_iter().collect(),
            Address::App(name) => {
                let sources = self.apps.get(name).into_iter().flatten();
                let doors = sources.filter_map(|source| self.doors.get(source));
                doors.filter(|door| door.webhooks().is_some_and(Webhooks::says_its_own)).collect()
            }
        }
    }

    /// An event that changes nothing, signed with the source's own secret as its system would for the public address. `None`
    /// where the source takes nothing, or its proof does not stand in headers alone.
    #[must_use]
    pub fn test_event(&self, tenant: &str, source: &str) -> Option<TestEvent> {
        let door = self.doors.get(source)?;
        let path = format!("/webhooks/{tenant}/{source}");
        let url = self.public(&path);
        let body = b"{}";
        let delivery = Delivery { method: "POST", url: &url, headers: &[], tail: None, body, at: self.now() };
        let webhooks = door.webhooks()?;
        let headers = webhook::sign(webhooks, door.secrets.first()?, &delivery)?;
        let bears_secret = matches!(webhooks.proof, Proof::Secret(_));
        Some(TestEvent { path, headers, body, bears_secret })
    }

    /// Takes in a delivery. It returns when its events are remembered; what follows from them goes on behind.
    pub async fn take(&self, to: Address<'_>, delivery: Delivery<'_>) -> Answer {
        let doors = self.at(to);
        if doors.is_empty() {
            return Answer::Unknown;
        }
        if let Some(answer) = doors.iter().find_map(|door| shaken(door.webhooks()?, &delivery)) {
            return answer;
        }
        let mut proved: Vec<(&Door, &Webhooks, Proved)> = Vec::new();
        let mut refused = Unproved::Unsigned;
        for door in doors {
            let Some(webhooks) = door.webhooks() else { continue };
            match webhook::prove(webhooks, &door.secrets, &delivery) {
                Ok(read) => proved.push((door, webhooks, read)),
                Err(why) => refused = why,
            }
        }
        if proved.is_empty() {
            return Answer::Refused(refused);
        }
        let (taken, all) = self.events(&proved, &delivery).await;
        let add = |count: &AtomicU64, number: u64| count.fetch_add(number, Ordering::Relaxed);
        add(&self.counts.changed, taken.changed);
        add(&self.counts.repeated, taken.repeated);
        add(&self.counts.unknown, taken.unknown);
        add(&self.counts.foreign, taken.foreign);
        if all { Answer::Taken(taken) } else { Answer::Again }
    }

    /// What became of the events, and whether that is known of all of them.
    async fn events(&self, proved: &[(&Door, &Webhooks, Proved)], delivery: &Delivery<'_>) -> (Taken, bool) {
        let (mut taken, mut all) = (Taken::default(), true);
        let mut foreign = None;
        for (door, webhooks, read) in proved {
            let basis = Basis { source: door.source, connector: &door.connector, webhooks };
            let told = webhook::events(&basis, read, delivery);
            let ids: Vec<Arc<[u8]>> = told.own.iter().map(|event| Arc::clone(&event.id)).collect();
            for (event, new) in told.own.into_iter().zip(self.seen.begin(&door.name, &ids).await) {
                match new {
                    Ok(false) => taken.repeated += 1,
                    Err(error) => {
                        tracing::warn!(source = &*door.name, why = error.detail(), "an event has to be sent again");
                        all = false;
                    }
                    Ok(true) => {
                        match &event.unknown {
                            Some(what) => {
                                taken.unknown += 1;
                                self.remark(&door.name, what);
                            }
                            None => taken.changed += 1,
                        }
                        event.changes.into_iter().for_each(|change| self.changes.note(change));
                        self.seen.taken(&door.name, &event.id).await;
                    }
                }
            }
            // Where several sources share the address, an event is foreign that none of them takes for its own.
            let others = (told.foreign + told.beyond) as u64;
            foreign = Some(foreign.map_or(others, |least: u64| least.min(others)));
        }
        taken.foreign = foreign.unwrap_or_default();
        let says_nothing =
            |(.., read): &(&Door, &Webhooks, Proved)| matches!(&read.body, Wire::Object(all) if all.is_empty());
        if let Some((door, ..)) = proved.first()
            && taken.foreign > 0
            && !proved.iter().any(says_nothing)
            && self.remarked.is_new(&format!("{} foreign", door.name))
        {
            let source = &*door.name;
            tracing::info!(source, "events of another instance of the system are dropped, here and from now on");
        }
        (taken, all)
    }
}

impl Intake {
    /// Tells of the first event of each kind that the manifest has no rule for.
    fn remark(&self, source: &str, what: &str) {
        if !what.is_empty() && self.remarked.is_new(&format!("{source} unknown {what}")) {
            let unknown = self.counts().unknown + 1;
            tracing::info!(source, event = what, unknown, "an event that no rule of the connector takes is ignored");
        }
    }
}

impl Unseen for Intake {
    fn unseen<'a>(&'a self, source: &'a str, events: &'a [webhook::Event]) -> BoxFuture<'a, Vec<bool>> {
        Box::pin(async move {
            let ids: Vec<Arc<[u8]>> = events.iter().map(|event| Arc::clone(&event.id)).collect();
            let mut unseen = Vec::with_capacity(ids.len());
            for (id, new) in ids.iter().zip(self.seen.begin(source, &ids).await) {
                if let Ok(true) = new {
                    self.seen.taken(source, id).await;
                }
                // What cannot be known is told again: a read too many, and no harm.
                unseen.push(new.unwrap_or(true));
            }
            unseen
        })
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("doors", &self.doors.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Where a source can be sent something, and what it lacks for that.
#[must_use]
pub fn lacking(catalog: &Catalog, config: &crate::config::Config, source: &str) -> Option<String> {
    let info = catalog.source_id(source).and_then(|id| catalog.sources.get(usize::from(id.0)))?;
    let webhooks = info.connector.webhooks.as_ref()?;
    let given = config.sources.get(source).map(|configured| &configured.secrets);
    let named = |key: &Arc<str>| given.is_some_and(|given| given.contains_key(&**key));
    if !webhooks.keys().iter().any(named) {
        let keys: Vec<String> = webhooks.keys().iter().map(|key| format!("`{key}`")).collect();
        return Some(format!("the source has no secret {}", keys.join(" or ")));
    }
    let unknown = webhooks.needs_url() && config.server.public_url.is_none();
    unknown.then(|| "`server.publicUrl` is not set, and the system signs the address".to_owned())
}
