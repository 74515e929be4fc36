//! A client that writes, loses answers, and repeats.

use futures::future::join;

use crate::chance::Chance;
use crate::kinds::{Kind, Names, Wanted};
use crate::tally::Tally;
use crate::told::Told;
use crate::world::World;

/// How often a client sends one write at most.
const TRIES: u64 = 6;

/// Sends so many writes, and holds what was told against what happened.
pub async fn run(world: &World, seed: u64, writes: u64) -> Tally {
    let names = Names::read(world).await;
    let mut chance = Chance(seed);
    let mut tally = Tally::default();
    let mut kind = chance.of(&Kind::ALL);
    for number in 0..writes {
        // Often one of the same kind at once: what comes late of the one before comes after it then.
        if chance.below(4) != 0 {
            kind = chance.of(&Kind::ALL);
        }
        // Letters and digits alone: some systems have it in a key.
        let mark = format!("mark{seed}x{number}end");
        let wanted = kind.wanted((world, &names), &mark, number);
        tally.begins(&wanted, &mark);
        let told = insist(world, &mut chance, &wanted, &mut tally).await;
        tally.ends(told);
        let pause = if chance.below(2) == 0 { 0 } else { chance.below(40) };
        world.advance(u32::try_from(pause).unwrap()).await;
    }
    // What was done late is done by then.
    world.advance(3_600).await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    tally.count(world);
    tally
}

/// Sends one write as often as a client would, and says what it was told at last.
async fn insist(world: &World, chance: &mut Chance, wanted: &Wanted, tally: &mut Tally) -> Told {
    let send = || async { Told::of(wanted.kind, &world.write(wanted).await) };
    let mut last = Told::Uncertain;
    for attempt in 0..TRIES {
        let told = if chance.below(20) == 0 {
            // Twice at the same moment: a double click.
            tally.sends(world, 2, attempt);
            let (one, other) = join(send(), send()).await;
            one.better(other)
        } else {
            tally.sends(world, 1, attempt);
            send().await
        };
        tally.hears(world, &told);
        last = last.then(told);
        let again = match last {
            Told::Done => chance.below(10) == 0,
            Told::Uncertain => chance.below(8) != 0,
            Told::Failed(_) | Told::Refused(_) => chance.below(2) == 0,
        };
        if !again {
            break;
        }
        world.advance(chance.of(&[0, 1, 5, 31, 31, 200, 8_000])).await;
    }
    last
}
