//! Writes whose connection was cut and that are done later: when the clock has moved on far enough.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

tokio::task_local! {
    /// Set for a write while it is done after its connection was cut.
    static LATE: ();
}

/// Does a write whose connection was cut.
pub(crate) async fn doing<F: Future>(write: F) -> F::Output {
    LATE.scope((), write).await
}

/// Whether what is done now is done after its connection was cut.
pub(crate) fn is_late() -> bool {
    LATE.try_with(|()| ()).is_ok()
}

/// Most writes that wait at a time.
const MOST: usize = 1000;

#[derive(Debug)]
struct Waiting {
    due: i64,
    go: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

/// The writes that wait.
#[derive(Debug, Default)]
pub(crate) struct Late(Mutex<Vec<Waiting>>);

/// Holds a write back, behind its idempotency key and before its effect.
#[derive(Debug, Clone)]
pub(crate) struct Hold(Arc<Mutex<Option<Held>>>);

/// What tells that the write has come, and what lets it go.
type Held = (oneshot::Sender<()>, oneshot::Receiver<()>);

impl Hold {
    /// A hold; what tells that the write has come to it; and what lets it go.
    pub(crate) fn new() -> (Self, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (come, came) = oneshot::channel();
        let (go, gone) = oneshot::channel();
        (Self(Arc::new(Mutex::new(Some((come, gone))))), came, go)
    }

    /// Waits until the write may go on; false where it never may.
    pub(crate) async fn wait(&self) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match held {
            Some((come, gone)) => {
                // Whoever held it may not wait for it any more.
                let _told = come.send(());
                gone.await.is_ok()
            }
            None => true,
        }
    }
}

impl Late {
    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for another one.
    pub(crate) fn has_room(&self) -> bool {
        self.lock().len() < MOST
    }

    /// Lets a write wait until `due`.
    pub(crate) fn wait(&self, due: i64, go: oneshot::Sender<()>, done: JoinHandle<()>) {
        self.lock().push(Waiting { due, go, done });
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The time of the next write that is due by `until`.
    pub(crate) fn next(&self, until: i64) -> Option<i64> {
        self.lock().iter().map(|waiting| waiting.due).filter(|due| *due <= until).min()
    }

    /// Lets the first write of that time go, and waits until it is done.
    pub(crate) async fn release(&self, due: i64) {
        let first = {
            let mut waiting = self.lock();
            let place = waiting.iter().position(|waiting| waiting.due == due);
            place.map(|place| waiting.remove(place))
        };
        if let Some(Waiting { go, done, .. }) = first {
            let _told = go.send(());
            if let Err(error) = done.await {
                tracing::error!(%error, "a late write died");
            }
        }
    }
}
