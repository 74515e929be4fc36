//! The `rest` engine: lists.

use super::language::search;
use super::support::*;
use crate::connector::*;
use crate::error::Code;
use crate::model::{ListOf, Order, Parent, Position};
use crate::protocol::ListRows;
use crate::upstream::Call;

pub fn rest() -> Connector {
    connector(ProtocolKind::Rest)
}

pub fn listed(ways: Vec<Read>) -> EntityMapping {
    let lists = vec![ListMapping { parent: Some(PARENT), ways }];
    EntityMapping { lists, get: vec![batch("GET /things", "things")], ..entity() }
}

fn cursor() -> Page {
    Page {
        size: Some("page[size]".into()),
        at: Some("page[after]".into()),
        next: Some(path("meta.after")),
        more: Some(path("meta.more")),
        last: None,
        ..page(PageStyle::Cursor)
    }
}

pub fn parameter(call: &Call, name: &str) -> Option<String> {
    super::support::parameters(call).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

/// Rows 1 to `rows` of whoever is asked for, by number of the row.
fn numbered(call: &Call, rows: usize) -> (u16, String) {
    let begin: usize = parameter(call, "page[after]").map_or(0, |at| at.trim_start_matches('c').parse().unwrap());
    let size: usize = parameter(call, "page[size]").unwrap().parse().unwrap();
    let end = (begin + size).min(rows);
    let whose = call.url.path().split('/').nth(3).unwrap();
    let all: Vec<String> =
        (begin + 1..=end).map(|n| format!(r#"{{"id":"{whose}-{n}","day":"2026-01-{n:02}"}}"#)).collect();
    let (all, more) = (all.join(","), end < rows);
    (200, format!(r#"{{"rows":[{all}],"meta":{{"more":{more},"after":"c{end}"}}}}"#))
}

pub fn under_parent() -> Read {
    Read { page: cursor(), ..read("GET /accounts/{parent}/things", "rows") }
}

#[test]
fn each_parent_has_its_own_page() {
    let of = listed(vec![under_parent()]);
    let bench = Bench::new(rest(), |call| numbered(call, 3));
    let pages = bench.list(&of, listing(&[&["A"], &["B"]], 2));
    let page = pages[1].as_ref().unwrap();
    assert_eq!((ids(page), page.has_next), (vec!["B-1".to_owned(), "B-2".to_owned()], true));
    assert_eq!(page.rows[0].0.parent, Some(a_key("B")));
    assert_eq!(bench.asked(), ["GET /v1/accounts/A/things?page[size]=2", "GET /v1/accounts/B/things?page[size]=2"]);
    let after = Some(page.rows[1].1.clone());
    let read = ListRows { parents: vec![Parent { after, ..parent(&["B"]) }], ..listing(&[], 2) };
    let page = bench.list(&of, read).remove(0).unwrap();
    assert_eq!((ids(&page), page.has_next), (vec!["B-3".to_owned()], false));
    assert_eq!(bench.asked(), ["GET /v1/accounts/B/things?page[size]=2&page[after]=c2"]);
}

#[test]
fn a_parent_with_several_keys_is_one_list_in_the_ways_order() {
    let way = Read { sorted: Some(Order { field: DAY, descending: false }), ..under_parent() };
    let of = listed(vec![way]);
    let bench = Bench::new(rest(), |call| numbered(call, 3));
    let mut read = listing(&[&["A", "B"]], 4);
    let page = bench.list(&of, read.clone()).remove(0).unwrap();
    assert_eq!((ids(&page).join(" "), page.has_next), ("A-1 B-1 A-2 B-2".to_owned(), true));
    for (at, expected) in [(3, "A-3 B-3"), (0, "B-1 A-2 B-2 A-3")] {
        read.parents[0].after = Some(page.rows[at].1.clone());
        let next = bench.list(&of, read.clone()).remove(0).unwrap();
        assert_eq!(ids(&next).join(" "), expected);
    }
}

#[test]
fn a_parent_without_keys_has_nothing_and_nobody_is_asked() {
    let bench = Bench::saying(rest(), "{}");
    let page = bench.list(&listed(vec![under_parent()]), listing(&[&[]], 2)).remove(0).unwrap();
    assert_eq!((page.rows.len(), page.has_next), (0, false));
    assert_eq!(bench.asked(), Vec::<String>::new());
}

fn associations() -> Read {
    let mut way = read("POST /associations", "");
    way.request.body = Body::Json(Template::Object(named(&[("inputs", computed("parents"))])));
    Read {
        groups: Some(path("results")),
        parent: Some(path("from.id")),
        keys: Some(path("to[].id")),
        many: Some(1000),
        page: Page { max: 5, ..page(PageStyle::None) },
        ..way
    }
}

const GROUPS: &str = r#"{"results":[{"from":{"id":"B"},"to":[{"id":3},{"id":1}]},{"from":{"id":"X"},"to":[{"id":9}]},
    {"from":{"id":"A"},"to":[{"id":1},{"id":2},{"id":4}]}]}"#;

fn grouped(call: &Call) -> (u16, String) {
    match call.url.path() {
        "/v1/associations" => (200, GROUPS.to_owned()),
        _ => (200, r#"{"things":[{"id":"1"},{"id":"2"},{"id":"3"}]}"#.to_owned()),
    }
}

#[test]
fn keys_of_many_parents_are_one_call_and_then_read_in_their_order() {
    let of = listed(vec![associations()]);
    let bench = Bench::new(rest(), grouped);
    let pages = bench.list(&of, listing(&[&["A"], &["B"], &["C"]], 2));
    let all: Vec<_> =
        pages.iter().map(|page| page.as_ref().map(|page| (ids(page).join(" "), page.has_next)).unwrap()).collect();
    assert_eq!(all, [("1 2".to_owned(), true), ("3 1".to_owned(), false), (String::new(), false)]);
    assert_eq!(bench.asked(), [r#"POST /v1/associations {"inputs":["A","B","C"]}"#, "GET /v1/things?ids=1,2,3"]);
    let behind = pages[0].as_ref().unwrap().rows[0].1.clone();
    assert_eq!(behind, Position { token: None, skip: 1 });
    let read = ListRows { parents: vec![Parent { after: Some(behind), ..parent(&["A"]) }], ..listing(&[], 2) };
    assert_eq!(ids(bench.list(&of, read)[0].as_ref().unwrap()), ["2"], "4 is gone between the two calls");
}

#[test]
fn a_full_group_is_an_error_of_its_parent() {
    let way = associations();
    let of = listed(vec![Read { page: Page { max: 3, ..page(PageStyle::None) }, ..way }]);
    let pages = Bench::new(rest(), grouped).list(&of, listing(&[&["A"], &["B"]], 2));
    assert_eq!(pages[0].as_ref().unwrap_err().code(), Code::UpstreamRejected);
    assert!(pages[1].is_ok());
}

#[test]
fn a_group_that_says_that_it_goes_on_is_an_error_of_its_parent() {
    let way = associations();
    let more = Some(path("paging.next.after"));
    let of = listed(vec![Read { page: Page { max: 5, more, ..page(PageStyle::None) }, ..way }]);
    let cut = GROUPS.replacen(r#""to":[{"id":3}"#, r#""paging":{"next":{"after":"c2"}},"to":[{"id":3}"#, 1);
    let bench = Bench::new(rest(), move |call| match call.url.path() {
        "/v1/associations" => (200, cut.clone()),
        _ => grouped(call),
    });
    let pages = bench.list(&of, listing(&[&["A"], &["B"]], 2));
    assert_eq!(ids(pages[0].as_ref().unwrap()), ["1", "2"]);
    assert_eq!(pages[1].as_ref().unwrap_err().code(), Code::UpstreamRejected);
}

#[test]
fn a_list_without_pages_that_says_that_it_goes_on_is_an_error() {
    let more = Some(path("paging.next"));
    let of = listed(vec![Read { page: Page { max: 5, more, ..page(PageStyle::None) }, ..under_parent() }]);
    let says = |body: &'static str| {
        Bench::saying(rest(), body).list(&of, listing(&[&["A"]], 2)).remove(0).map(|page| ids(&page).join(" "))
    };
    assert_eq!(says(r#"{"rows":[{"id":"1"}],"paging":null}"#).unwrap(), "1");
    assert_eq!(says(r#"{"rows":[{"id":"1"}]}"#).unwrap(), "1");
    let cut = says(r#"{"rows":[{"id":"1"}],"paging":{"next":{"link":"x"}}}"#);
    assert_eq!(cut.unwrap_err().code(), Code::UpstreamRejected);
}

#[test]
fn keys_that_are_paged_go_on_behind_their_own_element() {
    let way = Read {
        keys: Some(path("data[].thing")),
        by: Some("account".into()),
        page: Page {
            size: Some("limit".into()),
            at: Some("starting_after".into()),
            more: Some(path("has_more")),
            last: None,
            ..page(PageStyle::LastKey)
        },
        ..read("GET /links", "")
    };
    let bench = Bench::new(rest(), |call| match call.url.path() {
        "/v1/links" => {
            (200, r#"{"data":[{"id":"l1","thing":"2"},{"id":"l2","thing":"1"}],"has_more":true}"#.to_owned())
        }
        _ => (200, r#"{"things":[{"id":"1"},{"id":"2"}]}"#.to_owned()),
    });
    let page = bench.list(&listed(vec![way]), listing(&[&["A"]], 2)).remove(0).unwrap();
    assert_eq!(ids(&page), ["2", "1"]);
    assert_eq!(page.rows[0].1, Position { token: Some("l1".into()), skip: 0 });
    assert_eq!(bench.asked(), ["GET /v1/links?account=A&limit=2", "GET /v1/things?ids=2,1"]);
}

#[test]
fn full_text_takes_the_way_that_has_it() {
    let mut text = read("GET /find", "rows");
    text.request.query = named(&[("q", computed("phrase")), ("locale", computed("caller.locale"))]);
    let ways = vec![Read { search: true, ..text }, read("GET /all", "rows")];
    let mut of = entity();
    of.lists = vec![ListMapping { parent: None, ways }];
    let bench = Bench::saying(rest(), r#"{"rows":[{"id":1}]}"#);
    let all = ListRows { list: ListOf::All, ..listing(&[&[]], 5) };
    assert_eq!(ids(bench.list(&of, all.clone())[0].as_ref().unwrap()), ["1"]);
    bench.list(&of, ListRows { search: Some("pump & co".into()), ..all });
    assert_eq!(bench.asked(), ["GET /v1/all", "GET /v1/find?q=pump & co&locale=de-AT"]);
}

#[test]
fn the_total_is_told_only_where_it_is_wanted() {
    let of = listed(vec![search()]);
    let bench = Bench::saying(rest(), r#"{"rows":[{"id":1},{"id":2}],"count":41}"#);
    let page = |total| bench.list(&of, ListRows { total, ..listing(&[&["A"]], 2) }).remove(0).unwrap();
    assert_eq!((page(true).total, page(false).total, page(false).has_next), (Some(41), None, true));
}

#[test]
fn a_parent_that_is_not_there_is_not_an_empty_list() {
    let bench = Bench::new(rest(), |_| (404, "{}".to_owned()));
    let error = bench.list(&listed(vec![under_parent()]), listing(&[&["A"]], 2)).remove(0).unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

#[test]
fn a_link_to_the_next_page_is_never_followed() {
    let mut way = under_parent();
    way.page.next = Some(path("next"));
    way.page.more = None;
    let bench = Bench::new(rest(), |call| match parameter(call, "page[after]") {
        None => (
            200,
            r#"{"rows":[{"id":1}],"next":"https://evil.example/x?page%5Bsize%5D=1&page%5Bafter%5D=t2"}"#.to_owned(),
        ),
        Some(_) => (200, r#"{"rows":[{"id":2}],"next":null}"#.to_owned()),
    });
    let page = bench.list(&listed(vec![way]), listing(&[&["A"]], 2)).remove(0).unwrap();
    assert_eq!((ids(&page), page.has_next), (vec!["1".to_owned(), "2".to_owned()], false));
    assert_eq!(bench.asked()[1], "GET /v1/accounts/A/things?page[size]=1&page[after]=t2");
}
