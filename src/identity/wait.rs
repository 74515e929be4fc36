//! Waiting for work on a task of its own, and no longer than the caller does.

use std::time::Duration;

use futures::future::{Either, select};
use tokio::task::JoinHandle;

use crate::clock::Clock;

/// What the task came to; `None` where it had not ended by `deadline` (it goes on), or broke down.
pub(super) async fn until<T>(clock: &dyn Clock, deadline: Duration, task: JoinHandle<T>) -> Option<T> {
    let left = deadline.saturating_sub(clock.elapsed());
    match select(task, clock.sleep(left)).await {
        Either::Left((outcome, _)) => outcome.ok(),
        Either::Right(((), _)) => None,
    }
}
