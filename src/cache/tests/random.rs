//! Whatever the order of reads, writes, purges, delays and outages: nothing older than a hard purge is ever served.

use std::collections::HashMap;

use proptest::prelude::*;
use tokio::sync::oneshot;

use super::world::{A, B, World, calm};
use crate::cache::{How, Purge};
use crate::error::Code;
use crate::model::Value;

#[derive(Clone, Debug)]
enum Step {
    /// The system's content changes, and a hard purge tells so.
    Write(usize),
    /// The system's content changes, and a soft purge tells so.
    Soft(usize),
    Read {
        key: usize,
        both: bool,
        live: bool,
        gone: bool,
    },
    /// The next call is held back.
    Hold,
    /// The call that is held back for the longest answers.
    Open,
    Pass(u64),
    Down(bool),
}

const KEYS: [&str; 2] = ["k", "l"];

fn step() -> impl Strategy<Value = Step> {
    let read = (0..2usize, any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    prop_oneof![
        3 => (0..2usize).prop_map(Step::Write),
        1 => (0..2usize).prop_map(Step::Soft),
        8 => read.prop_map(|(key, both, live, gone)| Step::Read { key, both, live, gone }),
        3 => Just(Step::Hold),
        3 => Just(Step::Open),
        2 => (1..40u64).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Down),
    ]
}

async fn run(steps: Vec<Step>, versioned: bool) -> Result<(), TestCaseError> {
    let world = World::new();
    let mut content = 0u64;
    // The content at the last hard purge of each key: whoever asks later gets nothing older.
    let mut least: HashMap<usize, u64> = HashMap::new();
    let mut held: Vec<oneshot::Sender<()>> = Vec::new();
    let mut reading = Vec::new();
    for step in steps {
        match step {
            Step::Write(key) | Step::Soft(key) => {
                content += 1;
                *world.system.content.lock().unwrap() = content;
                *world.system.version.lock().unwrap() = versioned.then_some(content);
                let hard = matches!(step, Step::Write(_));
                world.purge(KEYS[key], if hard { Purge::Hard } else { Purge::Soft });
                if hard {
                    least.insert(key, content);
                }
            }
            Step::Read { key, both, live, gone } => {
                let fields: &[_] = if both { &[A, B] } else { &[A] };
                let task = world.begin(KEYS[key], How { live, ..world.how(fields) });
                if gone {
                    calm().await;
                    task.abort();
                } else {
                    reading.push((task, least.get(&key).copied().unwrap_or(0), if live { content } else { 0 }));
                }
                calm().await;
            }
            Step::Hold => held.push(world.system.hold()),
            Step::Open if !held.is_empty() => {
                let _ = held.remove(0).send(());
                calm().await;
            }
            Step::Open => {}
            Step::Pass(seconds) => {
                world.pass(seconds);
                calm().await;
            }
            Step::Down(down) => *world.system.down.lock().unwrap() = down.then_some(Code::UpstreamUnavailable),
        }
    }
    drop(held);
    for (task, purged, live) in reading {
        let Ok(Some((record, _))) = task.await.unwrap() else { continue };
        let Value::Int(seen) = *record.value(A) else { return Err(TestCaseError::fail("no content")) };
        prop_assert!(u64::try_from(seen).unwrap() >= purged, "{seen} is older than the hard purge at {purged}");
        prop_assert!(u64::try_from(seen).unwrap() >= live, "{seen} is older than a live read at {live}");
        if let (Value::Int(other), true) = (record.value(B), record.loaded.contains(B)) {
            prop_assert_eq!(*other, seen, "parts of two versions in one record");
        }
    }
    // Reads whose callers gave up end by themselves, too.
    calm().await;
    prop_assert_eq!(world.shelf.under_way(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_older_than_a_hard_purge_is_served(steps in prop::collection::vec(step(), 1..40), versioned in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps, versioned))?;
    }
}
