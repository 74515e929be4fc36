//! What a byte of the cache's bound takes of the process: a cache that is filled three times over, with records as small and as
//! large as they come.

use std::sync::Arc;

use vestibule::cache::Cache;
use vestibule::clock::{Clock, SystemClock};
use vestibule::model::{Record, Value};

use crate::records::{fill, record};
use crate::shared::process::{Process, memory_of};
use crate::shared::report::{Table, number};

/// The bounds that are tried, for all of the cache, in bytes.
const BOUNDS: [u64; 2] = [32 << 20, 256 << 20];
/// Records keep to two thirds of the bound; the rest is for lists.
const SHARE: f64 = 2.0 / 3.0;

/// What records are made of, and about how many bytes one is counted as.
const SHAPES: [(&str, &str, u64); 2] =
    [("small", "records of four short values", 700), ("large", "records of 14 values and 10 lines of 5", 5_000)];

pub fn measure() {
    let columns = ["", "`cache.bytes`, MB", "for records, MB", "the process holds, MB", "for each byte"];
    let mut table = Table::new("cache", &columns);
    for (shape, told, _) in SHAPES {
        for bound in BOUNDS {
            let (_process, line) = Process::own_measured(&["--cache", shape, &bound.to_string()]);
            let (held, share) = (line.parse::<f64>().unwrap(), bound as f64 * SHARE);
            let megabytes = [bound as f64, share, held].map(|bytes| number(bytes / 1e6, 1));
            let [bound, records, holds] = megabytes;
            table.row(&[told.to_owned(), bound, records, holds, number(held / share, 2)]);
        }
    }
    table.tell();
}

/// The process with the cache: says how many bytes more it holds once the cache is full.
pub async fn run(shape: &str, bound: u64) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let cache = Cache::in_process(&clock, bound);
    let before = memory_of("self").now;
    let (_, _, bytes) = SHAPES.into_iter().find(|(name, ..)| *name == shape).unwrap();
    let count = 3 * (bound as f64 * SHARE) as u64 / bytes;
    fill(&cache, &*clock, 0..count, if shape == "small" { small } else { large }).await;
    println!("{}", (memory_of("self").now - before) * 1e6);
}

fn texts(number: u64, count: u64) -> Vec<Value> {
    (0..count).map(|at| Value::text(&format!("a value of a record, {number} {at}"))).collect()
}

fn small(number: u64) -> Record {
    record(number, texts(number, 4))
}

fn large(number: u64) -> Record {
    let mut values = texts(number, 14);
    let lines: Vec<Value> = (0..10).map(|_| Value::Object(texts(number, 5).into())).collect();
    values.push(Value::List(lines.into()));
    record(number, values)
}
