//! Who listens for what, and the task that hands each change to those it may be for.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::echo::Echoes;
use super::read::{self, Found, Told};
use super::ring::Ring;
use crate::clock::Clock;
use crate::execute::Subscribed;
use crate::graph::Graph;
use crate::model::{Authority, Change, Evidence, FieldSet, Key, RecordId, SourceId};
use crate::source::Sources;

/// How many changes may wait to be read; past it, everybody is told to look again.
const WAITING: usize = 4_096;
/// How many changes may wait for one listener; past it, it is told to look again.
const BEHIND: usize = 256;
/// How many records are read at once.
const AT_ONCE: usize = 16;

/// One who listens.
pub(super) struct Listener {
    pub(super) of: Arc<Subscribed>,
    queue: mpsc::Sender<Arc<Told>>,
    pub(super) state: Arc<ListenerState>,
}

/// What a listener and the hub both know of it.
#[derive(Default)]
pub(super) struct ListenerState {
    /// It may have missed something.
    pub(super) missed: AtomicBool,
    /// Which accounts the person may act for, as of the last look.
    pub(super) authority: Mutex<Option<Arc<Authority>>>,
    /// The records it has been shown.
    pub(super) shown: Mutex<HashSet<RecordId>>,
}

/// The end of a listener that it hears with; it stops to listen when this is dropped.
pub(super) struct Hearing {
    pub(super) queue: mpsc::Receiver<Arc<Told>>,
    pub(super) state: Arc<ListenerState>,
    number: u64,
    hub: Arc<Hub>,
}

/// A change that is to be read: for everybody, or for one listener that missed it.
struct Job {
    number: u64,
    change: Change,
    only: Option<u64>,
}

/// Who listens in one tenant.
pub(super) struct Hub {
    pub(super) graph: Arc<Graph>,
    pub(super) clock: Arc<dyn Clock>,
    /// Tells this process's numbers from those of another.
    pub(super) epoch: u64,
    sources: OnceLock<Arc<Sources>>,
    echoes: Echoes,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    ring: Ring,
    listeners: BTreeMap<u64, Listener>,
    next: u64,
    jobs: Option<mpsc::Sender<Job>>,
}

impl Hub {
    pub(super) fn new(graph: Arc<Graph>, clock: Arc<dyn Clock>) -> Self {
        Self {
            graph,
            echoes: Echoes::new(Arc::clone(&clock)),
            clock,
            epoch: rand::random(),
            sources: OnceLock::new(),
            inside: Mutex::default(),
        }
    }

    pub(super) fn read_from(&self, sources: Arc<Sources>) {
        // It is said once, when the tenant is opened.
        let _ = self.sources.set(sources);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn listeners(&self) -> usize {
        self.inside().listeners.len()
    }

    /// The number of the newest change.
    pub(super) fn last(&self) -> u64 {
        self.inside().ring.last()
    }

    /// Takes in a change. An echo of one is none.
    pub(super) fn note(&self, change: Change) {
        if !self.echoes.is_new(&change) {
            return;
        }
        let mut inside = self.inside();
        let number = inside.ring.push(change.clone());
        if inside.listeners.is_empty() {
            return;
        }
        let full = inside.jobs.as_ref().is_none_or(|jobs| jobs.try_send(Job { number, change, only: None }).is_err());
        if full {
            inside.listeners.values().for_each(|listener| listener.state.missed.store(true, Ordering::SeqCst));
        }
    }

    /// Changes were missed: whoever listens is told to look again, and so is whoever comes back.
    pub(super) fn missed(&self) {
        let mut inside = self.inside();
        inside.ring.cut();
        inside.listeners.values().for_each(|listener| listener.state.missed.store(true, Ordering::SeqCst));
    }

    /// Begins to listen; `after` is the number of the last change that was heard of, if there is one.
    pub(super) fn listen(self: &Arc<Self>, of: Arc<Subscribed>, after: Option<u64>) -> Hearing {
        let (sender, queue) = mpsc::channel(BEHIND);
        let state = Arc::new(ListenerState::default());
        let mut inside = self.inside();
        let jobs = match &inside.jobs {
            Some(jobs) if !jobs.is_closed() => jobs.clone(),
            _ => {
                let (jobs, waiting) = mpsc::channel(WAITING);
                tokio::spawn(work(Arc::downgrade(self), waiting));
                inside.jobs = Some(jobs.clone());
                jobs
            }
        };
        inside.next += 1;
        let number = inside.next;
        let missed = match after.map(|after| inside.ring.after(after)) {
            None => false,
            Some(None) => true,
            Some(Some(all)) => {
                // Where one finds no room, those after it would find none either.
                let again = |(of, change)| jobs.try_send(Job { number: of, change, only: Some(number) }).is_err();
                all.into_iter().any(again)
            }
        };
        state.missed.store(missed, Ordering::SeqCst);
        inside.listeners.insert(number, Listener { of, queue: sender, state: Arc::clone(&state) });
        drop(inside);
        Hearing { queue, state, number, hub: Arc::clone(self) }
    }

    /// The fields that are read of a changed record for those who listen for its kind; none where nobody does.
    fn wanted(&self, sources: &Sources, job: &Job) -> Option<FieldSet> {
        let inside = self.inside();
        let mut wanted: Option<FieldSet> = None;
        for listener in inside.heard_by(job) {
            let shown = listener.of.shows(job.change.entity, job.change.source).map(|(fields, _)| fields);
            let own = shown
                .filter(|fields| !fields.is_empty())
                .unwrap_or_else(|| read::plain(&self.graph, sources, &job.change));
            wanted = Some(wanted.unwrap_or_default().union(own));
        }
        wanted
    }

    /// Whether a change makes a difference in the fields that a listener shows.
    pub(super) fn is_same(&self, of: &Subscribed, told: &Told) -> bool {
        let (Found::Present { record, before: Some(before), .. }, Some(sources)) = (&told.found, self.sources.get())
        else {
            return false;
        };
        let shown =
            of.shows(record.entity, record.source).map(|(fields, _)| fields).filter(|fields| !fields.is_empty());
        let fields = shown.unwrap_or_else(|| read::plain(&self.graph, sources, &told.change));
        read::is_same(&self.graph, (before, record), fields)
    }

    fn hand(&self, only: Option<u64>, told: &Arc<Told>) {
        let inside = self.inside();
        let parents = told.parents(&self.graph);
        let id = RecordId { entity: told.change.entity, source: told.change.source, key: told.change.key.clone() };
        for (number, listener) in inside.listeners.iter().filter(|(_, one)| one.hears(&told.change)) {
            if only.is_some_and(|only| only != *number) || !listener.may_concern(told, (&id, &parents)) {
                continue;
            }
            let missed = matches!(told.found, Found::Failed) || listener.queue.try_send(Arc::clone(told)).is_err();
            if missed {
                listener.state.missed.store(true, Ordering::SeqCst);
            }
        }
    }
}

impl Inside {
    fn heard_by<'i>(&'i self, job: &'i Job) -> impl Iterator<Item = &'i Listener> {
        let all = self.listeners.iter().filter(|(number, _)| job.only.is_none_or(|only| only == **number));
        all.map(|(_, listener)| listener).filter(|listener| listener.hears(&job.change))
    }
}

impl Listener {
    fn hears(&self, change: &Change) -> bool {
        self.of.watch.types.as_ref().is_none_or(|types| types.contains(&change.entity))
    }

    /// Whether it may concern this one, without a look at rights: those count when it is shown.
    fn may_concern(&self, told: &Told, (id, parents): (&RecordId, &[RecordId])) -> bool {
        let shown = self.state.shown.lock().unwrap_or_else(PoisonError::into_inner).contains(id);
        if shown {
            return true;
        }
        let asked = self
            .of
            .watch
            .ids
            .as_ref()
            .is_none_or(|ids| ids.contains(id) || parents.iter().any(|parent| ids.contains(parent)));
        let authority = self.state.authority.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(authority) = authority.as_ref() else { return asked };
        match &told.found {
            Found::Absent => false,
            // Whose record it is of is for each to find out: it may be asked for under its own id.
            Found::Elsewhere => linked(authority, told.change.source, &told.change.key).is_some(),
            Found::Failed => asked,
            Found::Present { record, .. } => {
                let mine = match &record.evidence {
                    Evidence::Accounts(of) => {
                        of.iter().any(|one| linked(authority, record.source, &one.account).is_some())
                    }
                    Evidence::Parent(..) | Evidence::Tenant | Evidence::Viewer(_) => true,
                };
                asked && mine
            }
        }
    }
}

/// The account or person of the caller that a source knows by that key.
pub(super) fn linked(authority: &Authority, source: SourceId, key: &Key) -> Option<RecordId> {
    let known = |id: &RecordId, links: &crate::model::Links| {
        (id.source == source && id.key == *key) || links.keys(source).is_ok_and(|keys| keys.contains(key))
    };
    let account = authority.accounts.iter().find(|access| known(&access.id, &access.links));
    let contact = || authority.contact.as_ref().filter(|contact| known(&contact.id, &contact.links));
    account.map(|access| access.id.clone()).or_else(|| contact().map(|contact| contact.id.clone()))
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.hub.inside().listeners.remove(&self.number);
    }
}

/// Reads changed records, and hands them on in the order in which they came.
async fn work(hub: std::sync::Weak<Hub>, waiting: mpsc::Receiver<Job>) {
    let jobs = futures::stream::unfold(waiting, async |mut waiting| waiting.recv().await.map(|job| (job, waiting)));
    let read = jobs.map(|job| {
        let hub = hub.upgrade();
        async move {
            let hub = hub?;
            let sources = hub.sources.get()?;
            let fields = hub.wanted(sources, &job)?;
            let found = read::read((sources, &*hub.clock), &job.change, fields).await;
            Some((hub, job.only, Arc::new(Told { number: job.number, change: job.change, found })))
        }
    });
    let mut read = std::pin::pin!(read.buffered(AT_ONCE));
    while let Some(told) = read.next().await {
        if let Some((hub, only, told)) = told {
            hub.hand(only, &told);
        }
    }
}
