//! Claims that two nodes take in one Redis.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vestibule::config::{Lasting, RedisConfig, SecretRef};
use vestibule::error::Code;
use vestibule::seal::Sealer;
use vestibule::secret::Secret;
use vestibule::store::{Redis, State, StoreKey, lease};

use crate::server::RedisServer;
use crate::world::shared;

const HOUR: Duration = Duration::from_secs(3_600);

fn key(text: &str) -> StoreKey {
    Arc::from(text.as_bytes())
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn two(server: &RedisServer) -> [Arc<dyn State>; 2] {
    [shared(server, "acme").state(), shared(server, "acme").state()]
}

/// One that is waited for so long.
fn within(server: &RedisServer, patience: Duration) -> Arc<dyn State> {
    let config = RedisConfig {
        url: SecretRef::Env("REDIS_URL".to_owned()),
        prefix: "vestibule".to_owned(),
        timeout: Lasting(patience),
    };
    let sealer = Sealer::new(&Secret::new("what this test seals its ids with".to_owned()), "acme").unwrap();
    Redis::new(&config, &Secret::new(server.url()), (&sealer, "acme")).unwrap().state()
}

#[tokio::test]
async fn of_many_at_once_one_has_it() {
    let server = RedisServer::start();
    let states = two(&server);
    let key = key("one write");
    let claims = (0..100_u8).map(|at| states[usize::from(at % 2)].claim(&key, Bytes::from(vec![at]), HOUR));
    let came: Vec<Option<Bytes>> = futures::future::try_join_all(claims).await.unwrap();
    let first = came.iter().position(Option::is_none).unwrap();
    assert_eq!(came.iter().filter(|there| there.is_none()).count(), 1);
    let there = Bytes::from(vec![u8::try_from(first).unwrap()]);
    assert!(came.iter().flatten().all(|one| *one == there), "everybody else is told whose it is");
}

#[tokio::test]
async fn only_what_is_there_is_replaced() {
    let server = RedisServer::start();
    let [one, other] = two(&server);
    let key = key("a");
    assert!(!one.replace(&key, (bytes("one"), Some(bytes("two"))), HOUR).await.unwrap(), "nothing is there");
    assert_eq!(one.claim(&key, bytes("one"), HOUR).await.unwrap(), None);
    assert!(other.replace(&key, (bytes("one"), Some(bytes("two"))), HOUR).await.unwrap());
    assert!(!one.replace(&key, (bytes("one"), Some(bytes("three"))), HOUR).await.unwrap());
    assert_eq!(one.claim(&key, bytes("three"), HOUR).await.unwrap(), Some(bytes("two")));
    assert!(one.replace(&key, (bytes("two"), None), HOUR).await.unwrap());
    assert_eq!(other.claim(&key, bytes("four"), HOUR).await.unwrap(), None);
}

#[tokio::test]
async fn a_claim_ends() {
    let server = RedisServer::start();
    let [one, other] = two(&server);
    let key = key("a");
    assert_eq!(one.claim(&key, bytes("one"), Duration::from_millis(200)).await.unwrap(), None);
    let mut there = other.claim(&key, bytes("two"), HOUR).await.unwrap();
    assert_eq!(there, Some(bytes("one")));
    while there.is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        there = other.claim(&key, bytes("two"), HOUR).await.unwrap();
    }
}

#[tokio::test]
async fn a_lease_is_one_nodes_at_a_time() {
    let server = RedisServer::start();
    let [one, other] = two(&server);
    let held = lease(&one, key("poll"), HOUR).await.unwrap().unwrap();
    assert!(lease(&other, key("poll"), HOUR).await.unwrap().is_none());
    assert!(held.extend().await.unwrap());
    assert!(held.release().await.unwrap());
    assert!(lease(&other, key("poll"), HOUR).await.unwrap().is_some());
}

#[tokio::test]
async fn tenants_and_sealing_keys_do_not_meet() {
    let server = RedisServer::start();
    let (one, other) = (shared(&server, "acme").state(), shared(&server, "globex").state());
    assert_eq!(one.claim(&key("a"), bytes("one"), HOUR).await.unwrap(), None);
    assert_eq!(other.claim(&key("a"), bytes("two"), HOUR).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_that_is_kept_can_be_read() {
    let server = RedisServer::start();
    let redis = shared(&server, "acme");
    redis.state().claim(&key("order-4711"), bytes("the order 4711"), HOUR).await.unwrap();
    redis.line("changes").say(&[bytes("the order 4711 changed")]).await.unwrap();
    let all = server.everything();
    assert_eq!(all.len(), 3, "a claim, a count and a stream: {all:?}");
    for part in all.iter().flat_map(|(name, value)| [name, value]) {
        assert!(!part.windows(4).any(|bytes| bytes == b"4711"), "{}", String::from_utf8_lossy(part));
    }
}

#[tokio::test]
async fn an_outage_is_told_in_time_and_ends() {
    let mut server = RedisServer::start();
    let [state, _] = two(&server);
    assert_eq!(state.claim(&key("a"), bytes("one"), HOUR).await.unwrap(), None);
    server.stop();
    let other = key("b");
    let claim = tokio::time::timeout(Duration::from_secs(5), state.claim(&other, bytes("one"), HOUR));
    let error = claim.await.expect("it is not waited for long").unwrap_err();
    assert_eq!(error.code(), Code::UpstreamUnavailable);
    assert!(!error.detail().contains("127.0.0.1"), "{}", error.detail());
    server.again();
    assert_eq!(state.claim(&key("b"), bytes("one"), HOUR).await.unwrap(), None, "the connection is made anew");
}

#[tokio::test]
async fn a_claim_that_nobody_heard_of_may_be_there_and_is_known_by_its_value() {
    let server = RedisServer::start();
    let [hasty, other] =
        [Duration::from_millis(500), Duration::from_secs(10)].map(|patience| within(&server, patience));
    while hasty.claim(&key("a"), bytes("one"), HOUR).await.is_err() {}
    other.claim(&key("a"), bytes("two"), HOUR).await.unwrap();
    let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    redis::cmd("CLIENT").arg("PAUSE").arg(3_000).arg("ALL").exec(&mut connection).unwrap();
    let error = hasty.claim(&key("b"), bytes("one"), HOUR).await.unwrap_err();
    assert_eq!(error.code(), Code::UpstreamUnavailable);
    assert_eq!(other.claim(&key("b"), bytes("two"), HOUR).await.unwrap(), Some(bytes("one")));
    assert!(other.replace(&key("b"), (bytes("one"), None), HOUR).await.unwrap());
    assert_eq!(other.claim(&key("b"), bytes("two"), HOUR).await.unwrap(), None);
}

#[tokio::test]
async fn a_store_that_was_away_at_the_start_is_found_later() {
    let mut server = RedisServer::start();
    server.stop();
    let [state, _] = two(&server);
    for _ in 0..3 {
        state.claim(&key("a"), bytes("one"), HOUR).await.unwrap_err();
    }
    server.again();
    assert_eq!(state.claim(&key("a"), bytes("one"), HOUR).await.unwrap(), None);
}
