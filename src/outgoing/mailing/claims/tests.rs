//! Two nodes that claim letters to one person, in a store that may fall silent.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;

use super::*;
use crate::clock::ManualClock;
use crate::store::Kept;

const WINDOW: Duration = Duration::from_secs(300);

/// A store that may fall silent: what is claimed then is kept all the same, and nothing is replaced.
struct Store {
    kept: Kept,
    silent: AtomicBool,
}

impl Store {
    fn answer<T>(&self, answer: T) -> Result<T> {
        match self.silent.load(Ordering::Relaxed) {
            true => Err(Error::new(Code::UpstreamUnavailable, "it does not answer")),
            false => Ok(answer),
        }
    }
}

impl State for Store {
    fn claim<'a>(&'a self, key: &'a StoreKey, value: Bytes, lasts: Duration) -> BoxFuture<'a, Result<Option<Bytes>>> {
        Box::pin(async move { self.answer(self.kept.claim(key, value, lasts).await?) })
    }

    fn replace<'a>(
        &'a self,
        key: &'a StoreKey,
        change: (Bytes, Option<Bytes>),
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.answer(())?;
            self.kept.replace(key, change, lasts).await
        })
    }
}

/// Two nodes that tell one person of one record by one rule.
struct World {
    clock: Arc<ManualClock>,
    store: Arc<Store>,
    nodes: [Claims; 2],
    place: StoreKey,
}

impl World {
    fn new() -> Self {
        let manual = Arc::new(ManualClock::new("2026-03-10T12:00:00Z".parse().unwrap()));
        let clock: Arc<dyn Clock> = Arc::clone(&manual) as _;
        let store = Arc::new(Store { kept: Kept::new(Arc::clone(&clock), 10), silent: AtomicBool::new(false) });
        let node = || Claims::new(Arc::clone(&store) as _, &clock);
        let nodes = [node(), node()];
        Self { clock: manual, store, nodes, place: Arc::from(&b"answers, to Ana, of ticket 4711"[..]) }
    }

    fn silent(&self, silent: bool) {
        self.store.silent.store(silent, Ordering::Relaxed);
    }

    fn news(&self, letter: &str) -> News<'_> {
        News { place: &self.place, digest: seal::digest([letter.as_bytes()]), window: WINDOW }
    }

    async fn take(&self, node: usize, letter: &str) -> Claimed {
        self.nodes[node].take(&self.news(letter)).await.unwrap()
    }

    /// It is this node's to send.
    async fn sends(&self, node: usize, letter: &str) -> Claim {
        let Claimed::Mine(claim) = self.take(node, letter).await else { panic!("{letter:?} is not sent") };
        claim
    }

    /// It is told already: whether by a letter.
    async fn was_sent(&self, node: usize, letter: &str) -> bool {
        let Claimed::Told(told) = self.take(node, letter).await else { panic!("{letter:?} is not known") };
        told.sent.is_some()
    }

    /// How long it has to wait.
    async fn waits(&self, node: usize, letter: &str) -> Duration {
        let Claimed::Held(_, left) = self.take(node, letter).await else { panic!("{letter:?} does not wait") };
        left
    }
}

#[tokio::test]
async fn of_two_nodes_one_sends_a_letter() {
    let world = World::new();
    world.sends(0, "One.").await;
    assert!(world.was_sent(1, "One.").await);
    world.clock.advance(LEAST);
    world.sends(1, "One.").await;
}

#[tokio::test]
async fn what_came_within_the_window_is_sent_after_it_and_by_one() {
    let world = World::new();
    world.sends(0, "One.").await;
    world.clock.advance(WINDOW / 3);
    let left = world.waits(1, "Two.").await;
    assert_eq!(left, WINDOW - WINDOW / 3);
    world.clock.advance(left);
    world.sends(1, "Two.").await;
    assert!(world.was_sent(0, "Two.").await);
    assert_eq!(world.waits(0, "Three.").await, WINDOW);
}

#[tokio::test]
async fn who_wrote_it_is_told_by_no_node_and_of_an_answer_at_once() {
    let world = World::new();
    world.nodes[0].saw(&world.news("I wrote this.")).await.unwrap();
    assert!(!world.was_sent(1, "I wrote this.").await);
    world.sends(1, "They answered.").await;
}

#[tokio::test]
async fn what_somebody_writes_does_not_end_the_window() {
    let world = World::new();
    world.sends(0, "They answered.").await;
    world.clock.advance(WINDOW / 3);
    world.nodes[1].saw(&world.news("I wrote this.")).await.unwrap();
    assert_eq!(world.waits(0, "They answered again.").await, WINDOW - WINDOW / 3);
    assert!(world.was_sent(0, "I wrote this.").await, "no letter of it: it says when the last one was");
}

#[tokio::test]
async fn what_could_not_be_sent_is_sent_later_and_what_was_known_before_is_known() {
    let world = World::new();
    world.nodes[0].saw(&world.news("I wrote this.")).await.unwrap();
    let claim = world.sends(0, "They answered.").await;
    world.nodes[0].give_back(claim).await;
    assert!(!world.was_sent(1, "I wrote this.").await);
    world.sends(1, "They answered.").await;
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again_and_holds_nothing_back() {
    let world = World::new();
    let claim = world.sends(0, "One.").await;
    world.nodes[0].refused(claim).await;
    assert!(!world.was_sent(1, "One.").await);
    world.sends(1, "Two.").await;
}

#[tokio::test]
async fn while_the_store_is_silent_nothing_is_sent_and_afterwards_everything_once() {
    let world = World::new();
    world.silent(true);
    assert!(world.nodes[0].take(&world.news("One.")).await.is_err());
    world.silent(false);
    assert!(world.was_sent(1, "One.").await, "it was claimed, and the other node cannot know that nothing was sent");
    let claim = world.sends(0, "One.").await;
    world.silent(true);
    world.nodes[0].give_back(claim).await;
    world.silent(false);
    world.sends(0, "One.").await;
    assert!(world.was_sent(0, "One.").await);
    assert!(world.was_sent(1, "One.").await);
}
