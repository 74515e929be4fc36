//! Who is handed what, and what of a record is known from before it changed.

use std::iter;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::super::group::Pushes;
use super::super::inbox::Next;
use super::*;
use crate::clock::ManualClock;
use crate::config::LimitsConfig;
use crate::error::Error;
use crate::execute::{Allowance, Contexts, Executor, GraphRequest, Linker, Writing};
use crate::model::{
    Answer, Caller, CallerKind, ChangeKind, Evidence, FindRead, GetRead, Key, ListPage, ListRead, Reads, Record,
    SourceId,
};
use crate::plan::fixture;
use crate::seal::Sealer;
use crate::secret::Secret;
use crate::source::Reverse;

/// Sources without a record: here nobody looks at one.
struct Nothing;

impl Reads for Nothing {
    fn get(&self, _: GetRead) -> BoxFuture<'_, Vec<Answer>> {
        async { Vec::new() }.boxed()
    }

    fn list(&self, _: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>> {
        async { Vec::new() }.boxed()
    }

    fn find(&self, _: FindRead) -> BoxFuture<'_, Vec<Answer>> {
        async { Vec::new() }.boxed()
    }
}

impl Linker for Nothing {
    fn reverse<'a>(&'a self, _: Reverse, _: Contexts<'a>) -> BoxFuture<'a, Vec<Answer>> {
        async { Vec::new() }.boxed()
    }
}

/// A hub on a clock that begins at zero, and what everybody asks for who listens.
struct World {
    hub: Arc<Hub>,
    of: Arc<Subscribed>,
    clock: Arc<ManualClock>,
}

impl World {
    async fn open() -> Self {
        let planner = fixture::planner();
        let clock = Arc::new(ManualClock::new(at(0)));
        let time: Arc<dyn Clock> = clock.clone();
        let executor = Executor {
            planner: Arc::clone(&planner),
            reads: Arc::new(Nothing),
            linker: Arc::new(Nothing),
            sealer: Sealer::new(&Secret::new("an installation's own long secret".to_owned()), "acme").unwrap(),
            clock: Arc::clone(&time),
            zone: jiff::tz::TimeZone::UTC,
            allowance: Allowance::new(LimitsConfig::ceiling(), None, &time),
            writing: Writing::none(Arc::clone(&time)),
            files: "https://graph.example.com/files/acme".into(),
        };
        let query = "subscription { changed { id record { ... on Ticket { subject } } } }".to_owned();
        let request = GraphRequest { query, ..GraphRequest::default() };
        let of = executor.subscribe(&caller(), &request).await;
        let of = of.unwrap_or_else(|refused| panic!("{refused:?}")).unwrap();
        let hub = Arc::new(Hub::new(Arc::clone(&planner.graph), time));
        Self { hub, of: Arc::new(of), clock }
    }

    fn listens(&self, after: Option<u64>) -> Hearing {
        self.hub.listen(Arc::clone(&self.of), &caller().authority, after)
    }

    /// Somebody listens, is shown a record, and leaves.
    fn left(&self, id: &RecordId) {
        self.listens(None).leave(iter::once(id));
    }

    /// Hands on a change with that number, of that record, to everybody, or to the one who missed it. The record is there, and
    /// what it was before is known or is not.
    fn hand(&self, only: Option<&Hearing>, (number, key): (u64, u64), before: bool) {
        let before = before.then(|| record(key));
        let found = Found::Present { record: record(key), before, moved: false, owners: Owners::Unknown };
        let (again, pushes, cursor) = (only.is_some(), Pushes::default(), OnceLock::new());
        let told = Told { number, change: change(key), again, found, pushes, cursor };
        self.hub.hand(only.map(|one| one.number), &Arc::new(told));
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn caller() -> Caller {
    Caller {
        tenant: "acme".into(),
        kind: CallerKind::Customer,
        subject: ("issuer".into(), "subject".into()),
        name: "Somebody".into(),
        email: None,
        locale: "en".into(),
        time_zone: "UTC".into(),
        authority: Arc::new(Authority { contact: None, accounts: Vec::new() }),
        current: None,
        multi_factor: false,
        authenticated_at: None,
    }
}

fn change(key: u64) -> Change {
    Change {
        source: SourceId(0),
        entity: EntityId(0),
        key: Key::new(&key.to_string()).unwrap(),
        kind: ChangeKind::Updated,
        version: None,
        parents: Vec::new(),
        touches: Vec::new(),
        at: at(0),
    }
}

fn record(key: u64) -> Arc<Record> {
    let Change { source, entity, key, .. } = change(key);
    Arc::new(Record {
        entity,
        source,
        key,
        version: None,
        loaded: FieldSet::EMPTY,
        values: Box::default(),
        evidence: Evidence::Tenant,
        links: Arc::default(),
        visible: true,
        fetched_at: at(0),
    })
}

fn job(number: u64, only: Option<&Hearing>) -> Job {
    Job { number, change: change(1), only: only.map(|one| one.number) }
}

/// What somebody has heard by now: the numbers of changes, and none for that some may have been missed.
fn heard(hearing: &Hearing) -> Vec<Option<u64>> {
    let number = |next: Next| match next {
        Next::Missed => None,
        Next::Told(told) => Some(told.number),
    };
    iter::from_fn(|| hearing.inbox.next().now_or_never()).map(number).collect()
}

#[tokio::test]
async fn who_comes_back_is_told_what_it_missed_once_and_nothing_newer_before_it() {
    let world = World::open().await;
    let stays = world.listens(None);
    (1..=3).for_each(|key| world.hub.note(change(key)));
    let (back, again) = (world.listens(Some(1)), world.listens(Some(9)));
    world.hub.note(change(4));
    // What is for everybody waited before what is for the one who came back.
    (1..=3).for_each(|number| world.hand(None, (number, number), true));
    assert!(heard(&back).is_empty());
    (2..=3).for_each(|number| world.hand(Some(&back), (number, number), true));
    world.hand(None, (4, 4), true);
    assert_eq!(heard(&stays), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(heard(&back), [Some(2), Some(3), Some(4)]);
    assert_eq!(heard(&again), [None, Some(1), Some(2), Some(3), Some(4)], "who looks again has no job of its own");
}

#[tokio::test]
async fn what_somebody_read_behind_a_change_says_nothing_of_an_end_to_who_comes_back() {
    let world = World::open().await;
    world.left(&change(1).id());
    (1..=2).for_each(|key| world.hub.note(change(key)));
    let back = world.listens(Some(0));
    assert!(world.hub.is_before(&job(1, Some(&back)), at(0)));
    assert!(!world.hub.is_before(&job(1, Some(&back)), at(1)));
    world.hand(Some(&back), (1, 1), false);
    assert_eq!(heard(&back), [None], "who left was shown it");
    world.hand(Some(&back), (2, 2), false);
    assert_eq!(heard(&back), [Some(2)], "the other one nobody was");
}

#[tokio::test]
async fn what_others_heard_of_is_compared_and_told_to_who_comes_back() {
    let world = World::open().await;
    let stays = world.listens(None);
    world.left(&change(1).id());
    world.hub.note(change(1));
    assert!(world.hub.is_before(&job(1, None), at(0)));
    assert!(!world.hub.is_before(&job(1, None), at(1)), "somebody read it before its turn came");
    world.hand(None, (1, 1), true);
    assert_eq!(heard(&stays), [Some(1)]);
    let back = world.listens(Some(0));
    assert!(world.hub.is_before(&job(1, Some(&back)), at(1)));
    world.hand(Some(&back), (1, 1), true);
    assert_eq!(heard(&back), [Some(1)]);
    // Of another change nobody has heard.
    world.clock.advance(std::time::Duration::from_secs(2));
    world.hub.note(change(1));
    let later = world.listens(Some(0));
    assert!(world.hub.is_before(&job(2, Some(&later)), at(2)));
    assert!(!world.hub.is_before(&job(2, Some(&later)), at(3)));
    world.hand(Some(&later), (2, 1), true);
    let last = world.listens(Some(0));
    assert!(world.hub.is_before(&job(2, Some(&last)), at(3)), "one who came back has had it compared");
}
