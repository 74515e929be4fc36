//! The oracle: the reference implementation of GraphQL and our executor answer the same random requests alike.
//!
//! See `README.md` for what is compared, what is random, and what is left out on purpose.
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where something is missing")]

mod case;
#[expect(dead_code, reason = "a tape of choices is for the tests that are shortened by it")]
#[path = "../scope/chance.rs"]
mod chance;
mod compare;
mod data;
mod document;
mod fragments;
mod gateway;
mod inputs;
mod kept;
mod mistakes;
mod planted;
mod reads;
mod reference;
mod run;
mod schema;
mod shrink;
mod tally;

use std::io::Write as _;

use vestibule::clock::{Clock as _, SystemClock};

use crate::gateway::World;
use crate::reference::Reference;
use crate::run::{Outcome, Run, run};

/// Cases of a run, where `ORACLE_CASES` says nothing else.
const CASES: usize = 10_000;

/// How many of a thousand cases have it, at least: what is met more seldom is hardly tested.
const LEAST: [(&str, usize); 27] = [
    ("answered", 600),
    ("refused for a mistake", 100),
    ("fragments", 300),
    ("inline fragments", 300),
    ("fragments on interfaces", 200),
    ("fragments on unions", 40),
    ("@skip", 200),
    ("@include", 200),
    ("@skip or @include by variable", 150),
    ("aliases", 200),
    ("merged arguments", 10),
    ("__typename", 200),
    ("introspection", 15),
    ("variables", 200),
    ("variable defaults", 80),
    ("null literals", 30),
    ("null variables", 15),
    ("nullable variables in required places", 4),
    ("input objects", 80),
    ("list coercion", 30),
    ("@oneOf literals", 20),
    ("@oneOf variables", 10),
    ("several operations", 40),
    ("lists of lists", 10),
    ("failing fields", 300),
    ("failing elements", 20),
    ("null propagation", 80),
];

#[expect(clippy::disallowed_methods, reason = "a seed is for the person at the keyboard, and no configuration")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn what_failed_once_does_not_fail_again() {
    let different = kept::different(&mut Reference::start());
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn the_gateway_answers_as_the_reference_implementation_does() {
    let clock = SystemClock::default();
    let seed = number("ORACLE_SEED").unwrap_or_else(|| clock.now().as_microsecond().unsigned_abs() % 1_000_000_007);
    let cases = number("ORACLE_CASES").map_or(CASES, |cases| usize::try_from(cases).expect("not so many"));
    let begun = clock.elapsed();
    let Outcome { tally, different } = run(Run { seed, cases, ours: &World::answer });
    let took = (clock.elapsed() - begun).as_secs();
    // Written past what the test runner keeps to itself, so that every run shows it.
    let mut out = std::io::stdout();
    let told_all = writeln!(out, "\noracle: {tally}").and_then(|()| {
        writeln!(out, "oracle: {} cases, seed {seed}, {} differ, {took} s", tally.cases, different.len())
    });
    assert!(told_all.is_ok());
    for (_, told) in different.iter().take(20) {
        let told: String = told.chars().take(400).collect();
        assert!(writeln!(out, "oracle: {told}").is_ok());
    }
    let told = kept::keep(&different, seed);
    assert!(
        different.is_empty(),
        "{} of {cases} cases differ (ORACLE_SEED={seed} runs them again):\n\n{}",
        different.len(),
        told.join("\n\n")
    );
    for (feature, least) in LEAST {
        let met = tally.of(feature);
        assert!(
            met * 1000 >= least * cases,
            "`{feature}` was met {met} times in {cases} cases: the generator has lost it"
        );
    }
}
