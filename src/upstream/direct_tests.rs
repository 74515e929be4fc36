//! Calls over real connections, with a system that says and does what each test wants.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HeaderValue;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::*;
use crate::upstream::transport::Transport as _;
use crate::upstream::{Network, NetworkOptions};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// A system that answers each request of a connection with the next of these words, and ends the connection behind the last.
/// With nothing, it waits for the first request and ends the connection. At a `|` it pauses.
struct System {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: tokio::sync::mpsc::UnboundedReceiver<String>,
}

impl System {
    async fn answering(connections: &'static [&'static [&'static str]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, requests) = tokio::sync::mpsc::unbounded_channel();
        let count = Arc::new(AtomicUsize::new(0));
        let opened = Arc::clone(&count);
        tokio::spawn(async move {
            for answers in connections {
                let (mut connection, _) = listener.accept().await.unwrap();
                opened.fetch_add(1, Ordering::Relaxed);
                let seen = seen.clone();
                tokio::spawn(async move {
                    let mut asked = vec![0; 64 * 1024];
                    for answer in answers.iter().copied().chain(answers.is_empty().then_some("")) {
                        let read = connection.read(&mut asked).await.unwrap();
                        let _ = seen.send(String::from_utf8_lossy(&asked[..read]).into_owned());
                        for (at, part) in answer.split('|').enumerate() {
                            tokio::time::sleep(PAUSE * u32::from(at > 0)).await;
                            connection.write_all(part.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
            std::future::pending::<()>().await;
        });
        Self { port, connections: count, requests }
    }

    fn call(&self) -> Call {
        Call::read(&format!("http://127.0.0.1:{}/orders?ids=1%2C2", self.port))
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn network(idle: Duration) -> Network {
    Network::new("erp".into(), rules(), &NetworkOptions { idle, ..NetworkOptions::default() }).unwrap()
}

fn rules() -> HostRules {
    HostRules { hosts: vec!["127.0.0.1".into()], private: vec!["127.0.0.0/8".parse().unwrap()], plain: true }
}

fn direct(idle: Duration) -> Direct {
    Direct::new(&rules(), &NetworkOptions { idle, ..NetworkOptions::default() })
}

const MINUTE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(5);

#[tokio::test]
async fn a_request_says_what_every_one_of_them_says() {
    let mut system = System::answering(&[&[OK, OK, OK, OK]]).await;
    let network = network(MINUTE);
    network.send(system.call()).await.unwrap();
    let agent = concat!("vestibule/", env!("CARGO_PKG_VERSION"));
    let head = |line: &str, more: &str| {
        let host = format!("host: 127.0.0.1:{}", system.port);
        format!("{line} /orders?ids=1%2C2 HTTP/1.1\r\n{host}\r\n{more}accept-encoding: gzip\r\nuser-agent: {agent}\r\n")
    };
    let expected = [
        head("GET", "accept: */*\r\n") + "\r\n",
        head("POST", "accept: application/json\r\n") + "content-length: 7\r\n\r\n{\"a\":1}",
        head("PATCH", "accept: */*\r\n") + "content-length: 0\r\n\r\n",
    ];
    let mut post = Call { method: Method::Post, body: Bytes::from_static(b"{\"a\":1}").into(), ..system.call() };
    post.headers.insert("accept", HeaderValue::from_static("application/json"));
    post.headers.insert("content-length", HeaderValue::from_static("70"));
    network.send(post).await.unwrap();
    network.send(Call { method: Method::Patch, ..system.call() }).await.unwrap();
    network.send(Call::read(&format!("http://127.0.0.1:{}?a=b", system.port))).await.unwrap();
    for expected in expected {
        assert_eq!(system.requests.recv().await.unwrap(), expected);
    }
    assert!(system.requests.recv().await.unwrap().starts_with("GET /?a=b HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_connection_is_used_again_and_two_calls_at_once_have_one_each() {
    let system = System::answering(&[&[OK, OK, OK], &[OK, OK, OK]]).await;
    let network = network(MINUTE);
    for _ in 0..2 {
        assert_eq!(network.send(system.call()).await.unwrap().body, "{}");
    }
    assert_eq!(system.connections(), 1);
    let both = futures::future::join(network.send(system.call()), network.send(system.call())).await;
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(system.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_the_system_has_ended_or_spoken_on_is_not_used_again() {
    for first in [
        &[OK][..],
        &["HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}", "never asked"],
        &["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}and more", "never asked"],
        &["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}|HTTP/1.1 408 Request Timeout\r\n\r\n", "never asked"],
    ] {
        let connections: &'static [&'static [&'static str]] = Box::leak(Box::new([first, &[OK]]));
        let system = System::answering(connections).await;
        let network = network(MINUTE);
        for _ in 0..2 {
            let call = Call { safe: false, ..system.call() };
            assert_eq!(network.send(call).await.unwrap().body, "{}", "{first:?}");
            tokio::time::sleep(4 * PAUSE).await;
        }
        assert_eq!(system.connections(), 2, "{first:?}");
    }
}

#[tokio::test]
async fn a_call_whose_answer_does_not_come_is_sent_once() {
    // The second request is read, and the connection ended without a word; so is that of a new connection.
    const KEPT: &[&[&str]] = &[&[OK, ""], &[OK]];
    const NEW: &[&[&str]] = &[&[], &[OK]];
    for (connections, before) in [(KEPT, 1), (NEW, 0)] {
        let system = System::answering(connections).await;
        let network = network(MINUTE);
        for _ in 0..before {
            network.send(system.call()).await.unwrap();
        }
        let error = network.send(system.call()).await.unwrap_err();
        assert!(error.detail().contains("ended before an answer"), "{error}");
        assert!(error.may_retry() && !error.is_unsent() && system.connections() == 1);
    }
}

#[tokio::test]
async fn an_old_connection_is_not_used_again() {
    let system = System::answering(&[&[OK, OK], &[OK, OK]]).await;
    let direct = direct(PAUSE);
    assert!(direct.send(&system.call()).await.is_ok());
    // Nothing else of this test's thread runs meanwhile.
    std::thread::sleep(2 * PAUSE);
    assert_eq!(direct.idle.len(), 1);
    assert!(direct.send(&system.call()).await.is_ok());
    assert_eq!(system.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_is_old_or_that_the_system_has_ended_is_closed() {
    let system = System::answering(&[&[OK, OK], &[OK]]).await;
    let old = direct(PAUSE);
    assert!(old.send(&system.call()).await.is_ok());
    tokio::time::timeout(MINUTE, async {
        while old.idle.len() > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    })
    .await
    .unwrap();
    let ended = direct(MINUTE);
    assert!(ended.send(&system.call()).await.is_ok());
    tokio::time::sleep(4 * PAUSE).await;
    assert_eq!(ended.idle.len(), 1);
    ended.idle.end_old();
    assert_eq!(ended.idle.len(), 0);
}

#[tokio::test]
async fn nothing_is_sent_where_the_source_may_not_reach() {
    let system = System::answering(&[&[OK]]).await;
    let (of, port) = (|hosts: &str, private: &str| (hosts.into(), private.parse().unwrap()), system.port);
    for (url, (host, private)) in [
        (format!("http://localhost:{port}/"), of("127.0.0.1", "127.0.0.0/8")),
        (format!("http://127.0.0.1:{port}/"), of("127.0.0.1", "10.0.0.0/8")),
        // Known only when the name is resolved.
        (format!("http://localhost:{port}/"), of("localhost", "10.0.0.0/8")),
        (format!("http://user@127.0.0.1:{port}/"), of("127.0.0.1", "127.0.0.0/8")),
    ] {
        let rules = HostRules { hosts: vec![host], private: vec![private], plain: true };
        let network = Network::new("erp".into(), rules, &NetworkOptions::default()).unwrap();
        let error = network.send(Call::read(&url)).await.unwrap_err();
        assert!(error.is_unsent(), "{url}: {error}");
        assert_eq!(system.connections(), 0, "{url}");
    }
}

#[tokio::test]
async fn an_answer_of_many_reads_is_put_together() {
    let text = "x".repeat(5 * AT_A_TIME);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
    let answers: &'static [&'static str] = Box::leak(Box::new([Box::leak(answer.into_boxed_str()) as &str]));
    let system = System::answering(Box::leak(Box::new([answers]))).await;
    assert_eq!(network(MINUTE).send(system.call()).await.unwrap().body, text);
}

#[test]
fn what_is_large_or_secure_goes_another_way() {
    let call = |url: &str, size: usize| Call { body: Bytes::from(vec![0; size]).into(), ..Call::read(url) };
    assert!(Direct::takes(&call("http://erp/", LARGEST_BODY)));
    assert!(!Direct::takes(&call("http://erp/", LARGEST_BODY + 1)));
    assert!(!Direct::takes(&call("https://erp/", 0)));
}
