//! A webhook comes in, and open pages are told, each as far as it may see.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use vestibule::execute::GraphRequest;
use vestibule::live::Following;
use vestibule::server;
use vestibule::tenant::SignIn;
use vestibule_sandbox::data::{Comment, Ticket};

use super::world::World;
use crate::hand::Hand;

pub const ANA: &str = "ana.lund@kestrel-marine.example";
const JONAS: &str = "jonas.weber@soehne-nord.example";

pub const CHANGED: &str = "subscription($ids: [ID!], $after: String) { changed(ids: $ids, after: $after) {
    kind cursor id type record { id ... on Ticket { number subject updatedAt } } } }";
const BARE: &str = "subscription { changed(types: [TICKET]) { kind id } }";
const WITH_MESSAGES: &str = "subscription($ids: [ID!]) { changed(ids: $ids) {
    kind record { ... on Ticket { subject messages(first: 20) { nodes { body { text } } } } } } }";

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(address: SocketAddr, token: &str) -> Self {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut socket = Self(connect_async(request).await.unwrap().0);
        socket
            .say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } }))
            .await;
        assert_eq!(socket.told().await["type"], "connection_ack");
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    }

    /// The next message; the end of a connection is its code.
    pub async fn told(&mut self) -> Value {
        loop {
            match tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(frame))) => return json!(frame.map_or(0, |frame| u16::from(frame.code))),
                None | Some(Err(_)) => return json!("gone"),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next change.
    pub async fn change(&mut self) -> Value {
        let told = self.told().await;
        assert_eq!(told["type"], "next", "{told}");
        assert_eq!(told["payload"].get("errors"), None, "{told}");
        told["payload"]["data"]["changed"].clone()
    }
}

/// A world that is served, and what to do to it.
pub struct Served {
    pub world: World,
    pub address: SocketAddr,
    events: u32,
}

impl Served {
    pub async fn open() -> Self {
        Self::of(World::open().await).await
    }

    pub async fn of(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(server::serve(listener, world.routes.clone(), std::future::pending(), Duration::ZERO));
        Self { world, address, events: 0 }
    }

    /// Somebody who follows: it is certain that nothing is missed from here on.
    pub async fn follows(&self, email: &str, query: &str, variables: Value) -> Socket {
        let mut following = self.world.tenant.live().following();
        let before = *following.borrow_and_update();
        let mut socket = Socket::open(self.address, &self.world.token(email)).await;
        socket.subscribe(query, variables).await;
        following.wait_for(|all| *all > before).await.unwrap();
        socket
    }

    /// Nobody follows any more.
    async fn all_left(&self) {
        self.left(0).await;
    }

    /// Everybody has left but so many.
    pub async fn left(&self, stay: usize) {
        self.world.tenant.live().following().wait_for(|all| *all == stay).await.unwrap();
    }

    /// The number and sealed id of one of a person's tickets.
    pub async fn ticket(&self, email: &str) -> (String, String) {
        self.tickets(email).await.swap_remove(0)
    }

    /// The numbers and sealed ids of a person's tickets.
    pub async fn tickets(&self, email: &str) -> Vec<(String, String)> {
        let query = "{ viewer { account { tickets(first: 50) { nodes { id number } } } } }";
        let answer = self.world.ask(email, query).await;
        let nodes = answer["data"]["viewer"]["account"]["tickets"]["nodes"].as_array().unwrap();
        let text = |node: &Value, name: &str| node[name].as_str().unwrap().to_owned();
        nodes.iter().map(|node| (text(node, "number"), text(node, "id"))).collect()
    }

    /// Changes a ticket in the desk, which says so.
    pub async fn change(&mut self, number: &str, change: impl FnOnce(&mut Ticket)) {
        let organization = {
            let mut business = self.world.business.state.write();
            let ticket = business.tickets.iter_mut().find(|ticket| ticket.id.to_string() == number).unwrap();
            change(ticket);
            ticket.modified += 1;
            ticket.organization
        };
        self.tell(number, organization).await;
    }

    pub async fn tell(&mut self, number: &str, organization: Option<u64>) {
        self.events += 1;
        let body = json!({ "id": format!("e{}", self.events), "type": "zen:event-type:ticket.subject_changed",
            "time": "2026-03-10T12:00:00Z",
            "detail": { "id": number, "organization_id": organization.map(|id| id.to_string()) } });
        assert_eq!(self.world.deliver("support", &body).await, StatusCode::OK);
    }
}

pub fn subject(text: &str) -> impl FnOnce(&mut Ticket) {
    move |ticket| text.clone_into(&mut ticket.subject)
}

fn comment(ticket: &mut Ticket, public: bool) {
    let id = ticket.comments.last().unwrap().id + 1;
    let html = format!("<p>Comment {id}</p>");
    ticket.comments.push(Comment { id, author: ticket.requester, html, public, created: ticket.modified + 1 });
}

#[tokio::test]
async fn who_it_belongs_to_is_told_and_nobody_else() {
    let mut served = Served::open().await;
    let ((anas, id), (jonas_own, _)) = (served.ticket(ANA).await, served.ticket(JONAS).await);
    let mut ana = served.follows(ANA, CHANGED, json!({})).await;
    let mut jonas = served.follows(JONAS, CHANGED, json!({})).await;
    served.change(&anas, subject("The pump leaks")).await;
    let change = ana.change().await;
    assert_eq!((&change["kind"], &change["type"], &change["id"]), (&json!("UPDATED"), &json!("TICKET"), &json!(id)));
    assert_eq!((&change["record"]["subject"], &change["record"]["id"]), (&json!("The pump leaks"), &json!(id)));
    served.change(&jonas_own, subject("The crane squeaks")).await;
    assert_eq!(jonas.change().await["record"]["subject"], "The crane squeaks", "the first that he hears of");
    served.change(&anas, subject("The pump does not leak any more")).await;
    assert_eq!(
        ana.change().await["record"]["subject"],
        "The pump does not leak any more",
        "the second that she hears of"
    );
}

#[tokio::test]
async fn an_internal_note_pushes_nothing_and_a_public_answer_does() {
    let mut served = Served::open().await;
    let (number, id) = served.ticket(ANA).await;
    let mut all = served.follows(ANA, CHANGED, json!({})).await;
    let mut asked = served.follows(ANA, CHANGED, json!({ "ids": [id] })).await;
    let mut bare = served.follows(ANA, BARE, json!({})).await;
    let mut messages = served.follows(ANA, WITH_MESSAGES, json!({ "ids": [id] })).await;
    // From here on every subscriber has been shown the ticket.
    served.change(&number, subject("First")).await;
    for socket in [&mut all, &mut asked, &mut messages] {
        assert_eq!(socket.change().await["record"]["subject"], "First");
    }
    assert_eq!(bare.change().await["kind"], "UPDATED");
    served.change(&number, |ticket| comment(ticket, false)).await;
    served.change(&number, |ticket| comment(ticket, true)).await;
    let told = messages.change().await["record"]["messages"]["nodes"].clone();
    let text = told.to_string();
    assert!(text.contains("Comment"), "the public answer is what is pushed: {text}");
    served.change(&number, subject("Second")).await;
    for socket in [&mut all, &mut asked, &mut messages] {
        assert_eq!(socket.change().await["record"]["subject"], "Second", "nothing of the notes before");
    }
    assert_eq!(bare.change().await["kind"], "UPDATED");
}

#[tokio::test]
async fn a_note_pushes_nothing_to_a_page_that_was_only_asked_for_its_record() {
    let mut served = Served::open().await;
    let (number, id) = served.ticket(ANA).await;
    let mut asked = served.follows(ANA, WITH_MESSAGES, json!({ "ids": [id] })).await;
    served.change(&number, |ticket| comment(ticket, false)).await;
    served.change(&number, subject("Only this")).await;
    assert_eq!(asked.change().await["record"]["subject"], "Only this");
}

#[tokio::test]
async fn a_move_is_an_end_for_one_and_a_beginning_for_the_other() {
    let mut served = Served::open().await;
    let ((number, id), (jonas_own, _)) = (served.ticket(ANA).await, served.ticket(JONAS).await);
    let theirs = {
        let business = served.world.business.state.read();
        business.tickets.iter().find(|ticket| ticket.id.to_string() == jonas_own).unwrap().organization
    };
    let mut ana = served.follows(ANA, CHANGED, json!({ "ids": [id] })).await;
    let mut stranger = served.follows(ANA, BARE, json!({})).await;
    let mut jonas = served.follows(JONAS, CHANGED, json!({})).await;
    served.change(&number, |ticket| ticket.organization = theirs).await;
    let gone = ana.change().await;
    assert_eq!((&gone["kind"], &gone["id"], &gone["record"]), (&json!("DELETED"), &json!(id), &Value::Null));
    let new = jonas.change().await;
    assert_eq!((&new["kind"], &new["record"]["number"]), (&json!("CREATED"), &json!(number)));
    // Who was never shown it is told nothing of its end.
    let (other, _) = served.ticket(ANA).await;
    served.change(&other, subject("Another one")).await;
    assert_eq!(stranger.change().await["kind"], "UPDATED");
}

#[tokio::test]
async fn a_deletion_is_told_to_who_was_shown_the_record() {
    let mut served = Served::open().await;
    let ((number, id), (jonas_own, _)) = (served.ticket(ANA).await, served.ticket(JONAS).await);
    let mut ana = served.follows(ANA, CHANGED, json!({ "ids": [id] })).await;
    // An id that is not one's own is no way to hear of its end.
    let mut jonas = served.follows(JONAS, CHANGED, json!({ "ids": [id] })).await;
    let mut both = served.follows(JONAS, CHANGED, json!({})).await;
    served.world.business.state.write().tickets.retain(|ticket| ticket.id.to_string() != number);
    served.tell(&number, None).await;
    assert_eq!(ana.change().await["kind"], "DELETED");
    served.change(&jonas_own, subject("His own")).await;
    assert_eq!(both.change().await["record"]["subject"], "His own");
    jonas.say(json!({ "type": "ping" })).await;
    assert_eq!(jonas.told().await, json!({ "type": "pong" }), "nothing came before");
}

#[tokio::test]
async fn who_was_away_for_a_moment_misses_nothing() {
    let mut served = Served::open().await;
    let (number, _) = served.ticket(ANA).await;
    let mut ana = served.follows(ANA, CHANGED, json!({})).await;
    served.change(&number, subject("One")).await;
    let cursor = ana.change().await["cursor"].clone();
    drop(ana);
    served.all_left().await;
    served.change(&number, subject("Two")).await;
    let mut ana = served.follows(ANA, CHANGED, json!({ "after": cursor })).await;
    assert_eq!(ana.change().await["record"]["subject"], "Two");
    let mut later = served.follows(ANA, CHANGED, json!({ "after": "from another process" })).await;
    let reset = later.change().await;
    assert_eq!((&reset["kind"], &reset["id"], &reset["record"]), (&json!("RESET"), &Value::Null, &Value::Null));
    assert!(reset["cursor"].is_string());
}

#[tokio::test]
async fn many_who_listen_cost_one_read() {
    let mut served = Served::open().await;
    let (number, _) = served.ticket(ANA).await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(served.follows(ANA, CHANGED, json!({})).await);
    }
    let control = format!("http://{}", served.world.business.control);
    #[expect(clippy::disallowed_methods, reason = "tests are clients")]
    let client = reqwest::Client::new();
    client.post(format!("{control}/calls/reset")).send().await.unwrap();
    served.change(&number, subject("Once")).await;
    for socket in &mut sockets {
        assert_eq!(socket.change().await["record"]["subject"], "Once");
    }
    let calls: Value =
        serde_json::from_str(&client.get(format!("{control}/calls")).send().await.unwrap().text().await.unwrap())
            .unwrap();
    assert_eq!(calls["zendesk"], 1, "{calls}");
    drop(sockets);
    served.all_left().await;
    client.post(format!("{control}/calls/reset")).send().await.unwrap();
    served.change(&number, subject("For nobody")).await;
    // Changes are read in their turn: once the next one is told, this one would have been.
    let mut ana = served.follows(ANA, CHANGED, json!({})).await;
    served.change(&number, subject("For her")).await;
    assert_eq!(ana.change().await["record"]["subject"], "For her");
    let calls = client.get(format!("{control}/calls")).send().await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&calls).unwrap()["zendesk"], 1, "nobody listened to the one before");
}

#[tokio::test]
async fn one_connection_carries_so_many_subscriptions_and_no_more() {
    let served = Served::open().await;
    let mut ana = Socket::open(served.address, &served.world.token(ANA)).await;
    let payload = json!({ "query": BARE });
    for number in 0..21 {
        ana.say(json!({ "id": number.to_string(), "type": "subscribe", "payload": payload })).await;
    }
    let refused = ana.told().await;
    assert_eq!((&refused["id"], &refused["type"]), (&json!("20"), &json!("error")), "{refused}");
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    served.world.tenant.live().following().wait_for(|all| *all == 20).await.unwrap();
    // One that is given up makes room for another.
    ana.say(json!({ "id": "7", "type": "complete" })).await;
    served.world.tenant.live().following().wait_for(|all| *all == 19).await.unwrap();
    ana.say(json!({ "id": "again", "type": "subscribe", "payload": payload })).await;
    served.world.tenant.live().following().wait_for(|all| *all == 20).await.unwrap();
}

#[tokio::test]
async fn who_is_too_slow_is_told_so_and_holds_up_nobody() {
    let mut served = Served::open().await;
    let (number, _) = served.ticket(ANA).await;
    let tenant = Arc::clone(&served.world.tenant);
    let bearer = format!("Bearer {}", served.world.token(ANA));
    let sign_in = SignIn { authorization: Some(&bearer), account: None };
    let who = Hand(Arc::new(tenant.sign_in(sign_in, tenant.deadline(Duration::from_secs(15))).await.unwrap()));
    let request = GraphRequest { query: CHANGED.to_owned(), ..GraphRequest::default() };
    let mut slow = tenant.follow(&who.0.caller, &request).await.unwrap().unwrap();
    let mut quick = tenant.follow(&who.0.caller, &request).await.unwrap().unwrap();
    let told = async |following: &mut Following| {
        let told = following.next(&who).await.unwrap();
        serde_json::from_slice::<Value>(&told.body).unwrap()["data"]["changed"].clone()
    };
    // One more than may wait for a subscriber, while nobody asks what the slow one is told.
    for change in 0..257 {
        served.change(&number, subject(&format!("Subject {change}"))).await;
        assert_eq!(told(&mut quick).await["record"]["subject"], format!("Subject {change}"));
    }
    let reset = told(&mut slow).await;
    assert_eq!((&reset["kind"], &reset["record"]), (&json!("RESET"), &Value::Null), "what it missed it is not told");
    served.change(&number, subject("The last one")).await;
    assert_eq!(told(&mut slow).await["record"]["subject"], "The last one", "and it goes on from there");
    assert_eq!(told(&mut quick).await["record"]["subject"], "The last one");
}

#[tokio::test]
async fn a_sign_in_that_is_over_ends_the_connection() {
    let served = Served::open().await;
    let mut ana = served.follows(ANA, CHANGED, json!({})).await;
    // The clock runs on while rights are looked up, which then come too late: that is a gap, and no end.
    for _ in 0..1_000 {
        match tokio::time::timeout(Duration::from_millis(20), ana.told()).await {
            Err(_) => served.world.clock.advance(Duration::from_secs(31)),
            Ok(told) if told["payload"]["data"]["changed"]["kind"] == "RESET" => {}
            Ok(told) => {
                assert_eq!(told, json!(4401));
                return;
            }
        }
    }
    panic!("the connection is still open");
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_with_a_reason() {
    let served = Served::open().await;
    let mut ana = Socket::open(served.address, &served.world.token(ANA)).await;
    for (query, code) in [
        ("subscription { changed(ids: [\"nonsense\"]) { kind } }", "BAD_USER_INPUT"),
        ("subscription { changed(accountId: \"nonsense\") { kind } }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        ana.subscribe(query, json!({})).await;
        let told = ana.told().await;
        assert_eq!(
            (&told["type"], &told["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!(code)),
            "{told}"
        );
    }
    let answer = served.world.ask(ANA, "subscription { changed { kind } }").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}
