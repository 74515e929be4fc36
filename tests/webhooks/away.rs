//! Who was away for a moment is told what happened meanwhile, or to look again; whoever else heard of it.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_sandbox::faults::{Fault, Mode};

use super::subscriptions::{CHANGED, Served, subject};
use super::world::World;

const ANA: &str = "ana.lund@kestrel-marine.example";
const JONAS: &str = "jonas.weber@soehne-nord.example";

/// Somebody who has heard of a first change of her ticket, and is gone again; with the cursor of that.
struct Away {
    served: Served,
    /// The number and id of the ticket.
    ticket: (String, String),
    cursor: Value,
}

impl Away {
    async fn begun(served: Served) -> Self {
        let mut served = served;
        let ticket = served.ticket(ANA).await;
        let before = served.world.tenant.live().listeners();
        let mut page = served.follows(ANA, CHANGED, json!({})).await;
        served.change(&ticket.0, subject("Before")).await;
        let cursor = page.change().await["cursor"].clone();
        drop(page);
        served.left(before).await;
        Self { served, ticket, cursor }
    }

    /// What she is told first when she comes back: where she follows all that is hers, and where she names the ticket.
    async fn comes_back(&self) -> [Value; 2] {
        let (after, id) = (&self.cursor, &self.ticket.1);
        let mut all = self.served.follows(ANA, CHANGED, json!({ "after": after })).await;
        let mut named = self.served.follows(ANA, CHANGED, json!({ "after": after, "ids": [id] })).await;
        [all.change().await, named.change().await]
    }
}

#[tokio::test]
async fn what_another_subscriber_heard_meanwhile_is_told_all_the_same() {
    let served = Served::open().await;
    let mut stays = served.follows(ANA, CHANGED, json!({})).await;
    let mut away = Away::begun(served).await;
    assert_eq!(stays.change().await["record"]["subject"], "Before");
    let number = away.ticket.0.clone();
    away.served.change(&number, subject("Meanwhile")).await;
    assert_eq!(stays.change().await["record"]["subject"], "Meanwhile");
    for told in away.comes_back().await {
        assert_eq!((&told["kind"], &told["record"]["subject"]), (&json!("UPDATED"), &json!("Meanwhile")));
    }
}

#[tokio::test]
async fn a_record_that_changed_three_times_is_told_once_as_it_is_now_and_a_strangers_is_not() {
    let mut away = Away::begun(Served::open().await).await;
    let (number, (strangers, _)) = (away.ticket.0.clone(), away.served.ticket(JONAS).await);
    for text in ["One", "Two", "Three"] {
        away.served.change(&number, subject(text)).await;
        away.served.change(&strangers, subject(text)).await;
    }
    let mut back = away.served.follows(ANA, CHANGED, json!({ "after": away.cursor })).await;
    assert_eq!(back.change().await["record"]["subject"], "Three");
    away.served.change(&number, subject("Four")).await;
    assert_eq!(back.change().await["record"]["subject"], "Four", "the second that she hears of");
}

#[tokio::test]
async fn what_is_gone_meanwhile_is_a_reset_whoever_heard_of_it() {
    for heard in [false, true] {
        let mut away = Away::begun(Served::open().await).await;
        let number = away.ticket.0.clone();
        let mut stays =
            if heard { Some(away.served.follows(ANA, CHANGED, json!({ "ids": [away.ticket.1] })).await) } else { None };
        away.served.world.business.state.write().tickets.retain(|ticket| ticket.id.to_string() != number);
        away.served.tell(&number, None).await;
        if let Some(stays) = &mut stays {
            assert_eq!(stays.change().await["kind"], "DELETED");
        }
        for told in away.comes_back().await {
            assert_eq!((&told["kind"], &told["id"]), (&json!("RESET"), &Value::Null), "heard by another: {heard}");
        }
    }
}

#[tokio::test]
async fn what_moved_to_another_account_meanwhile_is_a_reset_whoever_heard_of_it() {
    for heard in [false, true] {
        let mut away = Away::begun(Served::open().await).await;
        let (number, (theirs, _)) = (away.ticket.0.clone(), away.served.ticket(JONAS).await);
        let other = {
            let business = away.served.world.business.state.read();
            business.tickets.iter().find(|ticket| ticket.id.to_string() == theirs).unwrap().organization
        };
        let mut stays = if heard { Some(away.served.follows(JONAS, CHANGED, json!({})).await) } else { None };
        away.served.change(&number, |ticket| ticket.organization = other).await;
        if let Some(stays) = &mut stays {
            assert_eq!(stays.change().await["kind"], "CREATED");
        }
        for told in away.comes_back().await {
            assert_eq!(told["kind"], "RESET", "heard by another: {heard}");
        }
    }
}

#[tokio::test]
async fn where_nothing_is_kept_what_she_was_shown_and_is_gone_or_others_is_a_reset_and_a_strangers_is_not() {
    for gone in [true, false] {
        let keep_nothing =
            "    connector: zendesk\n    cache: { Ticket: { fresh: 0, stale: 0, ifError: 0, negative: 0 } }\n";
        let world = World::open_as(None, |text| text.replacen("    connector: zendesk\n", keep_nothing, 1)).await;
        let mut away = Away::begun(Served::of(world).await).await;
        let (number, (strangers, _)) = (away.ticket.0.clone(), away.served.ticket(JONAS).await);
        away.served.change(&strangers, subject("Not hers")).await;
        let mut back = away.served.follows(ANA, CHANGED, json!({ "after": away.cursor })).await;
        away.served.change(&number, subject("Hers")).await;
        let told = back.change().await;
        assert_eq!(told["record"]["subject"], "Hers", "nobody who left was shown the stranger's");
        drop(back);
        away.served.left(0).await;
        if gone {
            away.served.world.business.state.write().tickets.retain(|ticket| ticket.id.to_string() != number);
            away.served.tell(&number, None).await;
        } else {
            away.served.change(&number, |ticket| ticket.organization = None).await;
        }
        let mut back = away.served.follows(ANA, CHANGED, json!({ "after": told["cursor"] })).await;
        assert_eq!(back.change().await["kind"], "RESET");
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_a_reset_and_nobody_waits_for_it() {
    let mut served = Served::open().await;
    let (number, _) = served.ticket(ANA).await;
    let mut page = served.follows(ANA, CHANGED, json!({})).await;
    served.world.business.state.mode.set("zendesk", Fault::new(Mode::Html, None, None));
    served.change(&number, subject("Unread")).await;
    // Time for what is tried again, and less than until a subscriber's sign-in is looked at anyway.
    for _ in 0..25 {
        if let Ok(told) = tokio::time::timeout(Duration::from_millis(100), page.change()).await {
            assert_eq!((&told["kind"], &told["record"]), (&json!("RESET"), &Value::Null));
            return;
        }
        served.world.clock.advance(Duration::from_secs(1));
    }
    panic!("nothing was told");
}
