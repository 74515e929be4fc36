//! The oracle itself, tested: faults that are planted in our answers are all reported.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::case::Case;
use crate::compare::Ordered;
use crate::gateway::World;
use crate::run::{Run, run};

const CASES: usize = 200;
const SEED: u64 = 20_260_301;

/// Changes our answers where it can: in how many that was, and how many cases are reported.
fn plant(change: impl Fn(&mut Ordered) -> bool + Sync) -> (usize, usize) {
    let planted = AtomicUsize::new(0);
    let ours = |world: &World, case: &Case| {
        let mut answer = Ordered::parse(&world.answer(case));
        planted.fetch_add(usize::from(change(&mut answer)), Ordering::SeqCst);
        answer.to_string()
    };
    let outcome = run(Run { seed: SEED, cases: CASES, ours: &ours });
    (planted.into_inner(), outcome.different.len())
}

/// In the first object with two members or more.
fn swap_keys(value: &mut Ordered) -> bool {
    match value {
        Ordered::Object(members) if members.len() > 1 => {
            members.swap(0, 1);
            true
        }
        Ordered::Object(members) => members.iter_mut().any(|(_, value)| swap_keys(value)),
        Ordered::List(items) => items.iter_mut().any(swap_keys),
        _ => false,
    }
}

/// Not in introspection, of which less is compared.
fn swap_keys_of_data(answer: &mut Ordered) -> bool {
    let Some(data) = answer.get_mut("data") else { return false };
    let introspects = data.to_string().contains("\"kind\":");
    !introspects && swap_keys(data)
}

/// The errors of an answer that has data, too.
fn errors(answer: &mut Ordered) -> Option<&mut Vec<Ordered>> {
    answer.get("data")?;
    match answer.get_mut("errors") {
        Some(Ordered::List(errors)) => Some(errors),
        _ => None,
    }
}

fn drop_error(answer: &mut Ordered) -> bool {
    errors(answer).is_some_and(|errors| errors.pop().is_some())
}

fn drop_step(answer: &mut Ordered) -> bool {
    let path = errors(answer).and_then(|errors| errors.first_mut()?.get_mut("path"));
    let Some(Ordered::List(steps)) = path else { return false };
    steps.pop().is_some()
}

fn null_something(answer: &mut Ordered) -> bool {
    let Some(Ordered::Object(members)) = answer.get_mut("data") else { return false };
    let found = members.iter_mut().find(|(_, value)| *value != Ordered::Null);
    found.is_some_and(|(_, value)| {
        *value = Ordered::Null;
        true
    })
}

/// Takes the data away where there is some, so that the request looks refused.
fn refuse(answer: &mut Ordered) -> bool {
    let Ordered::Object(members) = answer else { return false };
    let before = members.len();
    members.retain(|(name, _)| name != "data");
    members.len() < before
}

fn answer_anyhow(answer: &mut Ordered) -> bool {
    let Ordered::Object(members) = answer else { return false };
    let refused = members.iter().all(|(name, _)| name != "data");
    if refused {
        members.push(("data".to_owned(), Ordered::Null));
    }
    refused
}

#[test]
fn without_a_fault_nothing_is_reported() {
    assert_eq!(plant(|_| false), (0, 0));
}

#[test]
fn keys_in_another_order_are_reported() {
    let (planted, reported) = plant(swap_keys_of_data);
    assert!(planted > CASES / 4, "{planted}");
    assert_eq!(reported, planted);
}

#[test]
fn an_error_that_is_not_told_is_reported() {
    let (planted, reported) = plant(drop_error);
    assert!(planted > CASES / 20, "{planted}");
    assert_eq!(reported, planted);
}

#[test]
fn an_error_at_another_place_is_reported() {
    let (planted, reported) = plant(drop_step);
    assert!(planted > CASES / 20, "{planted}");
    assert_eq!(reported, planted);
}

#[test]
fn a_value_that_is_not_shown_is_reported() {
    let (planted, reported) = plant(null_something);
    assert!(planted > CASES / 4, "{planted}");
    assert_eq!(reported, planted);
}

#[test]
fn a_refusal_of_what_is_right_and_an_answer_to_what_is_wrong_are_reported() {
    let (planted, reported) = plant(refuse);
    assert!(planted > CASES / 4, "{planted}");
    assert_eq!(reported, planted);
    let (planted, reported) = plant(answer_anyhow);
    assert!(planted > CASES / 20, "{planted}");
    assert_eq!(reported, planted);
}

#[test]
fn a_condition_that_is_not_looked_at_is_reported() {
    let asked = AtomicUsize::new(0);
    let ours = |world: &World, case: &Case| {
        let document = case.document.replace("@skip(if: true)", "@skip(if: false)");
        asked.fetch_add(usize::from(document != case.document), Ordering::SeqCst);
        world.answer(&Case { document, ..case.clone() })
    };
    let outcome = run(Run { seed: SEED, cases: CASES, ours: &ours });
    let (asked, reported) = (asked.into_inner(), outcome.different.len());
    // What is skipped may stand under something that is null, or beside the same without a condition.
    assert!(asked > 10 && reported * 10 > asked, "{reported} of {asked}");
}
