//! How much a connection carries, and what becomes of who is too slow: bounds of the program, which scenarios would only count.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vestibule::execute::GraphRequest;
use vestibule::live::Following;
use vestibule::tenant::SignIn;

use crate::hand::Hand;
use crate::page::{PATIENCE, Socket};
use crate::scenario::Kind;
use crate::stage::Stage;

const ANA: &str = "ana.lund@kestrel-marine.example";
const CHANGED: &str = "subscription { changed(types: [TICKET]) { kind record { ... on Ticket { subject } } } }";

#[tokio::test]
async fn one_connection_carries_so_many_subscriptions_and_no_more() {
    let stage = Stage::open(str::to_owned).await;
    let mut ana = Socket::open(stage.address, &stage.world.token(ANA)).await;
    let payload = json!({ "query": CHANGED });
    for number in 0..21 {
        ana.say(json!({ "id": number.to_string(), "type": "subscribe", "payload": payload })).await;
    }
    let refused = tokio::time::timeout(PATIENCE, ana.told()).await.unwrap();
    assert_eq!((&refused["id"], &refused["type"]), (&json!("20"), &json!("error")), "{refused}");
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    let mut following = stage.world.tenant.live().following();
    following.wait_for(|all| *all == 20).await.unwrap();
    // One that is given up makes room for another.
    ana.say(json!({ "id": "7", "type": "complete" })).await;
    following.wait_for(|all| *all == 19).await.unwrap();
    ana.say(json!({ "id": "again", "type": "subscribe", "payload": payload })).await;
    following.wait_for(|all| *all == 20).await.unwrap();
}

#[tokio::test]
async fn who_is_too_slow_is_told_so_and_holds_up_nobody() {
    let mut stage = Stage::open(str::to_owned).await;
    let ticket = stage.listed(ANA, Kind::Ticket).await.swap_remove(0);
    stage.records.insert("pump".to_owned(), ticket);
    let change = |subject: &str| {
        let change = [("ticket", "pump"), ("subject", subject)].map(|(name, value)| (name.to_owned(), json!(value)));
        stage.change(&Map::from_iter(change)).unwrap();
    };
    let tenant = Arc::clone(&stage.world.tenant);
    let bearer = format!("Bearer {}", stage.world.token(ANA));
    let sign_in = SignIn { authorization: Some(&bearer), account: None };
    let who = Hand(Arc::new(tenant.sign_in(sign_in, tenant.deadline(Duration::from_secs(15))).await.unwrap()));
    let request = GraphRequest { query: CHANGED.to_owned(), ..GraphRequest::default() };
    let mut slow = tenant.follow(&who.0.caller, &request).await.unwrap().unwrap();
    let mut quick = tenant.follow(&who.0.caller, &request).await.unwrap().unwrap();
    let told = async |following: &mut Following| {
        let told = tokio::time::timeout(PATIENCE, following.next(&who)).await.unwrap().unwrap();
        serde_json::from_slice::<Value>(&told.body).unwrap()["data"]["changed"].clone()
    };
    // One more than may wait for a subscriber, while nobody asks what the slow one is told.
    for number in 0..257 {
        change(&format!("Subject {number}"));
        assert_eq!(told(&mut quick).await["record"]["subject"], format!("Subject {number}"));
    }
    let reset = told(&mut slow).await;
    assert_eq!((&reset["kind"], &reset["record"]), (&json!("RESET"), &Value::Null), "what it missed it is not told");
    change("The last one");
    assert_eq!(told(&mut slow).await["record"]["subject"], "The last one", "and it goes on from there");
    assert_eq!(told(&mut quick).await["record"]["subject"], "The last one");
}
