//! What no log line has, down to the finest: links, what a system's own address of a file has for a key, and bytes of files.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::business::{Attached, Host, Hosts, attach, move_to};
use crate::expected::{Taken, at};
use crate::world::{PUBLIC, World};
use crate::{ANA, open, pdf};

const ATTACHED: &str = "{ viewer { account { tickets(first: 50) { nodes { messages(first: 50) { nodes { \
    attachments { name url } } } } } } } }";

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every line of every library that the gateway is made of; the clients and servers of the test itself are of the same.
fn logged() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// The answer to a link; what waits for a clock, such as a pause before another try, gets one that moves.
async fn opened(world: &World, link: &Value) -> StatusCode {
    let answer = open(world, link, &[]);
    tokio::pin!(answer);
    loop {
        match tokio::time::timeout(Duration::from_millis(200), &mut answer).await {
            Ok((status, ..)) => return status,
            Err(_) => world.clock.advance(Duration::from_secs(2)),
        }
    }
}

/// The link to what is attached to one of Ana's messages under a name.
async fn attached(world: &World, name: &str) -> Value {
    let answer = world.ask(ANA, ATTACHED).await;
    let place = "/data/viewer/account/tickets/nodes/*/messages/nodes/*/attachments";
    at(&answer, &format!("{place}/name={name}/url")).unwrap_or_else(|| panic!("no {name}: {answer}"))
}

#[tokio::test]
async fn no_log_line_has_a_link_or_a_systems_key_to_a_file() {
    let filter = EnvFilter::new("trace");
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Lines).init();
    let world = World::open().await;
    let mut links: Vec<Value> = Vec::new();
    // Opened: whole, in part, shown, and only asked about.
    let file = pdf(&world).await;
    assert_eq!(open(&world, &file["url"], &[]).await.0, StatusCode::OK);
    assert_eq!(open(&world, &file["previewUrl"], &[("range", "bytes=0-3")]).await.0, StatusCode::OK);
    let path = file["url"].as_str().unwrap().strip_prefix(PUBLIC).unwrap().to_owned();
    assert_eq!(world.send(Request::head(path).body(Body::empty()).unwrap()).await.0, StatusCode::OK);
    links.extend([file["url"].clone(), file["previewUrl"].clone()]);
    // Refused: forged, and what the desk takes for malware.
    let forged = json!(format!("{}x", file["url"].as_str().unwrap()));
    assert_eq!(open(&world, &forged, &[]).await.0, StatusCode::NOT_FOUND);
    for (name, media, content) in [
        ("bad.pdf", "application/pdf", "X EICAR-STANDARD-ANTIVIRUS-TEST-FILE X"),
        ("good.txt", "text/plain", "nothing but good words"),
    ] {
        let file = Attached { name: name.to_owned(), media: media.to_owned(), content: content.to_owned() };
        attach(&world, &file);
    }
    for (name, status) in [("bad.pdf", StatusCode::FORBIDDEN), ("good.txt", StatusCode::OK)] {
        let link = attached(&world, name).await;
        assert_eq!(open(&world, &link, &[]).await.0, status, "{name}");
        links.push(link);
    }
    // Failed: an error, a page to sign in at, nobody there, a host that is not asked; each address with a key in it.
    let hosts = json!({ "down": { "status": 500 }, "page": { "status": 200, "type": "text/html", "body": "<form>" } });
    let hosts: BTreeMap<String, Host> = serde_json::from_value(hosts).unwrap();
    let mut at = Taken::new();
    let _hosts = Hosts::open(&hosts, &mut at).await;
    let own = |name: &str| at[name].as_str().unwrap().to_owned();
    let key = "?X-Amz-Signature=key-of-a-file-that-lets-anybody-in";
    for at in [own("down"), own("page"), "http://127.0.0.1:9".to_owned(), "https://files.example.org".to_owned()] {
        move_to(&world, &format!("{at}/a.pdf{key}"));
        let status = opened(&world, &file["url"]).await;
        assert!(status.is_server_error() || status == StatusCode::NOT_FOUND, "{at}: {status}");
    }
    // Lost: the right, and the time.
    world.business.state.write().contacts.iter_mut().for_each(|contact| contact.companies.clear());
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(open(&world, &file["url"], &[]).await.0, StatusCode::NOT_FOUND);
    world.clock.advance(Duration::from_secs(300));
    assert_eq!(open(&world, &file["url"], &[]).await.0, StatusCode::GONE);

    let text = logged();
    let gateway = || text.lines().filter(|line| line.contains(" vestibule::"));
    for wanted in ["a file cannot be opened", "a link to a file is refused"] {
        assert!(gateway().any(|line| line.contains(wanted)), "{wanted}: nothing is looked through");
    }
    let token = |link: &Value| link.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
    for token in links.iter().map(token) {
        // No half of it either.
        for part in [&token[..24], &token[token.len() - 24..]] {
            let line = text.lines().find(|line| line.contains(part));
            assert_eq!(line, None, "a link to a file");
        }
    }
    for secret in ["key-of-a-file", "EICAR", "nothing but good words", "tgood.txt", "tbad.pdf", ANA] {
        assert_eq!(gateway().find(|line| line.contains(secret)), None, "{secret}");
    }
}
