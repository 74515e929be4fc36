//! Further data, joined to rows.

use std::time::Duration;

use super::support::*;
use crate::connector::*;
use crate::error::Code;
use crate::upstream::Call;

fn rest() -> Connector {
    connector(ProtocolKind::Rest)
}

fn get_things(of: EntityMapping) -> EntityMapping {
    EntityMapping { get: vec![batch("GET /things", "things")], ..of }
}

fn facets(rows: &[Result<Option<crate::protocol::Row>, crate::error::Error>], at: usize) -> Vec<String> {
    rows.iter().map(|row| json(&row.as_ref().unwrap().as_ref().unwrap().facets[at])).collect()
}

fn with(query: &str, at: Option<&str>, rows: Option<&str>) -> FacetWay {
    FacetWay::With { query: named(&[("include", literal(query))]), at: at.map(path), rows: rows.map(path) }
}

#[test]
fn facets_of_the_rows_own_read_share_its_parameters() {
    let of = get_things(with_facets(vec![
        facet(with("slas", Some("slas"), None), None, None),
        facet(with("users", None, Some("users")), Some("id"), Some("author_id")),
    ]));
    let body = r#"{"things":[{"id":1,"author_id":7,"slas":{"due":"x"}},{"id":2,"author_id":9}],"users":[{"id":7,"name":"Ana"}]}"#;
    let bench = Bench::saying(rest(), body);
    let rows = bench.get(&of, &["1", "2"], &[STATUS]);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1,2&include=slas,users"]);
    assert_eq!(facets(&rows, 0), [r#"{"due":"x"}"#, "null"]);
    assert_eq!(facets(&rows, 1), [r#"[{"id":7,"name":"Ana"}]"#, "[]"]);
}

#[test]
fn facets_nobody_needs_are_not_read() {
    let of = get_things(with_facets(vec![
        facet(with("slas", Some("slas"), None), None, None),
        facet(FacetWay::Read(Box::new(batch("GET /links", "links"))), Some("from"), None),
    ]));
    let bench = Bench::saying(rest(), r#"{"things":[{"id":1}]}"#);
    let rows = bench.get(&of, &["1"], &[DAY]);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1"]);
    assert_eq!(facets(&rows, 1), ["null"]);
}

fn linked(call: &Call) -> (u16, String) {
    let body = match call.url.path() {
        "/v1/things" => r#"{"things":[{"id":"1","stage":"a"},{"id":"2","stage":"b"},{"id":"3","stage":"a"}]}"#,
        "/v1/links" => {
            r#"{"links":[{"from":{"id":"2"},"to":8},{"from":{"id":"1"},"to":9},{"from":{"id":"77"},"to":0}]}"#
        }
        "/v1/stages" => r#"{"results":[{"stages":[{"id":"a","label":"A"}]},{"stages":[{"id":"b","label":"B"}]}]}"#,
        "/v1/owners" => r#"{"owners":[{"id":8,"name":"Eight"},{"id":9,"name":"Nine"}]}"#,
        other => panic!("nobody asks for {other}"),
    };
    (200, body.to_owned())
}

#[test]
fn a_facet_joins_by_key_and_may_use_an_earlier_one() {
    let of = get_things(with_facets(vec![
        facet(FacetWay::Read(Box::new(batch("GET /links", "links"))), Some("from.id"), None),
        facet(FacetWay::Read(Box::new(batch("GET /owners", "owners"))), Some("id"), Some("facet0.to")),
    ]));
    let bench = Bench::new(rest(), linked);
    let rows = bench.get(&of, &["1", "2", "3"], &[STATUS]);
    assert_eq!(facets(&rows, 1), [r#"[{"id":9,"name":"Nine"}]"#, r#"[{"id":8,"name":"Eight"}]"#, "[]"]);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1,2,3", "GET /v1/links?ids=1,2,3", "GET /v1/owners?ids=9,8"]);
}

#[test]
fn a_dictionary_is_read_once_and_then_kept() {
    let stages = Read { many: Some(100), ..read("GET /stages", "results[].stages[]") };
    let stages = facet(FacetWay::Read(Box::new(stages)), Some("id"), Some("stage"));
    let of = get_things(with_facets(vec![Facet { keep: Some(Duration::from_secs(60)), ..stages }]));
    let bench = Bench::new(rest(), linked);
    let rows = bench.get(&of, &["1", "2", "3"], &[STATUS]);
    assert_eq!(facets(&rows, 0)[1], r#"[{"id":"b","label":"B"}]"#);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1,2,3", "GET /v1/stages"]);
    bench.clock.advance(Duration::from_secs(59));
    bench.get(&of, &["1"], &[STATUS]);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1"]);
    bench.clock.advance(Duration::from_secs(1));
    bench.get(&of, &["1"], &[STATUS]);
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1", "GET /v1/stages"]);
}

#[test]
fn a_dictionary_is_loaded_by_one_of_those_who_need_it() {
    let stages = Read { many: Some(100), ..read("GET /stages", "results[].stages[]") };
    let stages = facet(FacetWay::Read(Box::new(stages)), Some("id"), Some("stage"));
    let of = get_things(with_facets(vec![Facet { keep: Some(Duration::from_secs(60)), ..stages }]));
    let bench = Bench::new(rest(), linked);
    let get = || {
        let (fields, arguments) = (set(&[STATUS]), crate::model::Arguments::from([]));
        bench
            .engine
            .get(&of, crate::protocol::GetRows { keys: vec![a_key("1")], fields, arguments, context: context() })
    };
    let (one, other) = wait(Box::pin(async { futures::join!(get(), get()) }));
    assert_eq!(facets(&one, 0), facets(&other, 0));
    assert_eq!(bench.asked(), ["GET /v1/things?ids=1", "GET /v1/things?ids=1", "GET /v1/stages"]);
}

#[test]
fn a_dictionary_that_is_counted_is_read_to_its_end() {
    let mut stages = read("GET /stages", "rows");
    stages.page = Page { at: Some("page".into()), total: Some(path("count")), max: 2, ..page(PageStyle::Number) };
    let stages = facet(FacetWay::Read(Box::new(stages)), Some("id"), Some("stage"));
    let of = get_things(with_facets(vec![Facet { keep: Some(Duration::from_secs(60)), ..stages }]));
    let bench = Bench::new(rest(), |call| match (call.url.path(), call.url.query()) {
        ("/v1/stages", None) => (200, r#"{"rows":[{"id":"x"},{"id":"y"}],"count":3}"#.into()),
        ("/v1/stages", Some("page=2")) => (200, r#"{"rows":[{"id":"a"}],"count":3}"#.into()),
        _ => linked(call),
    });
    assert_eq!(facets(&bench.get(&of, &["1"], &[STATUS]), 0), [r#"[{"id":"a"}]"#]);
}

#[test]
fn a_dictionary_by_keys_is_asked_for_what_it_lacks() {
    let owners = facet(FacetWay::Read(Box::new(batch("GET /owners", "owners"))), Some("id"), Some("owner"));
    let of = get_things(with_facets(vec![Facet { keep: Some(Duration::from_secs(60)), ..owners }]));
    let bench = Bench::new(rest(), |call| match call.url.path() {
        "/v1/things" => (200, r#"{"things":[{"id":"1","owner":8},{"id":"2","owner":9},{"id":"3","owner":5}]}"#.into()),
        _ => linked(call),
    });
    bench.get(&of, &["1"], &[STATUS]);
    bench.get(&of, &["1", "2", "3"], &[STATUS]);
    let rows = bench.get(&of, &["1", "2", "3"], &[STATUS]);
    assert_eq!(facets(&rows, 0), [r#"[{"id":8,"name":"Eight"}]"#, r#"[{"id":9,"name":"Nine"}]"#, "[]"]);
    let owners: Vec<String> = bench.asked().into_iter().filter(|asked| asked.contains("owners")).collect();
    assert_eq!(owners, ["GET /v1/owners?ids=8", "GET /v1/owners?ids=9,5"], "that there is no 5 is kept, too");
}

#[test]
fn a_failed_facet_fails_its_rows_only_and_is_not_kept() {
    let lines = read("GET /things/{key}/lines", "lines");
    let of = get_things(with_facets(vec![facet(FacetWay::Read(Box::new(lines)), None, None)]));
    let bench = Bench::new(rest(), |call| match call.url.path() {
        "/v1/things" => (200, r#"{"things":[{"id":"1"},{"id":"2"},{"id":"3"}]}"#.into()),
        "/v1/things/1/lines" => (200, r#"{"lines":[{"n":1},{"n":2}]}"#.into()),
        "/v1/things/2/lines" => (404, String::new()),
        _ => (500, String::new()),
    });
    let rows = bench.get(&of, &["1", "2", "3"], &[STATUS]);
    assert_eq!(facets(&rows[..2], 0), [r#"[{"n":1},{"n":2}]"#, "[]"]);
    assert_eq!(rows[2].as_ref().unwrap_err().code(), Code::UpstreamUnavailable);
}

#[test]
fn a_long_facet_is_read_to_its_end() {
    let mut lines = read("GET /things/{key}/lines", "data");
    lines.page = Page {
        size: Some("limit".into()),
        at: Some("starting_after".into()),
        more: Some(path("has_more")),
        max: 2,
        ..page(PageStyle::LastKey)
    };
    let mut of = get_things(with_facets(vec![facet(FacetWay::Read(Box::new(lines)), None, None)]));
    of.needs[1].facets.insert(0, vec!["n".into()]);
    let bench = Bench::new(rest(), |call| match (call.url.path(), call.url.query().unwrap().contains("after")) {
        ("/v1/things", _) => (200, r#"{"things":[{"id":"1"}]}"#.into()),
        (_, false) => (200, r#"{"data":[{"id":"l1","n":1},{"id":"l2","n":2}],"has_more":true}"#.into()),
        (_, true) => (200, r#"{"data":[{"id":"l3","n":3}],"has_more":false}"#.into()),
    });
    let rows = bench.get(&of, &["1"], &[STATUS]);
    assert_eq!(facets(&rows, 0)[0].matches("\"n\"").count(), 3);
    assert_eq!(
        bench.asked()[1..],
        ["GET /v1/things/1/lines?limit=2", "GET /v1/things/1/lines?limit=2&starting_after=l2"]
    );
}

#[test]
fn only_rows_that_count_are_joined() {
    let links = facet(FacetWay::Read(Box::new(batch("GET /links", "links"))), Some("from.id"), None);
    let only = Condition(vec![(path("to"), Test::In(vec!["9".into()]))]);
    let of = get_things(with_facets(vec![Facet { only: Some(only), ..links }]));
    let bench = Bench::new(rest(), linked);
    let rows = bench.get(&of, &["1", "2"], &[STATUS]);
    assert_eq!(facets(&rows, 0), [r#"[{"from":{"id":"1"},"to":9}]"#, "[]"]);
}

#[test]
fn the_rest_of_a_list_is_read_only_where_it_was_cut() {
    let lines = read("GET /things/{key}/lines", "data");
    let mut of = get_things(with_facets(vec![facet(FacetWay::Read(Box::new(lines)), None, None)]));
    of.needs[1].columns.push("cut".into());
    let when = Condition(vec![(path("cut"), Test::In(vec!["true".into()]))]);
    let fields = ObjectMapping { width: 0, fields: Vec::new(), when: None };
    let usual = of.fields[1].clone();
    of.fields[1] = Some(Mapping::Each { from: path("lines"), only: None, fields, more: Some((when, path("facet0"))) });
    let said = |call: &Call| match call.url.path() {
        "/v1/things" => (200, r#"{"things":[{"id":"1","cut":false},{"id":"2","cut":true}]}"#.into()),
        _ => (200, r#"{"data":[{"n":1}]}"#.into()),
    };
    let bench = Bench::new(rest(), said);
    let rows = bench.get(&of, &["1", "2"], &[STATUS]);
    assert_eq!(bench.asked()[1..], ["GET /v1/things/2/lines"]);
    assert_eq!(facets(&rows, 0), ["[]", r#"[{"n":1}]"#]);
    // Where something else needs the facet as well, every row has it.
    of.fields[1] = usual;
    let bench = Bench::new(rest(), said);
    bench.get(&of, &["1", "2"], &[STATUS]);
    assert_eq!(bench.asked()[1..], ["GET /v1/things/1/lines", "GET /v1/things/2/lines"]);
}
