//! Two gateways before one demo business, with one Redis between them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tower::ServiceExt as _;
use vestibule::clock::{Clock, SystemClock};
use vestibule::config::{Given, Lasting, RedisConfig, SecretRef};
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::identity::{Issuer, Keys};
use vestibule::seal::Sealer;
use vestibule::secret::Secret;
use vestibule::server::{self, Service};
use vestibule::store::Redis;
use vestibule::tenant::{Opening, Tenant, assemble};
use vestibule_sandbox::data::Comment;
use vestibule_sandbox::{Options, Running};

use crate::server::RedisServer;
use crate::webhooks::{With, secret, signed, with_webhooks};

pub const ANA: &str = "ana.lund@kestrel-marine.example";

/// How long an answer may take: as long as a configuration may say, since a busy machine is not an outage.
const PATIENCE: Duration = Duration::from_secs(10);

/// One tenant's part of a Redis, as each of its nodes opens it.
pub fn shared(server: &RedisServer, tenant: &str) -> Redis {
    over(&server.url(), tenant)
}

/// The same, at this address.
pub fn over(url: &str, tenant: &str) -> Redis {
    let config = RedisConfig {
        url: SecretRef::Env("REDIS_URL".to_owned()),
        prefix: "vestibule".to_owned(),
        timeout: Lasting(PATIENCE),
    };
    let sealer = Sealer::new(&Secret::new("what this test seals its ids with".to_owned()), tenant).unwrap();
    Redis::new(&config, &Secret::new(url.to_owned()), (&sealer, tenant)).unwrap()
}

pub struct World {
    pub redis: RedisServer,
    pub business: Running,
    pub nodes: [Node; 2],
    clock: Arc<dyn Clock>,
}

/// One gateway, that is served.
pub struct Node {
    pub tenant: Arc<Tenant>,
    pub address: SocketAddr,
    routes: Router,
    issuer: Arc<DemoIssuer>,
}

impl World {
    /// It is certain that the nodes hear each other.
    pub async fn open() -> Self {
        Self::with("").await
    }

    /// The same, whose nodes send the mail that the demo sends.
    pub async fn with_mail() -> Self {
        Self::with(include_str!("../../config/demo/outgoing.yaml")).await
    }

    async fn with(more: &str) -> Self {
        let redis = RedisServer::start();
        let business = vestibule_sandbox::start(Options::default()).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let node = || Node::open(&redis, &business, &clock, more);
        let nodes = [node().await, node().await];
        let world = Self { redis, business, nodes, clock };
        world.joined().await;
        world
    }

    /// Waits until both nodes hear each other.
    pub async fn joined(&self) {
        until(|| self.nodes.iter().all(|node| node.tenant.live().hears_others())).await;
    }

    /// How many effects the systems have booked.
    pub fn effects(&self) -> usize {
        self.business.state.ledger.entries().len()
    }

    /// Sends a delivery of the desk to a node, that one of its tickets changed.
    pub async fn deliver(&self, node: usize, event: &str, ticket: &str) -> StatusCode {
        self.tell(node, (event, "subject_changed"), ticket).await
    }

    /// The same, and what happened to it.
    pub async fn tell(&self, node: usize, (event, what): (&str, &str), ticket: &str) -> StatusCode {
        let organization = {
            let business = self.business.state.read();
            let ticket = business.tickets.iter().find(|one| one.id.to_string() == ticket).unwrap();
            ticket.organization.map(|id| id.to_string())
        };
        let body = json!({ "id": event, "type": format!("zen:event-type:ticket.{what}"),
            "time": self.clock.now().to_string(), "detail": { "id": ticket, "organization_id": organization } });
        let (path, body) = ("/webhooks/demo/support", body.to_string());
        let mut request = Request::post(path);
        for (name, value) in signed("support", (secret("support"), self.clock.now()), (path, &body)) {
            request = request.header(name, value);
        }
        let answer = self.nodes[node].routes.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        answer.status()
    }

    /// Changes the subject of a ticket in the desk, which says nothing.
    pub fn rename(&self, ticket: &str, subject: &str) {
        let mut business = self.business.state.write();
        let ticket = business.tickets.iter_mut().find(|one| one.id.to_string() == ticket).unwrap();
        subject.clone_into(&mut ticket.subject);
        ticket.modified += 1;
    }

    /// The desk answers a ticket, and says nothing of it.
    pub fn answer(&self, ticket: &str, text: &str) {
        let at = self.clock.now().as_second();
        let mut business = self.business.state.write();
        let author = business.staff.first().unwrap().zendesk_user;
        let ticket = business.tickets.iter_mut().find(|one| one.id.to_string() == ticket).unwrap();
        let id = ticket.comments.iter().map(|comment| comment.id).max().unwrap_or_default() + 1_000_000;
        ticket.comments.push(Comment { id, author, html: format!("<p>{text}</p>"), public: true, created: at });
        ticket.modified = at;
    }

    /// Who was mailed so far, each as often as they were.
    pub fn mailed(&self) -> Vec<String> {
        self.business.state.mails.all().iter().flat_map(|letter| letter.to.clone()).collect()
    }
}

impl Node {
    async fn open(redis: &RedisServer, business: &Running, clock: &Arc<dyn Clock>, more: &str) -> Self {
        let mut setup = with_webhooks(&demo::setup(Some(business), None));
        setup.origin.text.push_str("\nstores:\n  state: { url: { env: REDIS_URL } }\n");
        setup.origin.text.push_str(more);
        let given = Given([("REDIS_URL".to_owned(), redis.url())].into());
        setup.environment = Arc::new(With(Arc::clone(&setup.environment), given));
        let (assembly, report) = assemble(&setup);
        let assembly = assembly.unwrap_or_else(|| panic!("{:?}", report.sorted()));
        let config = Arc::new(assembly.config.server.clone());
        let own = assembly.config.identity.issuers.first().unwrap().clone();
        let issuer = Arc::new(DemoIssuer::new(&own.issuer, &own.audience, Arc::clone(clock)).unwrap());
        let issuers = vec![Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) }];
        let environment = Arc::clone(&setup.environment);
        let opening = Opening { environment, clock: Arc::clone(clock), issuers };
        let tenant = Arc::new(Tenant::open(assembly, opening).unwrap());
        let routes = server::layered(server::router(Service { tenant: Arc::clone(&tenant), config }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(server::serve(listener, routes.clone(), std::future::pending(), Duration::ZERO));
        Self { tenant, address, routes, issuer }
    }

    fn token(&self, email: &str) -> String {
        self.issuer.mint(&DemoPerson { email: email.to_owned(), name: "Somebody".to_owned(), locale: None }).unwrap()
    }

    /// What a document answers.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let request = Request::post("/graphql")
            .header("authorization", format!("Bearer {}", self.token(ANA)))
            .header("content-type", "application/json")
            .body(Body::from(json!({ "query": query, "variables": variables }).to_string()))
            .unwrap();
        let answer = self.routes.clone().oneshot(request).await.unwrap();
        serde_json::from_slice(&to_bytes(answer.into_body(), 1_000_000).await.unwrap()).unwrap()
    }

    /// The number and the sealed id of Ana's first ticket.
    pub async fn ticket(&self) -> (String, String) {
        let answer = self.ask("{ viewer { account { tickets(first: 1) { nodes { id number } } } } }", json!({})).await;
        let ticket = &answer["data"]["viewer"]["account"]["tickets"]["nodes"][0];
        (ticket["number"].as_str().unwrap().to_owned(), ticket["id"].as_str().unwrap().to_owned())
    }

    /// The subject of a ticket, as this node has it.
    pub async fn subject(&self, id: &str) -> String {
        let answer =
            self.ask("query($id: ID!) { node(id: $id) { ... on Ticket { subject } } }", json!({ "id": id })).await;
        answer["data"]["node"]["subject"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Waits until nothing is looked into for mail any more.
    pub async fn idle(&self) {
        until(|| self.tenant.outgoing().mails().under_way == 0).await;
    }

    /// Ana follows her tickets: it is certain that nothing is missed from here on.
    pub async fn follows(&self, after: Option<&str>) -> Socket {
        let before = self.tenant.live().listeners();
        let mut socket = Socket::open(self.address, &self.token(ANA)).await;
        let query = "subscription($after: String) { changed(types: [TICKET], after: $after) {
            kind cursor id record { ... on Ticket { subject } } } }";
        socket.subscribe(query, json!({ "after": after })).await;
        until(|| self.tenant.live().listeners() > before).await;
        socket
    }
}

/// Waits until something is so.
pub async fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it has not become so in 20 seconds");
}

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(address: SocketAddr, token: &str) -> Self {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut socket = Self(connect_async(request).await.unwrap().0);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
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

    async fn told(&mut self) -> Value {
        loop {
            match tokio::time::timeout(Duration::from_secs(40), self.0.next()).await.expect("in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(frame))) => panic!("closed: {frame:?}"),
                None | Some(Err(_)) => panic!("gone"),
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
