//! When a connection takes its turn among what else the process has to do.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Each time the future is woken, whatever else is ready goes first.
///
/// A runtime of several threads runs a task that another one wakes at once, before those that were ready earlier; in one thread,
/// a connection that the network wakes stands among the calls' tasks. The answers of a page's calls come together, each to a
/// task of its own, and each of these wakes the connection: it would go through all of the page for each of them, in between.
/// Behind them it goes through it once for all.
pub(super) async fn behind_others<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut gave_way = false;
    poll_fn(|context| {
        if gave_way {
            gave_way = false;
            return future.as_mut().poll(context);
        }
        gave_way = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt as _;
    use futures::future::join_all;
    use tokio::sync::{Barrier, oneshot};

    use super::*;

    /// How often a task is polled that waits for eight others, which go on at the same time.
    async fn polls() -> usize {
        let polls = Arc::new(AtomicUsize::new(0));
        let together = Arc::new(Barrier::new(9));
        let parts = (0..8).map(|_| {
            let (done, waits) = oneshot::channel();
            let together = Arc::clone(&together);
            tokio::spawn(async move {
                together.wait().await;
                done.send(()).unwrap();
            });
            waits
        });
        let mut whole = join_all(parts).boxed();
        let counted = Arc::clone(&polls);
        let whole = poll_fn(move |context| {
            counted.fetch_add(1, Ordering::Relaxed);
            whole.poll_unpin(context)
        });
        let whole = tokio::spawn(behind_others(whole));
        together.wait().await;
        assert!(whole.await.unwrap().iter().all(Result::is_ok));
        polls.load(Ordering::Relaxed)
    }

    #[test]
    fn what_ends_at_the_same_time_wakes_once() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let polls = runtime.block_on(async { tokio::spawn(polls()).await.unwrap() });
        assert!(polls <= 3, "{polls} times");
    }
}
