//! How many signed webhooks are taken, and whether any is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::desk::Desk;
use crate::shared::load::Link;
use crate::subscribers::{self, Subscriber};

/// How many are sent, each with an event of its own.
const SENT: usize = 60_000;
/// How many more before, which are not measured.
const WARM: usize = 5_000;
/// Over how many connections.
const CONNECTIONS: usize = 32;

pub struct Taken {
    pub sent: f64,
    /// For each second of the process's and the kernel's time for it.
    pub of_cpu: f64,
    pub rate: f64,
    pub lost: f64,
}

pub async fn measure(desk: &Desk) -> Taken {
    let gateway = desk.gateway();
    let before = last(desk, &gateway.address, 0).await;
    send(desk, &gateway.address, (0, WARM)).await;
    let cpu = gateway.process.cpu();
    let lasted = send(desk, &gateway.address, (WARM, SENT)).await;
    let cpu = gateway.process.cpu() - cpu;
    let after = last(desk, &gateway.address, 1).await;
    // The change by which the last number was found out is one of them.
    let taken = (after - before - 1) as f64;
    Taken {
        sent: SENT as f64,
        of_cpu: SENT as f64 / cpu.as_secs_f64(),
        rate: SENT as f64 / lasted,
        lost: (WARM + SENT) as f64 - taken,
    }
}

/// Sends events of as many tickets; how many seconds that took.
async fn send(desk: &Desk, address: &str, (from, count): (usize, usize)) -> f64 {
    let event = |number: usize| {
        desk.webhook(&format!("event-{number}"), 1_000_000 + number as u64, 1_000 + number as u64 % 500)
    };
    let all: Arc<[Vec<u8>]> = (from..from + count).map(event).collect();
    let turn = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    let begun = Instant::now();
    for _ in 0..CONNECTIONS {
        let (all, turn) = (Arc::clone(&all), Arc::clone(&turn));
        let mut link = Link::open(address).await;
        tasks.push(tokio::spawn(async move {
            while let Some(webhook) = all.get(turn.fetch_add(1, Ordering::Relaxed)) {
                link.ask(webhook).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

/// The number of the newest change, found out by making one more: every change that is taken has the next number.
async fn last(desk: &Desk, address: &str, change: usize) -> u64 {
    let mut subscriber = Subscriber::open(address, &desk.of_account(0)).await;
    subscribers::settled(&mut subscriber).await;
    Link::open(address).await.ask(&desk.change(1_000 + change)).await;
    subscriber.number().await
}
