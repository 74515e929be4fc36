//! What gateways do all day, in a minute, for `./dist`, which counts what runs in one: pages from the systems and from kept
//! records, for one person after the other and for many at once; people who are told of changes; webhooks; writes. Measures nothing.
//!
//! `VESTIBULE=… cargo bench --profile dev --bench work`. Linux only.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "the simulator says where it listens")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the real clock")]

#[expect(dead_code, reason = "the other benches use more of it")]
#[path = "../live/desk.rs"]
mod desk;
#[expect(dead_code, reason = "the other benches use more of it")]
#[path = "../shared/mod.rs"]
mod shared;
#[expect(dead_code, reason = "the other benches use more of it")]
#[path = "../live/subscribers.rs"]
mod subscribers;

use std::process::Command;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::shared::gateway::{Gateway, Kept, World, links, pages, post};
use crate::shared::load::{Link, Load};
use crate::shared::{process, simulator};
use crate::subscribers::{Subscriber, settled};

/// How many people ask, or are told.
const PEOPLE: u32 = 50;
/// How many webhooks come while nobody listens.
const WEBHOOKS: u64 = 5_000;
/// How many changes people are told, and how many tickets are written: the desk lets itself be asked 400 times a minute.
const CHANGES: usize = 100;
const TICKETS: usize = 20;

const CREATE: &str =
    "mutation($subject: String!) { createTicket(input: { subject: $subject, body: \"Since Monday.\" }) {
    ticket { id number subject status } userErrors { code message path } } }";
const REPLY: &str = "mutation($id: ID!) { replyToTicket(input: { ticketId: $id, body: \"It is worse today.\" }) {
    message { body { text } } ticket { status messages(first: 10) { nodes { body { text } } } } userErrors { code path } } }";
const CLOSE: &str =
    "mutation($id: ID!) { closeTicket(input: { id: $id }) { ticket { status } userErrors { code path } } }";

fn main() {
    let (arguments, runtime) = shared::started();
    let said: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match said.as_slice() {
        ["--simulator", wait] => runtime.block_on(simulator::run(wait.parse().unwrap())),
        _ => runtime.block_on(async {
            // One processor and several: each has a scheduler of its own.
            for placed in [process::measured, process::anywhere] {
                shown(placed, Kept::Nothing).await;
                shown(placed, Kept::Everything).await;
            }
            let desk = Desk::start().await;
            let gateway = desk.gateway();
            told(&desk, &gateway).await;
            written(&desk, &gateway).await;
        }),
    }
}

/// Pages of the example, each compared with the right one.
async fn shown(placed: fn(&str) -> Command, kept: Kept) {
    let world = World::start(0);
    let gateway = world.gateway_on(placed, &world.config(kept));
    let people = gateway.people(&world.issuer, PEOPLE, links).await;
    let pages = pages(&people).into();
    for connections in [1, 32, 256] {
        Load::new(connections, 2_000).on((&gateway.address, &gateway.process), &pages).await;
    }
}

/// Webhooks that concern nobody who is there, and changes of a ticket whose account's people look on.
async fn told(desk: &Desk, gateway: &Gateway) {
    let mut system = Link::open(&gateway.address).await;
    for ticket in 1_000_000..1_000_000 + WEBHOOKS {
        system.ask(&desk.webhook(&format!("event-{ticket}"), ticket, 1_000)).await;
    }
    let mut people = Vec::new();
    for person in 0..PEOPLE {
        people.push(Subscriber::open(&gateway.address, &desk.of_account(person)).await);
    }
    settled(people.last_mut().unwrap()).await;
    for change in 0..CHANGES {
        system.ask(&desk.change(change)).await;
        for person in &mut people {
            person.number().await;
        }
    }
}

/// Tickets, each written, answered and closed.
async fn written(desk: &Desk, gateway: &Gateway) {
    let bearer = desk.of_account(0);
    let mut link = Link::open(&gateway.address).await;
    for number in 0..TICKETS {
        let subject = json!({ "subject": format!("The seal leaks for the {number}th time") });
        let ticket = effect(&mut link, &post(&bearer, CREATE, &subject)).await["ticket"]["id"].take();
        for mutation in [REPLY, CLOSE] {
            effect(&mut link, &post(&bearer, mutation, &json!({ "id": ticket }))).await;
        }
    }
}

/// What a mutation came to, which has to be done.
async fn effect(link: &mut Link, request: &[u8]) -> Value {
    let mut told: Value = serde_json::from_slice(&link.ask(request).await).unwrap();
    let effect = told["data"].as_object_mut().and_then(|all| all.values_mut().next()).map(Value::take);
    let effect = effect.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(effect["userErrors"], json!([]), "{effect}");
    effect
}
