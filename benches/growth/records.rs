//! What kept records hold, and how long one is looked up, from a thousand to ten million of them: the cache by itself, with
//! records of four short values, since a gateway would have to read them all first.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use vestibule::cache::{Cache, Depends, How, Keep, KeyWriter, Load, On, Policy, Purges, Want};
use vestibule::clock::{Clock, SystemClock};
use vestibule::error::{Code, Error};
use vestibule::model::{EntityId, Evidence, FieldId, FieldSet, Freshness, Key, Membership, Record, SourceId, Value};

use crate::series::Series;
use crate::shared::process::{Process, memory_of};

const RECORDS: Series = Series {
    name: "records",
    of: "kept records",
    costs: &[("memory, MB", 0), ("bytes a record", 0), ("looked up, µs", 2)],
    by_tens: true,
};

/// What a record takes at most in this process, to know whether there is memory for so many.
const BYTES: f64 = 1_500.0;
/// How many records are kept and looked up at once: as many as a page has.
const PAGE: usize = 32;
/// How many pages are looked up.
const PAGES: u64 = 5_000;

/// Kept for an hour.
pub const POLICY: Policy = Policy {
    fresh: Duration::from_secs(3_600),
    stale: Duration::ZERO,
    if_error: Duration::ZERO,
    negative: Duration::ZERO,
};

pub fn measure() {
    let mut rows = Vec::new();
    for count in [1_000, 10_000, 100_000, 1_000_000, 10_000_000_u64] {
        if count as f64 * BYTES > available() {
            println!("{count} records left out: there is not enough memory");
            continue;
        }
        let (_process, line) = Process::own_measured(&["--records", &count.to_string()]);
        let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        rows.push((count as f64, vec![numbers[0] / 1e6, numbers[0] / count as f64, numbers[1]]));
    }
    RECORDS.tell(&rows);
}

/// How many bytes of memory are free.
fn available() -> f64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
}

/// The process with the records: says how many bytes they take, and how many microseconds it takes to look one up.
pub async fn run(count: u64) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    // Room for all of them: what is told here is what they take, not what the bound leaves of them.
    let cache = Cache::in_process(&clock, count * 4_000 + 1_000_000);
    let before = memory_of("self").now;
    fill(&cache, &*clock, 0..count, small).await;
    let held = (memory_of("self").now - before) * 1e6;
    let fields: FieldSet = (0..4).map(FieldId).collect();
    let how = How { fields, policy: POLICY, live: false, deadline: clock.elapsed() + Duration::from_secs(600) };
    let missing = || Err(Error::new(Code::Internal, "it was not kept"));
    let load: Load<Arc<Record>> =
        Arc::new(move |batch| Box::pin(async move { batch.wants.iter().map(|_| missing()).collect() }));
    let (mut seed, mut took) = (1_u64, Duration::ZERO);
    for _ in 0..PAGES {
        let mut wants = Vec::with_capacity(PAGE);
        for _ in 0..PAGE {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            wants.push(want((seed >> 33) % count));
        }
        let begun = Instant::now();
        let found = cache.records.read(wants.into(), how, Arc::clone(&load)).await;
        took += begun.elapsed();
        assert!(found.iter().all(|one| matches!(one, Ok(Some((_, Freshness::Cached))))), "everything was kept");
    }
    println!("{held} {}", took.as_secs_f64() * 1e6 / (PAGES * PAGE as u64) as f64);
}

/// Keeps records of these numbers, as a read of a page does.
pub async fn fill(cache: &Cache, clock: &dyn Clock, numbers: std::ops::Range<u64>, record: fn(u64) -> Record) {
    let read = (Purges::default().stamp(), clock.elapsed());
    let mut numbers = numbers.peekable();
    while numbers.peek().is_some() {
        let page = numbers.by_ref().take(PAGE);
        let page = page.map(|number| Keep { want: want(number), value: Some(Arc::new(record(number))) });
        cache.records.keep(page.collect(), read, &POLICY).await;
    }
}

const SOURCE: SourceId = SourceId(1);
const ENTITY: EntityId = EntityId(3);

fn key(number: u64) -> Key {
    Key::new(&format!("45{number:08}")).unwrap()
}

/// A record by its key, as a source asks for it.
fn want(number: u64) -> Want {
    let key = key(number);
    let name = KeyWriter::new("record").text("kestrel").text("erp").text("token").text("Order");
    let depends = Depends { source: SOURCE, entity: ENTITY, on: On::Record(key.clone()) };
    Want { key: name.text(key.as_str()).finish(), depends }
}

/// A record with these values.
pub fn record(number: u64, values: Vec<Value>) -> Record {
    Record {
        entity: ENTITY,
        source: SOURCE,
        key: key(number),
        version: Some("2026-02-11T08:10:11Z".into()),
        loaded: (0..values.len()).map(|at| FieldId(at as u8)).collect(),
        values: values.into(),
        evidence: Evidence::Accounts(Arc::new([Membership {
            account: Key::new(&(1_001 + number / 5).to_string()).unwrap(),
            labels: Arc::new([]),
        }])),
        links: Arc::new([]),
        visible: true,
        fetched_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn small(number: u64) -> Record {
    let texts = [format!("45{number:08}"), "open".to_owned(), "2026-02-11".to_owned()];
    let mut values: Vec<Value> = texts.iter().map(|text| Value::text(text)).collect();
    values.push(Value::Int(90_000));
    record(number, values)
}
