//! How a system's failures are read.

use std::time::Duration;

use super::support::*;
use crate::connector::*;
use crate::error::{Code, Error};

fn refused(errors: Errors, (status, headers, body): (u16, &[(&str, &str)], &'static str)) -> Result<bool, Error> {
    let connector = Connector { errors, ..connector(ProtocolKind::Rest) };
    let of = EntityMapping { get: vec![Read { single: true, ..read("GET /things/{key}", "") }], ..entity() };
    let bench = Bench::with_headers(connector, headers, move |_| (status, body.to_owned()));
    bench.get(&of, &["1"], &[]).remove(0).map(|row| row.is_some())
}

#[test]
fn each_status_means_what_it_usually_means() {
    let cases = [
        (400, Code::UpstreamRejected, false),
        (401, Code::UpstreamUnavailable, false),
        (402, Code::UpstreamRejected, false),
        (403, Code::UpstreamUnavailable, false),
        (409, Code::UpstreamRejected, false),
        (412, Code::UpstreamRejected, false),
        (422, Code::UpstreamRejected, false),
        (423, Code::UpstreamUnavailable, true),
        (429, Code::RateLimited, true),
        (500, Code::UpstreamUnavailable, true),
        (302, Code::UpstreamUnavailable, false),
        (504, Code::UpstreamTimeout, true),
    ];
    for (status, code, again) in cases {
        let error = refused(Errors::default(), (status, &[], "{}")).unwrap_err();
        assert_eq!((error.code(), error.may_retry(), error.status()), (code, again, Some(status)), "{error}");
        assert_eq!(error.source_name().map(|name| &**name), Some("shop"));
    }
    for status in [404, 410] {
        assert!(!refused(Errors::default(), (status, &[], "")).unwrap());
    }
}

#[test]
fn the_systems_own_words_are_for_operators_only() {
    let errors = Errors { code: vec![path("error.code")], message: vec![path("error.message")], ..Errors::default() };
    let body = r#"{"error":{"code":"V1/302","message":"Customer Kestrel is blocked"}}"#;
    let error = refused(errors, (400, &[], body)).unwrap_err();
    assert_eq!(error.detail(), "`GET /things/{key}` answered 400 V1/302: Customer Kestrel is blocked");
    assert!(!error.message().contains("Kestrel"));
}

#[test]
fn a_code_outweighs_a_status_and_any_of_the_codes_counts() {
    let kinds = [("card_error".into(), ErrorKind::Refused), ("400".into(), ErrorKind::Locked)].into_iter().collect();
    let code = vec![path("error.code"), path("error.type")];
    let errors = Errors { code, kinds, ..Errors::default() };
    let body = r#"{"error":{"code":"declined","type":"card_error"}}"#;
    assert_eq!(refused(errors.clone(), (500, &[], body)).unwrap_err().code(), Code::UpstreamRejected);
    assert!(refused(errors, (400, &[], "{}")).unwrap_err().may_retry());
}

#[test]
fn a_good_status_can_be_an_error() {
    let when = Condition(vec![(path("ok"), Test::In(vec!["false".into()]))]);
    let errors = Errors { when: Some(when), message: vec![path("why")], ..Errors::default() };
    let error = refused(errors.clone(), (200, &[], r#"{"ok":false,"why":"closed","id":"1"}"#)).unwrap_err();
    assert!(error.detail().ends_with("closed"), "{error}");
    assert!(refused(errors, (200, &[], r#"{"ok":true,"id":"1"}"#)).unwrap());
}

#[test]
fn a_login_page_is_no_answer() {
    let html = "<!doctype html><title>Sign in</title>";
    for headers in [&[("content-type", "text/html; charset=utf-8")][..], &[]] {
        let error = refused(Errors::default(), (200, headers, html)).unwrap_err();
        assert_eq!(error.code(), Code::UpstreamRejected);
        assert!(error.detail().contains("instead of JSON: wrong address or credentials?"), "{error}");
    }
    let error = refused(Errors::default(), (503, &[], "<h1>Down</h1>\n for <b>maintenance</b>")).unwrap_err();
    assert!(error.detail().ends_with("503: Down for maintenance"), "{error}");
}

#[test]
fn long_messages_are_cut_and_lines_are_one() {
    let errors = Errors { message: vec![path("m")], ..Errors::default() };
    let long = format!(r#"{{"m":"a\nb{}"}}"#, "x".repeat(2000));
    let error = refused(errors, (400, &[], Box::leak(long.into_boxed_str()))).unwrap_err();
    assert!(error.detail().contains("a b") && error.detail().len() < 400, "{}", error.detail().len());
}

#[test]
fn the_system_says_when_to_try_again() {
    let wait = |value| refused(Errors::default(), (429, &[("retry-after", value)], "")).unwrap_err().wait();
    assert_eq!(wait("7"), Some(Duration::from_secs(7)));
    assert_eq!(wait("Sun, 01 Mar 2026 08:00:30 GMT"), Some(Duration::from_secs(30)));
    assert_eq!(wait("soon"), None);
    let day = Some(Duration::from_secs(24 * 3_600));
    for absurd in ["1769500000", "18446744073709551615", "Fri, 31 Dec 2500 23:59:59 GMT"] {
        assert_eq!(wait(absurd), day, "{absurd}: a time in the place of a wait, or an error");
    }
    let errors = Errors { retry: Some("X-Retry".into()), ..Errors::default() };
    assert!(!refused(errors.clone(), (500, &[("x-retry", "false")], "")).unwrap_err().may_retry());
    assert!(refused(errors, (400, &[("x-retry", "true")], "")).unwrap_err().may_retry());
}

#[test]
fn faults_of_the_set_up_are_called_so() {
    let error = refused(Errors::default(), (401, &[], "")).unwrap_err();
    assert!(error.detail().contains("credentials are not accepted"), "{error}");
    assert_eq!(error.message(), Code::UpstreamUnavailable.public_message());
}

#[test]
fn not_found_for_many_is_a_wrong_address() {
    let of = EntityMapping { get: vec![batch("GET /things", "things")], ..entity() };
    let bench = Bench::new(connector(ProtocolKind::Rest), |_| (404, "Not found".to_owned()));
    let error = bench.get(&of, &["1", "2"], &[]).remove(0).unwrap_err();
    assert_eq!(error.code(), Code::UpstreamRejected);
    assert!(bench.get(&of, &["1"], &[]).remove(0).unwrap().is_none());
}
