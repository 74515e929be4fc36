//! The store in the process, on a clock that stands still.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Memory, Store, StoreKey};
use crate::clock::ManualClock;

fn key(text: &str) -> StoreKey {
    Arc::from(text.as_bytes())
}

fn store(bytes: u64) -> (Arc<ManualClock>, Memory<Arc<str>>) {
    let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let memory = Memory::new(clock.clone(), bytes, |value: &Arc<str>| u32::try_from(value.len()).unwrap());
    (clock, memory)
}

#[tokio::test]
async fn a_value_is_there_for_its_lifetime_and_not_longer() {
    let (clock, store) = store(1_000);
    store.put(vec![(key("a"), Arc::from("one"), Duration::from_secs(10))]).await;
    clock.advance(Duration::from_secs(9));
    assert_eq!(store.get(&[key("a"), key("b")]).await, vec![Some(Arc::from("one")), None]);
    clock.advance(Duration::from_secs(1));
    assert_eq!(store.get(&[key("a")]).await, vec![None]);
    store.settle();
    assert_eq!(store.count(), 0);
}

#[tokio::test]
async fn a_later_value_replaces_value_and_lifetime() {
    let (clock, store) = store(1_000);
    store.put(vec![(key("a"), Arc::from("one"), Duration::from_secs(10))]).await;
    store.put(vec![(key("a"), Arc::from("two"), Duration::from_secs(2))]).await;
    assert_eq!(store.get(&[key("a")]).await, vec![Some(Arc::from("two"))]);
    clock.advance(Duration::from_secs(3));
    assert_eq!(store.get(&[key("a")]).await, vec![None]);
}

#[tokio::test]
async fn removed_is_gone() {
    let (_, store) = store(1_000);
    store.put(vec![(key("a"), Arc::from("one"), Duration::from_secs(10))]).await;
    store.remove(&[key("a"), key("never there")]).await;
    assert_eq!(store.get(&[key("a")]).await, vec![None]);
}

#[tokio::test]
async fn it_stays_inside_its_weight() {
    let (_, store) = store(1_000);
    let value: Arc<str> = Arc::from("x".repeat(100));
    for number in 0..100 {
        store.put(vec![(key(&format!("{number:03}")), value.clone(), Duration::from_secs(10))]).await;
    }
    store.settle();
    assert!(store.count() <= 9, "{} values of 103 bytes in 1000", store.count());
    assert!(store.count() > 0);
}
