//! A client that writes, loses answers, and repeats.

use futures::future::join;
use serde_json::{Map, Value, json};

use crate::kinds::{Kind, Names};
use crate::tally::{Tally, Told};
use crate::world::World;

/// How often a client sends one write at most.
const TRIES: u64 = 6;

/// Numbers that look random and are the same for the same seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let at = self.below(all.len() as u64);
        all[usize::try_from(at).unwrap()]
    }
}

/// Sends so many writes, and holds what was told against what happened.
pub async fn run(world: &World, seed: u64, writes: u64) -> Tally {
    let names = Names::read(world).await;
    let mut chance = Chance(seed);
    let mut tally = Tally::default();
    for number in 0..writes {
        let kind = chance.of(&Kind::ALL);
        let mark = format!("mark-{seed}-{number}-end");
        let mut input = kind.input(&names, (&mark, number + 1));
        input["idempotencyKey"] = json!(format!("key-of-{mark}"));
        let variables: Map<String, Value> = Map::from_iter([("input".to_owned(), input)]);
        let told = insist(world, &mut chance, (kind, &variables), &mut tally).await;
        tally.history.push((kind, mark, told));
        world.advance(u32::try_from(chance.below(40)).unwrap()).await;
    }
    // What was done late is done by then.
    world.advance(3_600).await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    tally.count(&world.business.state.ledger.entries());
    tally
}

/// Sends one write as often as a client would, and says what it was told at last.
async fn insist(
    world: &World,
    chance: &mut Chance,
    (kind, variables): (Kind, &Map<String, Value>),
    tally: &mut Tally,
) -> Told {
    let document = kind.document();
    let mut last = Told::Uncertain;
    for attempt in 0..TRIES {
        let told = if chance.below(20) == 0 {
            // Twice at the same moment: a double click.
            let (one, other) =
                join(world.send(&document, variables.clone()), world.send(&document, variables.clone())).await;
            tally.sent(2, attempt);
            Told::of(kind, &one).better(Told::of(kind, &other))
        } else {
            tally.sent(1, attempt);
            Told::of(kind, &world.send(&document, variables.clone()).await)
        };
        tally.heard(&told);
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
