//! What comes late to a field that the next write sets, too, played step by step: the order that chance seldom brings about.

use vestibule_sandbox::faults::write::{WriteFault, WriteMode};

use crate::kinds::{Kind, Names, Wanted};
use crate::tally::Tally;
use crate::told::Told;
use crate::world::World;

/// A write is sent to the CRM.
struct Step {
    write: usize,
    /// What goes wrong, where something does; what is late comes so many seconds later.
    fault: Option<(WriteMode, u32)>,
    told: Told,
    /// So many seconds pass then.
    passes: u32,
}

const fn step(write: usize, fault: Option<(WriteMode, u32)>, told: Told) -> Step {
    Step { write, fault, told, passes: 0 }
}

const LATE: Option<(WriteMode, u32)> = Some((WriteMode::Late, 10));
const LOST: Option<(WriteMode, u32)> = Some((WriteMode::CutAfter, 0));

/// Plays the steps, and says of each write: effects, how often it was put right. What stands in the field in the end is the value
/// of the write `last`.
async fn play(steps: Vec<Step>, last: usize) -> Vec<(u64, u64)> {
    let world = World::open(0).await;
    world.business.state.writes.clear();
    let names = Names::read(&world).await;
    let mut tally = Tally::default();
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut steps = steps.into_iter().peekable();
    while let Some(Step { write, fault, told, passes }) = steps.next() {
        if write == wanted.len() {
            let mark = format!("mark{write}end");
            wanted.push(Kind::UpdateContact.wanted((&world, &names), &mark, 0));
            tally.begins(&wanted[write], &mark);
        }
        if let Some((mode, seconds)) = fault {
            world.business.state.writes.set("hubspot", WriteFault { seconds, ..WriteFault::once(mode) });
        }
        tally.sends(&world, 1, 0);
        let heard = Told::of(Kind::UpdateContact, &world.write(&wanted[write]).await);
        assert_eq!(heard, told, "write {write}");
        tally.hears(&world, &heard);
        if steps.peek().is_none_or(|next| next.write != write) {
            tally.ends(heard);
        }
        world.advance(passes).await;
    }
    world.advance(10).await;
    tally.count(&world);
    tally.check();
    let field = wanted[last].field.as_ref().unwrap();
    assert_eq!(field.stands(&world.business.state.read()).as_deref(), Some(wanted[last].trace.as_str()));
    tally.history.writes.iter().map(|one| (one.effects, one.put_right)).collect()
}

#[tokio::test]
async fn what_is_given_up_comes_after_the_next_write_once() {
    let steps = vec![step(0, LATE, Told::Uncertain), step(1, None, Told::Done)];
    assert_eq!(play(steps, 0).await, [(1, 0), (1, 0)]);
}

#[tokio::test]
async fn what_is_repeated_at_once_is_not_done_again_while_the_first_may_still_come() {
    let steps = vec![step(0, LATE, Told::Uncertain), step(0, None, Told::Uncertain), step(1, None, Told::Done)];
    assert_eq!(play(steps, 0).await, [(1, 0), (1, 0)]);
}

#[tokio::test]
async fn who_asks_again_and_again_comes_through_when_the_first_can_come_no_more() {
    let lost = Step { passes: 11, ..step(0, Some((WriteMode::CutBefore, 0)), Told::Uncertain) };
    let again = || Step { passes: 11, ..step(0, None, Told::Uncertain) };
    let steps = vec![lost, again(), again(), step(0, None, Told::Done), step(1, None, Told::Done)];
    assert_eq!(play(steps, 1).await, [(1, 0), (1, 0)]);
}

#[tokio::test]
async fn what_is_repeated_when_it_can_come_no_more_is_done() {
    let first = Step { passes: 31, ..step(0, Some((WriteMode::CutBefore, 0)), Told::Uncertain) };
    let steps = vec![first, step(0, None, Told::Done), step(1, None, Told::Done)];
    assert_eq!(play(steps, 1).await, [(1, 0), (1, 0)]);
}

#[tokio::test]
async fn what_is_repeated_after_it_came_is_not_done_again() {
    let first = Step { passes: 10, ..step(0, LATE, Told::Uncertain) };
    let steps = vec![first, step(0, None, Told::Done), step(1, None, Told::Done)];
    assert_eq!(play(steps, 1).await, [(1, 0), (1, 0)]);
}

#[tokio::test]
async fn a_repeat_puts_right_what_came_late_over_it() {
    let second = Step { passes: 31, ..step(1, LOST, Told::Uncertain) };
    let steps = vec![step(0, LATE, Told::Uncertain), second, step(1, None, Told::Done)];
    assert_eq!(play(steps, 1).await, [(1, 0), (1, 1)]);
}
