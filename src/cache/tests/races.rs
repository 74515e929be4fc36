//! What happens at the same time: reads, purges, callers that go away.

use std::sync::Arc;
use std::time::Duration;

use super::world::{A, B, ENTITY, SOURCE, World, calm, content, want};
use crate::cache::{How, Purge, Tag};
use crate::error::Code;
use crate::model::Freshness::{Cached, Live};

#[tokio::test]
async fn a_hundred_callers_are_one_read() {
    let world = World::new();
    let open = world.system.hold();
    let reading: Vec<_> = (0..100).map(|_| world.begin("k", world.how(&[A]))).collect();
    calm().await;
    open.send(()).unwrap();
    for one in reading {
        assert_eq!(content(one.await.unwrap()), Some((0, Live)));
    }
    assert_eq!(world.calls(), 1);
    assert_eq!(world.shelf.under_way(), 0);
}

#[tokio::test]
async fn all_that_is_missing_is_one_call() {
    let world = World::new();
    world.content("b").await;
    let keys = ["a", "b", "c"];
    let how = world.how(&[A]);
    let answers = world.shelf.read(keys.map(want).into(), how, world.system.loader(&keys, how.fields)).await;
    let found: Vec<_> = answers.into_iter().map(|answer| content(answer).unwrap().1).collect();
    assert_eq!(found, [Live, Cached, Live]);
    assert_eq!(world.system.calls.lock().unwrap()[1].0, [0, 2]);
}

#[tokio::test]
async fn a_purge_during_a_read_lets_it_answer_but_not_stay() {
    for how in [Purge::Soft, Purge::Hard] {
        let world = World::new();
        let open = world.system.hold();
        let reading = world.begin("k", world.how(&[A]));
        calm().await;
        *world.system.content.lock().unwrap() = 1;
        world.purge("k", how);
        open.send(()).unwrap();
        assert_eq!(content(reading.await.unwrap()), Some((0, Live)), "it asked before the purge");
        assert_eq!(world.content("k").await, Some((1, Live)), "the old answer was not kept: {how:?}");
    }
}

#[tokio::test]
async fn nobody_joins_a_read_that_began_before_a_purge() {
    let world = World::new();
    let open = world.system.hold();
    let before = world.begin("k", world.how(&[A]));
    calm().await;
    *world.system.content.lock().unwrap() = 1;
    world.purges.purge(&[Tag::Source(SOURCE)], Purge::Hard);
    let after = world.begin("k", world.how(&[A]));
    calm().await;
    assert_eq!(content(after.await.unwrap()), Some((1, Live)));
    open.send(()).unwrap();
    assert_eq!(content(before.await.unwrap()), Some((0, Live)));
    assert_eq!(world.content("k").await, Some((1, Cached)), "the older answer came last and did not replace the newer");
}

#[tokio::test]
async fn a_purge_of_something_else_changes_nothing() {
    let world = World::new();
    world.content("k").await;
    world.purge("other", Purge::Hard);
    world.purges.purge(&[Tag::Entity(SOURCE, crate::model::EntityId(ENTITY.0 + 1))], Purge::Hard);
    assert_eq!(world.content("k").await, Some((0, Cached)));
}

#[tokio::test]
async fn a_smaller_field_set_joins_and_a_larger_one_does_not() {
    let world = World::new();
    let large = world.system.hold();
    let both = world.begin("k", world.how(&[A, B]));
    calm().await;
    let smaller = world.begin("k", world.how(&[A]));
    calm().await;
    assert_eq!(world.calls(), 1);
    large.send(()).unwrap();
    assert!(both.await.unwrap().is_ok());
    assert_eq!(content(smaller.await.unwrap()), Some((0, Live)));

    let small = world.system.hold();
    let one = world.begin("l", world.how(&[A]));
    calm().await;
    let larger = world.begin("l", world.how(&[A, B]));
    calm().await;
    assert_eq!(world.calls(), 3, "the larger began its own");
    let (record, _) = larger.await.unwrap().unwrap().unwrap();
    assert!(record.loaded.contains(B));
    small.send(()).unwrap();
    assert!(one.await.unwrap().is_ok());
    world.read("l", world.how(&[A, B])).await.unwrap();
    assert_eq!(world.calls(), 3, "the smaller answer, begun earlier, did not replace the larger");
}

#[tokio::test]
async fn a_read_outlives_the_caller_that_began_it() {
    let world = World::new();
    let open = world.system.hold();
    let leaving = world.begin("k", world.how(&[A]));
    calm().await;
    let staying = world.begin("k", world.how(&[A]));
    calm().await;
    leaving.abort();
    calm().await;
    open.send(()).unwrap();
    assert_eq!(content(staying.await.unwrap()), Some((0, Live)));

    let open = world.system.hold();
    let alone = world.begin("l", world.how(&[A]));
    calm().await;
    alone.abort();
    calm().await;
    open.send(()).unwrap();
    calm().await;
    assert_eq!(world.content("l").await, Some((0, Cached)), "it was kept though nobody waited");
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn live_never_joins_and_may_be_joined() {
    let world = World::new();
    let first = world.system.hold();
    let usual = world.begin("k", world.how(&[A]));
    calm().await;
    *world.system.content.lock().unwrap() = 1;
    let live = world.begin("k", How { live: true, ..world.how(&[A]) });
    assert_eq!(content(live.await.unwrap()), Some((1, Live)));
    first.send(()).unwrap();
    assert_eq!(content(usual.await.unwrap()), Some((0, Live)));
    assert_eq!(world.content("k").await, Some((1, Cached)));
}

#[tokio::test]
async fn a_joiner_with_more_time_does_not_fail_with_somebody_elses_deadline() {
    let world = World::new();
    let short = world.system.hold();
    *world.system.down.lock().unwrap() = Some(Code::UpstreamTimeout);
    let hasty = world.begin("k", world.how(&[A]));
    calm().await;
    world.pass(3);
    let patient = world.begin("k", world.how(&[A]));
    calm().await;
    *world.system.down.lock().unwrap() = None;
    short.send(()).unwrap();
    assert_eq!(hasty.await.unwrap().unwrap_err().code(), Code::UpstreamTimeout);
    assert_eq!(content(patient.await.unwrap()), Some((0, Live)));
}

#[tokio::test]
async fn a_loader_that_panics_or_answers_short_fails_its_callers_and_nobody_else() {
    let world = World::new();
    let how = world.how(&[A]);
    let served =
        world.shelf.read(Arc::from([want("k")]), how, Arc::new(|_| Box::pin(async { panic!("planted") }))).await;
    assert_eq!(served[0].as_ref().unwrap_err().code(), Code::Internal);
    let served = world.shelf.read(Arc::from([want("k")]), how, Arc::new(|_| Box::pin(async { Vec::new() }))).await;
    assert_eq!(served[0].as_ref().unwrap_err().code(), Code::Internal);
    assert_eq!(world.shelf.under_way(), 0);
    assert_eq!(world.content("k").await, Some((0, Live)));
}

#[tokio::test]
async fn live_reads_share_one_that_began_inside_the_window() {
    let world = World::with_live_window(Duration::from_secs(2));
    let live = || How { live: true, ..world.how(&[A]) };
    world.content("k").await;
    let open = world.system.hold();
    let mut together: Vec<_> = (0..50).map(|_| world.begin("k", live())).collect();
    calm().await;
    world.pass(2);
    together.push(world.begin("k", live()));
    calm().await;
    assert_eq!(world.calls(), 2, "what is kept is passed by once for all of them");
    *world.system.content.lock().unwrap() = 1;
    world.pass(1);
    let late = world.begin("k", live());
    assert_eq!(content(late.await.unwrap()), Some((1, Live)), "three seconds are too long under way");
    assert_eq!(world.calls(), 3);
    open.send(()).unwrap();
    for one in together {
        assert_eq!(content(one.await.unwrap()), Some((0, Live)));
    }
    assert_eq!(world.content("k").await, Some((1, Cached)), "the later read is what stays");
}

#[tokio::test]
async fn a_live_read_joins_none_that_began_before_a_purge() {
    let world = World::with_live_window(Duration::from_secs(2));
    let live = || How { live: true, ..world.how(&[A]) };
    let open = world.system.hold();
    let before = world.begin("k", live());
    calm().await;
    *world.system.content.lock().unwrap() = 1;
    world.purge("k", Purge::Hard);
    assert_eq!(content(world.begin("k", live()).await.unwrap()), Some((1, Live)));
    open.send(()).unwrap();
    assert_eq!(content(before.await.unwrap()), Some((0, Live)));
}
