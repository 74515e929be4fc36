//! The page of `examples/portal-over-four-apis`: what the gateway takes for it, beside a handler written by hand and beside
//! answers made beforehand, all in one run. Each is a process of its own, over one simulator of the four systems.
//!
//! `cargo bench --bench page` prints the table; `-- --write` puts it into `docs/performance.md` as well. Linux only: processor
//! time and memory are read in `/proc`. It takes a minute; the first time, building takes several.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

mod answer;
mod handler;
#[expect(dead_code, reason = "the other benches use more of it")]
#[path = "../shared/mod.rs"]
mod shared;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::shared::gateway::{Gateway, Kept, Person, World, links, pages, post};
use crate::shared::load::{Load, Outcome, Request, median};
use crate::shared::process::{self, Process};
use crate::shared::report::{Table, number};
use crate::shared::{data, simulator};

/// How many people ask, one after the other.
const PEOPLE: u32 = 500;
/// How often each is measured, in turn with what it is compared with.
const ROUNDS: usize = 5;
/// How long the systems think, in milliseconds, where they do not answer at once.
const WAIT: u64 = 20;

/// Something that answers the page.
struct Contestant {
    process: Process,
    address: String,
    requests: Arc<[Request]>,
}

/// What several rounds of load came to, by their medians.
struct Rounds {
    cpu: f64,
    rate: f64,
    median: f64,
    others: f64,
    queries: usize,
}

fn main() {
    let (arguments, runtime) = shared::started();
    let said: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match said.as_slice() {
        ["--simulator", wait] => runtime.block_on(simulator::run(wait.parse().unwrap())),
        ["--handler", keeps, systems @ ..] => {
            let systems: Vec<String> = systems.iter().map(|&system| system.to_owned()).collect();
            runtime.block_on(handler::run(systems.try_into().unwrap(), *keeps == "keeps"));
        }
        _ => runtime.block_on(measure()),
    }
}

impl Contestant {
    fn gateway(gateway: Gateway, people: &[Person]) -> Self {
        Self { process: gateway.process, address: gateway.address, requests: pages(people).into() }
    }

    /// The handler is asked likewise; it knows accounts by their numbers.
    fn handler(world: &World, people: &[Person], keeps: bool) -> Self {
        let mut arguments = vec!["--handler", if keeps { "keeps" } else { "reads" }];
        arguments.extend(world.simulator.addresses.iter().map(String::as_str));
        let (process, address) = Process::own_measured(&arguments);
        let page = |person: &Person| Request {
            bytes: post(&person.bearer, "query($id: ID!) { page }", &json!({ "id": person.account.to_string() })),
            answer: data::page(person.account).into(),
        };
        Self { process, address, requests: people.iter().map(page).collect() }
    }

    async fn load(&self, load: Load) -> Outcome {
        load.on((&self.address, &self.process), &self.requests).await
    }
}

/// Both in turn, so that what else the machine does meets both.
async fn in_turn(both: [&Contestant; 2], load: Load, rounds: usize) -> [Rounds; 2] {
    let mut outcomes = [Vec::new(), Vec::new()];
    for contestant in both {
        contestant.load(Load { lasting: Duration::from_millis(700), ..load }).await;
    }
    for _ in 0..rounds {
        for (contestant, outcomes) in both.into_iter().zip(&mut outcomes) {
            outcomes.push(contestant.load(load).await);
        }
    }
    outcomes.map(|all| Rounds {
        cpu: median(all.iter().map(|of| of.cpu).collect()),
        rate: median(all.iter().map(|of| of.rate).collect()),
        median: median(all.iter().map(|of| of.median).collect()),
        others: median(all.iter().map(|of| of.others).collect()),
        queries: all.iter().map(|of| of.queries).sum(),
    })
}

async fn measure() {
    process::keep_apart();
    if !process::apart() {
        println!("one processor, or no `taskset`: what is measured and what measures it disturb each other");
    }
    let columns = ["", "gateway", "handler", "ratio", "goal"];
    let mut table = Table::new("page", &columns);
    let mut row = |cells: [&str; 5]| table.row(&cells.map(str::to_owned));
    let world = World::start(0);
    let people = world.gateway(&world.config(Kept::Nothing)).people(&world.issuer, PEOPLE, links).await;

    let (start, rest) = started(&world, &people[0]).await;
    let (gateway, handler) = (open(&world, Kept::Nothing, &people), Contestant::handler(&world, &people, false));
    let load = Load::new(32, 1_500);
    let (asked, by_hand) = (counted(&world, &gateway).await, counted(&world, &handler).await);
    let [own, hand] = in_turn([&gateway, &handler], load, ROUNDS).await;
    let ratio = number(own.cpu / hand.cpu, 2);
    row(["CPU a query, every system read, µs", &number(own.cpu, 0), &number(hand.cpu, 0), &ratio, "1.25"]);
    let [disturbed, meanwhile] = [own.others, hand.others].map(|share| format!("{}%", number(share * 100.0, 0)));
    let loaded = gateway.process.memory();
    println!("{} queries of the gateway and {} of the handler were right", own.queries, hand.queries);
    drop((gateway, handler));

    let (gateway, ready) = (open(&world, Kept::Everything, &people), Contestant::handler(&world, &people, true));
    let [own, bytes_ready] = in_turn([&gateway, &ready], load, ROUNDS).await;
    let ratio = number(own.cpu / bytes_ready.cpu, 2);
    let of_ready = format!("{} (ready-made bytes)", number(bytes_ready.cpu, 1));
    row(["CPU a query, all from kept records, µs", &number(own.cpu, 1), &of_ready, &ratio, "2.5"]);
    let kept = gateway.process.memory();
    drop((gateway, ready));

    let world = World::start(WAIT);
    let people = world.gateway(&world.config(Kept::Nothing)).people(&world.issuer, PEOPLE, links).await;
    let (gateway, handler) = (open(&world, Kept::Nothing, &people), Contestant::handler(&world, &people, false));
    let [own, hand] = in_turn([&gateway, &handler], Load::new(1, 2_000), 3).await;
    let more = format!("+{} ms", number(own.median - hand.median, 2));
    row(["alone, systems of 20 ms, ms", &number(own.median, 1), &number(hand.median, 1), &more, "+0.5 ms"]);
    let [many, hand] = in_turn([&gateway, &handler], Load::new(256, 2_000), 3).await;
    let ratio = number(many.rate / hand.rate, 2);
    row([
        "256 connections, systems of 20 ms, queries a second",
        &number(many.rate, 0),
        &number(hand.rate, 0),
        &ratio,
        "0.90",
    ]);
    let crowded = gateway.process.memory();
    drop((gateway, handler));
    let gateway = open(&world, Kept::Products, &people);
    gateway.load(Load::new(32, 700)).await;
    let alone = gateway.load(Load::new(1, 2_000)).await;
    row(["alone, systems of 20 ms, products kept, ms", &number(alone.median, 1), "", "", "one trip"]);

    row(["calls a query", &number(asked.0, 2), &number(by_hand.0, 2), "", "5"]);
    row(["bytes from the systems a query", &number(asked.1, 0), &number(by_hand.1, 0), "", "12,500"]);
    row(["start to the first right answer, ms", &number(start, 1), "", "", "30"]);
    row(["memory at rest, MB", &number(rest, 1), "", "", "20"]);
    row(["memory under 32 connections, MB", &number(loaded.most, 1), "", "", "40"]);
    row(["memory with the pages of 500 accounts kept, MB", &number(kept.now, 1), "", "", ""]);
    row(["memory under 256 connections, MB", &number(crowded.most, 1), "", "", ""]);
    row(["what else ran on the processor in the first row", &disturbed, &meanwhile, "", "0%"]);
    table.tell();
}

/// Calls a query, and the bytes they bring, where one asks after the other.
async fn counted(world: &World, contestant: &Contestant) -> (f64, f64) {
    let before = world.simulator.counts().await;
    let queries = contestant.load(Load::new(1, 300)).await.queries;
    let after = world.simulator.counts().await;
    let each = |before: u64, after: u64| (after - before) as f64 / queries as f64;
    (each(before.calls, after.calls), each(before.bytes, after.bytes))
}

/// A gateway that these people ask.
fn open(world: &World, kept: Kept, people: &[Person]) -> Contestant {
    Contestant::gateway(world.gateway(&world.config(kept)), people)
}

/// How long it takes from the start of the process to the first right answer, in milliseconds; and what the process holds
/// a moment later.
async fn started(world: &World, person: &Person) -> (f64, f64) {
    let config = world.config(Kept::Nothing);
    let (mut took, mut rest) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let gateway = Contestant::gateway(world.gateway(&config), std::slice::from_ref(person));
        let mut link = shared::load::Link::open(&gateway.address).await;
        let answer = link.ask(&gateway.requests[0].bytes).await;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        assert!(answer == gateway.requests[0].answer, "a wrong answer: {}", String::from_utf8_lossy(&answer));
        tokio::time::sleep(Duration::from_millis(500)).await;
        rest.push(gateway.process.memory().now);
    }
    (median(took), median(rest))
}
