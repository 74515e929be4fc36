//! Answers that unfold to more than may be kept, read by the engines alone.

use std::sync::Arc;

use futures::future::BoxFuture;
use vestibule::error::{Code, Error};
use vestibule::upstream::{Call, Reply, Transport};

use crate::targets::upstream::Asked;

/// Answers every call with the same.
struct Always(bytes::Bytes);

impl Transport for Always {
    fn send(&self, _: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let reply = Reply { status: 200, headers: Default::default(), body: self.0.clone() };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

fn read(line: &str, body: String) -> Error {
    let asked = Asked::read(line).unwrap_or_else(|| panic!("{line}"));
    let found = asked.rows(Arc::new(Always(body.into())));
    let errors: Vec<Error> = found.into_iter().filter_map(Result::err).collect();
    errors.into_iter().next().unwrap_or_else(|| panic!("{line} makes something of it"))
}

#[test]
fn an_answer_of_more_than_a_million_values_is_refused() {
    let row = "{\"id\":\"in_1\",\"customer\":\"cus_1\",\"lines\":{\"data\":[";
    for (line, open, close) in [
        ("200 billing Invoice list account cus_1", format!("{{\"data\":[{row}"), "]}}]}"),
        ("200 erp Order list account 1000123", "{\"d\":{\"results\":[{\"SalesOrder\":[".to_owned(), "]}]}}"),
    ] {
        let error = read(line, format!("{open}{}1{close}", "1,".repeat(1_000_001)));
        assert_eq!(error.code(), Code::UpstreamRejected, "{error}");
        assert!(error.detail().contains("more than 1000000 values"), "{error}");
        assert_eq!(error.message(), Code::UpstreamRejected.public_message());
    }
}

#[test]
fn pages_that_never_end_or_go_in_a_circle_are_left_after_a_while() {
    // Cursors that name themselves, and rows that are always the same.
    for (line, body) in [
        ("200 billing Invoice list account cus_1", r#"{"has_more":true,"data":[{"id":"in_1","customer":"cus_1"}]}"#),
        ("200 support Ticket list account 7", r#"{"tickets":[],"meta":{"has_more":true,"after_cursor":"x"}}"#),
        ("200 erp Order list account 1000123", r#"{"d":{"results":[],"__next":"A?$skiptoken=1","__count":"9999"}}"#),
    ] {
        let asked = Asked::read(line).unwrap_or_else(|| panic!("{line}"));
        let _ = asked.rows(Arc::new(Always(body.into())));
    }
}
