//! What is served when: fresh, stale, while the system is down, "there is none", live.

use std::time::Duration;

use super::world::{A, B, POLICY, World, calm, content};
use crate::cache::{How, Policy, Purge};
use crate::error::Code;
use crate::model::Freshness::{Cached, Live, Stale};

#[tokio::test]
async fn what_is_fresh_is_served_without_asking() {
    let world = World::new();
    assert_eq!(world.content("k").await, Some((0, Live)));
    *world.system.content.lock().unwrap() = 1;
    world.pass(9);
    assert_eq!(world.content("k").await, Some((0, Cached)));
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn what_is_stale_is_served_and_refreshed_behind() {
    let world = World::new();
    world.content("k").await;
    *world.system.content.lock().unwrap() = 1;
    world.pass(11);
    let open = world.system.hold();
    assert_eq!(world.content("k").await, Some((0, Stale)));
    assert_eq!(world.content("k").await, Some((0, Stale)), "also while it is refreshed");
    calm().await;
    assert_eq!(world.calls(), 2, "one refresh, not one for each reader");
    open.send(()).unwrap();
    calm().await;
    assert_eq!(world.content("k").await, Some((1, Cached)));
}

#[tokio::test]
async fn past_its_lifetimes_nothing_is_reachable() {
    let world = World::new();
    world.content("k").await;
    world.pass(10 + 60);
    *world.system.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    assert_eq!(world.read("k", world.how(&[A])).await.unwrap_err().code(), Code::UpstreamUnavailable);
    world.memory.settle();
    assert_eq!(world.memory.count(), 0);
}

#[tokio::test]
async fn while_the_system_is_down_the_old_value_says_that_it_is_old() {
    let world = World::new();
    world.content("k").await;
    for code in [Code::UpstreamUnavailable, Code::UpstreamTimeout, Code::RateLimited] {
        *world.system.down.lock().unwrap() = Some(code);
        world.pass(15);
        assert_eq!(world.content("k").await, Some((0, Stale)), "{code:?}");
        calm().await;
    }
    world.pass(16);
    *world.system.down.lock().unwrap() = Some(Code::UpstreamRejected);
    let refused = world.read("k", world.how(&[A])).await.unwrap_err();
    assert_eq!(refused.code(), Code::UpstreamRejected, "a refusal is an answer, not an outage");
}

#[tokio::test]
async fn a_system_that_hangs_is_down_at_the_deadline() {
    let world = World::new();
    world.content("k").await;
    world.pass(35);
    let _never = world.system.hold();
    let reading = world.begin("k", world.how(&[A]));
    calm().await;
    assert!(!reading.is_finished());
    world.pass(5);
    assert_eq!(content(reading.await.unwrap()), Some((0, Stale)));
}

#[tokio::test]
async fn an_error_is_never_kept() {
    let world = World::new();
    *world.system.down.lock().unwrap() = Some(Code::UpstreamRejected);
    assert!(world.read("k", world.how(&[A])).await.is_err());
    *world.system.down.lock().unwrap() = None;
    assert_eq!(world.content("k").await, Some((0, Live)));
}

#[tokio::test]
async fn none_is_believed_for_a_moment_and_never_longer_than_half_a_minute() {
    let world = World::new();
    *world.system.missing.lock().unwrap() = true;
    assert_eq!(world.content("k").await, None);
    *world.system.missing.lock().unwrap() = false;
    world.pass(4);
    assert_eq!(world.content("k").await, None);
    world.pass(1);
    assert_eq!(world.content("k").await, Some((0, Live)));

    let greedy = Policy { negative: Duration::from_secs(3_600), ..POLICY };
    let how = |world: &World| How { policy: greedy, ..world.how(&[A]) };
    *world.system.missing.lock().unwrap() = true;
    assert_eq!(content(world.read("other", how(&world)).await), None);
    *world.system.missing.lock().unwrap() = false;
    world.pass(29);
    assert_eq!(content(world.read("other", how(&world)).await), None);
    world.pass(1);
    assert_eq!(content(world.read("other", how(&world)).await), Some((0, Live)));
}

#[tokio::test]
async fn none_takes_the_place_of_the_record_that_was_there() {
    let world = World::new();
    world.content("k").await;
    *world.system.missing.lock().unwrap() = true;
    assert_eq!(content(world.read("k", How { live: true, ..world.how(&[A]) }).await), None);
    assert_eq!(world.content("k").await, None);
    world.pass(6);
    *world.system.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    assert!(world.read("k", world.how(&[A])).await.is_err(), "the record before the deletion does not come back");
}

#[tokio::test]
async fn live_goes_past_the_cache_and_refreshes_it() {
    let world = World::new();
    world.content("k").await;
    *world.system.content.lock().unwrap() = 1;
    let live = How { live: true, ..world.how(&[A]) };
    assert_eq!(content(world.read("k", live).await), Some((1, Live)));
    assert_eq!(world.content("k").await, Some((1, Cached)));
    *world.system.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    assert!(world.read("k", live).await.is_err(), "who asked for live gets no old value instead");
}

#[tokio::test]
async fn without_lifetimes_nothing_is_kept() {
    let world = World::new();
    let how = How { policy: Policy::NONE, ..world.how(&[A]) };
    for _ in 0..2 {
        assert_eq!(content(world.read("k", how).await), Some((0, Live)));
    }
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn a_hit_has_every_wanted_field_and_parts_merge_at_one_version() {
    let world = World::new();
    *world.system.version.lock().unwrap() = Some(7);
    world.content("k").await;
    world.read("k", world.how(&[B])).await.unwrap();
    assert_eq!(world.calls(), 2, "B was not there");
    world.read("k", world.how(&[A, B])).await.unwrap();
    assert_eq!(world.calls(), 2, "both parts are of version 7");

    *world.system.version.lock().unwrap() = Some(8);
    world.read("k", How { live: true, ..world.how(&[B]) }).await.unwrap();
    world.read("k", world.how(&[A, B])).await.unwrap();
    assert_eq!(world.calls(), 4, "A of version 7 went when B of version 8 came");
}

#[tokio::test]
async fn without_a_version_the_newer_read_replaces() {
    let world = World::new();
    world.content("k").await;
    world.read("k", world.how(&[B])).await.unwrap();
    world.read("k", world.how(&[A, B])).await.unwrap();
    assert_eq!(world.calls(), 3);
}

#[tokio::test]
async fn a_merged_record_is_as_old_as_its_older_part() {
    let world = World::new();
    *world.system.version.lock().unwrap() = Some(7);
    world.content("k").await;
    world.pass(8);
    world.read("k", world.how(&[B])).await.unwrap();
    world.pass(3);
    assert_eq!(world.content("k").await.unwrap().1, Stale, "A was read 11 seconds ago");
}

#[tokio::test]
async fn soft_lets_the_old_value_through_once_and_hard_never() {
    let world = World::new();
    world.content("k").await;
    *world.system.content.lock().unwrap() = 1;
    world.purge("k", Purge::Soft);
    let open = world.system.hold();
    assert_eq!(world.content("k").await, Some((0, Stale)));
    let second = world.begin("k", world.how(&[A]));
    calm().await;
    assert!(!second.is_finished(), "the old value was given once already");
    open.send(()).unwrap();
    assert_eq!(content(second.await.unwrap()), Some((1, Live)));
    assert_eq!(world.calls(), 2);

    *world.system.content.lock().unwrap() = 2;
    world.purge("k", Purge::Hard);
    assert_eq!(world.content("k").await, Some((2, Live)));
    world.purge("k", Purge::Hard);
    *world.system.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    assert!(world.read("k", world.how(&[A])).await.is_err(), "not even while the system is down");
}
