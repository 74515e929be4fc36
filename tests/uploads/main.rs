//! Files on their way through the gateway: whole at the other end, never whole in memory, and nothing left behind. What is taken
//! and what is not is in `scenarios/`; [`scenario`] says what may stand in one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod desk;
#[path = "../shared/example.rs"]
mod example;
#[path = "../shared/form.rs"]
mod form;
#[path = "../shared/play.rs"]
mod play;
mod scenario;
mod traces;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use vestibule::config::{ServerConfig, UploadsConfig};
use vestibule::server::{self, Service};

use desk::{Arrived, Desk};
use example::Example;
use form::{BOUNDARY, FORM};
use scenario::Scenario;

const ACCOUNT: &str = "10001";
const MIB: usize = 1024 * 1024;
const QUERY: &str =
    "mutation($files: [Upload!]) { createTicket(input: { subject: \"It leaks\", body: \"See the report.\",
    attachments: $files }) { ticket { subject } userErrors { code path } } }";

/// What the example's desk lacks: a write that takes files.
const WRITES: &str = "writes:
  create:
    before:
      files: { each: = input.attachments, POST: /uploads, query: { filename: = item.name }, bytes: = item, gives: token }
    POST: /tickets
    json: { ticket: \"= merge(values, {'organization_id': caller.account, 'body': input.body, 'uploads': before.files})\" }
    fields: [subject, body, attachments]
    record: ticket
    once: { uncertain: this desk knows no keys }
";
/// What its desk takes where nobody says otherwise: no PNG, and none larger than 100 MiB.
const TAKES: &str = "{ largest: 104857600, most: 2, kinds: [pdf, txt] }";

/// The memory and the open files of this process are those of one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A gateway in front of the desk.
struct World {
    desk: Arc<Desk>,
    gateway: String,
    bearer: String,
    /// Where files wait.
    spool: TempDir,
    client: reqwest::Client,
    _overlays: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl World {
    async fn open() -> Self {
        let largest = UploadsConfig { largest: 101 * MIB, total: 300 * MIB, ..UploadsConfig::default() };
        Self::with(TAKES, largest).await
    }

    /// The same, with what the desk takes, and what the gateway does.
    async fn with(takes: &str, uploads: UploadsConfig) -> Self {
        let alone = ALONE.lock().await;
        let desk = Arc::new(Desk::default());
        let address = desk::start(Arc::clone(&desk)).await;
        let (spool, overlays) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let crm = "crm/entities/Account.yaml";
        let links = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/portal-over-four-apis/links").join(crm);
        write(&overlays.path().join(crm), &std::fs::read_to_string(links).unwrap());
        write(&overlays.path().join("support/entities/Ticket.yaml"), &format!("{WRITES}    files: {takes}\n"));
        let addresses = ["CRM", "ERP", "BILLING", "SUPPORT"].map(|of| (format!("{of}_ADDRESS"), address.clone()));
        let example = Example::open(addresses.to_vec(), |text| {
            text.replace("connectors: links", &format!("connectors: {}", overlays.path().display()))
                .replace("tickets:read]", "tickets:read, tickets:write]")
        });
        let bearer = example.bearer("ann", ACCOUNT);
        let uploads = UploadsConfig { folder: Some(spool.path().to_owned()), ..uploads };
        let config = ServerConfig {
            uploads,
            timeout: serde_json::from_value(json!("120s")).unwrap(),
            ..ServerConfig::default()
        };
        let routes = server::router(Service { tenant: Arc::new(example.tenant), config: Arc::new(config) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        Self { desk, gateway, bearer, spool, client, _overlays: overlays, _alone: alone }
    }

    /// Sends a form of these pieces.
    fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        let post = self.client.post(format!("{}/graphql", self.gateway)).header("authorization", &self.bearer);
        post.header("content-type", FORM).header("graphql-require-preflight", "1").body(body)
    }

    async fn ask(&self, body: impl Into<reqwest::Body>) -> Value {
        self.answer(body).await.1
    }

    /// The answer with its status.
    async fn answer(&self, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let answer = self.post(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    fn files(&self) -> Vec<Arrived> {
        self.desk.files.lock().unwrap().clone()
    }

    /// Neither a name nor a file without one is left, a moment after the last answer.
    async fn assert_nothing_is_left(&self) {
        for _ in 0..100 {
            if traces::open(self.spool.path()) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(traces::open(self.spool.path()), 0, "a file is open still");
        assert_eq!(std::fs::read_dir(self.spool.path()).unwrap().count(), 0, "a file has a name");
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The pieces of a form with one PDF of that size, made as they are sent, and its sum.
fn pdf(size: usize) -> (impl Iterator<Item = Bytes> + Send + 'static, Vec<u8>) {
    let piece = |at: usize| {
        let mut piece = vec![u8::try_from(at % 251).unwrap(); 32 * 1024];
        if at == 0 {
            piece[..9].copy_from_slice(b"%PDF-1.7\n");
        }
        Bytes::from(piece)
    };
    let count = size / (32 * 1024);
    let mut sum = Sha256::new();
    (0..count).for_each(|at| sum.update(piece(at)));
    let place = "variables.files.0";
    let whole = form::form(QUERY, &json!({ "files": [null] }), &[(place, "report.pdf", "text/html", b"")]);
    let end = format!("\r\n--{BOUNDARY}--\r\n").len();
    let (before, after) = whole.split_at(whole.len() - end);
    let (before, after) = (Bytes::copy_from_slice(before), Bytes::copy_from_slice(after));
    (std::iter::once(before).chain((0..count).map(piece)).chain(std::iter::once(after)), sum.finalize().to_vec())
}

fn streamed(pieces: impl Iterator<Item = Bytes> + Send + 'static) -> reqwest::Body {
    reqwest::Body::wrap_stream(stream::iter(pieces.map(Ok::<_, std::io::Error>)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_through_and_is_never_whole_in_memory() {
    let world = World::open().await;
    // Once, so that everything there is once is there.
    let (small, _) = pdf(MIB);
    world.ask(streamed(small)).await;
    let (pieces, sum) = pdf(64 * MIB);
    let before = traces::Memory::begin();
    let answer = world.ask(streamed(pieces)).await;
    let grown = before.grown();
    assert_eq!(answer["data"]["createTicket"]["userErrors"], json!([]), "{answer}");
    let file = world.files().pop().unwrap();
    let address = "/api/v2/uploads?filename=report.pdf".to_owned();
    let size = 64 * MIB as u64;
    assert_eq!(file, Arrived { address, media: "application/pdf".to_owned(), length: Some(size), size, sum });
    assert_eq!(world.desk.tickets.lock().unwrap()[1]["uploads"], json!(["t1"]));
    println!("{} KiB more than before, for 64 MiB", grown / 1024);
    assert!(grown < 24 * MIB, "{} KiB more while 64 MiB went through", grown / 1024);
    world.assert_nothing_is_left().await;
    // The measure itself: what holds so much is seen.
    let before = traces::Memory::begin();
    let held = std::hint::black_box(vec![1_u8; 64 * MIB]);
    assert!(before.grown() > 60 * MIB, "{} bytes are not seen", held.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_a_client_began_to_send_before_it_left() {
    let world = World::open().await;
    let (pieces, _) = pdf(MIB);
    let endless =
        futures::StreamExt::chain(stream::iter(pieces.take(20).map(Ok::<_, std::io::Error>)), stream::pending());
    let sending = tokio::spawn(world.post(reqwest::Body::wrap_stream(endless)).send());
    for _ in 0..500 {
        if traces::open(world.spool.path()) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(traces::open(world.spool.path()) > 0, "what has arrived waits on disk");
    sending.abort();
    world.assert_nothing_is_left().await;
    assert!(world.files().is_empty(), "nothing was sent on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_and_what_is_not() {
    play::play::<Scenario>("uploads/scenarios/taken.yaml").await;
}

#[test]
fn every_scenario_is_played() {
    play::all_are_played("uploads");
}
