//! Random records, random queries: no foreign record ever comes out.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use serde_json::{Value, json};

use crate::business::{Person, Size, business};
use crate::chance::Chance;
use crate::gateway::{Cache, Gateway, With, assembled, setup};
use crate::marks::{accounts, foreign, shows};
use crate::queries::{Pool, query};

/// How many businesses, in each mode.
const CASES: u32 = 24;
/// Queries of each person of a business.
const QUERIES: usize = 2;

#[test]
fn no_foreign_record_ever_comes_out_of_a_cache() {
    hold(Cache::On);
}

#[test]
fn no_foreign_record_ever_comes_out_without_a_cache() {
    hold(Cache::Off);
}

/// What the queries came to, so that a suite that asks nothing does not pass.
#[derive(Default)]
struct Tally {
    asked: AtomicUsize,
    answered: AtomicUsize,
    owned: AtomicUsize,
    strange: AtomicUsize,
}

fn hold(cache: Cache) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (empty, _) = business(0, SIZE, Chance::Seed(0));
    let gateway = runtime.block_on(Gateway::open(empty, cache));
    let (setup, _folder) = setup(None, cache);
    let schema = assembled(&setup).served.schema;
    let (round, tally) = (AtomicU32::new(1), Tally::default());
    let config = Config {
        cases: CASES,
        max_shrink_iters: 200,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/scope/regressions.txt"))),
        ..Config::default()
    };
    let given = (any::<u64>().no_shrink(), vec(vec(any::<u16>(), 60..240), 4 * QUERIES));
    let outcome = TestRunner::new(config).run(&given, |(seed, tapes)| {
        // Keys are new in every round: nothing in the cache is from another.
        let (records, people) = business(round.fetch_add(1, Ordering::SeqCst), SIZE, Chance::Seed(seed));
        *gateway.systems.state.write() = records;
        let case = Case { gateway: &gateway, schema: &schema, people: &people, tally: &tally };
        runtime.block_on(case.run(tapes))
    });
    let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
    let told = [count(&tally.asked), count(&tally.answered), count(&tally.owned), count(&tally.strange)];
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let [asked, answered, owned, strange] = told;
    assert!(answered * 2 > asked, "most queries are answered: {told:?}");
    assert!(owned * 2 > asked, "most answers show what is one's own: {told:?}");
    assert!(strange * 4 > asked, "many queries ask for what was given to somebody else: {told:?}");
}

const SIZE: Size = Size { least: 0, most: 5, astray: 4 };

struct Case<'a> {
    gateway: &'a Gateway,
    schema: &'a apollo_compiler::Schema,
    people: &'a [Person],
    tally: &'a Tally,
}

impl Case<'_> {
    async fn run(&self, tapes: Vec<Vec<u16>>) -> Result<(), TestCaseError> {
        let mut callers = Vec::new();
        let mut pool = Pool::default();
        for person in self.people {
            let caller = self.gateway.sign_in(person, None).await.expect("everybody can sign in");
            let all = self.gateway.all(&caller, "Everything", json!({ "first": 2 })).await;
            self.mine(person, &all, "Everything")?;
            pool.harvest(&all);
            callers.push(caller);
        }
        pool.settle();
        for (at, tape) in tapes.into_iter().enumerate() {
            let mut chance = Chance::tape(tape);
            let (person, caller) = (&self.people[at % self.people.len()], &callers[at % self.people.len()]);
            // Who has two accounts uses either.
            let known = pool.ids.iter().filter(|(kind, _)| kind == "Account").map(|(_, id)| id);
            let own: Vec<&String> = known.filter(|id| foreign(&json!(id), &person.of).is_empty()).collect();
            let caller = match own.len() {
                0 | 1 => caller.clone(),
                _ => {
                    let used = self.gateway.sign_in(person, Some(chance.one(&own).as_str())).await;
                    used.expect("one of the person's own accounts")
                }
            };
            let asked = query(self.schema, &pool, &mut chance);
            let with = With { variables: asked.variables.clone(), patience: None };
            let answer = self.gateway.ask(&caller, &asked.document, with).await;
            let told = format!("{}\n{}", asked.document, json!(asked.variables));
            prop_assert!(answer.get("data").is_some(), "refused: {answer}\n{told}");
            self.mine(person, &answer, &told)?;
            let sent = json!(told);
            let others = accounts(person.of[0].round).into_iter().filter(|account| !person.of.contains(account));
            let strange = others.into_iter().any(|account| shows(&sent, account));
            let owned = person.of.iter().any(|account| shows(&answer, *account));
            for (tally, holds) in [
                (&self.tally.asked, true),
                (&self.tally.answered, !answer["data"].is_null()),
                (&self.tally.owned, owned),
                (&self.tally.strange, strange),
            ] {
                tally.fetch_add(usize::from(holds), Ordering::SeqCst);
            }
        }
        Ok(())
    }

    fn mine(&self, person: &Person, answer: &Value, asked: &str) -> Result<(), TestCaseError> {
        let leaks = foreign(answer, &person.of);
        prop_assert!(leaks.is_empty(), "{} is shown {leaks:#?}\nby {asked}\nin {answer:#}", person.email);
        Ok(())
    }
}
