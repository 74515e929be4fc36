//! A receiver that never answers, beside one that does.

use super::receiver::{Answers, Receiver};
use super::webhooks::SECRETS;
use super::world::World;

/// One webhook of tickets, with more of its settings.
fn webhook(name: &str, address: &str, more: &str) -> String {
    format!(
        "    - {{ name: {name}, url: \"{address}\", secrets: [{{ env: SECRET }}], plainHttp: true, \
         privateNetworks: [127.0.0.0/8], events: {{ Ticket: [UPDATED] }}{more} }}\n"
    )
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
