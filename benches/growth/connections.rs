//! What connections hold: open and at rest, and all of them asking for kept pages at once.

use std::sync::Arc;

use crate::series::Series;
use crate::shared::gateway::{Kept, World, links, pages};
use crate::shared::load::{Link, Load, Request};
use crate::shared::process;

const PEOPLE: u32 = 100;

const CONNECTIONS: Series = Series {
    name: "connections",
    of: "connections",
    costs: &[("memory at rest, MB", 1), ("memory when all ask at once, MB", 1), ("CPU a query, µs", 0)],
    by_tens: false,
};

pub async fn measure() {
    let room = process::files();
    let world = World::start(0);
    let mut rows = Vec::new();
    for count in [10, 100, 1_000, 2_500, 5_000, 10_000] {
        if room < count + 200 {
            println!("{count} connections left out: only {room} files may be open");
            continue;
        }
        let gateway = world.gateway(&world.config(Kept::Everything));
        let people = gateway.people(&world.issuer, PEOPLE, links).await;
        let requests: Arc<[Request]> = pages(&people).into();
        let mut open = Vec::new();
        for at in 0..count.max(requests.len()) {
            let request = &requests[at % requests.len()];
            let mut link = Link::open(&gateway.address).await;
            assert!(link.ask(&request.bytes).await == request.answer, "a wrong answer");
            if open.len() < count {
                open.push(link);
            }
        }
        let rest = gateway.process.memory().now;
        drop(open);
        let load = Load::new(count, 1_500).on((&gateway.address, &gateway.process), &requests).await;
        rows.push((count as f64, vec![rest, gateway.process.memory().most, load.cpu]));
    }
    CONNECTIONS.tell(&rows);
}
