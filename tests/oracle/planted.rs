//! The oracle itself, tested: faults that are planted in our answers are all reported.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::case::Case;
use crate::gateway::World;
use crate::run::{Run, run};

const CASES: usize = 200;
const SEED: u64 = 20_260_301;

/// Changes our answers where it can: in how many that was, and how many cases are reported.
fn plant(change: impl Fn(&mut Value) -> bool + Sync) -> (usize, usize) {
    let planted = AtomicUsize::new(0);
    let ours = |world: &World, case: &Case| {
        let mut answer: Value = serde_json::from_str(&world.answer(case)).expect("JSON");
        planted.fetch_add(usize::from(change(&mut answer)), Ordering::SeqCst);
        answer.to_string()
    };
    let outcome = run(Run { seed: SEED, cases: CASES, ours: &ours });
    (planted.into_inner(), outcome.different.len())
}

/// The first object with two members or more.
fn swap_keys(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            if members.len() > 1 {
                let (first, value) = members.iter().next().map(|(name, value)| (name.clone(), value.clone())).expect("one");
                members.shift_remove(&first);
                members.insert(first, value);
                return true;
            }
            members.values_mut().any(swap_keys)
        }
        Value::Array(items) => items.iter_mut().any(swap_keys),
        _ => false,
    }
}

fn swap_keys_of_data(answer: &mut Value) -> bool {
    answer.get_mut("data").is_some_and(swap_keys)
}

fn drop_error(answer: &mut Value) -> bool {
    let has_data = answer.get("data").is_some();
    let errors = answer.get_mut("errors").and_then(Value::as_array_mut);
    errors.is_some_and(|errors| has_data && errors.pop().is_some())
}

fn drop_step(answer: &mut Value) -> bool {
    let has_data = answer.get("data").is_some();
    let path = answer.get_mut("errors").and_then(|errors| errors.get_mut(0)).and_then(|error| error.get_mut("path"));
    path.and_then(Value::as_array_mut).is_some_and(|path| has_data && path.pop().is_some())
}

fn null_something(answer: &mut Value) -> bool {
    let data = answer.get_mut("data").and_then(Value::as_object_mut);
    let found = data.and_then(|data| data.values_mut().find(|value| !value.is_null()));
    found.is_some_and(|value| {
        *value = Value::Null;
        true
    })
}

#[test]
fn without_a_fault_nothing_is_reported() {
    assert_eq!(plant(|_| false), (0, 0));
}

#[test]
fn keys_in_another_order_are_reported() {
    let (planted, reported) = plant(swap_keys_of_data);
    assert!(planted > CASES / 2, "{planted}");
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
    assert!(planted > CASES / 2, "{planted}");
    assert_eq!(reported, planted);
}

#[test]
fn a_refusal_of_what_is_right_and_an_answer_to_what_is_wrong_are_reported() {
    let refuse = |answer: &mut Value| answer.as_object_mut().is_some_and(|answer| answer.shift_remove("data").is_some());
    let (planted, reported) = plant(refuse);
    assert!(planted > CASES / 2, "{planted}");
    assert_eq!(reported, planted);
    let answer = |answer: &mut Value| {
        let refused = answer.get("data").is_none();
        answer["data"] = if refused { Value::Null } else { answer["data"].take() };
        refused
    };
    let (planted, reported) = plant(answer);
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
    assert!(asked > 10 && reported * 4 > asked, "{reported} of {asked}");
}
