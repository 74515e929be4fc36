//! What people may do at an account: association labels → roles → permissions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::AccessConfig;

/// The operator's table, ready to be asked.
#[derive(Debug)]
pub(super) struct Rights {
    labels: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    roles: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// What a person's labels give.
pub(super) struct Granted {
    pub(super) roles: Vec<Arc<str>>,
    pub(super) permissions: BTreeSet<Arc<str>>,
}

impl Rights {
    pub(super) fn new(config: &AccessConfig) -> Self {
        let table = |rows: &indexmap::IndexMap<String, Vec<String>>| {
            let row = |(name, values): (&String, &Vec<String>)| {
                (Arc::from(name.as_str()), values.iter().map(|value| Arc::from(value.as_str())).collect())
            };
            rows.iter().map(row).collect()
        };
        Self { labels: table(&config.labels), roles: table(&config.roles) }
    }

    /// What these labels give together; `None` where none of them is configured, and the account is out of reach.
    pub(super) fn of<'a>(&self, labels: impl IntoIterator<Item = &'a Arc<str>>) -> Option<Granted> {
        let mut known = labels.into_iter().filter_map(|label| self.labels.get(label)).peekable();
        known.peek()?;
        let mut granted = Granted { roles: Vec::new(), permissions: BTreeSet::new() };
        for role in known.flatten() {
            if !granted.roles.contains(role) {
                granted.roles.push(Arc::clone(role));
                granted.permissions.extend(self.roles.get(role).into_iter().flatten().cloned());
            }
        }
        Some(granted)
    }
}
