//! What each further tenant of one process takes: time until it is open, and memory.

use tokio::time::Instant;

#[expect(dead_code, reason = "suites sign people in, too")]
#[path = "../../tests/shared/example.rs"]
mod example;

use crate::series::Series;
use crate::shared::process::{Process, memory_of};

/// After how many tenants it is told what they take.
const MARKS: [usize; 7] = [1, 10, 25, 50, 100, 150, 200];

const TENANTS: Series = Series {
    name: "tenants",
    of: "tenants",
    costs: &[("memory, MB", 1), ("until all are open, ms", 0)],
    by_tens: false,
};

pub fn measure() {
    let (_process, line) = Process::own_measured(&["--tenants"]);
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    let rows = MARKS.iter().zip(numbers.chunks(2));
    let rows: Vec<(f64, Vec<f64>)> = rows.map(|(count, costs)| (*count as f64, costs.to_vec())).collect();
    TENANTS.tell(&rows);
}

/// The process with the tenants: says memory and milliseconds at each mark.
pub fn run() {
    let (begun, mut all, mut told) = (Instant::now(), Vec::new(), Vec::new());
    for number in 1..=MARKS[MARKS.len() - 1] {
        let addresses =
            ["CRM", "ERP", "BILLING", "SUPPORT"].map(|of| (format!("{of}_ADDRESS"), "http://127.0.0.1:9".to_owned()));
        let named = |text: String| text.replace("tenant: kestrel", &format!("tenant: kestrel-{number}"));
        all.push(example::Example::open(addresses.into(), named));
        if MARKS.contains(&number) {
            told.push(format!("{} {}", memory_of("self").now, begun.elapsed().as_secs_f64() * 1e3));
        }
    }
    assert!(all.iter().enumerate().all(|(at, one)| one.tenant.name() == format!("kestrel-{}", at + 1)));
    println!("{}", told.join(" "));
}
