//! When something that failed is tried again, and how what waits for that is kept.

use std::collections::BTreeMap;
use std::time::Duration;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// How long after each failed attempt the next one is made, as the Standard Webhooks specification has it.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    minutes(5),
    minutes(30),
    minutes(2 * 60),
    minutes(5 * 60),
    minutes(10 * 60),
    minutes(14 * 60),
    minutes(20 * 60),
    minutes(24 * 60),
];

/// How much longer a pause may become by chance, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// The pause after the attempt of that number (from 1), up to a fifth longer than the schedule says; `None` where it was the last.
pub(super) fn pause(attempt: usize) -> Option<Duration> {
    let pause = PAUSES.get(attempt.checked_sub(1)?)?;
    Some(pause.mul_f64(1.0 + JITTER * rand::random::<f64>()))
}

/// What waits for its time, the soonest first.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    by_time: BTreeMap<(Duration, u64), T>,
    next: u64,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { by_time: BTreeMap::new(), next: 0 }
    }
}

impl<T> Waiting<T> {
    /// Puts something by until then, on the clock's `elapsed` scale.
    pub(super) fn put(&mut self, until: Duration, what: T) {
        self.by_time.insert((until, self.next), what);
        self.next += 1;
    }

    /// When the first of it is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.by_time.first_key_value().map(|((until, _), _)| *until)
    }

    /// Takes out the first, if it is due.
    pub(super) fn take(&mut self, now: Duration) -> Option<T> {
        let first = self.by_time.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }

    /// Forgets everything; how much it was.
    pub(super) fn clear(&mut self) -> usize {
        let count = self.by_time.len();
        self.by_time.clear();
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_are_made_over_three_days_and_never_sooner_than_the_schedule_says() {
        for (number, least) in (1..).zip(PAUSES) {
            let pause = pause(number).unwrap();
            assert!(pause >= least && pause <= least.mul_f64(1.0 + JITTER), "after attempt {number}: {pause:?}");
        }
        assert_eq!(pause(0), None);
        assert_eq!(pause(10), None, "the tenth attempt is the last");
        assert_eq!(PAUSES.iter().sum::<Duration>(), minutes(4_535) + Duration::from_secs(5));
    }

    #[test]
    fn what_waits_comes_out_by_time_and_what_is_due_together_in_its_order() {
        let mut waiting = Waiting::default();
        for (until, what) in [(5, "c"), (1, "a"), (1, "b")] {
            waiting.put(Duration::from_secs(until), what);
        }
        assert_eq!((waiting.due(), waiting.len()), (Some(Duration::from_secs(1)), 3));
        assert_eq!(waiting.take(Duration::ZERO), None);
        let at = Duration::from_secs(1);
        assert_eq!([waiting.take(at), waiting.take(at), waiting.take(at)], [Some("a"), Some("b"), None]);
        assert_eq!(waiting.clear(), 1);
    }
}
