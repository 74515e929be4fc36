//! How long rights last: a minute, five while the source is down, and not a moment after a purge.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::super::*;
use super::support::*;

impl World {
    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn code(&self) -> Option<Code> {
        self.caller(json!({})).await.err().map(|error| error.code())
    }
}

/// Lets tasks run that are ready to.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn rights_are_kept_for_a_minute_and_then_read_anew() {
    let world = world(|_| {});
    for _ in 0..3 {
        assert_eq!(world.code().await, None);
    }
    world.reads.set(&[person("1", "ann@example.com", &[("20", &["Portal user"])])]);
    world.pass(59);
    assert_eq!(world.caller(json!({})).await.unwrap().account().unwrap().id, id(ACCOUNT, "10"));
    assert_eq!(world.reads.finds(), 1);
    world.pass(1);
    assert_eq!(world.caller(json!({})).await.unwrap().account().unwrap().id, id(ACCOUNT, "20"));
    assert_eq!(world.reads.finds(), 2);
}

#[tokio::test]
async fn a_right_that_was_taken_away_ends() {
    let world = world(|_| {});
    assert_eq!(world.code().await, None);
    world.reads.set(&[]);
    world.pass(60);
    assert_eq!(world.code().await, Some(Code::Forbidden));
    // Nor does it come back because the source goes down then.
    world.reads.fail(true);
    world.pass(5);
    assert_eq!(world.code().await, Some(Code::UpstreamUnavailable));
}

#[tokio::test]
async fn people_are_kept_apart() {
    let world = world(|_| {});
    let of = |key, email, account| person(key, email, &[(account, &["Portal user"])]);
    world.reads.set(&[of("1", "ann@example.com", "10"), of("2", "bob@example.com", "20")]);
    for (subject, email, account) in [
        ("p-1", "ann@example.com", "10"),
        ("p-2", "bob@example.com", "20"),
        // The same subject with another verified address is another contact.
        ("p-1", "bob@example.com", "20"),
        ("p-2", "ann@example.com", "10"),
    ] {
        let caller = world.caller(json!({ "sub": subject, "email": email })).await.unwrap();
        assert_eq!(caller.account().unwrap().id, id(ACCOUNT, account), "{subject} {email}");
    }
    assert_eq!(world.reads.finds(), 4);
}

#[tokio::test]
async fn rights_last_five_minutes_while_the_source_is_down() {
    let world = world(|_| {});
    assert_eq!(world.code().await, None);
    world.reads.fail(true);
    world.pass(60);
    for _ in 0..5 {
        assert_eq!(world.code().await, None);
    }
    assert_eq!(world.reads.finds(), 2, "a source that is down is left alone for a moment");
    world.pass(239);
    assert_eq!(world.code().await, None);
    world.pass(1);
    let error = world.caller(json!({})).await.unwrap_err();
    assert_eq!((error.code(), error.source_name().map(|name| &**name)), (Code::UpstreamUnavailable, Some("crm")));
    assert!(!error.message().contains("crm") && error.detail().contains("down"), "{error}");
    world.reads.fail(false);
    world.pass(2);
    assert_eq!(world.code().await, None);
}

#[tokio::test]
async fn how_accounts_are_known_elsewhere_lasts_five_minutes_while_that_system_is_down() {
    let world = world(|_| {});
    let known = async || {
        let caller = world.caller(json!({})).await.unwrap();
        let known = |links| keys(links).remove(&ERP.0).unwrap();
        (known(&caller.account().unwrap().links), known(&caller.authority.contact.as_ref().unwrap().links))
    };
    let both = (Some(vec!["D10".to_owned()]), Some(vec!["D1".to_owned()]));
    assert_eq!(known().await, both);
    world.links.down.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        world.pass(145);
        assert_eq!(known().await, both);
    }
    world.pass(15);
    assert_eq!(known().await, (None, None), "nobody has known it for five minutes");
}

#[tokio::test]
async fn how_an_account_was_known_elsewhere_does_not_outlast_its_change() {
    let world = world(|_| {});
    assert_eq!(world.code().await, None);
    world.links.down.store(true, Ordering::SeqCst);
    world.identity.purge_record(&id(ACCOUNT, "10"));
    let caller = world.caller(json!({})).await.unwrap();
    assert_eq!(keys(&caller.account().unwrap().links).get(&ERP.0), Some(&None));
}

#[tokio::test]
async fn nor_does_it_where_the_account_was_away_when_it_changed() {
    let world = world(|_| {});
    let ann = |accounts: &[&'static str]| {
        let accounts: Vec<(_, &[_])> = accounts.iter().map(|key| (*key, &["Portal user"][..])).collect();
        world.reads.set(&[person("1", "ann@example.com", &accounts)]);
    };
    ann(&["10", "20"]);
    assert_eq!(world.code().await, None);
    world.links.down.store(true, Ordering::SeqCst);
    ann(&["10"]);
    world.pass(61);
    assert_eq!(world.code().await, None);
    world.identity.purge_record(&id(ACCOUNT, "20"));
    ann(&["10", "20"]);
    world.pass(16);
    let caller = world.caller(json!({})).await.unwrap();
    let away = caller.authority.accounts.iter().find(|access| access.id == id(ACCOUNT, "20")).unwrap();
    assert_eq!(keys(&away.links).get(&ERP.0), Some(&None));
}

#[tokio::test]
async fn the_five_minutes_count_from_the_last_good_read() {
    let world = world(|_| {});
    assert_eq!(world.code().await, None);
    for _ in 0..4 {
        world.pass(60);
        assert_eq!(world.code().await, None);
    }
    world.reads.fail(true);
    world.pass(299);
    assert_eq!(world.code().await, None);
    world.pass(2);
    assert_eq!(world.code().await, Some(Code::UpstreamUnavailable));
}

#[tokio::test]
async fn a_refusal_is_kept_for_five_seconds() {
    let world = world(|_| {});
    world.reads.set(&[]);
    for _ in 0..5 {
        assert_eq!(world.code().await, Some(Code::Forbidden));
    }
    assert_eq!(world.reads.finds(), 1);
    world.reads.set(&[person("1", "ann@example.com", &[("10", &["Portal user"])])]);
    world.pass(4);
    assert_eq!(world.code().await, Some(Code::Forbidden));
    world.pass(1);
    assert_eq!(world.code().await, None);
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_look_up() {
    let world = world(|_| {});
    let together = async || {
        let gate = world.reads.gate.lock().await;
        let all = futures::future::join_all((0..50).map(|_| world.code()));
        let open = async {
            settle().await;
            drop(gate);
        };
        futures::join!(all, open).0
    };
    assert!(together().await.iter().all(Option::is_none));
    assert_eq!(world.reads.finds(), 1);
    world.pass(60);
    world.reads.fail(true);
    assert!(together().await.iter().all(Option::is_none));
    assert_eq!(world.reads.finds(), 2);
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_end_the_look_up() {
    let world = world(|_| {});
    let gate = world.reads.gate.lock().await;
    {
        let leaving = world.code();
        futures::pin_mut!(leaving);
        assert!(futures::poll!(&mut leaving).is_pending());
        settle().await;
    }
    drop(gate);
    settle().await;
    assert_eq!(world.code().await, None);
    assert_eq!(world.reads.finds(), 1);
}

#[tokio::test]
async fn a_sign_in_stands_as_long_as_it_would_be_found_again_without_a_question() {
    let world = world(|_| {});
    let sign_in = async |changes: serde_json::Value| {
        world.identity.sign_in(Some(&world.signer.bearer(&claims(changes))), None, LATER).await.unwrap()
    };
    let first = sign_in(json!({})).await;
    world.pass(59);
    assert!(world.identity.still(&first));
    world.pass(1);
    assert!(!world.identity.still(&first), "rights are read anew after a minute");
    let ends = START + 60 + 10;
    let short = sign_in(json!({ "exp": ends })).await;
    world.pass(10 + 29);
    assert!(world.identity.still(&short));
    world.pass(1);
    assert!(!world.identity.still(&short), "the token has ended");
    let forgets: [fn(&Identity); 2] = [Identity::purge, |identity| identity.purge_record(&id(CONTACT, "1"))];
    for forget in forgets {
        let signed_in = sign_in(json!({})).await;
        assert!(world.identity.still(&signed_in));
        forget(&world.identity);
        assert!(!world.identity.still(&signed_in), "what was known of somebody was forgotten");
    }
}

#[tokio::test]
async fn a_source_that_hangs_holds_nobody_past_the_deadline() {
    let world = world(|_| {});
    let header = world.signer.bearer(&claims(json!({})));
    let start = |deadline: u64| {
        let (identity, header) = (Arc::clone(&world.identity), header.clone());
        let deadline = Duration::from_secs(deadline);
        tokio::spawn(async move { identity.sign_in(Some(&header), None, deadline).await })
    };
    let gate = world.reads.gate.lock().await;
    let first = start(3);
    settle().await;
    world.pass(3);
    assert_eq!(first.await.unwrap().unwrap_err().code(), Code::UpstreamUnavailable);
    drop(gate);
    settle().await;
    assert_eq!(world.code().await, None);
    // With older rights at hand the wait is short, and a source that comes back is heard.
    world.pass(60);
    let gate = world.reads.gate.lock().await;
    let waits = start(1000);
    settle().await;
    assert!(!waits.is_finished());
    world.pass(2);
    assert!(waits.await.unwrap().is_ok());
    drop(gate);
    settle().await;
    assert_eq!(world.code().await, None);
    assert_eq!(world.reads.finds(), 2);
}

#[tokio::test]
async fn a_purge_takes_rights_away_at_once() {
    let world = world(|_| {});
    assert_eq!(world.code().await, None);
    world.reads.set(&[]);
    world.identity.purge();
    assert_eq!(world.code().await, Some(Code::Forbidden));
    // Even where the source does not answer: what was purged is not there to fall back on.
    world.reads.set(&[person("1", "ann@example.com", &[("10", &["Portal user"])])]);
    world.pass(5);
    assert_eq!(world.code().await, None);
    world.reads.fail(true);
    world.identity.purge();
    assert_eq!(world.code().await, Some(Code::UpstreamUnavailable));
}

#[tokio::test]
async fn a_changed_record_takes_the_rights_of_those_it_concerns() {
    let world = world(|_| {});
    let of = |key, email, account| person(key, email, &[(account, &["Portal user"])]);
    world.reads.set(&[of("1", "ann@example.com", "10"), of("2", "bob@example.com", "20")]);
    let both = async || {
        for (subject, email) in [("p-1", "ann@example.com"), ("p-2", "bob@example.com")] {
            world.caller(json!({ "sub": subject, "email": email })).await.unwrap();
        }
        world.reads.finds()
    };
    assert_eq!(both().await, 2);
    let in_source = |source, id: RecordId| RecordId { source, ..id };
    for (changed, looked_up) in [
        (id(ACCOUNT, "10"), 3),
        (id(CONTACT, "2"), 4),
        (id(ACCOUNT, "30"), 4),
        (id(CONTACT, "10"), 4),
        // By the key that it has in another system.
        (in_source(ERP, id(CONTACT, "D2")), 5),
        (in_source(ERP, id(ACCOUNT, "D10")), 6),
        (in_source(ERP, id(ACCOUNT, "D2")), 6),
        // In a system that knew neither of them: it may be either.
        (in_source(SourceId(9), id(CONTACT, "7")), 8),
    ] {
        world.identity.purge_record(&changed);
        assert_eq!(both().await, looked_up, "{changed:?}");
    }
}

#[tokio::test]
async fn a_renewal_that_read_a_record_before_it_changed_is_not_kept_either() {
    let world = world(|_| {});
    let ann = |accounts: &[(&'static str, &[&'static str])]| person("1", "ann@example.com", accounts);
    world.reads.set(&[ann(&[("10", &["Portal user"])])]);
    assert_eq!(world.code().await, None);
    world.pass(61);
    world.reads.set(&[ann(&[("10", &["Portal user"]), ("20", &["Portal user"])])]);
    let header = world.signer.bearer(&claims(json!({})));
    let gate = world.reads.gate.lock().await;
    let identity = Arc::clone(&world.identity);
    let early = tokio::spawn(async move { identity.sign_in(Some(&header), None, LATER).await });
    settle().await;
    assert_eq!(world.reads.finds(), 2, "it has read the second account, and not yet answered");
    world.reads.set(&[ann(&[("10", &["Portal user"])])]);
    world.identity.purge_record(&id(ACCOUNT, "20"));
    drop(gate);
    assert!(early.await.unwrap().is_ok());
    let caller = world.caller(json!({})).await.unwrap();
    assert_eq!((caller.authority.accounts.len(), world.reads.finds()), (1, 3));
}

#[tokio::test]
async fn what_was_read_before_a_purge_is_not_kept() {
    for all in [true, false] {
        let world = world(|_| {});
        let header = world.signer.bearer(&claims(json!({})));
        let gate = world.reads.gate.lock().await;
        let identity = Arc::clone(&world.identity);
        let early = tokio::spawn(async move { identity.sign_in(Some(&header), None, LATER).await });
        settle().await;
        assert_eq!(world.reads.finds(), 1, "it has read, and not yet answered");
        world.reads.set(&[]);
        if all {
            world.identity.purge();
        } else {
            world.identity.purge_record(&id(CONTACT, "1"));
        }
        drop(gate);
        assert!(early.await.unwrap().is_ok(), "a request from before the change may be answered from before it");
        assert_eq!(world.code().await, Some(Code::Forbidden));
    }
}
