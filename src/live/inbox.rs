//! One who listens, and what waits for it: changes, in their order, or that some may have been missed.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use smallvec::SmallVec;

use super::read::{Found, Told};
use crate::execute::Subscribed;
use crate::model::{Authority, RecordId};

/// How many changes may wait; past it, the listener is told to look again.
const BEHIND: usize = 256;

/// One who listens.
pub(super) struct Listener {
    pub(super) of: Arc<Subscribed>,
    pub(super) inbox: Arc<Inbox>,
    /// What the person may reach, as of the last look.
    pub(super) authority: Arc<Authority>,
    /// What it missed, and is told of by jobs of its own: behind the first of these numbers, up to the second.
    pub(super) missed: (u64, u64),
}

impl Listener {
    /// Whether it may concern this one, who has not been shown it, without a look at rights: those count when it is shown.
    pub(super) fn may_concern(&self, told: &Told, (id, parents): (&RecordId, &[RecordId])) -> bool {
        let watched = |ids: &Vec<RecordId>| ids.contains(id) || parents.iter().any(|parent| ids.contains(parent));
        match &told.found {
            Found::Absent { .. } => false,
            // Whose record it is of is for each to find out: it may be asked for under its own id.
            Found::Elsewhere => true,
            Found::Failed | Found::Present { .. } => self.of.watch.ids.as_ref().is_none_or(watched),
        }
    }
}

/// A queue with one reader. It is one place in memory, since a change is put into those of many.
#[derive(Default)]
pub(super) struct Inbox(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    missed: bool,
    /// Mostly one.
    told: SmallVec<[Arc<Told>; 2]>,
    reader: Option<Waker>,
}

/// What comes next.
pub(super) enum Next {
    /// Something may have been missed: whatever waited before is part of what there is to look at again.
    Missed,
    /// A change.
    Told(Arc<Told>),
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a change.
    pub(super) fn put(&self, told: &Arc<Told>) {
        let mut waiting = self.waiting();
        if waiting.told.len() >= BEHIND {
            return waiting.miss();
        }
        waiting.told.push(Arc::clone(told));
        waiting.wake();
    }

    /// Says that something may have been missed. It is told once, however often it is said before.
    pub(super) fn miss(&self) {
        self.waiting().miss();
    }

    /// Waits for what comes next. There is one who does.
    pub(super) async fn next(&self) -> Next {
        poll_fn(|context| {
            let mut waiting = self.waiting();
            if std::mem::take(&mut waiting.missed) {
                return Poll::Ready(Next::Missed);
            }
            if !waiting.told.is_empty() {
                return Poll::Ready(Next::Told(waiting.told.remove(0)));
            }
            match &mut waiting.reader {
                Some(reader) => reader.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
            Poll::Pending
        })
        .await
    }
}

impl Waiting {
    fn miss(&mut self) {
        self.missed = true;
        self.told = SmallVec::new();
        self.wake();
    }

    fn wake(&self) {
        if let Some(reader) = &self.reader {
            reader.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use futures::FutureExt as _;

    use super::super::group::Pushes;
    use super::*;
    use crate::model::{Change, ChangeKind, EntityId, Key, SourceId};

    fn told(number: u64) -> Arc<Told> {
        let change = Change {
            source: SourceId(0),
            entity: EntityId(0),
            key: Key::new("1").unwrap(),
            kind: ChangeKind::Updated,
            version: None,
            parents: Vec::new(),
            touches: Vec::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let (pushes, cursor) = (Pushes::default(), OnceLock::new());
        Arc::new(Told { number, change, again: false, found: Found::Elsewhere, pushes, cursor })
    }

    /// The number of the change that is next; none where something was missed.
    fn next(inbox: &Inbox) -> Option<Option<u64>> {
        inbox.next().now_or_never().map(|next| match next {
            Next::Missed => None,
            Next::Told(told) => Some(told.number),
        })
    }

    #[test]
    fn changes_come_in_their_order_and_what_was_missed_is_told_once_in_their_place() {
        let inbox = Inbox::default();
        inbox.put(&told(1));
        inbox.put(&told(2));
        assert_eq!([next(&inbox), next(&inbox), next(&inbox)], [Some(Some(1)), Some(Some(2)), None]);
        inbox.put(&told(3));
        inbox.miss();
        inbox.miss();
        inbox.put(&told(4));
        assert_eq!([next(&inbox), next(&inbox), next(&inbox)], [Some(None), Some(Some(4)), None]);
    }

    #[test]
    fn more_than_may_wait_are_missed() {
        let inbox = Inbox::default();
        (0..=BEHIND as u64).for_each(|number| inbox.put(&told(number)));
        assert_eq!([next(&inbox), next(&inbox)], [Some(None), None]);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let inbox = Arc::new(Inbox::default());
        let waits = tokio::spawn({
            let inbox = Arc::clone(&inbox);
            async move { matches!(inbox.next().await, Next::Told(told) if told.number == 7) }
        });
        tokio::task::yield_now().await;
        inbox.put(&told(7));
        assert!(waits.await.unwrap());
    }
}
