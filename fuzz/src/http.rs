//! What a system sends on a connection of plain HTTP, whatever bytes those are.
//!
//! An input is what comes behind the request until the system ends the connection; where its first byte is odd, the request
//! was a HEAD. Small calls and large answers are read by two clients: what the first takes for an answer, the second takes
//! for the same.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use vestibule::connector::Method;
use vestibule::error::{Code, Error};
use vestibule::spool::Content;
use vestibule::upstream::{Call, HeaderMap, HostRules, Network, NetworkOptions, Reply, Transport};

/// The largest answer that is read.
const LARGEST: usize = 4 * 1024;

/// Has both clients read the answer.
pub fn run(bytes: &[u8]) {
    let Some((first, sent)) = bytes.split_first() else { return };
    let method = if first % 2 == 1 { Method::Head } else { Method::Get };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return };
        let Ok(address) = listener.local_addr() else { return };
        let url = format!("http://{address}/orders");
        tokio::select! {
            () = system(&listener, sent) => {}
            () = compared(&url, method) => {}
        }
    });
}

/// Says the same on every connection, and ends it.
async fn system(listener: &TcpListener, sent: &[u8]) {
    while let Ok((mut connection, _)) = listener.accept().await {
        let _ = connection.read(&mut [0; 1024]).await;
        let _ = connection.write_all(sent).await;
        let _ = connection.shutdown().await;
    }
}

async fn compared(url: &str, method: Method) {
    let network = network();
    let small = network.send(call(url, method)).await;
    let large = async {
        let Reply { status, headers, mut body } = network.open(call(url, method)).await?;
        let mut whole = BytesMut::new();
        while let Some(piece) = body.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok::<_, Error>(Reply { status, headers, body: whole.freeze() })
    };
    match (small, large.await) {
        (Ok(small), Ok(large)) => {
            assert_eq!((small.status, &small.headers), (large.status, &large.headers));
            // Only what is small is unpacked.
            if !large.headers.contains_key("content-encoding") {
                assert_eq!(small.body, large.body);
            }
            assert!(small.body.len() <= LARGEST);
        }
        (Ok(small), Err(error)) => panic!("{} {:?} is no answer: {error}", small.status, small.body),
        (Err(error), _) => {
            assert!(matches!(error.code(), Code::UpstreamUnavailable | Code::UpstreamRejected), "{error}");
            assert_eq!(error.message(), error.code().public_message(), "{error}");
        }
    }
}

fn call(url: &str, method: Method) -> Call {
    Call {
        method,
        url: url.parse().unwrap_or_default(),
        headers: HeaderMap::new(),
        body: Content::from(Bytes::new()),
        template: "GET /orders".into(),
        limit: None,
        safe: true,
        background: false,
        deadline: Duration::from_secs(30),
    }
}

fn network() -> Network {
    let rules = HostRules {
        hosts: vec![Arc::from("127.0.0.1")],
        private: "127.0.0.0/8".parse().into_iter().collect(),
        plain: true,
    };
    let options = NetworkOptions { largest_answer: LARGEST, ..NetworkOptions::default() };
    Network::new("source".into(), rules, &options).unwrap_or_else(|error| panic!("{error}"))
}
