//! The `rest` engine: reads by key and by value.

use super::support::*;
use crate::connector::*;
use crate::error::Code;

fn rest() -> Connector {
    connector(ProtocolKind::Rest)
}

fn things(keys: &[&str]) -> String {
    let rows: Vec<String> = keys.iter().map(|key| format!(r#"{{"id":"{key}"}}"#)).collect();
    format!(r#"{{"things":[{}]}}"#, rows.join(","))
}

#[test]
fn many_keys_are_one_call_matched_by_the_key_in_the_row() {
    let of = EntityMapping { get: vec![batch("GET /things", "things")], ..entity() };
    let bench = Bench::new(rest(), |_| (200, things(&["3", "99", "1"])));
    let rows = bench.get(&of, &["1", "2", "3"], &[]);
    let found: Vec<Option<String>> =
        rows.iter().map(|row| row.as_ref().unwrap().as_ref().map(|row| json(row.row.get("id")))).collect();
    assert_eq!(found, [Some("\"1\"".to_owned()), None, Some("\"3\"".to_owned())]);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1,2,3"]);
}

#[test]
fn keys_past_what_one_call_takes_are_further_calls() {
    let of = EntityMapping { get: vec![Read { many: Some(2), ..batch("GET /things", "things") }], ..entity() };
    let bench = Bench::new(rest(), |_| (200, things(&["1", "2", "3"])));
    assert!(bench.get(&of, &["1", "2", "3"], &[]).into_iter().all(|row| row.unwrap().is_some()));
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1,2", "GET /v1/things?ids=3"]);
}

#[test]
fn a_body_names_the_columns_that_are_needed() {
    let mut get = batch("POST /things/read", "results[].properties");
    get.request.query = vec![];
    get.request.body =
        Body::Json(Template::Object(named(&[("properties", computed("fields")), ("ids", computed("keys"))])));
    let of = EntityMapping { get: vec![get], ..entity() };
    let answer = r#"{"results":[{"id":"x","properties":{"id":"1","status":"open","secret":"s"}}]}"#;
    let bench = Bench::saying(rest(), answer);
    let rows = bench.get(&of, &["1"], &[STATUS]);
    let row = rows[0].as_ref().unwrap().as_ref().unwrap();
    assert_eq!(json(&row.row), r#"{"id":"1","status":"open"}"#, "what nobody wants is not kept");
    assert_eq!(bench.asked(), [r#"POST /v1/things/read {"properties":["id","status"],"ids":["1"]}"#]);
}

#[test]
fn one_call_each_where_the_system_takes_one_key() {
    let get = Read { single: true, ..read("GET /things/{key}", "thing") };
    let of = EntityMapping { get: vec![get], ..entity() };
    let bench = Bench::new(rest(), |call| match call.url.path() {
        "/v1/things/1" => (200, r#"{"thing":{"id":"1"}}"#.to_owned()),
        "/v1/things/3" => (200, r#"{"thing":{"id":"4"}}"#.to_owned()),
        _ => (404, r#"{"error":"no"}"#.to_owned()),
    });
    let rows = bench.get(&of, &["1", "2", "3"], &[]);
    let there: Vec<bool> = rows.into_iter().map(|row| row.unwrap().is_some()).collect();
    assert_eq!(there, [true, false, false], "an answer for another key is nobody's");
    assert_eq!(bench.asked(), ["GET /v1/things/1", "GET /v1/things/2", "GET /v1/things/3"]);
}

#[test]
fn keys_of_one_parent_are_one_call() {
    let mut of = EntityMapping { get: vec![read("GET /tickets/{key.ticket}/notes", "notes")], ..entity() };
    let part = |from: &str| KeyPart { from: path(from), wire: KeyWire::Text, pattern: None };
    of.key = vec![part("parent.ticket"), part("id")];
    let bench = Bench::saying(rest(), r#"{"notes":[{"id":1},{"id":2},{"id":3}]}"#);
    let rows = bench.get(&of, &["7/1", "7/3", "8/9"], &[]);
    assert_eq!(bench.asked(), ["GET /v1/tickets/7/notes", "GET /v1/tickets/8/notes"]);
    let row = rows[1].as_ref().unwrap().as_ref().unwrap();
    assert_eq!((json(row.row.get("id")), row.parent.clone()), ("3".to_owned(), Some(a_key("7"))));
    assert!(rows[2].as_ref().unwrap().is_none());
}

#[test]
fn a_key_that_cannot_be_one_is_never_sent() {
    let of = EntityMapping { get: vec![Read { single: true, ..read("GET /things/{key}", "") }], ..entity() };
    let bench = Bench::saying(rest(), r#"{"id":"x"}"#);
    assert!(bench.get(&of, &[".."], &[]).remove(0).unwrap().is_none());
    let mut strict = EntityMapping { get: of.get, ..entity() };
    strict.key[0].pattern = Some(KeyPattern::new("[0-9]{1,5}").unwrap());
    for key in ["1;drop", "12345678", "a", "1'"] {
        assert!(bench.get(&strict, &[key], &[]).remove(0).unwrap().is_none(), "{key}");
    }
    strict.key[0].pattern = None;
    strict.key[0].wire = KeyWire::Int;
    assert!(bench.get(&strict, &["007"], &[]).remove(0).unwrap().is_none());
    assert_eq!(bench.asked(), Vec::<String>::new());
    bench.get(&strict, &["7"], &[]);
    assert_eq!(bench.asked(), ["GET /v1/things/7"]);
}

#[test]
fn failures_inside_a_good_answer_are_their_keys_own() {
    let mut connector = rest();
    connector.errors.rows = Some(path("errors"));
    connector.errors.keys = vec![path("context.ids"), path("context.fromObjectId")];
    connector.errors.code = vec![path("category")];
    connector.errors.kinds =
        [("GONE".into(), ErrorKind::Missing), ("SHUT".into(), ErrorKind::Forbidden)].into_iter().collect();
    let of = EntityMapping { get: vec![batch("GET /things", "things")], ..entity() };
    let body = r#"{"things":[{"id":"1"}],"errors":[
        {"category":"GONE","context":{"ids":["2"]}},{"category":"SHUT","context":{"fromObjectId":["3"]}}]}"#;
    let bench = Bench::new(connector, move |_| (207, body.to_owned()));
    let rows = bench.get(&of, &["1", "2", "3"], &[]);
    assert!(rows[0].as_ref().unwrap().is_some());
    assert!(rows[1].as_ref().unwrap().is_none());
    assert_eq!(rows[2].as_ref().unwrap_err().code(), Code::UpstreamUnavailable);
}

#[test]
fn values_are_found_by_the_value_in_the_row() {
    let mut find = batch("GET /things", "things");
    find.request.query = named(&[("emails", computed("values"))]);
    let mut of = entity();
    of.find.insert("email".into(), FindMapping { read: Some(find), path: path("email") });
    let body =
        r#"{"things":[{"id":1,"email":"a@x"},{"id":2,"email":"b@x"},{"id":3,"email":"b@x"},{"id":4,"email":"A@x"}]}"#;
    let bench = Bench::saying(rest(), body);
    let found: Vec<usize> =
        bench.find(&of, "email", &["a@x", "b@x", "c@x"]).into_iter().map(|rows| rows.unwrap().len()).collect();
    assert_eq!(found, [1, 2, 0]);
    assert_eq!(bench.asked(), ["GET /v1/things?emails=a@x,b@x,c@x"]);
}

#[test]
fn headers_come_from_the_connector_and_the_caller() {
    let mut connector = rest();
    connector.headers = named(&[("Version", literal("7")), ("Accept-Language", computed("caller.language"))]);
    let of = EntityMapping { get: vec![batch("GET /things", "things")], ..entity() };
    let bench = Bench::saying(connector, r#"{"things":[]}"#);
    bench.get(&of, &["1"], &[]);
    let call = bench.calls().remove(0);
    let header = |name: &str| call.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!((header("Version"), header("Accept-Language")), (Some("7"), Some("de")));
    assert_eq!((call.safe, &*call.template), (true, "GET /things"), "no value is in what is logged");
}
