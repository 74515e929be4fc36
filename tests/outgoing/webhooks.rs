//! Signed webhooks: what a receiver is told, and what becomes of what it does not take.

use std::time::Duration;

use serde_json::json;
use vestibule::clock::Clock as _;
use vestibule::model::{Change, ChangeKind};

use super::receiver::{Answers, Receiver};
use super::world::World;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NEXT: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const ANA: &str = "ana.lund@kestrel-marine.example";

const SECRETS: [(&str, &str); 2] = [("SECRET", SECRET), ("NEXT", NEXT)];

/// One webhook of tickets, with more of its settings.
fn webhook(name: &str, address: &str, more: &str) -> String {
    format!(
        "    - {{ name: {name}, url: \"{address}\", secrets: [{{ env: SECRET }}, {{ env: NEXT }}], plainHttp: true, \
         privateNetworks: [127.0.0.0/8], events: {{ Ticket: [CREATED, UPDATED] }}{more} }}\n"
    )
}

fn failed(status: u16) -> Answers {
    Answers::Status(status, Vec::new())
}

async fn with(receiver: &Receiver, more: &str) -> World {
    World::open(&format!("outgoing:\n  webhooks:\n{}", webhook("one", &receiver.address, more)), &SECRETS).await
}

/// A ticket of Ana's, by its key at the desk and its id in the graph.
async fn ticket(world: &World) -> (String, String, String) {
    let answer =
        world.ask(ANA, "{ viewer { account { id tickets(first: 1) { nodes { id number subject } } } } }").await;
    let account = &answer["data"]["viewer"]["account"];
    let node = &account["tickets"]["nodes"][0];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text(&node["number"]), text(&node["id"]), text(&account["id"]))
}

#[tokio::test]
async fn a_change_is_told_signed_by_the_graph_s_own_ids_and_without_a_value_of_the_record() {
    let mut receiver = Receiver::open(&[]).await;
    let world = with(&receiver, "").await;
    let (number, id, account) = ticket(&world).await;
    let organization = world
        .business
        .state
        .read()
        .tickets
        .iter()
        .find(|one| one.id.to_string() == number)
        .unwrap()
        .organization
        .unwrap()
        .to_string();
    world.note(Change {
        version: Some("2026-03-10T11:59:59.5Z".into()),
        ..world.change_of(("support", "Ticket", &number), ("account", &organization))
    });
    let came = receiver.next().await;
    assert!(came.is_signed_with(SECRET) && came.is_signed_with(NEXT), "{came:?}");
    assert!(!came.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(came.timestamp, world.clock.now().as_second());
    let expected = json!({
        "type": "ticket.updated",
        "timestamp": world.clock.now().to_string(),
        "data": { "id": id, "entity": "Ticket", "kind": "UPDATED", "accountId": account, "version": "2026-03-10T11:59:59.5Z" },
    });
    assert_eq!(came.json(), expected);
}

#[tokio::test]
async fn only_what_was_asked_for_is_told_and_the_same_change_once() {
    let mut receiver = Receiver::open(&[]).await;
    let world = with(&receiver, "").await;
    let version = || Some("2026-03-10T11:59:59.5Z".into());
    world.note(Change { kind: ChangeKind::Deleted, ..world.change("support", "Ticket", "1") });
    world.note(world.change("erp", "Order", "1"));
    world.note(Change { version: version(), ..world.change("support", "Ticket", "2") });
    world.note(Change { version: version(), ..world.change("support", "Ticket", "2") });
    world.note(Change { kind: ChangeKind::Created, ..world.change("support", "Ticket", "3") });
    let told = [receiver.next().await.json()["type"].clone(), receiver.next().await.json()["type"].clone()];
    assert!(told.contains(&json!("ticket.updated")) && told.contains(&json!("ticket.created")), "{told:?}");
    world.until("one", |of| of.delivered == 2).await;
    assert!(receiver.more().is_none());
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_by_the_schedule_with_the_same_id_and_body() {
    let mut receiver = Receiver::open(&[failed(500), failed(302)]).await;
    let world = with(&receiver, "").await;
    world.note(world.change("support", "Ticket", "1"));
    let first = receiver.next().await;
    world.until("one", |of| of.failed == 1).await;
    world.clock.advance(Duration::from_secs(4));
    tokio::task::yield_now().await;
    assert!(receiver.more().is_none(), "five seconds are not over");
    world.clock.advance(Duration::from_secs(3));
    let second = receiver.next().await;
    world.until("one", |of| of.failed == 2).await;
    world.clock.advance(Duration::from_secs(361));
    let third = receiver.next().await;
    world.until("one", |of| of.delivered == 1).await;
    for again in [&second, &third] {
        assert_eq!((&again.id, &again.body), (&first.id, &first.body));
        assert!(again.is_signed_with(SECRET));
    }
    assert_eq!([second.timestamp - first.timestamp, third.timestamp - first.timestamp], [7, 368]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut elsewhere = Receiver::open(&[]).await;
    let moved = Answers::Status(307, vec![("location", elsewhere.address.clone())]);
    let mut receiver = Receiver::open(&[moved]).await;
    let world = with(&receiver, "").await;
    world.note(world.change("support", "Ticket", "1"));
    receiver.next().await;
    world.until("one", |of| of.failed == 1).await;
    assert!(elsewhere.more().is_none());
}

#[tokio::test]
async fn a_receiver_that_says_how_long_to_wait_is_left_alone_for_everything() {
    let busy = Answers::Status(429, vec![("retry-after", "120".to_owned())]);
    let mut receiver = Receiver::open(&[busy]).await;
    let world = with(&receiver, "").await;
    world.note(world.change("support", "Ticket", "1"));
    receiver.next().await;
    world.until("one", |of| of.failed == 1).await;
    world.note(world.change("support", "Ticket", "2"));
    world.clock.advance(Duration::from_secs(100));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(receiver.more().is_none());
    world.clock.advance(Duration::from_secs(21));
    receiver.next().await;
    receiver.next().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more() {
    let mut receiver = Receiver::open(&[failed(410)]).await;
    let world = with(&receiver, "").await;
    world.note(world.change("support", "Ticket", "1"));
    receiver.next().await;
    world.until("one", |of| of.disabled).await;
    world.note(world.change("support", "Ticket", "2"));
    let now = world.until("one", |of| of.lost == 2).await;
    assert_eq!((now.delivered, now.failed), (0, 0));
    assert!(receiver.more().is_none());
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_for_too_long_is_disabled_and_what_waits_is_counted() {
    let mut receiver = Receiver::open(&[failed(500), failed(500), failed(500)]).await;
    let world = with(&receiver, ", disableAfter: 1h").await;
    world.note(world.change("support", "Ticket", "1"));
    receiver.next().await;
    world.until("one", |of| of.failed == 1).await;
    world.clock.advance(Duration::from_secs(7));
    receiver.next().await;
    world.until("one", |of| of.failed == 2).await;
    world.clock.advance(Duration::from_secs(3_600));
    receiver.next().await;
    let now = world.until("one", |of| of.disabled).await;
    assert_eq!((now.delivered, now.failed, now.lost), (0, 3, 1));
}

#[tokio::test]
async fn a_slow_receiver_holds_up_nobody_and_loses_only_its_own() {
    let hangs = vec![Answers::Hangs; 40];
    let slow = Receiver::open(&hangs).await;
    let mut quick = Receiver::open(&[]).await;
    let both = [webhook("slow", &slow.address, ", queue: 8"), webhook("quick", &quick.address, "")].concat();
    let world = World::open(&format!("outgoing:\n  webhooks:\n{both}"), &SECRETS).await;
    for number in 1..=30 {
        world.note(world.change("support", "Ticket", &number.to_string()));
        quick.next().await;
    }
    let slow = world.until("slow", |of| of.lost > 0).await;
    assert_eq!((slow.delivered, slow.failed), (0, 0));
    assert_eq!(world.until("quick", |of| of.delivered == 30).await.lost, 0);
}

#[tokio::test]
async fn an_address_inwards_is_not_sent_to_unless_the_operator_allows_it() {
    let mut receiver = Receiver::open(&[]).await;
    let inwards = receiver.address.replace("http://", "https://");
    let named = inwards.replace("127.0.0.1", "localhost");
    let webhook = |name: &str, url: &str| {
        format!(
            "    - {{ name: {name}, url: \"{url}\", secrets: [{{ env: SECRET }}], events: {{ Ticket: [UPDATED] }} }}\n"
        )
    };
    let all = [webhook("address", &inwards), webhook("name", &named)].concat();
    let world = World::open(&format!("outgoing:\n  webhooks:\n{all}"), &SECRETS).await;
    world.note(world.change("support", "Ticket", "1"));
    for name in ["address", "name"] {
        world.until(name, |of| of.failed == 1).await;
    }
    assert!(receiver.more().is_none());
}
