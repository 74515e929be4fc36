//! Streams that end with a sign-in or a right, and begin again where they ended: over a WebSocket and as server-sent events.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::ready;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use vestibule_sandbox::data::Contact;

use super::subscriptions::{ANA, CHANGED, Served, subject};

/// The events of one who follows over HTTP.
struct Events(BoxStream<'static, String>);

impl Events {
    async fn open(served: &Served, variables: Value) -> Self {
        let mut following = served.world.tenant.live().following();
        let before = *following.borrow_and_update();
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        let ask = client
            .post(format!("http://{}/graphql", served.address))
            .bearer_auth(served.world.token(ANA))
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(json!({ "query": CHANGED, "variables": variables }).to_string());
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        following.wait_for(|all| *all > before).await.unwrap();
        let told = answer.bytes_stream().map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap());
        // A line that begins so is a sign of life.
        Self(told.filter(|text| ready(!text.starts_with(':'))).boxed())
    }

    async fn change(&mut self) -> Value {
        let event = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.unwrap().unwrap();
        let data = event.strip_prefix("event: next\ndata: ").unwrap_or_else(|| panic!("{event}"));
        serde_json::from_str::<Value>(data).unwrap()["data"]["changed"].clone()
    }
}

#[tokio::test]
async fn changes_come_as_server_sent_events_too() {
    let mut served = Served::open().await;
    let (number, _) = served.ticket(ANA).await;
    let mut ana = Events::open(&served, json!({})).await;
    served.change(&number, subject("By event")).await;
    let change = ana.change().await;
    assert_eq!((&change["kind"], &change["record"]["subject"]), (&json!("UPDATED"), &json!("By event")));
    drop(ana);
    served.left(0).await;
}

#[tokio::test]
async fn events_go_on_where_they_ended() {
    let mut served = Served::open().await;
    let (number, _) = served.ticket(ANA).await;
    let mut ana = Events::open(&served, json!({})).await;
    served.change(&number, subject("Before")).await;
    let seen = ana.change().await;
    drop(ana);
    served.left(0).await;
    served.change(&number, subject("Meanwhile")).await;
    let mut back = Events::open(&served, json!({ "after": seen["cursor"] })).await;
    assert_eq!(back.change().await["record"]["subject"], "Meanwhile");
}

#[tokio::test]
async fn a_sign_in_that_is_over_ends_the_events_and_says_why() {
    let served = Served::open().await;
    let mut ana = Events::open(&served, json!({})).await;
    // The clock runs on while rights are looked up, which then come too late: that is a gap, and no end.
    for _ in 0..1_000 {
        match tokio::time::timeout(Duration::from_millis(20), ana.0.next()).await {
            Err(_) => served.world.clock.advance(Duration::from_secs(31)),
            Ok(Some(told)) if told.contains("\"RESET\"") => {}
            Ok(told) => {
                let told = told.unwrap();
                assert!(told.contains("\"code\":\"UNAUTHENTICATED\""), "{told}");
                assert!(told.ends_with("event: complete\ndata: \n\n"), "{told}");
                assert_eq!(ana.0.next().await, None);
                return;
            }
        }
    }
    panic!("the stream is still open");
}

#[tokio::test]
async fn who_may_not_see_it_any_more_is_told_nothing_of_it() {
    let withdrawn: [fn(&mut Contact); 2] = [
        |contact| contact.companies.clear(),
        |contact| contact.companies.iter_mut().for_each(|membership| membership.labels.clear()),
    ];
    for withdraw in withdrawn {
        let mut served = Served::open().await;
        let (number, _) = served.ticket(ANA).await;
        let mut ana = served.follows(ANA, CHANGED, json!({})).await;
        served.change(&number, subject("Hers")).await;
        assert_eq!(ana.change().await["record"]["subject"], "Hers");
        served.world.business.state.write().contacts.iter_mut().filter(|one| one.email == ANA).for_each(withdraw);
        // What people may reach is known anew after a minute.
        served.world.clock.advance(Duration::from_secs(61));
        served.change(&number, subject("Not hers")).await;
        assert_eq!(ana.told().await, json!(4401));
    }
}
