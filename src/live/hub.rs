//! Who listens for what, and the task that hands each change to those it may be for.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash as _;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::echo::Echoes;
use super::group::Groups;
use super::inbox::{Inbox, Listener};
use super::index::Index;
use super::interned::Interned;
use super::left::Left;
use super::read::{self, Found, Owners, Told};
use super::ring::Ring;
use super::work::{Job, work};
use crate::clock::Clock;
use crate::execute::Subscribed;
use crate::graph::Graph;
use crate::model::{Authority, Change, EntityId, FieldSet, RecordId};
use crate::source::Sources;

/// How many changes may wait to be read; past it, everybody is told to look again.
const WAITING: usize = 4_096;

/// The end of a listener that it hears with; it stops to listen when this is dropped.
pub(super) struct Hearing {
    pub(super) inbox: Arc<Inbox>,
    number: u64,
    hub: Arc<Hub>,
}

/// Who listens in one tenant.
pub(super) struct Hub {
    pub(super) graph: Arc<Graph>,
    pub(super) clock: Arc<dyn Clock>,
    /// Tells this process's numbers from those of another.
    pub(super) epoch: u64,
    pub(super) groups: Groups,
    /// What is asked for, once for all who ask for it: at a change it is looked at for each of them.
    subscribed: Interned<Subscribed>,
    /// How many follow.
    pub(super) following: watch::Sender<usize>,
    pub(super) sources: OnceLock<Arc<Sources>>,
    echoes: Echoes,
    inside: Mutex<Inside>,
}

/// What somebody shows of which kinds of records.
type Asked = (usize, Option<Vec<EntityId>>);

#[derive(Default)]
struct Inside {
    ring: Ring,
    left: Left,
    listeners: BTreeMap<u64, Listener>,
    index: Index,
    /// What is shown, and of which kinds of records: once for all who ask for the same, with how many they are.
    asked: HashMap<Asked, (Arc<Subscribed>, usize)>,
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
            groups: Groups::default(),
            subscribed: Interned::default(),
            following: watch::Sender::new(0),
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

    /// The number of the newest change.
    pub(super) fn last(&self) -> u64 {
        self.inside().ring.last()
    }

    /// Takes in a change. An echo of one is none.
    pub(super) fn note(&self, change: Change) {
        let came = self.clock.now();
        if !self.echoes.is_new(&change) {
            return;
        }
        let mut inside = self.inside();
        let number = inside.ring.push(change.clone(), came);
        if inside.listeners.is_empty() {
            return;
        }
        let full = inside.jobs.as_ref().is_none_or(|jobs| jobs.try_send(Job { number, change, only: None }).is_err());
        if full {
            inside.listeners.values().for_each(|listener| listener.inbox.miss());
        }
    }

    /// Changes were missed: whoever listens is told to look again, and so is whoever comes back.
    pub(super) fn missed(&self) {
        let mut inside = self.inside();
        inside.ring.cut();
        inside.listeners.values().for_each(|listener| listener.inbox.miss());
    }

    /// What is asked for, as whoever asks for the same has it.
    pub(super) fn subscribed(&self, of: Subscribed) -> Arc<Subscribed> {
        let look = |of: &Subscribed, look: &mut _| (of.form(), &of.watch).hash(look);
        self.subscribed.one(of, look, |one, other| one.form() == other.form() && one.watch == other.watch)
    }

    /// Begins to listen; `after` is the number of the last change that was heard of, if there is one.
    pub(super) fn listen(
        self: &Arc<Self>,
        of: Arc<Subscribed>,
        authority: &Arc<Authority>,
        after: Option<u64>,
    ) -> Hearing {
        let inbox = Arc::<Inbox>::default();
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
        let told_again = after.is_none_or(|after| {
            let all = inside.ring.after(after).map(|all| all.into_iter().filter(|one| hears(&of, &one.change)));
            let all = all.map(Iterator::collect::<Vec<_>>);
            // Who was shown what is known for as long as one listens: who was away is not told of ends, but to look again.
            let Some(all) = all.filter(|all| !all.iter().any(|one| one.ended)) else { return false };
            // Where one finds no room, those after it would find none either.
            all.into_iter().all(|one| {
                let job = Job { number: one.number, change: one.change, only: Some(number) };
                jobs.try_send(job).is_ok()
            })
        });
        if !told_again {
            inbox.miss();
        }
        inside.asked.entry(asked(&of)).or_insert_with(|| (Arc::clone(&of), 0)).1 += 1;
        inside.index.reach(number, None, Some(authority));
        let missed = after.filter(|_| told_again).map_or((0, 0), |after| (after, inside.ring.last()));
        let authority = Arc::clone(authority);
        inside.listeners.insert(number, Listener { of, inbox: Arc::clone(&inbox), authority, missed });
        drop(inside);
        Hearing { inbox, number, hub: Arc::clone(self) }
    }

    /// The fields that are read of a changed record for those who listen for its kind; none where nobody does.
    pub(super) fn wanted(&self, sources: &Sources, job: &Job) -> Option<FieldSet> {
        let inside = self.inside();
        let shown = |of: &Arc<Subscribed>| {
            let shown = of.shows(job.change.entity, job.change.source).map(|(fields, _)| fields);
            shown.filter(|fields| !fields.is_empty())
        };
        let of: Vec<Option<FieldSet>> = match job.only {
            Some(only) => inside
                .listeners
                .get(&only)
                .map(|one| &one.of)
                .filter(|of| hears(of, &job.change))
                .map(shown)
                .into_iter()
                .collect(),
            None => inside.asked.values().map(|(of, _)| of).filter(|of| hears(of, &job.change)).map(shown).collect(),
        };
        drop(inside);
        // Who shows no field has the record's own row compared.
        let plain = of.contains(&None).then(|| read::plain(&self.graph, sources, &job.change));
        of.into_iter().map(|of| of.or(plain).unwrap_or_default()).reduce(FieldSet::union)
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

    /// Whether what was read of a record at that time is what it was before the changes that a job is of.
    pub(super) fn is_before(&self, job: &Job, read: Timestamp) -> bool {
        let inside = self.inside();
        inside.ring.is_before(inside.behind(job.number, job.only), &job.change, read)
    }

    /// Hands on what was read of a change: to everybody whom it may concern, or to the one who missed it.
    pub(super) fn hand(&self, only: Option<u64>, told: &Arc<Told>) {
        let mut inside = self.inside();
        let id = told.change.id();
        if told.ends() || (told.may_end() && inside.left.has(&id)) {
            inside.ring.end(told.number);
        }
        if told.is_compared() {
            let behind = inside.behind(told.number, only);
            inside.ring.compare(behind, &told.change);
        }
        if let Some(only) = only
            && inside.ring.has_ended(told.number)
        {
            inside.listeners.get(&only).into_iter().for_each(|listener| listener.inbox.miss());
            return;
        }
        let parents = told.parents(&self.graph);
        for number in inside.candidates(only, told, &id) {
            let Some(listener) = inside.listeners.get(&number).filter(|one| hears(&one.of, &told.change)) else {
                continue;
            };
            // Jobs of its own, which wait behind this one, tell of it, and of what came before it: in that order.
            if only.is_none() && told.number <= listener.missed.1 {
                continue;
            }
            if !listener.may_concern(told, (&id, &parents)) && !inside.index.has_seen(number, &id) {
                continue;
            }
            match told.found {
                Found::Failed => listener.inbox.miss(),
                _ => listener.inbox.put(told),
            }
        }
    }
}

/// Whether somebody wants to know of that kind of record.
fn hears(of: &Subscribed, change: &Change) -> bool {
    of.watch.types.as_ref().is_none_or(|types| types.contains(&change.entity))
}

fn asked(of: &Subscribed) -> Asked {
    (of.form().0, of.watch.types.clone())
}

impl Inside {
    /// Where the changes of its record are that a job is of: behind the first of these numbers, up to the second.
    fn behind(&self, number: u64, only: Option<u64>) -> (u64, u64) {
        let after = match only {
            Some(only) => self.listeners.get(&only).map(|listener| listener.missed.0),
            None => number.checked_sub(1),
        };
        (after.unwrap_or(number), number)
    }

    /// Everybody whom it may concern, and maybe others.
    fn candidates(&self, only: Option<u64>, told: &Told, id: &RecordId) -> Vec<u64> {
        let mut all: Vec<u64> = self.index.seen_by(id).collect();
        match &told.found {
            Found::Absent { .. } => {}
            Found::Elsewhere => {
                all.extend(self.index.known_by(id.source, &id.key).chain(self.index.unknown_to(id.source)));
            }
            Found::Present { owners: Owners::Known(keys), .. } => {
                // A person's own record is theirs whatever it says.
                all.extend(keys.iter().chain([&id.key]).flat_map(|key| self.index.known_by(id.source, key)));
                all.extend(self.index.unknown_to(id.source));
            }
            Found::Present { owners: Owners::Unknown, .. } | Found::Failed => all.extend(self.listeners.keys()),
        }
        if let Some(only) = only {
            all.retain(|number| *number == only);
        }
        // It is some runs that are in order each, which this sort takes as such.
        all.sort();
        all.dedup();
        all
    }
}

impl Hearing {
    /// Says what this one may reach from now on.
    pub(super) fn reaches(&self, authority: &Arc<Authority>) {
        let mut inside = self.hub.inside();
        let Inside { listeners, index, .. } = &mut *inside;
        let Some(listener) = listeners.get_mut(&self.number) else { return };
        index.reach(self.number, Some(&listener.authority), Some(authority));
        listener.authority = Arc::clone(authority);
    }

    /// Says that this one is shown a record: of its end it is told as well.
    pub(super) fn shows(&self, id: &RecordId) {
        self.hub.inside().index.show(self.number, id);
    }

    /// Says that this one is to hear nothing more of a record, unless it is its own.
    pub(super) fn hides(&self, id: &RecordId) {
        self.hub.inside().index.hide(self.number, id);
    }

    /// Stops to listen; `shown` is what it was shown.
    pub(super) fn leave<'i>(&self, shown: impl Iterator<Item = &'i RecordId>) {
        let mut inside = self.hub.inside();
        let Inside { ring, left, listeners, index, asked: all, .. } = &mut *inside;
        let Some(listener) = listeners.remove(&self.number) else { return };
        index.reach(self.number, Some(&listener.authority), None);
        for id in shown {
            index.hide(self.number, id);
            if !left.add(id.clone()) {
                ring.cut();
            }
        }
        let asked = asked(&listener.of);
        if let Some((_, count)) = all.get_mut(&asked) {
            *count -= 1;
            if *count == 0 {
                all.remove(&asked);
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/hub.rs"]
mod tests;
