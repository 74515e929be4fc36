//! The `odata` engine against scripted answers.

use super::support::*;
use crate::connector::*;
use crate::error::Code;
use crate::model::{Order, Parent, Test as Wanted, Value};
use crate::protocol::ListRows;
use crate::upstream::Call;

fn service(version: u8) -> Connector {
    let page = if version == 2 { ODataPage::Skip } else { ODataPage::NextLink };
    let odata = Some(ODataOptions { version, keys: 3, page, csrf: false });
    Connector { odata, ..connector(ProtocolKind::OData) }
}

fn results(rows: &str) -> String {
    format!(r#"{{"d":{{"results":[{rows}]}}}}"#)
}

fn header<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    call.headers.get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn keys_are_an_or_chain() {
    let bench = Bench::new(service(2), |_| {
        (200, results(r#"{"__metadata":{"etag":"W/\"1\"","uri":"x"},"id":"2","other":1},{"id":"9"},{"id":"o'brien"}"#))
    });
    let rows = bench.get(&entity(), &["1", "2", "o'brien", "4"], &[STATUS]);
    let found: Vec<bool> = rows.iter().map(|row| row.as_ref().unwrap().is_some()).collect();
    assert_eq!(found, [false, true, true, false]);
    assert_eq!(rows[1].as_ref().unwrap().as_ref().unwrap().etag.as_deref(), Some("W/\"1\""));
    assert_eq!(
        bench.asked(),
        [
            "GET /v1/SRV/Things?$filter=id eq '1' or id eq '2' or id eq 'o''brien'&$select=id,status&$top=1000&$format=json",
            "GET /v1/SRV/Things?$filter=id eq '4'&$select=id,status&$top=1000&$format=json",
        ]
    );
}

#[test]
fn a_key_of_several_parts_is_several_columns() {
    let mut of = entity();
    let part = |from: &str, wire| KeyPart { from: path(from), wire, pattern: None };
    of.key = vec![part("a", KeyWire::Text), part("b", KeyWire::Int)];
    of.base_needs = needs(&[]);
    let bench = Bench::new(service(2), |_| (200, results(r#"{"a":"x","b":2}"#)));
    assert!(bench.get(&of, &["x/2"], &[]).remove(0).unwrap().is_some());
    assert_eq!(bench.asked(), ["GET /v1/SRV/Things?$filter=(a eq 'x' and b eq 2)&$select=a,b&$top=1000&$format=json"]);
    bench.get(&of, &["x/2", "y/3"], &[]);
    assert!(bench.asked()[0].contains("$filter=(a eq 'x' and b eq 2) or (a eq 'y' and b eq 3)&"));
}

#[test]
fn no_key_leaves_its_literal() {
    for key in ["x' or '1' eq '1", "x&$top=9", "x#y", "x?y", "..", "x%27", "x+y z"] {
        let bench = Bench::new(service(2), |_| (200, results("")));
        bench.get(&entity(), &[key], &[]);
        let call = bench.calls().remove(0);
        let filter = super::support::parameters(&call).find(|(name, _)| name == "$filter").unwrap().1.into_owned();
        assert_eq!(filter, format!("id eq '{}'", key.replace('\'', "''")));
        assert_eq!((call.url.path(), super::support::parameters(&call).count()), ("/v1/SRV/Things", 4));
    }
}

#[test]
fn expanded_rows_are_facets() {
    let only = Condition(vec![(path("Lang"), Test::In(vec!["DE".into()]))]);
    let text = facet(FacetWay::Expand("to_Text".into()), None, None);
    let mut of = with_facets(vec![
        facet(FacetWay::Expand("to_Item".into()), None, None),
        Facet { only: Some(only), ..text },
        facet(FacetWay::Expand("to_Partner".into()), None, None),
    ]);
    of.needs[1].facets.insert(1, vec!["Name".into()]);
    let row = r#"{"id":"1","to_Item":{"results":[{"n":1}]},"to_Text":{"results":[{"Lang":"EN","Name":"a"},{"Lang":"DE","Name":"b"}]},
        "to_Partner":{"__deferred":{"uri":"https://evil.example/"}}}"#;
    let bench = Bench::new(service(2), move |_| (200, results(row)));
    let rows = bench.get(&of, &["1"], &[STATUS]);
    let facets = &rows[0].as_ref().unwrap().as_ref().unwrap().facets;
    assert_eq!(facets.iter().map(json).collect::<Vec<_>>(), [r#"[{"n":1}]"#, r#"[{"Lang":"DE","Name":"b"}]"#, "null"]);
    let asked = bench.asked().remove(0);
    let select = "$select=id,status,to_Item,to_Text/Name,to_Text/Lang,to_Partner&$expand=to_Item,to_Text,to_Partner&";
    assert!(asked.contains(select), "{asked}");
}

#[test]
fn what_hangs_on_what_is_expanded_is_one_list() {
    let mut of = with_facets(vec![
        facet(FacetWay::Expand("to_Item".into()), None, None),
        facet(FacetWay::Expand("to_Item/to_Line".into()), None, None),
    ]);
    of.needs[1].facets.insert(0, vec!["n".into()]);
    of.needs[1].facets.insert(1, vec!["day".into()]);
    let row = r#"{"id":"1","to_Item":{"results":[{"n":1,"to_Line":{"results":[{"day":"a"},{"day":"b"}]}},
        {"n":2,"to_Line":{"results":[]}},{"n":3,"to_Line":{"results":[{"day":"c"}]}},{"n":4,"to_Line":{"__deferred":{"uri":"x"}}}]}}"#;
    let bench = Bench::new(service(2), move |_| (200, results(row)));
    let rows = bench.get(&of, &["1"], &[STATUS]);
    let facets = &rows[0].as_ref().unwrap().as_ref().unwrap().facets;
    assert_eq!(json(&facets[1]), r#"[{"day":"a"},{"day":"b"},{"day":"c"}]"#);
    let asked = bench.asked().remove(0);
    assert!(
        asked.contains("$select=id,status,to_Item/n,to_Item/to_Line/day&$expand=to_Item,to_Item/to_Line&"),
        "{asked}"
    );
}

#[test]
fn another_set_is_a_facet_by_its_column() {
    let partner = facet(FacetWay::Expand("to_Partner".into()), None, None);
    let address = FacetWay::Set { set: "BP/Addresses".into(), by: "partner".into() };
    let mut of = with_facets(vec![partner, facet(address, None, Some("facet0.customer"))]);
    of.needs[1].facets.insert(1, vec!["city".into()]);
    let bench = Bench::new(service(2), |call| match call.url.path() {
        "/v1/SRV/Things" => (
            200,
            results(r#"{"id":"1","to_Partner":{"results":[{"customer":"8"}]}},{"id":"2","to_Partner":{"results":[]}}"#),
        ),
        _ => (200, results(r#"{"partner":"8","city":"Graz"},{"partner":"7","city":"Wien"}"#)),
    });
    let rows = bench.get(&of, &["1", "2"], &[STATUS]);
    let facet = |at: usize| json(&rows[at].as_ref().unwrap().as_ref().unwrap().facets[1]);
    assert_eq!((facet(0), facet(1)), (r#"[{"partner":"8","city":"Graz"}]"#.to_owned(), "[]".to_owned()));
    let filter = "GET /v1/BP/Addresses?$filter=partner eq '8'&$select=city,partner&$top=1000&$format=json";
    assert_eq!(bench.asked()[1], filter);
}

#[test]
fn a_list_asks_one_row_more_and_may_begin_anywhere() {
    let bench = Bench::new(service(2), |_| {
        (200, results(r#"{"id":"1","owner":"A"},{"id":"2","owner":"B"},{"id":"3","owner":"A"}"#))
    });
    let read = ListRows { order: Some(Order { field: DAY, descending: true }), ..listing(&[&["A", "B"]], 2) };
    let page = bench.list(&entity(), read.clone()).remove(0).unwrap();
    assert_eq!((ids(&page), page.has_next), (vec!["1".to_owned(), "2".to_owned()], true));
    assert_eq!(page.rows[1].0.parent, Some(a_key("B")), "which of the keys, by the row");
    let filter =
        "GET /v1/SRV/Things?$filter=(owner eq 'A' or owner eq 'B')&$select=id,owner&$orderby=day desc,id desc&$top=3";
    assert_eq!(bench.asked(), [format!("{filter}&$format=json")]);
    let after = Some(page.rows[0].1.clone());
    bench.list(&entity(), ListRows { parents: vec![Parent { after, ..parent(&["A", "B"]) }], ..read });
    assert_eq!(bench.asked(), [format!("{filter}&$skip=1&$format=json")]);
}

#[test]
fn conditions_and_visibility_become_the_filter() {
    let mut of = entity();
    of.visible = Some(Condition(vec![(path("kind"), Test::In(vec!["1".into(), "2".into()]))]));
    let bench = Bench::new(service(2), |_| (200, r#"{"d":{"__count":"37","results":[]}}"#.to_owned()));
    let days = Wanted::Between { from: Some("2026-01-01".into()), to: Some("2026-01-31".into()), inclusive: true };
    let status = crate::model::Condition { field: STATUS, test: Wanted::NotIn([Value::text("x")].into()) };
    let filter = vec![crate::model::Condition { field: DAY, test: days }, status];
    let page = bench.list(&of, ListRows { filter, total: true, ..listing(&[&["A"]], 2) }).remove(0).unwrap();
    assert_eq!(page.total, None, "what may be wider than asked is not counted");
    let asked = bench.asked().remove(0);
    let filter = "$filter=owner eq 'A' and day ge datetime'2026-01-01T00:00:00' and day lt datetime'2026-02-01T00:00:00' \
                  and status ne 'x' and (kind eq '1' or kind eq '2')&";
    assert!(asked.contains(filter) && asked.contains("&$inlinecount=allpages&"), "{asked}");
    let read = ListRows { filter: vec![one_of(STATUS, &["x"])], total: true, ..listing(&[&["A"]], 2) };
    assert_eq!(bench.list(&of, read).remove(0).unwrap().total, Some(37));
}

#[test]
fn what_stands_for_every_other_word_is_asked_for_as_none_of_the_words_of_all_else() {
    let mut of = entity();
    let Some(Some(Mapping::One(status))) = of.fields.get_mut(1) else { panic!("the status is one value") };
    status.map = vec![("B".into(), Value::text("PART")), ("C".into(), Value::text("PAID"))];
    status.otherwise = Some(Value::text("OPEN"));
    let bench = Bench::new(service(2), |_| (200, results("")));
    let asked = |of: &EntityMapping, values: &[&str]| {
        let page =
            bench.list(of, ListRows { filter: vec![one_of(STATUS, values)], total: true, ..listing(&[&["A"]], 2) });
        assert_eq!(page[0].as_ref().unwrap().total, None, "what may be wider than asked is not counted");
        let asked = bench.asked().remove(0);
        asked.split("$filter=owner eq 'A'").nth(1).unwrap().split('&').next().unwrap().to_owned()
    };
    assert_eq!(asked(&of, &["OPEN", "PART"]), " and status ne 'C'");
    assert_eq!(asked(&of, &["OPEN"]), " and status ne 'B' and status ne 'C'");
    assert_eq!(asked(&of, &["OPEN", "PART", "PAID"]), "");
    let Some(Some(Mapping::One(status))) = of.fields.get_mut(1) else { panic!("the status is one value") };
    let cancelled = Condition(vec![(path("void"), Test::In(vec!["true".into()]))]);
    status.cases = vec![(cancelled, Value::text("VOID"))];
    assert_eq!(asked(&of, &["OPEN", "PART"]), " and status ne 'C'");
    assert_eq!(asked(&of, &["OPEN", "PART", "VOID"]), " and (status ne 'C' or void eq true)");
}

#[test]
fn text_is_quoted_and_a_word_of_digits_is_a_number_where_nothing_says_that_it_is_text() {
    let mut of = entity();
    let words = |column: &str, values: &[&str]| (path(column), Test::In(values.iter().map(|v| (*v).into()).collect()));
    of.visible = Some(Condition(vec![words("kind", &["1", "01"]), words("status", &["7"]), words("open", &["true"])]));
    for (version, kind) in [(2, "(kind eq '1' or kind eq '01')"), (4, "(kind eq 1 or kind eq '01')")] {
        let bench = Bench::new(service(version), move |_| {
            (200, if version == 2 { results("") } else { r#"{"value":[]}"#.to_owned() })
        });
        let read = ListRows { filter: vec![one_of(STATUS, &["4711", "true"])], ..listing(&[&["1000"]], 2) };
        bench.list(&of, read).remove(0).unwrap();
        let asked = bench.asked().remove(0);
        let filter = format!(
            "$filter=owner eq '1000' and (status eq '4711' or status eq 'true') and {kind} and status eq '7' and open eq true&"
        );
        assert!(asked.contains(&filter), "{asked}");
    }
}

#[test]
fn newer_services_page_by_their_own_link() {
    let bench = Bench::new(service(4), |call| {
        let second = call.url.query().unwrap().contains("skiptoken");
        let next = r#","@odata.nextLink":"https://evil.example/x?$select=id&$skiptoken=%3Ccookie%3E""#;
        (
            200,
            format!(
                r#"{{"@odata.count":9,"value":[{{"id":"{second}","@odata.etag":"W/1"}}]{}}}"#,
                if second { "" } else { next }
            ),
        )
    });
    let page = bench.list(&entity(), ListRows { total: true, ..listing(&[&["A"]], 1) }).remove(0).unwrap();
    assert_eq!((page.has_next, page.total, page.rows[0].0.etag.as_deref()), (true, Some(9), Some("W/1")));
    let call = bench.calls().remove(0);
    assert_eq!(said(&call), "GET /v1/SRV/Things?$filter=owner eq 'A'&$select=id,owner&$orderby=id&$count=true");
    assert_eq!(header(&call, "Prefer"), Some("odata.maxpagesize=1"));
    assert_eq!(header(&call, "Accept"), Some("application/json;IEEE754Compatible=true"));
    let after = Some(page.rows[0].1.clone());
    let read = ListRows { parents: vec![Parent { after, ..parent(&["A"]) }], ..listing(&[], 1) };
    let page = bench.list(&entity(), read).remove(0).unwrap();
    assert_eq!((ids(&page), page.has_next), (vec!["true".to_owned()], false));
    let asked = bench.asked().remove(0);
    assert!(asked.starts_with("GET /v1/SRV/Things?") && asked.ends_with("&$skiptoken=<cookie>"), "{asked}");
}

#[test]
fn newer_services_select_inside_the_expansion() {
    let mut of = with_facets(vec![facet(FacetWay::Expand("items".into()), None, None)]);
    of.needs[1].facets.insert(0, vec!["n".into()]);
    of.key[0].wire = KeyWire::Guid;
    of.base_needs = needs(&["id", "_x_value@Some.Annotation", "@odata.etag"]);
    let bench = Bench::new(service(4), |_| (200, r#"{"value":[]}"#.to_owned()));
    let guid = "01234567-89ab-cdef-0123-456789abcdef";
    bench.get(&of, &[guid, "not a guid"], &[STATUS]);
    let select = "$select=id,_x_value,status&$expand=items($select=n)";
    assert_eq!(bench.asked(), [format!("GET /v1/SRV/Things?$filter=id eq {guid}&{select}")]);
}

#[test]
fn values_are_found_by_any_plain_column() {
    let bench = Bench::new(service(2), |_| (200, results(r#"{"id":"1","status":"x"},{"id":"2","status":"X"}"#)));
    let found = bench.find(&entity(), "status", &["x", "y"]);
    assert_eq!(found.iter().map(|rows| rows.as_ref().unwrap().len()).collect::<Vec<_>>(), [1, 0]);
    let filter = "GET /v1/SRV/Things?$filter=status eq 'x' or status eq 'y'&$select=id,status&$top=1000&$format=json";
    assert_eq!(bench.asked(), [filter]);
}

#[test]
fn a_server_that_cuts_pages_short_is_read_on() {
    let bench = Bench::new(service(2), |call| {
        let skip = super::support::parameters(call).find(|(name, _)| name == "$skip").map(|(_, at)| at.into_owned());
        match skip.as_deref() {
            None => {
                (200, r#"{"d":{"results":[{"id":"1"},{"id":"2"}],"__next":"https://x/y?$skiptoken=2"}}"#.to_owned())
            }
            Some("2") => (200, results(r#"{"id":"3"}"#)),
            Some(other) => panic!("nobody asks for {other}"),
        }
    });
    let page = bench.list(&entity(), listing(&[&["A"]], 5)).remove(0).unwrap();
    assert_eq!((ids(&page), page.has_next), (vec!["1".to_owned(), "2".to_owned(), "3".to_owned()], false));
    assert_eq!(bench.calls().len(), 2);
}

#[test]
fn an_answer_of_another_shape_is_an_error() {
    let bench = Bench::new(service(4), |_| (200, r#"{"rows":[]}"#.to_owned()));
    assert_eq!(bench.get(&entity(), &["1"], &[]).remove(0).unwrap_err().code(), Code::UpstreamRejected);
    let gone = Bench::new(service(2), |_| (404, "{}".to_owned()));
    assert_eq!(gone.get(&entity(), &["1"], &[]).remove(0).unwrap_err().code(), Code::UpstreamRejected);
}
