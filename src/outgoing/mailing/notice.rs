//! Notices: which rules a change is for, and whom each of them is to be looked at for.

use std::sync::Arc;

use super::Mailing;
use crate::model::{Change, ChangeKind, EntityId, Key, RecordId, SourceId, Touch};

/// Somebody who is told, and through which account.
pub(super) type Reader = (RecordId, Option<RecordId>);

/// A change that a rule is for.
#[derive(Clone)]
pub(in crate::outgoing) struct Notice {
    pub(super) rule: usize,
    pub(super) change: Arc<Change>,
    /// The contact whose own write it was.
    pub(super) by: Option<RecordId>,
    /// Whether it is only looked at for whoever made the change: what they then know of it is no news to them.
    pub(super) only_own: bool,
    /// For this one alone; without, it is found out who is told.
    pub(super) to: Option<Reader>,
    pub(super) attempts: usize,
    /// It waits for a time, and is not worked on before.
    pub(super) later: bool,
}

/// What a notice is about: of the same, one is under way at a time, and one waits.
pub(super) type About = (usize, SourceId, EntityId, Key, Option<RecordId>, Option<RecordId>);

impl Notice {
    fn new(rule: usize, change: Arc<Change>, by: Option<&RecordId>) -> Self {
        Self { rule, change, by: by.cloned(), only_own: false, to: None, attempts: 0, later: false }
    }

    pub(super) fn about(&self) -> About {
        let Change { source, entity, key, .. } = &*self.change;
        let to = self.to.as_ref().map(|(contact, _)| contact.clone());
        (self.rule, *source, *entity, key.clone(), to, self.by.clone())
    }
}

impl Mailing {
    /// The notices that a change leads to.
    pub(in crate::outgoing) fn notices(&self, change: &Change, by: Option<&RecordId>) -> Vec<Notice> {
        let mut found = Vec::new();
        let mut shared = None;
        for (rule, of) in self.notices.rules.iter().enumerate() {
            if of.entity == change.entity && of.kinds.contains(&change.kind) {
                let change = Arc::clone(shared.get_or_insert_with(|| Arc::new(change.clone())));
                found.push(Notice::new(rule, change, by));
            }
            // What somebody's own write touches will be told of by its system, as if it were news.
            let touched = change.touches.iter().filter_map(|touch| match touch {
                Touch::Record(entity, key) if *entity == of.entity && by.is_some() => Some(key),
                _ => None,
            });
            for key in touched {
                let change = Arc::new(Change {
                    entity: of.entity,
                    key: key.clone(),
                    kind: ChangeKind::Updated,
                    parents: Vec::new(),
                    touches: Vec::new(),
                    version: None,
                    ..change.clone()
                });
                found.push(Notice { only_own: true, ..Notice::new(rule, change, by) });
            }
        }
        found
    }
}
