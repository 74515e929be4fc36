//! How systems are asked what changed: what their answers are made of, and what becomes of one that fails. What comes of it for
//! an open page is in `scenarios/polls.yaml`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vestibule::clock::Clock as _;
use vestibule::connector::{Connector, EntityMapping, LookBy};
use vestibule::error::{Code, Error};
use vestibule::live::{Counted, Found, Purpose, Unseen, Watch, Watched, Watching};
use vestibule::model::{FieldSet, Key, SourceId, Unwritten, Wire};
use vestibule::protocol::{
    ChangedPage, ChangedRows, FindRows, GetRows, ListRows, PlannedCall, Protocol, Row, RowPage, WriteRow, WroteRow,
};
use vestibule::store::{Kept, State};
use vestibule::webhook::{self, Basis, Event};

use super::world::World;

/// A protocol that answers what a test says, and remembers what it was asked.
#[derive(Default)]
struct Script {
    pages: Mutex<VecDeque<Result<ChangedPage, Error>>>,
    asked: Mutex<Vec<(Timestamp, Option<Arc<str>>)>>,
}

type Answered<'a, T> = BoxFuture<'a, T>;

impl Protocol for Script {
    fn get<'a>(&'a self, _: &'a EntityMapping, _: GetRows) -> Answered<'a, Vec<Result<Option<Row>, Error>>> {
        panic!("a poll reads no records")
    }

    fn list<'a>(&'a self, _: &'a EntityMapping, _: ListRows) -> Answered<'a, Vec<Result<RowPage, Error>>> {
        panic!("a poll reads no lists")
    }

    fn find<'a>(&'a self, _: &'a EntityMapping, _: FindRows) -> Answered<'a, Vec<Result<Vec<Row>, Error>>> {
        panic!("a poll finds nothing by a value")
    }

    fn write<'a>(&'a self, _: &'a EntityMapping, _: &'a WriteRow<'a>) -> Answered<'a, Result<WroteRow, Unwritten>> {
        panic!("a poll writes nothing")
    }

    fn look<'a>(
        &'a self,
        _: &'a EntityMapping,
        _: &'a WriteRow<'a>,
        _: &'a LookBy,
    ) -> Answered<'a, Result<Option<Key>, Error>> {
        panic!("a poll looks for nothing")
    }

    fn plan_get(&self, _: &EntityMapping, _: FieldSet) -> Vec<PlannedCall> {
        Vec::new()
    }

    fn plan_list(&self, _: &EntityMapping, _: &ListRows) -> Vec<PlannedCall> {
        Vec::new()
    }

    fn changed<'a>(&'a self, ask: &'a ChangedRows<'a>) -> Answered<'a, Result<ChangedPage, Error>> {
        self.asked.lock().unwrap().push((ask.since, ask.after.clone()));
        let page = self.pages.lock().unwrap().pop_front().unwrap_or_else(|| Ok(ChangedPage::default()));
        Box::pin(async move { page })
    }
}

/// Knows no event.
struct Nothing;

impl Unseen for Nothing {
    fn unseen<'a>(&'a self, _: &'a str, events: &'a [Event]) -> BoxFuture<'a, Vec<bool>> {
        Box::pin(async move { vec![true; events.len()] })
    }
}

/// A watch of the CRM's companies, whose answers a test says.
struct Scripted {
    world: World,
    script: Arc<Script>,
    state: Arc<dyn State>,
    watch: Arc<Watch>,
    watching: Watching,
}

impl Scripted {
    async fn open() -> Self {
        let world = World::open().await;
        let state: Arc<dyn State> = Arc::new(Kept::new(world.clock.clone(), 1_000));
        let script = Arc::new(Script::default());
        let (watch, watching) = Self::process(&world, &state, &script);
        Self { world, script, state, watch, watching }
    }

    fn process(world: &World, state: &Arc<dyn State>, script: &Arc<Script>) -> (Arc<Watch>, Watching) {
        let (source, connector) = connector(world, "crm");
        let poll = connector.polls.iter().position(|poll| &*poll.name == "Account").unwrap();
        let watched = Watched {
            source,
            name: "crm".into(),
            connector,
            protocol: Arc::clone(script) as _,
            poll,
            purpose: Purpose::Poll,
            every: Duration::from_secs(60),
            back: Duration::from_secs(3_600),
        };
        let watch = Arc::new(Watch {
            live: Arc::clone(world.tenant.live()),
            state: Arc::clone(state),
            clock: world.clock.clone(),
            unseen: Arc::new(Nothing),
            tenant: "demo".into(),
            all: vec![watched],
            counts: vestibule::live::Counts::default(),
        });
        let watching = Watching::default();
        watching.begin(&watch);
        (watch, watching)
    }

    fn answers(&self, pages: impl IntoIterator<Item = Result<ChangedPage, Error>>) {
        self.script.pages.lock().unwrap().extend(pages);
    }

    async fn passes(&self, time: Duration, rounds: u64) -> Counted {
        let before = self.watch.counts();
        self.world.clock.advance(time.mul_f64(1.11));
        for _ in 0..5_000 {
            let now = self.watch.counts();
            if now.rounds + now.failed >= before.rounds + before.failed + rounds {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("nothing was asked: {:?}", self.watch.counts());
    }

    fn asked(&self) -> Vec<(Timestamp, Option<Arc<str>>)> {
        std::mem::take(&mut *self.script.asked.lock().unwrap())
    }
}

fn connector(world: &World, source: &str) -> (SourceId, Arc<Connector>) {
    let catalog = world.tenant.catalog();
    let id = catalog.source_id(source).unwrap();
    (id, Arc::clone(&catalog.sources[usize::from(id.0)].connector))
}

fn row(key: &str, at: Timestamp) -> Wire {
    let text = |text: &str| Wire::Text(text.into());
    Wire::Object(vec![
        ("hs_object_id".into(), text(key)),
        ("hs_lastmodifieddate".into(), text(&at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())),
    ])
}

fn page(rows: Vec<Wire>, next: Option<&str>) -> Result<ChangedPage, Error> {
    Ok(ChangedPage { rows, next: next.map(Into::into), cut: false })
}

fn down() -> Result<ChangedPage, Error> {
    Err(Error::new(Code::UpstreamUnavailable, "down"))
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_and_the_mark_stays_before_it() {
    let scripted = Scripted::open().await;
    let begun = scripted.world.clock.now();
    let at = |seconds: i64| begun + SignedDuration::from_millis(seconds * 1000 + 500);
    scripted.answers([page(vec![row("1", at(10)), row("2", at(20))], Some("b")), down()]);
    let counted = scripted.passes(MINUTE, 1).await;
    assert_eq!((counted.failed, counted.found.new), (1, 2));
    let overlap = SignedDuration::from_secs(120);
    assert_eq!(scripted.asked(), [(begun - overlap, None), (begun - overlap, Some("b".into()))]);
    scripted.answers([page(vec![row("2", at(20)), row("3", at(30))], None)]);
    let counted = scripted.passes(MINUTE, 1).await;
    assert_eq!(counted.found, Found { new: 3, told: 1, ..Found::default() }, "what was told of is not told of again");
    assert_eq!(scripted.asked(), [(at(20) - overlap, None)], "from the last good row on, with the overlap");
}

#[tokio::test]
async fn rows_that_make_no_sense_are_counted_and_the_others_are_taken() {
    let scripted = Scripted::open().await;
    let now = scripted.world.clock.now() + SignedDuration::from_millis(500);
    let future = now + SignedDuration::from_hours(1_000_000);
    let rows = vec![
        Wire::Null,
        Wire::Text("<html>".into()),
        Wire::Object(Vec::new()),
        row("1' or '1'='1", now),
        row("", now),
        Wire::Object(vec![("hs_object_id".into(), Wire::Text("7".into()))]),
        row("8", future),
        row("9", now),
    ];
    scripted.answers([page(rows, None)]);
    let counted = scripted.passes(MINUTE, 1).await;
    assert_eq!((counted.rounds, counted.found.new, counted.found.unusable), (1, 2, 6));
    scripted.asked();
    // A time that is still to come moves nothing on.
    let before = scripted.world.clock.now();
    scripted.passes(MINUTE, 1).await;
    let (since, _) = scripted.asked()[0].clone();
    assert!(since < before, "{since} {before}");
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was_and_what_is_too_long_ago_is_given_up_in_the_open() {
    let scripted = Scripted::open().await;
    scripted.passes(MINUTE, 1).await;
    let marked = scripted.world.clock.now();
    let Scripted { world, script, state, watching, .. } = scripted;
    drop(watching);
    world.clock.advance(Duration::from_secs(600));
    script.asked.lock().unwrap().clear();
    let (watch, watching) = Scripted::process(&world, &state, &script);
    let second = Scripted { world, script, state, watch, watching };
    assert_eq!(second.passes(Duration::from_secs(2), 1).await.gaps, 0);
    assert_eq!(second.asked()[0].0, marked - SignedDuration::from_secs(120));
    let Scripted { world, script, state, watching, .. } = second;
    drop(watching);
    world.clock.advance(Duration::from_secs(2 * 3_600));
    let (watch, watching) = Scripted::process(&world, &state, &script);
    let third = Scripted { world, script, state, watch, watching };
    let counted = third.passes(Duration::from_secs(2), 1).await;
    assert_eq!((counted.rounds, counted.gaps), (1, 1), "an hour is what is asked for at most");
    let hour_ago = third.world.clock.now() - SignedDuration::from_secs(3_600);
    assert_eq!(third.asked()[0].0, hour_ago);
}

#[tokio::test]
async fn of_two_processes_one_asks() {
    let scripted = Scripted::open().await;
    let (other, _watching) = Scripted::process(&scripted.world, &scripted.state, &scripted.script);
    for _ in 0..3 {
        scripted.world.clock.advance(MINUTE.mul_f64(1.11));
        for _ in 0..5_000 {
            let asked = scripted.watch.counts().rounds + other.counts().rounds;
            if asked as usize == scripted.script.asked.lock().unwrap().len() && asked > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let rounds = (scripted.watch.counts().rounds, other.counts().rounds);
    assert!(matches!(rounds, (1.., 0) | (0, 1..)), "{rounds:?}");
}

#[tokio::test]
async fn it_ends_with_the_tenant() {
    let scripted = Scripted::open().await;
    scripted.passes(MINUTE, 1).await;
    drop(scripted.watching);
    scripted.world.clock.advance(MINUTE * 10);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(scripted.watch.counts().rounds, 1);
}

#[tokio::test]
async fn events_of_another_instance_are_nobodys_also_when_they_are_asked_for() {
    let world = World::open().await;
    let (source, connector) = connector(&world, "billing");
    let basis = Basis { source, connector: &connector, webhooks: connector.webhooks.as_ref().unwrap() };
    let event = |id: &str, account: Option<&str>| {
        let mut event = json!({ "id": id, "object": "event", "type": "invoice.paid", "created": 1_773_144_000,
            "data": { "object": { "object": "invoice", "id": "in_1", "customer": "cus_1" } } });
        if let Some(account) = account {
            event["account"] = json!(account);
        }
        webhook::parse(event.to_string().as_bytes()).unwrap()
    };
    let rows = [event("evt_1", None), event("evt_2", Some("acct_other"))];
    let told = webhook::retold(&basis, &rows, world.clock.now());
    assert_eq!((told.own.len(), told.foreign), (1, 1));
    assert_eq!(told.own[0].changes[0].source, source);
}
