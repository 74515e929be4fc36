//! Runs cases through both sides, on as many threads as there are cores.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::case::Case;
use crate::chance::Chance;
use crate::compare::{Ordered, difference, paths, propagated};
use crate::data::data;
use crate::document::asked;
use crate::fragments::Possible;
use crate::gateway::World;
use crate::reference::Reference;
use crate::schema::schema;
use crate::tally::{Features, Tally};

/// Requests of one schema.
const OF_ONE_SCHEMA: usize = 50;
/// Requests of the same data.
const OF_SAME_DATA: usize = 10;

/// A run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub seed: u64,
    pub cases: usize,
    /// Our answer to a case: the gateway's, or one with a fault planted in it.
    pub ours: &'a (dyn Fn(&World, &Case) -> String + Sync),
}

/// What a run came to.
#[derive(Default)]
pub struct Outcome {
    pub tally: Tally,
    /// Cases that are answered differently, with what is different.
    pub different: Vec<(Case, String)>,
}

/// Runs all cases.
pub fn run(run: Run<'_>) -> Outcome {
    let next = AtomicUsize::new(0);
    let outcome = Mutex::new(Outcome::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut reference = Reference::start();
                loop {
                    let first = next.fetch_add(OF_ONE_SCHEMA, Ordering::SeqCst);
                    if first >= run.cases {
                        break;
                    }
                    let count = OF_ONE_SCHEMA.min(run.cases - first);
                    // Each schema is of a seed of its own, whichever thread comes to it.
                    let found =
                        one_schema(run, (run.seed.wrapping_mul(1_000_003) + first as u64, count), &mut reference);
                    let mut outcome = outcome.lock().expect("no thread has ended early");
                    outcome.tally.merge(found.tally);
                    outcome.different.extend(found.different);
                }
            });
        }
    });
    outcome.into_inner().expect("no thread has ended early")
}

fn one_schema(run: Run<'_>, (seed, count): (u64, usize), reference: &mut Reference) -> Outcome {
    let mut chance = Chance::Seed(seed);
    let text = schema(&mut chance);
    let world =
        World::load(&text).unwrap_or_else(|problems| panic!("a random schema does not load:\n{problems}\n{text}"));
    reference.open(&world);
    let possible = Possible::of(&world.served.schema);
    let mut given = Arc::default();
    let mut cases = Vec::new();
    let mut features = Vec::new();
    for at in 0..count {
        if at % OF_SAME_DATA == 0 {
            given = Arc::new(data(&world.loaded.graph, &mut chance));
        }
        let asked = asked(&world.served.schema, &possible, &mut chance);
        features.push(asked.features);
        cases.push(Case {
            about: String::new(),
            schema: text.clone(),
            data: Arc::clone(&given),
            document: asked.document,
            operation: asked.operation,
            variables: asked.variables,
        });
    }
    let theirs = reference.answers(&world, &cases);
    let mut outcome = Outcome::default();
    for ((case, theirs), features) in cases.into_iter().zip(theirs).zip(features) {
        outcome.tally.cases += 1;
        note(&mut outcome.tally, &features, &Ordered::parse(&theirs));
        if let Some(told) = difference(&(run.ours)(&world, &case), &theirs) {
            outcome.different.push((case, told));
        }
    }
    outcome
}

/// Counts what an answer shows.
fn note(tally: &mut Tally, features: &Features, answer: &Ordered) {
    if answer.get("data").is_none() {
        tally.count("refused");
        if features.mistaken {
            tally.count("refused for a mistake");
        }
        return;
    }
    tally.count("answered");
    tally.take(features);
    let failed = paths(answer);
    tally.add("failing fields", failed.len());
    let in_list = |path: &String| path.rsplit('.').next().is_some_and(|step| step.parse::<usize>().is_ok());
    tally.add("failing elements", failed.iter().filter(|path| in_list(path)).count());
    tally.add("null propagation", propagated(answer));
    let deepest = answer.get("data").map_or(0, lists_in_lists);
    if deepest > 1 {
        tally.count("lists of lists");
    }
}

/// How many lists stand right in one another, at most.
fn lists_in_lists(of: &Ordered) -> usize {
    match of {
        Ordered::List(items) => {
            let direct = items.iter().filter(|item| matches!(item, Ordered::List(_))).map(lists_in_lists).max();
            let below = items.iter().map(lists_in_lists).max().unwrap_or_default();
            below.max(1 + direct.unwrap_or_default())
        }
        Ordered::Object(members) => members.iter().map(|(_, value)| lists_in_lists(value)).max().unwrap_or_default(),
        _ => 0,
    }
}

/// What is different in one case alone.
pub fn alone(case: &Case, reference: &mut Reference) -> Option<String> {
    let world = World::load(&case.schema).ok()?;
    reference.open(&world);
    in_world(&world, case, reference)
}

/// The same, where the case's schema is loaded and open.
pub fn in_world(world: &World, case: &Case, reference: &mut Reference) -> Option<String> {
    let theirs = reference.answers(world, std::slice::from_ref(case));
    difference(&world.answer(case), theirs.first()?)
}
