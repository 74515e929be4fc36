//! How long a request waited for each source: what `Server-Timing` tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Collects the waits of one request.
#[derive(Debug, Default)]
pub struct Timings(Mutex<BTreeMap<Arc<str>, Vec<Wait>>>);

/// From and until.
type Wait = (Duration, Duration);

/// What one source took of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The source's name.
    pub source: Arc<str>,
    /// How many reads waited for it.
    pub reads: usize,
    /// How long at least one of them did: waits at the same time count once.
    pub waited: Duration,
}

impl Timings {
    /// Notes a wait for a source, from and until a moment on the clock's `elapsed` scale.
    pub fn add(&self, source: &Arc<str>, from: Duration, until: Duration) {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waits.entry(Arc::clone(source)).or_default().push((from, until));
    }

    /// Every source that was waited for, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Timing> {
        let waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let timing = |(source, waits): (&Arc<str>, &Vec<_>)| Timing {
            source: Arc::clone(source),
            reads: waits.len(),
            waited: covered(waits.clone()),
        };
        waits.iter().map(timing).collect()
    }
}

fn covered(mut waits: Vec<Wait>) -> Duration {
    waits.sort_unstable();
    let (mut sum, mut end) = (Duration::ZERO, Duration::ZERO);
    for (from, until) in waits {
        sum += until.saturating_sub(from.max(end));
        end = end.max(until);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_at_the_same_time_count_once() {
        let timings = Timings::default();
        let (crm, erp): (Arc<str>, Arc<str>) = (Arc::from("crm"), Arc::from("erp"));
        let at = Duration::from_millis;
        for (from, until) in [(10, 30), (0, 20), (12, 15), (50, 60)] {
            timings.add(&crm, at(from), at(until));
        }
        timings.add(&erp, at(5), at(6));
        let told: Vec<_> = timings.all().into_iter().map(|one| (one.source, one.reads, one.waited)).collect();
        assert_eq!(told, [(crm, 4, at(40)), (erp, 1, at(1))]);
    }
}
