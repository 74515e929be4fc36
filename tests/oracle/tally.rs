//! What the cases were about: how often each part of the language was met, so that the suite cannot quietly test nothing.

use std::collections::BTreeMap;
use std::fmt;

/// What one case has of each part of the language.
#[derive(Clone, Debug, Default)]
pub struct Features {
    counts: BTreeMap<String, usize>,
    /// A mistake was made in it.
    pub mistaken: bool,
}

impl Features {
    /// One more of it.
    pub fn count(&mut self, feature: &str) {
        *self.counts.entry(feature.to_owned()).or_default() += 1;
    }
}

/// What all cases came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub cases: usize,
    counts: BTreeMap<String, usize>,
}

impl Tally {
    /// One more of it.
    pub fn count(&mut self, feature: &str) {
        self.add(feature, 1);
    }

    pub fn add(&mut self, feature: &str, times: usize) {
        *self.counts.entry(feature.to_owned()).or_default() += times;
    }

    /// Takes in what a case that was executed has; each feature counts once a case.
    pub fn take(&mut self, features: &Features) {
        for feature in features.counts.keys() {
            self.count(feature);
        }
    }

    /// Takes in another tally.
    pub fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        for (feature, times) in other.counts {
            self.add(&feature, times);
        }
    }

    /// How many cases had it.
    pub fn of(&self, feature: &str) -> usize {
        self.counts.get(feature).copied().unwrap_or_default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        write!(f, "{}", counts.join(", "))
    }
}
