//! Planned calls and made calls are the same.

use std::time::Duration;

use super::support::*;
use crate::connector::*;

/// The templates of the calls that were made, each once.
fn made(bench: &Bench) -> Vec<String> {
    let mut all: Vec<String> = bench.calls().into_iter().map(|call| call.template.to_string()).collect();
    all.dedup();
    all
}

fn planned(calls: Vec<crate::protocol::PlannedCall>) -> Vec<String> {
    calls.into_iter().map(|call| call.template.to_string()).collect()
}

#[test]
fn what_is_planned_is_what_is_made() {
    let links = facet(FacetWay::Read(Box::new(batch("GET /links", "links"))), Some("from"), None);
    let owner = facet(FacetWay::Read(Box::new(batch("GET /owners", "owners"))), Some("id"), Some("owner"));
    let of = with_facets(vec![links, Facet { keep: Some(Duration::from_secs(1)), ..owner }]);
    let list = Read {
        keys: Some(path("to[].id")),
        groups: Some(path("results")),
        parent: Some(path("from")),
        many: Some(1000),
        ..read("POST /associations/{parent}", "")
    };
    let lists = vec![ListMapping { parent: Some(PARENT), ways: vec![list] }];
    let of = EntityMapping { get: vec![batch("GET /things", "things")], lists, ..of };
    let bench = Bench::new(connector(ProtocolKind::Rest), |call| {
        let body = match call.url.path() {
            "/v1/things" => r#"{"things":[{"id":"1","owner":"8"}]}"#,
            "/v1/associations/A1" => r#"{"results":[{"from":"A1","to":[{"id":1}]}]}"#,
            _ => r#"{"links":[],"owners":[]}"#,
        };
        (200, body.to_owned())
    });
    bench.get(&of, &["1"], &[STATUS]);
    let plan = bench.engine.plan_get(&of, set(&[STATUS]));
    assert_eq!(plan.iter().map(|call| call.many).collect::<Vec<_>>(), [100, 100, 100]);
    assert_eq!(plan[2].keep, Some(Duration::from_secs(1)));
    assert_eq!(planned(plan), made(&bench));

    let read = crate::protocol::ListRows { fields: set(&[STATUS]), ..listing(&[&["A1"]], 10) };
    bench.clock.advance(Duration::from_secs(2));
    bench.list(&of, read.clone());
    let plan = planned(bench.engine.plan_list(&of, &read));
    assert_eq!(plan, ["POST /associations/{parent}", "GET /things", "GET /links", "GET /owners"]);
    assert_eq!(plan, made(&bench));
}

#[test]
fn the_query_family_plans_its_sets() {
    let further = FacetWay::Set { set: "SRV/Addresses".into(), by: "partner".into() };
    let of =
        with_facets(vec![facet(FacetWay::Expand("to_Item".into()), None, None), facet(further, None, Some("owner"))]);
    let bench = Bench::new(connector(ProtocolKind::OData), |_| {
        (200, r#"{"value":[{"id":"1","owner":"8","partner":"8"}]}"#.to_owned())
    });
    bench.get(&of, &["1"], &[STATUS]);
    let plan = planned(bench.engine.plan_get(&of, set(&[STATUS])));
    assert_eq!(plan, ["GET SRV/Things", "GET SRV/Addresses"]);
    assert_eq!(plan, made(&bench));
    let read = crate::protocol::ListRows { fields: set(&[STATUS]), ..listing(&[&["A1"]], 10) };
    bench.list(&of, read.clone());
    assert_eq!(planned(bench.engine.plan_list(&of, &read)), made(&bench));
}
