//! The stack as a whole: what each layer does, and that it does it in the written order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::*;
use crate::clock::{ManualClock, SystemClock};
use crate::connector::{Grant, Method, Part, Pattern, Quota};
use crate::error::{Code, Error};
use crate::upstream::transport::{Call, Reply};

/// Answers from a script and keeps what it was asked, with the time it was asked at.
struct Script {
    clock: Arc<ManualClock>,
    replies: Mutex<VecDeque<Reply>>,
    calls: Mutex<Vec<(Duration, Call)>>,
}

impl Transport for Script {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        self.calls.lock().unwrap().push((self.clock.elapsed(), call));
        let reply = self.replies.lock().unwrap().pop_front();
        Box::pin(async move {
            match reply {
                Some(reply) => {
                    if let Some(after) = reply.header("x-after-s") {
                        self.clock.sleep(Duration::from_secs(after.parse().unwrap())).await;
                    }
                    Ok(reply)
                }
                None => std::future::pending().await,
            }
        })
    }
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let header = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
    let headers = headers.iter().map(header).collect();
    Reply { status, headers, body: Bytes::from(body.to_owned()) }
}

fn call() -> Call {
    Call::read("https://api.example.com/orders")
}

fn pattern(text: &str) -> Pattern {
    let slot = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let part = slot.map_or_else(|| Part::Text(text.into()), |name| Part::Slot(name.into()));
    Pattern { parts: vec![part], text: text.into() }
}

fn upstream(clock: Arc<dyn Clock>) -> Upstream {
    Upstream {
        source: "erp".into(),
        hosts: HostRules { hosts: vec!["api.example.com".into()], ..HostRules::default() },
        home: Some("https://api.example.com/".parse().unwrap()),
        auth: None,
        settings: BTreeMap::new(),
        secrets: BTreeMap::from([("token".into(), Secret::new("s3cret".to_owned()))]),
        csrf: false,
        limits: Limits::default(),
        errors: Errors::default(),
        timeout: Duration::from_secs(60),
        network: NetworkOptions::default(),
        clock,
    }
}

fn scripted(
    replies: impl IntoIterator<Item = Reply>,
    change: impl FnOnce(&mut Upstream),
) -> (Arc<ManualClock>, Arc<Script>, Arc<dyn Transport>) {
    let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let script = Arc::new(Script {
        clock: Arc::clone(&clock),
        replies: Mutex::new(replies.into_iter().collect()),
        calls: Mutex::default(),
    });
    let mut upstream = upstream(Arc::clone(&clock) as Arc<dyn Clock>);
    change(&mut upstream);
    let stack = layered(upstream, Arc::clone(&script) as Arc<dyn Transport>).unwrap();
    (clock, script, stack)
}

/// Lets a call run, moving the clock whenever it waits.
async fn run(clock: &ManualClock, stack: &Arc<dyn Transport>, call: Call) -> Result<Reply, Error> {
    let stack = Arc::clone(stack);
    let task = tokio::spawn(async move { stack.send(call).await });
    for _ in 0..100_000 {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        if task.is_finished() {
            break;
        }
        clock.advance(Duration::from_millis(10));
    }
    task.await.unwrap()
}

#[test]
fn the_layers_are_put_together_in_the_written_order() {
    let source = include_str!("stack.rs");
    let built = source.split("fn layered").nth(1).unwrap();
    let places: Vec<usize> =
        ["Trace::new(", "Deadline::new(", "Retry::new(", "Csrf::new(", "Quotas::new(", "Credentials::new("]
            .iter()
            .map(|layer| built.find(layer).unwrap())
            .collect();
    assert!(places.is_sorted_by(|outer, inner| outer > inner), "inner layers are built first: {places:?}");
    assert_eq!(ORDER, ["trace", "deadline", "retry", "csrf", "quota", "credentials", "network"]);
}

#[tokio::test]
async fn a_safe_call_is_tried_again_no_sooner_than_the_system_asks() {
    let busy = reply(429, &[("retry-after", "2")], "");
    let (clock, script, stack) = scripted([busy, reply(200, &[], "ok")], |_| {});
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 200);
    let calls = script.calls.lock().unwrap();
    assert_eq!(calls.len(), 2);
    assert!(calls[1].0 - calls[0].0 >= Duration::from_secs(2));
}

#[tokio::test]
async fn a_wait_past_the_deadline_is_not_begun() {
    let busy = reply(429, &[("retry-after", "60")], "");
    let (clock, script, stack) = scripted([busy], |_| {});
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 429);
    assert_eq!(script.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_not_safe_is_sent_once() {
    let (clock, script, stack) = scripted([reply(503, &[], ""), reply(200, &[], "")], |_| {});
    let unsafe_call = Call { safe: false, method: Method::Post, ..call() };
    assert_eq!(run(&clock, &stack, unsafe_call).await.unwrap().status, 503);
    assert_eq!(script.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_systems_own_word_on_trying_again_counts_more_than_its_status() {
    let answers = [reply(503, &[("x-should-retry", "false")], "")];
    let (clock, script, stack) = scripted(answers, |upstream| upstream.errors.retry = Some("X-Should-Retry".into()));
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 503);
    assert_eq!(script.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn attempts_are_few_and_then_the_answer_is_given_back() {
    let (clock, script, stack) = scripted((0..9).map(|_| reply(503, &[], "")), |_| {});
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 503);
    assert_eq!(script.calls.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_system_that_is_down_uses_up_the_retry_budget() {
    let (clock, script, stack) = scripted((0..200).map(|_| reply(503, &[], "")), |_| {});
    for _ in 0..40 {
        run(&clock, &stack, call()).await.unwrap();
    }
    let sent = script.calls.lock().unwrap().len();
    assert!(sent < 40 + 20, "40 calls became {sent}");
}

#[tokio::test]
async fn a_hanging_system_ends_at_the_deadline() {
    let (clock, _, stack) = scripted([], |_| {});
    let error = run(&clock, &stack, call()).await.unwrap_err();
    assert_eq!(error.code(), Code::UpstreamTimeout);
    assert!(clock.elapsed() >= Duration::from_secs(30));
}

#[tokio::test]
async fn a_call_ends_at_its_sources_own_timeout_where_that_is_sooner_than_the_callers_deadline() {
    let (clock, script, stack) = scripted([], |upstream| upstream.timeout = Duration::from_secs(2));
    clock.advance(Duration::from_secs(5));
    let error = run(&clock, &stack, call()).await.unwrap_err();
    assert_eq!((error.code(), error.source_name().map(|name| &**name)), (Code::UpstreamTimeout, Some("erp")));
    assert!((7..9).contains(&clock.elapsed().as_secs()), "{:?}", clock.elapsed());
    let seen = script.calls.lock().unwrap()[0].1.deadline;
    assert_eq!(seen, Duration::from_secs(7), "the layers inside know when it ends");
}

#[tokio::test]
async fn a_wait_past_the_sources_own_timeout_is_not_begun() {
    let busy = reply(429, &[("retry-after", "5")], "");
    let (clock, script, stack) = scripted([busy], |upstream| upstream.timeout = Duration::from_secs(2));
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 429);
    assert_eq!(script.calls.lock().unwrap().len(), 1);
    assert!(clock.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn every_attempt_takes_from_the_quota() {
    let answers = [reply(503, &[], ""), reply(503, &[], ""), reply(200, &[], "")];
    let (clock, script, stack) = scripted(answers, |upstream| {
        let quota = Quota { name: None, max: 2, per: Duration::from_secs(10), remaining: None, reset: None };
        upstream.limits.quotas = vec![quota];
    });
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 200);
    let calls = script.calls.lock().unwrap();
    assert!(calls[2].0 - calls[0].0 >= Duration::from_secs(4), "the third attempt had to wait for room");
}

#[tokio::test]
async fn a_named_quota_holds_only_for_the_calls_that_name_it() {
    let (clock, script, stack) = scripted((0..3).map(|_| reply(200, &[], "")), |upstream| {
        let quota =
            Quota { name: Some("search".into()), max: 1, per: Duration::from_secs(10), remaining: None, reset: None };
        upstream.limits.quotas = vec![quota];
    });
    run(&clock, &stack, Call { limit: Some("search".into()), ..call() }).await.unwrap();
    run(&clock, &stack, call()).await.unwrap();
    assert!(clock.elapsed() < Duration::from_secs(1));
    run(&clock, &stack, Call { limit: Some("search".into()), ..call() }).await.unwrap();
    assert!(script.calls.lock().unwrap()[2].0 >= Duration::from_secs(9));
}

#[tokio::test]
async fn a_used_up_quota_that_the_answers_tell_of_is_waited_for_or_refused() {
    let last = reply(200, &[("x-remaining", "0"), ("x-reset", "5")], "");
    let (clock, script, stack) = scripted([last, reply(200, &[], "")], |upstream| {
        let quota = Quota {
            name: None,
            max: 100,
            per: Duration::from_secs(60),
            remaining: Some("X-Remaining".into()),
            reset: Some("X-Reset".into()),
        };
        upstream.limits.quotas = vec![quota];
    });
    run(&clock, &stack, call()).await.unwrap();
    let hurried = Call { deadline: clock.elapsed() + Duration::from_secs(1), ..call() };
    let error = run(&clock, &stack, hurried).await.unwrap_err();
    assert_eq!(error.code(), Code::RateLimited);
    assert!(error.wait().unwrap() > Duration::from_secs(3));
    run(&clock, &stack, call()).await.unwrap();
    assert!(script.calls.lock().unwrap()[1].0 >= Duration::from_secs(5));
}

fn oauth(grant: Grant) -> Auth {
    Auth::OAuth2 {
        grant,
        token: pattern("https://api.example.com/token"),
        client_id: pattern("me"),
        client_secret: pattern("{token}"),
        scopes: Vec::new(),
        lasts: None,
    }
}

fn token(name: &str) -> Reply {
    let body =
        format!(r#"{{"access_token":"{name}","token_type":"bearer","expires_in":1800,"refresh_token":"r-{name}"}}"#);
    reply(200, &[("content-type", "application/json")], &body)
}

fn bearer(call: &Call) -> Option<&str> {
    call.headers.get("authorization").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn many_callers_wait_for_one_token() {
    let answers = std::iter::once(token("t1")).chain((0..20).map(|_| reply(200, &[], "")));
    let (_, script, stack) = scripted(answers, |upstream| upstream.auth = Some(oauth(Grant::Client)));
    let all = futures::future::join_all((0..20).map(|_| stack.send(call()))).await;
    assert!(all.iter().all(|reply| reply.as_ref().is_ok_and(|reply| reply.status == 200)));
    let calls = script.calls.lock().unwrap();
    assert_eq!(calls.iter().filter(|(_, call)| call.url.path() == "/token").count(), 1);
    assert!(calls[1..].iter().all(|(_, call)| bearer(call) == Some("Bearer t1")));
}

#[tokio::test]
async fn a_token_that_is_refused_or_has_run_out_is_renewed_with_the_rotated_refresh_token() {
    let answers =
        [token("t1"), reply(401, &[], ""), token("t2"), reply(200, &[], ""), token("t3"), reply(200, &[], "")];
    let (clock, script, stack) = scripted(answers, |upstream| {
        upstream.auth = Some(oauth(Grant::Refresh(pattern("{token}"))));
    });
    assert_eq!(run(&clock, &stack, call()).await.unwrap().status, 200);
    clock.advance(Duration::from_secs(1800));
    let later = Call { deadline: clock.elapsed() + Duration::from_secs(30), ..call() };
    assert_eq!(run(&clock, &stack, later).await.unwrap().status, 200);
    let calls = script.calls.lock().unwrap();
    let sent = |at: usize| String::from_utf8(calls[at].1.body.beginning().to_vec()).unwrap();
    assert!(sent(0).contains("refresh_token=s3cret"));
    assert!(sent(2).contains("refresh_token=r-t1"));
    assert!(sent(4).contains("refresh_token=r-t2"));
    assert_eq!(bearer(&calls[5].1), Some("Bearer t3"));
}

#[tokio::test]
async fn a_renewal_ends_though_the_time_of_its_caller_is_over() {
    let mut late = token("t1");
    late.headers.insert("x-after-s", "5".parse().unwrap());
    let (clock, script, stack) = scripted([late, reply(200, &[], "")], |upstream| {
        upstream.auth = Some(oauth(Grant::Refresh(pattern("{token}"))));
    });
    let hurried = Call { deadline: clock.elapsed() + Duration::from_secs(1), ..call() };
    assert_eq!(run(&clock, &stack, hurried).await.unwrap_err().code(), Code::UpstreamTimeout);
    let later = Call { deadline: clock.elapsed() + Duration::from_secs(30), ..call() };
    assert_eq!(run(&clock, &stack, later).await.unwrap().status, 200);
    let calls = script.calls.lock().unwrap();
    assert_eq!(calls.len(), 2, "the refresh token that came with it is not asked for with the old one");
    assert_eq!(bearer(&calls[1].1), Some("Bearer t1"));
}

#[tokio::test]
async fn basic_and_header_credentials_are_put_on_each_call() {
    let basic = Auth::Basic { user: pattern("me"), password: pattern("{token}") };
    let (clock, script, stack) = scripted([reply(200, &[], "")], |upstream| upstream.auth = Some(basic));
    run(&clock, &stack, call()).await.unwrap();
    assert_eq!(bearer(&script.calls.lock().unwrap()[0].1), Some("Basic bWU6czNjcmV0"));
}

#[test]
fn a_slot_without_a_value_is_named_and_no_value_is_shown() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let auth = Auth::Bearer(pattern("{apiKey}"));
    let error = build(Upstream { auth: Some(auth), ..upstream(clock) }).err().unwrap();
    assert!(error.detail().contains("`apiKey`"), "{error}");
    assert!(!error.detail().contains("s3cret"));
}

#[test]
fn a_secret_that_cannot_stand_in_a_header_is_refused_at_once_and_not_shown() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let mut upstream = Upstream { auth: Some(Auth::Bearer(pattern("{token}"))), ..upstream(clock) };
    upstream.secrets.insert("token".into(), Secret::new("s3cret\n".to_owned()));
    let error = build(upstream).err().unwrap();
    assert_eq!((error.code(), error.source_name().map(|name| &**name)), (Code::Internal, Some("erp")));
    assert!(error.detail().contains("line break") && !error.detail().contains("s3cret"), "{error}");
}

mod over_http {
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    async fn stack(server: &MockServer, largest_answer: usize) -> (Arc<dyn Transport>, Call) {
        let mut upstream = upstream(Arc::new(SystemClock::default()));
        upstream.hosts.hosts = vec!["127.0.0.1".into()];
        upstream.hosts.private = vec!["127.0.0.0/8".parse().unwrap()];
        upstream.hosts.plain = true;
        upstream.network.largest_answer = largest_answer;
        let url = format!("{}/orders", server.uri()).parse().unwrap();
        (build(upstream).unwrap(), Call { url, ..call() })
    }

    #[tokio::test]
    async fn an_answer_over_the_size_limit_is_not_read_to_its_end() {
        let server = MockServer::start().await;
        let large = ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 5000]);
        Mock::given(path("/orders")).respond_with(large).mount(&server).await;
        let (stack, call) = stack(&server, 4096).await;
        assert_eq!(stack.send(call).await.unwrap_err().code(), Code::UpstreamRejected);
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        let server = MockServer::start().await;
        let away = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/steal");
        Mock::given(path("/orders")).respond_with(away).expect(1).mount(&server).await;
        let (stack, call) = stack(&server, 4096).await;
        assert_eq!(stack.send(call).await.unwrap().status, 302);
    }

    #[tokio::test]
    async fn another_host_is_refused_before_anything_is_sent() {
        let server = MockServer::start().await;
        let (stack, call) = stack(&server, 4096).await;
        let elsewhere = Call { url: "https://evil.example/orders".parse().unwrap(), ..call };
        let error = stack.send(elsewhere).await.unwrap_err();
        assert_eq!(error.code(), Code::UpstreamUnavailable);
        assert!(error.detail().contains("evil.example"));
        assert!(!error.message().contains("evil.example"));
    }

    #[tokio::test]
    async fn a_name_that_leads_inwards_is_refused_when_it_is_resolved() {
        let mut upstream = upstream(Arc::new(SystemClock::default()));
        upstream.hosts.hosts = vec!["localhost".into()];
        let stack = build(upstream).unwrap();
        let inward = Call { url: "https://localhost/orders".parse().unwrap(), safe: false, ..call() };
        let error = stack.send(inward).await.unwrap_err();
        assert_eq!(error.code(), Code::UpstreamUnavailable);
    }

    #[tokio::test]
    async fn a_system_that_is_not_there_is_unavailable() {
        let server = MockServer::start().await;
        let (stack, call) = stack(&server, 4096).await;
        drop(server);
        let gone = Call { url: "http://127.0.0.1:1/orders".parse().unwrap(), ..call };
        assert_eq!(stack.send(gone).await.unwrap_err().code(), Code::UpstreamUnavailable);
    }
}
