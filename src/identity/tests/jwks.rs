//! Keys over HTTP: found, kept, changed, withdrawn, and not there.

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::*;
use super::support::*;
use crate::clock::ManualClock;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/keys";

/// An issuer on loopback, and a world that accepts its tokens.
struct Remote {
    server: MockServer,
    world: World,
}

impl Remote {
    async fn new(change: impl FnOnce(&mut IssuerConfig)) -> Self {
        let server = MockServer::start().await;
        let mut config = issuer();
        config.issuer = server.uri();
        config.private_networks = vec!["127.0.0.0/8".parse().unwrap()];
        change(&mut config);
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(START).unwrap()));
        let issuer = Issuer::remote(config, Arc::clone(&clock) as Arc<dyn Clock>);
        let world = world_of(issuer, Signer::es256("k1"), clock);
        let remote = Self { server, world };
        remote.discovers(&remote.server.uri(), &format!("{}{JWKS}", remote.server.uri())).await;
        remote
    }

    async fn mount(&self, at: &str, reply: ResponseTemplate) {
        Mock::given(method("GET")).and(path(at)).respond_with(reply).mount(&self.server).await;
    }

    async fn discovers(&self, issuer: &str, keys: &str) {
        let document = json!({ "issuer": issuer, "jwks_uri": keys, "token_endpoint": "https://elsewhere/token" });
        self.mount(DISCOVERY, ResponseTemplate::new(200).set_body_json(document)).await;
    }

    /// From now on the issuer answers this for its keys.
    async fn answers(&self, reply: ResponseTemplate) {
        self.server.reset().await;
        self.discovers(&self.server.uri(), &format!("{}{JWKS}", self.server.uri())).await;
        self.mount(JWKS, reply).await;
    }

    async fn serves(&self, signers: &[&Signer], cache_control: &str) {
        self.answers(set(signers).insert_header("cache-control", cache_control)).await;
    }

    /// How often the keys were asked for, since [`Remote::answers`].
    async fn asked(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.url.path() == JWKS).count()
    }

    fn token(&self, signer: &Signer) -> String {
        let year = START + 366 * 86_400;
        signer.bearer(&claims(json!({ "iss": self.server.uri(), "exp": year })))
    }

    async fn caller(&self, signer: &Signer) -> Result<Caller, Code> {
        let outcome = self.world.identity.sign_in(Some(&self.token(signer)), None, LATER).await;
        outcome.map(|signed_in| signed_in.caller).map_err(|error| error.code())
    }

    fn pass(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }
}

fn set(signers: &[&Signer]) -> ResponseTemplate {
    let keys: Vec<Json> = signers.iter().map(|signer| serde_json::to_value(signer.jwk()).unwrap()).collect();
    // Keys of kinds nobody knows here belong into a real set, too.
    let strange = json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "x" });
    let broken = json!({ "kty": 5, "kid": ["x"] });
    let keys = [keys, vec![strange, broken]].concat();
    ResponseTemplate::new(200).set_body_json(json!({ "keys": keys }))
}

#[tokio::test]
async fn keys_are_discovered_once_and_kept_as_long_as_they_say() {
    let remote = Remote::new(|_| {}).await;
    remote.serves(&[&remote.world.signer], "public, Max-Age=3600").await;
    let signer = &remote.world.signer;
    for _ in 0..3 {
        assert!(remote.caller(signer).await.is_ok());
    }
    assert_eq!(remote.asked().await, 1);
    remote.pass(3599);
    assert!(remote.caller(signer).await.is_ok());
    assert_eq!(remote.asked().await, 1);
    remote.pass(1);
    assert!(remote.caller(signer).await.is_ok());
    assert_eq!(remote.asked().await, 2);
}

#[tokio::test]
async fn how_long_keys_are_kept_has_a_floor_and_a_ceiling() {
    for (says, seconds) in [
        ("no-store", 300),
        ("max-age=0", 300),
        ("max-age=99999999", 86_400),
        ("max-age=banana", 300),
        ("max-age=\"600\"", 600),
    ] {
        let remote = Remote::new(|_| {}).await;
        remote.serves(&[&remote.world.signer], says).await;
        let signer = &remote.world.signer;
        assert!(remote.caller(signer).await.is_ok());
        remote.pass(seconds - 1);
        assert!(remote.caller(signer).await.is_ok());
        assert_eq!(remote.asked().await, 1, "{says}");
        remote.pass(1);
        assert!(remote.caller(signer).await.is_ok());
        assert_eq!(remote.asked().await, 2, "{says}");
    }
}

#[tokio::test]
async fn a_flood_of_unknown_keys_asks_the_issuer_once_in_thirty_seconds() {
    let remote = Remote::new(|_| {}).await;
    remote.serves(&[&remote.world.signer], "max-age=3600").await;
    for round in 1..=3 {
        for number in 0..50 {
            let stranger = Signer { kid: format!("made-up-{number}"), ..Signer::es256("") };
            assert_eq!(remote.caller(&stranger).await.unwrap_err(), Code::Unauthenticated);
        }
        assert_eq!(remote.asked().await, round);
        assert!(remote.caller(&remote.world.signer).await.is_ok(), "others are not held up");
        remote.pass(29);
        assert_eq!(remote.caller(&Signer::es256("late")).await.unwrap_err(), Code::Unauthenticated);
        assert_eq!(remote.asked().await, round);
        remote.pass(1);
    }
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_read() {
    let remote = Remote::new(|_| {}).await;
    remote.answers(set(&[&remote.world.signer]).set_delay(Duration::from_millis(50))).await;
    let all = futures::future::join_all((0..20).map(|_| remote.caller(&remote.world.signer))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(remote.asked().await, 1);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_ends() {
    let remote = Remote::new(|_| {}).await;
    let (old, new) = (&remote.world.signer, Signer::es256("k2"));
    remote.serves(&[old], "max-age=3600").await;
    assert!(remote.caller(old).await.is_ok());
    remote.serves(&[&new], "max-age=3600").await;
    assert_eq!(remote.caller(&new).await.unwrap_err(), Code::Unauthenticated, "asked less than 30 s ago");
    remote.pass(30);
    assert!(remote.caller(&new).await.is_ok());
    assert_eq!(remote.caller(old).await.unwrap_err(), Code::Unauthenticated);
    // The same id with another key: what was read last counts.
    let again = Signer::es256("k2");
    remote.serves(&[&again], "max-age=3600").await;
    remote.pass(3600);
    assert!(remote.caller(&again).await.is_ok());
    assert_eq!(remote.caller(&new).await.unwrap_err(), Code::Unauthenticated);
}

#[tokio::test]
async fn old_keys_do_for_a_day_while_the_issuer_is_down() {
    let remote = Remote::new(|_| {}).await;
    let signer = &remote.world.signer;
    remote.serves(&[signer], "max-age=3600").await;
    assert!(remote.caller(signer).await.is_ok());
    remote.answers(ResponseTemplate::new(500)).await;
    remote.pass(3600);
    for _ in 0..5 {
        assert!(remote.caller(signer).await.is_ok());
    }
    assert_eq!(remote.asked().await, 1, "a system that is down is left alone for 30 s");
    let stranger = Signer::es256("k9");
    assert_eq!(remote.caller(&stranger).await.unwrap_err(), Code::UpstreamUnavailable, "it could be a new key");
    remote.pass(24 * 3600 - 1);
    assert!(remote.caller(signer).await.is_ok());
    remote.pass(1);
    assert_eq!(remote.caller(signer).await.unwrap_err(), Code::UpstreamUnavailable);
    remote.serves(&[signer], "max-age=3600").await;
    remote.pass(30);
    assert!(remote.caller(signer).await.is_ok());
}

#[tokio::test]
async fn the_discovery_document_has_to_be_of_this_issuer() {
    let remote = Remote::new(|_| {}).await;
    for (number, issuer) in [format!("{}/", remote.server.uri()), "https://evil.example".to_owned()].iter().enumerate()
    {
        remote.server.reset().await;
        remote.discovers(issuer, &format!("{}{JWKS}", remote.server.uri())).await;
        remote.mount(JWKS, set(&[&remote.world.signer])).await;
        let header = remote.token(&remote.world.signer);
        let (code, detail) = remote.world.refused(&header).await;
        assert_eq!(code, Code::UpstreamUnavailable, "{number}");
        assert!(detail.contains("another issuer"), "{detail}");
        assert_eq!(remote.asked().await, 0);
        remote.pass(5);
    }
}

#[tokio::test]
async fn an_address_of_keys_is_used_as_it_is_configured() {
    let server = MockServer::start().await;
    let address = format!("{}/other/keys", server.uri());
    let remote = Remote::new(|config| config.jwks = Some(address)).await;
    Mock::given(path("/other/keys")).respond_with(set(&[&remote.world.signer])).mount(&server).await;
    assert!(remote.caller(&remote.world.signer).await.is_ok());
    let asked = remote.server.received_requests().await.unwrap();
    assert!(asked.is_empty(), "there is no discovery");
}

#[tokio::test]
async fn keys_may_not_be_fetched_from_inside_the_network() {
    let remote = Remote::new(|_| {}).await;
    for inside in ["http://169.254.169.254/keys", "https://10.0.0.1/keys", "file:///etc/passwd", "no address"] {
        remote.server.reset().await;
        remote.discovers(&remote.server.uri(), inside).await;
        assert_eq!(remote.caller(&remote.world.signer).await.unwrap_err(), Code::UpstreamUnavailable, "{inside}");
        remote.pass(5);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_key_set_is_a_failure_and_is_not_asked_for_again_at_once() {
    let remote = Remote::new(|_| {}).await;
    let large = json!({ "keys": ["x".repeat(600 * 1024)] });
    for reply in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!([])),
        ResponseTemplate::new(200).set_body_json(json!({ "keys": [] })),
        ResponseTemplate::new(200).set_body_json(json!({ "keys": [{ "kty": "AKP" }, 5, null] })),
        ResponseTemplate::new(200).set_body_json(large),
    ] {
        remote.answers(reply).await;
        for _ in 0..3 {
            assert_eq!(remote.caller(&remote.world.signer).await.unwrap_err(), Code::UpstreamUnavailable);
        }
        assert_eq!(remote.asked().await, 1);
        remote.pass(30);
    }
    remote.serves(&[&remote.world.signer], "").await;
    assert!(remote.caller(&remote.world.signer).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_hangs_holds_nobody_past_the_deadline() {
    let remote = Remote::new(|_| {}).await;
    let signer = &remote.world.signer;
    let hangs = || set(&[signer]).set_delay(Duration::from_secs(600));
    remote.answers(hangs()).await;
    let waiting = async |deadline: Duration, after: u64| {
        let (identity, header) = (Arc::clone(&remote.world.identity), remote.token(signer));
        let task = tokio::spawn(async move { identity.sign_in(Some(&header), None, deadline).await });
        // The request itself takes real time to arrive.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!task.is_finished());
        remote.pass(after);
        task.await.unwrap()
    };
    let error = waiting(Duration::from_secs(3), 3).await.unwrap_err();
    assert_eq!(error.code(), Code::UpstreamUnavailable);
    // With keys that are known, though old, nobody waits that long.
    remote.pass(60);
    tokio::time::sleep(Duration::from_millis(50)).await;
    remote.pass(5);
    remote.serves(&[signer], "max-age=300").await;
    assert!(remote.caller(signer).await.is_ok());
    remote.answers(hangs()).await;
    remote.pass(300);
    assert!(waiting(LATER, 2).await.is_ok());
}

#[tokio::test]
async fn a_withdrawn_key_is_believed_at_most_a_minute_longer_of_a_token_that_was_checked() {
    let remote = Remote::new(|_| {}).await;
    remote.serves(&[&remote.world.signer], "max-age=300").await;
    let token = remote.token(&remote.world.signer);
    let good = async || remote.world.identity.sign_in(Some(&token), None, LATER).await.is_ok();
    assert!(good().await);
    remote.pass(290);
    assert!(good().await);
    remote.serves(&[&Signer::es256("another")], "max-age=300").await;
    remote.pass(59);
    assert!(good().await, "its signature was checked less than a minute ago");
    remote.pass(1);
    assert!(!good().await);
}
