//! Changes as they happen: how long it takes from a system's webhook to the people who look at the record, how many webhooks are
//! taken, and what it costs to hold those who wait. The gateway is a process of its own over the demo's configuration, its webhooks
//! and WebSockets are real ones on loopback; the demo business, and everybody who subscribes, are this process.
//!
//! `cargo bench --bench live` prints the table; `-- --write` puts it into `docs/performance.md` as well. Linux only. It takes a
//! minute.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the real clock")]

mod desk;
mod intake;
#[expect(dead_code, reason = "the other benches use more of it")]
#[path = "../shared/mod.rs"]
mod shared;
mod subscribers;

use std::time::Duration;

use crate::desk::{Desk, OTHERS};
use crate::shared::process::{self, busy};
use crate::shared::report::{Table, number};
use crate::subscribers::{Subscriber, Waiting};

/// How many people subscribe.
const PEOPLE: u32 = 1_000;
/// How many changes are told. The desk lets itself be read 400 times a minute.
const CHANGES: usize = 100;
/// How many changes are told before those that are measured.
const WARM: usize = 10;
/// How many people wait for something to happen.
const IDLE: u32 = 10_000;

/// How changes reached those who look at the record.
struct Reached {
    /// From the first byte of the webhook to the whole message, in milliseconds, in order.
    took: Vec<f64>,
    /// Processor time of a change, in microseconds.
    cpu: f64,
    /// The same, without the kernel's.
    own: f64,
    /// How often the systems were asked for each change.
    reads: f64,
    /// What else the gateway's processor did meanwhile.
    others: f64,
}

fn main() {
    let (_, runtime) = shared::started();
    runtime.block_on(measure());
}

async fn measure() {
    process::keep_apart();
    if !process::apart() {
        println!("one processor, or no `taskset`: what is measured and what measures it disturb each other");
    }
    let mut table = Table::new("live", &["", "median", "99th of 100", "goal"]);
    let mut row = |cells: [&str; 4]| table.row(&cells.map(str::to_owned));
    let desk = Desk::start().await;
    let all = reached(&desk, (PEOPLE, process::measured), |person| desk.of_account(person)).await;
    let everywhere = reached(&desk, (PEOPLE, process::anywhere), |person| desk.of_account(person)).await;
    let one = |person| if person == 0 { desk.of_account(0) } else { desk.stranger(person) };
    let one = reached(&desk, (1, process::measured), one).await;
    // What a change costs where one is told, and what each further one costs, until half of them are told.
    let each = (all.own - one.own) / f64::from(PEOPLE - 1);
    for (who, of, own) in [
        ("1,000 subscribers of the account", &all, one.own + each * f64::from(PEOPLE / 2)),
        ("1,000 subscribers, one of them of the account", &one, one.own),
    ] {
        let (median, most) = (number(of.at(50), 2), number(of.at(99), 2));
        row([&format!("{who}: from the webhook to the record, ms"), &median, &most, ""]);
        row([&format!("{who}: of it our own time, ms"), &number(own / 1e3, 2), "", "5"]);
        row([&format!("{who}: CPU of a change, µs"), &number(of.cpu, 0), "", ""]);
        row([&format!("{who}: the same without the kernel's, µs"), &number(of.own, 0), "", ""]);
        row([&format!("{who}: reads of a change"), &number(of.reads, 2), "", "1"]);
    }
    let (median, most) = (number(everywhere.at(50), 2), number(everywhere.at(99), 2));
    row(["1,000 subscribers of the account, every processor: from the webhook to the record, ms", &median, &most, ""]);
    let taken = intake::measure(&desk).await;
    row(["signed webhooks a second of CPU", &number(taken.of_cpu, 0), "", "10,000"]);
    row(["signed webhooks a second, as the clock ran", &number(taken.rate, 0), "", ""]);
    row(["webhooks that were lost", &number(taken.lost, 0), "", "0"]);
    row(["memory of 10,000 subscribers who wait, MB", &number(idle(&desk).await, 0), "", "250"]);
    let share = format!("{}%", number(all.others * 100.0, 0));
    row(["what else ran on the processor in the first row", &share, "", "0%"]);
    println!("{} messages in the first row, {} webhooks", all.took.len(), number(taken.sent, 0));
    table.tell();
}

impl Reached {
    /// So many of a hundred are not above this.
    fn at(&self, percent: usize) -> f64 {
        self.took[(self.took.len() * percent / 100).min(self.took.len() - 1)]
    }
}

/// Tells changes of a record to a thousand people, the first `told` of whom are of its account.
async fn reached(
    desk: &Desk,
    (told, placed): (u32, fn(&str) -> std::process::Command),
    bearer: impl Fn(u32) -> String,
) -> Reached {
    let gateway = desk.gateway_on(placed);
    let mut subscribers = Vec::new();
    for person in 0..PEOPLE {
        subscribers.push(Subscriber::open(&gateway.address, &bearer(person)).await);
    }
    subscribers::settled(&mut subscribers[0]).await;
    let mut waiting = Waiting::of(subscribers, &gateway.address);
    let (mut took, mut before) = (Vec::new(), None);
    for change in 0..WARM + CHANGES {
        if change == WARM {
            before = Some((
                gateway.process.cpu(),
                gateway.process.own_cpu(),
                busy(),
                std::time::Instant::now(),
                desk.reads(),
            ));
        }
        let webhook = desk.change(change);
        // On a thread of its own: this one is the desk's as well.
        let heard = move || (waiting.told(&webhook, told as usize, change), waiting);
        let arrived;
        (arrived, waiting) = tokio::task::spawn_blocking(heard).await.unwrap();
        if change >= WARM {
            took.extend(arrived);
        }
    }
    let (cpu, own, others, begun, reads) = before.unwrap();
    let own = gateway.process.own_cpu() - own;
    let (lasted, cpu) = (begun.elapsed(), gateway.process.cpu() - cpu);
    let others = (busy() - others).saturating_sub(cpu);
    took.sort_by(f64::total_cmp);
    Reached {
        took,
        cpu: cpu.as_secs_f64() * 1e6 / CHANGES as f64,
        own: own.as_secs_f64() * 1e6 / CHANGES as f64,
        reads: (desk.reads() - reads) as f64 / CHANGES as f64,
        others: others.as_secs_f64() / lasted.as_secs_f64(),
    }
}

/// What many who wait cost, in MB, each of another account.
async fn idle(desk: &Desk) -> f64 {
    let gateway = desk.gateway();
    let room = process::files();
    let count = IDLE.min(u32::try_from(room.saturating_sub(200)).unwrap());
    if count < IDLE {
        println!(
            "only {room} files may be open: the memory is that of {count} subscribers, times {IDLE} through {count}"
        );
    }
    drop(Subscriber::open(&gateway.address, &desk.stranger(OTHERS - 1)).await);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = gateway.process.memory().now;
    let mut waiting = Vec::new();
    for person in 0..count {
        waiting.push(Subscriber::open(&gateway.address, &desk.stranger(person)).await);
    }
    subscribers::settled(waiting.last_mut().unwrap()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    (gateway.process.memory().now - before) * f64::from(IDLE) / f64::from(count)
}
