//! Values that are there once for all who have the like of them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How many values are looked through for those that nobody has any more.
const MANY: usize = 64;

/// Values that somebody has, each once.
pub(super) struct Interned<T>(Mutex<HashMap<u64, Vec<Weak<T>>>>);

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Interned<T> {
    /// The one that is like this value, or else this value itself. What is alike has the same `look`.
    pub(super) fn one(
        &self,
        value: T,
        look: impl Fn(&T, &mut DefaultHasher),
        alike: impl Fn(&T, &T) -> bool,
    ) -> Arc<T> {
        let mut hasher = DefaultHasher::new();
        look(&value, &mut hasher);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MANY && all.len().is_power_of_two() {
            all.retain(|_, some| some.iter().any(|one| one.strong_count() > 0));
        }
        let some = all.entry(hasher.finish()).or_default();
        some.retain(|one| one.strong_count() > 0);
        if let Some(one) = some.iter().filter_map(Weak::upgrade).find(|one| alike(one, &value)) {
            return one;
        }
        let one = Arc::new(value);
        some.push(Arc::downgrade(&one));
        one
    }
}
