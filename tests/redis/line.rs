//! What one node says, all hear, in one order; or they hear that something was lost.

use std::sync::Arc;

use bytes::Bytes;
use vestibule::store::{Heard, Line, Listening};

use crate::server::RedisServer;
use crate::world::shared;

fn line(server: &RedisServer) -> Arc<Line> {
    Arc::new(shared(server, "acme").line("changes"))
}

async fn say(line: &Line, texts: &[&'static str]) {
    let messages: Vec<Bytes> = texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect();
    line.say(&messages).await.unwrap();
}

/// What is heard next, however long nothing is said, and however often it cannot be heard.
async fn next(listening: &mut Listening) -> Vec<String> {
    loop {
        match listening.next().await {
            Ok(Heard::Said(said)) if said.is_empty() => {}
            Ok(Heard::Said(said)) => return said.iter().map(|one| String::from_utf8(one.to_vec()).unwrap()).collect(),
            Ok(Heard::Anew) => return vec!["anew".to_owned()],
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test]
async fn everybody_hears_everything_in_one_order() {
    let server = RedisServer::start();
    let (one, other) = (line(&server), line(&server));
    let mut hearing = [one.listen(), other.listen()];
    for listening in &mut hearing {
        assert_eq!(next(listening).await, ["anew"], "what was said before is not known");
    }
    say(&one, &["a", "b"]).await;
    say(&other, &["c"]).await;
    for listening in &mut hearing {
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.extend(next(listening).await);
        }
        assert_eq!(heard, ["a", "b", "c"]);
    }
}

#[tokio::test]
async fn whoever_was_not_there_is_told_so() {
    let mut server = RedisServer::start();
    let line = line(&server);
    let mut listening = line.listen();
    assert_eq!(next(&mut listening).await, ["anew"]);
    say(&line, &["a"]).await;
    assert_eq!(next(&mut listening).await, ["a"]);
    server.stop();
    assert!(listening.next().await.is_err());
    server.again();
    // As many as before were said in the store that came back empty.
    say(&line, &["lost"]).await;
    assert_eq!(next(&mut listening).await, ["anew"]);
    say(&line, &["b"]).await;
    assert_eq!(next(&mut listening).await, ["b"]);
}

#[tokio::test]
async fn what_was_pushed_out_is_missed_and_not_passed_over() {
    let server = RedisServer::start();
    let line = line(&server);
    let mut listening = line.listen();
    assert_eq!(next(&mut listening).await, ["anew"]);
    for _ in 0..80 {
        say(&line, &["x"; 256]).await;
    }
    assert_eq!(next(&mut listening).await, ["anew"], "20,480 were said, and some 16,384 are kept");
    say(&line, &["b"]).await;
    assert_eq!(next(&mut listening).await, ["b"]);
}
